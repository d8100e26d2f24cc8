"""The calls of one replication, drawn before any crew moves, so that every plan meets the same calls.

Arrivals come from one stream of random numbers and each kind of mark from a stream of its own, all of them
functions of (seed, replication) alone: common random numbers by construction.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import (
    HOURS_PER_WEEK,
    MINUTES_PER_HOUR,
    MINUTES_PER_WEEK,
    FloatArray,
    IntArray,
)
from jingwu.engines.response.facts import (
    CallList,
    DemandModel,
    DurationFamily,
    DurationModel,
    SimulationCase,
    SquareRootLaw,
)

READY, TURNOUT, SCENE, SECOND_SCENE, WAY_FACTOR, ACCESS = range(6)  # columns of marks
AREA, LEVEL, CREWS = range(3)  # columns of kinds


class Calls(NamedTuple):
    """One replication's calls in the order dispatchers hear of them; one row per call.

    Minutes count from the reported Monday 00:00 (negative during the warm-up). A call is *ready* when its
    handling is over; the way factor, of mean 1, is the scatter of single ways (Rayleigh under the
    square-root law).
    """

    arrival: FloatArray  # (calls,)
    category: IntArray  # (calls,)
    kinds: IntArray  # (calls, 3)
    marks: FloatArray  # (calls, 6) row by row, as the event loop reads them

    @property
    def area(self) -> IntArray:
        """Return the area index of every call."""
        return self.kinds[:, AREA]

    @property
    def priority(self) -> IntArray:
        """Return the priority index of every call."""
        return self.kinds[:, LEVEL]

    @property
    def ready(self) -> FloatArray:
        """Return when every call may be dispatched."""
        return self.marks[:, READY]

    @property
    def on_scene(self) -> FloatArray:
        """Return the first crew's minutes on scene."""
        return self.marks[:, SCENE]


def draw_calls(case: SimulationCase, seed: int, replication: int) -> Calls:
    """Return the calls of one replication, ordered by the time they can be dispatched."""
    streams = [
        np.random.Generator(np.random.SFC64(s)) for s in np.random.SeedSequence([seed, replication]).spawn(9)
    ]
    if isinstance(case.demand, DemandModel):
        arrival, area, priority = _draw_arrivals(case, case.demand, streams[0], streams[1])
        given: CallList | None = None
    else:
        given = case.demand
        arrival, area, priority = (
            given.arrival_minutes,
            given.area_index,
            given.priority_index,
        )
    size = arrival.size
    category = _draw_categories(case, given, priority, streams[2])
    assert case.call_handling is not None
    assert case.turnout is not None
    handling = _draw_durations(case.call_handling, priority, category, streams[3])
    turnout = _draw_durations(case.turnout, priority, category, streams[4])
    on_scene = _draw_durations(case.on_scene, priority, category, streams[5])
    second = on_scene
    shares = np.array(case.two_crew_share)
    crews = np.ones(size, dtype=np.int64)
    if shares.any():
        crews += streams[7].random(size) < shares[priority]
    if given is not None:
        assert given.on_scene_minutes is not None
        assert given.crews_required is not None
        known = ~np.isnan(given.on_scene_minutes)
        on_scene = np.where(known, given.on_scene_minutes, on_scene)
        crews = np.where(given.crews_required > 0, given.crews_required, crews)
    if crews.max(initial=1) > 1:
        second = _draw_durations(case.on_scene, priority, category, streams[6])
    factor: float | FloatArray = 1.0
    if isinstance(case.travel, SquareRootLaw):
        factor = np.sqrt(-np.log1p(-streams[8].random(size)) * 4.0 / np.pi)
    elif case.travel.spread_share > 0:
        factor = case.travel.way_factor(np.clip(streams[8].random(size), 1e-12, 1.0 - 1e-12))
    kinds = np.empty((size, 3), dtype=np.int64)
    kinds[:, AREA], kinds[:, LEVEL], kinds[:, CREWS] = area, priority, crews
    marks = np.empty((size, 6))
    np.add(arrival, handling, out=marks[:, READY])
    marks[:, TURNOUT], marks[:, SCENE], marks[:, SECOND_SCENE] = turnout, on_scene, second
    marks[:, WAY_FACTOR] = factor
    marks[:, ACCESS] = 0.0 if isinstance(case.travel, SquareRootLaw) else case.travel.access_minutes
    calls = Calls(arrival, category, kinds, marks)
    if handling.any() and np.any(np.diff(calls.ready) < 0):
        calls = subset(calls, np.argsort(calls.ready, kind="stable"))
    return calls


def subset(calls: Calls, chosen: IntArray) -> Calls:
    """Return the calls at the positions ``chosen``, in that order."""
    return Calls._make(part[chosen] for part in calls)


