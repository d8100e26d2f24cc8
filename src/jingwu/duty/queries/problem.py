"""From tables and norms to the engine's roster problem, and from the board's cells to the engine's roster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Sum

from jingwu.duty import models
from jingwu.duty.queries.calendar import calendar
from jingwu.duty.queries.carried import carried
from jingwu.duty.queries.demand import DAYS_A_WEEK, WEEK_DAYS, demand_of, rules_of
from jingwu.duty.queries.staff import APPOINTED, StaffFacts, staff
from jingwu.engines.rostering import (
    OFF,
    Certificate,
    History,
    Leave,
    Person,
    Pin,
    Roster,
    RosterProblem,
    ShiftKind,
)
from jingwu.norms import Norms
from jingwu.offices.local_norms import norms_for
from jingwu.offices.queries import district_of
from jingwu.terms.duty import DutyModule, DutyState, Severity
from jingwu.terms.people import PersonCategory

LAST_DAYS = 7
"""Days before the roster whose shifts the rules of rest look back on."""

Key = tuple[int, date]
Cells = Mapping[Key, str]


@dataclass(frozen=True)
class Sheet:
    """A roster with everything the engine judges it by, and the facts a page shows beside it."""

    roster_id: int
    office_id: int
    org_path: str
    first_day: date
    last_day: date
    version: int
    state: str
    norms: Norms
    team: tuple[StaffFacts, ...]
    kinds: Mapping[str, models.ShiftKind]
    cells: Cells
    pinned: frozenset[Key]
    absent: frozenset[Key]
    problem: RosterProblem
    roster: Roster

    @property
    def days(self) -> tuple[date, ...]:
        """Return the days in order."""
        return self.problem.dates

    def index(self, day: date) -> int:
        """Return the day's index."""
        return (day - self.first_day).days

    def with_cells(self, changes: Mapping[Key, str]) -> Roster:
        """Return the engine's roster with some cells changed ("" = off)."""
        roster = self.roster
        for (person, day), code in changes.items():
            roster = roster.with_cell(str(person), self.index(day), code)
        return roster


def sheet_of(row: models.Roster, *, pin_before: date | None = None) -> Sheet:
    """Return a roster laid out for the engine, in a dozen statements whatever its size.

    ``pin_before`` fixes the days already past and the people who come by appointment (for a search).
    """
    path = row.office.unit.path
    norms = norms_for(path, row.first_day)
    # a roster shortened by its successor keeps its old cells beyond its days
    found = list(row.cells.filter(day__gte=row.first_day, day__lte=row.last_day))
    kinds = kinds_of(path)
    codes = {kind.pk: code for code, kind in kinds.items()}
    cells = {(cell.person_id, cell.day): codes[cell.shift_id] for cell in found if not cell.is_absent}
    absent = frozenset((cell.person_id, cell.day) for cell in found if cell.is_absent)
    pinned = frozenset((cell.person_id, cell.day) for cell in found if cell.is_pinned and not cell.is_absent)
    team = team_of(row, norms, {cell.person_id for cell in found})
    problem = _problem(row, team, kinds, norms, absent, is_search=pin_before is not None)
    pins = {key: cells[key] for key in pinned}
    if pin_before is not None:
        pins |= _fixed(problem, team, cells, absent, pin_before)
    problem = replace(problem, pins=pins_of(problem, pins))
    if pin_before is not None:
        problem = only_asked(problem, {code for key, code in cells.items() if key not in absent})
    rows = tuple(tuple(cells.get((p.id, day), OFF) for day in problem.dates) for p in team)
    roster = Roster(row.first_day, tuple(str(p.id) for p in team), rows)
    return Sheet(
        row.pk,
        row.office_id,
        path,
        row.first_day,
        row.last_day,
        row.version,
        row.state,
        norms,
        team,
        kinds,
        cells,
        pinned,
        absent,
        problem,
        roster,
    )


def team_of(row: models.Roster, norms: Norms, also: Iterable[int]) -> tuple[StaffFacts, ...]:
    """Return who stands on a roster, in the order of the board, with ``also`` those who have shifts on it."""
    part_time = int(norms.value("duty.day_staff_weekly_minutes"))
    return staff(row.office.unit.path, on=row.first_day, part_time_minutes=part_time, also=also)


