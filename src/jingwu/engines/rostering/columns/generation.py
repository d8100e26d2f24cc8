"""Column generation: the linear relaxation over whole schedules, its bound, and integer rosters from it.

Master: one schedule for each person, cover rows with priced slack. Pricing: ``pricing.Pricer`` under the
master's duals, smoothed towards the duals of the best bound (Wentges 1997). Every pricing round gives the
Lagrangian bound Σ duals·need + Σ least reduced cost.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import highspy
import numpy as np

from jingwu.engines.rostering.columns.core import Core
from jingwu.engines.rostering.columns.pricing import INFINITE, Floats, Ints

SURE = 0.999
"""Value of a column in the relaxation from which the dive takes it for decided."""


@dataclass(frozen=True)
class CoverRow:
    """One row of the master: demand index, need, price of each head below and above the need."""

    demand: int
    need: int
    under: float
    over: float


@dataclass(frozen=True)
class Column:
    """One schedule of one person with its own cost and the demands it feeds."""

    person: int
    schedule: Ints
    cost: float
    feeds: Ints


def cover_rows(core: Core) -> list[CoverRow]:
    """Return the master's rows: bounds of a demand that lie on the same need share one."""
    rows = []
    for index, item in enumerate(core.demand):
        prices: dict[int, list[float]] = {}
        for need, under, over in (
            (item.minimum, item.weight_minimum, 0),
            (item.preferred, item.weight_preferred, 0),
            (item.maximum, 0, item.weight_over),
        ):
            held = prices.setdefault(need, [0.0, 0.0])
            held[0] += under
            held[1] += over
        rows += [CoverRow(index, need, u, o) for need, (u, o) in prices.items() if u or o]
    return rows


@dataclass
class Master:
    """The restricted master problem over the people ``members``; ``fixed_cover`` is what others give."""

    core: Core
    members: list[int]
    fixed_cover: Ints
    columns: list[Column] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = cover_rows(self.core)
        self._row_of_demand: dict[int, list[int]] = {}
        for place, row in enumerate(self.rows):
            self._row_of_demand.setdefault(row.demand, []).append(place)
        self.place = {person: index for index, person in enumerate(self.members)}
        self.need = np.array([row.need - self.fixed_cover[row.demand] for row in self.rows], np.float64)
        self.under = np.array([row.under for row in self.rows])
        self.over = np.array([row.over for row in self.rows])
        self._known: set[tuple[int, bytes]] = set()
        self.fixed: dict[int, int] = {}
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.silent()
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("presolve", "off")
        # New columns leave the basis primal feasible.
        highs.setOptionValue("simplex_strategy", 4)
        self._empty = np.array([], np.int32)
        for _ in self.members:
            highs.addRow(1.0, 1.0, 0, self._empty, self._empty.astype(np.float64))
        for need in self.need:
            highs.addRow(need, need, 0, self._empty, self._empty.astype(np.float64))
        base = len(self.members)
        for place, row in enumerate(self.rows):
            where = np.array([base + place], np.int32)
            highs.addCol(row.under, 0.0, highspy.kHighsInf, 1, where, np.array([1.0]))
            highs.addCol(row.over, 0.0, highspy.kHighsInf, 1, where, np.array([-1.0]))
        # A person without a column yet: too dear to stay, cheap enough to keep numbers tame.
        self._missing_cost = 10.0 * float(max(1.0, self.under.max(initial=1.0))) * self.core.days
        for person in range(len(self.members)):
            highs.addCol(
                self._missing_cost, 0.0, highspy.kHighsInf, 1, np.array([person], np.int32), np.array([1.0])
            )
        self._first_column = 2 * len(self.rows) + len(self.members)
        self.highs = highs

    def add(self, person: int, schedule: Ints) -> bool:
        """Add a schedule; False when the master has it already."""
        key = (person, schedule.astype(np.int16).tobytes())
        if key in self._known:
            return False
        self._known.add(key)
        core = self.core
        fed = core.cover_of(person, schedule)
        feeds = np.flatnonzero(fed)
        column = Column(person, schedule.copy(), core.own_cost(person, schedule), feeds)
        base = len(self.members)
        where = [self.place[person]]
        for demand in feeds:
            where += [base + place for place in self._row_of_demand.get(int(demand), ())]
        self.highs.addCol(
            column.cost, 0.0, 1.0e30, len(where), np.array(where, np.int32), np.ones(len(where))
        )
        self.columns.append(column)
        return True

    def fix(self, index: int) -> None:
        """Force a column into every solution from now on."""
        self.highs.changeColBounds(self._first_column + index, 1.0, 1.0)

    def solve(self) -> tuple[float, Floats, Floats, Floats]:
        """Solve the relaxation; return its value, the duals of people and of rows, and the column values."""
        self.highs.run()
        answer = self.highs.getSolution()
        duals = np.asarray(answer.row_dual, np.float64)
        values = np.asarray(answer.col_value, np.float64)[self._first_column :]
        members = len(self.members)
        return self.highs.getInfo().objective_function_value, duals[:members], duals[members:], values

    def demand_duals(self, row_duals: Floats) -> Floats:
        """Return the duals summed over the rows of each demand."""
        found = np.zeros(self.core.rows)
        for place, row in enumerate(self.rows):
            found[row.demand] += row_duals[place]
        return found


