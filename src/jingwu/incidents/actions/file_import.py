"""Incidents by file: handed in, looked at, then taken all at once or not at all; and taken back again."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from jingwu.engines import workflow
from jingwu.engines.workflow import INCIDENT
from jingwu.incidents.actions import bad_rows
from jingwu.incidents.actions.intake import NewIncident, day_of, prepare
from jingwu.incidents.actions.steps import REQUIRED_REASON
from jingwu.incidents.live import announce
from jingwu.incidents.models import ImportBatch, Incident, IncidentEvent
from jingwu.incidents.numbers import next_numbers, stem_of
from jingwu.incidents.queries.guards import facts_of
from jingwu.incidents.sheet import PRIVATE, FileReading, FileRow, read_file
from jingwu.journal import actions as journal
from jingwu.journal.access import may, require, scope_paths
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.offices.queries import OfficeFacts
from jingwu.people.vault import Sealed
from jingwu.sheets.headers import nearest
from jingwu.sheets.problems import hint
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal, Unknown

PROBLEMS_KEPT = 1_000
SAMPLE_ROWS = 20
INSERTED_AT_ONCE = 200


@transaction.atomic
def receive_file(name: str, content: bytes, *, by: Acts, at: datetime) -> int:
    """Read a handed-in file into a preview and return its id; no incident is written.

    Raises
        NotAllowed: the role brings no files in; BadInput: the file cannot be opened at all.
    """
    paths = scope_paths(by, "incidents.import", at=at)
    if not paths:
        require(by, "incidents.import", at=at)
    unit = offices.unit_at(paths[0])
    if unit is None:
        raise NotAllowed("import.no_unit", "您没有管辖单位。", "There is no unit you are responsible for.")
    found = _found(_examine(name, content, {}, unit.path, at=at))
    batch = ImportBatch.objects.create(
        org_id=unit.id, name=name[-120:], content=base64.b64encode(content).decode(), created_at=at,
        created_by_id=by.actor.account_id, created_by_label=by.actor.label, **found,
    )  # fmt: skip
    details = {"rows": batch.read_count, "bad": batch.bad_count}
    journal.record("incidents.import_receive", by=by, at=at, record=batch, details=details)
    return batch.pk


@transaction.atomic
def reread_file(batch_id: int, *, mapping: Mapping[str, Any], by: Acts, at: datetime) -> None:
    """Read the file again with other columns."""
    batch = _load(batch_id, by, at)
    found = _found(_examine(batch.name, _content(batch), mapping, batch.org_path, at=at))
    _decide(batch, ("preview", "refused"), mapping=dict(mapping), **found)
    details = {"rows": found["read_count"], "bad": found["bad_count"]}
    journal.record("incidents.import_reread", by=by, at=at, record=batch, details=details)


@transaction.atomic
def drop_file(batch_id: int, *, by: Acts, at: datetime) -> None:
    """Put a preview away; nothing had been written."""
    batch = _load(batch_id, by, at)
    _decide(batch, ("preview", "refused"), state="dropped", content=None, decided_at=at, report={})
    journal.record("incidents.import_drop", by=by, at=at, record=batch)


@transaction.atomic
def take_file(batch_id: int, *, only_good: bool, by: Acts, at: datetime) -> int:
    """Register the file's incidents, all in one transaction, and return how many.

    A row taken before (by its external id and office) is known and not doubled. ``only_good`` leaves rows
    with problems out; without it, one bad row stops the whole file.

    Raises
        Refusal: rows have problems; ChangedMeanwhile: decided by somebody else, or no longer as previewed.
    """
    batch = _load(batch_id, by, at)
    content = _content(batch)
    examined = _examine(batch.name, content, batch.mapping, batch.org_path, at=at)
    reading, wanted = examined.reading, examined.wanted()
    if len(reading.bad_rows) != batch.bad_count:
        raise ChangedMeanwhile(
            "import.no_longer_so", "警务室或已有警情有变化,请再检查一次。",
            "Offices or incidents have changed since the preview; check the file again.",
        )  # fmt: skip
    if reading.bad_rows and not only_good:
        raise Refusal(
            "import.has_bad_rows",
            f"有 {len(reading.bad_rows)} 行有问题,没有导入任何一行;可改正后重传,或只导入没有问题的行。",
            f"{len(reading.bad_rows)} rows have problems and nothing was taken; mend the file, or take "
            "only the rest.",
        )
    bad = bad_rows.as_csv(batch.name, content, reading) if reading.bad_rows else None
    _decide(
        batch, ("preview",), state="done", content=None, bad_file=bad, decided_at=at, good_count=len(wanted),
        known_count=len(examined.known),
    )  # fmt: skip
    _insert(batch, wanted, examined.here, by=by, at=at)
    details = {"taken": len(wanted), "known": len(examined.known), "left_out": len(reading.bad_rows)}
    journal.record("incidents.import_take", by=by, at=at, record=batch, details=details)
    announce({"verb": "reload", "org_path": batch.org_path})
    return len(wanted)


@transaction.atomic
def undo_file(batch_id: int, *, reason: str, by: Acts, at: datetime) -> int:
    """Cancel the incidents of one file while nobody has touched any of them; return how many.

    Their external ids are free again, so that a corrected file can be taken.

    Raises
        Refusal: something has been done with one of them; BadInput: no reason.
    """
    batch = _load(batch_id, by, at)
    if not reason.strip():
        raise BadInput(
            "incident.reason_given", "撤销须写理由。", "Undoing takes a reason.", fields=REQUIRED_REASON
        )
    _decide(batch, ("done",), state="undone", bad_file=None, decided_at=at, reason=reason.strip()[:300])
    rows = Incident.objects.filter(batch=batch)
    touched = rows.exclude(state="received", version=1)
    if numbers := list(touched.values_list("number", flat=True)[:5]):
        told = "、".join(number[-8:-4] + "-" + number[-4:] for number in numbers)
        raise Refusal(
            "import.in_use", f"{told} 等已有人办理,不能整批撤销;请逐起处理。",
            f"{told.replace('、', ', ')} and perhaps more have been worked on, so the file stays; "
            "handle them singly.",
        )  # fmt: skip
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        _withdraw(ids, reason.strip(), by=by, at=at)
    journal.record(
        "incidents.import_undo",
        by=by,
        at=at,
        record=batch,
        reason=reason.strip(),
        details={"count": len(ids)},
    )
    announce({"verb": "reload", "org_path": batch.org_path})
    return len(ids)


def _withdraw(ids: Sequence[int], reason: str, *, by: Acts, at: datetime) -> None:
    first = Incident.objects.get(pk=ids[0])
    facts = facts_of(first, None, norms_for(first.org_path, timezone.localdate(at)))
    system = workflow.Actor("system", frozenset({"system"}))
    step = workflow.apply(
        INCIDENT, "received", "withdraw", actor=system, now=at, facts=replace(facts, reason=reason)
    )
    untouched = Incident.objects.filter(pk__in=ids, state=step.source, version=1)
    columns = dict.fromkeys(step.stamps, at)
    if untouched.update(state=step.target, version=F("version") + 1, source_key=None, **columns) != len(ids):
        raise ChangedMeanwhile(
            "import.in_use",
            "刚有人办理了其中一起,没有撤销。",
            "Somebody has just begun one of them; nothing was undone.",
        )
    IncidentEvent.objects.bulk_create(
        [
            IncidentEvent(
                incident_id=pk, verb="withdraw", source_state=step.source, target_state=step.target, at=at,
                recorded_at=at, by_id=by.actor.account_id, by_label=by.actor.label, reason=reason,
            )
            for pk in ids
        ],
        batch_size=INSERTED_AT_ONCE,
    )  # fmt: skip


def _insert(
    batch: ImportBatch, wanted: Sequence[FileRow], here: Mapping[str, OfficeFacts], *, by: Acts, at: datetime
) -> None:
    """Insert the rows; the offices' counters are held only from here to the end of the transaction."""
    named = {row.office for row in wanted}
    norms_here = {name: norms_for(here[name].path, timezone.localdate(at)) for name in named}
    by_office: dict[str, list[Incident]] = defaultdict(list)
    for row in wanted:
        office, norms = here[row.office], norms_here[row.office]
        made = prepare(_report(row, office), office, norms, by=by, at=at)
        made.batch_id = batch.pk
        by_office[office.code].append(made)
    made_rows: list[Incident] = []
    # always in one order, that of the counters: two files never wait in a circle
    for code in sorted(by_office, key=stem_of):
        office, rows = here[code], by_office[code]
        numbers = next_numbers(code, day_of(norms_for(office.path, timezone.localdate(at)), at), len(rows))
        for row, number in zip(rows, numbers, strict=True):
            row.number = number
        made_rows += rows
    try:
        with transaction.atomic():
            Incident.objects.bulk_create(made_rows, batch_size=INSERTED_AT_ONCE)
    except IntegrityError as error:
        raise ChangedMeanwhile(
            "import.no_longer_so", "有的行刚被另一份文件导入,请再检查一次。",
            "Some rows have just been taken by another file; check again.",
        ) from error  # fmt: skip
    IncidentEvent.objects.bulk_create(
        [
            IncidentEvent(
                incident=row, verb="register", target_state="received", at=row.reported_at, recorded_at=at,
                by_id=by.actor.account_id, by_label=by.actor.label,
                details={"source": "file", "batch": batch.pk},
            )
            for row in made_rows
        ],
        batch_size=INSERTED_AT_ONCE,
    )  # fmt: skip


