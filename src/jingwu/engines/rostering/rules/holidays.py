"""Public holidays: a limit on those worked, the rolling quarter included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.rules.base import Rule, Sheet
from jingwu.engines.rostering.solution import Breach


@dataclass(frozen=True)
class Holidays(Rule):
    """At most ``maximum`` public holidays worked, counting those of the quarter before."""

    maximum: int = 0
    kind: ClassVar[str] = "holidays"
    name_zh: ClassVar[str] = "节假日上班"
    name_en: ClassVar[str] = "holidays worked"

    def __post_init__(self) -> None:
        if self.maximum < 0:
            raise ValueError("maximum must not be negative")

    def add(self, model: LinearModel) -> None:
        """Bound the holidays worked; what the past already used up cannot be asked back."""
        days = model.problem.holidays
        for row, person in self.people(model.problem) if days else []:
            terms = [term for day in days for term in model.works(row, day)]
            left = max(0, self.maximum - person.history.holidays)
            model.at_most(self.spec, terms, left, subject=person.subject)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report people with too many holidays."""
        for row, person in self.people(sheet.problem):
            worked = sum(sheet.works[row][day] for day in sheet.problem.holidays)
            over = worked - max(0, self.maximum - person.history.holidays)
            if over > 0:
                total = worked + person.history.holidays
                yield self.breach(
                    over,
                    f"{person.label}本季度节假日上班 {total} 天，最多 {self.maximum} 天",
                    f"{person.label} works {total} holidays this quarter; at most {self.maximum}",
                    person=person.id,
                )
