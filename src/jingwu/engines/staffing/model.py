"""A small integer model whose rows carry the name of their rule, solved by HiGHS one objective after
another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from jingwu.engines.staffing.facts import FloatArray
from jingwu.numerics.highs import quiet_highs

_NODE_LIMIT = 40  # branches, not seconds: the same input must give the same answer
_RELATIVE_GAP = 1e-4

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
        self,
        objective: Coefficients,
        *,
        without: Collection[str] = (),
        gap_share: float = _RELATIVE_GAP,
        start: FloatArray | None = None,
    ) -> FloatArray:
        """Return the variables that minimise ``objective``; rows of the rules ``without`` are left out.

        ``gap_share``: how far from the proven best the answer may stay, as a share of it; ``start``: values
        that keep all rows (later variables may be missing), from which the search sets out.
        Raises Infeasible when no assignment keeps the rows.
        """
        solver = self._run(objective, without, gap_share, None)
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        if solver.getInfo().primal_solution_status != feasible and start is not None and len(start):
            # Only then: set out from a known point, the solver was seen to stop short of the optimum.
            solver = self._run(objective, without, gap_share, start)
        if solver.getInfo().primal_solution_status != feasible:
            raise RuntimeError(f"the solver gave no answer: {solver.getModelStatus()}")
        values = np.array(solver.getSolution().col_value)
        return np.where(self.integer, np.rint(values), values)

    def _run(
        self, objective: Coefficients, without: Collection[str], gap_share: float, start: FloatArray | None
    ) -> Any:
        solver = self._solver([row for row in self.rows if row[3] not in without], gap_share)
        for index, value in objective.items():
            solver.changeColCost(index, value)
        if start is not None:
            known = highspy.HighsSolution()
            # Variables added since the start stand at 0: the solver completes them.
            known.col_value = [*start.tolist(), *[0.0] * (len(self.lower) - len(start))]
            solver.setSolution(known)
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            raise Infeasible(solver.modelStatusToString(status))
        return solver

    def _solver(self, kept: list[tuple[Coefficients, float, float, str]], gap_share: float) -> Any:
        """Return HiGHS with the variables and the ``kept`` rows, no objective yet."""
        solver: Any = quiet_highs()
        for option, value in {
            "threads": 1,
            "random_seed": 1,
            "mip_rel_gap": gap_share,
            "mip_max_nodes": _NODE_LIMIT,
        }.items():
            solver.setOptionValue(option, value)
        columns = len(self.lower)
        solver.addVars(columns, np.array(self.lower), np.array(self.upper))
        whole = np.flatnonzero(self.integer).astype(np.int32)
        kinds = np.full(len(whole), int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        if len(whole):
            solver.changeColsIntegrality(len(whole), whole, kinds)
        starts: list[int] = []
        indices: list[int] = []
        values: list[float] = []
        for coefficients, *_ in kept:
            starts.append(len(indices))
            indices.extend(coefficients.keys())
            values.extend(coefficients.values())
        solver.addRows(
            len(kept),
            np.array([row[1] for row in kept], dtype=np.float64),
            np.array([row[2] for row in kept], dtype=np.float64),
            len(indices),
            np.array(starts, dtype=np.int32),
            np.array(indices, dtype=np.int32),
            np.array(values, dtype=np.float64),
        )
        return solver

    def feasible(self, *, without: Collection[str] = ()) -> bool:
        """Return whether any assignment keeps the rows, those of ``without`` left out."""
        try:
            self.solve({}, without=without)
        except Infeasible:
            return False
        return True