def _report(row: FileRow, office: OfficeFacts) -> NewIncident:
    return NewIncident(
        office_code=office.code, text=row.text, source="file", category=row.category, priority=row.priority,
        address=row.address, address_detail=row.address_detail, lon=row.lon, lat=row.lat,
        reporter_name=row.reporter_name, reporter_phone=row.reporter_phone, reported_at=row.reported_at,
        occurred_at=row.occurred_at, source_key=_key(row, office),
    )  # fmt: skip


def _key(row: FileRow, office: OfficeFacts) -> str:
    return f"import:file:{office.code}:{row.external_id}"


@dataclass(frozen=True)
class _Examined:
    """A reading judged; ``known``: numbers of rows taken before, ``here``: offices by code and name."""

    reading: FileReading
    known: set[int]
    here: Mapping[str, OfficeFacts]

    def wanted(self) -> list[FileRow]:
        """Return the rows to register."""
        return [row for row in self.reading.good() if row.row not in self.known]


def _examine(name: str, content: bytes, mapping: Mapping[str, Any], path: str, *, at: datetime) -> _Examined:
    """Read a file and judge its rows by what is known outside it."""
    norms = norms_for(path, timezone.localdate(at))
    found = offices.offices([path])
    here = {office.name: office for office in found} | {office.code: office for office in found}
    codes = {office.code for office in here.values()}
    only = next(iter(codes)) if len(codes) == 1 else ""
    reading = read_file(name, content, zone=norms.calendar.zone, mapping=mapping, only_office=only)
    latest = at + timedelta(minutes=norms.incidents.future_tolerance_minutes)
    longest = norms.incidents.note_max_characters
    names = list(here)
    keys: dict[str, int] = {}
    for row in reading.rows:
        if row.office and row.office not in here:
            suggestion = hint(nearest(row.office, names))
            reading.bad(row.row, "office_code", "no_such_office", row.office, **suggestion)
        elif row.office and row.external_id:
            # by the office itself: one row may say its code and another its name
            first = keys.setdefault(_key(row, here[row.office]), row.row)
            if first != row.row:
                reading.bad(row.row, "external_id", "duplicate", row.external_id, other=first)
        if len(row.text) > longest:
            reading.bad(row.row, "text", "too_long", row.text, limit=longest)
        for column in ("reported_at", "occurred_at"):
            moment = getattr(row, column)
            if moment is not None and moment > latest:
                shown = timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
                reading.bad(row.row, column, "future", shown)
    known = Incident.objects.filter(source_key__in=list(keys)).values_list("source_key", flat=True)
    return _Examined(reading, {keys[key] for key in known if key} - reading.bad_rows, here)


