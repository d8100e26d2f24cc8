"""Groups together (1+2): a group's auxiliaries work when and where its officer does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from jingwu.engines.rostering.model import LinearModel, Terms
from jingwu.engines.rostering.problem import RosterProblem
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class GroupTogether(Rule):
    """A member on an ``attended`` kind without the group's officer on it is one breach a day."""

    kind: ClassVar[str] = "group_together"
    name_zh: ClassVar[str] = "1+2 同组同班"
    name_en: ClassVar[str] = "groups kept together"

    def pairs(self, problem: RosterProblem) -> list[tuple[int, list[int]]]:
        """Return each member with the officers of the same group."""
        covered = [(row, person) for row, person in self.people(problem) if person.group]
        officers: dict[str, list[int]] = {}
        for row, person in covered:
            if person.category is PersonCategory.OFFICER:
                officers.setdefault(person.group, []).append(row)
        return [
            (row, officers[person.group])
            for row, person in covered
            if person.category is not PersonCategory.OFFICER and person.group in officers
        ]

    def groups(self, problem: RosterProblem) -> list[list[int]]:
        """Return the rows of each group to keep together: its officers, then its members."""
        found: dict[tuple[int, ...], list[int]] = {}
        for row, officers in self.pairs(problem):
            found.setdefault(tuple(officers), [*officers]).append(row)
        return list(found.values())

    def add(self, model: LinearModel) -> None:
        """Tie each member's cell to those of the officers."""
        pairs = self.pairs(model.problem)
        groups = self.groups(model.problem)
        for kind, shift in enumerate(model.problem.shifts):
            for day in range(model.problem.days if shift.attended else 0):
                apart: dict[int, int | None] = {}
                for row, officers in pairs:
                    subject = model.problem.people[row].subject
                    led = [(-1, model.cell(officer, day, kind)) for officer in officers]
                    member = (1, model.cell(row, day, kind))
                    apart[row] = model.at_most(self.spec, [member, *led], 0, subject=subject)
                if model.tight:
                    self._tighten(model, day, kind, groups, apart)

    def _tighten(
        self,
        model: LinearModel,
        day: int,
        kind: int,
        groups: list[list[int]],
        apart: Mapping[int, int | None],
    ) -> None:
        """Add what follows for whole numbers only: who fills the places of a post by which group leads it.

        A place that no member of the leading group fills is filled by somebody apart or stays open; on a post
        no group leads that is every place. Together with the cells' own rows this is the convex hull of one
        post with one officer.
        """
        for item in model.shortfalls.get((day, kind), ()):
            if item.slack is None or not set(item.eligible) & apart.keys():
                continue
            filled: Terms = [(1, item.slack)]
            for row in item.eligible:
                slack = apart[row] if row in apart else model.cell(row, day, kind)
                filled += [(1, slack)] if slack is not None else []
            led: Terms = []
            for rows in groups:
                officers = [row for row in rows if row not in apart]
                members = [row for row in rows if row in apart and row in item.eligible]
                leading = [model.cell(row, day, kind) for row in officers]
                led += [(item.need, cell) for cell in leading]
                unfilled = model.variable(0, item.need * len(officers))
                filled.append((-1, unfilled))
                own: Terms = []
                for row in members:
                    slack = apart[row]
                    own += [(1, model.cell(row, day, kind))] + ([(-1, slack)] if slack is not None else [])
                model.add([*own, (1, unfilled), *((-item.need, cell) for cell in leading)], lower=0)
            model.add([*filled, *led], lower=item.need)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report members working apart from their officer."""
        problem = sheet.problem
        cells = sheet.roster.cells
        for row, officers in self.pairs(problem):
            person = problem.people[row]
            for day, shift in enumerate(sheet.kinds[row]):
                if shift is None or not shift.attended:
                    continue
                if not any(cells[officer][day] == shift.code for officer in officers):
                    zh, en = day_text(problem, day)
                    yield self.breach(
                        1,
                        f"{person.label}{zh}未与本组民警同班",
                        f"{person.label} works apart from the group's officer on {en}",
                        person=person.id,
                        day=day,
                    )
