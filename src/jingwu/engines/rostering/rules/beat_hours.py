"""Beat hours: a floor of time spent in one's beat each week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach


@dataclass(frozen=True)
class BeatHours(Rule):
    """At least ``minimum`` minutes on kinds marked ``in_beat`` in every full week without leave."""

    minimum: int = 0
    step_minutes: int = 60
    kind: ClassVar[str] = "beat_hours"
    name_zh: ClassVar[str] = "下片时间"
    name_en: ClassVar[str] = "hours in the beat"

    def __post_init__(self) -> None:
        if self.minimum < 0 or self.step_minutes < 1:
            raise ValueError("minimum must not be negative and the step at least 1")

    def add(self, model: LinearModel) -> None:
        """Bound the beat minutes of each week from below."""
        problem = model.problem
        beat = [(kind, shift.minutes) for kind, shift in enumerate(problem.shifts) if shift.in_beat]
        for row, person in self.people(problem):
            leave = problem.leave_days[person.id]
            for week in problem.weeks:
                if len(week) == 7 and not any(day in leave for day in week):
                    terms = [(minutes, model.cell(row, day, kind)) for day in week for kind, minutes in beat]
                    model.at_least(
                        self.spec, terms, self.minimum, subject=person.subject, step=self.step_minutes
                    )

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report weeks with too little time in the beat."""
        problem = sheet.problem
        for row, person in self.people(problem):
            leave = problem.leave_days[person.id]
            for week in problem.weeks:
                if len(week) < 7 or any(day in leave for day in week):
                    continue
                kinds = (sheet.kinds[row][day] for day in week)
                spent = sum(kind.minutes for kind in kinds if kind is not None and kind.in_beat)
                if spent < self.minimum:
                    zh, en = day_text(problem, week[0])
                    hours, need_hours = f"{spent / 60:g}", f"{self.minimum / 60:g}"
                    yield self.breach(
                        self.minimum - spent,
                        f"{person.label}{zh}起一周下片 {hours} 小时，至少 {need_hours} 小时",
                        f"{person.label} is in the beat {hours} h in the week of {en}; least {need_hours} h",
                        person=person.id,
                        day=week[-1],
                        penalty=self.spec.weight * -(-(self.minimum - spent) // self.step_minutes),
                    )
