"""Heads first, names after: find the cheapest heads of the common walks, then a roster that has just these.

The model of heads is small and its relaxation near, so that general solvers prove it in seconds: CP-SAT with
all of the relaxation in its search on one thread, HiGHS on another, and the first to prove ends both. Which
of them is faster changes from office to office.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from jingwu.engines.rostering.columns.programme import Floats
from jingwu.engines.rostering.common_walks import CommonWalks
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.solvers import (
    WORKERS,
    CpForm,
    minimise_by_highs,
    offer_found,
    stops_with,
    to_cp,
    to_highs,
)

HEADS_SHARE, NAMES_SHARE = 0.75, 0.15
"""Shares of the time left that looking for heads, and then for names to them, may take."""

NEAR_SHARE = 0.2
"""Share of the gap asked of a roster that heads may be away from their optimum: names cost some, too."""


@dataclass
class HeadSearch:
    """A search for the cheapest heads on two threads; ``until`` on the race's clock it ends.

    ``heads`` are the values of the model's variables in the best heads found, ``cost`` and ``bound`` what
    they cost and what is proved of all heads.
    """

    race: Race
    common: CommonWalks
    seed: int
    heads: list[int] | None = None
    cost: float = math.inf
    named: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.form = to_cp(self.common.model)
        self.bound = self.common.round_up(self.common.bound)
        self.gap = NEAR_SHARE * self.race.gap
        self.until = self.race.clock() + HEADS_SHARE * self.race.left()

    def over(self) -> bool:
        """Return whether to stop: the heads found are proved to be near the cheapest, or time is up."""
        return (
            (self.heads is not None and self.cost - self.bound <= self.gap * self.cost)
            or self.race.over()
            or self.race.clock() >= self.until
        )

    def by_cp_sat(self) -> None:
        """Minimise with one worker of CP-SAT until it is over."""
        search = self

        class Watch(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                values = [self.value(variable) for variable in search.form.variables]
                search.take(values, self.objective_value)

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self.seed % (1 << 31)
        solver.parameters.linearization_level = 2
        solver.parameters.relative_gap_limit = self.gap
        solver.parameters.max_time_in_seconds = max(0.01, self.until - self.race.clock())
        solver.best_bound_callback = self.prove
        with stops_with(solver, self.over):
            status = solver.solve(self.form.cp, Watch())
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self.prove(solver.best_objective_bound)

    def by_highs(self) -> None:
        """Minimise with HiGHS on one thread until it is over."""
        model = self.common.model
        cost = np.array(model.cost)

        def found(values: Floats) -> None:
            whole = np.rint(values).astype(np.int64)
            self.take(whole.tolist(), float(cost @ whole) + model.constant)

        minimise_by_highs(
            to_highs(model),
            seed=self.seed,
            seconds=self.until - self.race.clock(),
            options={"threads": 1, "mip_rel_gap": self.gap},
            found=found,
            bounded=self.prove,
            over=self.over,
        )

    def take(self, heads: list[int], cost: float) -> None:
        """Keep heads that are cheaper than those found before."""
        with self._lock:
            if cost < self.cost:
                self.heads, self.cost = heads, cost

    def prove(self, bound: float) -> None:
        """Take a lower bound on what any heads cost: no roster costs less."""
        if math.isfinite(bound):
            with self._lock:
                self.bound = max(self.bound, self.common.round_up(bound))
            self.race.raise_bound(self.bound)

    def name(self, model: LinearModel, form: CpForm) -> None:
        """Look, once, for the best roster in which every group has just the heads found on every day.

        ``form`` is ``model``, that of all rules, for CP-SAT; it is read only.
        """
        if self.heads is None or self.named or self.race.over():
            return
        self.named = True
        cp = form.cp.clone()
        for members in self.common.groups:
            for day in range(model.problem.days):
                for kind in range(model.kinds):
                    cells = [form.variables[model.cell(row, day, kind)] for row in members]
                    cp.add(sum(cells) == self.heads[model.cell(members[0], day, kind)])
        if self.race.objective is not None:
            cp.add(form.cost <= self.race.objective - 1)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = WORKERS
        solver.parameters.random_seed = self.seed % (1 << 31)
        solver.parameters.max_time_in_seconds = max(0.01, NAMES_SHARE * self.race.left())
        with stops_with(solver, self.race.over):
            solver.solve(cp, offer_found(model, self.race, form.variables, "heads"))
