"""What five minutes cost: the share answered in time as crews are added, and where it first meets the
target."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.report import ResponseReport
from jingwu.engines.staffing.deployment import DeploymentCase, grow_tours
from jingwu.engines.staffing.facts import IntArray
from jingwu.engines.staffing.tours import TourSet
from jingwu.planning.pipeline.simulate import Stage

_FEWEST_REPLICATIONS = 4
_WIDENING = 1.35  # each step of the curve is longer than the one before: it flattens


@dataclass(frozen=True)
class CostPoint:
    """One point of the curve; ``extra_officers`` are those the extra tours take, absence counted."""

    extra_tours: int
    extra_officers: int
    crew_hours_per_week: float
    share: float
    half_width: float
    mean_minutes: float


@dataclass(frozen=True)
class CostCurve:
    """The curve from the plan's strength on; ``reached_at`` extra officers, None when no strength gets
    there."""

    target_minutes: float
    target_share: float
    limit_share: float
    points: tuple[CostPoint, ...]
    reached_at: int | None


def cost_curve(
    stage: Stage,
    placement: DeploymentCase,
    tour_set: TourSet,
    tours: tuple[tuple[int, ...], ...],
    plan: ResponseReport,
    *,
    target_share: float,
    limit_share: float,
    load_hours: float,
    officers_per_tour: float,
    replications: int,
    seed: int,
    executor: Executor | None = None,
    progress: Callable[[float], None] | None = None,
) -> CostCurve:
    """Simulate growing strengths on the calls of the plan until the target is met, then halve down to the
    first.

    Tours are added where they answer most. Where the way alone misses the target the curve is drawn without
    an end.
    """
    deployment = stage.deployment
    base = sum(len(own) for own in tours)
    runs = max(_FEWEST_REPLICATIONS, replications // 3)
    tour_hours = float(tour_set.cover.sum(axis=1).mean())
    # With more work than crew-hours every queue grows without end: the curve starts where the work can be
    # done.
    missing = max(0, math.ceil(load_hours / tour_hours) - base)
    extra_tours = _steps(base, missing, deployment.strength_step_share, deployment.strength_steps)
    growth = grow_tours(placement, tour_set, tours)
    added: list[tuple[int, int]] = []
    crews_now = _crews(tours, tour_set)
    points: dict[int, CostPoint] = {0: _point(stage, 0, officers_per_tour, crews_now, plan)}

    def simulate(extra: int) -> CostPoint:
        added.extend(next(growth) for _ in range(extra - len(added)))
        crews = crews_now.copy()
        for office, tour in added[:extra]:
            crews[office] += tour_set.cover[tour].astype(np.int64)
        report = stage.simulate(crews, replications=runs, seed=seed, executor=executor)
        return _point(stage, extra, officers_per_tour, crews, report)

    met = points[0].share >= target_share
    hopeless = limit_share < target_share
    for number, extra in enumerate(extra_tours):
        if met or (hopeless and number >= len(extra_tours) // 2):
            break
        points[extra] = simulate(extra)
        met = points[extra].share >= target_share
        if progress:
            progress((number + 1) / len(extra_tours))
    reached = None
    if met:
        high = min(extra for extra, point in points.items() if point.share >= target_share)
        low = max((extra for extra, point in points.items() if point.share < target_share), default=0)
        while high - low > 1:
            middle = (low + high) // 2
            points[middle] = simulate(middle)
            low, high = (low, middle) if points[middle].share >= target_share else (middle, high)
        reached = points[high].extra_officers
    ordered = tuple(points[extra] for extra in sorted(points))
    return CostCurve(stage.target_minutes, target_share, limit_share, ordered, reached)


def _steps(base: int, missing: int, share: float, count: int) -> list[int]:
    steps, extra, width = [], missing, max(1.0, (base + missing) * share)
    for _ in range(max(1, count)):
        extra += max(1, round(width))
        steps.append(extra)
        width *= _WIDENING
        if extra > missing + 3 * (base + missing):
            break
    return steps


def _crews(tours: tuple[tuple[int, ...], ...], tour_set: TourSet) -> IntArray:
    rows = [sum((tour_set.cover[tour] for tour in own), np.zeros(tour_set.cover.shape[1])) for own in tours]
    return np.array(rows).astype(np.int64)


def _point(
    stage: Stage, extra: int, officers_per_tour: float, crews: IntArray, report: ResponseReport
) -> CostPoint:
    within = report.overall.share_within(float(stage.target_minutes))
    return CostPoint(
        extra,
        math.ceil(extra * officers_per_tour - 1e-9),
        float(crews.sum()),
        within.value,
        within.half_width or 0.0,
        report.overall.mean_minutes.value,
    )
