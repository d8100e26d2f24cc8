"""Counts of kinds: how often somebody may or should work each kind in the horizon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.rules.base import Rule, Sheet
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


@dataclass(frozen=True)
class ShiftCounts(Rule):
    """At most ``maxima[code]`` and at least ``minima[code]`` shifts of each kind named."""

    maxima: Mapping[str, int] = field(default_factory=dict)
    minima: Mapping[str, int] = field(default_factory=dict)
    kind: ClassVar[str] = "shift_counts"
    name_zh: ClassVar[str] = "班次次数"
    name_en: ClassVar[str] = "shift counts"

    def __post_init__(self) -> None:
        if any(count < 0 for count in (*self.maxima.values(), *self.minima.values())):
            raise ValueError("counts must not be negative")

    def add(self, model: LinearModel) -> None:
        """Bound the sums over the horizon."""
        days = range(model.problem.days)
        for row, person in self.people(model.problem):
            for code, limit in self.maxima.items():
                if code in model.place and limit < len(days):
                    terms = [(1, model.cell(row, day, model.place[code])) for day in days]
                    model.at_most(self.spec, terms, limit, subject=person.subject)
            for code, limit in self.minima.items():
                if code in model.place and limit > 0:
                    terms = [(1, model.cell(row, day, model.place[code])) for day in days]
                    model.at_least(self.spec, terms, limit, subject=person.subject)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report counts off their limits."""
        for row, person in self.people(sheet.problem):
            cells, kinds = sheet.roster.cells[row], sheet.problem.shift_by_code
            for code, limit in self.maxima.items():
                count = cells.count(code)
                if count > limit:
                    yield self.breach(
                        count - limit,
                        f"{person.label} “{kinds[code].called_zh}” {count} 次，最多 {limit} 次",
                        f"{person.label} works '{kinds[code].called_en}' {count} times; at most {limit}",
                        person=person.id,
                    )
            for code, limit in self.minima.items():
                count = cells.count(code)
                if count < limit and code in sheet.problem.shift_by_code:
                    yield self.breach(
                        limit - count,
                        f"{person.label} “{kinds[code].called_zh}” {count} 次，至少 {limit} 次",
                        f"{person.label} works '{kinds[code].called_en}' {count} times; at least {limit}",
                        person=person.id,
                    )

    def narrow(self, core: Core) -> bool:
        """Set the largest counts; least counts are not expressed in columns."""
        if self.spec.severity is not Severity.LAW or any(self.minima.values()):
            return False
        place = {shift.code: kind for kind, shift in enumerate(core.problem.shifts)}
        for row, _ in self.people(core.problem):
            counts = core.limits[row].max_counts
            for code, limit in self.maxima.items():
                if code in place:
                    counts[place[code]] = min(counts[place[code]], limit)
        return True
