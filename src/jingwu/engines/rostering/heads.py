"""Heads first, names after: find the cheapest heads of the common walks, then a roster that has just these.

The nearer to the relaxation heads are looked for, the fewer arcs are left: whatever costs at most ``limit``
leaves every variable at its bound whose reduced cost exceeds the distance. What is proved impossible raises
the limit. The time CP-SAT takes scatters widely with its seed, so that it begins anew several times.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from jingwu.engines.rostering.common_walks import CERTAIN, CommonWalks
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.solvers import WORKERS, CpForm, offer_found, stops_with, to_cp

HEADS_SHARE, NAMES_SHARE = 0.75, 0.5
"""Shares of the time left that looking for heads, and then for names to them, may take."""


@dataclass(frozen=True)
class _Way:
    """How CP-SAT is asked; ``share`` of the time left is what the first try in this way may take."""

    share: float
    relaxation: int = 1
    hint: bool = False
    probing: int = 2


WAYS = (
    _Way(0.2, probing=0),
    _Way(0.07, hint=True),
    _Way(0.12, relaxation=2, hint=True, probing=0),
    _Way(0.15, relaxation=2),
)
"""Ways to ask, by turns: without CP-SAT's usual preparation, with the relaxation rounded as a hint, with all
of the relaxation in the search. Each finds within a second or two what another does not find in ten."""

GROWS = 1.5
"""By how much the next try in the same way may take longer."""

NAMES_MATTER = 0.05
"""How far the bound of everybody's own walk may lie above that of heads before heads say too little."""


@dataclass
class HeadSearch:
    """A search for heads on one thread or more; ``until`` on the race's clock it ends."""

    race: Race
    common: CommonWalks
    seed: int
    heads: list[int] | None = None
    tries: int = 0
    named: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.form = to_cp(self.common.model)
        self.limit = self.common.round_up(self.common.bound)
        self.distance = self.common.step
        self.seconds = self.race.left()
        self.until = self.race.clock() + HEADS_SHARE * self.seconds

    def over(self) -> bool:
        """Return whether to stop: heads are found, time is up, or names matter too much."""
        return (
            self.heads is not None
            or self.race.over()
            or self.race.clock() >= self.until
            or self.race.bound > (1 + NAMES_MATTER) * self.limit + self.common.step
        )

    def run(self, most_tries: float = math.inf) -> None:
        """Try so many times or until it is over; what is proved on the way raises the bound."""
        while most_tries > 0 and not self.over():
            most_tries -= 1
            with self._lock:
                limit, attempt = self.limit, self.tries
                self.tries += 1
            self._try(limit, attempt)

    def _try(self, limit: int, attempt: int) -> None:
        """Try once, in the way whose turn it is."""
        way, turn = WAYS[attempt % len(WAYS)], attempt // len(WAYS)
        cp = self._near(limit)
        if way.hint:
            for variable, value in zip(self.form.variables, self.common.value, strict=True):
                cp.add_hint(variable, round(float(value)))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = (self.seed + 101 * attempt) % (1 << 31)
        solver.parameters.stop_after_first_solution = True
        solver.parameters.linearization_level = way.relaxation
        solver.parameters.cp_model_probing_level = way.probing
        seconds = min(way.share * self.seconds * GROWS**turn, self.until - self.race.clock())
        solver.parameters.max_time_in_seconds = max(0.01, seconds)
        with stops_with(solver, self.over):
            status = solver.solve(cp)
        with self._lock:
            if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) and self.heads is None:
                self.heads = [solver.value(variable) for variable in self.form.variables]
            if status == cp_model.INFEASIBLE and limit == self.limit:
                self.race.raise_bound(limit + self.common.step)
                self.limit = max(limit + self.distance, self._near_the_bound())
                self.distance *= 2

    def _near_the_bound(self) -> int:
        """Return the dearest heads within the bound of all rules: a guide where names cost little."""
        constant, step = self.common.model.constant, self.common.step
        return constant + step * math.floor((self.race.bound - constant) / step)

    def _near(self, limit: int) -> cp_model.CpModel:
        """Return the model of heads that cost at most ``limit``."""
        model, reduced = self.common.model, self.common.reduced
        cp = self.form.cp.clone()
        domains = cp.proto.variables
        for variable in np.flatnonzero(np.abs(reduced) > limit - self.common.bound + CERTAIN).tolist():
            value = model.lower[variable] if reduced[variable] > 0 else model.upper[variable]
            domains[variable].domain[0] = domains[variable].domain[1] = value
        cp.add(self.form.cost <= limit)
        return cp

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
