"""Stand-by (备勤): a state of its own, limited in number and never day after day without end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text, runs
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import DutyState


@dataclass(frozen=True)
class Standby(Rule):
    """At most ``weekly`` stand-bys in a calendar week and ``consecutive`` in a row."""

    weekly: int = 7
    consecutive: int = 7
    kind: ClassVar[str] = "standby"
    name_zh: ClassVar[str] = "备勤次数"
    name_en: ClassVar[str] = "stand-by"

    def __post_init__(self) -> None:
        if self.weekly < 0 or self.consecutive < 1:
            raise ValueError("weekly must not be negative and consecutive at least 1")

    def add(self, model: LinearModel) -> None:
        """Bound the stand-bys of each week and window."""
        problem = model.problem
        kinds = [kind for kind, shift in enumerate(problem.shifts) if shift.state is DutyState.STANDBY]
        windows = [(week, self.weekly) for week in problem.weeks if len(week) > self.weekly]
        windows += [
            (tuple(range(first, first + self.consecutive + 1)), self.consecutive)
            for first in range(problem.days - self.consecutive)
        ]
        for row, person in self.people(problem) if kinds else []:
            for days, limit in windows:
                terms = [term for day in days for term in model.works(row, day, kinds)]
                model.at_most(self.spec, terms, limit, subject=person.subject)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report too many stand-bys."""
        problem = sheet.problem
        for row, person in self.people(problem):
            on = [kind is not None and kind.state is DutyState.STANDBY for kind in sheet.kinds[row]]
            if not any(on):
                continue
            for week in problem.weeks:
                count = sum(on[day] for day in week)
                if count > self.weekly:
                    zh, en = day_text(problem, week[0])
                    yield self.breach(
                        count - self.weekly,
                        f"{person.label}{zh}起一周备勤 {count} 次，最多 {self.weekly} 次",
                        f"{person.label} on stand-by {count} times in the week of {en}; most {self.weekly}",
                        person=person.id,
                        day=week[-1],
                    )
            for start, length in runs(on, True):
                if length > self.consecutive:
                    zh, en = day_text(problem, start)
                    yield self.breach(
                        length - self.consecutive,
                        f"{person.label}自{zh}起连续备勤 {length} 天，最多 {self.consecutive} 天",
                        f"{person.label} is on stand-by {length} days in a row from {en}",
                        person=person.id,
                        day=start + length - 1,
                    )
