"""Coverage models as one shape: criteria that count how many crews cover a client, and their exact programs.

Every model here maximises Σ_k a_k · min(T_k, target_k), where T_k = Σ_i w_ki g_k(crews within reach_k of i)
and g_k is a table (MCLP: 0, 1; twice: 0, 0, 1; MEXCLP: 1 − q^m). A target is a hard condition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray
from jingwu.engines.response.siting.solver import MixedProgram


@dataclass(frozen=True, eq=False)
class Criterion:
    """One way of counting coverage.

    ``within``: shape (clients, sites). ``weight``: shape (clients,). ``gains``: value of 0, 1, 2 … covering
    crews, starting at 0 and never falling; more crews than the table knows count as its last entry.
    ``target``: the total that must be reached; None = the more the better.
    """

    within: BoolArray
    weight: FloatArray
    gains: tuple[float, ...]
    target: float | None = None

    def __post_init__(self) -> None:
        if self.gains[0] != 0.0 or any(b < a for a, b in zip(self.gains, self.gains[1:], strict=False)):
            raise ValueError("gains start at 0 and never fall")

    @property
    def concave(self) -> bool:
        """Return whether each further crew is worth no more than the one before."""
        steps = np.diff(self.gains)
        return bool(np.all(np.diff(steps) <= 1e-12))

    def total(self, units: IntArray) -> float:
        """Return T for ``units`` crews per site."""
        counts = np.minimum(self.within @ units, len(self.gains) - 1)
        return float(np.array(self.gains)[counts] @ self.weight)


@dataclass(frozen=True, eq=False)
class CoverModel:
    """Criteria, how many crews there are, and how many must and may stand at each site."""

    criteria: tuple[Criterion, ...]
    units: int
    least: IntArray
    most: IntArray

    def importance(self) -> FloatArray:
        """Return a_k: 1 for the objective; for targets so much that missing one by the least never pays."""
        goal = sum(float(c.weight.sum()) * c.gains[-1] for c in self.criteria if c.target is None)
        factors = []
        for criterion in self.criteria:
            if criterion.target is None:
                factors.append(1.0)
            else:
                smallest = criterion.weight[criterion.weight > 0].min()
                factors.append((goal + 1.0) / float(smallest))
        return np.array(factors)

    def targets(self) -> FloatArray:
        """Return target_k, infinite where there is none."""
        return np.array([np.inf if c.target is None else c.target for c in self.criteria])

    def objective(self, units: IntArray) -> float:
        """Return the total of the criteria without a target."""
        return sum(c.total(units) for c in self.criteria if c.target is None)

    def is_feasible(self, units: IntArray) -> bool:
        """Return whether every target is met."""
        return all(
            c.target is None or c.total(units) >= c.target - 1e-9 * (1 + c.target) for c in self.criteria
        )

    def whole_objective(self) -> bool:
        """Return whether the objective of every choice is a whole number."""
        return all(
            bool(np.all(c.weight == np.rint(c.weight))) and all(float(g).is_integer() for g in c.gains)
            for c in self.criteria
            if c.target is None
        )


def cover_program(model: CoverModel) -> MixedProgram:
    """Return the exact program: columns x_j (crews at site j), then y_kil (client i has at least l crews).

    Σ_l y_kil ≤ Σ_{j within reach} x_j; y_{k,i,l+1} ≤ y_kil and y whole only where the table is not concave (a
    concave one fills its levels in order by itself).
    """
    sites = model.least.size
    blocks: list[sparse.csr_matrix] = []
    cost, whole, targets = [np.zeros(sites)], [np.ones(sites, bool)], []
    at = sites
    pieces: list[tuple[int, Criterion, int, int]] = []
    for criterion in model.criteria:
        clients, levels = criterion.weight.size, len(criterion.gains) - 1
        steps = np.repeat(np.diff(criterion.gains), clients) * np.tile(criterion.weight, levels)
        pieces.append((at, criterion, clients, levels))
        cost.append(steps if criterion.target is None else np.zeros(steps.size))
        if criterion.target is not None:
            targets.append((at, steps, criterion.target))
        whole.append(np.full(steps.size, not criterion.concave))
        at += steps.size
    high: list[FloatArray] = []
    low: list[FloatArray] = []
    for first, criterion, clients, levels in pieces:
        reach = sparse.csr_matrix(criterion.within)
        counted = sparse.hstack([sparse.identity(clients)] * levels)
        blocks.append(_row(((0, -reach.astype(np.float64)), (first, counted)), clients, at))
        high.append(np.zeros(clients))
        low.append(np.full(clients, -np.inf))
        if not criterion.concave and levels > 1:
            size = clients * (levels - 1)
            one = sparse.identity(size)
            blocks.append(_row(((first, -one),), size, at) + _row(((first + clients, one),), size, at))
            high.append(np.zeros(size))
            low.append(np.full(size, -np.inf))
    for first, steps, target in targets:
        columns = np.arange(first, first + steps.size)
        blocks.append(sparse.csr_matrix((steps, (np.zeros(steps.size, int), columns)), shape=(1, at)))
        low.append(np.array([target - 1e-9 * (1 + target)]))
        high.append(np.array([np.inf]))
    blocks.append(
        sparse.csr_matrix((np.ones(sites), (np.zeros(sites, int), np.arange(sites))), shape=(1, at))
    )
    low.append(np.array([float(model.units)]))
    high.append(np.array([float(model.units)]))
    upper, lower = np.ones(at), np.zeros(at)
    upper[:sites], lower[:sites] = model.most, model.least
    return MixedProgram(
        np.concatenate(cost), upper, np.concatenate(whole), sparse.vstack(blocks).tocsr(),
        np.concatenate(low), np.concatenate(high), lower=lower, maximise=True,
        whole_objective=model.whole_objective(),
    )  # fmt: skip


def _row(parts: tuple[tuple[int, sparse.spmatrix], ...], height: int, columns: int) -> sparse.csr_matrix:
    """Return a row of blocks, each from its first column on, zero elsewhere."""
    blocks, at = [], 0
    for first, block in parts:
        blocks += [sparse.csr_matrix((height, first - at)), block] if first > at else [block]
        at = first + block.shape[1]
    if at < columns:
        blocks.append(sparse.csr_matrix((height, columns - at)))
    return sparse.hstack(blocks).tocsr()


def program_point(model: CoverModel, units: IntArray) -> FloatArray:
    """Return the columns of :func:`cover_program` that belong to ``units`` crews per site."""
    columns: list[FloatArray] = [units.astype(np.float64)]
    for criterion in model.criteria:
        counts = criterion.within @ units
        columns.extend((counts >= level).astype(np.float64) for level in range(1, len(criterion.gains)))
    return np.concatenate(columns)