def _draw_arrivals(
    case: SimulationCase, demand: DemandModel, clock: np.random.Generator, place: np.random.Generator
) -> tuple[FloatArray, IntArray, IntArray]:
    """Draw a non-homogeneous Poisson process with rates constant within the hour, days scaled by gamma.

    Poisson counts per hour and even times within it are the exact law; nothing is thinned.
    """
    before = int(np.ceil(case.warm_up_hours))
    hours = np.arange(-before, case.horizon_weeks * HOURS_PER_WEEK)
    of_week = hours % HOURS_PER_WEEK
    by_hour = demand.calls_per_hour.sum(axis=(0, 1))
    mean = by_hour[of_week]
    if demand.day_dispersion > 0:
        day = (hours + before) // 24
        shape = 1.0 / demand.day_dispersion
        mean = mean * clock.gamma(shape, 1.0 / shape, size=int(day[-1]) + 1)[day]
    counts = clock.poisson(mean)
    arrival = _times_of(hours, counts, clock.random(int(counts.sum())))
    hour = np.repeat(of_week, counts)  # arrivals are sorted, and so are the hours they were drawn in
    cells = np.ascontiguousarray(demand.calls_per_hour.reshape(-1, HOURS_PER_WEEK).T)
    cell = _cells_of(hour, place.random(arrival.size), cells)
    areas, levels = np.divmod(np.arange(cells.shape[1]), len(demand.priorities))
    return arrival, areas[cell], levels[cell]


@njit(cache=True, nogil=True)
def _times_of(hours, counts, uniform):  # type: ignore[no-untyped-def]
    """Return the minutes of the calls in order: ``counts`` of them in each hour, ``uniform`` into it.

    Even times within an hour fall into as many buckets as there are calls: constant time per call.
    """
    times = np.empty(uniform.size)
    begin = 0
    for h in range(hours.size):
        size = counts[h]
        place = np.zeros(size + 1, dtype=np.int64)
        for k in range(begin, begin + size):
            place[min(int(uniform[k] * size), size - 1) + 1] += 1
        for bucket in range(size):
            place[bucket + 1] += place[bucket]
        for k in range(begin, begin + size):
            bucket = min(int(uniform[k] * size), size - 1)
            times[begin + place[bucket]] = hours[h] + uniform[k]
            place[bucket] += 1
        for k in range(begin + 1, begin + size):  # the few that share a bucket
            late = times[k]
            other = k - 1
            while other >= begin and times[other] > late:
                times[other + 1] = times[other]
                other -= 1
            times[other + 1] = late
        begin += size
    for k in range(times.size):
        times[k] *= MINUTES_PER_HOUR
    return times


@njit(cache=True, nogil=True)
def _cells_of(hour, uniform, rates):  # type: ignore[no-untyped-def]
    """Return the cell of every call by inverse transform over ``rates`` (168, cells) of its hour.

    A guide table per hour (Chen & Asau 1974) starts the search next to its end: constant time per call.
    """
    hours, size = rates.shape
    cumulated = np.empty((hours, size))
    guide = np.zeros((hours, size), dtype=np.int64)
    for h in range(hours):
        total = 0.0
        for c in range(size):
            total += rates[h, c]
            cumulated[h, c] = total
        c = 0
        for g in range(size):
            while c < size - 1 and cumulated[h, c] <= total * g / size:
                c += 1
            guide[h, g] = c
    found = np.empty(hour.size, dtype=np.int64)
    for i in range(hour.size):
        h = hour[i]
        target = uniform[i] * cumulated[h, size - 1]
        c = guide[h, int(uniform[i] * size)]
        while c < size - 1 and cumulated[h, c] <= target:
            c += 1
        found[i] = c
    return found


def _draw_categories(
    case: SimulationCase, given: CallList | None, priority: IntArray, stream: np.random.Generator
) -> IntArray:
    if given is not None:
        assert given.category_index is not None
        return given.category_index
    assert case.category_share is not None
    kinds = case.category_share.shape[1]
    if kinds == 1:
        return np.zeros(priority.size, dtype=np.int64)
    cumulated = np.cumsum(case.category_share, axis=1)
    drawn = stream.random(priority.size)
    return np.minimum((drawn[:, None] >= cumulated[priority]).sum(axis=1), kinds - 1).astype(np.int64)


def _draw_durations(
    model: DurationModel, priority: IntArray, category: IntArray, stream: np.random.Generator
) -> FloatArray:
    """Draw one duration per call."""
    cell = priority * model.mean_minutes.shape[1] + category
    mean = model.mean_minutes.ravel()
    if model.family is DurationFamily.FIXED:
        return np.full(cell.size, mean[0]) if np.ptp(mean) == 0 else mean[cell]
    if model.family is DurationFamily.EXPONENTIAL:
        return np.asarray(mean[cell] * stream.standard_exponential(cell.size))
    if model.family is DurationFamily.LOGNORMAL:
        assert model.sd_minutes is not None
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(mean > 0, model.sd_minutes.ravel() / mean, 0.0)
            spread = np.sqrt(np.log1p(ratio**2))
            centre = np.log(mean) - spread**2 / 2.0
        return np.asarray(np.exp(centre[cell] + spread[cell] * stream.standard_normal(cell.size)))
    uniform = stream.random(priority.size)
    sizes = np.array([sample.size for sample in model.samples])
    first = np.cumsum(sizes) - sizes
    return np.concatenate(model.samples)[first[cell] + (uniform * sizes[cell]).astype(np.int64)]


def horizon_end_minutes(case: SimulationCase) -> float:
    """Return the minute after which no call is counted any more."""
    return case.horizon_weeks * MINUTES_PER_WEEK
