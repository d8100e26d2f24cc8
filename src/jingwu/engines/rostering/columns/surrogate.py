"""A quick first roster where columns cannot express everything: a simpler problem nearby, searched briefly.

Posts that need an officer or a leader become demands of their own, norms on one person's horizon become
limits, and runs of nights are cut afterwards. The checker has the last word; the roster is a hint as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from jingwu.engines.rostering.columns.core import build_core
from jingwu.engines.rostering.columns.search import Search
from jingwu.engines.rostering.problem import OFF, Demand, Person, RosterProblem, RuleSpec, ShiftKind
from jingwu.engines.rostering.rules.base import runs
from jingwu.engines.rostering.solution import Roster
from jingwu.terms.duty import DutyState, Severity
from jingwu.terms.people import PersonCategory

LEADER_SKILL = "\x00leader"
"""A skill nobody can have typed, worn by leaders in the simpler problem."""

HORIZON_KINDS = ("horizon_minutes", "days_off", "consecutive_work", "shift_counts")
"""Norms on one person's horizon that are taken as limits."""

NUMBER = "\x00"
"""Stands between a night kind's code and its place in the run."""

POST_WEIGHT = 2_000
"""Price of a post without its officer in the simpler problem: above any ordinary cover."""


def surrogate_problem(problem: RosterProblem, *, strict: bool) -> RosterProblem:
    """Return the simpler problem; ``strict`` also turns norms on horizons into limits."""
    people = tuple(
        replace(person, skills=person.skills | {LEADER_SKILL}) if person.is_leader else person
        for person in problem.people
    )
    demand = list(problem.demand)
    rules: list[RuleSpec] = []
    shifts: tuple[ShiftKind, ...] = problem.shifts
    nights = frozenset(shift.code for shift in shifts if shift.is_night)
    days_shifts = frozenset(shift.code for shift in shifts if not shift.is_night)
    many = len(people)
    for spec in problem.rules:
        if spec.kind == "officer_on_post":
            demand += _officers(problem, many)
        elif spec.kind == "leader_on_duty" and any(person.is_leader for person in people):
            codes = spec.parameters.get("shifts") or tuple(shift.code for shift in shifts)
            weight = spec.weight or POST_WEIGHT
            demand += [
                Demand(day, codes, 1, 1, many, weight, 0, 0, LEADER_SKILL)  # type: ignore[arg-type]
                for day in range(problem.days)
            ]
        elif spec.kind == "rest_after_night":
            shifts = tuple(
                replace(shift, may_not_follow=shift.may_not_follow | days_shifts)
                if shift.code in nights
                else shift
                for shift in shifts
            )
        elif spec.kind in HORIZON_KINDS and spec.severity is not Severity.LAW and strict:
            rules.append(replace(spec, severity=Severity.LAW))
        elif spec.kind == "weekends" and spec.severity is not Severity.LAW:
            # Somebody will have to give way: one more is a limit, the norm itself is left to the solvers.
            most = int(spec.parameters["maximum"]) + 1  # type: ignore[arg-type]
            rules.append(replace(spec, severity=Severity.LAW, parameters={"maximum": most}))
        elif spec.kind == "standby" and int(spec.parameters.get("consecutive", 7)) == 1:  # type: ignore[arg-type]
            standby = frozenset(s.code for s in shifts if s.state is DutyState.STANDBY)
            shifts = tuple(
                replace(s, may_not_follow=s.may_not_follow | standby) if s.code in standby else s
                for s in shifts
            )
        else:
            rules.append(spec)
    return replace(problem, people=people, demand=tuple(demand), rules=tuple(rules), shifts=shifts)


def _officers(problem: RosterProblem, many: int) -> list[Demand]:
    officer = frozenset({PersonCategory.OFFICER})
    asked = {(item.day, code) for item in problem.demand for code in item.shifts}
    return [
        Demand(day, (code,), 1, 1, many, POST_WEIGHT, 0, 0, categories=officer)
        for day, code in sorted(asked)
        if problem.shift_by_code[code].attended
    ]


def quick_roster(problem: RosterProblem, *, seed: int, progress: Callable[[], float]) -> Roster | None:
    """Return a roster from a brief search, None when the simpler problem has none; ``progress`` runs to 1."""
    for strict in (True, False):
        search = Search(build_core(_number_nights(surrogate_problem(problem, strict=strict))), seed)
        first = search.first()
        if first is not None:
            best = search.anneal(first, hot=20.0, cold=0.5, progress=progress, on_better=lambda _: None)
            roster = _plain(search.core.roster(best.schedules))
            return _with_officers(problem, _cut_nights(problem, roster))
    return None


