"""The physical limit: every call served at once from the nearest post, so that only the way remains."""

from __future__ import annotations

import numpy as np

from jingwu.engines.response.arrays import HOURS_PER_WEEK, FloatArray, IntArray, hour_of_week
from jingwu.engines.response.facts import DemandModel, SimulationCase, SquareRootLaw, TravelModel
from jingwu.engines.response.figures import Grouping
from jingwu.engines.response.report import Method, ResponseReport
from jingwu.engines.response.weighted import weighted_report

# Steps of the Rayleigh distribution around the square-root law.
_STEPS = 64


def physical_limit(case: SimulationCase) -> ResponseReport:
    """Return the response no number of crews at these posts can beat: travel from the nearest post alone.

    Posts count whether staffed or not, and whatever office they belong to. Under the square-root law all
    crews of the hour are taken as free. Exact: no sampling, so no half-widths.
    """
    hour, priority, area, weight = _cells(case)
    if isinstance(case.travel, TravelModel):
        post = np.argmin(case.travel.minutes, axis=0)[area]
        way = case.travel.minutes[post, area] / case.travel.speed_factor[hour]
        if case.travel.spread_share > 0:
            middle = (np.arange(_STEPS) + 0.5) / _STEPS
            factor = case.travel.way_factor(middle)
            way = (way[:, None] * (factor / factor.mean())).ravel()
            post, hour, priority, area = (np.repeat(part, _STEPS) for part in (post, hour, priority, area))
            weight = np.repeat(weight / _STEPS, _STEPS)
        way = way + case.travel.access_minutes
    else:
        post, way, hour, priority, area, weight = _scattered(case, case.travel, hour, priority, area, weight)
    zero = np.zeros(way.size)
    metrics = np.stack([np.ones(way.size), way, zero, zero, zero, way, zero, way, zero])
    index = Grouping.of(case).index(hour, priority, area, post)
    return weighted_report(
        case,
        Method.PHYSICAL_LIMIT,
        index,
        metrics,
        weight,
        workload=np.zeros((len(case.posts), HOURS_PER_WEEK)),
    )


def _cells(case: SimulationCase) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Return hour, priority, area and calls per week of every cell with demand."""
    if isinstance(case.demand, DemandModel):
        area, priority, hour = np.nonzero(case.demand.calls_per_hour)
        return hour, priority, area, np.asarray(case.demand.calls_per_hour[area, priority, hour])
    calls = case.demand
    weight = np.full(calls.arrival_minutes.size, 1.0 / case.horizon_weeks)
    return hour_of_week(calls.arrival_minutes), calls.priority_index, calls.area_index, weight


def _scattered(
    case: SimulationCase,
    law: SquareRootLaw,
    hour: IntArray,
    priority: IntArray,
    area: IntArray,
    weight: FloatArray,
) -> tuple[IntArray, FloatArray, IntArray, IntArray, IntArray, FloatArray]:
    """Spread every cell over even steps of the Rayleigh distribution, rescaled to keep the law's mean."""
    free = case.schedule.crews.sum(axis=0)[hour]
    mean = law.mean_minutes(1.0) / np.sqrt(np.maximum(free, 1))
    middle = (np.arange(_STEPS) + 0.5) / _STEPS
    factor = np.sqrt(-np.log1p(-middle))
    factor /= factor.mean()
    way = (mean[:, None] * factor).ravel()
    repeated = [np.repeat(part, _STEPS) for part in (hour, priority, area)]
    post = np.zeros(way.size, dtype=np.int64)
    return post, way, repeated[0], repeated[1], repeated[2], np.repeat(weight / _STEPS, _STEPS)
