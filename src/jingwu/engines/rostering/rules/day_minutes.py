"""Daily working time: no shift longer than somebody may work in a day, overtime included.

Source: Labour Law §41 (at most three hours of overtime a day).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import RosterProblem
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


@dataclass(frozen=True)
class DayMinutes(Rule):
    """A shift's counted minutes are at most ``maximum``; a shift belongs to the day it starts on.

    A breach costs the weight for every ``step_minutes`` begun.
    """

    maximum: int = 0
    step_minutes: int = 60
    kind: ClassVar[str] = "day_minutes"
    name_zh: ClassVar[str] = "每日工时"
    name_en: ClassVar[str] = "daily working time"

    def __post_init__(self) -> None:
        if self.maximum < 0 or self.step_minutes < 1:
            raise ValueError("maximum must not be negative and the step at least 1")

    def _long(self, problem: RosterProblem) -> list[tuple[int, int]]:
        """Return the kinds that are too long and how many steps by."""
        over = [(kind, shift.counted_minutes - self.maximum) for kind, shift in enumerate(problem.shifts)]
        return [(kind, -(-minutes // self.step_minutes)) for kind, minutes in over if minutes > 0]

    def add(self, model: LinearModel) -> None:
        """Close the cells of kinds that are too long, or price them."""
        long = self._long(model.problem)
        for row, person in self.people(model.problem) if long else ():
            for day in range(model.problem.days):
                for kind, steps in long:
                    cell = model.cell(row, day, kind)
                    if model.is_hard(self.spec):
                        model.at_most(self.spec, [(1, cell)], 0, subject=person.subject)
                    else:
                        model.price(cell, self.spec.weight * steps)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report shifts that are too long."""
        steps = dict(self._long(sheet.problem))
        places = {sheet.problem.shifts[kind].code: count for kind, count in steps.items()}
        for row, person in self.people(sheet.problem) if steps else ():
            for day, shift in enumerate(sheet.kinds[row]):
                if shift is None or shift.code not in places:
                    continue
                zh, en = day_text(sheet.problem, day)
                hours, limit_hours = f"{shift.counted_minutes / 60:g}", f"{self.maximum / 60:g}"
                yield self.breach(
                    shift.counted_minutes - self.maximum,
                    f"{person.label}{zh}{shift.called_zh} {hours} 小时，一天最多 {limit_hours} 小时",
                    f"{person.label} {en}: {shift.called_en} has {hours} h; at most {limit_hours} h a day",
                    person=person.id,
                    day=day,
                    penalty=self.spec.weight * places[shift.code],
                )

    def narrow(self, core: Core) -> bool:
        """Close the cells, or charge them."""
        for row, _ in self.people(core.problem):
            for kind, steps in self._long(core.problem):
                if self.spec.severity is Severity.LAW:
                    core.limits[row].allowed[:, kind] = False
                else:
                    core.base[row, :, kind] += self.spec.weight * steps
        return True
