# catalogue: data - both languages stand side by side
"""Somebody cannot come: the change that disturbs least, worked out before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from jingwu.duty import models
from jingwu.duty.queries.breaches import marks, newly
from jingwu.duty.queries.kinds import KindFacts, kind_facts, on_the_clock
from jingwu.duty.queries.problem import Sheet, pins_of, sheet_of
from jingwu.engines.rostering import (
    OFF,
    Breach,
    Demand,
    PersonLoad,
    Roster,
    RosterProblem,
    Status,
    Words,
    loads,
    open_shifts,
)
from jingwu.engines.rostering.replanning import (
    Absence,
    Change,
    Replan,
    StandIn,
    replan,
    stand_ins,
    with_absences,
)
from jingwu.engines.rostering.rules.cover import eligible
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import ChangedMeanwhile, Unknown

STAND_INS = 6


@dataclass(frozen=True)
class AbsentFacts:
    """Who cannot come to which shift; ``version`` is the roster's, for whoever confirms."""

    cell_id: int
    roster_id: int
    version: int
    office_id: int
    office_code: str
    office_name: str
    org_path: str
    person_id: int
    person_name: str
    category: PersonCategory
    day: date
    kind: KindFacts
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True)
class ChangedCell:
    """One cell the repair changes, with its reasons; ``before`` and ``after`` are None for a day off."""

    person_id: int
    person_name: str
    category: PersonCategory
    day: date
    code: str
    before: KindFacts | None
    after: KindFacts | None
    reasons: tuple[Words, ...]


@dataclass(frozen=True)
class RepairFacts:
    """The least disturbance: the cells changed, how many people, what stays open, and who else could come.

    ``is_found`` is False when no lawful roster exists in the days looked at; ``bends`` says that a norm
    gives way, which takes a reason. ``seconds`` is the search's time.
    """

    absent: AbsentFacts
    changes: tuple[ChangedCell, ...]
    people: int
    still_open: tuple[Words, ...]
    stand_ins: tuple[tuple[int, str, PersonCategory, StandIn], ...]
    is_found: bool
    bends: bool
    is_proved: bool
    seconds: float


def absent_cell(by: Acts, cell_id: int) -> AbsentFacts:
    """Return the live shift somebody cannot come to.

    Raises: Unknown when there is none; ChangedMeanwhile when it is open already; NotAllowed out of scope.
    """
    rows = models.RosterCell.objects.select_related("roster__office__unit", "person", "shift")
    row = rows.filter(pk=cell_id).first()
    if row is None:
        raise Unknown("absence.unknown", "没有这个班。", "There is no such shift.")
    require(by, "duty.absence", org=row.roster)
    if not row.is_live or row.is_absent:
        raise ChangedMeanwhile(
            "absence.changed_meanwhile",
            "这个班已空出或已不在用。",
            "This shift is open already or no longer in force.",
        )
    unit = row.roster.office.unit
    return AbsentFacts(
        row.pk,
        row.roster_id,
        row.roster.version,
        row.roster.office_id,
        unit.code,
        unit.name,
        unit.path,
        row.person_id,
        row.person.name,
        PersonCategory(row.person.category),
        row.day,
        kind_facts(row.shift),
        row.start_at,
        row.end_at,
    )


def repair(by: Acts, cell_id: int, at: datetime) -> RepairFacts:
    """Return the change that disturbs least when somebody cannot come; nothing is written.

    Only shifts of the days the norm ``duty.repair_days`` names move, none that has begun; appointed
    people and pins stay. Within the firm norms first; when a post stays open so, with norms at their price.
    """
    absent = absent_cell(by, cell_id)
    row = models.Roster.objects.select_related("office__unit").get(pk=absent.roster_id)
    sheet = sheet_of(row)
    firm = sheet_of(row, pin_before=min(timezone.localdate(at), absent.day))
    index = sheet.index(absent.day)
    gone = (Absence(str(absent.person_id), index, index),)
    before = sheet.roster.with_cell(str(absent.person_id), index, OFF)
    search: dict[str, Any] = {
        "seconds": float(sheet.norms.value("duty.repair_seconds")),
        "seed": row.pk,
        "change_weight": int(sheet.norms.value("duty.repair_change_points")),
    }
    found = replan(_held(firm, absent, at), sheet.roster, gone, **search)
    took = sum(found.solution.seconds_by_step.values())
    after = found.solution.roster
    if after is None or _newly_open(found, sheet.roster, after):
        found = replan(_held(sheet, absent, at), sheet.roster, gone, **search)
        took += sum(found.solution.seconds_by_step.values())
        after = found.solution.roster
    # told by the rules as the board knows them, where a norm is a norm and no law
    problem = with_absences(sheet.problem, gone)
    news = newly(problem, marks(problem, before), after or before)
    cells = _changed(sheet, problem, found.changes, before, after or before, news, at)
    return RepairFacts(
        absent,
        cells,
        len({cell.person_id for cell in cells}),
        _newly_open(found, sheet.roster, after or before),
        _others(sheet, absent, index, but={c.person_id for c in cells if c.day == absent.day}),
        after is not None,
        any(breach.severity is Severity.NORM for breach in news),
        after is not None and found.solution.status is Status.OPTIMAL,
        round(took, 1),
    )


