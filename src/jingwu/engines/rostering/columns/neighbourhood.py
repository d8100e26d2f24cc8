"""Large neighbourhoods over columns: free some people, generate columns for them alone, choose anew.

A neighbourhood whose linear bound cannot beat the roster at hand is dropped as soon as the bound shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jingwu.engines.rostering.columns.core import Core
from jingwu.engines.rostering.columns.generation import Column, Generation, Master
from jingwu.engines.rostering.columns.integer import choose_columns, place_columns
from jingwu.engines.rostering.columns.pricing import Floats, Ints
from jingwu.engines.rostering.columns.search import State

ENRICHING_TURNS = 12
"""Shaken pricings for each freed person before the integer choice."""


@dataclass
class Pool:
    """The columns worth trying for each person: the root's, by reduced cost, and those of good rosters."""

    columns: list[list[tuple[float, Ints]]]
    known: set[tuple[int, bytes]]

    @classmethod
    def empty(cls, people: int) -> Pool:
        """Return a pool without columns."""
        return cls([[] for _ in range(people)], set())

    def copy(self) -> Pool:
        """Return a pool of its own for one thread."""
        return Pool([list(found) for found in self.columns], set(self.known))

    def add(self, person: int, schedule: Ints, reduced: float) -> None:
        """Keep a schedule with its reduced cost under the root's duals."""
        key = (person, schedule.astype(np.int16).tobytes())
        if key not in self.known:
            self.known.add(key)
            self.columns[person].append((reduced, schedule.copy()))

    def best(self, person: int, limit: int) -> list[Ints]:
        """Return the schedules of least reduced cost."""
        found = self.columns[person]
        if len(found) > 4 * limit:
            found.sort(key=lambda item: item[0])
            del found[3 * limit :]
        return [schedule for _, schedule in sorted(found, key=lambda item: item[0])[:limit]]


@dataclass
class Neighbourhoods:
    """The search over neighbourhoods of one core under the duals of its root relaxation."""

    core: Core
    pool: Pool
    duals: Floats
    seed: int

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.tried = 0
        self.cut = 0
        self.won = 0

    def reduced(self, person: int, schedule: Ints) -> float:
        """Return the reduced cost of a schedule under the root's duals."""
        fed = self.core.cover_of(person, schedule)
        return self.core.own_cost(person, schedule) - float(fed @ self.duals)

    def members(self, state: State, size: int) -> list[int]:
        """Return whom to free: by excess reduced cost, by a costly row, or at random."""
        core = self.core
        size = min(size, core.people)
        style = self.random.random()
        score = self.random.random(core.people)
        if style < 0.4:
            excess = np.array([self.reduced(p, state.schedules[p]) for p in range(core.people)])
            least = np.array(
                [min((r for r, _ in self.pool.columns[p]), default=0.0) for p in range(core.people)]
            )
            excess = excess - np.minimum(least, excess)
            score *= excess + 0.1 * (excess.max() + 1.0)
        elif style < 0.7 and core.rows:
            costs = np.array(
                [item.cost(int(c)) for item, c in zip(core.demand, state.cover, strict=True)], float
            )
            weight = costs + 0.02 * costs.max() + 1e-9
            demand = int(self.random.choice(core.rows, p=weight / weight.sum()))
            kinds = [k for k, s in enumerate(core.problem.shifts) if s.code in core.demand[demand].shifts]
            day = core.demand[demand].day
            able = np.array([limits.allowed[day, kinds].any() for limits in (core.limits)])
            score *= 0.3 + able
        return [int(person) for person in np.argsort(-score)[:size]]

    def improve(
        self,
        state: State,
        *,
        size: int,
        seconds: float,
        should_stop: Callable[[], bool],
        sideways: bool = True,
    ) -> State:
        """Return a roster at least as good, from one neighbourhood of ``size`` people."""
        core = self.core
        self.tried += 1
        members = self.members(state, size)
        fixed = state.cover - state.covers[members].sum(axis=0)
        master = Master(core, members, fixed)
        for person in members:
            master.add(person, state.schedules[person])
            for schedule in self.pool.best(person, 30):
                master.add(person, schedule)
        others = state.total - core.constant - float(state.own[members].sum()) - core.row_cost(state.cover)
        present = state.total - core.constant - others
        generation = Generation(master)
        hopeless = False

        def stop() -> bool:
            nonlocal hopeless
            hopeless = generation.bound > present - 1 + 1e-6
            return hopeless or should_stop()

        generation.run(should_stop=stop, gap=1e-4)
        if hopeless or generation.bound > present - 1 + 1e-6:
            self.cut += 1
            return state
        slack = present - generation.bound
        self.enrich(generation, slack, turns=ENRICHING_TURNS, should_stop=should_stop)
        columns = near_columns(master, generation, slack)
        chosen = choose_columns(
            master, columns, seconds=seconds, cutoff=present - 0.5, seed=int(self.random.integers(1 << 30))
        )
        if chosen is None:
            return state
        self.won += 1
        for column in master.columns:
            self.pool.add(column.person, column.schedule, self.reduced(column.person, column.schedule))
        return State.of(core, place_columns(state.schedules, chosen))

    def enrich(
        self, generation: Generation, slack: float, *, turns: int, should_stop: Callable[[], bool]
    ) -> None:
        """Add schedules that are nearly as good as the best, found under slightly shaken costs.

        The relaxation needs few columns, a good integer choice many: those within ``slack`` are kept.
        """
        master, core = generation.master, self.core
        if generation.centre is None:
            return
        duals = master.demand_duals(generation.centre)
        for person in master.members:
            clean = core.dual_cost(person, duals)
            rows = np.arange(core.days)
            least = np.inf
            for turn in range(turns):
                if should_stop():
                    return
                shake = self.random.random(clean.shape) * (slack * 0.3 * (turn + 1) / turns)
                _, schedule = core.pricers[person].cheapest(clean + shake)
                value = float(clean[rows, np.where(schedule < 0, core.kinds, schedule)].sum())
                least = min(least, value)
                if value <= least + slack:
                    master.add(person, schedule)


def near_columns(master: Master, generation: Generation, slack: float) -> list[Column]:
    """Return the columns whose reduced cost lets them be in a roster within ``slack`` of the bound."""
    if generation.centre is None:
        return list(master.columns)
    duals = master.demand_duals(generation.centre)
    reduced = np.array([column.cost - float(duals[column.feeds].sum()) for column in master.columns])
    person = np.array([column.person for column in master.columns])
    kept = []
    for member in master.members:
        own = np.flatnonzero(person == member)
        least = reduced[own].min()
        kept += [master.columns[i] for i in own if reduced[i] <= least + slack + 1e-6]
    return kept
