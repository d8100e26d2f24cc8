"""The roster board: every cell with what is wrong with it, cover against need, what everybody carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from jingwu.duty import models
from jingwu.duty.queries.problem import Sheet, kinds_of, sheet_of
from jingwu.engines.rostering import (
    OFF,
    Breach,
    OpenShift,
    PersonLoad,
    RosterProblem,
    check,
    loads,
    open_shifts,
)
from jingwu.engines.rostering import Roster as EngineRoster
from jingwu.journal.access import require, scope_paths, within
from jingwu.journal.actor import Acts
from jingwu.terms.duty import DutyState, Severity
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import Unknown

LEVELS = {Severity.LAW: "act", Severity.NORM: "soon", Severity.GOAL: ""}


@dataclass(frozen=True)
class KindFacts:
    """One shift kind as a cell and the legend show it; minutes from midnight."""

    code: str
    sign: str
    name_zh: str
    name_en: str
    start_minute: int
    minutes: int
    look: str

    @property
    def hours(self) -> str:
        """Return the time of day as text; an end past midnight counts on."""
        end = (self.start_minute + self.minutes) % 1440
        start = self.start_minute
        return f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02}"


@dataclass(frozen=True)
class CellFacts:
    """One cell: ``code`` "" is a day off; ``leave`` its kind of leave, if any; ``level`` its worst breach."""

    person_id: int
    day: date
    code: str
    is_pinned: bool
    is_absent: bool
    leave: str
    level: str
    words: tuple[Breach, ...]


@dataclass(frozen=True)
class RowFacts:
    """One person's row with what they carry."""

    person_id: int
    name: str
    category: PersonCategory
    group: str
    is_lead: bool
    is_responsible: bool
    is_appointed: bool
    cells: tuple[CellFacts, ...]
    load: PersonLoad


@dataclass(frozen=True)
class PostFacts:
    """Need and supply of one shift on one day, in officers and auxiliaries."""

    code: str
    officers: int
    officers_least: int
    helpers: int
    helpers_wanted: int


@dataclass(frozen=True)
class CoverFacts:
    """One day of the coverage strip; ``share`` = officers there ÷ least needed, at most 1."""

    day: date
    share: float
    posts: tuple[PostFacts, ...]
    supply_by_hour: tuple[int, ...]
    need_by_hour: tuple[float, ...]

    @property
    def is_short(self) -> bool:
        """Return whether an officer is missing somewhere."""
        return self.share < 1


@dataclass(frozen=True)
class BoardFacts:
    """A roster as the board shows it."""

    id: int
    office_id: int
    office_code: str
    office_name: str
    org_path: str
    first_day: date
    last_day: date
    state: str
    state_words: str
    version: int
    system: str
    plan_id: int | None
    relaxed: Mapping[str, Any]
    solved: Mapping[str, Any]
    published_at: datetime | None
    published_by: str
    norms_version: str
    kinds: tuple[KindFacts, ...]
    days: tuple[date, ...]
    holidays: frozenset[date]
    working_weekends: frozenset[date]
    known_until: date | None
    rows: tuple[RowFacts, ...]
    cover: tuple[CoverFacts, ...]
    breaches: tuple[Breach, ...]
    open_shifts: tuple[OpenShift, ...]
    running: int | None
    can_undo: bool
    sheet: Sheet = field(repr=False, compare=False, hash=False)

    @property
    def problem(self) -> RosterProblem:
        """Return the engine's problem behind the board."""
        return self.sheet.problem


@dataclass(frozen=True)
class RosterLine:
    """A roster in a list of versions."""

    id: int
    office_code: str
    office_name: str
    first_day: date
    last_day: date
    state: str
    state_words: str
    version: int
    created_at: datetime
    created_by: str
    published_at: datetime | None
    published_by: str


def roster_row(by: Acts, roster_id: int) -> models.Roster:
    """Return the roster's row for those who may see it.

    Raises: Refusal when there is none; NotAllowed outside the scope.
    """
    rows = models.Roster.objects.select_related("office__unit", "published_by")
    row = rows.filter(pk=roster_id).first()
    if row is None:
        raise Unknown("roster.unknown", "没有这份班表。", "There is no such roster.")
    require(by, "duty.view", org=row)
    return row


