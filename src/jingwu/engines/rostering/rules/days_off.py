"""Days off in a row: rest in blocks, neither too short nor too long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel, Terms
from jingwu.engines.rostering.problem import OFF, Person
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text, runs
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


def rested_before(person: Person) -> int:
    """Return the days off in a row just before the horizon."""
    count = 0
    for code in reversed(person.history.last_shifts):
        if code != OFF:
            break
        count += 1
    return count


@dataclass(frozen=True)
class DaysOff(Rule):
    """At least ``minimum`` days off in a row, at most ``maximum`` (0: no limit); leave counts as off."""

    minimum: int = 1
    maximum: int = 0
    kind: ClassVar[str] = "days_off"
    name_zh: ClassVar[str] = "连续休息天数"
    name_en: ClassVar[str] = "consecutive days off"

    def __post_init__(self) -> None:
        if self.minimum < 1 or (self.maximum and self.maximum < self.minimum):
            raise ValueError("1 ≤ minimum ≤ maximum is needed (maximum 0: no limit)")

    def add(self, model: LinearModel) -> None:
        """Forbid work – short rest – work, and bound windows of maximum + 1 days."""
        days = model.problem.days
        for row, person in self.people(model.problem):
            before = rested_before(person)
            known = bool(person.history.last_shifts)
            for length in range(1, self.minimum):
                for first in range(days - length):
                    rest = length
                    terms: Terms = []
                    needed = 1
                    if first == 0:
                        rest = length + before
                        if not known or rest >= self.minimum:
                            continue
                    else:
                        terms += model.works(row, first - 1)
                        needed += 1
                    terms += model.works(row, first + length)
                    for day in range(first, first + length):
                        terms += model.works(row, day, factor=-1)
                    # work, rest, work would make the sum ``needed``
                    self._charge(model, terms, needed - 1, self.minimum - rest, person)
            if known and 0 < before < self.minimum:
                self._charge(model, model.works(row, 0), 0, self.minimum - before, person)
            if self.maximum:
                for first in range(days - self.maximum):
                    window = range(first, first + self.maximum + 1)
                    if any(day in model.problem.leave_days[person.id] for day in window):
                        continue
                    terms = [term for day in window for term in model.works(row, day)]
                    model.at_least(self.spec, terms, 1, subject=person.subject)

    def _charge(self, model: LinearModel, terms: Terms, upper: int, missing: int, person: Person) -> None:
        model.at_most(self.spec, terms, upper, subject=person.subject, weight=self.spec.weight * missing)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report rests that are too short or too long."""
        problem = sheet.problem
        for row, person in self.people(problem):
            before = rested_before(person)
            known = bool(person.history.last_shifts)
            works = [*([False] * before), *sheet.works[row]]
            for start, length in runs(works, False):
                last = start + length - before
                zh, en = day_text(problem, max(0, last - 1))
                at_edge = last >= problem.days or (start == 0 and not known)
                if length < self.minimum and not at_edge:
                    yield self.breach(
                        self.minimum - length,
                        f"{person.label}{zh}前后只连休 {length} 天，至少 {self.minimum} 天",
                        f"{person.label} has only {length} days off in a row near {en}; least {self.minimum}",
                        person=person.id,
                        day=max(0, last - 1),
                    )
            if self.maximum:
                yield from self._long(sheet, row, person)

    def _long(self, sheet: Sheet, row: int, person: Person) -> Iterator[Breach]:
        leave = sheet.problem.leave_days[person.id]
        for start, length in runs(sheet.works[row], False):
            windows = range(start, start + length - self.maximum)
            long = sum(1 for first in windows if not any(first + i in leave for i in range(self.maximum + 1)))
            if long:
                zh, en = day_text(sheet.problem, start)
                yield self.breach(
                    long,
                    f"{person.label}自{zh}起连休 {length} 天，最多 {self.maximum} 天",
                    f"{person.label} is off {length} days in a row from {en}; at most {self.maximum}",
                    person=person.id,
                    day=start,
                )

    def narrow(self, core: Core) -> bool:
        """Set the least rest; a longest rest is not expressed in columns."""
        if self.spec.severity is not Severity.LAW or self.maximum:
            return False
        for row, _ in self.people(core.problem):
            core.limits[row].min_off = max(core.limits[row].min_off, self.minimum)
        return True
