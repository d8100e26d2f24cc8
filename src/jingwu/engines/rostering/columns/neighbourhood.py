"""Large neighbourhoods over columns: free some people, generate columns for them alone, choose anew.

A neighbourhood whose linear bound cannot beat the roster at hand is dropped as soon as the bound shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jingwu.engines.rostering.columns.core import Core
from jingwu.engines.rostering.columns.diving import Dive
from jingwu.engines.rostering.columns.generation import Generation
from jingwu.engines.rostering.columns.master import Master
from jingwu.engines.rostering.columns.programme import Floats, Ints
from jingwu.engines.rostering.columns.search import State


@dataclass
class Pool:
    """The columns worth trying for each person: the root's, by reduced cost, and those of good rosters."""

    columns: list[list[tuple[float, Ints]]]
    known: set[tuple[int, bytes]]

    @classmethod
    def empty(cls, people: int) -> Pool:
        """Return a pool without columns."""
        return cls([[] for _ in range(people)], set())

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
    least_shortage: float = 0.0

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.cut = 0

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
        patience: int,
        should_stop: Callable[[], bool],
    ) -> State:
        """Return a roster at least as good, from one neighbourhood of ``size`` people."""
        core = self.core
        members = self.members(state, size)
        fixed = state.cover - state.covers[members].sum(axis=0)
        master = Master(core, members, fixed, least_shortage=self.least_shortage)
        for person in members:
            master.add(person, state.schedules[person])
            for schedule in self.pool.best(person, 30):
                master.add(person, schedule)
        others = state.total - core.constant - float(state.own[members].sum()) - core.row_cost(state.cover)
        present = state.total - core.constant - others
        generation = Generation(master)
        limit = present - 1 + 1e-6

        def hopeless() -> bool:
            return generation.bound > limit or should_stop()

        generation.run(should_stop=hopeless, smoothing=0.0)
        if hopeless():
            self.cut += 1
            return state
        chosen: list[Ints] = []
        dive = Dive(generation, int(self.random.integers(1 << 30)), present, noise=0.2)
        dive.run(should_stop=should_stop, patience=patience, on_found=chosen.append)
        for column in master.columns:
            self.pool.add(column.person, column.schedule, self.reduced(column.person, column.schedule))
        if not chosen:
            return state
        schedules = state.schedules.copy()
        schedules[members] = chosen[-1][members]
        return State.of(core, schedules)
