"""Pins: what the chief has fixed stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import OFF
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


@dataclass(frozen=True)
class Pinned(Rule):
    """A pinned cell keeps its shift (or stays free)."""

    kind: ClassVar[str] = "pins"
    name_zh: ClassVar[str] = "已固定的班次"
    name_en: ClassVar[str] = "pins"

    def add(self, model: LinearModel) -> None:
        """Fix the cells."""
        problem = model.problem
        for pin in problem.pins:
            row = problem.person_index[pin.person]
            subject = problem.people[row].subject
            if pin.shift == OFF:
                model.at_most(self.spec, model.works(row, pin.day), 0, subject=subject)
            else:
                cell = model.cell(row, pin.day, model.place[pin.shift])
                model.at_least(self.spec, [(1, cell)], 1, subject=subject)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report pins not kept."""
        problem = sheet.problem
        for pin in problem.pins:
            if sheet.roster.at(pin.person, pin.day) != pin.shift:
                zh, en = day_text(problem, pin.day)
                label = problem.people[problem.person_index[pin.person]].label
                yield self.breach(
                    1,
                    f"{label}{zh}已固定为“{pin.shift or '休'}”",
                    f"{label} is pinned to '{pin.shift or 'off'}' on {en}",
                    person=pin.person,
                    day=pin.day,
                )

    def narrow(self, core: Core) -> bool:
        """Close every other cell of the pinned day."""
        for pin in core.problem.pins:
            allowed = core.limits[core.problem.person_index[pin.person]].allowed[pin.day]
            kept = core.kinds if pin.shift == OFF else list(core.problem.shift_by_code).index(pin.shift)
            for kind in range(core.kinds + 1):
                if kind != kept:
                    allowed[kind] = False
        return True
