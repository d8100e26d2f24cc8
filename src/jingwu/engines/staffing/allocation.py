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

from jingwu.engines.staffing.conflict import Conflict, smallest_conflict
from jingwu.engines.staffing.facts import FloatArray, StaffingParams
from jingwu.engines.staffing.model import Coefficients, LinearModel
from jingwu.engines.staffing.requirement import Requirement
from jingwu.engines.staffing.roles import CREW_ROLE, LEAD_ROLE, RELIEF_ROLE, ROLES, roles_for
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import PersonCategory

_HELD = 1e-6
_OFFICERS = frozenset({PersonCategory.OFFICER})
_OFFICER_NORMS = frozenset({"norm.one_lead", "norm.minimum_crews"})
# Crew officers beyond the tours of their office are its relief, told apart afterwards;
# officers for one module alone are a local choice: crews do that work between calls.
_NOT_ALLOCATED = frozenset({RELIEF_ROLE, "service_officer", "mediation_officer"})
_FACT_TOURS = "fact.tours_need_officers"
_TOUR_ROLES = (CREW_ROLE, LEAD_ROLE)  # the lead leads no group, but takes a tour where nobody else is left


@dataclass(frozen=True)
class Budget:
    """Money instead of heads: ``total`` a year, ``unit_cost`` of one person a year by category."""

    total: float
    unit_cost: Mapping[PersonCategory, float]


@dataclass(frozen=True)
class AllocationCase:
    """What is to be shared out.

    ``strength``: heads by category (the most that may be hired when a ``budget`` is given). ``gains``
    (offices, crews): calls a week each further tour answers in time, rows non-increasing. ``tours_total``:
    weekly tours the
    officers' hours allow, leave and training taken off. ``today``: heads by office and category.
    ``strict``: norms that must hold like law in this plan. ``gain_tolerance_share`` and
    ``composition_tolerance_share``: what of those objectives may be given up for fewer moves;
    ``moves_gap_share``: how far from the proven fewest the moves may stay.
    """

    requirement: Requirement
    strength: Mapping[PersonCategory, int]
    gains: FloatArray
    tours_total: int
    today: Mapping[tuple[str, PersonCategory], int]
    params: StaffingParams
    budget: Budget | None = None
    strict: frozenset[str] = frozenset()
    gain_tolerance_share: float = 0.0
    composition_tolerance_share: float = 0.0
    moves_gap_share: float = 0.0

    def __post_init__(self) -> None:
        if self.gains.shape[0] != len(self.requirement.offices):
            raise ValueError("gains must be (offices, crews)")
        if np.any(np.diff(self.gains, axis=1) > 1e-9):
            raise ValueError("a further crew must not answer more than the one before")
        if any(heads < 0 for heads in self.strength.values()):
            raise ValueError("strength must not be negative")


@dataclass(frozen=True)
class Allocation:
    """Heads by (office, role, category), the objectives reached, or the rules in conflict."""

    posts: Mapping[tuple[str, str, PersonCategory], int]
    tours: Mapping[str, int]
    worst_crew_shortfall_share: float
    answered_gain: float
    objectives: tuple[tuple[str, float], ...]
    conflict: Conflict | None = None

    def of(self, office: str, role: str) -> int:
        """Return the posts of ``role`` in ``office``."""
        return sum(n for (o, r, _), n in self.posts.items() if o == office and r == role)


