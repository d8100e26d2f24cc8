"""After a sick call: who could stand in, and the lawful roster that changes least."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from jingwu.engines.rostering.checking import check, objective_of
from jingwu.engines.rostering.problem import OFF, Leave, Pin, RosterProblem, RuleSpec
from jingwu.engines.rostering.rules import Sheet
from jingwu.engines.rostering.solution import Improvement, Roster, Solution, Words
from jingwu.engines.rostering.solve import solve
from jingwu.terms.duty import DutyState, Severity
from jingwu.terms.refusal import BadInput

STEADINESS_ID = "steadiness"


@dataclass(frozen=True)
class Absence:
    """Somebody cannot come from ``first`` to ``last`` (day indices, both included)."""

    person: str
    first: int
    last: int


@dataclass(frozen=True)
class Change:
    """One changed cell."""

    person: str
    day: int
    before: str
    after: str


@dataclass(frozen=True)
class Replan:
    """The new roster and what it disturbs; the absent people's own lost shifts are not counted."""

    problem: RosterProblem
    solution: Solution
    changes: tuple[Change, ...]
    changed_people: int
    changed_shifts: int


@dataclass(frozen=True)
class StandIn:
    """Somebody who could take a shift: ``lawful`` or not, ``cost`` in points, with reasons."""

    person: str
    lawful: bool
    cost: int
    reasons: tuple[Words, ...]


def with_absences(problem: RosterProblem, absences: tuple[Absence, ...]) -> RosterProblem:
    """Return the problem with the absences as leave; pins and wishes of those days fall away.

    Raises: BadInput for an unknown person or days outside the roster.
    """
    people = list(problem.people)
    gone: set[tuple[str, int]] = set()
    for item in absences:
        if item.person not in problem.person_index or not 0 <= item.first <= item.last < problem.days:
            raise BadInput(
                "roster.bad_absence",
                f"缺勤有误：{item.person} 第 {item.first + 1} 至 {item.last + 1} 天",
                f"the absence of {item.person} on days {item.first}…{item.last} does not fit the roster",
            )
        row = problem.person_index[item.person]
        known = problem.leave_days[item.person]
        for day in range(item.first, item.last + 1):
            gone.add((item.person, day))
            if day not in known:
                date = problem.start + timedelta(days=day)
                leave = (*people[row].leave, Leave(date, date, DutyState.LEAVE))
                people[row] = replace(people[row], leave=leave)
    return replace(
        problem,
        people=tuple(people),
        pins=tuple(pin for pin in problem.pins if (pin.person, pin.day) not in gone),
    )


def replan(
    problem: RosterProblem,
    roster: Roster,
    absences: tuple[Absence, ...],
    *,
    seconds: float,
    seed: int = 0,
    first_day: int = 0,
    change_weight: int = 30,
    per_person: int = 3,
    work_limit: float | None = None,
    on_improvement: Callable[[Improvement], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Replan:
    """Return the best roster after absences, a changed cell costing ``change_weight`` points.

    Days before ``first_day`` are past and stay as they are; pins survive.
    """
    absent = with_absences(problem, absences)
    pinned = {(pin.person, pin.day) for pin in absent.pins}
    past = tuple(
        Pin(person.id, day, roster.at(person.id, day))
        for person in absent.people
        for day in range(first_day)
        if (person.id, day) not in pinned and day not in absent.leave_days[person.id]
    )
    steady = RuleSpec(
        STEADINESS_ID,
        "steadiness",
        Severity.GOAL,
        change_weight,
        parameters={"before": dict(zip(roster.people, roster.cells, strict=True)), "per_person": per_person},
    )
    rules = (*(rule for rule in absent.rules if rule.id != STEADINESS_ID), steady)
    again = replace(absent, rules=rules, pins=absent.pins + past)
    start = _without(again, roster)
    solution = solve(
        again,
        seconds=seconds,
        seed=seed,
        work_limit=work_limit,
        start=start,
        on_improvement=on_improvement,
        should_stop=should_stop,
    )
    changes = _changes(again, roster, solution.roster) if solution.roster is not None else ()
    return Replan(again, solution, changes, len({change.person for change in changes}), len(changes))


def _without(problem: RosterProblem, roster: Roster) -> Roster:
    for person in problem.people:
        for day in problem.leave_days[person.id]:
            if roster.at(person.id, day) != OFF:
                roster = roster.with_cell(person.id, day, OFF)
    return roster


def _changes(problem: RosterProblem, before: Roster, after: Roster) -> tuple[Change, ...]:
    return tuple(
        Change(person.id, day, before.at(person.id, day), after.at(person.id, day))
        for person in problem.people
        for day in range(problem.days)
        if before.at(person.id, day) != after.at(person.id, day) and day not in problem.leave_days[person.id]
    )


def stand_ins(
    problem: RosterProblem, roster: Roster, day: int, shift: str, *, absent: str = ""
) -> tuple[StandIn, ...]:
    """Return everybody free on ``day``, ranked: lawful first, then by what it costs, with reasons.

    ``absent`` is taken off the shift first. Each reason is a breach the swap would newly cause.
    """
    if absent:
        problem = with_absences(problem, (Absence(absent, day, day),))
        roster = roster.with_cell(absent, day, OFF)
    before = check(problem, roster)
    known = {(b.rule_id, b.person, b.day, b.amount) for b in before}
    found = []
    for person in problem.people:
        if person.id == absent or roster.at(person.id, day) != OFF or day in problem.leave_days[person.id]:
            continue
        after = check(problem, roster.with_cell(person.id, day, shift))
        new = [b for b in after if (b.rule_id, b.person, b.day, b.amount) not in known and b.kind != "cover"]
        lawful = not any(b.severity is Severity.LAW for b in new)
        cost = objective_of(after) - objective_of(before)
        reasons = tuple(Words(b.words_zh, b.words_en) for b in new)
        if not reasons:
            minutes = sum(Sheet(problem, roster).minutes[problem.person_index[person.id]])
            hours = f"{minutes / 60:g}"
            reasons = (Words(f"当日空闲，本期工时 {hours} 小时", f"free that day, {hours} h in the period"),)
        found.append(StandIn(person.id, lawful, cost, reasons))
    return tuple(sorted(found, key=lambda item: (not item.lawful, item.cost, item.person)))
