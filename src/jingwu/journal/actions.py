"""Write the journal: one line per thing done or seen, in the transaction of the thing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from jingwu.journal.actor import Acts, current_address
from jingwu.journal.chain import CHAINED_COLUMNS, canonical, digest

_gathered: ContextVar[list[str] | None] = ContextVar("jingwu_gathered_lines", default=None)


@dataclass(frozen=True)
class RecordRef:
    """Which record a line is about; ``org_path`` is the materialised path of the unit it belongs to."""

    room: str
    record_type: str
    record_id: str
    org_path: str = ""

    def __post_init__(self) -> None:
        if not self.room or not self.record_type:
            raise ValueError("a RecordRef needs a room and a record type")


@dataclass(frozen=True)
class Entry:
    """One line still to be written, for ``record_many``."""

    verb: str
    record: RecordRef | Model
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    is_view: bool = False


def record(
    verb: str,
    *,
    by: Acts,
    at: datetime,
    record: RecordRef | Model,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    address: str | None = None,
) -> int:
    """Write that ``by`` did ``verb`` to ``record`` and return the line's number (0 inside ``gathered``).

    Call it last in the action: from here to the end of the transaction all other writers of the journal wait.
    ``before`` and ``after`` are stored as digests only, so that no personal data enter the journal by them.

    Raises:
        RuntimeError: called outside a transaction; the line would then outlive a failed action.
    """
    entry = Entry(verb, record, reason, details or {}, before, after)
    return _only(record_many([entry], by=by, at=at, address=address))


def record_view(
    verb: str,
    *,
    by: Acts,
    at: datetime,
    record: RecordRef | Model,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    address: str | None = None,
) -> int:
    """Write that ``by`` looked at ``record``: reads of sensitive data leave a line as writes do."""
    entry = Entry(verb, record, reason, details or {}, is_view=True)
    return _only(record_many([entry], by=by, at=at, address=address))


def _only(numbers: Sequence[int]) -> int:
    return numbers[0] if numbers else 0


def record_many(entries: Sequence[Entry], *, by: Acts, at: datetime, address: str | None = None) -> list[int]:
    """Write several lines at once, in order, and return their sequence numbers (none inside ``gathered``)."""
    if not connection.in_atomic_block:
        raise RuntimeError("a journal line belongs into the transaction of what it tells of")
    if at.tzinfo is None:
        raise ValueError("a journal line needs a time with a time zone")
    tails = [_tail(entry, by=by, at=at, address=address) for entry in entries]
    waiting = _gathered.get()
    if waiting is not None:
        waiting += tails
        return []
    return _append(tails)


@contextmanager
def gathered() -> Iterator[None]:
    """Let the lines written inside wait and go into the journal together at the end, or none of them.

    For one transaction of several actions: the first line would otherwise make all other writers wait until
    the last action is done. Inside another it hands its lines on, or drops them when it is left by an error:
    stand it where the savepoint stands, so that a line goes with what it tells of.
    """
    outer = _gathered.get()
    own: list[str] = []
    token = _gathered.set(own)
    try:
        yield
    finally:
        _gathered.reset(token)
    if outer is not None:
        outer += own
    else:
        _append(own)


def _append(tails: Sequence[str]) -> list[int]:
    """Let the database chain the lines: numbers, hashes, lines and the new head in one round trip."""
    if not tails:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_append(%s)", [list(tails)])
        (last,) = cursor.fetchone()
    return list(range(last - len(tails) + 1, last + 1))


def _tail(entry: Entry, *, by: Acts, at: datetime, address: str | None) -> str:
    """Return the line's canonical JSON array after its first element, the number it does not have yet."""
    actor, ref = by.actor, _ref(entry.record)
    columns = {
        "at": at,
        "is_view": entry.is_view,
        "actor_id": actor.account_id,
        "actor_label": actor.label,
        "actor_role": actor.role,
        "verb": entry.verb,
        "room": ref.room,
        "record_type": ref.record_type,
        "record_id": ref.record_id,
        "org_path": ref.org_path,
        "reason": entry.reason,
        "details_json": canonical(dict(entry.details)),
        "address": current_address() if address is None else address,
        "before_digest": digest(entry.before),
        "after_digest": digest(entry.after),
    }
    return canonical([columns[name] for name in CHAINED_COLUMNS if name != "sequence"])[1:]


def _ref(record: RecordRef | Model) -> RecordRef:
    if isinstance(record, RecordRef):
        return record
    meta = record._meta
    org_path = getattr(record, "org_path", "")
    return RecordRef(meta.app_label, str(meta.model_name), str(record.pk), org_path)
