"""What every rule can do: build its rows, judge a roster, and narrow the limits of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import OFF, Person, RosterProblem, RuleSpec, ShiftKind, Subject
from jingwu.engines.rostering.solution import Breach, Roster
from jingwu.terms.duty import Severity

if TYPE_CHECKING:
    from jingwu.engines.rostering.columns.core import Core


@dataclass(frozen=True)
class Sheet:
    """A roster laid beside its problem, in the shapes the rules read."""

    problem: RosterProblem
    roster: Roster

    def __post_init__(self) -> None:
        if self.roster.people != tuple(person.id for person in self.problem.people):
            raise ValueError("the roster's people are not those of the problem, in their order")
        if self.roster.days != self.problem.days:
            raise ValueError("the roster's days are not those of the problem")

    @cached_property
    def kinds(self) -> tuple[tuple[ShiftKind | None, ...], ...]:
        """Return the shift kind of every cell, None for a day off."""
        table: dict[str, ShiftKind | None] = {OFF: None, **self.problem.shift_by_code}
        return tuple(tuple(table[code] for code in row) for row in self.roster.cells)

    @cached_property
    def works(self) -> tuple[tuple[bool, ...], ...]:
        """Return whether each cell is worked."""
        return tuple(tuple(code != OFF for code in row) for row in self.roster.cells)

    @cached_property
    def minutes(self) -> tuple[tuple[int, ...], ...]:
        """Return the counted minutes of every cell (without leave credits)."""
        table = {OFF: 0} | {shift.code: shift.counted_minutes for shift in self.problem.shifts}
        return tuple(tuple(table[code] for code in row) for row in self.roster.cells)


@dataclass(frozen=True)
class Rule:
    """One rule in force; sub-classes add their parameters as fields and register in ``RULES``."""

    spec: RuleSpec
    kind: ClassVar[str] = ""
    name_zh: ClassVar[str] = ""
    name_en: ClassVar[str] = ""
    of_heads: ClassVar[bool] = False
    """Whether only heads of a day and kind matter to it, whoever they are: it then may count people alike."""

    def add(self, model: LinearModel) -> None:
        """Write the rule's rows and prices into a model."""
        raise NotImplementedError

    def check(self, sheet: Sheet) -> Iterator[Breach]:
        """Judge a roster; the penalties are those the model would charge."""
        raise NotImplementedError

    def narrow(self, core: Core) -> bool:
        """Express the rule in the limits of columns; False when it cannot be."""
        return False

    def tells_apart(self, person: Person) -> bool:
        """Return what a rule of heads asks about somebody: those it answers alike for count alike."""
        return False

    def people(self, problem: RosterProblem) -> list[tuple[int, Person]]:
        """Return the rows and people the rule covers."""
        return [(row, person) for row, person in enumerate(problem.people) if self.spec.applies_to(person)]

    def breach(
        self,
        amount: float,
        zh: str,
        en: str,
        *,
        person: str = "",
        day: int | None = None,
        penalty: int | None = None,
        role: str = "",
    ) -> Breach:
        """Return a breach of this rule; a law costs nothing because it may not be broken at all."""
        if self.spec.severity is Severity.LAW:
            price = 0
        else:
            price = round(self.spec.weight * amount) if penalty is None else penalty
        return Breach(self.spec.id, self.kind, self.spec.severity, person, day, amount, price, zh, en, role)


def runs(works: tuple[bool, ...] | list[bool], value: bool) -> Iterator[tuple[int, int]]:
    """Return start and length of every longest run of ``value``."""
    start = None
    for index, item in enumerate(works):
        if item is value and start is None:
            start = index
        elif item is not value and start is not None:
            yield start, index - start
            start = None
    if start is not None:
        yield start, len(works) - start


def day_text(problem: RosterProblem, day: int) -> tuple[str, str]:
    """Return a day in Chinese and English."""
    date = problem.dates[day]
    return f"{date.month}月{date.day}日", f"{date:%Y-%m-%d}"


def shift_text(problem: RosterProblem, codes: tuple[str, ...]) -> tuple[str, str]:
    """Return the names of shift kinds in Chinese and English."""
    kinds = [problem.shift_by_code[code] for code in codes]
    return "/".join(kind.called_zh for kind in kinds), "/".join(kind.called_en for kind in kinds)


def about_day(problem: RosterProblem, day: int, shifts: tuple[str, ...] = ()) -> Subject:
    """Return a day, or posts of a day, as what a row is about."""
    zh, en = day_text(problem, day)
    shift_zh, shift_en = shift_text(problem, shifts)
    return Subject(zh + shift_zh, f"{en} {shift_en}".strip(), day=day, shifts=shifts)
