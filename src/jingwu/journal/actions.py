"""Write the journal: one line per thing done or seen, in the transaction of the thing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from jingwu.journal.actor import Acts, current_address
from jingwu.journal.chain import CHAINED_COLUMNS, canonical, digest, hash_of
from jingwu.journal.models import Head

COLUMNS = (*CHAINED_COLUMNS, "previous_hash", "hash")
LINES_A_STATEMENT = 500
LOCK_HEAD = "SELECT sequence, hash FROM journal_head WHERE id = 1 FOR UPDATE"


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
    """Write that ``by`` did ``verb`` to ``record`` and return the line's sequence number.

    Call it last in the action: from here to the end of the transaction all other writers of the journal wait.
    ``before`` and ``after`` are stored as digests only, so that no personal data enter the journal by them.

    Raises:
        RuntimeError: called outside a transaction; the line would then outlive a failed action.
    """
    entry = Entry(verb, record, reason, details or {}, before, after)
    return record_many([entry], by=by, at=at, address=address)[0]


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
    return record_many([entry], by=by, at=at, address=address)[0]


def record_many(entries: Sequence[Entry], *, by: Acts, at: datetime, address: str | None = None) -> list[int]:
    """Write several lines at once, in order, and return their sequence numbers."""
    if not connection.in_atomic_block:
        raise RuntimeError("a journal line belongs into the transaction of what it tells of")
    if at.tzinfo is None:
        raise ValueError("a journal line needs a time with a time zone")
    sequence, previous_hash = _locked_head()
    lines = []
    for entry in entries:
        sequence += 1
        line = _line(entry, sequence, previous_hash, by=by, at=at, address=address)
        previous_hash = line["hash"]
        lines.append(line)
    for start in range(0, len(lines), LINES_A_STATEMENT):
        _append(lines[start : start + LINES_A_STATEMENT])
    return [line["sequence"] for line in lines]


def _locked_head() -> tuple[int, str]:
    """Return the head, locked: the next writer reads it only after this transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_HEAD)
        row = cursor.fetchone()
        if row is None:
            Head.objects.bulk_create([Head(pk=1)], ignore_conflicts=True)
            cursor.execute(LOCK_HEAD)
            row = cursor.fetchone()
    return row[0], row[1]


def _append(lines: Sequence[Mapping[str, Any]]) -> None:
    """Write the lines and move the head in one statement, past the ORM: every action pays for it."""
    row = f"({', '.join(['%s'] * len(COLUMNS))})"
    sql = (
        f"WITH written AS (INSERT INTO journal_line ({', '.join(COLUMNS)})"  # noqa: S608 - our own columns
        f" VALUES {', '.join([row] * len(lines))})"
        " UPDATE journal_head SET sequence = %s, hash = %s WHERE id = 1"
    )
    values = [line[name] for line in lines for name in COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, lines[-1]["sequence"], lines[-1]["hash"]])


def _line(
    entry: Entry, sequence: int, previous_hash: str, *, by: Acts, at: datetime, address: str | None
) -> dict[str, Any]:
    actor, ref = by.actor, _ref(entry.record)
    columns = {
        "sequence": sequence,
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
    return {**columns, "previous_hash": previous_hash, "hash": hash_of(previous_hash, columns)}


def _ref(record: RecordRef | Model) -> RecordRef:
    if isinstance(record, RecordRef):
        return record
    meta = record._meta
    org_path = getattr(record, "org_path", "")
    return RecordRef(meta.app_label, str(meta.model_name), str(record.pk), org_path)
