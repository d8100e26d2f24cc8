"""Cover: enough people on each day's shifts, with the skill or category asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel, Shortfall, Terms
from jingwu.engines.rostering.problem import Demand, RosterProblem
from jingwu.engines.rostering.rules.base import Rule, Sheet, about_day, day_text, shift_text
from jingwu.engines.rostering.solution import Breach

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


def eligible(problem: RosterProblem, item: Demand) -> list[int]:
    """Return the rows of the people who count for a demand."""
    return [
        row
        for row, person in enumerate(problem.people)
        if (not item.skill or item.skill in person.skills)
        and (not item.categories or person.category in item.categories)
    ]


@dataclass(frozen=True)
class Cover(Rule):
    """Minimum, preferred and maximum head-counts; prices stand with the demand."""

    kind: ClassVar[str] = "cover"
    name_zh: ClassVar[str] = "岗位人数"
    name_en: ClassVar[str] = "cover"
    of_heads: ClassVar[bool] = True

    def add(self, model: LinearModel) -> None:
        """Charge every head below minimum and preferred and above maximum; hardened, the minimum binds."""
        for item in model.problem.demand:
            kinds = [model.place[code] for code in item.shifts]
            rows = eligible(model.problem, item)
            terms = [term for row in rows for term in model.works(row, item.day, kinds)]
            subject = about_day(model.problem, item.day, item.shifts)
            if item.minimum and model.is_hard(self.spec):
                model.add(terms, lower=item.minimum, tag=self.spec.id, subject=subject)
                self._note(model, item, item.minimum, None)
            elif item.minimum and item.weight_minimum:
                self._slack(model, item, terms, item.minimum, item.weight_minimum)
            if item.preferred and item.weight_preferred:
                self._slack(model, item, terms, item.preferred, item.weight_preferred)
            if item.weight_over and len(rows) > item.maximum:
                over = model.variable(0, len(rows) - item.maximum, item.weight_over)
                model.add([*terms, (-1, over)], upper=item.maximum)

    def _slack(self, model: LinearModel, item: Demand, terms: Terms, need: int, weight: int) -> None:
        short = model.variable(0, need, weight)
        model.add([*terms, (1, short)], lower=need)
        self._note(model, item, need, short)

    def _note(self, model: LinearModel, item: Demand, need: int, short: int | None) -> None:
        if len(item.shifts) == 1:
            place = (item.day, model.place[item.shifts[0]])
            found = Shortfall(need, short, tuple(eligible(model.problem, item)))
            model.shortfalls.setdefault(place, []).append(found)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report every demand off its range."""
        problem = sheet.problem
        cells = sheet.roster.cells
        for item in problem.demand:
            count = sum(1 for row in eligible(problem, item) if cells[row][item.day] in item.shifts)
            price = item.cost(count)
            if not price and item.minimum <= count <= item.maximum:
                continue
            day_zh, day_en = day_text(problem, item.day)
            zh, en = shift_text(problem, item.shifts)
            need = f"{item.role}{item.skill}"
            need_en = f"{item.role_en or item.role}{item.skill}"
            if count < item.preferred:
                amount = item.preferred - count
                words = (
                    f"{day_zh}{zh}{need}缺 {amount} 人（在岗 {count}，最少 {item.minimum}）",
                    f"{day_en} {en} {need_en}: {amount} short ({count} on, minimum {item.minimum})",
                )
            else:
                amount = count - item.maximum
                words = (f"{day_zh}{zh}{need}多 {amount} 人", f"{day_en} {en} {need_en}: {amount} too many")
            yield self.breach(amount, *words, day=item.day, penalty=price, role=item.role)

    def narrow(self, core: Core) -> bool:
        """Cover is the core's own business."""
        return True
