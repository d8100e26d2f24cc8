"""Eligibility: categories, skills and valid certificates a shift kind asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import Person, RosterProblem, ShiftKind
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


def obstacle(person: Person, shift: ShiftKind, day: date) -> tuple[str, str] | None:
    """Return in words why somebody may not work a kind on a day, None when they may."""
    if shift.categories and person.category not in shift.categories:
        return f"人员类别不能担任{shift.name_zh or shift.code}", f"category may not work {shift.code}"
    missing = shift.skills - person.skills
    if missing:
        return f"缺少技能：{'、'.join(sorted(missing))}", f"lacks the skill {', '.join(sorted(missing))}"
    for code in sorted(shift.certificates):
        held = [item for item in person.certificates if item.code == code]
        if not any(item.valid_until is None or item.valid_until >= day for item in held):
            return f"没有有效证书：{code}", f"holds no valid certificate {code}"
    return None


@dataclass(frozen=True)
class Eligibility(Rule):
    """Only those whom a shift kind admits may work it."""

    kind: ClassVar[str] = "eligibility"
    name_zh: ClassVar[str] = "资格证书"
    name_en: ClassVar[str] = "skills and certificates"

    def _closed(self, problem: RosterProblem) -> Iterator[tuple[int, int, int]]:
        for row, person in self.people(problem):
            for kind, shift in enumerate(problem.shifts):
                if shift.categories or shift.skills or shift.certificates:
                    for day, when in enumerate(problem.dates):
                        if obstacle(person, shift, when):
                            yield row, day, kind

    def add(self, model: LinearModel) -> None:
        """Close the cells of those not admitted."""
        for row, day, kind in self._closed(model.problem):
            subject = model.problem.people[row].subject
            model.at_most(self.spec, [(1, model.cell(row, day, kind))], 0, subject=subject)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report every cell worked without being admitted."""
        for row, person in self.people(sheet.problem):
            for day, shift in enumerate(sheet.kinds[row]):
                if shift is None or not (shift.categories or shift.skills or shift.certificates):
                    continue
                why = obstacle(person, shift, sheet.problem.dates[day])
                if why:
                    zh, en = day_text(sheet.problem, day)
                    yield self.breach(
                        1,
                        f"{person.label}{zh}{why[0]}",
                        f"{person.label} {en}: {why[1]}",
                        person=person.id,
                        day=day,
                    )

    def narrow(self, core: Core) -> bool:
        """Close the cells."""
        for row, day, kind in self._closed(core.problem):
            core.limits[row].allowed[day, kind] = False
        return True
