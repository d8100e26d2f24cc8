"""Ways learnt from records: speed by hour against the expectation, and the minutes no speed shortens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import HOURS_PER_WEEK, FloatArray, IntArray
from jingwu.terms.refusal import BadInput

FEWEST_TRIPS = 30
_ROUNDS = 12
_HUBER = 1.345  # 95 % efficient under normal errors (Huber 1981)
_FENCE = 4.0  # robust standard deviations beyond which a trip is no trip of this kind
_PRIOR_TRIPS = (
    50.0  # whose worth of evidence the day's hour has against an hour of the week, and 1 against it
)


@dataclass(frozen=True, eq=False)
class AccessFit:
    """Recorded way = scale · expected ÷ speed_factor[hour] + access, each with its scatter.

    ``speed_factor``: shape (168,). ``spread_share``: standard deviation ÷ mean of single ways, access left
    out. ``error_minutes``: median absolute residual. ``trips``: used; ``strays``: trips left out as being of
    another kind (served from elsewhere, a stamp too late).
    """

    scale: float
    access_minutes: float
    speed_factor: FloatArray
    spread_share: float
    error_minutes: float
    trips: int
    strays: int


def fit_access_law(
    travel_minutes: FloatArray, expected_minutes: FloatArray, hour_of_week: IntArray
) -> AccessFit:
    """Fit scale, access and the speed of every hour to recorded ways, robustly.

    ``expected_minutes``: what distance (or a matrix) says of each way at speed factor 1. Huber's M-estimate
    by reweighted least squares, alternating with the speed of the hours; the bias that robustness has under
    skewed errors is taken back within the fence. Scale and access are not negative.
    Raises: BadInput with fewer than 30 usable trips or ways that are all expected to be equally long.
    Source: Huber (1981), Robust Statistics, ch. 7.
    """
    way, due = np.asarray(travel_minutes, dtype=np.float64), np.asarray(expected_minutes, dtype=np.float64)
    usable = np.isfinite(way) & np.isfinite(due) & (way > 0) & (due > 0)
    way, due, hour = way[usable], due[usable], np.asarray(hour_of_week, dtype=np.int64)[usable]
    if way.size < FEWEST_TRIPS or float(np.ptp(due)) < 1e-6 * max(1.0, float(due.max())):
        raise BadInput(
            "response.trips_few",
            f"可用的行车记录只有 {way.size} 条(且路程须有长短),至少需要 {FEWEST_TRIPS} 条才能估计行程。",
            f"Only {way.size} recorded ways of different length are usable; {FEWEST_TRIPS} are needed.",
        )
    slow = np.ones(HOURS_PER_WEEK)
    weight = np.ones(way.size)
    scale, access = 1.0, 0.0
    for _ in range(_ROUNDS):
        base = due * slow[hour]
        scale, access = _line(base, way, weight)
        residual = way - scale * base - access
        weight = np.minimum(1.0, _HUBER * _robust_sd(residual) / np.maximum(np.abs(residual), 1e-9))
        slow = _slowness(due, (way - access) / scale, hour, weight)
        slow /= float(slow[hour].mean())
    residual = way - scale * due * slow[hour] - access
    fence = _FENCE * _robust_sd(residual)
    kept = np.abs(residual) <= fence
    access = max(0.0, access + float(residual[kept].mean()))
    moving = scale * due[kept] * slow[hour[kept]]
    error = way[kept] - moving - access
    spread = float(np.sqrt(np.mean(error**2) / np.mean(moving**2)))
    return AccessFit(
        scale=scale,
        access_minutes=access,
        speed_factor=1.0 / slow,
        spread_share=spread,
        error_minutes=float(np.median(np.abs(error))),
        trips=int(kept.sum()),
        strays=int((~kept).sum()),
    )


def _line(x: FloatArray, y: FloatArray, weight: FloatArray) -> tuple[float, float]:
    """Return slope and intercept of weighted least squares, the intercept not negative."""
    total = float(weight.sum())
    mean_x, mean_y = float(weight @ x) / total, float(weight @ y) / total
    slope = float(weight @ ((x - mean_x) * (y - mean_y))) / float(weight @ (x - mean_x) ** 2)
    access = mean_y - slope * mean_x
    if access < 0 or slope <= 0:
        slope, access = float(weight @ (x * y)) / float(weight @ x**2), 0.0
    return slope, access


def _robust_sd(residual: FloatArray) -> float:
    return max(1.4826 * float(np.median(np.abs(residual - np.median(residual)))), 1e-6)


def _slowness(due: FloatArray, way: FloatArray, hour: IntArray, weight: FloatArray) -> FloatArray:
    """Return how much slower than average each hour is (168,), thin hours drawn to their hour of the day."""
    prior = _PRIOR_TRIPS * float(weight @ due**2) / float(weight.sum())

    def ratio(group: IntArray, size: int, known: FloatArray) -> FloatArray:
        over = np.bincount(group, weight * due * way, minlength=size) + prior * known
        under = np.bincount(group, weight * due**2, minlength=size) + prior
        return np.asarray(np.maximum(over / under, 0.05))

    day = ratio(hour % 24, 24, np.ones(24))
    return ratio(hour, HOURS_PER_WEEK, np.tile(day, 7))
