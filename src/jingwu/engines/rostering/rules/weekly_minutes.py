"""Weekly working time: limits on the counted minutes of each calendar week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.rules.horizon_minutes import minute_terms
from jingwu.engines.rostering.solution import Breach


@dataclass(frozen=True)
class WeeklyMinutes(Rule):
    """Counted minutes of every calendar week (Monday first) at most ``maximum``.

    A week cut by the horizon's edge keeps the whole limit. A breach costs the weight for every
    ``step_minutes`` begun.
    """

    maximum: int = 0
    step_minutes: int = 60
    kind: ClassVar[str] = "weekly_minutes"
    name_zh: ClassVar[str] = "每周工时"
    name_en: ClassVar[str] = "weekly working time"

    def __post_init__(self) -> None:
        if self.maximum < 0 or self.step_minutes < 1:
            raise ValueError("maximum must not be negative and the step at least 1")

    def add(self, model: LinearModel) -> None:
        """Bound the minutes of each week."""
        for row, person in self.people(model.problem):
            for week in model.problem.weeks:
                terms = minute_terms(model, row, week)
                model.at_most(self.spec, terms, self.maximum, subject=person.subject, step=self.step_minutes)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report weeks over the limit."""
        for row, person in self.people(sheet.problem):
            minutes = sheet.minutes[row]
            for week in sheet.problem.weeks:
                worked = sum(minutes[day] for day in week)
                over = worked - self.maximum
                if over > 0:
                    zh, en = day_text(sheet.problem, week[0])
                    hours, limit_hours = f"{worked / 60:g}", f"{self.maximum / 60:g}"
                    yield self.breach(
                        over,
                        f"{person.label}{zh}起一周工时 {hours} 小时，最多 {limit_hours} 小时",
                        f"{person.label} works {hours} h in the week of {en}; at most {limit_hours} h",
                        person=person.id,
                        day=week[-1],
                        penalty=self.spec.weight * -(-over // self.step_minutes),
                    )
