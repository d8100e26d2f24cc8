"""Shortest ways along streets, from polylines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from jingwu.engines.response.arrays import HOURS_PER_WEEK, FloatArray, IntArray
from jingwu.engines.response.facts import TravelModel
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """Streets as a graph. ``places``: shape (nodes, 2), metres; ``lengths``: CSR, metres between neighbours.

    ``component``: shape (nodes,), number of the connected part each node belongs to, 0 = the largest.
    """

    places: FloatArray
    lengths: csr_array
    component: IntArray

    @staticmethod
    def from_polylines(lines: Sequence[FloatArray], *, join_metres: float = 1.0) -> StreetNetwork:
        """Build the graph of two-way streets whose points, within ``join_metres``, meet.

        ``lines``: arrays of shape (points, 2) in metres of a projected system. Streets join only at their
        points, so a bridge drawn without a point does not touch the road beneath it.
        Raises: BadInput when no line has two different points.
        """
        points = [np.asarray(line, dtype=np.float64) for line in lines if len(line) >= 2]
        if not points:
            raise BadInput("response.no_streets", "没有任何可用的道路线。", "There is no usable street line.")
        everything = np.concatenate(points)
        grid = np.round(everything / join_metres).astype(np.int64)
        _, first, node = np.unique(
            grid,
            axis=0,
            return_index=True,
            return_inverse=True,
        )
        node = node.reshape(-1)
        ends = np.cumsum([len(line) for line in points]) - 1
        inside = np.ones(len(everything), dtype=np.bool_)
        inside[ends] = False
        here = np.flatnonzero(inside)
        metres = np.linalg.norm(everything[here + 1] - everything[here], axis=1)
        a, b = node[here], node[here + 1]
        pair = np.sort(np.stack([a, b], axis=1), axis=1)
        keep = a != b
        # Two streets between the same points: the shorter one counts, not their sum.
        order = np.lexsort((metres[keep], pair[keep][:, 1], pair[keep][:, 0]))
        sorted_pairs, sorted_metres = pair[keep][order], metres[keep][order]
        if not len(sorted_pairs):
            raise BadInput("response.no_streets", "没有任何可用的道路线。", "There is no usable street line.")
        new = np.concatenate(([True], np.any(np.diff(sorted_pairs, axis=0) != 0, axis=1)))
        (u, v), weight = sorted_pairs[new].T, sorted_metres[new]
        size = len(first)
        ways = np.concatenate([weight, weight]), (np.concatenate([u, v]), np.concatenate([v, u]))
        lengths = csr_array(ways, shape=(size, size))
        _, label = connected_components(lengths, directed=False)
        rank = np.empty(label.max() + 1, dtype=np.int64)
        rank[np.argsort(-np.bincount(label), kind="stable")] = np.arange(label.max() + 1)
        return StreetNetwork(everything[first], lengths, rank[label])

    def nearest(self, points: FloatArray, *, whole: bool = False) -> tuple[IntArray, FloatArray]:
        """Return the nearest node of each point and the metres to it.

        With ``whole`` only nodes of the largest connected part are considered.
        """
        allowed = np.flatnonzero(self.component == 0) if whole else np.arange(len(self.places))
        metres, index = cKDTree(self.places[allowed]).query(np.asarray(points, dtype=np.float64))
        return allowed[index], np.asarray(metres)

    def metres(self, origins: FloatArray, targets: FloatArray, *, whole: bool = True) -> FloatArray:
        """Return street distances in metres, shape (origins, targets); infinity = no way.

        Includes the straight step from each point to its nearest node and back.
        """
        start, before = self.nearest(origins, whole=whole)
        end, after = self.nearest(targets, whole=whole)
        unique, inverse = np.unique(start, return_inverse=True)
        along = dijkstra(self.lengths, directed=False, indices=unique)[inverse.reshape(-1)][:, end]
        return np.asarray(before[:, None] + along + after[None, :])


def travel_by_streets(
    posts: tuple[str, ...],
    areas: tuple[str, ...],
    network: StreetNetwork,
    post_places: FloatArray,
    area_places: FloatArray,
    *,
    speed_km_per_hour: float,
    speed_factor: FloatArray | None = None,
) -> TravelModel:
    """Return travel along the streets at one speed; ``…_places``: shape (n, 2), metres, as the network's."""
    minutes = network.metres(post_places, area_places) / 1000.0 / speed_km_per_hour * 60.0
    factor = np.ones(HOURS_PER_WEEK) if speed_factor is None else speed_factor
    return TravelModel(posts, areas, minutes, factor)
