"""Common walks: people alike are one flow of whole walkers, so that no solver tries the same roster twice.

Four officers under the same rules give one roster in twenty-four disguises. Here they are a flow of four
through common states: how many of them work what on which day, without names. That model is small, its
relaxation is that of everybody's own walk, and its answer tells at what heads to look for a roster; it leaves
out what needs names (fairness, groups, requests), so that its bound stays below every roster's objective.

Source: implicit models of interchangeable people (Côté, Gendron & Rousseau 2011, Management Science 57(1)),
here over states instead of a grammar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from ortools.sat.python import cp_model

from jingwu.engines.rostering.columns.core import Core, build_core
from jingwu.engines.rostering.columns.programme import Floats
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import RosterProblem
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.rules import active_rules
from jingwu.engines.rostering.solvers import WORKERS, CpForm, offer_found, stops_with, to_cp, to_highs
from jingwu.engines.rostering.walks import write_walks
from jingwu.terms.people import PersonCategory

MOST_ARCS = 15_000
"""Arcs up to which the common flow is solved in seconds."""

ABOVE = (0.0, 0.01, 0.03)
"""How far above the relaxation (shares of it) heads are looked for: the nearer, the fewer arcs are left."""

HEADS_SHARE, NAMES_SHARE = 0.55, 0.4
"""Shares of the time left that looking for heads, and then for names to them, may take."""

NAMES_MATTER = 0.05
"""How far the bound of everybody's own walk may lie above that of heads before heads say too little."""

CERTAIN = 1e-3
"""What a reduced cost must exceed a difference by before it proves anything."""


def alike(problem: RosterProblem, core: Core) -> list[list[int]]:
    """Return the rows of those who may stand in for each other as far as heads are counted."""
    counting = [rule for rule in active_rules(problem) if rule.of_heads]
    groups: dict[tuple[object, ...], list[int]] = {}
    for row, person in enumerate(problem.people):
        limits = core.limits[row]
        key = (
            person.category is PersonCategory.OFFICER,
            person.is_leader,
            tuple(rule.spec.applies_to(person) for rule in counting),
            core.counts[row].tobytes(),
            core.succession[row].tobytes(),
            limits.max_work,
            limits.max_nights,
        )
        groups.setdefault(key, []).append(row)
    return list(groups.values())


@dataclass(frozen=True)
class CommonWalks:
    """The model of heads; a group's cells are those of its first member."""

    model: LinearModel
    groups: list[list[int]]
    arcs: int

    def bound(self, seconds: float) -> tuple[float, Floats]:
        """Return the value of the relaxation and the reduced cost of every variable.

        Both are computed here from the row prices: whatever those are, weak duality makes the value a bound
        (−inf when the solver has no prices in time).
        """
        form = to_highs(self.model)
        form.integrality_ = []
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.silent()
        highs.setOptionValue("time_limit", max(0.01, seconds))
        highs.setOptionValue("threads", 1)
        highs.passModel(form)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return -math.inf, np.zeros(len(self.model.cost))
        prices = np.array(highs.getSolution().row_dual, np.float64)
        lower, upper = np.asarray(form.row_lower_), np.asarray(form.row_upper_)
        prices[(prices > 0) & np.isinf(lower) | (prices < 0) & np.isinf(upper)] = 0.0
        reduced = np.array(self.model.cost, np.float64)
        for row, price in zip(self.model.rows, prices, strict=True):
            if price:
                for coefficient, variable in row.terms:
                    reduced[variable] -= coefficient * price
        priced = prices != 0
        sides = np.where(prices > 0, lower, upper)
        at_bounds = np.minimum(reduced * self.model.lower, reduced * self.model.upper)
        value = self.model.constant + float(prices[priced] @ sides[priced]) + float(at_bounds.sum())
        return value, reduced