def kinds_of(path: str) -> dict[str, models.ShiftKind]:
    """Return the shift kinds of the district the unit lies in, by code, in their order."""
    district = district_of(path)
    rows = models.ShiftKind.objects.filter(org__path=district.path if district else path)
    return {row.code: row for row in rows}


def _problem(
    row: models.Roster,
    team: tuple[StaffFacts, ...],
    kinds: Mapping[str, models.ShiftKind],
    norms: Norms,
    absent: frozenset[Key],
    *,
    is_search: bool,
) -> RosterProblem:
    days = (row.last_day - row.first_day).days + 1
    days_off = calendar(row.first_day, row.last_day, norms)
    people = _people(row, team, kinds, norms, absent)
    # somebody called absent leaves an open place behind, somebody on leave was reckoned with
    dates = [row.first_day + timedelta(days=index) for index in range(days)]
    away = {
        (int(one.id), day)
        for one in people
        for leave in one.leave
        for day in dates
        if leave.first <= day <= leave.last
    }
    return RosterProblem(
        start=row.first_day,
        days=days,
        people=people,
        shifts=tuple(engine_kind(kind) for kind in kinds.values()),
        demand=demand_of(row, team, kinds, norms, days_off, away - absent),
        rules=rules_of(norms, days, kinds, is_search=is_search, relaxed=row.relaxed.get("rules", ())),
        calendar=days_off,
    )


def engine_kind(row: models.ShiftKind) -> ShiftKind:
    """Return a shift kind as the engine reads it."""
    return ShiftKind(
        code=row.code,
        start_minute=row.start_minute,
        minutes=row.minutes,
        name_zh=row.name,
        name_en=row.name_en,
        state=DutyState(row.state),
        module=DutyModule(row.module) if row.module else None,
        role=row.role,
        counted_share=row.counted_share,
        is_night=row.is_night,
        attended=row.is_attended,
        in_beat=row.is_in_beat,
        skills=frozenset(row.skills),
        categories=frozenset(PersonCategory(name) for name in row.categories),
        may_not_follow=frozenset(row.may_not_follow),
    )


def _people(
    row: models.Roster,
    team: tuple[StaffFacts, ...],
    kinds: Mapping[str, models.ShiftKind],
    norms: Norms,
    absent: frozenset[Key],
) -> tuple[Person, ...]:
    ids = [person.id for person in team]
    history = _history(row, ids, kinds, norms)
    leave = _leave(row, ids, norms, absent)
    weeks = ((row.last_day - row.first_day).days + 1) / DAYS_A_WEEK
    officers, others = (
        int(norms.value(f"rostering.limits.{status}_week_minutes")) for status in ("officer", "contract")
    )

    def contract_minutes(person: StaffFacts) -> int:
        # 综合计算工时: the standard week over the whole horizon, whatever a contract promises beyond it
        standard = officers if person.category is PersonCategory.OFFICER else others
        return round(min(person.weekly_minutes, standard) * weeks)

    return tuple(
        Person(
            id=str(person.id),
            category=person.category,
            name=person.name,
            labour_status=person.labour_status,
            skills=frozenset(person.skills),
            certificates=tuple(Certificate(paper.name, paper.expires_on) for paper in person.certificates),
            contract_minutes=contract_minutes(person),
            leave=leave.get(person.id, ()),
            history=history[person.id],
            group=person.group,
            is_leader=person.is_lead,
        )
        for person in team
    )


def _history(
    row: models.Roster, ids: list[int], kinds: Mapping[str, models.ShiftKind], norms: Norms
) -> dict[int, History]:
    """Return what everybody carried in published rosters before this one."""
    first = row.first_day - timedelta(days=int(norms.value("duty.history_days")))
    cells = models.RosterCell.objects.filter(
        person_id__in=ids, is_live=True, is_absent=False, day__gte=first, day__lt=row.first_day
    )
    by_id = {kind.pk: kind for kind in kinds.values()}
    worked: dict[int, list[tuple[date, models.ShiftKind]]] = defaultdict(list)
    for person, day, shift in cells.values_list("person_id", "day", "shift_id"):
        if shift in by_id:
            worked[person].append((day, by_id[shift]))
    sums = models.CompRestLine.objects.filter(person_id__in=ids, day__lt=row.first_day)
    owed = dict(sums.order_by().values_list("person_id").annotate(Sum("minutes")))
    days_off = calendar(first, row.first_day, norms)  # reaches into the year before
    found = {}
    for person in ids:
        done = dict(worked[person])
        load = carried(worked[person], days_off)
        last = tuple(
            done[day].code if day in done else OFF
            for day in (row.first_day - timedelta(days=back) for back in range(LAST_DAYS, 0, -1))
        )
        found[person] = History(
            last_shifts=last,
            nights=int(load.nights),
            weekends=int(load.weekends),
            holidays=int(load.holidays),
            minutes=int(load.minutes),
            owed_minutes=max(0, owed.get(person, 0)),
        )
    return found


