"""Consecutive work days: not too many in a row, and not single ones either where that is asked."""

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


def worked_before(person: Person) -> int:
    """Return the days worked in a row just before the horizon."""
    count = 0
    for code in reversed(person.history.last_shifts):
        if code == OFF:
            break
        count += 1
    return count


@dataclass(frozen=True)
class ConsecutiveWork(Rule):
    """At most ``maximum`` work days in a row and at least ``minimum``; runs at an open edge are excused."""

    maximum: int = 0
    minimum: int = 1
    kind: ClassVar[str] = "consecutive_work"
    name_zh: ClassVar[str] = "连续上班天数"
    name_en: ClassVar[str] = "consecutive work days"

    def __post_init__(self) -> None:
        if self.maximum < 1 or not 1 <= self.minimum <= self.maximum:
            raise ValueError("1 ≤ minimum ≤ maximum is needed")

    def add(self, model: LinearModel) -> None:
        """Bound every window of maximum + 1 days and every isolated run shorter than the minimum."""
        days = model.problem.days
        for row, person in self.people(model.problem):
            before = worked_before(person)
            window = self.maximum + 1
            for first in range(-before, days - window + 1):
                if first + window <= 0:
                    continue
                inside = [day for day in range(first, first + window) if day >= 0]
                terms = [term for day in inside for term in model.works(row, day)]
                model.at_most(self.spec, terms, self.maximum - (window - len(inside)), subject=person.subject)
            self._short_runs(model, row, person, before)

    def _short_runs(self, model: LinearModel, row: int, person: Person, before: int) -> None:
        """Forbid off – ``length`` × work – off; a run before the horizon lengthens the first one."""
        days = model.problem.days
        known = bool(person.history.last_shifts)
        for length in range(1, self.minimum):
            for first in range(days - length):
                terms: Terms = []
                run = length
                if first == 0:
                    run = length + before
                    if not known or run >= self.minimum:
                        continue
                else:
                    terms += model.works(row, first - 1)
                for day in range(first, first + length):
                    terms += model.works(row, day, factor=-1)
                terms += model.works(row, first + length)
                self._charge(model, terms, length, self.minimum - run, person)
        if known and 0 < before < self.minimum:
            self._charge(model, model.works(row, 0), 0, self.minimum - before, person)

    def _charge(self, model: LinearModel, terms: Terms, length: int, missing: int, person: Person) -> None:
        weight = self.spec.weight * missing
        model.at_least(self.spec, terms, 1 - length, subject=person.subject, weight=weight)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report long and short runs."""
        problem = sheet.problem
        for row, person in self.people(problem):
            before = worked_before(person)
            known = bool(person.history.last_shifts)
            works = [*([True] * before), *sheet.works[row]]
            for start, length in runs(works, True):
                last = start + length - before
                day = max(0, last - 1)
                zh, en = day_text(problem, day)
                if length > self.maximum and last > 0:
                    amount = length - max(self.maximum, before if start == 0 else 0)
                    yield self.breach(
                        amount,
                        f"{person.label}至{zh}连续上班 {length} 天，最多 {self.maximum} 天",
                        f"{person.label} works {length} days in a row up to {en}; at most {self.maximum}",
                        person=person.id,
                        day=day,
                    )
                at_edge = last >= problem.days or (start == 0 and not known)
                if length < self.minimum and not at_edge:
                    yield self.breach(
                        self.minimum - length,
                        f"{person.label}{zh}前后只连续上班 {length} 天，至少 {self.minimum} 天",
                        f"{person.label} works only {length} days in a row near {en}; least {self.minimum}",
                        person=person.id,
                        day=day,
                    )

    def narrow(self, core: Core) -> bool:
        """Set the limits of runs."""
        if self.spec.severity is not Severity.LAW:
            return False
        for row, _ in self.people(core.problem):
            limits = core.limits[row]
            limits.max_work = min(limits.max_work, self.maximum)
            limits.min_work = max(limits.min_work, self.minimum)
        return True
