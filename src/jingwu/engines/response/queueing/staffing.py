"""The fewest crews that answer in time: for one load, and hour by hour over the week (lag-SIPP)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from jingwu.engines.response.arrays import FloatArray, IntArray
from jingwu.engines.response.queueing.erlang import state_probabilities
from jingwu.engines.response.queueing.travel_laws import TravelLaw, mean_travel, travel_within
from jingwu.engines.response.stability import Unstable, crews_for_stability, refuse_unstable
from jingwu.terms.refusal import Refusal

# Gauss–Legendre nodes for the integral over the exponential wait: 64 give more than ten digits.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


@dataclass(frozen=True)
class StaffingTarget:
    """P(response ≤ ``within_minutes``) ≥ ``share``; response = call handling + wait + turnout + travel."""

    within_minutes: float
    share: float
    call_handling_minutes: float = 0.0
    turnout_minutes: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError("share must lie strictly between 0 and 1")
        if min(self.call_handling_minutes, self.turnout_minutes) < 0 or not self.within_minutes > 0:
            raise ValueError("minutes must not be negative")


@dataclass(frozen=True)
class StaffingLevel:
    """What a number of crews achieves at one load: minutes, shares in 0…1."""

    crews: int
    load_crews: float
    share_within: float
    wait_probability: float
    mean_wait_minutes: float
    mean_travel_minutes: float
    mean_response_minutes: float


@dataclass(frozen=True, eq=False)
class WeekStaffing:
    """Crews for each of the 168 hours, and what they achieve."""

    crews: IntArray
    levels: tuple[StaffingLevel, ...]


def staffing_level(
    crews: int, calls_per_hour: float, on_scene_minutes: float, travel: TravelLaw, target: StaffingTarget
) -> StaffingLevel:
    """Return what ``crews`` achieve, the way to the call counted as service.

    A call finding n crews free travels by the law of n; one that waited is reached by the crew just freed
    (n = 1). As travel lengthens service and service empties the free list, both are iterated to agreement.
    Raises: Unstable.
    Source: Kolesar & Blum (1973) for travel; Green & Kolesar (2004) for crews as servers of a queue.
    """
    free = np.maximum(crews - np.arange(crews + 1, dtype=np.float64), 1.0)
    ways = mean_travel(travel, free)
    way = float(ways[0])
    load = 0.0
    for _ in range(200):
        load = calls_per_hour * (on_scene_minutes + target.turnout_minutes + way) / 60.0
        if load >= crews:
            break
        settled = float(state_probabilities(crews, load, queue=True) @ ways)
        if abs(settled - way) < 1e-12:
            break
        way = settled
    refuse_unstable(load, crews)
    states = state_probabilities(crews, load, queue=True)
    service = on_scene_minutes + target.turnout_minutes + way
    mean_wait = float(states[-1]) * service / (crews - load)
    budget = target.within_minutes - target.call_handling_minutes - target.turnout_minutes
    share = 0.0
    if budget > 0:
        at_once = travel_within(travel, np.full(crews, budget), free[:-1])
        share = float(states[:-1] @ at_once)
        share += float(states[-1]) * _share_after_wait(travel, budget, (crews - load) / service)
    return StaffingLevel(
        crews=crews,
        load_crews=load,
        share_within=share,
        wait_probability=float(states[-1]),
        mean_wait_minutes=mean_wait,
        mean_travel_minutes=way,
        mean_response_minutes=target.call_handling_minutes + mean_wait + target.turnout_minutes + way,
    )


def _share_after_wait(travel: TravelLaw, budget_minutes: float, decay_per_minute: float) -> float:
    """Return P(W + travel ≤ budget | W > 0), W exponential: ∫ r·e^(−rw)·P(travel ≤ budget − w) dw.

    Integrated over u = 1 − e^(−rw), which is even over its range however fast the queue empties.
    """
    top = -math.expm1(-decay_per_minute * budget_minutes)
    u = (_NODES + 1.0) * top / 2.0
    wait = -np.log1p(-u) / decay_per_minute
    return float(_WEIGHTS @ travel_within(travel, budget_minutes - wait, np.ones_like(wait))) * top / 2.0


def crews_needed(
    calls_per_hour: float,
    on_scene_minutes: float,
    travel: TravelLaw,
    target: StaffingTarget,
    *,
    crews_min: int = 0,
    crews_max: int = 100_000,
) -> StaffingLevel:
    """Return the smallest staffing meeting ``target``: doubling, then bisection (the share rises with crews).

    Raises: Refusal ``response.unattainable`` when no number up to ``crews_max`` meets it.
    """

    def level(crews: int) -> StaffingLevel | None:
        try:
            return staffing_level(crews, calls_per_hour, on_scene_minutes, travel, target)
        except Unstable:
            return None

    if calls_per_hour == 0:
        return _idle_level(max(crews_min, 0), travel, target)
    base = calls_per_hour * (on_scene_minutes + target.turnout_minutes) / 60.0
    low = max(crews_for_stability(base), crews_min, 1) - 1
    high = low + 1
    found = level(high)
    while found is None or found.share_within < target.share:
        if high >= crews_max:
            raise _unattainable(found, crews_max, target)
        low, high = high, min(high * 2, crews_max)
        found = level(high)
    while high - low > 1:
        middle = (low + high) // 2
        attempt = level(middle)
        if attempt is not None and attempt.share_within >= target.share:
            high, found = middle, attempt
        else:
            low = middle
    return found


def _idle_level(crews: int, travel: TravelLaw, target: StaffingTarget) -> StaffingLevel:
    """Return the level of an hour without calls: nobody waits, whatever the number of crews."""
    way = float(mean_travel(travel, np.array([max(crews, 1.0)]))[0])
    return StaffingLevel(
        crews=crews,
        load_crews=0.0,
        share_within=1.0,
        wait_probability=0.0,
        mean_wait_minutes=0.0,
        mean_travel_minutes=way,
        mean_response_minutes=target.call_handling_minutes + target.turnout_minutes + way,
    )


def _unattainable(best: StaffingLevel | None, crews_max: int, target: StaffingTarget) -> Refusal:
    share = best.share_within if best else 0.0
    return Refusal(
        "response.unattainable",
        f"即使有 {crews_max} 个警组，{target.within_minutes:g} 分钟内到达的比例也只有 {share:.1%}，"
        f"达不到 {target.share:.1%}：行车、接警或出发时间本身过长。",
        f"Even {crews_max} crews answer only {share:.1%} within {target.within_minutes:g} minutes, short of "
        f"{target.share:.1%}: the way, call handling or turnout alone take too long.",
    )


def lagged_rates(
    calls_per_hour: FloatArray, lag_minutes: float, *, statistic: Literal["mean", "max"] = "mean"
) -> FloatArray:
    """Return the rate each hour is staffed for: that of ``lag_minutes`` earlier, averaged or at its highest.

    The rate is constant within an hour and repeats after the last (shape (hours,), normally 168).
    Source: Green, Kolesar & Soares (2001), Improving the SIPP approach for staffing service systems that have
    cyclic demands, Operations Research 49(4): lag-avg and lag-max.
    """
    rates = np.asarray(calls_per_hour, dtype=np.float64)
    lag_hours = lag_minutes / 60.0
    whole = math.floor(lag_hours)
    part = lag_hours - whole
    near = np.roll(rates, whole)
    far = np.roll(rates, whole + 1)
    if statistic == "mean":
        return np.asarray((1.0 - part) * near + part * far)
    return np.maximum(near, far) if part > 0 else near


def crews_needed_by_hour(
    calls_per_hour: FloatArray,
    on_scene_minutes: float,
    travel: TravelLaw,
    target: StaffingTarget,
    *,
    crews_min: int = 0,
    statistic: Literal["mean", "max"] = "mean",
) -> WeekStaffing:
    """Return the fewest crews for every hour of the week by lag-SIPP.

    Congestion follows the calls by one service time, so each hour is staffed as a steady queue with the rate
    of one mean service (turnout, way and scene) before.
    Raises: Refusal ``response.unattainable``.
    Source: Green, Kolesar & Soares (2001).
    """
    rates = np.asarray(calls_per_hour, dtype=np.float64)
    if not (np.all(np.isfinite(rates)) and np.all(rates >= 0)):
        raise ValueError("call rates must be finite and not negative")
    peak = crews_needed(float(rates.max()), on_scene_minutes, travel, target)
    lag = on_scene_minutes + target.turnout_minutes + peak.mean_travel_minutes
    lagged = lagged_rates(rates, lag, statistic=statistic)
    known: dict[float, StaffingLevel] = {}
    for rate in sorted(set(lagged.tolist())):
        known[rate] = crews_needed(rate, on_scene_minutes, travel, target, crews_min=crews_min)
    levels = tuple(known[rate] for rate in lagged.tolist())
    crews = np.array([level.crews for level in levels], dtype=np.int64)
    return WeekStaffing(crews=crews, levels=levels)
