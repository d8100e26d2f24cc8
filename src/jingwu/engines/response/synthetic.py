"""A square city made up from a seed, for benchmarks and checks: no real place."""

from __future__ import annotations

import numpy as np

from jingwu.engines.response.facts import (
    CrewSchedule,
    DemandModel,
    DispatchKind,
    DispatchRule,
    DurationFamily,
    DurationModel,
    SimulationCase,
    TravelModel,
)

AREAS_PER_UNIT = 3
UTILISATION = 0.7
SCENE_MINUTES, SCENE_SD_MINUTES = 30.0, 20.0
SIDE_KM, MINUTES_PER_KM = 10.0, 2.0


def square_city(units: int, calls: int, *, seed: int = 7) -> SimulationCase:
    """Return a square city: one crew at each random post, even demand, a quarter of calls urgent.

    The horizon is as many weeks as ``calls`` need, rounded. Travel follows the street grid (rectilinear).
    """
    rng = np.random.default_rng(seed)
    posts = tuple(f"post {j}" for j in range(units))
    areas = tuple(f"area {i}" for i in range(units * AREAS_PER_UNIT))
    places = rng.random((units, 2)) * SIDE_KM
    centres = rng.random((len(areas), 2)) * SIDE_KM
    minutes = np.abs(places[:, None] - centres[None]).sum(axis=2) * MINUTES_PER_KM
    calls_per_hour = UTILISATION * units * 60.0 / (SCENE_MINUTES + float(np.mean(minutes)) / 2.0)
    weights = rng.random(len(areas)) + 0.5
    cell = calls_per_hour * weights[:, None] / weights.sum() * np.array([0.25, 0.75])
    demand = DemandModel(areas, (1, 2), np.repeat(cell[:, :, None], 168, axis=2))
    ones = np.ones((2, 1))
    return SimulationCase(
        posts=posts,
        areas=areas,
        demand=demand,
        travel=TravelModel(posts, areas, minutes),
        schedule=CrewSchedule(posts, np.ones((units, 168), dtype=np.int64)),
        on_scene=DurationModel(DurationFamily.LOGNORMAL, SCENE_MINUTES * ones, SCENE_SD_MINUTES * ones),
        dispatch=DispatchRule(DispatchKind.NEAREST),
        thresholds_minutes=(5.0, 18.0),
        horizon_weeks=max(1, round(calls / (calls_per_hour * 168.0))),
        warm_up_hours=0.0,
    )
