"""Speed learnt from recorded ways: the square-root law, and how it changes over the week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import HOURS_PER_WEEK, FloatArray, IntArray
from jingwu.engines.response.facts import SquareRootLaw
from jingwu.terms.refusal import BadInput

# Trips whose worth of evidence the hour of the day has against a single hour of the week.
_PRIOR_TRIPS = 20.0


@dataclass(frozen=True)
class RootLawFit:
    """The fitted law; ``speed_half_width``: of its 95 % interval; ``explained``: R² of travel on 1/√n."""

    law: SquareRootLaw
    speed_half_width: float
    explained: float
    trips: int


def fit_square_root_law(
    travel_minutes: FloatArray, free_crews: FloatArray, *, area_km2: float, k: float
) -> RootLawFit:
    """Fit the speed of E[τ | n] = (k/v)·√(A/n) to recorded ways and the crews then free.

    The spread of τ grows with its mean, so every trip weighs by n: the estimate is the mean of τ·√n. Only
    k/v can be learnt; ``k`` is taken as given (0.5 straight lines, 0.63 street grid), v follows.
    Raises: BadInput with fewer than 30 usable trips.
    Source: Kolesar & Blum (1973), Square root laws for fire engine response distances.
    """
    way, free = np.asarray(travel_minutes, dtype=np.float64), np.asarray(free_crews, dtype=np.float64)
    usable = np.isfinite(way) & (way > 0) & (free >= 1)
    trips = int(usable.sum())
    if trips < 30:
        raise BadInput(
            "response.trips_few",
            f"可用的行车记录只有 {trips} 条，至少需要 30 条才能估计车速。",
            f"Only {trips} recorded ways are usable; at least 30 are needed to estimate the speed.",
        )
    scaled = way[usable] * np.sqrt(free[usable])
    constant = float(scaled.mean())
    speed = 60.0 * k * np.sqrt(area_km2) / constant
    error = float(scaled.std(ddof=1)) / np.sqrt(trips) / constant
    predicted = constant / np.sqrt(free[usable])
    spread = float(np.sum((way[usable] - way[usable].mean()) ** 2))
    explained = 1.0 - float(np.sum((way[usable] - predicted) ** 2)) / spread if spread > 0 else 0.0
    law = SquareRootLaw(k=k, speed_km_per_hour=float(speed), area_km2=area_km2)
    return RootLawFit(law, float(1.96 * error * speed), explained, trips)


def speed_by_hour(
    travel_minutes: FloatArray, expected_minutes: FloatArray, hour_of_week: IntArray
) -> FloatArray:
    """Return the speed factor of every hour of the week, shape (168,), 1 on average over the trips.

    Each hour's ratio expected ÷ recorded minutes is shrunk to that of its hour of the day, and this to 1,
    so hours with few trips stay near what is known.
    """
    way, due = np.asarray(travel_minutes, dtype=np.float64), np.asarray(expected_minutes, dtype=np.float64)
    usable = np.isfinite(way) & np.isfinite(due) & (way > 0) & (due > 0)
    if not usable.any():
        return np.ones(HOURS_PER_WEEK)
    slow = way[usable] / due[usable]
    slow = slow / slow.mean()
    hour = np.asarray(hour_of_week)[usable]
    trips_day = np.bincount(hour % 24, minlength=24)
    day = (np.bincount(hour % 24, weights=slow, minlength=24) + _PRIOR_TRIPS) / (trips_day + _PRIOR_TRIPS)
    of_day = day[np.arange(HOURS_PER_WEEK) % 24]
    trips = np.bincount(hour, minlength=HOURS_PER_WEEK)
    week = np.bincount(hour, weights=slow, minlength=HOURS_PER_WEEK) + _PRIOR_TRIPS * of_day
    return np.asarray((trips + _PRIOR_TRIPS) / week)
