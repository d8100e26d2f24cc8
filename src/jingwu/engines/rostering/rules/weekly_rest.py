"""Weekly rest: free days in every calendar week or in any seven days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


@dataclass(frozen=True)
class WeeklyRest(Rule):
    """At least ``minimum`` free days in every full calendar week, or in any seven days when ``rolling``."""

    minimum: int = 1
    rolling: bool = False
    kind: ClassVar[str] = "weekly_rest"
    name_zh: ClassVar[str] = "每周休息日"
    name_en: ClassVar[str] = "weekly rest day"

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= 6:
            raise ValueError("minimum must be between 1 and 6")

    def _windows(self, sheet_days: int, weeks: tuple[tuple[int, ...], ...]) -> list[tuple[int, ...]]:
        if self.rolling:
            return [tuple(range(first, first + 7)) for first in range(sheet_days - 6)]
        return [week for week in weeks if len(week) == 7]

    def add(self, model: LinearModel) -> None:
        """Bound the days worked in each window."""
        for row, person in self.people(model.problem):
            for window in self._windows(model.problem.days, model.problem.weeks):
                terms = [term for day in window for term in model.works(row, day)]
                model.at_most(self.spec, terms, 7 - self.minimum, subject=person.subject)

    def narrow(self, core: Core) -> bool:
        """One free day in seven limits runs to six; for calendar weeks another rule must set that limit."""
        if self.spec.severity is not Severity.LAW or self.minimum > 1:
            return False
        for row, _ in self.people(core.problem):
            if self.rolling:
                core.limits[row].max_work = min(core.limits[row].max_work, 6)
            elif core.limits[row].max_work > 6:
                return False
        return True

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report windows with too few free days."""
        windows = self._windows(sheet.problem.days, sheet.problem.weeks)
        for row, person in self.people(sheet.problem):
            works = sheet.works[row]
            for window in windows:
                free = 7 - sum(works[day] for day in window)
                if free < self.minimum:
                    zh, en = day_text(sheet.problem, window[0])
                    yield self.breach(
                        self.minimum - free,
                        f"{person.label}自{zh}起 7 天内只休 {free} 天，至少 {self.minimum} 天",
                        f"{person.label} has {free} free days in the 7 from {en}; at least {self.minimum}",
                        person=person.id,
                        day=window[-1],
                    )
