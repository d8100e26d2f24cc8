"""From calls to rates, times on scene and the share answered in time: the inputs of both engines."""

from __future__ import annotations

import numpy as np

from jingwu.engines.response.arrays import BoolArray
from jingwu.engines.response.facts import (
    DemandModel,
    DispatchKind,
    DispatchRule,
    DurationFamily,
    DurationModel,
    TravelModel,
)
from jingwu.engines.response.queueing import StaffingTarget, TravelSpread, Unstable, staffing_level
from jingwu.engines.staffing.deployment import DeploymentCase
from jingwu.engines.staffing.facts import AnswerCurve, FloatArray, IntArray, StaffingParams
from jingwu.planning.district import District
from jingwu.planning.pipeline.ground import HOURS, Ground
from jingwu.planning.pipeline.norms import DeploymentNorms
from jingwu.terms.incidents import Priority

_RECORDS_TO_TRUST = 50  # fewer chains than this say less about the time on scene than the norm does
_RATES_ON_THE_GRID = 16
_MOST_CREWS = 6
_BUSIEST = 0.85


def demand_of(ground: Ground, deployment: DeploymentNorms) -> DemandModel:
    """Return calls per hour by area, priority and hour of the week.

    Every cell is a gamma-Poisson estimate: its own count, shrunk to the area's rate times the district's
    profile of the week with the weight of ``shrinkage_weeks``. The day's common factor comes from the daily
    totals by
    moments.
    """
    areas, priorities = len(ground.areas), len(ground.priorities)
    weeks = ground.exposure_weeks
    cell = (ground.call_area * priorities + ground.call_priority) * HOURS + ground.call_hour
    counts = np.bincount(cell, minlength=areas * priorities * HOURS).reshape(areas, priorities, HOURS)
    profile = _profile(counts.sum(axis=0), weeks)
    smooth = (np.roll(profile, 1, axis=1) + 2 * profile + np.roll(profile, -1, axis=1)) / 4
    shape = smooth / smooth.sum(axis=1, keepdims=True)
    per_week = counts.sum(axis=2) / max(weeks.mean(), 1.0 / 7)  # (areas, priorities)
    expected = per_week[:, :, None] * shape[None, :, :]
    prior = deployment.shrinkage_weeks
    rates = (counts + prior * expected) / (weeks + prior)
    return DemandModel(
        areas=ground.areas,
        priorities=ground.priorities,
        calls_per_hour=rates,
        day_dispersion=_day_dispersion(ground),
    )


def _profile(counts: IntArray, weeks: FloatArray) -> FloatArray:
    """Return calls an hour (priorities, 168); an hour the period never saw is like the same hour of other
    days."""
    seen = weeks > 0
    profile = np.where(seen, counts / np.maximum(weeks, 1.0), 0.0)
    by_clock = profile.reshape(len(counts), 7, 24).sum(axis=1) / max(1, int(seen.reshape(7, 24)[:, 0].sum()))
    return np.where(seen, profile, np.tile(by_clock, 7))


def _day_dispersion(ground: Ground) -> float:
    """Return the variance of the day's common factor, mean 1, net of Poisson noise."""
    first = int(ground.call_day.min())
    daily = np.bincount(ground.call_day - first).astype(np.float64)
    weekday = (np.arange(len(daily)) + first + 3) % 7
    mean = np.array([daily[weekday == day].mean() if (weekday == day).any() else 1.0 for day in range(7)])
    expected = np.maximum(mean[weekday], 1e-9)
    if len(daily) < 14:
        return 0.0
    noise = float(np.mean(1.0 / expected))
    return max(0.0, float(np.var(daily / expected)) - noise)


