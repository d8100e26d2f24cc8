"""Facts come in as a preview, are adopted or dropped, and an adoption can be undone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices import actions as offices
from jingwu.offices import queries as office_queries
from jingwu.people import actions as people
from jingwu.planning.actions.adoption import adopt
from jingwu.planning.district import District, FactReport
from jingwu.planning.models import FactSet, Plan
from jingwu.planning.storage import pack, unpack
from jingwu.planning.transitions import FACT_SET
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal

PROBLEMS_KEPT = 500


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
    id_numbers = json.loads(str(row.id_numbers)) if row.id_numbers else {}
    done = adopt(unpack(bytes(row.content)), org, id_numbers=id_numbers, by=by, at=at)
    FactSet.objects.filter(pk=fact_set_id).update(adoption=done.to_dict(), id_numbers=None)


@transaction.atomic
def drop_facts(fact_set_id: int, *, by: Acts, at: datetime) -> None:
    """Put a preview away; nothing had changed yet."""
    _change(fact_set_id, "facts.drop", by=by, at=at, id_numbers=None)


@transaction.atomic
def undo_facts(fact_set_id: int, *, reason: str, by: Acts, at: datetime) -> None:
    """Undo an adoption: what it added goes, what it changed gets its former value.

    Raises:
        Refusal: a plan was computed from it, or something it added is in use since.
        ChangedMeanwhile: something it changed was changed again since.
    """
    if Plan.objects.filter(fact_set_id=fact_set_id).exclude(state__in=["failed", "cancelled"]).exists():
        raise Refusal(
            "facts.has_plans",
            "已有方案用到这批数据,不能撤销;可以导入更正后的数据。",
            "A plan was computed from these facts, so they stay; import corrected ones instead.",
        )
    fact_set = _change(fact_set_id, "facts.undo", by=by, at=at, reason=reason)
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
        raise Refusal("facts.unknown", "没有这批数据。", "There is no such fact set.")
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
    if report.blocking:
        raise BadInput(
            "facts.blocking",
            "数据有必须先改正的问题,没有导入。",
            "The facts have problems that must be mended first; nothing was imported.",
            problems=report.problems,
        )
    return {
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
