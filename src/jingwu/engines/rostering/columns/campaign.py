"""The whole campaign over columns: first roster, root bound, then dives and neighbourhoods in turn."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from jingwu.engines.rostering.columns.core import Core
from jingwu.engines.rostering.columns.diving import Dive
from jingwu.engines.rostering.columns.generation import Generation
from jingwu.engines.rostering.columns.head_tree import HeadNode, HeadTree
from jingwu.engines.rostering.columns.master import Column, Master
from jingwu.engines.rostering.columns.neighbourhood import Neighbourhoods, Pool
from jingwu.engines.rostering.columns.programme import INFINITE, Floats, Ints
from jingwu.engines.rostering.columns.search import Search, State

FIRST_SIZE = 6
"""People freed by the first neighbourhoods; grows while they are all cut off by their bound."""

ROOT_SHARE = 0.5
"""Share of the time the root relaxation may take; neighbourhoods need duals, not the last decimal."""

PATIENCE, PATIENCE_GROWTH = 100, 1.1
"""Failed nodes after which a dive begins again, and how that number grows from dive to dive."""

NOISES = (0.1, 0.2, 0.4)
"""How far chance may reorder the cells of a dive."""

HOOD_SHARE = 1.0
"""Time for neighbourhoods after a dive, in times of the dive's own."""

TREE_GAP, TREE_SHARE = 0.01, 1.0
"""Gap from which the tree of heads is worth opening, and its time, in times of what went before it."""

HOOD_PATIENCE = 12
"""Failed nodes after which a neighbourhood is left."""

ANNEAL_SHARE = 0.6
"""Share of the time then left for annealing."""


@dataclass(frozen=True)
class Root:
    """What every dive begins from: the relaxation's bound, its duals, and the least shortage proved."""

    bound: float
    duals: Floats
    least_shortage: float

    @classmethod
    def of(cls, generation: Generation) -> Root:
        """Return the root of a relaxation that has been solved, or nearly so."""
        assert generation.centre is not None
        return cls(generation.bound, generation.centre, generation.master.least_shortage)


