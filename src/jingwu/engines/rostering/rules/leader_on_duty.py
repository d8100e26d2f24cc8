"""Leader on duty (带班领导): every day somebody who leads is on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import Person
from jingwu.engines.rostering.rules.base import Rule, Sheet, about_day, day_text
from jingwu.engines.rostering.solution import Breach


@dataclass(frozen=True)
class LeaderOnDuty(Rule):
    """At least ``minimum`` people marked as leaders work on each day (on ``shifts`` if named)."""

    minimum: int = 1
    shifts: tuple[str, ...] = ()
    kind: ClassVar[str] = "leader_on_duty"
    name_zh: ClassVar[str] = "领导带班"
    name_en: ClassVar[str] = "leader on duty"
    of_heads: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.minimum < 1:
            raise ValueError("minimum must be at least 1")

    def add(self, model: LinearModel) -> None:
        """Bound the leaders on from below, day by day."""
        problem = model.problem
        kinds = [k for k, shift in enumerate(problem.shifts) if not self.shifts or shift.code in self.shifts]
        leaders = [row for row, person in self.people(problem) if person.is_leader]
        for day in range(problem.days):
            terms = [term for row in leaders for term in model.works(row, day, kinds)]
            model.at_least(self.spec, terms, self.minimum, subject=about_day(problem, day))

    def tells_apart(self, person: Person) -> bool:
        """Tell leaders from the others."""
        return person.is_leader

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report days without enough leaders."""
        problem = sheet.problem
        leaders = [row for row, person in self.people(problem) if person.is_leader]
        for day in range(problem.days):
            kinds = (sheet.kinds[row][day] for row in leaders)
            on = sum(
                1 for kind in kinds if kind is not None and (not self.shifts or kind.code in self.shifts)
            )
            if on < self.minimum:
                zh, en = day_text(problem, day)
                yield self.breach(
                    self.minimum - on,
                    f"{zh}没有足够的带班领导（{on}/{self.minimum}）",
                    f"{on} of {self.minimum} leaders on duty on {en}",
                    day=day,
                )
