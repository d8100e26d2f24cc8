"""Steadiness: a roster already handed out changes as little as possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import OFF, Person, RosterProblem
from jingwu.engines.rostering.rules.base import Rule, Sheet
from jingwu.engines.rostering.solution import Breach


@dataclass(frozen=True)
class Steadiness(Rule):
    """Each changed cell costs the weight, each person touched ``per_person`` weights more.

    ``before`` gives everybody's codes as handed out; days of leave are excused.
    """

    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    per_person: int = 3
    kind: ClassVar[str] = "steadiness"
    name_zh: ClassVar[str] = "少变动"
    name_en: ClassVar[str] = "few changes"

    def __post_init__(self) -> None:
        if self.per_person < 0:
            raise ValueError("per_person must not be negative")

    def _days(self, problem: RosterProblem, person: Person) -> list[int]:
        known = self.before.get(person.id, ())
        leave = problem.leave_days[person.id]
        return [day for day in range(min(problem.days, len(known))) if day not in leave]

    def add(self, model: LinearModel) -> None:
        """Charge each changed cell, and each person touched once."""
        for row, person in self.people(model.problem):
            days = self._days(model.problem, person)
            if not days:
                continue
            touched = model.variable(0, 1, self.spec.weight * self.per_person)
            for day in days:
                changed = model.variable(0, 1, self.spec.weight)
                code = self.before[person.id][day]
                model.add([(1, changed), (-1, touched)], upper=0)
                if code == OFF:
                    model.add([*model.works(row, day), (-1, changed)], upper=0)
                elif code in model.place:
                    cell = model.cell(row, day, model.place[code])
                    model.add([(1, cell), (1, changed)], lower=1)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report everybody whose days have changed."""
        for row, person in self.people(sheet.problem):
            cells, before = sheet.roster.cells[row], self.before.get(person.id, ())
            days = self._days(sheet.problem, person)
            known = {OFF, *sheet.problem.shift_by_code}
            count = sum(1 for day in days if cells[day] != before[day] and before[day] in known)
            if count:
                yield self.breach(
                    count,
                    f"{person.label}改动 {count} 天",
                    f"{person.label}: {count} days changed",
                    person=person.id,
                    penalty=self.spec.weight * (count + self.per_person),
                )
