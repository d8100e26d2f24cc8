"""Common walks: people alike are one flow of whole walkers, so that no solver tries the same roster twice.

Four officers under the same rules give one roster in twenty-four disguises. Here they are a flow of four
through common states: how many of them work what on which day, without names. That model of heads is small
and its relaxation is that of everybody's own walk; it leaves out what needs names (fairness, groups,
requests), so that its bound stays below every roster's objective.

Source: implicit models of interchangeable people (Côté, Gendron & Rousseau 2011, Management Science 57(1)),
here over states instead of a grammar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from jingwu.engines.rostering.columns.core import Core, build_core
from jingwu.engines.rostering.columns.programme import Floats
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import RosterProblem
from jingwu.engines.rostering.relaxation import Relaxation
from jingwu.engines.rostering.rules import active_rules
from jingwu.engines.rostering.walks import WALKED, write_walks
from jingwu.terms.duty import Severity

MOST_ARCS = 15_000
"""Arcs up to which the common flow is solved in seconds."""

MOST_ARCS_APART = 5_500
"""Arcs up to which whoever is away walks apart from the first day on: beyond, dives would take too long."""

CERTAIN = 1e-3
"""How far from a whole number a value must be before it proves the next one."""


def alike(problem: RosterProblem, core: Core) -> list[list[int]]:
    """Return the rows of those who may stand in for each other as far as heads are counted."""
    counting = [rule for rule in active_rules(problem) if rule.of_heads]
    groups: dict[tuple[object, ...], list[int]] = {}
    for row, person in enumerate(problem.people):
        limits = core.limits[row]
        key = (
            tuple((rule.spec.applies_to(person), rule.tells_apart(person)) for rule in counting),
            core.counts[row].tobytes(),
            core.succession[row].tobytes(),
            limits.max_work,
            limits.max_nights,
        )
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def common_walks(problem: RosterProblem) -> CommonWalks | None:
    """Return the model of heads, None where it would mislead or be too large.

    It misleads where nobody is like anybody else, and where what follows what may be broken at a price: heads
    know no such price, and the cheapest of them lead to rosters that pay it everywhere.
    """
    if any(spec.kind in WALKED and spec.severity is not Severity.LAW for spec in problem.rules):
        return None
    core = build_core(problem)
    groups = alike(problem, core)
    if len(groups) == core.people:
        return None
    model = _of_heads(problem, groups, MOST_ARCS_APART, apart_from_start=True)
    if model is None:
        model = _of_heads(problem, groups, MOST_ARCS, apart_from_start=False)
    if model is None:
        return None
    for members in groups:
        _totals(model, core, members)
    return CommonWalks(model, groups)


def _of_heads(
    problem: RosterProblem, groups: list[list[int]], most_arcs: int, *, apart_from_start: bool
) -> LinearModel | None:
    """Return the rules of heads and the groups' flow, None where it has more arcs."""
    heads = [0] * len(problem.people)
    for members in groups:
        heads[members[0]] = len(members)
    model = LinearModel(problem, heads=heads)
    for rule in active_rules(problem):
        if rule.of_heads:
            rule.add(model)
    first = write_walks(model, groups, apart_from_start=apart_from_start)
    return model if len(model.cost) - first <= most_arcs else None


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


@dataclass
class CommonWalks:
    """The model of heads (a group's cells are those of its first member), its relaxation, its whole sums.

    ``bound`` is the relaxation's objective, ``reduced`` every variable's reduced cost in it and ``value`` its
    value; ``whole_sums`` say how many places of a price at least stay open.
    """

    model: LinearModel
    groups: list[list[int]]
    bound: float = -math.inf
    reduced: Floats = field(default_factory=lambda: np.zeros(0))
    value: Floats = field(default_factory=lambda: np.zeros(0))
    whole_sums: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.step = math.gcd(*self.model.cost) or 1
        """All costs of heads are multiples of it."""

    def round_up(self, value: float) -> int:
        """Return the least cost heads can have that is not below a bound."""
        above = value - CERTAIN - self.model.constant
        return self.model.constant + self.step * math.ceil(above / self.step)

    def relax(self, seconds: float) -> None:
        """Solve the relaxation; make the open places of each price but the cheapest a whole number.

        Where the relaxation leaves 2.5 of the dearest places open and no fewer can be, three is a row.
        """
        relaxation = Relaxation(self.model)
        self.bound, self.reduced, self.value = relaxation.minimise(seconds)
        if not math.isfinite(self.bound):
            return
        places = open_places(self.model)
        for price in sorted(places, reverse=True)[:-1]:
            places_open = float(self.value[places[price]].sum())
            if abs(places_open - round(places_open)) < CERTAIN:
                continue
            count = 0 * self.reduced
            count[places[price]] = 1.0
            fewest = relaxation.minimise(seconds, count)[0]
            if not math.isfinite(fewest) or math.ceil(fewest - CERTAIN) <= places_open:
                continue
            self.whole_sums[price] = math.ceil(fewest - CERTAIN)
            relaxation.at_least(places[price], self.whole_sums[price])
            found = relaxation.minimise(seconds)
            if math.isfinite(found[0]):
                self.bound, self.reduced, self.value = found
        add_whole_sums(self.model, self.whole_sums)


def open_places(model: LinearModel) -> dict[int, list[int]]:
    """Return the variables that count open places, by their price."""
    found: dict[int, list[int]] = {}
    for items in model.shortfalls.values():
        for item in items:
            if item.slack is not None:
                found.setdefault(model.cost[item.slack], []).append(item.slack)
    return found


def add_whole_sums(model: LinearModel, whole_sums: dict[int, int]) -> None:
    """Add to a model of the same problem, of heads or of names, how many places at least stay open."""
    places = open_places(model)
    for price, fewest in whole_sums.items():
        model.add([(1, variable) for variable in places[price]], lower=fewest)
