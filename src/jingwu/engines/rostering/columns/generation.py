"""Column generation: the linear relaxation over whole schedules and its bound.

The master's duals (``master``) price schedules, smoothed towards the duals of the best bound (Wentges 1997):
by the dynamic programme (``pricing``), or by looking through those written down (``stock``). Every round
gives the Lagrangian bound Σ duals·need + Σ least reduced cost.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from jingwu.engines.rostering.columns.master import DUAL, PRIMAL, Basis, Master
from jingwu.engines.rostering.columns.programme import INFINITE, Bools, Floats, Ints
from jingwu.engines.rostering.columns.stock import Stock, reduced_costs

ROOT_SMOOTHING = 0.7
"""Share of the best bound's duals at the root; below it duals move so little that it only delays them."""

LEAST_SLACK = 1.0
"""Excess of reduced cost up to which columns always take part, however near the bound is to the cutoff."""


@dataclass
class Generation:
    """Column generation over one master; ``bound`` is the best Lagrangian bound of the members' problem."""

    master: Master
    bound: float = -INFINITE
    value: float = INFINITE
    threads: ThreadPoolExecutor | None = None

    def __post_init__(self) -> None:
        self.centre: Floats | None = None
        self.least = np.full(len(self.master.members), -INFINITE)  # of each member, where the bound was found
        self.rounds = 0
        self.converged = False
        self.closed: Bools | None = None
        self.stock: Stock | None = None

    def close(self, closed: Bools, duals: Floats, slack: float, basis: Basis | None = None) -> None:
        """Turn to the problem in which the cells ``closed`` (people × days × kinds + 1) are not allowed.

        ``duals`` of the rows are where the search for its bound begins; ``slack`` and ``basis``: see
        ``Master.close``.
        """
        self.bound, self.centre, self.closed = -INFINITE, duals, closed
        self.master.close(closed, duals, slack, basis)

    def enumerate(self, limit: float, most: int) -> None:
        """Write down all schedules a roster up to ``limit`` can use, if they are not more than ``most``.

        From then on only they are priced, and the bound holds for rosters up to that limit: it is above the
        limit when there is none. What is written down already is thinned instead.
        """
        if self.centre is None:
            return
        costs, worth = self._costs(self.centre)
        if self.stock is not None:
            self.stock, bound = self.stock.narrowed(costs, worth, limit)
            self.bound = max(self.bound, bound)
        elif self.bound > -INFINITE and self.least.min() > -INFINITE:
            limits = self.least + (limit - self.bound)
            self.stock = Stock.within(self.master.core, self.master.members, costs, limits, most)

    def round_shortage(self, cutoff: float, should_stop: Callable[[], bool]) -> bool:
        """Raise the shortage to the next whole number if the one below leads above ``cutoff``; True if so."""
        master = self.master
        short = master.shortage()
        if short - np.floor(short) < 1e-4 or should_stop():
            return False
        kept, centre, least = self.bound, self.centre, master.least_shortage
        master.bound_shortage(least, float(np.floor(short)))
        self.bound, self.centre = -INFINITE, None
        self.run(should_stop=lambda: self.bound > cutoff or should_stop())
        raised = self.bound > cutoff
        master.bound_shortage(float(np.ceil(short - 1e-9)) if raised else least)
        self.bound, self.centre = kept, centre
        return raised

    def run(
        self,
        *,
        should_stop: Callable[[], bool],
        rounds: int = 10_000,
        gap: float = 1e-6,
        smoothing: float | None = None,
        on_round: Callable[[Generation], None] | None = None,
    ) -> Floats:
        """Price until the relaxation is solved within ``gap`` (share); return the columns' values.

        ``smoothing``: share of the best bound's duals in those priced; without it that of the whole problem,
        or none where cells are closed.
        """
        master = self.master
        self.converged = False
        if smoothing is None:
            smoothing = ROOT_SMOOTHING if self.closed is None else 0.0
        self.value, _, row_duals, values = master.solve(PRIMAL if self.closed is None else DUAL)
        for _ in range(rounds):
            if should_stop():
                break
            self.rounds += 1
            point = (
                row_duals if self.centre is None else smoothing * self.centre + (1 - smoothing) * row_duals
            )
            added = self._price(point)
            if added == 0 and self.centre is not None:
                added = self._price(row_duals)
                if added == 0:
                    added = self._price(row_duals, exact=True)
                if added == 0:
                    self.converged = True
                    break
            self.value, _, row_duals, values = master.solve()
            if on_round:
                on_round(self)
            if self.value - self.bound <= max(1e-6, gap * abs(self.value)):
                self.converged = True
                break
        return values

    def _costs(self, row_duals: Floats) -> tuple[Floats, float]:
        """Return members × days × (kinds + 1) costs of cells under duals, and what these give beside."""
        core, members = self.master.core, self.master.members
        duals, worth = self.master.within_prices(row_duals)
        per_demand = self.master.demand_duals(duals)
        costs = core.dual_costs(members, per_demand)
        if self.closed is not None:
            costs[self.closed[members]] = INFINITE
        return costs, worth

    def _price(self, row_duals: Floats, exact: bool = False) -> int:
        """Price everybody under ``row_duals``; keep the bound; return the columns added."""
        master = self.master
        core = master.core
        costs, worth = self._costs(row_duals)
        cheapest: list[Ints | None]
        if self.stock is not None:
            _, least, at = reduced_costs(costs, self.stock.people, self.stock.schedules)
            cheapest = [self.stock.schedule(row, core.kinds) if row >= 0 else None for row in at.tolist()]
        else:

            def best_of(place: int) -> tuple[float, Ints]:
                return core.pricers[master.members[place]].cheapest(costs[place], exact)

            places = range(len(master.members))
            priced = map(best_of, places) if self.threads is None else self.threads.map(best_of, places)
            cheapest = [schedule if value < INFINITE else None for value, schedule in priced]
            least = np.array([core.pricers[person].bound for person in master.members])
        added = sum(
            schedule is not None and master.add(person, schedule)
            for person, schedule in zip(master.members, cheapest, strict=True)
        )
        bound = worth + float(least.sum())
        if bound > self.bound:
            self.bound, self.least = bound, least
            self.centre = master.within_prices(row_duals)[0]
        return added
