"""Ruin and recreate: free a few people, give each the best schedule for what the others leave open.

Every recreation is exact for its person (``pricing``), so moves are large; worse rosters are accepted with a
probability that falls with the temperature (simulated annealing).
Source: Schrimpf et al. (2000) for ruin and recreate; Kirkpatrick et al. (1983) for the acceptance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from jingwu.engines.rostering.columns.core import Core
from jingwu.engines.rostering.columns.programme import INFINITE, Floats, Ints


@dataclass
class State:
    """A full set of schedules with its cover and cost."""

    schedules: Ints
    covers: Ints
    own: Floats
    cover: Ints
    total: float

    @classmethod
    def of(cls, core: Core, schedules: Ints) -> State:
        """Return the state of given schedules."""
        covers = np.array([core.cover_of(row, schedules[row]) for row in range(core.people)]).reshape(
            core.people, core.rows
        )
        own = np.array([core.own_cost(row, schedules[row]) for row in range(core.people)])
        cover = covers.sum(axis=0)
        return cls(schedules, covers, own, cover, core.constant + own.sum() + core.row_cost(cover))


@dataclass
class Search:
    """The annealed search over one core; ``pool`` keeps every schedule seen for each person."""

    core: Core
    seed: int
    pool: list[dict[bytes, Ints]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.pool = [{} for _ in range(self.core.people)]

    def remember(self, person: int, schedule: Ints) -> None:
        """Keep a schedule for the integer master."""
        self.pool[person].setdefault(schedule.astype(np.int16).tobytes(), schedule.copy())

    def first(self) -> State | None:
        """Return a roster built person by person, None when somebody has no lawful schedule at all."""
        core = self.core
        schedules = np.full((core.people, core.days), -1, np.int64)
        cover = np.zeros(core.rows, np.int64)
        for person in self.random.permutation(core.people):
            value, found = core.pricers[person].cheapest(core.marginal(person, cover))
            if value >= INFINITE:
                return None
            schedules[person] = found
            cover += core.cover_of(person, found)
        return State.of(core, schedules)

    def neighbours(self, state: State, size: int) -> Ints:
        """Return people to free: at random, or those who feed the rows that cost most."""
        core = self.core
        if core.rows and self.random.random() < 0.5:
            demand = core.demand[int(self.random.integers(core.rows))]
            day = demand.day
            first = max(0, day - int(self.random.integers(1, 4)))
            busy = (state.schedules[:, first : day + 1] >= 0).sum(axis=1) + self.random.random(
                core.people
            ) * 2
            return np.argsort(-busy)[:size]
        return self.random.choice(core.people, size=min(size, core.people), replace=False)

    def move(self, state: State, temperature: float) -> State:
        """Return the next state: the recreated one, or the old one when it is not accepted."""
        core = self.core
        size = 1 + int(self.random.integers(1, 5))
        freed = self.neighbours(state, size)
        cover = state.cover - state.covers[freed].sum(axis=0)
        own_total = state.own.sum() - state.own[freed].sum()
        noise = temperature * 0.5
        found: dict[int, tuple[Ints, Ints, float]] = {}
        for person in self.random.permutation(freed):
            cost = core.marginal(person, cover)
            if noise:
                cost = cost + self.random.random(cost.shape) * noise
            value, schedule = core.pricers[person].cheapest(cost)
            if value >= INFINITE:
                return state
            fed = core.cover_of(person, schedule)
            own = core.own_cost(person, schedule)
            cover = cover + fed
            own_total += own
            found[person] = (schedule, fed, own)
        total = core.constant + own_total + core.row_cost(cover)
        worse = total - state.total
        if worse > 0 and (temperature <= 0 or self.random.random() >= math.exp(-worse / temperature)):
            return state
        schedules, covers, owns = state.schedules.copy(), state.covers.copy(), state.own.copy()
        for person, (schedule, fed, own) in found.items():
            schedules[person], covers[person], owns[person] = schedule, fed, own
            self.remember(person, schedule)
        return State(schedules, covers, owns, cover, total)

    def anneal(
        self,
        state: State,
        *,
        hot: float,
        cold: float,
        progress: Callable[[], float],
        on_better: Callable[[State], None],
    ) -> State:
        """Cool from ``hot`` to ``cold`` while ``progress()`` runs from 0 to 1; return the best state met."""
        best = state
        while (share := progress()) < 1.0:
            temperature = hot * (cold / hot) ** share
            state = self.move(state, temperature)
            if state.total < best.total - 1e-6:
                best = state
                on_better(best)
        return best
