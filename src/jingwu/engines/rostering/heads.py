"""Heads first, names after: find the cheapest heads of the common walks, then a roster that has just these.

One thread dives for heads (``head_dives.py``), which are mostly the cheapest within a second, and gives them
names. Another dives too, for luck differs from dive to dive, and then proves: HiGHS raises the bound, and
where there is nothing to raise CP-SAT looks for heads at it, where reduced costs leave few arcs.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from jingwu.engines.rostering.columns.programme import Floats
from jingwu.engines.rostering.common_walks import CERTAIN, CommonWalks
from jingwu.engines.rostering.head_dives import HeadDives
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.rules import kept_together
from jingwu.engines.rostering.solvers import (
    WORKERS,
    CpForm,
    minimise_by_highs,
    offer_found,
    stops_with,
    to_cp,
    to_highs,
)

HEADS_SHARE, NAMES_SHARE, NEARLY_SHARE = 0.65, 0.2, 0.1
"""Shares of the time at first that looking for heads, and then for names to them, may take.

The last is for names to groups, where CP-SAT gets nearer slowly and neighbourhoods do better, and for names
to other heads nearby.
"""

DIVE_SHARE, DIVE_PATIENCE_SHARE = 0.25, 0.12
"""Shares of the time at first that dives may take, and that they go on for without finding cheaper heads.

The second is halved, then a third and so on, where heads nobody can have are followed by others.
"""

PROOF_SHARE, PATIENCE_SHARE = 0.4, 0.2
"""Shares of the time at first a proof of heads may take, and HiGHS before CP-SAT is asked at the bound."""

MOST_TRIES = 10
"""How many heads are tried to be given names: where limits of each person's own bind, there may be none."""

MOST_NAMINGS = 3
"""How many heads get names where the first roster is not near enough."""

DISTANCE = 8
"""How many heads a roster may differ by from heads that nobody can have just so."""

NEAR_SHARE = 0.2
"""Share of the gap asked of a roster that heads may be away from their optimum: names cost some, too."""


