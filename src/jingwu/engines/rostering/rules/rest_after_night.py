"""Rest after nights: free days once a run of nights has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import OFF
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


@dataclass(frozen=True)
class RestAfterNight(Rule):
    """After a night no other kind of shift for ``days`` days (another night may follow)."""

    days: int = 1
    kind: ClassVar[str] = "rest_after_night"
    name_zh: ClassVar[str] = "夜班后休息"
    name_en: ClassVar[str] = "rest after nights"

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 7:
            raise ValueError("days must be between 1 and 7")

    def add(self, model: LinearModel) -> None:
        """Let a night and a following day shift within ``days`` exclude each other."""
        problem = model.problem
        nights = [kind for kind, shift in enumerate(problem.shifts) if shift.is_night]
        others = [kind for kind, shift in enumerate(problem.shifts) if not shift.is_night]
        codes = {problem.shifts[kind].code for kind in nights}
        for row, person in self.people(problem) if nights and others else []:
            for ago in range(1, self.days + 1):
                for day in range(problem.days):
                    if day >= ago:
                        terms = model.works(row, day - ago, nights) + model.works(row, day, others)
                        model.at_most(self.spec, terms, 1, subject=person.subject)
                    elif self._history(person.history.last_shifts, ago - day) in codes:
                        model.at_most(self.spec, model.works(row, day, others), 0, subject=person.subject)

    def _history(self, last_shifts: tuple[str, ...], ago: int) -> str:
        return last_shifts[-ago] if ago <= len(last_shifts) else OFF

    def narrow(self, core: Core) -> bool:
        """One free day is a matter of what may come on the next day; more are not expressed."""
        if self.spec.severity is not Severity.LAW or self.days > 1:
            return False
        problem = core.problem
        night = np.array([shift.is_night for shift in problem.shifts])
        for row, person in self.people(problem):
            core.succession[row][np.ix_(night, ~night)] = False
            last = problem.shift_by_code.get(self._history(person.history.last_shifts, 1))
            if last is not None and last.is_night:
                core.limits[row].allowed[0, : core.kinds][~night] = False
        return True

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report day shifts too soon after a night."""
        table = sheet.problem.shift_by_code
        for row, person in self.people(sheet.problem):
            cells = sheet.roster.cells[row]
            for day, code in enumerate(cells):
                if code == OFF or table[code].is_night:
                    continue
                for ago in range(1, self.days + 1):
                    past = (
                        cells[day - ago]
                        if day >= ago
                        else self._history(person.history.last_shifts, ago - day)
                    )
                    if past != OFF and table[past].is_night:
                        zh, en = day_text(sheet.problem, day)
                        who, shift = person.label, table[code]
                        after = "a day" if ago == 1 else f"{ago} days"
                        yield self.breach(
                            1,
                            f"{who} {zh}距夜班仅 {ago} 天即上“{shift.called_zh}”，夜班后应休 {self.days} 天",
                            f"{who} works '{shift.called_en}' on {en}, {after} after a night",
                            person=person.id,
                            day=day,
                        )
