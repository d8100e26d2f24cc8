"""How many of whom where: the actual strength (or a budget) over offices and roles, one objective after
another.

Order: law -> norms -> worst shortfall of crews -> calls answered in time (concave in tours) -> worst
shortfall of other posts -> composition -> fewest moves. Each objective is solved by HiGHS and then held, up
to a stated
tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from jingwu.engines.staffing.allocation_model import AllocationCase, Build
from jingwu.engines.staffing.allocation_objectives import (
    composition,
    moves,
    negative_gain,
    other_shortfalls,
    template_distance,
)
from jingwu.engines.staffing.conflict import Conflict, smallest_conflict
from jingwu.engines.staffing.facts import FloatArray
from jingwu.engines.staffing.model import Coefficients, LinearModel
from jingwu.engines.staffing.roles import CREW_ROLE, RELIEF_ROLE
from jingwu.terms.people import PersonCategory

_HELD = 1e-6
_OFFICERS = frozenset({PersonCategory.OFFICER})
_OFFICER_NORMS = frozenset({"norm.one_lead", "norm.minimum_crews"})


@dataclass(frozen=True)
class Allocation:
    """Heads by (office, role, category), the objectives reached, or the rules in conflict."""

    posts: Mapping[tuple[str, str, PersonCategory], int]
    tours: Mapping[str, int]
    worst_crew_shortfall_share: float
    objectives: tuple[tuple[str, float], ...]
    conflict: Conflict | None = None

    def of(self, office: str, role: str) -> int:
        """Return the posts of ``role`` in ``office``."""
        return sum(n for (o, r, _), n in self.posts.items() if o == office and r == role)


def allocate(case: AllocationCase) -> Allocation:
    """Share the strength out over offices and roles, or name the smallest set of rules in conflict.

    Officers come first, since every other post leans on theirs; the helpers follow with the officers where
    they are. Source: planning §5.2; pre-emptive goal programming (Charnes & Cooper 1961).
    """
    whole = Build(case)
    if not whole.model.feasible():
        return Allocation({}, {}, 1.0, (), conflict=smallest_conflict(whole.model))
    if case.budget is None and case.strict <= _OFFICER_NORMS:
        officers: dict[PersonCategory, int] = {c: n for c, n in case.strength.items() if c in _OFFICERS}
        first = Build(replace(case, strength=officers, strict=case.strict))
    else:
        first = whole  # money, or a binding norm for helpers, ties all categories together
    ladder = _Ladder(first.model)
    ladder.hold("leads_missed" if first is not whole else "norms_missed", first.breaches)
    worst = _hold_worst_crew_shortfall(first)
    ladder.reached.append(("worst_crew_shortfall_share", worst))
    ladder.hold("calls_answered_in_time", negative_gain(first), case.gain_tolerance_share)
    if first is not whole:
        ladder.hold("officers_by_template", template_distance(first), case.composition_tolerance_share)
        ladder.hold("officers_moved", moves(first), case.moves_gap_share)
        whole.fix_officers(first, ladder.solution)
        ladder = _Ladder(whole.model, ladder.reached)
        ladder.hold("norms_missed", whole.breaches)
    ladder.hold("worst_post_shortfalls", other_shortfalls(whole))
    ladder.hold("composition", composition(whole), case.composition_tolerance_share)
    ladder.hold("moves", moves(whole), case.moves_gap_share)
    tours = {o: int(ladder.solution[index]) for o, index in zip(whole.offices, whole.tours, strict=True)}
    return Allocation(_posts(whole, ladder.solution, tours), tours, worst, tuple(ladder.reached))


class _Ladder:
    """Objectives solved one after another; each is held before the next is asked."""

    def __init__(self, model: LinearModel, reached: list[tuple[str, float]] | None = None) -> None:
        self.model, self.reached = model, list(reached or ())
        self.solution: FloatArray = np.zeros(0)

    def hold(self, name: str, objective: Coefficients, tolerance_share: float = 0.0) -> float:
        """Minimise ``objective`` and keep it within ``tolerance_share`` of what was reached."""
        # An objective of which a part may be given up again need not be proved more finely than that part.
        self.solution = self.model.solve(
            objective, gap_share=max(1e-4, tolerance_share / 4), start=self.solution
        )
        value = float(sum(weight * self.solution[index] for index, weight in objective.items()))
        if objective:
            high = value + abs(value) * tolerance_share + _HELD
            self.model.row(objective, -np.inf, high, f"objective.{name}")
        self.reached.append((name, value))
        return value


def _posts(
    build: Build, solution: FloatArray, tours: Mapping[str, int]
) -> dict[tuple[str, str, PersonCategory], int]:
    """Return the heads; crew officers beyond the tours of their office are its relief."""
    posts: dict[tuple[str, str, PersonCategory], int] = {}
    for (office, role, category), index in build.n.items():
        heads = int(solution[index])
        if role == CREW_ROLE and heads > tours[office]:
            posts[office, RELIEF_ROLE, category] = heads - tours[office]
            heads = tours[office]
        if heads:
            posts[office, role, category] = heads
    return posts


def _hold_worst_crew_shortfall(build: Build) -> float:
    """Lower the worst shortfall of crews as far as it goes and hold it there; returns the share missing.

    The shortfall of an office takes one of the values (need - k) ÷ need, so that a search by halves over
    these few values, each a feasibility question, finds the exact optimum where a min-max objective branches
    long.
    """
    needs = {office: build.need[office].get(CREW_ROLE, 0) for office in build.offices}
    levels = sorted({(need - k) / need for need in needs.values() if need for k in range(need + 1)})
    if not levels:
        return 0.0

    def add(level: float) -> None:
        for tours, need in zip(build.tours, needs.values(), strict=True):
            fewest = math.ceil(need * (1.0 - level) - 1e-9)
            if fewest > 0:
                build.model.row({tours: 1.0}, fewest, np.inf, "objective.worst_crew_shortfall")

    low, high = 0, len(levels) - 1  # the highest level asks for nobody: always feasible
    rows = len(build.model.rows)
    while low < high:
        middle = (low + high) // 2
        add(levels[middle])
        possible = build.model.feasible()
        del build.model.rows[rows:]
        low, high = (low, middle) if possible else (middle + 1, high)
    add(levels[low])
    return levels[low]
