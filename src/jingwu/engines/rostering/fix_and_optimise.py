"""Fix and optimise: most of a roster is kept, a few people or a few days are solved anew by CP-SAT.

It knows every rule, since it works on the model all rules wrote, and it needs one core: where the whole model
takes CP-SAT long to enter, a good roster is there within seconds.

Source: large neighbourhoods for rosters after Della Croce & Salassa (2014); sizes adapt to what is solved.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from jingwu.engines.rostering.columns.programme import Bools
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.rules import kept_together
from jingwu.engines.rostering.solution import Roster
from jingwu.engines.rostering.solvers import CpForm, roster_from

WORK, MOST_WORK = 0.05, 0.3
"""Deterministic seconds one neighbourhood may take at first, and once many have ended undecided."""

LEAST_SHARE, MOST_SHARE = 0.12, 0.6
"""Share of all cells that is freed: least and most."""

ANYWHERE_SHARE = 0.5
"""How often the neighbourhood lies anywhere, not about a breach drawn by its penalty."""

TOGETHER_SHARE = 0.5
"""How often groups are freed as a whole: a member alone cannot follow elsewhere."""

WAIT = 0.05
"""Seconds between looks for a first roster."""


@dataclass
class FixAndOptimise:
    """Neighbourhoods of the race's best roster, one after another, on one thread.

    ``form`` is ``model`` for CP-SAT; it is read only, so that threads may share it.
    """

    model: LinearModel
    form: CpForm
    race: Race
    seed: int

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.share = 2 * LEAST_SHARE
        self.work = WORK
        self.failures = 0
        self.groups = kept_together(self.model.problem)

    def run(self, *, patience: float, latest: float) -> None:
        """Improve until the race is over, ``latest`` on its clock, or ``patience`` failures in a row."""
        self.failures = 0
        while not self.race.over() and self.race.clock() < latest and self.failures < patience:
            best = self.race.best()
            if best is None:
                time.sleep(WAIT)
            else:
                self._improve(*best)

    def _improve(self, roster: Roster, objective: int) -> None:
        free = self._free()
        cp = self.form.cp.clone()
        self._keep(cp, roster, free)
        cp.add(self.form.cost <= objective - 1)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = int(self.random.integers(1 << 30))
        solver.parameters.max_deterministic_time = self.work
        solver.parameters.max_time_in_seconds = max(0.01, min(20 * self.work, self.race.left()))
        status = solver.solve(cp)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self.race.offer(
                roster_from(self.model, lambda index: solver.value(self.form.variables[index])),
                "neighbourhood",
            )
            self.failures = 0
        else:
            self.failures += 1
        decided = status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
        self.share = min(MOST_SHARE, max(LEAST_SHARE, self.share * (1.05 if decided else 0.85)))
        if status == cp_model.UNKNOWN:
            self.work = min(MOST_WORK, 1.05 * self.work)

    def _free(self) -> Bools:
        """Return people × days: the cells to solve anew, about what costs most or anywhere."""
        breaches = self.race.breaches
        penalties = np.array([breach.penalty for breach in breaches], np.float64)
        if penalties.sum() <= 0 or self.random.random() < ANYWHERE_SHARE:
            return self.free_people("") if self.random.random() < 0.5 else self._days(None)
        breach = breaches[int(self.random.choice(len(breaches), p=penalties / penalties.sum()))]
        if breach.day is None or (breach.person and self.random.random() < 0.5):
            return self.free_people(breach.person)
        return self._days(breach.day)

    def free_people(self, person: str) -> Bools:
        """Return people × days: those drawn are free on all days, ``person`` (if any) among them."""
        problem = self.model.problem
        score = self.random.random(len(problem.people)) + [other.id == person for other in problem.people]
        if self.groups and self.random.random() < TOGETHER_SHARE:
            for rows in self.groups:
                score[rows] = score[rows].max()
        # By score, not by number: the last group drawn is not cut in two, nor is ``person`` cut off.
        least = np.sort(score)[-max(2, round(self.share * len(problem.people)))]
        return np.repeat((score >= least)[:, None], problem.days, axis=1)

    def _days(self, day: int | None) -> Bools:
        problem = self.model.problem
        length = min(problem.days, max(3, round(self.share * problem.days)))
        first = int(self.random.integers(problem.days - length + 1))
        if day is not None:
            first = min(max(0, day - int(self.random.integers(length))), problem.days - length)
        free = np.zeros((len(problem.people), problem.days), np.bool_)
        free[:, first : first + length] = True
        return free

    def _keep(self, cp: cp_model.CpModel, roster: Roster, free: Bools) -> None:
        """Fix every cell that is not free as it stands in ``roster``, and hint the others."""
        bounds = cp.proto.variables
        for row, cells in enumerate(roster.cells):
            for day, worked in enumerate(cells):
                for code, kind in self.model.place.items():
                    index, value = self.model.cell(row, day, kind), int(worked == code)
                    if free[row, day]:
                        cp.add_hint(self.form.variables[index], value)
                    else:
                        bounds[index].domain[0] = bounds[index].domain[1] = value