@dataclass
class Generation:
    """Column generation over one master; ``bound`` is the best Lagrangian bound of the members' problem."""

    master: Master
    bound: float = -INFINITE
    value: float = INFINITE
    threads: ThreadPoolExecutor | None = None

    def __post_init__(self) -> None:
        self.centre: Floats | None = None
        self.rounds = 0
        self.duals: Floats | None = None

    def restart(self) -> None:
        """Forget bound and centre: the problem has become another one."""
        self.bound, self.centre = -INFINITE, None

    def run(
        self,
        *,
        should_stop: Callable[[], bool],
        rounds: int = 10_000,
        gap: float = 1e-6,
        smoothing: float = 0.7,
        on_round: Callable[[Generation], None] | None = None,
    ) -> Floats:
        """Price until the relaxation is solved within ``gap`` (share); return the columns' values."""
        master = self.master
        value, _, row_duals, values = master.solve()
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
                    break
            value, _, row_duals, values = master.solve()
            self.value = value
            if on_round:
                on_round(self)
            if value - self.bound <= max(1e-6, gap * abs(value)):
                break
        return values

    def _price(self, row_duals: Floats, exact: bool = False) -> int:
        """Price everybody under ``row_duals``; keep the bound; return the columns added."""
        master = self.master
        core = master.core
        duals = np.clip(row_duals, -master.over, master.under)
        per_demand = master.demand_duals(duals)
        bound = float(duals @ master.need)
        added = 0
        for place in master.fixed.values():
            column = master.columns[place]
            bound += column.cost - float(per_demand[column.feeds].sum())
        free = [person for person in master.members if person not in master.fixed]

        def best_of(person: int) -> tuple[float, Ints]:
            return core.pricers[person].cheapest(core.dual_cost(person, per_demand), exact)

        priced = map(best_of, free) if self.threads is None else self.threads.map(best_of, free, chunksize=4)
        for person, (value, schedule) in zip(free, priced, strict=True):
            bound += core.pricers[person].bound
            if value < INFINITE and master.add(person, schedule):
                added += 1
        if bound > self.bound:
            self.bound = bound
            self.centre = duals
        return added


def _completed(core: Core, chosen: Ints, missing: list[int]) -> Ints | None:
    """Give each person still missing the best schedule for what the others leave open."""
    cover = sum(
        (core.cover_of(row, chosen[row]) for row in range(core.people)), np.zeros(core.rows, np.int64)
    )
    for person in missing:
        value, schedule = core.pricers[person].cheapest(core.marginal(person, cover))
        if value >= INFINITE:
            return None
        chosen[person] = schedule
        cover = cover + core.cover_of(person, schedule)
    return chosen


def dive(generation: Generation, *, should_stop: Callable[[], bool], rounds: int = 6) -> Ints | None:
    """Fix the surest schedules one after another, pricing anew in between; people × days, None when stuck.

    When told to stop, those not fixed yet get the best schedule for what is left open.

    Only the rows of the master's members are filled in. Source: diving heuristic of Joncour et al. (2010).
    """
    master = generation.master
    core = master.core
    chosen = np.full((core.people, core.days), -1, np.int64)
    values = generation.run(should_stop=should_stop, rounds=rounds)
    while len(master.fixed) < len(master.members):
        if should_stop():
            return _completed(core, chosen, [p for p in master.members if p not in master.fixed])
        best: dict[int, tuple[float, int]] = {}
        for index in np.flatnonzero(values > 1e-6).tolist():
            column = master.columns[index]
            if column.person not in master.fixed:
                best[column.person] = max(best.get(column.person, (0.0, -1)), (float(values[index]), index))
        if not best:
            return None
        ranked = sorted(best.items(), key=lambda item: -item[1][0])
        least = max(1, len(master.members) // 16)
        sure = [item for place, item in enumerate(ranked) if place < least or item[1][0] > SURE]
        for person, (_, index) in sure:
            column = master.columns[index]
            master.fix(index)
            chosen[person] = column.schedule
            master.fixed[person] = index
        generation.restart()
        values = generation.run(should_stop=should_stop, rounds=rounds)
    return chosen
