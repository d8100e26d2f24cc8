"""What every verb on the tree writes alike: the row as the caller saw it, and the line in the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from jingwu.journal import actions as journal
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import BadInput, ChangedMeanwhile


def note_many(
    verb: str,
    record_type: str,
    codes: Sequence[str],
    units: Any,
    *,
    by: Acts,
    at: datetime,
    reason: str,
) -> None:
    """Write one line for many records; it belongs to the first unit's path they share."""
    paths = sorted({unit.path for unit in units})
    record = journal.RecordRef("offices", record_type, ",".join(codes[:20]), paths[0] if paths else "")
    details = {"count": len(codes), "below": paths[:50]}
    journal.record(verb, by=by, at=at, record=record, reason=reason, details=details)


def refuse_fields(changes: Mapping[str, Any], editable: frozenset[str]) -> None:
    unknown = sorted(set(changes) - editable)
    if unknown or not changes:
        raise BadInput("offices.field", f"不能修改:{unknown}", f"Not editable: {unknown}")


def update_seen(
    rows: Any,
    changes: Mapping[str, Any],
    verb: str,
    record_type: str,
    facts: Any,
    *,
    by: Acts,
    at: datetime,
    reason: str,
) -> None:
    """Change the one row if it is still the version the caller saw, and write the line."""
    if rows.update(**changes, version=F("version") + 1) != 1:
        raise changed_meanwhile()
    record = journal.RecordRef("offices", record_type, str(facts.id), facts.path)
    before = {name: getattr(facts, name) for name in changes}
    journal.record(
        verb, by=by, at=at, record=record, reason=reason, details={"fields": sorted(changes)},
        before=before, after=dict(changes),
    )  # fmt: skip


def changed_meanwhile() -> ChangedMeanwhile:
    return ChangedMeanwhile(
        "offices.changed_meanwhile",
        "有人先改了这条记录,请刷新后再改。",
        "Somebody changed this record first; reload it and try again.",
    )
