"""Fairness over a rolling quarter: nobody carries far more than another, what came before included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel, Terms
from jingwu.engines.rostering.problem import Demand, Person, RosterProblem
from jingwu.engines.rostering.rules.base import Rule, Sheet
from jingwu.engines.rostering.rules.cover import eligible
from jingwu.engines.rostering.rules.horizon_minutes import credited_minutes
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import DutyState

WHAT = {
    "nights": ("夜班", "nights"),
    "weekends": ("周末班", "weekends"),
    "holidays": ("节假日班", "holidays"),
    "minutes": ("工时(小时)", "hours"),
    "standbys": ("备勤", "stand-bys"),
}


@dataclass(frozen=True)
class Fairness(Rule):
    """The range (most − least) of ``what`` among those covered is at most ``tolerance``.

    ``what``: nights, weekends, holidays, minutes (in whole hours, leave credits counted) or standbys; history
    is added. People absent for half the horizon or more are left out, and so is whom no demand of that sort
    can ask: beside day staff, who work no weekend at all, every share of the weekends would look equally
    unfair. A breach costs the weight per unit of range.
    """

    what: str = "nights"
    tolerance: int = 0
    kind: ClassVar[str] = "fairness"
    name_zh: ClassVar[str] = "公平"
    name_en: ClassVar[str] = "fairness"

    def __post_init__(self) -> None:
        if self.what not in WHAT:
            raise ValueError(f"what must be one of {', '.join(WHAT)}")
        if self.tolerance < 0:
            raise ValueError("tolerance must not be negative")

    def compared(self, problem: RosterProblem) -> list[tuple[int, Person]]:
        """Return those compared: covered, present for more than half of the horizon, and asked for."""
        asked = {
            row for item in problem.demand if self._asks(problem, item) for row in eligible(problem, item)
        }
        return [
            (row, person)
            for row, person in self.people(problem)
            if 2 * len(problem.leave_days[person.id]) < problem.days and (row in asked or not asked)
        ]

    def _asks(self, problem: RosterProblem, item: Demand) -> bool:
        """Return whether a demand brings somebody any of ``what``."""
        if not max(item.minimum, item.preferred):
            return False
        kinds = [problem.shift_by_code[code] for code in item.shifts]
        if self.what == "nights":
            return any(kind.is_night for kind in kinds)
        if self.what == "standbys":
            return any(kind.state is DutyState.STANDBY for kind in kinds)
        if self.what == "holidays":
            return item.day in problem.holidays
        if self.what == "weekends":
            return any(item.day in weekend for weekend in problem.weekends)
        return True

    def past(self, problem: RosterProblem, person: Person) -> int:
        """Return what somebody carried before the horizon, and the hours that leave in it counts for."""
        history = person.history
        table = {
            "nights": history.nights,
            "weekends": history.weekends,
            "holidays": history.holidays,
            "minutes": (history.minutes + credited_minutes(problem, person)) // 60,
            "standbys": 0,
        }
        return table[self.what]

    def _terms(self, model: LinearModel, row: int) -> Terms:
        problem = model.problem
        days = range(problem.days)
        if self.what == "nights":
            nights = [kind for kind, shift in enumerate(problem.shifts) if shift.is_night]
            return [term for day in days for term in model.works(row, day, nights)]
        if self.what == "standbys":
            kinds = [k for k, shift in enumerate(problem.shifts) if shift.state is DutyState.STANDBY]
            return [term for day in days for term in model.works(row, day, kinds)]
        if self.what == "holidays":
            return [term for day in problem.holidays for term in model.works(row, day)]
        if self.what == "minutes":
            return [
                (shift.counted_minutes, model.cell(row, day, kind))
                for day in days
                for kind, shift in enumerate(problem.shifts)
            ]
        terms = []
        for weekend in problem.weekends:
            worked = model.variable(0, 1)
            for day in weekend:
                model.add([*model.works(row, day), (-1, worked)], upper=0)
            model.add([*[t for day in weekend for t in model.works(row, day)], (-1, worked)], lower=0)
            terms.append((1, worked))
        return terms

    def add(self, model: LinearModel) -> None:
        """Hold everybody's count between a least and a most, and charge their distance."""
        compared = self.compared(model.problem)
        if len(compared) < 2:
            return
        step = 60 if self.what == "minutes" else 1
        counts = [(self.past(model.problem, person), self._terms(model, row)) for row, person in compared]
        top = max(past * step + model.maximum_of(terms) for past, terms in counts) // step + 1
        least, most = model.variable(0, top), model.variable(0, top)
        for past, terms in counts:
            # minutes are rounded down to hours for the most and the least alike
            model.add([*terms, (-step, most)], upper=step - 1 - past * step)
            model.add([*terms, (-step, least)], lower=-past * step)
        model.at_most(self.spec, [(1, most), (-1, least)], self.tolerance)
        if self.what == "nights" and not self.tolerance:
            self._tighten(model, [row for row, _ in compared], sum(past for past, _ in counts), (most, least))

    def _tighten(self, model: LinearModel, compared: list[int], past: int, ends: tuple[int, int]) -> None:
        """Add what follows for whole numbers only: nights that cannot be dealt out evenly leave a range.

        Where the nights needed and past are no multiple of the people, the range is one, unless some places
        stay open or more work at night than is needed.
        """
        nights = [kind for kind, shift in enumerate(model.problem.shifts) if shift.is_night]
        places = [(day, kind) for day in range(model.problem.days) for kind in nights]
        row: Terms = [(1, model.cell(person, *place)) for place in places for person in compared]
        needed = 0
        for place in places:
            own = [item for item in model.shortfalls.get(place, ()) if set(item.eligible) <= set(compared)]
            if own:
                item = max(own, key=lambda one: one.need)
                needed += item.need
                # One open place takes a night from the sum: twice, so that it frees the range all the same.
                row += [(2, item.slack)] if item.slack is not None else []
        if (needed + past) % len(compared):
            most, least = ends
            model.add([*row, (1, most), (-1, least)], lower=needed + 1)

    def values(self, sheet: Sheet) -> list[tuple[Person, int]]:
        """Return what everybody compared carries, history included."""
        problem = sheet.problem
        found = []
        for row, person in self.compared(problem):
            kinds = sheet.kinds[row]
            if self.what == "nights":
                now = sum(1 for kind in kinds if kind is not None and kind.is_night)
            elif self.what == "standbys":
                now = sum(1 for kind in kinds if kind is not None and kind.state is DutyState.STANDBY)
            elif self.what == "holidays":
                now = sum(sheet.works[row][day] for day in problem.holidays)
            elif self.what == "minutes":
                now = sum(sheet.minutes[row]) // 60
            else:
                now = sum(any(sheet.works[row][day] for day in weekend) for weekend in problem.weekends)
            found.append((person, now + self.past(problem, person)))
        return found

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report a range above the tolerance, naming both ends of it."""
        values = self.values(sheet)
        if len(values) < 2:
            return
        low_person, low = min(values, key=lambda item: item[1])
        high_person, high = max(values, key=lambda item: item[1])
        if high - low > self.tolerance:
            zh, en = WHAT[self.what]
            yield self.breach(
                high - low - self.tolerance,
                f"{zh}不均：{high_person.label} {high}，{low_person.label} {low}，"
                f"相差不应超过 {self.tolerance}",
                f"{en} uneven: {high_person.label} {high}, {low_person.label} {low};"
                f" range at most {self.tolerance}",
                person=high_person.id,
            )
