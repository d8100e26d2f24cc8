"""The whole campaign over columns: first roster, root bound, dive, then neighbourhoods until told to stop."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from jingwu.engines.rostering.columns.core import Core
from jingwu.engines.rostering.columns.generation import Generation, Master, dive
from jingwu.engines.rostering.columns.integer import choose_columns, place_columns
from jingwu.engines.rostering.columns.neighbourhood import Neighbourhoods, Pool, near_columns
from jingwu.engines.rostering.columns.pricing import INFINITE, Floats, Ints
from jingwu.engines.rostering.columns.search import Search, State

FIRST_SIZE = 6
"""People freed by the first neighbourhoods; grows while they are all cut off by their bound."""

ROOT_SHARE = 0.4
"""Share of the time the root relaxation may take; neighbourhoods need duals, not the last decimal."""

DIVE_SHARE = 0.5
"""Share of the time then left for the dive, whose roster the neighbourhoods start from."""

MANY_PEOPLE = 40
"""Above this a dive is slow and single neighbourhoods change little: annealing is given more of the time."""

FAR_SHARE = 0.02
"""Distance from the bound (share) above which annealing still beats neighbourhoods."""

ANNEAL_SHARE = 0.6
"""Share of the time then left for annealing."""


@dataclass
class Campaign:
    """One run over a core; results are read from ``best`` and ``bound`` while it goes on.

    ``clock`` gives the seconds since the start (or any growing amount of work); ``seconds`` is the limit on
    it. ``accept`` may veto a roster (rules outside the core); ``on_better`` hears of every better one.
    """

    core: Core
    seed: int
    seconds: float
    clock: Callable[[], float]
    should_stop: Callable[[], bool]
    on_better: Callable[[Ints, float, str], None]
    workers: int = 2
    bound: float = -math.inf
    seconds_by_step: dict[str, float] = field(default_factory=dict)
    neighbourhoods: int = 0
    on_bound: Callable[[float], None] | None = None
    rooted: bool = False

    def __post_init__(self) -> None:
        self.best: State | None = None
        self._lock = threading.Lock()

    def over(self) -> bool:
        """Return whether to stop: time, the caller, or nothing left to gain."""
        if self.clock() >= self.seconds or self.should_stop():
            return True
        return self.best is not None and self.best.total < self.bound + 1 - 1e-6

    def offer(self, state: State, source: str) -> None:
        """Take a roster when it is the best so far."""
        with self._lock:
            if self.best is not None and state.total >= self.best.total - 1e-6:
                return
            self.best = state
        self.on_better(state.schedules, state.total, source)

    def run(self) -> None:
        """Run every stage; returns when over."""
        search = Search(self.core, self.seed)
        began = self.clock()
        first = search.first()
        if first is None:
            return
        self.offer(first, "first")
        short = min(0.1 * self.seconds, 2.0 + 0.2 * max(0, self.core.people - 40))
        search.anneal(
            first,
            hot=20.0,
            cold=1.0,
            progress=lambda: 1.0 if self.over() else (self.clock() - began) / short,
            on_better=lambda state: self.offer(state, "search"),
        )
        self._mark("search", began)
        began = self.clock()
        generation = self._root(search)
        self._mark("root", began)
        if self.over() or generation.centre is None:
            return
        pool = self._pool(generation)
        began = self.clock()
        self._dive(generation)
        if generation.threads is not None:
            generation.threads.shutdown()
        self._mark("dive", began)
        self.rooted = True
        self.raise_bound(self.bound)
        began = self.clock()
        self._anneal_again()
        self._mark("anneal", began)
        began = self.clock()
        self._together(lambda worker: self._improve(pool[0], pool[1], worker))
        self._mark("neighbourhoods", began)

    def _together(self, work: Callable[[int], None]) -> None:
        """Run the same work on every worker; the kernels and HiGHS run without the interpreter's lock."""
        with ThreadPoolExecutor(self.workers) as threads:
            for done in [threads.submit(work, worker) for worker in range(self.workers)]:
                done.result()

    def _dive(self, generation: Generation) -> None:
        many = self.core.people > MANY_PEOPLE
        if not many:
            self._whole_choice(generation)
        share = DIVE_SHARE * (0.3 if many else 1.0)
        latest = self.clock() + share * (self.seconds - self.clock())
        rounds = 3 if many else 6
        dived = dive(generation, rounds=rounds, should_stop=lambda: self.over() or self.clock() > latest)
        if dived is not None:
            self.offer(State.of(self.core, dived), "dive")

    def _anneal_again(self) -> None:
        """Anneal for long where people are many and the roster is still far from the bound."""
        best = self.best
        if best is None or self.core.people <= MANY_PEOPLE or best.total < (1 + FAR_SHARE) * self.bound:
            return
        began, last = self.clock(), ANNEAL_SHARE * (self.seconds - self.clock())

        def anneal(worker: int) -> None:
            search = Search(self.core.copy() if worker else self.core, self.seed * 31 + worker)
            search.anneal(
                best,
                hot=60.0,
                cold=2.0,
                progress=lambda: 1.0 if self.over() else (self.clock() - began) / last,
                on_better=lambda state: self.offer(state, "search"),
            )

        self._together(anneal)

    def _mark(self, step: str, began: float) -> None:
        self.seconds_by_step[step] = self.clock() - began

    def _root(self, search: Search) -> Generation:
        core = self.core
        master = Master(core, list(range(core.people)), np.zeros(core.rows, np.int64))
        for person in range(core.people):
            if self.best is not None:
                master.add(person, self.best.schedules[person])
            for schedule in list(search.pool[person].values())[-5:]:
                master.add(person, schedule)
        threads = ThreadPoolExecutor(self.workers)
        generation = Generation(master, threads=threads)
        latest = self.clock() + ROOT_SHARE * (self.seconds - self.clock())

        def keep_bound(now: Generation) -> None:
            self.raise_bound(now.bound + core.constant)

        generation.run(should_stop=lambda: self.over() or self.clock() > latest, on_round=keep_bound)
        if generation.bound > -INFINITE:
            self.raise_bound(generation.bound + core.constant)
        return generation

    def raise_bound(self, bound: float) -> None:
        """Take a bound; every cost is a whole number, so it may be rounded up."""
        with self._lock:
            self.bound = max(self.bound, float(math.ceil(bound - 1e-4)))
        if self.on_bound is not None:
            self.on_bound(self.bound)

    def _pool(self, generation: Generation) -> tuple[Pool, Floats]:
        assert generation.centre is not None
        duals = generation.master.demand_duals(generation.centre)
        pool = Pool.empty(self.core.people)
        for column in generation.master.columns:
            pool.add(column.person, column.schedule, column.cost - float(duals[column.feeds].sum()))
        return pool, duals

    def _whole_choice(self, generation: Generation) -> None:
        """Choose among all columns of the root at once, briefly."""
        if self.best is None:
            return
        master, core = generation.master, self.core
        present = self.best.total - core.constant
        columns = near_columns(master, generation, present - generation.bound)
        seconds = min(5.0, max(0.2, 0.08 * (self.seconds - self.clock())))
        chosen = choose_columns(master, columns, seconds=seconds, cutoff=present - 0.5, seed=self.seed)
        if chosen is not None:
            self.offer(State.of(core, place_columns(self.best.schedules, chosen)), "columns")

    def _improve(self, pool: Pool, duals: Floats, worker: int) -> None:
        """Try neighbourhoods until over: their size follows how many are cut off or won."""
        core = self.core.copy() if worker else self.core
        hoods = Neighbourhoods(core, pool.copy(), duals, self.seed * 1009 + worker)
        size = float(min(FIRST_SIZE, self.core.people))
        state = self.best
        while not self.over() and state is not None:
            if self.best is not None and self.best.total < state.total - 1e-6:
                state = self.best
            began, cut = self.clock(), hoods.cut
            left = self.seconds - began
            # Nearly everybody freed: the last few points are worth a longer choice.
            limit = max(0.1, min(12.0 if size > 0.8 * self.core.people else 4.0, left))
            found = hoods.improve(state, size=round(size), seconds=limit, should_stop=self.over)
            self.neighbourhoods += 1
            if self.on_bound is not None:
                self.on_bound(self.bound)
            if found.total < state.total - 1e-6:
                self.offer(found, "neighbourhood")
            elif hoods.cut > cut:
                size = min(self.core.people, size * 1.06)
            elif self.clock() - began > 2.5 and size <= 0.8 * self.core.people:
                size = max(4.0, size * 0.93)
            state = found