def on_scene_of(district: District, ground: Ground, deployment: DeploymentNorms) -> DurationModel:
    """Return minutes on scene by priority: recorded arrive-to-clear, or the norm where records are few."""
    minutes = district.calls.minutes("arrive", "clear")
    usable = np.isfinite(minutes) & (minutes > 0) & (minutes < 24 * 60)
    means, spreads = [], []
    for priority in ground.priorities:
        own = minutes[usable & (district.calls.priority == priority)]
        if len(own) >= _RECORDS_TO_TRUST:
            means.append(float(own.mean()))
            spreads.append(float(own.std()))
        else:
            mean = deployment.on_scene_minutes[Priority(priority)]
            means.append(mean)
            spreads.append(mean * deployment.on_scene_spread)
    return DurationModel(DurationFamily.LOGNORMAL, np.array(means)[:, None], np.array(spreads)[:, None])


def dispatch_of(ground: Ground, deployment: DeploymentNorms) -> DispatchRule:
    """Return the plan's rule: the own office (or its stand-in) first, then at once a neighbour in reach."""
    return DispatchRule(
        DispatchKind.OWN_FIRST,
        own=own_offices(ground),
        stand_in=True,
        aid_priority_at_most=deployment.aid_priority_at_most,
        aid_travel_minutes_max=deployment.aid_minutes_max,
    )


def own_offices(ground: Ground) -> BoolArray:
    """Return which office is whose own, (areas, offices)."""
    return np.asarray(ground.area_office[:, None] == np.arange(len(ground.offices))[None, :])


def travel_of(ground: Ground) -> TravelModel:
    """Return the travel model of the ground."""
    return TravelModel(ground.codes, ground.areas, ground.travel_minutes, ground.speed_factor)


def travel_budget_minutes(deployment: DeploymentNorms, target_minutes: float) -> float:
    """Return the minutes left for the way once call handling and turnout are over."""
    return max(0.0, target_minutes - deployment.call_handling_minutes - deployment.turnout_minutes)


def reach_of(ground: Ground, deployment: DeploymentNorms, target_minutes: float) -> FloatArray:
    """Return how much a free crew of each office answers of each area, (offices, areas) in [0, 1].

    1 where the way fits the target at the mean speed, a credit that fades with every further minute
    elsewhere.
    """
    budget = travel_budget_minutes(deployment, target_minutes)
    late = np.maximum(ground.travel_minutes - budget, 0.0)
    fading = deployment.late_credit_share * np.exp(-late / target_minutes)
    return np.where(ground.travel_minutes <= budget, 1.0, fading)


def deployment_case(
    ground: Ground,
    demand: DemandModel,
    on_scene: DurationModel,
    deployment: DeploymentNorms,
    target_minutes: float,
    crew_hours_per_week: float,
) -> DeploymentCase:
    """Return the case of placing crews: calls, reach and how busy crews will be on average."""
    calls = demand.calls_per_hour.sum(axis=1)
    service = _service_minutes(ground, demand, on_scene, deployment)
    load_hours = float(calls.sum()) * service / 60.0
    busy = min(_BUSIEST, load_hours / max(crew_hours_per_week, 1e-9))
    reach = reach_of(ground, deployment, target_minutes)
    return DeploymentCase(ground.codes, reach, calls, np.full(HOURS, busy))


def load_hours_per_week(
    ground: Ground, demand: DemandModel, on_scene: DurationModel, deployment: DeploymentNorms
) -> float:
    """Return the crew-hours a week that the calls themselves take, travel included."""
    return demand.calls_per_week * _service_minutes(ground, demand, on_scene, deployment) / 60.0


def _service_minutes(
    ground: Ground, demand: DemandModel, on_scene: DurationModel, deployment: DeploymentNorms
) -> float:
    """Return the mean minutes a call binds a crew, travel included."""
    by_priority = demand.calls_per_hour.sum(axis=(0, 2))
    share = by_priority / by_priority.sum()
    mean_on_scene = float(share @ on_scene.mean_minutes[:, 0])
    weight = demand.calls_per_hour.sum(axis=(1, 2))
    own = ground.travel_minutes[ground.area_office, np.arange(len(ground.areas))]
    return mean_on_scene + deployment.turnout_minutes + float(np.average(own, weights=weight))