def common_walks(problem: RosterProblem) -> CommonWalks | None:
    """Return the model of heads, None where nobody is like anybody else or the flow would be too large."""
    core = build_core(problem)
    groups = alike(problem, core)
    if len(groups) == core.people:
        return None
    heads = [0] * core.people
    for members in groups:
        heads[members[0]] = len(members)
    model = LinearModel(problem, heads=heads)
    for rule in active_rules(problem):
        if rule.of_heads:
            rule.add(model)
    first = write_walks(model, groups)
    arcs = len(model.cost) - first
    if arcs > MOST_ARCS:
        return None
    for members in groups:
        _totals(model, core, members)
    return CommonWalks(model, groups, arcs)


def _totals(model: LinearModel, core: Core, members: Sequence[int]) -> None:
    """Keep a group within the sum of its members' limits of minutes and of each kind."""
    row, days = members[0], range(core.days)
    cells = [(kind, model.cell(row, day, kind)) for day in days for kind in range(core.kinds)]
    most = sum(core.limits[member].max_minutes for member in members)
    model.add([(int(core.minutes[kind]), cell) for kind, cell in cells], upper=most)
    for kind in range(core.kinds):
        limit = sum(int(core.limits[member].max_counts[kind]) for member in members)
        if limit < core.days * len(members):
            model.add([(1, cell) for at, cell in cells if at == kind], upper=limit)


def search_heads(race: Race, common: CommonWalks, model: LinearModel, named: CpForm, seed: int) -> None:
    """Raise the bound by the common flow, find the best heads near it, and look for a roster with them.

    ``named`` is ``model``, that of all rules, for CP-SAT; it is read only.
    """
    began = race.clock()
    heads = _heads(race, common, began + HEADS_SHARE * race.left(), seed)
    race.seconds_by_step["heads"] = race.clock() - began
    if heads is not None and not race.over():
        began = race.clock()
        _name(race, common, heads, model, named, seed)
        race.seconds_by_step["names"] = race.clock() - began


def _heads(race: Race, common: CommonWalks, until: float, seed: int) -> list[int] | None:
    """Return the cheapest heads near the relaxation, None if none were found; raise the bound on the way.

    Heads that cost at most ``limit`` leave every variable at its bound whose reduced cost exceeds the
    distance of ``limit`` from the relaxation.
    """
    bound, reduced = common.bound(until - race.clock())
    race.raise_bound(bound)
    if not math.isfinite(bound):
        return None
    model = common.model
    form = to_cp(model)

    def over() -> bool:
        return race.over() or race.bound > (1 + NAMES_MATTER) * bound + 1

    for share in ABOVE:
        if over() or race.clock() >= until:
            return None
        limit = math.ceil(bound - CERTAIN) + math.floor(share * max(1.0, bound))
        if race.objective is not None:
            limit = min(limit, race.objective - 1)
        cp = form.cp.clone()
        domains = cp.proto.variables
        for variable in np.flatnonzero(np.abs(reduced) > limit - bound + CERTAIN).tolist():
            value = model.lower[variable] if reduced[variable] > 0 else model.upper[variable]
            domains[variable].domain[0] = domains[variable].domain[1] = value
        cp.add(form.cost <= limit)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed % (1 << 31)
        solver.parameters.max_time_in_seconds = max(0.01, until - race.clock())
        with stops_with(solver, over):
            status = solver.solve(cp)
        if status == cp_model.INFEASIBLE:
            race.raise_bound(limit + 1)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return [solver.value(variable) for variable in form.variables]
    return None


def _name(
    race: Race, common: CommonWalks, heads: list[int], model: LinearModel, named: CpForm, seed: int
) -> None:
    """Look for the best roster in which every group has just these heads on every day and kind."""
    cp = named.cp.clone()
    for members in common.groups:
        for day in range(model.problem.days):
            for kind in range(model.kinds):
                cells = [named.variables[model.cell(row, day, kind)] for row in members]
                cp.add(sum(cells) == heads[model.cell(members[0], day, kind)])
    if race.objective is not None:
        cp.add(named.cost <= race.objective - 1)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_time_in_seconds = max(0.01, NAMES_SHARE * race.left())
    with stops_with(solver, race.over):
        solver.solve(cp, offer_found(model, race, named.variables, "heads"))
