"""Best first over whole heads: how many are missing or too many at each need, before who works when.

The relaxation leaves half a place open on one day and half on the next. Those numbers are variables of the
master, so branching on them leaves pricing as it is; few of them are split at a time, and each that is
settled lifts the bound. A leaf has whole heads throughout: dives begin there with less left to decide.

Source: strong branching (Applegate et al. 1995), on variables of the master (Vanderbeck & Wolsey 2010).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from jingwu.engines.rostering.columns.generation import LEAST_SLACK, Generation
from jingwu.engines.rostering.columns.master import Basis
from jingwu.engines.rostering.columns.programme import Floats

CANDIDATES = 6
"""Split numbers of which both sides are solved before one is chosen."""

STOCK_MOST = 300_000
"""Schedules that are written down at most for the whole tree, so that its nodes need no pricing."""

WHOLE = 1e-5
"""Distance from a whole number below which heads count as whole."""


@dataclass(order=True)
class HeadNode:
    """Bounds on the heads below and above each need, the node's bound, and where its relaxation ended."""

    bound: float
    number: int
    least: Floats = field(compare=False)
    most: Floats = field(compare=False)
    duals: Floats = field(compare=False)
    heads: Floats = field(compare=False)
    basis: Basis = field(compare=False)

    def split(self) -> list[int]:
        """Return the places of numbers that are not whole, those nearest to a half first."""
        away = np.abs(self.heads - np.round(self.heads))
        return [int(place) for place in np.argsort(-away, kind="stable") if away[place] > WHOLE]

    def sides(self, place: int) -> Iterator[tuple[Floats, Floats]]:
        """Yield the bounds of both nodes below: the number at most its floor, or at least its ceiling."""
        below = self.most.copy()
        below[place] = math.floor(self.heads[place])
        yield self.least, below
        above = self.least.copy()
        above[place] = math.ceil(self.heads[place])
        yield above, self.most


class HeadTree:
    """The tree over one generation, which it has to itself; bounds are those of rosters less the constant.

    ``leaves`` are those nodes met whose heads are whole.
    """

    def __init__(self, generation: Generation, duals: Floats) -> None:
        """Begin at the root; ``duals`` of the rows are where its relaxation ended."""
        master = generation.master
        self.generation = generation
        self.leaves: list[HeadNode] = []
        self._numbers = 0
        self._left = math.inf
        self._open: list[HeadNode] = []
        self._root, self._written_for = -math.inf, math.inf
        self._least_costs = generation.least
        core = master.core
        self._nothing = np.zeros((core.people, core.days, core.kinds + 1), np.bool_)
        self._begin = (master.least_heads, master.most_heads, duals)

    @property
    def bound(self) -> float:
        """Return the least bound of all nodes that were left, are open, or are leaves."""
        if self._numbers == 0:
            return -math.inf
        return min(
            self._open[0].bound if self._open else math.inf,
            min((leaf.bound for leaf in self.leaves), default=math.inf),
            self._left,
        )

    def run(self, *, limit: Callable[[], float], should_stop: Callable[[], bool]) -> None:
        """Open nodes, best first, until none is left at or below ``limit`` or told to stop."""
        if self._numbers == 0:
            least, most, duals = self._begin
            root = self._solve(least, most, duals, limit, should_stop)
            if root is None:
                return
            self._begin, self._root = (least, most, root.duals), root.bound
            self._least_costs = self.generation.least
            self._keep(root, limit())
        self._write_down(limit())
        while self._open and not should_stop():
            if self._open[0].bound > limit():
                return
            node = heapq.heappop(self._open)
            below = self._branch(node, limit, should_stop)
            if below is None:
                heapq.heappush(self._open, node)
                return
            for kid in below:
                self._keep(kid, limit())

    def _write_down(self, limit: float) -> None:
        """Write down the schedules that a roster up to ``limit`` can use, or thin those of the last time."""
        if limit >= self._written_for:
            return
        self._written_for = limit
        least, most, duals = self._begin
        generation = self.generation
        generation.master.bound_heads(least, most)
        generation.bound, generation.centre, generation.least = self._root, duals, self._least_costs
        generation.enumerate(limit, STOCK_MOST)

    def _keep(self, node: HeadNode, limit: float) -> None:
        if node.bound > limit:
            # it says that no roster up to the limit is here, and of dearer ones nothing
            self._left = min(self._left, node.bound, limit + 1 - WHOLE)
        elif node.split():
            heapq.heappush(self._open, node)
        else:
            self.leaves.append(node)

    def _branch(
        self, node: HeadNode, limit: Callable[[], float], should_stop: Callable[[], bool]
    ) -> list[HeadNode] | None:
        """Return the two nodes below by the number that lifts the lesser bound most; None when stopped."""
        best: list[HeadNode] = []
        # Columns far from the node's solution would make every relaxation below slow.
        slack = max(LEAST_SLACK, limit() - node.bound)
        self.generation.close(self._nothing, node.duals, slack, node.basis)
        # Each node below begins where this one ended, not where its sibling did.
        for place in node.split()[:CANDIDATES]:
            pair = []
            for least, most in node.sides(place):
                self.generation.master.begin_from(node.basis)
                kid = self._solve(least, most, node.duals, limit, should_stop)
                if kid is None:
                    return None
                kid.bound = max(kid.bound, node.bound)
                pair.append(kid)
            pair.sort()
            if not best or (pair[0].bound, pair[1].bound) > (best[0].bound, best[1].bound):
                best = pair
            if best[0].bound > limit():
                break
        return best

    def _solve(
        self,
        least: Floats,
        most: Floats,
        duals: Floats,
        limit: Callable[[], float],
        should_stop: Callable[[], bool],
    ) -> HeadNode | None:
        generation = self.generation
        generation.master.bound_heads(least, most)
        generation.bound, generation.centre = -math.inf, duals
        generation.run(should_stop=lambda: generation.bound > limit() or should_stop())
        if should_stop():
            return None
        assert generation.centre is not None
        self._numbers += 1
        master = generation.master
        return HeadNode(
            generation.bound, self._numbers, least, most, generation.centre, master.heads(), master.basis()
        )
