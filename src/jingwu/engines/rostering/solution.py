"""What comes out: a roster, its breaches and open shifts, and how good it is proved to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from jingwu.engines.rostering.problem import OFF, RosterProblem
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class Roster:
    """Who works what on each day: ``cells[row][day]`` is a shift code, "" for a day off."""

    start: date
    people: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if len(self.people) != len(self.cells) or len({len(row) for row in self.cells}) > 1:
            raise ValueError("a Roster needs one row of equal length for every person")

    @classmethod
    def empty(cls, problem: RosterProblem) -> Roster:
        """Return the roster in which nobody works."""
        return cls(
            problem.start,
            tuple(person.id for person in problem.people),
            tuple((OFF,) * problem.days for _ in problem.people),
        )

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Return the row of every person."""
        return {person: row for row, person in enumerate(self.people)}

    @property
    def days(self) -> int:
        """Return the number of days."""
        return len(self.cells[0]) if self.cells else 0

    def at(self, person: str, day: int) -> str:
        """Return the shift code of a cell."""
        return self.cells[self.row_of[person]][day]

    def with_cell(self, person: str, day: int, shift: str) -> Roster:
        """Return a copy with one cell changed."""
        row = self.row_of[person]
        cells = self.cells[row]
        changed = (*cells[:day], shift, *cells[day + 1 :])
        return Roster(self.start, self.people, (*self.cells[:row], changed, *self.cells[row + 1 :]))


@dataclass(frozen=True)
class Breach:
    """One place where a rule is not kept; ``amount`` in the rule's own unit, ``penalty`` in the objective.

    ``person`` is "" for a breach of the whole office, ``day`` is None for one of the whole horizon; ``role``
    is that of the demand a breach of cover is about.
    """

    rule_id: str
    kind: str
    severity: Severity
    person: str
    day: int | None
    amount: float
    penalty: int
    words_zh: str
    words_en: str
    role: str = ""


@dataclass(frozen=True)
class OpenShift:
    """Places nobody fills, ``missing`` of them, worth ``harm`` in the objective; listed worst first.

    ``categories`` may fill them (empty: anybody).
    """

    day: int
    shifts: tuple[str, ...]
    missing: int
    harm: int
    role: str
    words_zh: str
    words_en: str
    categories: frozenset[PersonCategory] = frozenset()


@dataclass(frozen=True)
class Words:
    """One sentence of an explanation in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class PersonLoad:
    """What one person carries in the roster and with the rolling quarter before it (``_total``)."""

    person: str
    minutes: int
    nights: int
    weekends: int
    holidays: int
    standbys: int
    minutes_total: int
    nights_total: int
    weekends_total: int
    holidays_total: int


class Status(StrEnum):
    """How the search ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    IMPOSSIBLE = "impossible"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Improvement:
    """A better roster found on the way, streamed to ``on_improvement``."""

    roster: Roster
    objective: int
    bound: float
    seconds: float
    source: str


@dataclass(frozen=True)
class Solution:
    """The best lawful roster found and the proof of how good it is.

    ``gap`` = (objective − bound) ÷ max(1, objective). ``roster`` is None only when the status is
    IMPOSSIBLE or the time ran out first; then ``why_not`` has the conflict.
    """

    status: Status
    roster: Roster | None
    objective: int | None
    bound: float
    gap: float
    breaches: tuple[Breach, ...]
    open_shifts: tuple[OpenShift, ...]
    loads: tuple[PersonLoad, ...]
    seconds_by_step: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    seed: int = 0

    @property
    def lawful(self) -> bool:
        """Return whether no law is broken."""
        return self.roster is not None and not any(b.severity is Severity.LAW for b in self.breaches)
