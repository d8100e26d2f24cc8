"""Who acts: what the journal needs to know of somebody, whatever room knows them better."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Actor:
    """Somebody (or the system itself) as a journal line names them.

    ``account_id`` is None for the system; ``label`` is the name shown; ``role`` the roles held, by commas.
    """

    account_id: int | None
    label: str
    role: str

    def __post_init__(self) -> None:
        if not self.label or not self.role:
            raise ValueError("an Actor needs a label and a role")

    @property
    def actor(self) -> Actor:
        """Return itself, so that an Actor can stand wherever an account can."""
        return self


class Acts(Protocol):
    """Anything that can stand after ``by=``: an account, or an Actor itself."""

    @property
    def actor(self) -> Actor:
        """Return who a journal line names."""


SYSTEM = Actor(None, "系统", "system")  # as is
"""The program itself: set-up, imports on the command line, schedules. No request can ever be this actor."""

_address: ContextVar[str] = ContextVar("jingwu_address", default="")


def current_address() -> str:
    """Return the network address the current request came from, or ''."""
    return _address.get()


@contextmanager
def from_address(address: str) -> Iterator[None]:
    """Let the journal lines written inside carry ``address``."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)
