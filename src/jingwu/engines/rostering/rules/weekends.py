"""Weekends: a limit on those worked; a weekend is worked when any of its days is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.rules.base import Rule, Sheet
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


@dataclass(frozen=True)
class Weekends(Rule):
    """At most ``maximum`` weekends worked in the horizon."""

    maximum: int = 0
    kind: ClassVar[str] = "weekends"
    name_zh: ClassVar[str] = "周末休息"
    name_en: ClassVar[str] = "weekends worked"

    def __post_init__(self) -> None:
        if self.maximum < 0:
            raise ValueError("maximum must not be negative")

    def add(self, model: LinearModel) -> None:
        """Count worked weekends by one variable each."""
        weekends = model.problem.weekends
        if self.maximum >= len(weekends):
            return
        for row, person in self.people(model.problem):
            flags = []
            for weekend in weekends:
                worked = model.variable(0, 1)
                flags.append(worked)
                for day in weekend:
                    model.add([*model.works(row, day), (-1, worked)], upper=0)
            model.at_most(self.spec, [(1, flag) for flag in flags], self.maximum, subject=person.subject)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report people with too many weekends."""
        for row, person in self.people(sheet.problem):
            worked = sum(
                1 for weekend in sheet.problem.weekends if any(sheet.works[row][day] for day in weekend)
            )
            if worked > self.maximum:
                yield self.breach(
                    worked - self.maximum,
                    f"{person.label}有 {worked} 个周末上班，最多 {self.maximum} 个",
                    f"{person.label} works {worked} weekends; at most {self.maximum}",
                    person=person.id,
                )

    def narrow(self, core: Core) -> bool:
        """Set the limit of weekends."""
        if self.spec.severity is not Severity.LAW:
            return False
        if self.maximum < len(core.problem.weekends):
            for row, _ in self.people(core.problem):
                held = core.limits[row].max_weekends
                core.limits[row].max_weekends = self.maximum if held < 0 else min(held, self.maximum)
        return True
