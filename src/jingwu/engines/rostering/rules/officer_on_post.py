"""Officer on post: an attended post is never staffed without a police officer.

Source: reference §3.1 and §3.3 (auxiliaries work only under command and supervision of officers).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import Person
from jingwu.engines.rostering.rules.base import Rule, Sheet, about_day, day_text
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class OfficerOnPost(Rule):
    """Whenever anybody works an ``attended`` kind, at least one officer works it that day.

    With ``others_per_officer`` > 0 every officer stands for at most so many others on the post.
    """

    others_per_officer: int = 0
    kind: ClassVar[str] = "officer_on_post"
    name_zh: ClassVar[str] = "出警岗位须有民警"
    name_en: ClassVar[str] = "officer on every attended post"
    of_heads: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.others_per_officer < 0:
            raise ValueError("others_per_officer must not be negative")

    def add(self, model: LinearModel) -> None:
        """Tie everybody else on an attended kind to the officers on it."""
        problem = model.problem
        officers = [r for r, p in self.people(problem) if p.category is PersonCategory.OFFICER]
        others = [r for r, p in self.people(problem) if p.category is not PersonCategory.OFFICER]
        for kind, shift in enumerate(problem.shifts):
            if not shift.attended or not others:
                continue
            for day in range(problem.days):
                subject = about_day(problem, day, (shift.code,))
                leading = [(-1, model.cell(row, day, kind)) for row in officers]
                following = [(1, model.cell(row, day, kind)) for row in others]
                alone = model.variable(0, 1)
                for term in following:
                    model.add([term, (-model.upper[term[1]], alone)], upper=0)
                model.at_most(self.spec, [(1, alone), *leading], 0, subject=subject)
                self._tighten(model, day, kind, alone)
                if self.others_per_officer:
                    most = self.others_per_officer
                    tied = [(-most, variable) for _, variable in leading]
                    model.at_most(self.spec, [*following, *tied], 0, subject=subject)

    def tells_apart(self, person: Person) -> bool:
        """Tell officers from the others."""
        return person.category is PersonCategory.OFFICER

    def _tighten(self, model: LinearModel, day: int, kind: int, staffed: int) -> None:
        """Add what follows for whole numbers only: either the post is staffed or all of its need is open."""
        if not model.is_hard(self.spec):
            return
        for item in model.shortfalls.get((day, kind), ()):
            if item.slack is not None:
                model.add([(item.need, staffed), (1, item.slack)], lower=item.need)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report posts with no officer or too few of them."""
        problem = sheet.problem
        codes = [shift for shift in problem.shifts if shift.attended]
        covered = self.people(problem)
        for day in range(problem.days if codes else 0):
            for shift in codes:
                on = [p for row, p in covered if sheet.roster.cells[row][day] == shift.code]
                officers = sum(1 for p in on if p.category is PersonCategory.OFFICER)
                others = len(on) - officers
                zh, en = day_text(problem, day)
                name_zh, name_en = shift.name_zh or shift.code, shift.name_en or shift.code
                if others and not officers:
                    yield self.breach(
                        1,
                        f"{zh}{name_zh}只有 {others} 名辅助人员，没有民警",
                        f"{en} {name_en}: {others} on without any officer",
                        day=day,
                    )
                if self.others_per_officer and others > officers * self.others_per_officer:
                    excess = others - officers * self.others_per_officer
                    yield self.breach(
                        excess,
                        f"{zh}{name_zh}每名民警最多带 {self.others_per_officer} 人，超 {excess} 人",
                        f"{en} {name_en}: {excess} more than {self.others_per_officer} for each officer",
                        day=day,
                    )