@dataclass
class Campaign:
    """One run over a core; results are read from ``best`` and ``bound`` while it goes on.

    ``clock`` gives the seconds since the start (or any growing amount of work); ``seconds`` is the limit on
    it. ``on_better`` hears of every better roster, ``on_bound`` of every bound.
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
    on_bound: Callable[[float], None] | None = None
    rooted: bool = False

    def __post_init__(self) -> None:
        self.best: State | None = None
        self._tree: HeadTree | None = None
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
        self.rooted = True
        self.raise_bound(self.bound)
        if not generation.converged:
            began = self.clock()
            self._anneal_again()
            self._mark("anneal", began)
        began = self.clock()
        self.root, columns = Root.of(generation), list(generation.master.columns)
        self._together(lambda worker: self._improve(generation if worker == 0 else None, columns, worker))
        self._mark("dives", began)

    def _together(self, work: Callable[[int], None]) -> None:
        """Run the same work on every worker; the kernels and HiGHS run without the interpreter's lock."""
        with ThreadPoolExecutor(self.workers) as threads:
            for done in [threads.submit(work, worker) for worker in range(self.workers)]:
                done.result()

    def _anneal_again(self) -> None:
        """Anneal where people are so many that the relaxation is not solved in its time."""
        best = self.best
        assert best is not None
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
        generation = Generation(master)
        latest = self.clock() + ROOT_SHARE * (self.seconds - self.clock())

        def keep_bound(now: Generation) -> None:
            self.raise_bound(now.bound + core.constant)

        with ThreadPoolExecutor(self.workers) as threads:
            generation.threads = threads
            generation.run(should_stop=lambda: self.over() or self.clock() > latest, on_round=keep_bound)
            generation.threads = None
        if generation.bound > -INFINITE:
            self.raise_bound(generation.bound + core.constant)
        return generation

    def _sharpen(self, root: Generation) -> None:
        """Raise the bound of the relaxation: the number of places left open is whole."""
        assert self.best is not None
        cutoff = self.best.total - self.core.constant - 1 + 1e-6
        while root.converged and root.round_shortage(cutoff, self.over):
            root.run(should_stop=self.over)
            self.root = Root.of(root)
            self.raise_bound(root.bound + self.core.constant)

    def raise_bound(self, bound: float) -> None:
        """Take a bound; every cost is a whole number, so it may be rounded up."""
        with self._lock:
            self.bound = max(self.bound, float(math.ceil(bound - 1e-4)))
        if self.on_bound is not None:
            self.on_bound(self.bound)

    def _pool(self, columns: Sequence[Column], duals: Floats) -> Pool:
        pool = Pool.empty(self.core.people)
        for column in columns:
            pool.add(column.person, column.schedule, column.cost - float(duals[column.feeds].sum()))
        return pool

    def _limit(self) -> float:
        """Return the bound above which a node holds no better roster, without constant."""
        assert self.best is not None
        return self.best.total - self.core.constant - 1 + 1e-6

    def _open_heads(self, relaxation: Generation, latest: float) -> None:
        """Work on the tree of heads until ``latest``; its bound is a bound of all rosters."""
        if self.best is None or self.best.total - self.bound > TREE_GAP * self.best.total:
            return
        if self._tree is None:
            self._tree = HeadTree(relaxation, self.root.duals)
        self._tree.run(limit=self._limit, should_stop=lambda: self.over() or self.clock() > latest)
        if math.isfinite(self._tree.bound):
            self.raise_bound(self._tree.bound + self.core.constant)

    def _leaf(self, random: np.random.Generator) -> HeadNode | None:
        """Return one of the known leaves that may hold a better roster, None when there is none."""
        leaves = (
            [] if self._tree is None else [leaf for leaf in self._tree.leaves if leaf.bound <= self._limit()]
        )
        return leaves[int(random.integers(len(leaves)))] if leaves else None

    def _improve(self, relaxation: Generation | None, columns: Sequence[Column], worker: int) -> None:
        """Dive over everybody and over neighbourhoods in turn until over.

        The worker who is given the root's relaxation sharpens it and opens the tree of heads.
        """
        core = self.core.copy()
        master = Master(core, list(range(core.people)), np.zeros(core.rows, np.int64))
        for column in columns:
            master.add(column.person, column.schedule)
        generation = Generation(master)
        duals = master.demand_duals(self.root.duals)
        hoods = Neighbourhoods(core, self._pool(columns, duals), duals, self.seed * 1009 + worker)
        random = np.random.default_rng(self.seed * 31 + worker)
        size, patience, sharpened = float(min(FIRST_SIZE, core.people)), float(PATIENCE), math.inf
        while not self.over():
            assert self.best is not None
            began = self.clock()
            if relaxation is not None and self._tree is None and self.best.total < sharpened:
                sharpened = self.best.total
                self._sharpen(relaxation)
            hoods.least_shortage = self.root.least_shortage
            noise = 0.0 if worker == 0 and patience == PATIENCE else float(random.choice(NOISES))
            # one worker's dives begin where the heads are whole already, the other's at the root
            leaf = self._leaf(random) if relaxation is not None else None
            self._dive(generation, leaf, int(random.integers(1 << 30)), noise, round(patience))
            patience *= PATIENCE_GROWTH
            size = self._around(hoods, size, self.clock() + HOOD_SHARE * (self.clock() - began))
            if relaxation is not None:
                self._open_heads(relaxation, self.clock() + TREE_SHARE * (self.clock() - began))

    def _dive(
        self, generation: Generation, leaf: HeadNode | None, seed: int, noise: float, patience: int
    ) -> None:
        """Dive once from the root or from a leaf of the tree of heads."""
        assert self.best is not None
        core, master, root = generation.master.core, generation.master, self.root
        master.bound_shortage(root.least_shortage)
        if leaf is None:
            master.free_heads()
            generation.bound, generation.centre = root.bound, root.duals
        else:
            master.bound_heads(leaf.least, leaf.most)
            generation.bound, generation.centre = leaf.bound, leaf.duals
        dive = Dive(generation, seed, self.best.total - core.constant, noise)
        whole = dive.run(
            should_stop=self.over,
            patience=patience,
            on_found=lambda schedules: self.offer(State.of(core, schedules), "dive"),
        )
        if not whole:
            return
        if leaf is None:
            self.raise_bound(dive.cutoff + core.constant)
        else:
            # the tree's bound, which is the least of all nodes', is taken up when it has been opened further
            leaf.bound = max(leaf.bound, dive.cutoff)

    def _around(self, hoods: Neighbourhoods, size: float, latest: float) -> float:
        """Try neighbourhoods until ``latest``; return their size: it grows while they are cut off."""
        state = self.best
        while not self.over() and state is not None and self.clock() < latest:
            if self.best is not None and self.best.total < state.total - 1e-6:
                state = self.best
            cut = hoods.cut
            found = hoods.improve(state, size=round(size), patience=HOOD_PATIENCE, should_stop=self.over)
            if self.on_bound is not None:
                self.on_bound(self.bound)
            if found.total < state.total - 1e-6:
                self.offer(found, "neighbourhood")
            elif hoods.cut > cut:
                size = min(hoods.core.people, size * 1.06)
            else:
                size = max(4.0, size * 0.95)
            state = found
        return size
