"""Handed-in files as their pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jingwu.incidents.models import ImportBatch, Incident
from jingwu.journal.access import scope_paths, within
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import Unknown


@dataclass(frozen=True)
class BatchFacts:
    """One handed-in file; ``touched_count`` of its incidents have been worked on since."""

    id: int
    name: str
    state: str
    state_words: str
    unit_name: str
    read_count: int
    good_count: int
    known_count: int
    bad_count: int
    created_by: str
    created_at: datetime
    decided_at: datetime | None
    reason: str
    mapping: Mapping[str, Any]
    report: Mapping[str, Any]
    touched_count: int = 0


def batches(by: Acts, *, at: datetime) -> list[BatchFacts]:
    """Return the files handed in for units in scope, the newest first."""
    paths = scope_paths(by, "incidents.import", at=at)
    rows = ImportBatch.objects.filter(within("org__path", paths)).select_related("org")
    return [_facts(row) for row in rows.defer("content", "bad_file", "report")[:200]]


def batch(by: Acts, batch_id: int, *, at: datetime) -> BatchFacts:
    """Return one file; Unknown when there is none in scope."""
    paths = scope_paths(by, "incidents.import", at=at)
    rows = ImportBatch.objects.filter(within("org__path", paths), pk=batch_id).select_related("org")
    row = rows.defer("content", "bad_file").first()
    if row is None:
        raise Unknown("import.unknown", "没有这份文件。", "There is no such file.")
    touched = Incident.objects.filter(batch=row).exclude(state="received", version=1)
    return _facts(row, report=row.report, touched_count=touched.count() if row.state == "done" else 0)


def _facts(
    row: ImportBatch, *, report: Mapping[str, Any] | None = None, touched_count: int = 0
) -> BatchFacts:
    return BatchFacts(
        id=row.pk, name=row.name, state=row.state, state_words=str(row.get_state_display()),
        unit_name=row.org.name, read_count=row.read_count, good_count=row.good_count,
        known_count=row.known_count, bad_count=row.bad_count, created_by=row.created_by_label,
        created_at=row.created_at, decided_at=row.decided_at, reason=row.reason, mapping=row.mapping,
        report=report or {}, touched_count=touched_count,
    )  # fmt: skip