def board(by: Acts, roster_id: int) -> BoardFacts:
    """Return the board of a roster, judged by the rules, in about twenty statements whatever its size."""
    row = roster_row(by, roster_id)
    sheet = sheet_of(row)
    breaches = check(sheet.problem, sheet.roster)
    run = row.runs.filter(state__in=["queued", "running"]).values_list("pk", flat=True).first()
    undoable = row.changes.filter(is_undone=False).exclude(verb="roster.undo").exists()
    calendar = sheet.problem.calendar
    return BoardFacts(
        id=row.pk,
        office_id=row.office_id,
        office_code=row.office.unit.code,
        office_name=row.office.unit.name,
        org_path=row.office.unit.path,
        first_day=row.first_day,
        last_day=row.last_day,
        state=row.state,
        state_words=str(row.get_state_display()),
        version=row.version,
        system=row.system,
        plan_id=row.plan_id,
        relaxed=row.relaxed,
        solved=row.solved,
        published_at=row.published_at,
        published_by=row.published_by.label if row.published_by else "",
        norms_version=row.norms_version,
        kinds=tuple(kind_facts(kind) for kind in _kinds_shown(row, sheet)),
        days=sheet.days,
        holidays=calendar.holidays,
        working_weekends=calendar.working_weekends,
        known_until=calendar.known_until,
        rows=_rows(sheet, breaches),
        cover=cover(sheet),
        breaches=breaches,
        open_shifts=open_shifts(sheet.problem, sheet.roster),
        running=run,
        can_undo=undoable and row.state == models.Roster.State.DRAFT,
        sheet=sheet,
    )


def _kinds_shown(row: models.Roster, sheet: Sheet) -> list[models.ShiftKind]:
    """Return the kinds of the office's system, day work, stand-by, and whatever stands in a cell."""
    system = set(sheet.norms.value("duty.systems").get(row.system, ()))
    turning = {code for cycle in sheet.norms.value("duty.turns").values() for code in cycle}
    used = set(sheet.cells.values()) | system | {"B"}
    if row.system == "four_crews_three_shifts":
        used |= turning
    used |= {code for code, kind in sheet.kinds.items() if kind.state == DutyState.STANDBY}
    return [kind for code, kind in sheet.kinds.items() if code in used]


def kind_facts(kind: models.ShiftKind) -> KindFacts:
    """Return a shift kind as pages show it; ``look`` is its class of colour."""
    if kind.state == DutyState.STANDBY:
        look = "standby"
    elif kind.is_night:
        look = "night"
    elif kind.start_minute >= 14 * 60:
        look = "evening"
    else:
        look = "day" if kind.is_attended else "work"
    return KindFacts(
        kind.code,
        kind.sign or kind.code,
        kind.name,
        kind.name_en or kind.name,
        kind.start_minute,
        kind.minutes,
        look,
    )


def _rows(sheet: Sheet, breaches: Sequence[Breach]) -> tuple[RowFacts, ...]:
    wrong: dict[tuple[str, int], list[Breach]] = defaultdict(list)
    for breach in breaches:
        if breach.person and breach.day is not None and breach.severity is not Severity.GOAL:
            wrong[breach.person, breach.day].append(breach)
    carried = {load.person: load for load in loads(sheet.problem, sheet.roster)}
    away = sheet.problem.leave_days
    rows = []
    for person in sheet.team:
        cells = []
        for index, day in enumerate(sheet.days):
            found = tuple(wrong.get((str(person.id), index), ()))
            leave = away[str(person.id)].get(index)
            cells.append(
                CellFacts(
                    person.id,
                    day,
                    sheet.cells.get((person.id, day), OFF),
                    (person.id, day) in sheet.pinned,
                    (person.id, day) in sheet.absent,
                    leave.state.value if leave else "",
                    LEVELS[found[0].severity] if found else "",
                    found,
                )
            )
        rows.append(
            RowFacts(
                person.id,
                person.name,
                person.category,
                person.group,
                person.is_lead,
                person.is_responsible,
                person.labour_status == "appointed",
                tuple(cells),
                carried[str(person.id)],
            )
        )
    return tuple(rows)