def _found(examined: _Examined) -> dict[str, Any]:
    """Return the columns of the batch that tell what a reading found."""
    reading, good = examined.reading, examined.wanted()
    blocked = reading.problems.blocking or not (good or examined.known)
    private = {reading.columns.get(name) for name in PRIVATE}
    return {
        "state": "refused" if blocked else "preview",
        "read_count": reading.read_count,
        "good_count": len(good),
        "known_count": len(examined.known),
        "bad_count": len(reading.bad_rows),
        "report": {
            "sheet": reading.shown,
            "headers": reading.headers,
            "columns": reading.columns,
            "problem_count": reading.problems.total,
            "problems": [
                {
                    "row": problem.row, "column": problem.column,
                    "value": "" if problem.column in private else problem.value,
                    "zh": problem.reason_zh, "en": problem.reason_en,
                }
                for problem in reading.problems.shown()[:PROBLEMS_KEPT]
            ],
            "sample": [_shown(row, examined.here[row.office]) for row in good[:SAMPLE_ROWS]],
        },
    }  # fmt: skip


def _shown(row: FileRow, office: OfficeFacts) -> dict[str, Any]:
    return {
        "row": row.row, "external_id": row.external_id, "office": office.name, "category": row.category,
        "priority": row.priority, "text": row.text[:80], "address": row.address,
        "reported_at": row.reported_at.isoformat() if row.reported_at else "",
    }  # fmt: skip


