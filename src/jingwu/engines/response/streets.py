"""Shortest ways over street lines: lines in, a matrix between places out.

Two-way streets; turn bans and one-way streets are not known. A place joins the nearest point of the nearest
street, and the way along that piece is shared out to its two ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

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
        cls,
        lines: Sequence[FloatArray],
        costs: Sequence[float] | None = None,
        *,
        joined_at: Literal["ends", "points"] = "ends",
        tolerance: float = 1.0,
    ) -> StreetNetwork:
        """Build the network from polylines, each of shape (points, 2), and the cost of travelling each whole.

        ``costs``: None = the length in map units. ``joined_at``: whether streets meet where their ends meet
        (a bridge may pass over a point within another line) or wherever they have a point in common.
        ``tolerance``: points nearer than about this, in map units, are one node.
        Raises: BadInput when no line has two different points, or a number is not finite or a cost below 0.
        """
        if costs is not None and len(lines) != len(costs):
            raise ValueError("costs needs one entry per line")
        numbers: dict[tuple[int, ...], int] = {}
        points: list[FloatArray] = []
        ends: list[tuple[int, int]] = []
        pieces: list[float] = []
        for index, line in enumerate(lines):
            lengths = np.hypot(*np.diff(line, axis=0).T)
            total = float(lengths.sum())
            whole = total if costs is None else costs[index]
            if not (np.isfinite(total) and np.isfinite(whole) and whole >= 0):
                raise BadInput(
                    "response.street_bad",
                    f"第 {index} 条道路的坐标或行程无效。",
                    f"Street {index} has a coordinate or a cost that is not a number.",
                )
            if total == 0:
                continue
            at = []
            for position, point in enumerate(line):
                meets = joined_at == "points" or position in (0, len(line) - 1)
                rounded = tuple(int(v) for v in np.rint(point / tolerance))
                key = rounded if meets else (index, position, 0)
                if key not in numbers:
                    numbers[key] = len(points)
                    points.append(point)
                at.append(numbers[key])
            ends.extend(pairwise(at))
            pieces.extend(lengths / total * whole)
        if not pieces:
            raise BadInput("response.no_streets", "没有任何可用的道路线。", "There is no usable street line.")
        pairs = np.array(ends, dtype=np.int64)
        return cls(np.array(points), pairs[:, 0], pairs[:, 1], np.array(pieces))

    def ways(
        self, origins: FloatArray, targets: FloatArray, *, walk_cost: float = 0.0, detached: bool = False
    ) -> FloatArray:
        """Return the least cost between places, shape (origins, targets); infinity = no way.

        ``origins``, ``targets``: shape (n, 2), map units. ``walk_cost``: of one map unit of the straight step
        between a place and its street. ``detached``: places may join a street off the largest connected part.
        """
        graph = self._graph()
        allowed = np.arange(len(self.cost))
        if not detached:
            _, part = csgraph.connected_components(graph, directed=False)
            allowed = np.flatnonzero(part[self.one] == np.bincount(part).argmax())
        start, start_share, before = self._joined(origins, allowed)
        end, end_share, after = self._joined(targets, allowed)
        first = np.unique(np.r_[self.one[start], self.other[start]])
        between = csgraph.dijkstra(graph, directed=False, indices=first)
        best = np.full((len(start), len(end)), np.inf)
        for leaves, out in ((self.one, start_share), (self.other, 1.0 - start_share)):
            row = between[np.searchsorted(first, leaves[start])]
            for comes, last in ((self.one, end_share), (self.other, 1.0 - end_share)):
                way = (out * self.cost[start])[:, None] + row[:, comes[end]] + last * self.cost[end]
                best = np.minimum(best, way)
        along = np.abs(start_share[:, None] - end_share) * self.cost[end]
        best = np.where(start[:, None] == end, np.minimum(best, along), best)
        return np.asarray(best + walk_cost * (before[:, None] + after))

    def _joined(self, places: FloatArray, allowed: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return each place's piece among ``allowed``, the share of it before the place, and how far off."""
        start = self.nodes[self.one[allowed]]
        along = self.nodes[self.other[allowed]] - start
        square = np.maximum((along**2).sum(axis=1), 1e-30)
        piece = np.zeros(len(places), dtype=np.int64)
        share, away = np.zeros(len(places)), np.zeros(len(places))
        for number, place in enumerate(places):
            part = np.clip(((place - start) * along).sum(axis=1) / square, 0.0, 1.0)
            off = ((start + part[:, None] * along - place) ** 2).sum(axis=1)
            nearest = int(off.argmin())
            piece[number], share[number] = allowed[nearest], part[nearest]
            away[number] = np.sqrt(off[nearest])
        return piece, share, away

    def _graph(self) -> sparse.csr_matrix:
        """Return the network as a sparse graph; of parallel pieces the shortest counts."""
        low, high = np.minimum(self.one, self.other), np.maximum(self.one, self.other)
        order = np.lexsort((self.cost, high, low))
        low, high, cost = low[order], high[order], np.maximum(self.cost[order], _NOTHING)
        first = np.r_[True, (np.diff(low) != 0) | (np.diff(high) != 0)] & (low != high)
        size = len(self.nodes)
        return sparse.csr_matrix((cost[first], (low[first], high[first])), shape=(size, size))
