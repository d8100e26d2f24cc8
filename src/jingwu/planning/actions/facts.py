"""Facts come in as a preview, are adopted or dropped, and an adoption can be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices import actions as offices
from jingwu.offices import queries as office_queries
from jingwu.offices.local_norms import norms_for
from jingwu.people import actions as people
from jingwu.planning.actions.adoption import adopt
from jingwu.planning.district import District, FactReport
from jingwu.planning.models import FactFile, FactSet, Plan
from jingwu.planning.storage import pack, unpack
from jingwu.planning.summary import summarise
from jingwu.planning.transitions import FACT_SET
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal, Unknown

PROBLEMS_KEPT = 500
UPLOAD_LIMIT_BYTES = 300 * 10**6
TABLE_SUFFIXES = frozenset({".xlsx", ".csv", ".txt", ".tsv"})


@transaction.atomic
def bring_in_facts(
    district: District,
    report: FactReport,
    *,
    org_code: str,
    name: str,
    source: str,
    by: Acts,
    at: datetime,
) -> int:
    """Store facts that were read as a preview, nothing else changes; return the fact set's id.

    ID numbers wait apart from the facts, encrypted, and leave with the adoption or the dropping.
    """
    org = office_queries.unit(org_code)
    require(by, "imports.run", org=org)
    period = district.period
    fact_set = FactSet.objects.create(
        org_id=org.id,
        name=name.strip() or source,
        source=source,
        digest=district.digest,
        first_day=period[0] if period else None,
        last_day=period[1] if period else None,
        counts=_counts(district),
        summary=_summary(district, org.path, at),
        report=_report(report),
        content=pack(district),
        id_numbers=_id_numbers(district),
        created_by_id=by.actor.account_id,
        created_at=at,
    )
    details = {"digest": district.digest, "source": source, "problems": report.problem_count}
    journal.record("facts.bring_in", by=by, at=at, record=fact_set, details=details)
    return fact_set.pk


@transaction.atomic
def receive_upload(
    files: Sequence[tuple[str, bytes]],
    *,
    org_code: str,
    name: str,
    mapping: Mapping[str, Any] | None = None,
    accepts_bad_rows: bool = False,
    by: Acts,
    at: datetime,
) -> int:
    """Take in handed-in files, have a worker read them, and return the fact set's id.

    ``files``: name and content. Raises BadInput when there are none, they are too large, or of a kind that
    is no table.
    """
    org = office_queries.unit(org_code)
    require(by, "imports.run", org=org)
    _refuse_files(files)
    source = "、".join(file for file, _ in files)[:200]
    fact_set = FactSet.objects.create(
        org_id=org.id,
        name=name.strip() or source[:120],
        source=source,
        state=FactSet.State.READING,
        mapping=dict(mapping or {}),
        accepts_bad_rows=accepts_bad_rows,
        heartbeat_at=at,
        created_by_id=by.actor.account_id,
        created_at=at,
    )
    FactFile.objects.bulk_create(
        [FactFile(fact_set=fact_set, name=file[:200], content=content) for file, content in files]
    )
    _queue_reading(fact_set.pk)
    sizes = {file: len(content) for file, content in files}
    journal.record("facts.receive", by=by, at=at, record=fact_set, details={"bytes": sizes})
    return fact_set.pk


def _refuse_files(files: Sequence[tuple[str, bytes]]) -> None:
    if not files:
        raise BadInput("facts.no_file", "请选择文件。", "Choose a file.", fields={"files": "必填 / required"})
    for name, _ in files:
        if PurePath(name).suffix.lower() not in TABLE_SUFFIXES:
            raise BadInput(
                "facts.wrong_kind",
                f"{name} 不是表格:请上传 .xlsx 工作簿或 .csv 文件。",
                f"{name} is no table: upload an .xlsx workbook or .csv files.",
            )
    total_bytes = sum(len(content) for _, content in files)
    if total_bytes > UPLOAD_LIMIT_BYTES:
        raise BadInput(
            "facts.too_large",
            f"文件共 {total_bytes / 1e6:.0f} MB,超过 {UPLOAD_LIMIT_BYTES / 1e6:.0f} MB;请分批,或用命令行。",
            f"The files are {total_bytes / 1e6:.0f} MB, more than {UPLOAD_LIMIT_BYTES / 1e6:.0f} MB; "
            "split them or use the command line.",
        )


@transaction.atomic
def reread_facts(
    fact_set_id: int, *, mapping: Mapping[str, Any], accepts_bad_rows: bool, by: Acts, at: datetime
) -> None:
    """Have the handed-in files read again, with another mapping or leaving rows with problems out."""
    _change(
        fact_set_id, "facts.reread", by=by, at=at, mapping=dict(mapping), accepts_bad_rows=accepts_bad_rows,
        content=None, id_numbers=None, report={}, progress_share=0.0, progress_step="", heartbeat_at=at,
    )  # fmt: skip
    _queue_reading(fact_set_id)


def resume_reading(fact_set_id: int, *, silent_since: datetime, at: datetime) -> bool:
    """Queue a reading again whose worker died; return whether it was still silent.

    The reading had written nothing, so there is nothing to tell the journal.
    """
    silent = FactSet.objects.filter(
        pk=fact_set_id, state=FactSet.State.READING, heartbeat_at__lt=silent_since
    )
    if silent.update(heartbeat_at=at, progress_share=0.0, progress_step="") != 1:
        return False
    _queue_reading(fact_set_id)
    return True


def note_reading(fact_set_id: int, *, step: str, share: float, at: datetime) -> bool:
    """Store how far the reading is and return whether it is still wanted."""
    reading = FactSet.objects.filter(pk=fact_set_id, state=FactSet.State.READING)
    return reading.update(progress_share=share, progress_step=step, heartbeat_at=at) == 1


@transaction.atomic
def store_reading(
    fact_set_id: int,
    district: District | None,
    report: FactReport,
    *,
    samples: Sequence[Mapping[str, Any]] = (),
    by: Acts,
    at: datetime,
) -> None:
    """Store what a worker read: a preview when it is usable, else the problems alone.

    ``samples``: of each sheet its name, our table, its headers and first rows, for mapping the columns.
    """
    told = {**_report(report), "samples": [dict(sample) for sample in samples]}
    if district is None:
        _change(fact_set_id, "facts.refuse", by=by, at=at, report=told, progress_share=1.0)
        return
    period = district.period
    _change(
        fact_set_id,
        "facts.read",
        by=by,
        at=at,
        digest=district.digest,
        first_day=period[0] if period else None,
        last_day=period[1] if period else None,
        counts=_counts(district),
        summary=_summary(
            district, FactSet.objects.values_list("org__path", flat=True).get(pk=fact_set_id), at
        ),
        report=told,
        content=pack(district),
        id_numbers=_id_numbers(district),
        progress_share=1.0,
    )


@transaction.atomic
def refuse_reading(fact_set_id: int, refusal: Refusal, *, by: Acts, at: datetime) -> None:
    """Store in one sentence why the files could not be opened at all."""
    said = {"refusal": {"code": refusal.code, "zh": refusal.message_zh, "en": refusal.message_en}}
    _change(fact_set_id, "facts.refuse", by=by, at=at, report=said, progress_share=1.0)


def _queue_reading(fact_set_id: int) -> None:
    # by name: jobs stand above actions
    jobs.configure_task("planning.read_facts", queue="planning").defer(fact_set_id=fact_set_id)


@transaction.atomic
@journal.gathered()  # a district's people take long to add; the journal is not kept from others meanwhile
def adopt_facts(fact_set_id: int, *, by: Acts, at: datetime) -> None:
    """Make a previewed fact set the organisation's facts: offices, beats and people follow it.

    Raises:
        NotAllowed: the role or the scope does not permit it.
        ChangedMeanwhile: it is no longer a preview.
    """
    fact_set = _change(fact_set_id, "facts.adopt", by=by, at=at, adopted_at=at)
    org = office_queries.unit_at(fact_set.org.path)
    if org is None:
        raise Refusal("facts.no_unit", "所属单位已不存在。", "The unit no longer exists.")
    row = FactSet.objects.only("content", "id_numbers").get(pk=fact_set_id)
    id_numbers = json.loads(row.id_numbers.reveal()) if row.id_numbers else {}
    done = adopt(unpack(bytes(row.content)), org, id_numbers=id_numbers, by=by, at=at)
    FactSet.objects.filter(pk=fact_set_id).update(adoption=done.to_dict(), id_numbers=None)
    FactFile.objects.filter(fact_set_id=fact_set_id).delete()


@transaction.atomic
def drop_facts(fact_set_id: int, *, by: Acts, at: datetime) -> None:
    """Put a preview away; nothing had changed yet."""
    _change(fact_set_id, "facts.drop", by=by, at=at, id_numbers=None)
    FactFile.objects.filter(fact_set_id=fact_set_id).delete()


@transaction.atomic
@journal.gathered()
def undo_facts(fact_set_id: int, *, reason: str, by: Acts, at: datetime) -> None:
    """Undo an adoption: what it added goes, what it changed gets its former value.

    Raises:
        Refusal: a plan was computed from it, or something it added is in use since.
        ChangedMeanwhile: something it changed was changed again since.
    """
    fact_set = _change(fact_set_id, "facts.undo", by=by, at=at, reason=reason)
    if Plan.objects.filter(fact_set_id=fact_set_id).exclude(state__in=["failed", "cancelled"]).exists():
        raise Refusal(
            "facts.has_plans",
            "已有方案用到这批数据,不能撤销;可以导入更正后的数据。",
            "A plan was computed from these facts, so they stay; import corrected ones instead.",
        )
    done = fact_set.adoption
    known_offices = {facts.code: facts for facts in office_queries.offices([fact_set.org.path])}
    known_beats = {facts.code: facts for facts in office_queries.beats([fact_set.org.path])}
    for code, before in done.get("changed_offices", {}).items():
        offices.update_office(code, before, seen=known_offices[code].version, by=by, at=at, reason=reason)
    for code, before in done.get("changed_beats", {}).items():
        offices.update_beat(code, before, seen=known_beats[code].version, by=by, at=at, reason=reason)
    if done.get("people"):
        people.withdraw_people(done["people"], by=by, at=at, reason=reason)
    if done.get("offices") or done.get("beats"):
        offices.withdraw(office_codes=done["offices"], beat_codes=done["beats"], by=by, at=at, reason=reason)


def _change(
    fact_set_id: int, verb: str, *, by: Acts, at: datetime, reason: str = "", **columns: object
) -> FactSet:
    transition = FACT_SET[verb]
    fact_set = FactSet.objects.select_related("org").defer("content").filter(pk=fact_set_id).first()
    if fact_set is None:
        raise Unknown("facts.unknown", "没有这批数据。", "There is no such fact set.")
    require(by, transition.permission, org=fact_set)
    changed = FactSet.objects.filter(pk=fact_set_id, state__in=transition.sources)
    if changed.update(state=transition.target, **columns) != 1:
        raise ChangedMeanwhile(
            "facts.changed_meanwhile",
            "这批数据的状态已被他人改变,这一步没有执行;请刷新。",
            "Somebody changed the state of these facts first, so nothing was done; reload the page.",
        )
    journal.record(verb, by=by, at=at, record=fact_set, reason=reason, details={"digest": fact_set.digest})
    return fact_set


def _summary(district: District, path: str, at: datetime) -> dict[str, Any]:
    target_minutes = norms_for(path, timezone.localdate(at)).response.target_minutes
    return summarise(district, target_minutes=target_minutes)


def _id_numbers(district: District) -> str | None:
    known = {person.code: person.id_number for person in district.people if person.id_number}
    return json.dumps(known) if known else None


def _counts(district: District) -> dict[str, int]:
    return {
        "offices": len(district.offices),
        "beats": len(district.beats),
        "people": len(district.people),
        "calls": len(district.calls),
        "workload": len(district.workload),
    }


def _report(report: FactReport) -> dict[str, Any]:
    return {
        "blocking": report.blocking,
        "headers": {table: dict(headers) for table, headers in report.headers.items()},
        "problem_count": report.problem_count,
        "counts": dict(report.counts),
        "problems": [
            {
                "file": problem.file,
                "row": problem.row,
                "column": problem.column,
                "code": problem.code,
                "zh": problem.reason_zh,
                "en": problem.reason_en,
                "value": problem.value,
            }
            for problem in report.problems[:PROBLEMS_KEPT]
        ],
        "notes": [{"zh": note.text_zh, "en": note.text_en} for note in report.notes],
        "tables": [
            {
                "table": table.table,
                "source": table.source,
                "read": table.read_count,
                "good": table.good_count,
                "bad": table.bad_count,
            }
            for table in report.tables
        ],
    }
