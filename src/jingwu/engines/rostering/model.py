"""A solver-neutral integer linear model of a roster: rules write rows, CP-SAT and HiGHS both read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from jingwu.engines.rostering.problem import RosterProblem, RuleSpec, Subject
from jingwu.terms.duty import Severity

Terms = list[tuple[int, int]]
"""Coefficient and variable."""


@dataclass(frozen=True)
class Row:
    """``lower ≤ Σ coefficient·variable ≤ upper`` (None: open), owed to the rule ``tag`` about ``subject``."""

    terms: Terms
    lower: int | None
    upper: int | None
    tag: str
    subject: Subject | None = None


@dataclass(frozen=True)
class Shortfall:
    """A need of a post: heads, the slack that stands for those missing (None: binding), who counts."""

    need: int
    slack: int | None
    eligible: tuple[int, ...]


@dataclass
class LinearModel:
    """Rows and variables; variable 0… are the cells, then what rules add.

    ``harden`` names rules whose slack is left out, so that they bind like law (used to ask why not).
    ``heads`` says for how many people each row stands: a cell then counts heads (used by common walks).
    ``tight`` asks for rows that only a bound needs: a search for rosters is slowed down by them.
    """

    problem: RosterProblem
    harden: frozenset[str] = frozenset()
    heads: Sequence[int] = ()
    tight: bool = False
    lower: list[int] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    cost: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    constant: int = 0

    def __post_init__(self) -> None:
        kinds = len(self.problem.shifts)
        self.kinds = kinds
        self.place = {shift.code: index for index, shift in enumerate(self.problem.shifts)}
        self._days = self.problem.days
        self.shortfalls: dict[tuple[int, int], list[Shortfall]] = {}
        """What demands ask of a single day and kind, for other rules to use."""
        self.of_heads: list[int] = []
        """The variables of rules that count heads: what these cost depends on no name."""
        for heads in self.heads or [1] * len(self.problem.people):
            for _ in range(self._days):
                first = len(self.cost)
                for _ in range(kinds):
                    self.variable(0, heads)
                if kinds > 1:
                    self.rows.append(Row([(1, first + kind) for kind in range(kinds)], None, heads, ""))

    def variable(self, lower: int, upper: int, cost: int = 0) -> int:
        """Return a new integer variable."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.cost.append(cost)
        return len(self.cost) - 1

    def cell(self, person: int, day: int, kind: int) -> int:
        """Return the variable 'person works this kind on this day'."""
        return (person * self._days + day) * self.kinds + kind

    def works(self, person: int, day: int, kinds: Iterable[int] | None = None, factor: int = 1) -> Terms:
        """Return the terms of 'person works (one of these kinds) on this day', times ``factor``."""
        first = (person * self._days + day) * self.kinds
        return [(factor, first + kind) for kind in (range(self.kinds) if kinds is None else kinds)]

    def add(
        self,
        terms: Terms,
        *,
        lower: int | None = None,
        upper: int | None = None,
        tag: str = "",
        subject: Subject | None = None,
    ) -> None:
        """Add a hard row."""
        self.rows.append(Row(terms, lower, upper, tag, subject))

    def at_most(
        self,
        spec: RuleSpec,
        terms: Terms,
        upper: int,
        *,
        subject: Subject | None = None,
        weight: int | None = None,
        step: int = 1,
    ) -> int | None:
        """Keep Σ ≤ upper: hard for a law, else at ``weight`` for every ``step`` (or part of it) above.

        Return the slack, None where there is none.
        """
        if self.is_hard(spec):
            self.add(terms, upper=upper, tag=spec.id, subject=subject)
            return None
        top = sum(max(0, c * self.upper[v], c * self.lower[v]) for c, v in terms)
        if top <= upper:
            return None
        slack = self.variable(0, -(-(top - upper) // step), spec.weight if weight is None else weight)
        self.rows.append(Row([*terms, (-step, slack)], None, upper, ""))
        return slack

    def at_least(
        self,
        spec: RuleSpec,
        terms: Terms,
        lower: int,
        *,
        subject: Subject | None = None,
        weight: int | None = None,
        step: int = 1,
    ) -> None:
        """Keep Σ ≥ lower: hard for a law, else at ``weight`` for every ``step`` (or part of it) below."""
        self.at_most(spec, [(-c, v) for c, v in terms], -lower, subject=subject, weight=weight, step=step)

    def is_hard(self, spec: RuleSpec) -> bool:
        """Return whether a rule has no slack in this model."""
        return spec.severity is Severity.LAW or spec.id in self.harden

    def price(self, variable: int, weight: int) -> None:
        """Add to the cost of a variable."""
        self.cost[variable] += weight

    def maximum_of(self, terms: Sequence[tuple[int, int]]) -> int:
        """Return the largest value the terms can take."""
        return sum(max(c * self.upper[v], c * self.lower[v]) for c, v in terms)
