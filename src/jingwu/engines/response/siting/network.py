"""Shortest ways over street centre-lines: lines in, a matrix between places out.

Streets meet where their ends meet (a bridge does not touch the road below it). A place joins the nearest
point of the nearest street of the largest connected part; the way along it is shared out to its two ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from jingwu.engines.response.arrays import FloatArray, IntArray, frozen
from jingwu.terms.refusal import BadInput

_NOTHING = 1e-9
"""Stands for a way of length 0, which a sparse graph cannot hold."""


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """Straight pieces of street between numbered nodes.

    ``nodes``: shape (nodes, 2), map units. ``one``, ``other``: shape (pieces,), the node at each end.
    ``cost``: shape (pieces,), minutes or length of each piece, travelled both ways.
    """

    nodes: FloatArray
    one: IntArray
    other: IntArray
    cost: FloatArray

    def __post_init__(self) -> None:
        frozen(self, "nodes", np.float64, (len(self.nodes), 2))
        for name, kind in (("one", np.int64), ("other", np.int64), ("cost", np.float64)):
            frozen(self, name, kind, (len(self.cost),))

    @classmethod
    def from_lines(
        cls, lines: Sequence[FloatArray], costs: Sequence[float], *, tolerance: float = 1.0
    ) -> StreetNetwork:
        """Build the network from polylines, each of shape (points, 2), and the cost of travelling each whole.

        ``tolerance``: ends nearer than about this, in map units, are one node.
        Raises: BadInput when there is no line, or a cost or a coordinate is not a number ≥ 0.
        """
        if not len(lines):
            raise BadInput("siting.no_streets", "没有任何道路。", "There are no streets.")
        if len(lines) != len(costs):
            raise ValueError("costs needs one entry per line")
        numbers: dict[tuple[int, ...], int] = {}
        points: list[FloatArray] = []
        ends: list[tuple[int, int]] = []
        pieces: list[float] = []
        for index, (line, whole) in enumerate(zip(lines, costs, strict=True)):
            if not (np.isfinite(line).all() and np.isfinite(whole) and whole >= 0):
                raise BadInput(
                    "siting.street_bad",
                    f"第 {index} 条道路的坐标或行程无效。",
                    f"Street {index} has a coordinate or a cost that is not a number.",
                )
            lengths = np.hypot(*np.diff(line, axis=0).T)
            total = float(lengths.sum())
            if total == 0:
                continue
            at = [-1] * len(line)
            for position in range(len(line)):
                is_end = position in (0, len(line) - 1)
                key = (
                    tuple(int(v) for v in np.rint(line[position] / tolerance))
                    if is_end
                    else (index, position, 0)
                )
                if key not in numbers:
                    numbers[key] = len(points)
                    points.append(line[position])
                at[position] = numbers[key]
            ends.extend(pairwise(at))
            pieces.extend(lengths / total * whole)
        pairs = np.array(ends, dtype=np.int64)
        return cls(np.array(points), pairs[:, 0], pairs[:, 1], np.array(pieces))

    def travel_between(self, places: FloatArray) -> FloatArray:
        """Return the least cost between all places, shape (places, places).

        ``places``: shape (places, 2), map units. The walk from a place to its street is not counted.
        """
        count, nodes = len(places), len(self.nodes)
        graph = self._graph()
        _, part = csgraph.connected_components(graph, directed=False)
        main = part[self.one] == np.bincount(part).argmax()
        pieces = np.flatnonzero(main)
        start = self.nodes[self.one[pieces]]
        along = self.nodes[self.other[pieces]] - start
        square = np.maximum((along**2).sum(axis=1), 1e-30)
        rows, columns, values = [], [], []
        for number, place in enumerate(places):
            share = np.clip(((place - start) * along).sum(axis=1) / square, 0.0, 1.0)
            away = ((start + share[:, None] * along - place) ** 2).sum(axis=1)
            nearest = int(away.argmin())
            piece, t = pieces[nearest], float(share[nearest])
            rows += [nodes + number, nodes + number]
            columns += [self.one[piece], self.other[piece]]
            values += [t * self.cost[piece] + _NOTHING, (1 - t) * self.cost[piece] + _NOTHING]
        edges = graph.tocoo()
        joined = sparse.csr_matrix(
            (np.r_[edges.data, values], (np.r_[edges.row, rows], np.r_[edges.col, columns])),
            shape=(nodes + count, nodes + count),
        )
        ways = csgraph.dijkstra(joined, directed=False, indices=np.arange(nodes, nodes + count))[:, nodes:]
        np.fill_diagonal(ways, 0.0)
        return np.asarray(ways)

    def _graph(self) -> sparse.csr_matrix:
        """Return the network as a sparse graph; of parallel pieces the shortest counts."""
        low, high = np.minimum(self.one, self.other), np.maximum(self.one, self.other)
        order = np.lexsort((self.cost, high, low))
        low, high, cost = low[order], high[order], np.maximum(self.cost[order], _NOTHING)
        first = np.r_[True, (np.diff(low) != 0) | (np.diff(high) != 0)] & (low != high)
        size = len(self.nodes)
        return sparse.csr_matrix((cost[first], (low[first], high[first])), shape=(size, size))
