"""Write the journal: one line per thing done or seen, in the transaction of the thing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from jingwu.journal.actor import Acts, current_address
from jingwu.journal.chain import canonical, digest, hash_of
from jingwu.journal.models import Head, Line


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
    head = _locked_head()
    lines = []
    sequence, previous_hash = head.sequence, head.hash
    for entry in entries:
        sequence += 1
        line = _line(entry, sequence, previous_hash, by=by, at=at, address=address)
        previous_hash = line.hash
        lines.append(line)
    Line.objects.bulk_create(lines, batch_size=1000)
    Head.objects.filter(pk=1).update(sequence=sequence, hash=previous_hash)
    return [line.sequence for line in lines]


def _locked_head() -> Head:
    """Return the head row, locked: the next writer reads it only after this transaction has ended."""
    head = Head.objects.select_for_update().filter(pk=1).first()
    if head is None:
        Head.objects.bulk_create([Head(pk=1)], ignore_conflicts=True)
        head = Head.objects.select_for_update().get(pk=1)
    return head


def _line(
    entry: Entry, sequence: int, previous_hash: str, *, by: Acts, at: datetime, address: str | None
) -> Line:
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
    return Line(**columns, previous_hash=previous_hash, hash=hash_of(previous_hash, columns))


def _ref(record: RecordRef | Model) -> RecordRef:
    if isinstance(record, RecordRef):
        return record
    meta = record._meta
    org_path = getattr(record, "org_path", "")
    return RecordRef(meta.app_label, str(meta.model_name), str(record.pk), org_path)
