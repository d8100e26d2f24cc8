"""A small integer model whose rows carry the name of their rule, solved by HiGHS one objective after another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from jingwu.engines.staffing.facts import FloatArray

_NODE_LIMIT = 200  # branches, not seconds: the same input must give the same answer
_RELATIVE_GAP = 1e-4
_INFEASIBLE = 2  # SciPy's code

Coefficients = Mapping[int, float]


class Infeasible(Exception):
    """No assignment of the variables keeps all rows."""


@dataclass
class LinearModel:
    """Variables with bounds, rows ``low <= a·x <= high`` each tagged with a rule's id."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    integer: list[bool] = field(default_factory=list)
    rows: list[tuple[Coefficients, float, float, str]] = field(default_factory=list)

    def variable(self, upper: float, *, lower: float = 0.0, integer: bool = True) -> int:
        """Add a variable and return its index."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.integer.append(integer)
        return len(self.lower) - 1

    def row(self, coefficients: Coefficients, low: float, high: float, rule: str) -> None:
        """Add ``low <= Σ coefficient·variable <= high`` under the name ``rule``."""
        self.rows.append((coefficients, low, high, rule))

    def absolute(self, coefficients: Coefficients, constant: float, rule: str) -> int:
        """Return a variable that is at least ``|Σ coefficient·variable - constant|``."""
        size = self.variable(np.inf, integer=False)
        self.row({**coefficients, size: -1.0}, -np.inf, constant, rule)
        self.row({**coefficients, size: 1.0}, constant, np.inf, rule)
        return size

    def excess(self, coefficients: Coefficients, constant: float, rule: str) -> int:
        """Return a variable that is at least ``max(0, constant - Σ coefficient·variable)``."""
        size = self.variable(np.inf, integer=False)
        self.row({**coefficients, size: 1.0}, constant, np.inf, rule)
        return size

    def rules(self) -> tuple[str, ...]:
        """Return the rules of the rows, in order of appearance."""
        return tuple(dict.fromkeys(rule for *_, rule in self.rows))

    def solve(
        self, objective: Coefficients, *, without: Collection[str] = (), gap_share: float = _RELATIVE_GAP
    ) -> FloatArray:
        """Return the variables that minimise ``objective``; rows of the rules ``without`` are left out.

        ``gap_share``: how far from the proven best the answer may stay, as a share of it.
        Raises Infeasible when no assignment keeps the rows.
        """
        cost = np.zeros(len(self.lower))
        for index, value in objective.items():
            cost[index] = value
        kept = [row for row in self.rows if row[3] not in without]
        answer = None
        for presolve in (True, False):
            answer = milp(
                c=cost,
                constraints=self._constraints(kept),
                bounds=Bounds(np.array(self.lower), np.array(self.upper)),
                integrality=np.array(self.integer, dtype=int),
                options={"node_limit": _NODE_LIMIT, "mip_rel_gap": gap_share, "presolve": presolve},
            )
            if answer.x is not None or answer.status == _INFEASIBLE:
                break  # anything else is the solver's own trouble, mostly with its presolve
        if answer is None or answer.x is None:
            if answer is not None and answer.status == _INFEASIBLE:
                raise Infeasible(answer.message)
            raise RuntimeError(f"the solver gave no answer: {answer.message if answer else ''}")
        return np.where(self.integer, np.rint(answer.x), answer.x)

    def _constraints(self, kept: list[tuple[Coefficients, float, float, str]]) -> list[LinearConstraint]:
        if not kept:
            return []
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for number, (coefficients, *_) in enumerate(kept):
            rows.extend([number] * len(coefficients))
            columns.extend(coefficients.keys())
            values.extend(coefficients.values())
        matrix = csr_array((values, (rows, columns)), shape=(len(kept), len(self.lower)))
        low = np.array([row[1] for row in kept])
        high = np.array([row[2] for row in kept])
        return [LinearConstraint(matrix, low, high)]

    def feasible(self, *, without: Collection[str] = ()) -> bool:
        """Return whether any assignment keeps the rows, those of ``without`` left out."""
        try:
            self.solve({}, without=without)
        except Infeasible:
            return False
        return True
