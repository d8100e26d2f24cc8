"""Depth first over cells: fix the surest cells of the relaxation, price anew, turn back at the bound.

A cell is what one person does on one day, a kind or a day off. Closing the other choices of a cell leaves the
columns free to be priced anew, which fixing whole schedules does not: rosters found so lie on the bound or
close above it. Several cells are fixed at once while that goes well; a batch that fails is halved, a single
cell that fails is forbidden instead. After some failures the dive begins again with other cells first.

Source: branching on assignments in branch and price (Barnhart et al. 1998); diving with restarts after
Sadykov et al. (2019).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from jingwu.engines.rostering.columns.generation import LEAST_SLACK, Generation
from jingwu.engines.rostering.columns.programme import Bools, Floats, Ints
from jingwu.engines.rostering.columns.stock import Stock

WHOLE = 1e-6
"""Distance from 0 and 1 below which a cell's value counts as whole."""


BATCH_SHARE = 0.05
"""Share of the split cells fixed at once."""

STOCK_MOST = 50_000
"""Schedules that are written down at most, so that nodes below need no pricing."""

ROUNDS = 30
"""Pricing rounds of one node, unless its solution is whole."""


@dataclass
class _Level:
    """A node on the way down: what is closed there, and the cells fixed below it."""

    closed: Bools
    duals: Floats
    bound: float
    stock: Stock | None = None
    batch: list[tuple[int, int, int]] = field(default_factory=list)

    def below(self, batch: list[tuple[int, int, int]]) -> _Level:
        """Return the node below in which the cells of ``batch`` are fixed."""
        self.batch = batch
        closed = self.closed.copy()
        for person, day, choice in batch:
            kept = closed[person, day, choice]
            closed[person, day] = True
            closed[person, day, choice] = kept
        return _Level(closed, self.duals, self.bound, self.stock)


@dataclass
class Dive:
    """Dives over the cells of one generation; ``cutoff`` is the cost a roster must stay below.

    Costs are whole numbers, so a node whose bound rises above ``cutoff − 1`` is left.
    """

    generation: Generation
    seed: int
    cutoff: float
    noise: float = 0.0
    nodes: int = 0

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        core = self.generation.master.core
        assert self.generation.centre is not None
        self._root = self.generation.centre
        self._open = np.zeros((core.people, core.days, core.kinds + 1), np.bool_)

    def run(
        self,
        *,
        should_stop: Callable[[], bool],
        patience: int,
        on_found: Callable[[Ints], None],
    ) -> bool:
        """Dive until told to stop or ``patience`` nodes failed; True when the whole tree was searched.

        After True no roster costs less than ``cutoff``, which falls to the cost of each one found.
        """
        is_proof = True
        levels = [_Level(self._open, self._root, self.generation.bound)]
        failures = 0
        while levels:
            cells = self._solve(levels[-1], should_stop)
            if should_stop():
                return False
            self.nodes += 1
            if cells is not None:
                batch = self._choose(cells)
                if batch:
                    levels.append(levels[-1].below(batch))
                    continue
                self._found(cells, on_found)
                # A node is done with when its bound says so, not because nothing came of it.
                is_proof &= self.generation.bound > self.cutoff - 1 + WHOLE
            failures += 1
            if failures > patience:
                return False
            self._turn_back(levels)
        return is_proof

    def _solve(self, level: _Level, should_stop: Callable[[], bool]) -> Floats | None:
        """Return the cells of the node's relaxation, None when its bound says to leave it."""
        generation = self.generation
        limit = self.cutoff - 1 + WHOLE
        generation.close(level.closed, level.duals, max(LEAST_SLACK, limit - level.bound))
        generation.stock = level.stock

        def stop() -> bool:
            return generation.bound > limit or should_stop()

        if level.stock is not None:
            generation.enumerate(limit, STOCK_MOST)
            if stop():
                return None
        cells = self._cells(generation.run(should_stop=stop, rounds=ROUNDS))
        if not stop() and not self._split(cells).any():
            # A whole solution ends the node: only now must it be known that nothing below is better.
            cells = self._cells(generation.run(should_stop=stop))
        assert generation.centre is not None
        level.duals, level.bound = generation.centre, max(level.bound, generation.bound)
        if stop():
            return None
        generation.enumerate(limit, STOCK_MOST)
        level.stock = generation.stock
        return cells

    def _found(self, cells: Floats, on_found: Callable[[Ints], None]) -> None:
        value = self.generation.value
        if self.generation.master.missing() > WHOLE or value > self.cutoff - 1 + WHOLE:
            return
        schedules = cells.argmax(axis=2)
        schedules[schedules == cells.shape[2] - 1] = -1
        self.cutoff = value
        on_found(schedules)

    @staticmethod
    def _split(cells: Floats) -> Bools:
        return (cells > WHOLE) & (cells < 1 - WHOLE)

    def _cells(self, values: Floats) -> Floats:
        """Return how much of each cell the relaxation takes: people × days × (kinds + 1), last a day off."""
        master = self.generation.master
        core = master.core
        found = np.zeros(self._open.shape)
        days = np.arange(core.days)
        for index in np.flatnonzero(values > 1e-9).tolist():
            column = master.columns[index]
            found[column.person, days, column.schedule] += values[index]
        return found

    def _choose(self, cells: Floats) -> list[tuple[int, int, int]]:
        """Return the surest cells not yet whole."""
        sure = np.where(self._split(cells), cells + self.noise * self.random.random(cells.shape), 0.0)
        most = sure.max(axis=2)
        number = int((most > 0).sum())
        if not number:
            return []
        size = max(1, int(number * BATCH_SHARE))
        order = np.argsort(-most, axis=None)[:size]
        days = cells.shape[1]
        places = [divmod(place, days) for place in order.tolist()]
        return [(person, day, int(sure[person, day].argmax())) for person, day in places]

    def _turn_back(self, levels: list[_Level]) -> None:
        """Leave the last node: halve the batch that led there, or forbid its only cell."""
        levels.pop()
        if not levels:
            return
        above = levels[-1]
        batch = above.batch
        if len(batch) > 1:
            levels.append(above.below(batch[: len(batch) // 2]))
            return
        person, day, choice = batch[0]
        above.closed = above.closed.copy()
        above.closed[person, day, choice] = True
        above.batch = []