@dataclass
class HeadSearch:
    """A search for the cheapest heads on two threads; ``until`` on the race's clock it ends.

    ``heads`` are the values of the model's variables in the best heads found, ``cost`` and ``bound`` what
    they cost and what is proved of all heads; ``cheapest`` is what any heads cost that were found.
    """

    race: Race
    common: CommonWalks
    seed: int
    heads: list[int] | None = None
    cost: float = math.inf
    cheapest: float = math.inf
    tries: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.form = to_cp(self.common.model)
        self.bound = self.common.round_up(self.common.bound)
        self.is_slow = bool(kept_together(self.race.problem))
        self.gap = NEAR_SHARE * self.race.gap
        self.seconds = self.race.left()
        self.until = self.race.clock() + HEADS_SHARE * self.seconds

    def run(self, model: LinearModel, form: CpForm) -> None:
        """Find cheap heads and give them names; heads that nobody can have are followed by others.

        So are heads whose names cost too much, where no groups do: of heads of one cost some are lucky.
        ``form`` is ``model``, that of all rules, for CP-SAT; it is read only.
        """
        dives = HeadDives(self.common, self.seed)
        namings = 0
        while not self.over() and self.tries < MOST_TRIES and namings < (1 if self.is_slow else MOST_NAMINGS):
            self.by_dives(dives)
            if self.heads is None:
                self.by_cp_sat(self.form.cp, math.inf)
            self.tries += 1
            found = self.heads
            if found is None:
                return
            if self.name(found, model, form):
                namings += 1
            elif self.tries == 1:
                self.name(found, model, form, distance=DISTANCE)
                if self.is_slow and self.race.roster is not None:
                    return
            if not self.race.good_enough():
                self.forget(found)

    def by_dives(self, dives: HeadDives, share: float = DIVE_SHARE) -> None:
        """Dive for first heads, then for cheaper ones until they are near or nothing more is found."""
        until = self.race.clock() + share * self.seconds
        patience = DIVE_PATIENCE_SHARE * self.seconds / (1 + self.tries)

        def over() -> bool:
            return self.near() or self.over() or self.race.clock() >= until

        while not over() and not dives.begin(over):
            pass
        while dives.heads is not None:
            self.take(self._all_values(dives), dives.cost)
            patient_until = self.race.clock() + patience
            while not dives.improve(over):
                if over() or self.race.clock() >= patient_until:
                    return

    def _all_values(self, dives: HeadDives) -> list[int]:
        values = [0] * len(self.common.model.cost)
        if dives.heads is not None:
            for variable, count in zip(
                dives.cells.ravel().tolist(), dives.heads.ravel().tolist(), strict=True
            ):
                values[variable] = int(count)
        return values

    def beside(self) -> None:
        """Prove on another thread: HiGHS, which soon shows whether heads cost more than the relaxation.

        Where they do not, dives find them, and if not CP-SAT asked at the bound.
        """
        self.by_dives(HeadDives(self.common, self.seed + 1), DIVE_PATIENCE_SHARE)
        limit = self.bound
        until = self.race.clock() + PROOF_SHARE * self.seconds
        patient_until = self.race.clock() + PATIENCE_SHARE * self.seconds

        def enough() -> bool:
            return self.proved() or self.race.over() or self.race.clock() >= until

        self.by_highs(lambda: enough() or (self.bound == limit and self.race.clock() >= patient_until))
        while not enough() and self.bound == limit:
            self.by_cp_sat(self._at_most(limit), until - self.race.clock(), limit=limit)
            limit += self.common.step
        if not enough():
            self.by_highs(enough)

    def over(self) -> bool:
        """Return whether time is up."""
        return self.race.over() or self.race.clock() >= self.until

    def near(self) -> bool:
        """Return whether the heads found are proved to be near the cheapest."""
        return self.heads is not None and self.cost - self.bound <= self.gap * self.cost

    def proved(self) -> bool:
        """Return whether the cheapest heads ever found, names or not, are proved to be near the cheapest."""
        return math.isfinite(self.cheapest) and self.cheapest - self.bound <= self.gap * self.cheapest

    def _at_most(self, limit: int) -> cp_model.CpModel:
        """Return the model of heads that cost at most ``limit``: near the bound few arcs are left.

        Such heads have every variable at its bound whose reduced cost exceeds the distance of ``limit`` from
        the relaxation.
        """
        model, reduced = self.common.model, self.common.reduced
        cp = self.form.cp.clone()
        domains = cp.proto.variables
        for variable in np.flatnonzero(np.abs(reduced) > limit - self.common.bound + CERTAIN).tolist():
            value = model.lower[variable] if reduced[variable] > 0 else model.upper[variable]
            domains[variable].domain[0] = domains[variable].domain[1] = value
        cp.add(self.form.cost <= limit)
        return cp

    def by_cp_sat(
        self,
        cp: cp_model.CpModel,
        seconds: float,
        *,
        limit: float = math.inf,
    ) -> None:
        """Minimise with one worker of CP-SAT until heads near the cheapest are found, here or by HiGHS.

        ``limit`` is what heads of ``cp`` cost at most: it ends, too, once all heads are proved to cost more.
        """
        search = self

        def enough() -> bool:
            return self.bound > limit or self.proved() or self.over()

        class Watch(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                values = [self.value(variable) for variable in search.form.variables]
                search.take(values, self.objective_value)

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = (self.seed + 101 * self.tries) % (1 << 31)
        solver.parameters.linearization_level = 2
        solver.parameters.relative_gap_limit = self.gap
        solver.parameters.max_time_in_seconds = max(0.01, min(seconds, self.until - self.race.clock()))
        if limit == math.inf:
            solver.best_bound_callback = self.prove
        with stops_with(solver, enough):
            status = solver.solve(cp, Watch())
        if limit == math.inf and status == cp_model.OPTIMAL:
            self.prove(solver.best_objective_bound)
        elif limit < math.inf and status == cp_model.INFEASIBLE:
            self.prove(limit + self.common.step)

    def by_highs(self, enough: Callable[[], bool]) -> None:
        """Minimise with HiGHS on one thread until heads have names, or ``enough`` says so."""
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
            over=lambda: self.over() or enough(),
        )

    def take(self, heads: list[int], cost: float) -> None:
        """Keep heads that are cheaper than those found before."""
        with self._lock:
            self.cheapest = min(self.cheapest, cost)
            if cost < self.cost:
                self.heads, self.cost = heads, cost

    def forget(self, heads: list[int]) -> None:
        """Drop heads that nobody can have; meanwhile others may have been found."""
        with self._lock:
            if self.heads is heads:
                self.heads, self.cost = None, math.inf

    def prove(self, bound: float) -> None:
        """Take a lower bound on what any heads cost: no roster costs less."""
        if math.isfinite(bound):
            with self._lock:
                self.bound = max(self.bound, self.common.round_up(bound))
            self.race.raise_bound(self.bound)

    def name(self, heads: list[int], model: LinearModel, form: CpForm, *, distance: int = 0) -> bool:
        """Look for the best roster in which every group has just these heads, or nearly, on every day.

        Return False where there is none: a walker on leave may be another one each time in the common flow.
        ``distance`` is by how many heads in sum the roster may differ.
        """
        cp = form.cp.clone()
        differing = []
        for members in self.common.groups:
            for day in range(model.problem.days):
                for kind in range(model.kinds):
                    cells = [form.variables[model.cell(row, day, kind)] for row in members]
                    wanted = heads[model.cell(members[0], day, kind)]
                    if not distance:
                        cp.add(sum(cells) == wanted)
                        continue
                    differs = cp.new_int_var(0, distance, "")
                    cp.add(sum(cells) - wanted <= differs)
                    cp.add(wanted - sum(cells) <= differs)
                    differing.append(differs)
        if differing:
            cp.add(sum(differing) <= distance)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = WORKERS
        solver.parameters.random_seed = self.seed % (1 << 31)
        share = NEARLY_SHARE if distance or self.is_slow else NAMES_SHARE
        solver.parameters.max_time_in_seconds = max(0.01, min(share * self.seconds, self.race.left()))
        with stops_with(solver, self.race.over):
            status = solver.solve(cp, offer_found(model, self.race, form.variables, "heads"))
        return status != cp_model.INFEASIBLE