def _leave(
    row: models.Roster, ids: list[int], norms: Norms, absent: frozenset[Key]
) -> dict[int, tuple[Leave, ...]]:
    """Return approved leave and training by person; somebody called absent is away that day."""
    rows = models.Leave.objects.filter(
        person_id__in=ids, state="approved", first_day__lte=row.last_day, last_day__gte=row.first_day
    )
    # five paid days a week, spread over seven: leave is counted in calendar days
    day_minutes = int(norms.value("rostering.limits.contract_day_minutes")) * WEEK_DAYS // DAYS_A_WEEK
    found: dict[int, list[Leave]] = defaultdict(list)
    for leave in rows:
        is_training = leave.kind == models.Leave.Kind.TRAINING
        credited = (
            0 if leave.kind in (models.Leave.Kind.COMP_REST, models.Leave.Kind.PERSONAL) else day_minutes
        )
        state = DutyState.TRAINING if is_training else DutyState.LEAVE
        found[leave.person_id].append(Leave(leave.first_day, leave.last_day, state, credited))
    for person, day in absent:
        if not any(leave.first <= day <= leave.last for leave in found[person]):
            found[person].append(Leave(day, day))
    return {person: tuple(leaves) for person, leaves in found.items()}


def minutes_a_day(problem: RosterProblem, person: Person) -> int | None:
    """Return the longest shift that the laws of a day let somebody work, None where no law limits it."""
    limits = (
        int(rule.parameters["maximum"])
        for rule in problem.rules
        if rule.kind == "day_minutes" and rule.severity is Severity.LAW and rule.applies_to(person)
    )
    return min(limits, default=None)


def too_long(problem: RosterProblem, person: Person) -> frozenset[str]:
    """Return the codes of the shifts that are longer than somebody may work in a day."""
    most = minutes_a_day(problem, person)
    return frozenset(kind.code for kind in problem.shifts if most is not None and kind.counted_minutes > most)


def only_asked(problem: RosterProblem, on_board: Collection[str]) -> RosterProblem:
    """Return the problem with the kinds that are asked for, pinned, remembered or already on the board.

    A search has no reason to put up a kind that nobody asks for (a 24 h duty among three shifts), and is
    three times as fast without them.
    """
    codes = {code for item in problem.demand for code in item.shifts} | {pin.shift for pin in problem.pins}
    codes |= {code for person in problem.people for code in person.history.last_shifts} | set(on_board)
    kept = frozenset(shift.code for shift in problem.shifts if shift.code in codes)
    shifts = tuple(
        replace(shift, may_not_follow=shift.may_not_follow & kept)
        for shift in problem.shifts
        if shift.code in kept
    )
    return replace(problem, shifts=shifts)


def _fixed(
    problem: RosterProblem, team: tuple[StaffFacts, ...], cells: Cells, absent: frozenset[Key], before: date
) -> dict[Key, str]:
    return {
        (person.id, day): cells.get((person.id, day), OFF)
        for person in team
        for day in problem.dates
        if (day < before or person.labour_status == APPOINTED) and (person.id, day) not in absent
    }


def pins_of(problem: RosterProblem, pins: Mapping[Key, str]) -> tuple[Pin, ...]:
    """Return the pins; one on a day of leave would contradict the leave and is dropped."""
    away = {person: set(days) for person, days in problem.leave_days.items()}
    found = []
    for (person, day), code in sorted(pins.items()):
        index = (day - problem.start).days
        if str(person) in problem.person_index and index not in away.get(str(person), ()):
            found.append(Pin(str(person), index, code))
    return tuple(found)
