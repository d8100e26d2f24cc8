"""Requests: wishes to work or to be free, each with its own weight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import OFF
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


@dataclass(frozen=True)
class Requests(Rule):
    """A wish not met costs its weight; nobody has a right to it."""

    kind: ClassVar[str] = "requests"
    name_zh: ClassVar[str] = "个人意愿"
    name_en: ClassVar[str] = "requests"

    def add(self, model: LinearModel) -> None:
        """Charge the cells against the wish, or credit those for it."""
        problem = model.problem
        for wish in problem.requests:
            kinds = None if wish.shift == OFF else [model.place[wish.shift]]
            terms = model.works(problem.person_index[wish.person], wish.day, kinds)
            if wish.wants:
                model.constant += wish.weight
            for _, variable in terms:
                model.price(variable, -wish.weight if wish.wants else wish.weight)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report wishes not met."""
        problem = sheet.problem
        for wish in problem.requests:
            code = sheet.roster.at(wish.person, wish.day)
            met = code != OFF if wish.shift == OFF else code == wish.shift
            if met is wish.wants:
                continue
            zh, en = day_text(problem, wish.day)
            label = problem.people[problem.person_index[wish.person]].label
            what = wish.shift or "上班"
            yield self.breach(
                1,
                f"{label}{zh}{'希望' if wish.wants else '不希望'}{what}",
                f"{label} {'wants' if wish.wants else 'does not want'} {wish.shift or 'to work'} on {en}",
                person=wish.person,
                day=wish.day,
                penalty=wish.weight,
            )

    def narrow(self, core: Core) -> bool:
        """Charge the cells."""
        place = {shift.code: kind for kind, shift in enumerate(core.problem.shifts)}
        for wish in core.problem.requests:
            row = core.problem.person_index[wish.person]
            kinds = range(core.kinds) if wish.shift == OFF else [place[wish.shift]]
            for kind in kinds:
                core.base[row, wish.day, kind] += -wish.weight if wish.wants else wish.weight
            if wish.wants:
                core.constant += wish.weight
        return True
