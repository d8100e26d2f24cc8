"""Consecutive nights: a limit on night shifts in a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import Person, RosterProblem
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text, runs
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


def nights_before(problem: RosterProblem, person: Person) -> int:
    """Return the nights worked in a row just before the horizon."""
    count = 0
    for code in reversed(person.history.last_shifts):
        if not code or not problem.shift_by_code[code].is_night:
            break
        count += 1
    return count


@dataclass(frozen=True)
class ConsecutiveNights(Rule):
    """At most ``maximum`` nights in a row."""

    maximum: int = 0
    kind: ClassVar[str] = "consecutive_nights"
    name_zh: ClassVar[str] = "连续夜班"
    name_en: ClassVar[str] = "consecutive nights"

    def __post_init__(self) -> None:
        if self.maximum < 1:
            raise ValueError("maximum must be at least 1")

    def add(self, model: LinearModel) -> None:
        """Bound every window of maximum + 1 days."""
        problem = model.problem
        nights = [kind for kind, shift in enumerate(problem.shifts) if shift.is_night]
        window = self.maximum + 1
        for row, person in self.people(problem) if nights else []:
            for first in range(-nights_before(problem, person), problem.days - window + 1):
                inside = [day for day in range(first, first + window) if day >= 0]
                if inside:
                    terms = [term for day in inside for term in model.works(row, day, nights)]
                    model.at_most(
                        self.spec, terms, self.maximum - (window - len(inside)), subject=person.subject
                    )

    def narrow(self, core: Core) -> bool:
        """Set the limit of nights, which walks know; the dynamic programme of columns does not."""
        if self.spec.severity is Severity.LAW:
            for row, _ in self.people(core.problem):
                limits = core.limits[row]
                limits.max_nights = min(limits.max_nights, self.maximum)
        return not any(shift.is_night for shift in core.problem.shifts)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report long runs of nights."""
        problem = sheet.problem
        for row, person in self.people(problem):
            before = nights_before(problem, person)
            nights = [True] * before + [kind is not None and kind.is_night for kind in sheet.kinds[row]]
            for start, length in runs(nights, True):
                last = start + length - before
                amount = length - max(self.maximum, before if start == 0 else 0)
                if last > 0 and amount > 0:
                    zh, en = day_text(problem, last - 1)
                    yield self.breach(
                        amount,
                        f"{person.label}至{zh}连上 {length} 个夜班，最多 {self.maximum} 个",
                        f"{person.label} works {length} nights in a row up to {en}; at most {self.maximum}",
                        person=person.id,
                        day=last - 1,
                    )
