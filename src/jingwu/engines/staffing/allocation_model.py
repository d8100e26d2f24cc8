"""The variables, laws and norms of one allocation: heads by office, role and category, tours by office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from jingwu.engines.staffing.facts import FloatArray, StaffingParams
from jingwu.engines.staffing.model import LinearModel
from jingwu.engines.staffing.requirement import Requirement
from jingwu.engines.staffing.roles import CREW_ROLE, LEAD_ROLE, RELIEF_ROLE, roles_for
from jingwu.terms.people import PersonCategory

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


class Build:
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

    def fix_officers(self, first: Build, solution: FloatArray) -> None:
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
