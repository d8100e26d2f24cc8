"""Successions: kinds that must not come on the day after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import OFF, RosterProblem, ShiftKind
from jingwu.engines.rostering.rules.base import Rule, Sheet, day_text
from jingwu.engines.rostering.solution import Breach
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


@dataclass(frozen=True)
class Succession(Rule):
    """What ``ShiftKind.may_not_follow`` lists does not follow."""

    kind: ClassVar[str] = "succession"
    name_zh: ClassVar[str] = "班次衔接"
    name_en: ClassVar[str] = "forbidden successions"

    def forbidden(self, problem: RosterProblem) -> list[tuple[str, str]]:
        """Return the pairs (one day, the next) that are not allowed."""
        return [(shift.code, code) for shift in problem.shifts for code in sorted(shift.may_not_follow)]

    def words(self, before: ShiftKind, after: ShiftKind) -> tuple[str, str]:
        """Return why the pair is not allowed."""
        return (
            f"“{before.called_zh}”后次日不得接“{after.called_zh}”",
            f"'{after.called_en}' must not follow '{before.called_en}'",
        )

    def add(self, model: LinearModel) -> None:
        """Let at most one of a forbidden pair be worked; kinds with the same followers share a row."""
        problem = model.problem
        followers: dict[str, list[int]] = {}
        for before, after in self.forbidden(problem):
            followers.setdefault(before, []).append(model.place[after])
        merged: dict[tuple[int, ...], list[int]] = {}
        for before, after_list in followers.items():
            merged.setdefault(tuple(after_list), []).append(model.place[before])
        for row, person in self.people(problem):
            last = person.history.last_shifts[-1] if person.history.last_shifts else OFF
            for kind in followers.get(last, []):
                model.at_most(self.spec, [(1, model.cell(row, 0, kind))], 0, subject=person.subject)
            for after_kinds, before_kinds in merged.items():
                for day in range(problem.days - 1):
                    terms = model.works(row, day, before_kinds) + model.works(row, day + 1, after_kinds)
                    model.at_most(self.spec, terms, 1, subject=person.subject)

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Report forbidden pairs."""
        problem = sheet.problem
        pairs, kinds = set(self.forbidden(problem)), problem.shift_by_code
        if not pairs:
            return
        for row, person in self.people(problem):
            cells = sheet.roster.cells[row]
            last = person.history.last_shifts[-1] if person.history.last_shifts else OFF
            for day, code in enumerate(cells):
                before = cells[day - 1] if day else last
                if (before, code) in pairs:
                    day_zh, day_en = day_text(problem, day)
                    zh, en = self.words(kinds[before], kinds[code])
                    yield self.breach(
                        1,
                        f"{person.label} {day_zh}：{zh}",
                        f"{person.label} {day_en}: {en}",
                        person=person.id,
                        day=day,
                    )

    def narrow(self, core: Core) -> bool:
        """Forbid the pairs for those covered."""
        pairs = self.forbidden(core.problem)
        place = {shift.code: kind for kind, shift in enumerate(core.problem.shifts)}
        if pairs and self.spec.severity is not Severity.LAW:
            return False
        for row, person in self.people(core.problem):
            for before, after in pairs:
                core.succession[row, place[before], place[after]] = False
                if person.history.last_shifts and person.history.last_shifts[-1] == before:
                    core.limits[row].allowed[0, place[after]] = False
        return True