@transaction.atomic
def bad_file(batch_id: int, *, by: Acts, at: datetime) -> str:
    """Return the rows with problems as a CSV, of a preview or of a file already taken; each look is told.

    Reporters stand in it in clear for who brought the file and for who may unmask them, masked for others.
    """
    batch = _load(batch_id, by, at)
    if isinstance(batch.bad_file, Sealed):
        text = batch.bad_file.reveal()
    else:
        content = _content(batch)
        examined = _examine(batch.name, content, batch.mapping, batch.org_path, at=at)
        text = bad_rows.as_csv(batch.name, content, examined.reading)
    is_own = batch.created_by_id is not None and batch.created_by_id == by.actor.account_id
    is_clear = is_own or may(by, "incidents.unmask", org=batch, at=at)
    details = {"rows": bad_rows.rows_in(text), "is_masked": not is_clear}
    journal.record_view("incidents.import_bad_rows", by=by, at=at, record=batch, details=details)
    return text if is_clear else bad_rows.masked(text, batch.report)


def _load(batch_id: int, by: Acts, at: datetime) -> ImportBatch:
    batch = ImportBatch.objects.select_related("org").filter(pk=batch_id).first()
    paths = scope_paths(by, "incidents.import", at=at)
    if batch is None or (paths and not any(batch.org_path.startswith(path) for path in paths)):
        raise Unknown("import.unknown", "没有这份文件。", "There is no such file.")
    require(by, "incidents.import", org=batch, at=at)
    return batch


def _content(batch: ImportBatch) -> bytes:
    if not isinstance(batch.content, Sealed):
        raise ChangedMeanwhile(
            "import.decided", "这份文件已经处理过了。", "This file has been decided on already."
        )
    return base64.b64decode(batch.content.reveal())


def _decide(batch: ImportBatch, sources: Sequence[str], **columns: Any) -> None:
    if ImportBatch.objects.filter(pk=batch.pk, state__in=sources).update(**columns) != 1:
        raise ChangedMeanwhile(
            "import.decided", "这份文件刚被他人处理。", "Somebody has just decided on this file."
        )