def _held(sheet: Sheet, absent: AbsentFacts, at: datetime) -> RosterProblem:
    """Return the problem with every cell held that may not move now."""
    last = timezone.localdate(at) + timedelta(days=int(sheet.norms.value("duty.repair_days")) - 1)
    known = {(pin.person, pin.day) for pin in sheet.problem.pins}
    started = _started(sheet, absent, at)
    held = {}
    for person in sheet.team:
        for day in sheet.days:
            key = (person.id, day)
            is_far = day > max(last, absent.day) or day < absent.day
            if (str(person.id), sheet.index(day)) in known:
                continue
            if is_far or key in started or person.labour_status == "appointed":
                held[key] = sheet.cells.get(key, OFF)
    pins = sheet.problem.pins + pins_of(sheet.problem, held)
    return replace(
        sheet.problem, pins=pins, demand=tuple(_as_it_is(sheet, item) for item in sheet.problem.demand)
    )


def _as_it_is(sheet: Sheet, item: Demand) -> Demand:
    """Return a demand no higher than what is there: what was open before is not this absence's to mend."""
    rows = eligible(sheet.problem, item)
    count = sum(sheet.roster.cells[row][item.day] in item.shifts for row in rows)
    return replace(item, minimum=min(item.minimum, count), preferred=min(item.preferred, count))


def _started(sheet: Sheet, absent: AbsentFacts, at: datetime) -> set[tuple[int, date]]:
    """Return the cells whose shift has begun.

    Those beside the absent one are left out: without an officer they may have to go.
    """
    rows = models.RosterCell.objects.filter(roster_id=sheet.roster_id, is_absent=False, start_at__lte=at)
    found = set(rows.filter(day__gte=absent.day).values_list("person_id", "day"))
    return {key for key in found if key[1] != absent.day or sheet.cells.get(key) != absent.kind.code}


def _changed(
    sheet: Sheet,
    problem: RosterProblem,
    changes: tuple[Change, ...],
    before: Roster,
    after: Roster,
    news: tuple[Breach, ...],
    at: datetime,
) -> tuple[ChangedCell, ...]:
    team = {str(person.id): person for person in sheet.team}
    hours = {load.person: load for load in loads(problem, before)}
    cells = []
    for change in changes:
        person, day = team[change.person], sheet.days[change.day]
        was, to = sheet.kinds.get(change.before), sheet.kinds.get(change.after)
        if to is not None and on_the_clock(to, day)[1] <= at:
            continue  # a shift that is over needs nobody any more
        reasons = [Words(b.words_zh, b.words_en) for b in news if b.person == change.person]
        if not reasons and to is None:
            reasons = _why_off(problem, after, change)
        reasons = reasons or [_free(hours[change.person], is_free=was is None)]
        cells.append(
            ChangedCell(
                person.id,
                person.name,
                person.category,
                day,
                change.after,
                kind_facts(was) if was else None,
                kind_facts(to) if to else None,
                tuple(reasons),
            )
        )
    return tuple(cells)


def _free(load: PersonLoad, *, is_free: bool) -> Words:
    hours, nights = f"{load.minutes / 60:g}", load.nights
    zh = f"本期工时 {hours} 小时、夜班 {nights} 个,不违反任何规则"
    en = f"{hours} h and {nights} nights in the period; no rule is broken"
    return Words("当日空闲," + zh, "free that day, " + en) if is_free else Words(zh, en)


def _why_off(problem: RosterProblem, after: Roster, change: Change) -> list[Words]:
    """Return the law that somebody would break by staying (an auxiliary without an officer)."""
    stays = newly(problem, marks(problem, after), after.with_cell(change.person, change.day, change.before))
    return [Words(b.words_zh, b.words_en) for b in stays if b.severity is Severity.LAW][:1]


def _newly_open(found: Replan, before: Roster, after: Roster) -> tuple[Words, ...]:
    known = {(item.day, item.shifts, item.role): item.missing for item in open_shifts(found.problem, before)}
    return tuple(
        Words(item.words_zh, item.words_en)
        for item in open_shifts(found.problem, after)
        if item.missing > known.get((item.day, item.shifts, item.role), 0)
    )


def _others(
    sheet: Sheet, absent: AbsentFacts, index: int, *, but: set[int]
) -> tuple[tuple[int, str, PersonCategory, StandIn], ...]:
    team = {str(person.id): person for person in sheet.team}
    found: Iterable[StandIn] = stand_ins(
        sheet.problem, sheet.roster, index, absent.kind.code, absent=str(absent.person_id)
    )
    fitting = [
        one for one in found if team[one.person].category is absent.category and int(one.person) not in but
    ]
    return tuple(
        (int(one.person), team[one.person].name, team[one.person].category, one)
        for one in fitting[:STAND_INS]
    )
