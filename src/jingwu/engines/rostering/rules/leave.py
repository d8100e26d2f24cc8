"""Leave: nobody on leave or in training is rostered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import DutyState

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core

STATE_WORDS = {DutyState.TRAINING: ("培训", "in training"), DutyState.LEAVE: ("休假", "on leave")}


@dataclass(frozen=True)
class OnLeave(Rule):
    """Leave days stay free."""

    kind: ClassVar[str] = "leave"
    name_zh: ClassVar[str] = "休假"
    name_en: ClassVar[str] = "leave"

    def add(self, model: LinearModel) -> None:
        """Close the leave days."""
        for row, person in self.people(model.problem):
            for day in model.problem.leave_days[person.id]:
                model.at_most(self.spec, model.works(row, day), 0, subject=person.subject)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report shifts on leave days."""
        for row, person in self.people(sheet.problem):
            for day, leave in sheet.problem.leave_days[person.id].items():
                if sheet.works[row][day]:
                    zh, en = day_text(sheet.problem, day)
                    why = STATE_WORDS.get(leave.state, STATE_WORDS[DutyState.LEAVE])
                    yield self.breach(
                        1,
                        f"{person.label}{zh}{why[0]}",
                        f"{person.label} is {why[1]} on {en}",
                        person=person.id,
                        day=day,
                    )

    def narrow(self, core: Core) -> bool:
        """Close the leave days."""
        for row, person in self.people(core.problem):
            for day in core.problem.leave_days[person.id]:
                core.limits[row].allowed[day, :-1] = False
        return True
