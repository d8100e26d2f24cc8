"""How the product says no: one base class for every expected refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class WayOut:
    """The cheapest way to make a refused thing possible, shown as a button beside the refusal."""

    label_zh: str
    label_en: str
    url: str = ""


class Refusal(Exception):
    """A request the rules do not allow, said in words; it is not a bug and is never logged as one.

    ``code`` is stable and greppable (``"roster.changed_meanwhile"``); ``fields`` maps a field's name to
    what is wrong with it; ``ways_out`` names what would help. A programmer's error raises something else.
    """

    def __init__(
        self,
        code: str,
        message_zh: str,
        message_en: str,
        *,
        fields: Mapping[str, str] | None = None,
        ways_out: Sequence[WayOut] = (),
    ) -> None:
        super().__init__(message_zh)
        self.code = code
        self.message_zh = message_zh
        self.message_en = message_en
        self.fields: dict[str, str] = dict(fields or {})
        self.ways_out: tuple[WayOut, ...] = tuple(ways_out)

    def message(self, language: str) -> str:
        """Return the message in ``language`` (``"en…"`` is English, anything else Chinese)."""
        return self.message_en if language.startswith("en") else self.message_zh


class NotAllowed(Refusal):
    """The account's roles do not permit the action, or the record lies outside its scope."""


class Unknown(Refusal):
    """There is no such record, or none that this account may know of: both read the same."""


class ChangedMeanwhile(Refusal):
    """Somebody else was first: the record no longer is in the state the caller saw."""


class BadInput(Refusal):
    """What was handed in cannot be used; ``fields`` or ``problems`` say where and why."""

    def __init__(
        self,
        code: str,
        message_zh: str,
        message_en: str,
        *,
        problems: Sequence[InputProblem] = (),
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, message_zh, message_en, fields=fields)
        self.problems: tuple[InputProblem, ...] = tuple(problems)


@dataclass(frozen=True)
class InputProblem:
    """One thing wrong with handed-in data: where it stands and why it cannot be used.

    ``row`` is the row a person sees in the file (the header is row 1; 0 = the file as a whole).
    ``blocking`` problems stop the whole import; others cost only their row.
    """

    file: str
    row: int
    column: str
    code: str
    reason_zh: str
    reason_en: str
    value: str = field(default="")
    blocking: bool = False

    def reason(self, language: str) -> str:
        """Return the reason in ``language``."""
        return self.reason_en if language.startswith("en") else self.reason_zh