def _longest_nights(problem: RosterProblem) -> int:
    limits = [
        int(spec.parameters["maximum"])  # type: ignore[arg-type]
        for spec in problem.rules
        if spec.kind == "consecutive_nights"
    ]
    return min(limits, default=0)


def _number_nights(problem: RosterProblem) -> RosterProblem:
    """Split every night kind into 'first night', 'second night' … of a run: successions then bound the run.

    Problems with pinned nights keep them whole; their runs are cut afterwards instead.
    """
    longest = _longest_nights(problem)
    nights = {shift.code for shift in problem.shifts if shift.is_night}
    if not longest or not nights or any(pin.shift in nights for pin in problem.pins):
        return problem

    def split(codes: Iterable[str]) -> tuple[str, ...]:
        return tuple(
            numbered
            for code in codes
            for numbered in (
                [f"{code}{NUMBER}{turn}" for turn in range(longest)] if code in nights else [code]
            )
        )

    shifts = []
    for shift in problem.shifts:
        followers = frozenset(split(sorted(shift.may_not_follow)))
        if shift.code not in nights:
            shifts.append(replace(shift, may_not_follow=followers))
            continue
        for turn in range(longest):
            barred = {
                f"{code}{NUMBER}{later}" for code in nights for later in range(longest) if later != turn + 1
            }
            code = f"{shift.code}{NUMBER}{turn}"
            shifts.append(replace(shift, code=code, may_not_follow=followers | barred))
    rules = []
    for spec in problem.rules:
        if spec.kind == "shift_counts" or spec.kind == "pattern":
            continue
        exempt = spec.parameters.get("exempt")
        if isinstance(exempt, tuple):
            spec = replace(spec, parameters={**spec.parameters, "exempt": split(map(str, exempt))})
        rules.append(spec)
    return replace(
        problem,
        shifts=tuple(shifts),
        people=tuple(_numbered_history(person, nights, longest) for person in problem.people),
        demand=tuple(replace(item, shifts=split(item.shifts)) for item in problem.demand),
        requests=tuple(
            replace(wish, shift=code) for wish in problem.requests for code in split([wish.shift])
        ),
        rules=tuple(rules),
    )


def _numbered_history(person: Person, nights: set[str], longest: int) -> Person:
    numbered, run = [], 0
    for code in person.history.last_shifts:
        run = run + 1 if code in nights else 0
        numbered.append(f"{code}{NUMBER}{min(run, longest) - 1}" if run else code)
    return replace(person, history=replace(person.history, last_shifts=tuple(numbered)))


def _plain(roster: Roster) -> Roster:
    cells = tuple(tuple(code.split(NUMBER)[0] for code in row) for row in roster.cells)
    return Roster(roster.start, roster.people, cells)


def _cut_nights(problem: RosterProblem, roster: Roster) -> Roster:
    """Free every night beyond the strictest limit of nights in a row."""
    longest = _longest_nights(problem)
    if not longest:
        return roster
    pinned = {(pin.person, pin.day) for pin in problem.pins}
    for person in problem.people:
        row = roster.cells[roster.row_of[person.id]]
        night = [code != OFF and problem.shift_by_code[code].is_night for code in row]
        for start, length in runs(night, True):
            for day in range(start + longest, start + length, longest + 1):
                if (person.id, day) not in pinned:
                    roster = roster.with_cell(person.id, day, OFF)
    return roster


def _with_officers(problem: RosterProblem, roster: Roster) -> Roster:
    """Take off every attended post those for whom no officer stands there that day."""
    specs = [spec for spec in problem.rules if spec.kind == "officer_on_post"]
    if not specs:
        return roster
    led = [int(spec.parameters.get("others_per_officer", 0)) for spec in specs]  # type: ignore[arg-type]
    most = min((number for number in led if number), default=len(problem.people))
    pinned = {(pin.person, pin.day) for pin in problem.pins}
    for shift in problem.shifts:
        for day in range(problem.days) if shift.attended else ():
            on = [person for person in problem.people if roster.at(person.id, day) == shift.code]
            officers = sum(person.category is PersonCategory.OFFICER for person in on)
            others = [person for person in on if person.category is not PersonCategory.OFFICER]
            # those pinned stay, so they come first among those an officer stands for
            others.sort(key=lambda person: (person.id, day) not in pinned)
            for person in others[officers * most :]:
                if (person.id, day) not in pinned:
                    roster = roster.with_cell(person.id, day, OFF)
    return roster