def answer_curve(
    ground: Ground,
    demand: DemandModel,
    on_scene: DurationModel,
    deployment: DeploymentNorms,
    params: StaffingParams,
    crew_hours_per_week: float,
) -> AnswerCurve:
    """Return the share answered in time by office, hour of the week and crews (0 … 6).

    Each office is a many-server queue with travel as service (Erlang C, Kolesar & Blum); it is solved on a
    grid of rates and read off between. What its own crews miss, neighbours answer where one of them is on
    duty, free
    and near: ``crew_hours_per_week`` says how often an office of the district has a crew on duty.
    """
    offices = len(ground.offices)
    calls = demand.calls_per_hour.sum(axis=1)
    by_office = np.zeros((offices, HOURS))
    np.add.at(by_office, ground.area_office, calls)
    share = np.zeros((offices, HOURS, _MOST_CREWS + 1))
    by_priority = demand.calls_per_hour.sum(axis=(0, 2))
    scene = float(by_priority @ on_scene.mean_minutes[:, 0] / by_priority.sum())
    target = StaffingTarget(
        params.target_minutes,
        min(params.target_share, 0.999),
        deployment.call_handling_minutes,
        deployment.turnout_minutes,
    )
    for office in range(offices):
        own = ground.area_office == office
        weight = calls[own].sum(axis=1)
        if not weight.sum() > 0:
            continue
        way = ground.travel_minutes[office, own]
        mean = float(np.average(way, weights=weight))
        spread = float(np.sqrt(np.average((way - mean) ** 2, weights=weight)))
        law = TravelSpread(mean, max(spread, 0.1 * mean))
        grid = np.linspace(0.0, float(by_office[office].max()), _RATES_ON_THE_GRID + 1)[1:]
        for crews in range(1, _MOST_CREWS + 1):
            solved = [_share_within(crews, float(rate), scene, law, target) for rate in grid]
            share[office, :, crews] = np.interp(by_office[office], grid, solved)
    aid = _aid_share(ground, demand, on_scene, deployment, params.target_minutes, crew_hours_per_week)
    share = 1.0 - (1.0 - share) * (1.0 - aid[:, None, None])
    return AnswerCurve(ground.codes, by_office, np.maximum.accumulate(np.clip(share, 0.0, 1.0), axis=2))


def _aid_share(
    ground: Ground,
    demand: DemandModel,
    on_scene: DurationModel,
    deployment: DeploymentNorms,
    target_minutes: float,
    crew_hours_per_week: float,
) -> FloatArray:
    """Return the share of each office's calls that a neighbour's crew would answer in time, (offices,)."""
    offices = len(ground.offices)
    weight = demand.calls_per_hour.sum(axis=(1, 2))
    load_hours = float(weight.sum()) * _service_minutes(ground, demand, on_scene, deployment) / 60.0
    free = 1.0 - min(_BUSIEST, load_hours / max(crew_hours_per_week, 1e-9))
    present = min(1.0, crew_hours_per_week / (HOURS * offices)) * free
    near = ground.travel_minutes <= travel_budget_minutes(deployment, target_minutes)
    own = ground.area_office[None, :] == np.arange(offices)[:, None]
    helped = 1.0 - (1.0 - present) ** (near & ~own).sum(axis=0)
    totals = np.array([weight[row].sum() for row in own])
    return np.array([weight[row] @ helped[row] for row in own]) / np.maximum(totals, 1e-9)


def _share_within(
    crews: int, calls_per_hour: float, on_scene_minutes: float, law: TravelSpread, target: StaffingTarget
) -> float:
    try:
        return staffing_level(crews, calls_per_hour, on_scene_minutes, law, target).share_within
    except Unstable:
        return 0.0  # the queue grows without end: nobody is answered in time
