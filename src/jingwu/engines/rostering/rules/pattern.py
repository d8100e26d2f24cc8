"""Patterns: a cycle of shifts followed by everybody covered (24 h, 12 h, 8 h, 四班三运转)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import OFF, Person, RosterProblem
from jingwu.engines.rostering.rules.base import Rule, Sheet
from jingwu.engines.rostering.solution import Breach


@dataclass(frozen=True)
class FollowPattern(Rule):
    """Everybody covered follows ``cycle`` (codes, "" = off) from one common offset; leave days are excused.

    The cycle day of the horizon's first day is ``offset``, or chosen for each person when it is negative.
    Each cell that departs is one unit of breach.
    """

    cycle: tuple[str, ...] = ()
    offset: int = -1
    kind: ClassVar[str] = "pattern"
    name_zh: ClassVar[str] = "班制"
    name_en: ClassVar[str] = "shift pattern"

    def __post_init__(self) -> None:
        if not self.cycle or self.offset >= len(self.cycle):
            raise ValueError("a cycle is needed, and the offset must lie within it")

    def _offsets(self) -> list[int]:
        return [self.offset] if self.offset >= 0 else list(range(len(self.cycle)))

    def _days(self, problem: RosterProblem, person: Person) -> list[int]:
        leave = problem.leave_days[person.id]
        return [day for day in range(problem.days) if day not in leave]

    def add(self, model: LinearModel) -> None:
        """Choose an offset for each person and tie the cells to it."""
        problem = model.problem
        if any(code != OFF and code not in model.place for code in self.cycle):
            raise ValueError(f"the cycle of {self.spec.id} names an unknown shift kind")
        for row, person in self.people(problem):
            chosen = {offset: model.variable(0, 1) for offset in self._offsets()}
            model.add([(1, variable) for variable in chosen.values()], lower=1, upper=1)
            for day in self._days(problem, person):
                for code in sorted(set(self.cycle)):
                    fitting = [
                        (1, variable)
                        for offset, variable in chosen.items()
                        if self.cycle[(day + offset) % len(self.cycle)] == code
                    ]
                    if not fitting:
                        continue
                    # Σ fitting = 1 asks for the code: the cell must bear it, or stay free
                    if code == OFF:
                        model.at_most(
                            self.spec, [*fitting, *model.works(row, day)], 1, subject=person.subject
                        )
                    else:
                        cell = model.cell(row, day, model.place[code])
                        model.at_most(self.spec, [*fitting, (-1, cell)], 0, subject=person.subject)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report how many cells depart from the best fitting offset."""
        for row, person in self.people(sheet.problem):
            cells = sheet.roster.cells[row]
            days = self._days(sheet.problem, person)
            off = min(
                sum(1 for day in days if cells[day] != self.cycle[(day + offset) % len(self.cycle)])
                for offset in self._offsets()
            )
            if off:
                yield self.breach(
                    off,
                    f"{person.label}有 {off} 天偏离班制",
                    f"{person.label} departs from the pattern on {off} days",
                    person=person.id,
                )