class _Build:
    """The variables and rows of one allocation."""

    def __init__(self, case: AllocationCase) -> None:
        self.case, self.model = case, LinearModel()
        self.offices = case.requirement.offices
        self.need = _needs(case)
        self.n: dict[tuple[str, str, PersonCategory], int] = {}
        self.tours: list[int] = []
        for office in self.offices:
            for category, heads in case.strength.items():
                for role in roles_for(category):
                    if role in _NOT_ALLOCATED:
                        continue
                    self.n[office, role, category] = self.model.variable(float(heads))
        self._crew_steps()
        self._strength()
        self._law()
        self.breaches = self._norms()

    def fix_officers(self, first: _Build, solution: FloatArray) -> None:
        """Take officers and tours over from the ``solution`` of the model that placed them."""
        for key, index in first.n.items():
            own = self.n[key]
            self.model.lower[own] = self.model.upper[own] = float(solution[index])
        for mine, theirs in zip(self.tours, first.tours, strict=True):
            self.model.lower[mine] = self.model.upper[mine] = float(solution[theirs])

    def total(
        self, office: str | None = None, role: str | None = None, *categories: PersonCategory
    ) -> dict[int, float]:
        """Return the coefficients of the heads in an office, a role, some categories."""
        return {
            index: 1.0
            for (o, r, c), index in self.n.items()
            if (office is None or o == office)
            and (role is None or r == role)
            and (not categories or c in categories)
        }

    def _crew_steps(self) -> None:
        """Add the tours of every office, one step per tour: each needs an officer of the office who may
        take it."""
        most = self.case.gains.shape[1]
        self.steps: list[list[int]] = []
        for office in self.offices:
            steps = [self.model.variable(1.0, integer=False) for _ in range(most)]
            tours = self.model.variable(float(most))
            self.model.row({**dict.fromkeys(steps, 1.0), tours: -1.0}, 0.0, 0.0, _FACT_TOURS)
            takers = {index: -1.0 for role in _TOUR_ROLES for index in self.total(office, role)}
            self.model.row({tours: 1.0, **takers}, -np.inf, 0.0, _FACT_TOURS)
            self.steps.append(steps)
            self.tours.append(tours)
        self.model.row(
            dict.fromkeys(self.tours, 1.0), -np.inf, float(self.case.tours_total), "fact.crew_hours"
        )

    def _strength(self) -> None:
        budget = self.case.budget
        for category, heads in self.case.strength.items():
            row = self.total(None, None, category)
            if not row:
                continue
            low = 0.0 if budget else float(heads)
            self.model.row(row, low, float(heads), f"fact.strength.{category}")
        if budget:
            cost = {index: budget.unit_cost.get(category, 0.0) for (_, _, category), index in self.n.items()}
            self.model.row(cost, -np.inf, budget.total, "fact.budget")

    def _law(self) -> None:
        auxiliaries = (PersonCategory.AUX_DUTY, PersonCategory.AUX_CLERICAL)
        heads = sum(self.case.strength.get(category, 0) for category in auxiliaries)
        for office in self.offices:
            helpers = self.total(office, None, *auxiliaries)
            row: dict[int, float] = dict(helpers)
            for index in self.total(office, None, PersonCategory.OFFICER):
                row[index] = -float(max(heads, 1))
            if helpers:
                self.model.row(row, -np.inf, 0.0, "law.aux_under_officer")
            for hosted in self.total(office, "grid_mediation"):
                row = {hosted: 1.0}
                for index in self.total(office, None, PersonCategory.OFFICER):
                    row[index] = -float(self.case.strength.get(PersonCategory.GRID_WORKER, 0))
                self.model.row(row, -np.inf, 0.0, "law.mediation_host")
            patrol = self.total(office, "patrol_aux")
            for role in _TOUR_ROLES:
                for index in self.total(office, role):
                    patrol[index] = -float(max(self.case.params.group_max_aux, 1) if heads else 0)
            if self.total(office, "patrol_aux"):
                self.model.row(patrol, -np.inf, 0.0, "law.officer_in_group")

    def _norms(self) -> dict[int, float]:
        case, model = self.case, self.model
        breaches: dict[int, float] = {}
        for place, office in enumerate(self.offices):
            leads = self.total(office, LEAD_ROLE)
            strict = "norm.one_lead" in case.strict
            model.row(leads, 1.0 if strict else 0.0, 1.0, "norm.one_lead")
            breaches[model.excess(leads, 1.0, "norm.one_lead")] = float(len(self.offices))
            if "norm.minimum_crews" in case.strict:
                need = float(self.need[office].get(CREW_ROLE, 0))
                model.row({self.tours[place]: 1.0}, need, np.inf, "norm.minimum_crews")
            for role, minimum in case.params.minimum_posts.items():
                row = self.total(office, role)
                if role in (LEAD_ROLE, CREW_ROLE) or not row:
                    continue
                breaches[model.excess(row, float(minimum), f"norm.minimum_posts.{role}")] = 1.0
                if "norm.minimum_posts" in case.strict:
                    model.row(row, float(minimum), np.inf, "norm.minimum_posts")
        return breaches


def _needs(case: AllocationCase) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {office: {} for office in case.requirement.offices}
    for need in case.requirement.posts:
        table[need.office][need.role] = table[need.office].get(need.role, 0) + need.posts
    for office, tours in zip(case.requirement.offices, case.requirement.tours.tolist(), strict=True):
        table[office][CREW_ROLE] = tours  # compared tour by tour: absence is already in ``tours_total``
    return table


