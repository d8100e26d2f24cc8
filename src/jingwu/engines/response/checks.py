"""Refusals of a case that cannot be computed, each saying what is wrong and how much of it."""

from __future__ import annotations

import numpy as np

from jingwu.engines.response.arrays import frozen
from jingwu.engines.response.candidates import candidates_of
from jingwu.engines.response.facts import DemandModel, DurationModel, SimulationCase, TravelModel
from jingwu.terms.refusal import BadInput


def check_case(case: SimulationCase) -> None:
    """Fill the optional parts of ``case`` with their neutral values and refuse what cannot be computed.

    Raises: ValueError for parts that do not fit together (a programmer's error); BadInput for facts no
    district can be run with.
    """
    _fill_optional(case)
    _check_fit(case)
    _refuse_empty(case)
    refuse_unreachable(case)


def _fill_optional(case: SimulationCase) -> None:
    levels = len(case.priorities)
    categories = case.on_scene.mean_minutes.shape[1]
    for name in ("call_handling", "turnout"):
        if getattr(case, name) is None:
            object.__setattr__(case, name, DurationModel.fixed(0.0, levels, categories))
    if case.category_share is None:
        if categories != 1:
            raise ValueError("several categories need category_share")
        object.__setattr__(case, "category_share", np.ones((levels, 1)))
    frozen(case, "category_share", np.float64, (levels, categories))
    if case.two_crew_share is None:
        object.__setattr__(case, "two_crew_share", (0.0,) * levels)


def _check_fit(case: SimulationCase) -> None:
    levels = len(case.priorities)
    shape = (levels, case.on_scene.mean_minutes.shape[1])
    if case.demand.areas != case.areas or case.schedule.posts != case.posts:
        raise ValueError("demand.areas and schedule.posts must be those of the case, in the same order")
    if isinstance(case.travel, TravelModel) and (
        case.travel.posts != case.posts or case.travel.areas != case.areas
    ):
        raise ValueError("travel must have the posts and areas of the case, in the same order")
    assert case.call_handling is not None
    assert case.turnout is not None
    for part in (case.on_scene, case.call_handling, case.turnout):
        if part.mean_minutes.shape != shape:
            raise ValueError(f"durations must have shape {shape}, not {part.mean_minutes.shape}")
    shares = case.two_crew_share
    assert shares is not None
    if len(shares) != levels or not all(0 <= share <= 1 for share in shares):
        raise ValueError("two_crew_share needs one share between 0 and 1 per priority")
    assert case.category_share is not None
    if not np.allclose(case.category_share.sum(axis=1), 1.0):
        raise ValueError("the rows of category_share must sum to 1")
    for name in ("own", "aid_allowed"):
        mask = getattr(case.dispatch, name)
        if mask is not None and mask.shape != (len(case.areas), len(case.posts)):
            raise ValueError(f"dispatch.{name} must have shape (areas, posts)")
    lists = case.dispatch.preferences
    if lists is not None and (lists.shape[0] != len(case.areas) or lists.max(initial=-1) >= len(case.posts)):
        raise ValueError("dispatch.preferences must name posts for every area")
    if case.horizon_weeks < 1 or not case.warm_up_hours >= 0:
        raise ValueError("horizon_weeks is at least 1 and warm_up_hours at least 0")


def _refuse_empty(case: SimulationCase) -> None:
    empty = (
        case.demand.calls_per_week <= 0
        if isinstance(case.demand, DemandModel)
        else case.demand.arrival_minutes.size == 0
    )
    if empty:
        raise BadInput(
            "response.zero_demand",
            "没有任何警情需求，无法计算响应时间。",
            "There is no demand at all, so no response time can be computed.",
        )
    if case.schedule.crew_hours_per_week == 0:
        raise BadInput(
            "response.no_crews",
            "一周内没有任何在岗警组。",
            "No crew is on duty at any hour of the week.",
        )


def refuse_unreachable(case: SimulationCase) -> None:
    """Refuse areas with calls that no staffed post may be sent to or can drive to.

    Raises: BadInput listing the areas.
    """
    table = candidates_of(case)
    staffed = case.schedule.crews.sum(axis=1) > 0
    reach = np.any((table.posts >= 0) & np.take(staffed, table.posts), axis=1)
    if isinstance(case.demand, DemandModel):
        calls = case.demand.calls_per_hour.sum(axis=(1, 2))
    else:
        calls = np.bincount(case.demand.area_index, minlength=len(case.areas))
    lost = [case.areas[i] for i in np.flatnonzero((np.asarray(calls) > 0) & ~reach)]
    if lost:
        shown = "、".join(lost[:10])
        raise BadInput(
            "response.unreachable_areas",
            f"有 {len(lost)} 个区域没有任何可派且可到达的警组：{shown}。",
            f"{len(lost)} areas cannot be reached by any crew that may be sent: {', '.join(lost[:10])}.",
        )
