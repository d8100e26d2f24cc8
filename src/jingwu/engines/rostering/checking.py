"""The independent judge: every breach, open shift and load of a roster, whoever made it."""

from __future__ import annotations

from functools import lru_cache

from jingwu.engines.rostering.problem import RosterProblem
from jingwu.engines.rostering.rules import Rule, Sheet, active_rules
from jingwu.engines.rostering.rules.base import day_text, shift_text
from jingwu.engines.rostering.rules.cover import eligible
from jingwu.engines.rostering.solution import Breach, OpenShift, PersonLoad, Roster
from jingwu.terms.duty import DutyState, Severity


@lru_cache(maxsize=16)
def _rules_of(key: int, problem_ref: _Same) -> tuple[Rule, ...]:
    return tuple(active_rules(problem_ref.problem))


class _Same:
    """Wraps a problem so that it is cached by identity: problems hold dicts and cannot be hashed."""

    def __init__(self, problem: RosterProblem) -> None:
        self.problem = problem

    def __hash__(self) -> int:
        return id(self.problem)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.problem is self.problem


def rules_of(problem: RosterProblem) -> tuple[Rule, ...]:
    """Return the rules in force, made once for each problem object."""
    return _rules_of(id(problem), _Same(problem))


def check(problem: RosterProblem, roster: Roster) -> tuple[Breach, ...]:
    """Return every breach of a roster, the gravest first (law, norm, goal; then by penalty)."""
    sheet = Sheet(problem, roster)
    order = {Severity.LAW: 0, Severity.NORM: 1, Severity.GOAL: 2}
    found = [breach for rule in rules_of(problem) for breach in rule.check(sheet)]
    return tuple(sorted(found, key=lambda breach: (order[breach.severity], -breach.penalty)))


def objective_of(breaches: tuple[Breach, ...]) -> int:
    """Return the objective: the penalties of all norms and goals together."""
    return sum(breach.penalty for breach in breaches)


def open_shifts(problem: RosterProblem, roster: Roster) -> tuple[OpenShift, ...]:
    """Return the places below the minimum, ranked by harm."""
    found = []
    for item in problem.demand:
        count = sum(1 for row in eligible(problem, item) if roster.cells[row][item.day] in item.shifts)
        missing = item.minimum - count
        if missing <= 0:
            continue
        harm = item.cost(count) - item.cost(item.minimum)
        day_zh, day_en = day_text(problem, item.day)
        zh, en = shift_text(problem, item.shifts)
        need = f"（{item.skill}）" if item.skill else ""
        found.append(
            OpenShift(
                item.day,
                item.shifts,
                missing,
                harm,
                item.role or item.skill,
                f"{day_zh}{zh}{need}空缺 {missing} 人",
                f"{day_en} {en}{f' ({item.skill})' if need else ''}: {missing} open",
                item.categories,
            )
        )
    return tuple(sorted(found, key=lambda item: (-item.harm, item.day)))


def loads(problem: RosterProblem, roster: Roster) -> tuple[PersonLoad, ...]:
    """Return what everybody carries, in the roster and with the quarter before it."""
    sheet = Sheet(problem, roster)
    found = []
    for row, person in enumerate(problem.people):
        kinds = [kind for kind in sheet.kinds[row] if kind is not None]
        minutes = sum(sheet.minutes[row])
        nights = sum(kind.is_night for kind in kinds)
        weekends = sum(any(sheet.works[row][day] for day in weekend) for weekend in problem.weekends)
        holidays = sum(sheet.works[row][day] for day in problem.holidays)
        past = person.history
        found.append(
            PersonLoad(
                person=person.id,
                minutes=minutes,
                nights=nights,
                weekends=weekends,
                holidays=holidays,
                standbys=sum(kind.state is DutyState.STANDBY for kind in kinds),
                minutes_total=minutes + past.minutes,
                nights_total=nights + past.nights,
                weekends_total=weekends + past.weekends,
                holidays_total=holidays + past.holidays,
            )
        )
    return tuple(found)
