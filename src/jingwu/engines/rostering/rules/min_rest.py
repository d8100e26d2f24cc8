"""Minimum rest: enough time between the end of one shift and the start of the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.problem import MINUTES_PER_DAY, RosterProblem, ShiftKind
from jingwu.engines.rostering.rules.succession import Succession


@dataclass(frozen=True)
class MinRest(Succession):
    """At least ``minutes`` between two shifts; kinds in ``exempt`` (备勤 perhaps) need none."""

    minutes: int = 0
    exempt: tuple[str, ...] = ()
    kind: ClassVar[str] = "min_rest"
    name_zh: ClassVar[str] = "最短休息"
    name_en: ClassVar[str] = "minimum rest"

    def __post_init__(self) -> None:
        if not 0 < self.minutes <= 7 * MINUTES_PER_DAY:
            raise ValueError("minutes must be positive and at most a week")

    def forbidden(self, problem: RosterProblem) -> list[tuple[str, str]]:
        """Return the pairs of kinds on consecutive days with too little time between them."""
        kinds = [shift for shift in problem.shifts if shift.code not in self.exempt]
        return [
            (before.code, after.code)
            for before in kinds
            for after in kinds
            if MINUTES_PER_DAY + after.start_minute - before.end_minute < self.minutes
        ]

    def words(self, before: ShiftKind, after: ShiftKind) -> tuple[str, str]:
        """Return why the pair is not allowed."""
        hours = f"{self.minutes / 60:g}"
        return (
            f"“{before.called_zh}”与次日“{after.called_zh}”之间休息不足 {hours} 小时",
            f"less than {hours} h between '{before.called_en}' and '{after.called_en}'",
        )
