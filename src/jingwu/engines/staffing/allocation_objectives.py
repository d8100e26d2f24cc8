"""What an allocation minimises after law, norms and crews: coefficients by variable, lower is better."""

from __future__ import annotations

import numpy as np

from jingwu.engines.staffing.allocation_model import Build
from jingwu.engines.staffing.roles import CREW_ROLE, LEAD_ROLE, ROLES
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import PersonCategory


def other_shortfalls(build: Build) -> dict[int, float]:
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


def negative_gain(build: Build) -> dict[int, float]:
    gains = build.case.gains
    return {
        index: -float(gains[o, k]) for o, steps in enumerate(build.steps) for k, index in enumerate(steps)
    }


def composition(build: Build) -> dict[int, float]:
    """Return the distance from 1+5+2+4 in every office, from full 1+2 crews, and from the module shares."""
    model, params = build.model, build.case.params
    objective = template_distance(build)
    for office in build.offices:
        patrol = build.total(office, "patrol_aux")
        if patrol:
            crews = build.total(office, CREW_ROLE)
            row = {**patrol, **{index: -float(params.group_max_aux) for index in crews}}
            objective[model.excess(row, 0.0, "norm.security_crew")] = 1.0 / max(1, params.group_max_aux)
    objective.update(_module_distance(build))
    return objective


def template_distance(build: Build) -> dict[int, float]:
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


def _module_distance(build: Build) -> dict[int, float]:
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


def moves(build: Build) -> dict[int, float]:
    """Return the heads that leave the office they serve in today."""
    objective: dict[int, float] = {}
    for (office, category), heads in sorted(build.case.today.items()):
        row = build.total(office, None, category) if office in build.need else {}
        if row and heads:
            objective[build.model.excess(row, float(heads), "objective.moves")] = 1.0
    return objective