def allocate(case: AllocationCase) -> Allocation:
    """Share the strength out over offices and roles, or name the smallest set of rules in conflict.

    Officers come first, since every other post leans on theirs; the helpers follow with the officers where
    they are. Source: planning §5.2; pre-emptive goal programming (Charnes & Cooper 1961).
    """
    whole = _Build(case)
    if not whole.model.feasible():
        return Allocation({}, {}, 1.0, 0.0, (), conflict=smallest_conflict(whole.model))
    if case.budget is None and case.strict <= _OFFICER_NORMS:
        officers: dict[PersonCategory, int] = {c: n for c, n in case.strength.items() if c in _OFFICERS}
        first = _Build(replace(case, strength=officers, strict=case.strict))
    else:
        first = whole  # money, or a binding norm for helpers, ties all categories together
    ladder = _Ladder(first.model)
    ladder.hold("leads_missed" if first is not whole else "norms_missed", first.breaches)
    worst = _hold_worst_crew_shortfall(first)
    ladder.reached.append(("worst_crew_shortfall_share", worst))
    answered = -ladder.hold("calls_answered_in_time", _negative_gain(first), case.gain_tolerance_share)
    if first is not whole:
        ladder.hold("officers_by_template", _template_distance(first), case.composition_tolerance_share)
        ladder.hold("officers_moved", _moves(first), case.moves_gap_share)
        whole.fix_officers(first, ladder.solution)
        ladder = _Ladder(whole.model, ladder.reached)
        ladder.hold("norms_missed", whole.breaches)
    ladder.hold("worst_post_shortfalls", _other_shortfalls(whole))
    ladder.hold("composition", _composition(whole), case.composition_tolerance_share)
    ladder.hold("moves", _moves(whole), case.moves_gap_share)
    tours = {o: int(ladder.solution[index]) for o, index in zip(whole.offices, whole.tours, strict=True)}
    return Allocation(_posts(whole, ladder.solution, tours), tours, worst, answered, tuple(ladder.reached))


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
    build: _Build, solution: FloatArray, tours: Mapping[str, int]
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


def _hold_worst_crew_shortfall(build: _Build) -> float:
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


def _other_shortfalls(build: _Build) -> dict[int, float]:
    """Return the sum over roles of the worst share of posts missing in any office."""
    objective: dict[int, float] = {}
    for role in ROLES:
        if role in (CREW_ROLE, LEAD_ROLE):
            continue
        worst: int | None = None
        for office in build.offices:
            need = build.need[office].get(role, 0)
            row = build.total(office, role)
            if not need or not row:
                continue
            if worst is None:
                worst = build.model.variable(1.0, integer=False)
                objective[worst] = 1.0
            build.model.row({**row, worst: float(need)}, float(need), np.inf, f"objective.shortfall.{role}")
    return objective


def _negative_gain(build: _Build) -> dict[int, float]:
    gains = build.case.gains
    return {
        index: -float(gains[o, k]) for o, steps in enumerate(build.steps) for k, index in enumerate(steps)
    }


def _composition(build: _Build) -> dict[int, float]:
    """Return the distance from 1+5+2+4 in every office, from full 1+2 crews, and from the module shares."""
    model, params = build.model, build.case.params
    objective = _template_distance(build)
    for office in build.offices:
        patrol = build.total(office, "patrol_aux")
        if patrol:
            crews = build.total(office, CREW_ROLE)
            row = {**patrol, **{index: -float(params.group_max_aux) for index in crews}}
            objective[model.excess(row, 0.0, "norm.security_crew")] = 1.0 / max(1, params.group_max_aux)
    objective.update(_module_distance(build))
    return objective


def _template_distance(build: _Build) -> dict[int, float]:
    """Return the heads of every office and part of the team too many or too few, as shares of the
    template."""
    model, params = build.model, build.case.params
    objective: dict[int, float] = {}
    parts = {
        "officer": (PersonCategory.OFFICER,),
        "auxiliary": (PersonCategory.AUX_DUTY, PersonCategory.AUX_CLERICAL),
        "grid_worker": (PersonCategory.GRID_WORKER,),
        "volunteer_post": (PersonCategory.VOLUNTEER, PersonCategory.POLICE_ASSISTANT),
    }
    for office in build.offices:
        for part, categories in parts.items():
            row = build.total(office, None, *categories)
            if row and part in params.template:
                size = model.absolute(row, float(params.template[part]), "goal.team_template")
                objective[size] = 1.0 / max(1, params.template[part])
    return objective


def _module_distance(build: _Build) -> dict[int, float]:
    params = build.case.params
    hours: dict[DutyModule, dict[int, float]] = {module: {} for module in DutyModule}
    for (_, role, category), index in build.n.items():
        module = ROLES[role].module
        if module is not None:
            hours[module][index] = params.weekly_minutes[category] / 60 * params.availability_share[category]
    everything: dict[int, float] = {}
    for part in hours.values():
        everything.update(part)
    if not everything:
        return {}
    objective = {}
    # One template of people out of place weighs about as much as a template's week in the wrong module.
    team = max(1.0, sum(params.template.values()) * float(np.mean(list(everything.values()))))
    for module, share in params.module_share.items():
        row = {
            index: (value if index in hours[module] else 0.0) - share * value
            for index, value in everything.items()
        }
        objective[build.model.absolute(row, 0.0, f"goal.module_share.{module}")] = 1.0 / team
    return objective


def _moves(build: _Build) -> dict[int, float]:
    """Return the heads that leave the office they serve in today."""
    objective: dict[int, float] = {}
    for (office, category), heads in sorted(build.case.today.items()):
        row = build.total(office, None, category) if office in build.need else {}
        if row and heads:
            objective[build.model.excess(row, float(heads), "objective.moves")] = 1.0
    return objective
