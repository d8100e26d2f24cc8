"""From the call to the scene and back: the chain of times today's habit of staffing leads to."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jingwu.planning.demo_district import constants as c
from jingwu.planning.demo_district.demand import Arrivals
from jingwu.planning.district.clock import hour_of_week
from jingwu.planning.district.columns import CATEGORIES

Seconds = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chains:
    """Seconds after the call: dispatch, en route, arrive, clear; each (calls,)."""

    dispatch: Seconds
    enroute: Seconds
    arrive: Seconds
    clear: Seconds


def crews_by_habit(office_count: int) -> npt.NDArray[np.int16]:
    """Return crews (offices, 168): the same for each office, most by day, nights in turns."""
    crews = np.zeros((office_count, 168), np.int16)
    for hour in range(168):
        weekday, clock = divmod(hour, 24)
        if clock in c.DAY_HOURS:
            crews[:, hour] = c.DAY_CREWS
            continue
        night = weekday if clock >= c.DAY_HOURS.start else weekday - 1  # a night belongs to its evening
        crews[(np.arange(office_count) + night) % c.NIGHT_OFFICES_EVERY == 0, hour] = c.NIGHT_CREWS
    return crews


def work_off(
    arrivals: Arrivals,
    office_at: npt.NDArray[np.float64],
    crews: npt.NDArray[np.int16],
    rng: np.random.Generator,
) -> Chains:
    """Return the chains when each call waits for a crew of the nearest office that has one on duty.

    P1 takes the next crew at once, as a crew is called away from lesser work; P4 is put behind.
    """
    number = len(arrivals.local)
    distance = (
        np.hypot(*(arrivals.at[:, None, :] - office_at[None, :, :]).transpose(2, 0, 1)) * c.DETOUR / 1000
    )
    hours = hour_of_week(arrivals.local)
    seconds = arrivals.local.astype("datetime64[s]").astype(np.int64)
    ready = 30 + rng.gamma(2.0, (c.TAKING_SECONDS_MEAN - 30) / 2, number)
    turnout = 20 + rng.gamma(2.0, (c.TURNOUT_SECONDS_MEAN - 20) / 2, number)
    noise = rng.lognormal(-0.02, 0.2, number)
    parking = rng.gamma(1.6, c.PARKING_MINUTES_MEAN / 1.6, number)
    scene = _on_scene(arrivals.category, rng)
    behind = np.where(arrivals.priority == 4, rng.exponential(c.P4_EXTRA_WAIT_MINUTES * 60, number), 0)
    office = np.where(crews[:, hours].T > 0, distance, np.inf).argmin(axis=1)
    own_km = distance[np.arange(number), office]
    pace = _speed(hours) / noise
    travel = (own_km / pace * 60 + parking) * 60
    start = np.empty(number)
    busy: list[list[float]] = [[] for _ in office_at]
    for call in range(number):
        asked = seconds[call] + ready[call] + behind[call]
        queue = busy[office[call]]
        while queue and queue[0] <= asked:
            heapq.heappop(queue)
        begun = asked
        if arrivals.priority[call] > 1 and len(queue) >= crews[office[call], hours[call]]:
            if queue[0] - asked > c.AID_AFTER_MINUTES * 60 and (
                aid := _aid(busy, crews[:, hours[call]], asked)
            ):
                nearest = min(aid, key=lambda other: distance[call, other])
                travel[call] += (distance[call, nearest] - own_km[call]) / pace[call] * 3600
                queue = busy[nearest]
            else:
                begun = heapq.heappop(queue)
        start[call] = begun
        heapq.heappush(queue, begun + turnout[call] + travel[call] + scene[call] * 60)
    after = np.rint(start - seconds).astype(np.int64)
    enroute = after + np.rint(turnout).astype(np.int64)
    arrive = enroute + np.maximum(30, np.rint(travel)).astype(np.int64)
    return Chains(
        np.rint(ready).astype(np.int64), enroute, arrive, arrive + np.rint(scene * 60).astype(np.int64)
    )


def _aid(busy: list[list[float]], on_duty: npt.NDArray[np.int16], moment: float) -> list[int]:
    """Return the offices with a crew free at the moment (seconds)."""
    free = []
    for office in np.flatnonzero(on_duty > 0).tolist():
        queue = busy[office]
        while queue and queue[0] <= moment:
            heapq.heappop(queue)
        if len(queue) < on_duty[office]:
            free.append(office)
    return free


def _on_scene(categories: npt.NDArray[np.int8], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return lognormal minutes on the scene by category."""
    minutes = np.empty(len(categories))
    for kind, (_, _, (mean, variation)) in c.KINDS.items():
        mine = categories == CATEGORIES.index(kind)
        spread = np.sqrt(np.log1p(variation**2))
        minutes[mine] = rng.lognormal(np.log(mean) - spread**2 / 2, spread, int(mine.sum()))
    return np.clip(minutes, 2, 420)


def _speed(hours: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    clock = hours % 24
    rush = (hours < 120) & np.isin(clock, (7, 8, 17, 18))
    return np.where(
        rush, c.SPEED_KMH_RUSH, np.where((clock >= 22) | (clock < 6), c.SPEED_KMH_NIGHT, c.SPEED_KMH_DAY)
    )
