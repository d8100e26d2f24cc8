"""The roster board: every cell with what is wrong with it, cover against need, what everybody carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from jingwu.duty import models
from jingwu.duty.queries.breaches import marks, newly
from jingwu.duty.queries.cover import CoverFacts, cover
from jingwu.duty.queries.kinds import KindFacts, kind_facts
from jingwu.duty.queries.problem import Sheet, kinds_of, sheet_of
from jingwu.duty.queries.rosters import current, roster_row, rosters, rosters_at
from jingwu.duty.queries.steps import can_undo, next_redo, proof_of
from jingwu.engines.rostering import (
    OFF,
    Breach,
    Calendar,
    OpenShift,
    PersonLoad,
    RosterProblem,
    check,
    loads,
    open_shifts,
)
from jingwu.engines.rostering import Roster as EngineRoster
from jingwu.journal.actor import Acts
from jingwu.terms.duty import DutyState, Severity
from jingwu.terms.people import PersonCategory

LEVELS = {Severity.LAW: "act", Severity.NORM: "soon", Severity.GOAL: ""}


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
    plan_name: str
    relaxed: Mapping[str, Any]
    solved: Mapping[str, Any]
    published_at: datetime | None
    published_by: str
    norms_version: str
    kinds: tuple[KindFacts, ...]
    days: tuple[date, ...]
    calendar: Calendar
    rows: tuple[RowFacts, ...]
    cover: tuple[CoverFacts, ...]
    breaches: tuple[Breach, ...]
    open_shifts: tuple[OpenShift, ...]
    running: int | None
    failure: Mapping[str, Any]
    can_undo: bool
    can_redo: bool
    sheet: Sheet = field(repr=False, compare=False, hash=False)

    @property
    def problem(self) -> RosterProblem:
        """Return the engine's problem behind the board."""
        return self.sheet.problem


def board(by: Acts, roster_id: int) -> BoardFacts:
    """Return the board of a roster, judged by the rules, in about twenty statements whatever its size."""
    row = roster_row(by, roster_id)
    sheet = sheet_of(row)
    breaches = check(sheet.problem, sheet.roster)
    run = row.runs.first()  # the newest
    is_running = run is not None and run.state in ("queued", "running")
    has_failed = run is not None and run.state == "failed" and run.seen_version == row.version
    is_draft = row.state == models.Roster.State.DRAFT
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
        plan_name=row.need.get("plan_name", ""),
        relaxed=row.relaxed,
        solved=proof_of(row),
        published_at=row.published_at,
        published_by=row.published_by.label if row.published_by else "",
        norms_version=row.norms_version,
        kinds=tuple(kind_facts(kind) for kind in _kinds_shown(row, sheet)),
        days=sheet.days,
        calendar=sheet.problem.calendar,
        rows=_rows(sheet, breaches),
        cover=cover(sheet),
        breaches=breaches,
        open_shifts=open_shifts(sheet.problem, sheet.roster),
        running=run.pk if run is not None and is_running else None,
        failure=run.failure if run is not None and has_failed else {},
        can_undo=is_draft and can_undo(row),
        can_redo=is_draft and next_redo(row) is not None,
        sheet=sheet,
    )


def _kinds_shown(row: models.Roster, sheet: Sheet) -> list[models.ShiftKind]:
    """Return the kinds of the office's system, day work, stand-by, and whatever stands in a cell."""
    system = set(sheet.norms.value("duty.systems").get(row.system, ()))
    turns = sheet.norms.value("duty.turns").get(row.system, {})
    used = set(sheet.cells.values()) | system | {"B"} | {code for cycle in turns.values() for code in cycle}
    used |= {code for code, kind in sheet.kinds.items() if kind.state == DutyState.STANDBY}
    return [kind for code, kind in sheet.kinds.items() if code in used]


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


def new_words(
    sheet: Sheet, changes: Mapping[tuple[int, date], str]
) -> tuple[tuple[Breach, ...], EngineRoster]:
    """Return what changed cells would newly break (goals apart), and the roster with them."""
    after = sheet.with_cells(changes)
    known = marks(sheet.problem, sheet.roster)
    found = newly(sheet.problem, known, after, with_cover=True)
    return found, after


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
