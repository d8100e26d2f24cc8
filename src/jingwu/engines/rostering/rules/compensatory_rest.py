"""Compensatory rest (补休): overtime owed from before is given back, and no new debt grows past a limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.rules.base import Rule, Sheet
from jingwu.engines.rostering.rules.horizon_minutes import credited_minutes, minute_terms
from jingwu.engines.rostering.solution import Breach


@dataclass(frozen=True)
class CompensatoryRest(Rule):
    """The ledger at the end of the horizon, owed + worked − contract, is at most ``maximum_owed`` minutes.

    People without contract minutes are left out. A breach costs the weight for every ``step_minutes`` begun.
    """

    maximum_owed: int = 0
    step_minutes: int = 60
    kind: ClassVar[str] = "compensatory_rest"
    name_zh: ClassVar[str] = "补休"
    name_en: ClassVar[str] = "compensatory rest"

    def __post_init__(self) -> None:
        if self.maximum_owed < 0 or self.step_minutes < 1:
            raise ValueError("maximum_owed must not be negative and the step at least 1")

    def add(self, model: LinearModel) -> None:
        """Bound the minutes so that the ledger closes within the limit."""
        problem = model.problem
        for row, person in self.people(problem):
            if person.contract_minutes:
                most = self.maximum_owed + person.contract_minutes - person.history.owed_minutes
                most -= credited_minutes(problem, person)
                terms = minute_terms(model, row, range(problem.days))
                model.at_most(self.spec, terms, most, subject=person.subject, step=self.step_minutes)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report ledgers that close above the limit."""
        for row, person in self.people(sheet.problem):
            if not person.contract_minutes:
                continue
            owed = person.history.owed_minutes + sum(sheet.minutes[row])
            owed += credited_minutes(sheet.problem, person) - person.contract_minutes
            if owed > self.maximum_owed:
                over = owed - self.maximum_owed
                yield self.breach(
                    over,
                    f"{person.label}期末欠补休 {owed / 60:g} 小时，最多 {self.maximum_owed / 60:g} 小时",
                    f"{person.label} is owed {owed / 60:g} h of rest at the end;"
                    f" at most {self.maximum_owed / 60:g} h",
                    person=person.id,
                    penalty=self.spec.weight * -(-over // self.step_minutes),
                )
