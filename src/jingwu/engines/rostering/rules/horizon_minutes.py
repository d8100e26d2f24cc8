"""Working time of the whole horizon: within limits, or near the contract with limited overtime."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel, Terms
from jingwu.engines.rostering.problem import Person, RosterProblem
from jingwu.engines.rostering.rules.base import Rule, Sheet
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


def credited_minutes(problem: RosterProblem, person: Person) -> int:
    """Return the minutes leave and training credit within the horizon."""
    return sum(leave.counted_minutes for leave in problem.leave_days[person.id].values())


def minute_terms(model: LinearModel, row: int, days: range | tuple[int, ...]) -> Terms:
    """Return the counted minutes somebody works on these days."""
    return [
        (shift.counted_minutes, model.cell(row, day, kind))
        for day in days
        for kind, shift in enumerate(model.problem.shifts)
        if shift.counted_minutes
    ]


@dataclass(frozen=True)
class HorizonMinutes(Rule):
    """Counted minutes between ``minimum`` and ``maximum``, or round the contract when ``of_contract``.

    With ``of_contract`` the two are deviations: at most ``minimum`` under and ``maximum`` over
    ``Person.contract_minutes`` (people with none are left out). Leave credits count. A breach costs the
    weight for every ``step_minutes`` begun.
    """

    minimum: int = 0
    maximum: int = 0
    of_contract: bool = False
    step_minutes: int = 60
    kind: ClassVar[str] = "horizon_minutes"
    name_zh: ClassVar[str] = "周期工时"
    name_en: ClassVar[str] = "working time of the period"

    def __post_init__(self) -> None:
        if self.minimum < 0 or self.maximum < 0 or self.step_minutes < 1:
            raise ValueError("minutes must not be negative and the step at least 1")
        if not self.of_contract and self.maximum < self.minimum:
            raise ValueError("minimum ≤ maximum is needed")

    def bounds(self, problem: RosterProblem, person: Person) -> tuple[int, int] | None:
        """Return the least and most minutes to be worked, leave credits already taken off."""
        if self.of_contract:
            if not person.contract_minutes:
                return None
            low = person.contract_minutes - self.minimum
            high = person.contract_minutes + self.maximum
        else:
            low, high = self.minimum, self.maximum
        credited = credited_minutes(problem, person)
        return max(0, low - credited), max(0, high - credited)

    def add(self, model: LinearModel) -> None:
        """Bound the sum of the minutes."""
        for row, person in self.people(model.problem):
            bounds = self.bounds(model.problem, person)
            if bounds is None:
                continue
            terms = minute_terms(model, row, range(model.problem.days))
            model.at_most(self.spec, terms, bounds[1], subject=person.subject, step=self.step_minutes)
            if bounds[0]:
                model.at_least(self.spec, terms, bounds[0], subject=person.subject, step=self.step_minutes)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report minutes off the limits."""
        for row, person in self.people(sheet.problem):
            bounds = self.bounds(sheet.problem, person)
            if bounds is None:
                continue
            worked = sum(sheet.minutes[row])
            off = max(worked - bounds[1], bounds[0] - worked, 0)
            if off:
                hours = f"{worked / 60:g}"
                limit_hours = f"{bounds[1 if worked > bounds[1] else 0] / 60:g}"
                more = worked > bounds[1]
                yield self.breach(
                    off,
                    f"{person.label}工时 {hours} 小时，{'最多' if more else '至少'} {limit_hours} 小时",
                    f"{person.label} works {hours} h; at {'most' if more else 'least'} {limit_hours} h",
                    person=person.id,
                    penalty=self.spec.weight * -(-off // self.step_minutes),
                )

    def narrow(self, core: Core) -> bool:
        """Set the limits of minutes."""
        if self.spec.severity is not Severity.LAW:
            return False
        for row, person in self.people(core.problem):
            bounds = self.bounds(core.problem, person)
            if bounds is not None:
                limits = core.limits[row]
                limits.min_minutes = max(limits.min_minutes, bounds[0])
                limits.max_minutes = min(limits.max_minutes, bounds[1])
        return True