def cover(sheet: Sheet) -> tuple[CoverFacts, ...]:
    """Return need and supply of every day, by shift and by hour."""
    officers = {p.id for p in sheet.team if p.category is PersonCategory.OFFICER}
    helpers = {p.id for p in sheet.team if p.category is PersonCategory.AUX_DUTY}
    count: dict[tuple[date, str, str], int] = defaultdict(int)
    supply = [[0] * 24 for _ in range(len(sheet.days) + 1)]
    for (person, day), code in sheet.cells.items():
        if person in officers:
            count[day, code, "officer"] += 1
            if sheet.kinds[code].state == DutyState.ON_DUTY:
                _fill(supply, sheet.index(day), sheet.kinds[code])
        elif person in helpers:
            count[day, code, "helper"] += 1
    needed: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for item in sheet.problem.demand:
        if PersonCategory.OFFICER in item.categories:
            needed[item.day, item.shifts[0]][0] = item.minimum
        elif PersonCategory.AUX_DUTY in item.categories:
            needed[item.day, item.shifts[0]][1] = item.preferred
    made = []
    for index, day in enumerate(sheet.days):
        posts = tuple(
            PostFacts(code, count[day, code, "officer"], least, count[day, code, "helper"], wanted)
            for (at, code), (least, wanted) in needed.items()
            if at == index and (least or wanted)
        )
        asked = sum(post.officers_least for post in posts)
        there = sum(min(post.officers, post.officers_least) for post in posts)
        made.append(
            CoverFacts(
                day, there / asked if asked else 1.0, posts, tuple(supply[index]), _need(sheet, index, posts)
            )
        )
    return tuple(made)


def _fill(supply: list[list[int]], index: int, kind: models.ShiftKind) -> None:
    first = kind.start_minute // 60
    for hour in range(first, -(-(kind.start_minute + kind.minutes) // 60)):
        day = index + hour // 24
        if day < len(supply):
            supply[day][hour % 24] += 1


def _need(sheet: Sheet, index: int, posts: Sequence[PostFacts]) -> tuple[float, ...]:
    hours = [0.0] * 24
    for post in posts:
        kind = sheet.kinds[post.code]
        for hour in range(kind.start_minute // 60, -(-(kind.start_minute + kind.minutes) // 60)):
            if hour < 24:
                hours[hour] = max(hours[hour], float(post.officers_least))
    return tuple(hours)


def new_words(
    sheet: Sheet, changes: Mapping[tuple[int, date], str]
) -> tuple[tuple[Breach, ...], EngineRoster]:
    """Return what changed cells would newly break (goals apart), and the roster with them."""
    known = {(b.rule_id, b.person, b.day, b.amount) for b in check(sheet.problem, sheet.roster)}
    after = sheet.with_cells(changes)
    found = tuple(
        b
        for b in check(sheet.problem, after)
        if b.severity is not Severity.GOAL and (b.rule_id, b.person, b.day, b.amount) not in known
    )
    return found, after


def rosters(by: Acts, office_code: str, *, limit: int = 30) -> list[RosterLine]:
    """Return an office's rosters, the newest first."""
    rows = models.Roster.objects.filter(
        within("office__unit__path", scope_paths(by, "duty.view")), office__unit__code=office_code
    )
    rows = rows.select_related("office__unit", "created_by", "published_by").order_by("-pk")
    return [_line(row) for row in rows[:limit]]


def rosters_at(by: Acts, day: date) -> dict[str, list[RosterLine]]:
    """Return, by office code, the rosters in force on ``day`` or later, and the drafts."""
    rows = models.Roster.objects.filter(
        within("office__unit__path", scope_paths(by, "duty.view")),
        last_day__gte=day - timedelta(days=1),
        state__in=["draft", "published"],
    )
    found: dict[str, list[RosterLine]] = defaultdict(list)
    for row in rows.select_related("office__unit", "created_by", "published_by").order_by("first_day", "-pk"):
        found[row.office.unit.code].append(_line(row))
    return found


def current(by: Acts, office_code: str, day: date) -> int | None:
    """Return the roster a chief wants to see first: the newest draft, else the one in force on ``day``."""
    lines = [line for line in rosters(by, office_code) if line.state != "replaced"]
    drafts = [line for line in lines if line.state == "draft" and line.last_day >= day]
    if drafts:
        return drafts[0].id
    running = [line for line in lines if line.first_day <= day <= line.last_day]
    return (running or lines)[0].id if lines else None


def _line(row: models.Roster) -> RosterLine:
    return RosterLine(
        row.pk,
        row.office.unit.code,
        row.office.unit.name,
        row.first_day,
        row.last_day,
        row.state,
        str(row.get_state_display()),
        row.version,
        row.created_at,
        row.created_by.label if row.created_by else "",
        row.published_at,
        row.published_by.label if row.published_by else "",
    )


__all__ = [
    "BoardFacts",
    "KindFacts",
    "board",
    "cover",
    "current",
    "kinds_of",
    "new_words",
    "open_shifts",
    "roster_row",
    "rosters",
    "rosters_at",
    "sheet_of",
]
