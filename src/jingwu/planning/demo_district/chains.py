"""From the call to the scene and back: the chain of times today's habit of staffing leads to."""

from __future__ import annotations

import heapq
from bisect import insort
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jingwu.planning.demo_district import constants as c
from jingwu.planning.demo_district.demand import Arrivals
from jingwu.planning.district.columns import CATEGORIES
from jingwu.sheets.clock import hour_of_week

Seconds = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Chains:
    """Seconds after the call: dispatch, en route, arrive, clear; each (calls,), NaN where nobody was sent."""

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
    own: npt.NDArray[np.int64],
    office_at: npt.NDArray[np.float64],
    crews: npt.NDArray[np.int16],
    rng: np.random.Generator,
) -> Chains:
    """Return the chains when each call waits for a crew of its own office ``own`` (calls,).

    While that office is closed the nearest open one has the call. Another office helps at once with P1, and
    with the rest only when a call has waited long. P4 is answered by telephone.
    """
    number = len(arrivals.local)
    distance = (
        np.hypot(*(arrivals.at[:, None, :] - office_at[None, :, :]).transpose(2, 0, 1)) * c.DETOUR / 1000
    )
    hours = hour_of_week(arrivals.local)
    seconds = arrivals.local.astype("datetime64[s]").astype(np.int64)
    ready = c.TAKING_SECONDS_LEAST + _gamma(rng, 2.0, c.TAKING_SECONDS_MEAN - c.TAKING_SECONDS_LEAST, number)
    turnout = c.TURNOUT_SECONDS_LEAST + _gamma(
        rng, 2.0, c.TURNOUT_SECONDS_MEAN - c.TURNOUT_SECONDS_LEAST, number
    )
    noise = rng.lognormal(-0.02, 0.2, number)
    parking = _gamma(rng, 1.6, c.PARKING_SECONDS_MEAN, number)
    scene = _on_scene(arrivals.category, rng)
    bound = distance * (noise / _speed(hours) * 3600)[:, None] + parking[:, None]  # seconds of way, by office
    watch = _Watch(arrivals.priority, own, distance, crews, seconds + ready, turnout, bound, scene * 60)
    sent, office = watch.work_off()
    travel = np.take_along_axis(bound, office[:, None], axis=1)[:, 0]
    dispatch = np.rint(np.where(arrivals.priority < 4, sent - seconds, np.nan))
    enroute = dispatch + np.rint(turnout)
    arrive = enroute + np.maximum(30, np.rint(travel))
    return Chains(dispatch, enroute, arrive, arrive + np.rint(scene * 60))


_CLEAR, _SHIFT, _READY, _LATE = range(4)


class _Watch:
    """The year, event by event: who is bound, who waits."""

    def __init__(
        self,
        priority: npt.NDArray[np.int8],
        own: npt.NDArray[np.int64],
        distance: npt.NDArray[np.float64],
        crews: npt.NDArray[np.int16],
        ready: Seconds,
        turnout: Seconds,
        way: Seconds,
        scene: Seconds,
    ) -> None:
        self.priority, self.own, self.crews = priority, own.tolist(), crews.T.tolist()
        self.order = np.argsort(distance, axis=1, kind="stable")
        self.way, self.rest, self.ready = way, turnout + scene, ready
        self.busy = [0] * distance.shape[1]
        self.waiting: list[tuple[int, float, int]] = []  # priority, ready, call
        self.sent = np.full(len(own), np.nan)
        self.office = self.order[:, 0].copy()
        attended = np.flatnonzero(priority < 4)
        first, last = int(ready.min() // 3600), int(ready.max() // 3600) + 48
        self.events = [(float(ready[call]), _READY, int(call)) for call in attended]
        self.events += [(hour * 3600.0, _SHIFT, 0) for hour in range(first, last)]
        heapq.heapify(self.events)

    def work_off(self) -> tuple[Seconds, npt.NDArray[np.int64]]:
        """Return when a crew was given to each call, and from which office."""
        while self.events:
            now, kind, what = heapq.heappop(self.events)
            on_duty = self.crews[int(now // 3600 + 72) % 168]  # day 0 of Unix time is a Thursday
            if kind == _READY:
                if not self._send(what, now, on_duty, self.priority[what] == 1):
                    insort(self.waiting, (int(self.priority[what]), now, what))
                    heapq.heappush(self.events, (now + c.AID_AFTER_MINUTES * 60, _LATE, what))
                continue
            if kind == _CLEAR:
                self.busy[what] -= 1
            for entry in list(self.waiting) if kind != _LATE else [(0, 0.0, what)]:
                call = entry[2]
                late = self.priority[call] == 1 or now - self.ready[call] >= c.AID_AFTER_MINUTES * 60 - 1e-3
                if np.isnan(self.sent[call]) and self._send(call, now, on_duty, late):
                    self.waiting = [row for row in self.waiting if row[2] != call]
        return self.sent, self.office

    def _send(self, call: int, now: float, on_duty: list[int], may_aid: bool) -> bool:
        """Send a free crew of the call's office, or of another one where that is allowed."""
        at = self.own[call]
        if not on_duty[at]:
            at = next(int(o) for o in self.order[call] if on_duty[o])
        if self.busy[at] >= on_duty[at]:
            if not may_aid:
                return False
            free = (int(o) for o in self.order[call] if self.busy[o] < on_duty[o])
            at = next(free, -1)
            if at < 0:
                return False
        self.busy[at] += 1
        self.sent[call], self.office[call] = now, at
        heapq.heappush(self.events, (now + self.rest[call] + self.way[call, at], _CLEAR, at))
        return True


def _gamma(rng: np.random.Generator, shape: float, mean: float, number: int) -> npt.NDArray[np.float64]:
    return rng.gamma(shape, mean / shape, number)


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
