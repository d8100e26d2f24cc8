"""The dynamic programme over the days of one person's horizon, compiled; its functions stay together.

State after each day: a *mode* (days off in a row, or the class of the last shift with the days worked in a
row) and a *resource* (weekends worked, minutes worked, counts of the scarce kinds). Of the kinds of one group
only the cheapest matters on each day. Backwards it gives the least cost still to come from each state, with
which a search in depth writes down every schedule below a cost and follows no beginning in vain.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

INFINITE = 1e17

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Schedules = npt.NDArray[np.int16]


@njit(cache=True, nogil=True)
def best_of_groups(cost: Floats, group_of: Ints, groups: int) -> tuple[Floats, Ints]:
    """Return the cheapest kind of each group on each day: cost and kind, days × groups."""
    days, kinds = cost.shape[0], cost.shape[1] - 1
    best_cost = np.full((days, groups), INFINITE)
    best_kind = np.zeros((days, groups), np.int64)
    for d in range(days):
        for s in range(kinds):
            g = group_of[s]
            if cost[d, s] < best_cost[d, g]:
                best_cost[d, g] = cost[d, s]
                best_kind[d, g] = s
    return best_cost, best_kind


@njit(cache=True, nogil=True)
def _runs_of(
    mode: int, day: int, max_work: int, min_work: int, min_off: int, edge_free: bool
) -> tuple[int, int, bool, bool, int]:
    """Return a mode's last class (−1 off), days on in a row, and what may follow: rest, work, mode off."""
    is_off = mode < min_off
    run = mode + 1 if is_off else (mode - min_off) % max_work + 1
    last = -1 if is_off else (mode - min_off) // max_work
    # A run that fills the horizon so far touches its open edge and need not reach its minimum.
    excused = edge_free and (run == day or day == 0)
    may_rest = is_off or run >= min_work or excused
    may_work = (run >= min_off or excused) if is_off else run < max_work
    off_mode = min(run, min_off - 1) if is_off and not (edge_free and day == 0) else 0
    return last, (0 if is_off else run), may_rest, may_work, off_mode


@njit(cache=True, nogil=True)
def _advance(
    value: Floats,
    after: Floats,
    came: Ints,
    best_cost: Floats,
    off_cost: float,
    day: int,
    reach: int,
    weekend_part: int,
    groups: tuple[Ints, Ints, Ints],
    may_follow: Bools,
    limits: tuple[int, int, int, int, int, int],
    edge_free: bool,
    scarce_limits: Ints,
    strides: Ints,
    parts: tuple[Ints, Ints, Ints],
    shape: tuple[int, int, int],
) -> None:
    """Carry the values of one day's states (modes × resources) over to the next day's."""
    group_class, group_units, group_scarce = groups
    max_work, min_work, min_off, max_weekends, min_units, max_units = limits
    weekend_of, minute_of, count_of = parts
    weekends, minutes, counts = shape
    number = group_class.shape[0]
    open_groups = np.empty(number, np.int64)
    after[:, :] = INFINITE
    for mode in range(value.shape[0]):
        last, run, may_rest, may_work, off_mode = _runs_of(mode, day, max_work, min_work, min_off, edge_free)
        may_rest = may_rest and off_cost < INFINITE
        counted = max_weekends >= 0 and (weekend_part == 1 or (weekend_part == 2 and last < 0))
        ways = 0
        for g in range(number):
            if may_work and best_cost[g] < INFINITE and (last < 0 or may_follow[last, g]):
                open_groups[ways] = g
                ways += 1
        for r in range(value.shape[1]):
            v = value[mode, r]
            if v >= INFINITE:
                continue
            m = minute_of[r]
            if may_rest and m + reach >= min_units and v + off_cost < after[off_mode, r]:
                after[off_mode, r] = v + off_cost
                came[off_mode, r] = mode * (number + 1) + number
            w = weekend_of[r] + (1 if counted else 0)
            if w >= weekends:
                continue
            for way in range(ways):
                g = open_groups[way]
                nm = m + group_units[g]
                if nm > max_units or nm + reach < min_units:
                    continue
                c = count_of[r]
                k = group_scarce[g]
                if k >= 0:
                    if (c // strides[k]) % (scarce_limits[k] + 1) >= scarce_limits[k]:
                        continue
                    c += strides[k]
                to_mode = min_off + group_class[g] * max_work + run
                to = (w * minutes + nm) * counts + c
                if v + best_cost[g] < after[to_mode, to]:
                    after[to_mode, to] = v + best_cost[g]
                    came[to_mode, to] = mode * (number + 1) + g


@njit(cache=True, nogil=True)
def _trace(
    came: Ints,
    best_kind: Ints,
    weekend_part: Ints,
    at_mode: int,
    at: int,
    groups: tuple[Ints, Ints, Ints],
    min_off: int,
    max_weekends: int,
    strides: Ints,
    shape: tuple[int, int, int],
    choice: Ints,
) -> None:
    """Write the schedule that led to a last state into ``choice``."""
    _, group_units, group_scarce = groups
    number = group_units.shape[0]
    _, minutes, counts = shape
    for d in range(came.shape[0] - 1, -1, -1):
        code = came[d, at_mode, at]
        g, mode = code % (number + 1), code // (number + 1)
        if g == number:
            choice[d] = -1
        else:
            choice[d] = best_kind[d, g]
            at -= group_units[g] * counts
            if group_scarce[g] >= 0:
                at -= strides[group_scarce[g]]
            if max_weekends >= 0 and (weekend_part[d] == 1 or (weekend_part[d] == 2 and mode < min_off)):
                at -= minutes * counts
        at_mode = mode


@njit(cache=True, nogil=True)
def strides_of(scarce_limits: Ints) -> Ints:
    """Return how far apart the counts of each scarce kind lie, and last how many counts there are."""
    strides = np.ones(scarce_limits.shape[0] + 1, np.int64)
    for k in range(scarce_limits.shape[0]):
        strides[k + 1] = strides[k] * (scarce_limits[k] + 1)
    return strides


@njit(cache=True, nogil=True)
def reaches_of(days: int, limits: tuple[int, int, int, int, int, int], group_units: Ints) -> Ints:
    """Return the units the days after each day can still add: max_work days in every max_work + min_off."""
    max_work, min_off = limits[0], limits[2]
    longest = group_units.max() if group_units.shape[0] else 0
    left, cycle = days - 1 - np.arange(days), max_work + min_off
    return ((left // cycle) * max_work + np.minimum(left % cycle, max_work)) * longest


@njit(cache=True, nogil=True)
def cheapest_choice(
    cost: Floats,
    group_of: Ints,
    groups: tuple[Ints, Ints, Ints],
    may_follow: Bools,
    limits: tuple[int, int, int, int, int, int],
    scarce_limits: Ints,
    weekend_part: Ints,
    first_mode: int,
    edge_free: bool,
    choice: Ints,
) -> float:
    """Fill ``choice`` (days; kind or −1 for off) with the cheapest schedule and return its cost.

    ``cost`` is days × (kinds + 1) with ``INFINITE`` where a cell is not allowed. ``groups``: class, units and
    place among the scarce (−1: none) of each group. ``limits``: longest and shortest work, shortest rest,
    weekends (< 0: not counted), least and most units. ``weekend_part``: 0 a weekday, 1 the first and 2 a
    later day of a weekend.
    """
    max_work, _, min_off, max_weekends, min_units, max_units = limits
    days, number = cost.shape[0], groups[0].shape[0]
    strides = strides_of(scarce_limits)
    minutes, counts = max_units + 1, strides[-1]
    shape = (max(max_weekends, 0) + 1, minutes, counts)
    every = np.arange(shape[0] * minutes * counts)
    parts = (every // counts // minutes, every // counts % minutes, every % counts)
    best_cost, best_kind = best_of_groups(cost, group_of, number)
    reaches = reaches_of(days, limits, groups[1])
    value = np.full((min_off + may_follow.shape[0] * max_work, len(every)), INFINITE)
    after = np.empty_like(value)
    came = np.empty((days, value.shape[0], value.shape[1]), np.int32)
    value[first_mode, 0] = 0.0
    for d in range(days):
        _advance(
            value, after, came[d], best_cost[d], cost[d, -1], d, reaches[d], weekend_part[d], groups,
            may_follow, limits, edge_free, scarce_limits, strides, parts, shape,
        )  # fmt: skip
        value, after = after, value
    best, at_mode, at = INFINITE, -1, -1
    for mode in range(value.shape[0]):
        for r in range(value.shape[1]):
            if value[mode, r] < best and parts[1][r] >= min_units:
                best, at_mode, at = value[mode, r], mode, r
    if at_mode >= 0:
        _trace(
            came, best_kind, weekend_part, at_mode, at, groups, min_off, max_weekends, strides, shape, choice
        )
    return best


class Horizon(NamedTuple):
    """One person's horizon for the programme run backwards; the fields are those of ``cheapest_choice``.

    ``strides`` of the scarce kinds' counts, ``shape`` of a resource (weekends × units × counts), ``reaches``:
    units that the days after each day can still add.
    """

    groups: tuple[Ints, Ints, Ints]
    may_follow: Bools
    limits: tuple[int, int, int, int, int, int]
    scarce_limits: Ints
    strides: Ints
    weekend_part: Ints
    edge_free: bool
    shape: tuple[int, int, int]
    reaches: Ints


@njit(cache=True, nogil=True)
def _ways_of(mode: int, day: int, horizon: Horizon) -> tuple[int, int, bool, bool, int, bool]:
    """Return what ``_runs_of`` does, and whether a shift on the day begins another worked weekend."""
    max_work, min_work, min_off, max_weekends, _, _ = horizon.limits
    last, run, may_rest, may_work, off_mode = _runs_of(
        mode, day, max_work, min_work, min_off, horizon.edge_free
    )
    part = horizon.weekend_part[day] if max_weekends >= 0 else 0
    return last, run, may_rest, may_work, off_mode, part == 1 or (part == 2 and last < 0)


@njit(cache=True, nogil=True)
def _worked(
    resource: int,
    units: int,
    scarce: int,
    reach: int,
    counted: bool,
    limits: tuple[int, int, int, int, int, int],
    scarce_limits: Ints,
    strides: Ints,
    shape: tuple[int, int, int],
) -> int:
    """Return the resource after a shift, −1 where a limit forbids it. A ``Horizon`` here doubles the time."""
    weekends, minutes, counts = shape
    w = resource // counts // minutes + (1 if counted else 0)
    m, c = resource // counts % minutes + units, resource % counts
    if w >= weekends or m > limits[5] or m + reach < limits[4]:
        return -1
    if scarce >= 0:
        if (c // strides[scarce]) % (scarce_limits[scarce] + 1) >= scarce_limits[scarce]:
            return -1
        c += strides[scarce]
    return (w * minutes + m) * counts + c


@njit(cache=True, nogil=True)
def costs_to_come(best_cost: Floats, off_cost: Floats, horizon: Horizon, to_come: Floats) -> None:
    """Fill ``to_come`` (days + 1 × modes × resources) with the least cost from each state to the end."""
    (classes, units, scarce), may_follow, limits, scarce_limits, strides, _, _, shape, reaches = horizon
    max_work, _, min_off, _, min_units, _ = limits
    _, minutes, counts = shape
    days, number = best_cost.shape
    to_come[:, :, :] = INFINITE
    for r in range(to_come.shape[2]):
        if r // counts % minutes >= min_units:
            to_come[days, :, r] = 0.0
    for d in range(days - 1, -1, -1):
        for mode in range(to_come.shape[1]):
            last, run, may_rest, may_work, off_mode, counted = _ways_of(mode, d, horizon)
            for r in range(to_come.shape[2]):
                best = INFINITE
                if may_rest and off_cost[d] < INFINITE and r // counts % minutes + reaches[d] >= min_units:
                    best = off_cost[d] + to_come[d + 1, off_mode, r]
                for g in range(number if may_work else 0):
                    if best_cost[d, g] >= INFINITE or (last >= 0 and not may_follow[last, g]):
                        continue
                    to = _worked(
                        r, units[g], scarce[g], reaches[d], counted, limits, scarce_limits, strides, shape
                    )
                    if to >= 0:
                        v = best_cost[d, g] + to_come[d + 1, min_off + classes[g] * max_work + run, to]
                        best = min(best, v)
                to_come[d, mode, r] = min(best, INFINITE)


@njit(cache=True, nogil=True)
def _next_kind(
    cost: Floats,
    group_of: Ints,
    left: Ints,
    at: tuple[int, int, int],
    first: int,
    most: float,
    horizon: Horizon,
    to_come: Floats,
) -> tuple[int, int, int]:
    """Return the first kind from ``first`` on with which a beginning can end at ``most``, and its state.

    ``at``: day, mode and resource of the beginning. ``left``: how often each kind may still come. The kind
    is beyond the last when there is none.
    """
    day, mode, resource = at
    kinds = cost.shape[1] - 1
    (classes, units, scarce), may_follow, limits, scarce_limits, strides, _, _, shape, reaches = horizon
    last, run, may_rest, may_work, off_mode, counted = _ways_of(mode, day, horizon)
    may_rest = may_rest and resource // shape[2] % shape[1] + reaches[day] >= limits[4]
    for s in range(first, kinds + 1):
        to_mode, to = off_mode, resource
        if s < kinds:
            g = group_of[s]
            if not may_work or left[s] <= 0 or cost[day, s] >= INFINITE:
                continue
            if last >= 0 and not may_follow[last, g]:
                continue
            to = _worked(
                resource, units[g], scarce[g], reaches[day], counted, limits, scarce_limits, strides, shape
            )
            to_mode = limits[2] + classes[g] * limits[0] + run
        elif not may_rest:
            continue
        if to >= 0 and cost[day, s] + to_come[day + 1, to_mode, to] <= most:
            return s, to_mode, to
    return kinds + 1, -1, -1


@njit(cache=True, nogil=True)
def write_schedules(
    cost: Floats,
    group_of: Ints,
    first_mode: int,
    max_counts: Ints,
    most: float,
    steps: int,
    horizon: Horizon,
    to_come: Floats,
    found: Schedules,
) -> int:
    """Write every schedule of cost ≤ ``most`` into ``found``; return how many, −1 when it is too many.

    A day off is written as the kind after the last.
    """
    days, kinds = cost.shape[0], cost.shape[1] - 1
    mode, resource = np.zeros(days + 1, np.int64), np.zeros(days + 1, np.int64)
    spent, tried = np.zeros(days + 1), np.full(days + 1, -1, np.int64)
    left = np.append(max_counts, days)
    mode[0] = first_mode
    number, d = 0, 0
    while d >= 0:
        if d < days:
            steps -= 1
            if steps < 0:
                return -1
            s, to_mode, to = _next_kind(
                cost,
                group_of,
                left,
                (d, mode[d], resource[d]),
                tried[d] + 1,
                most - spent[d],
                horizon,
                to_come,
            )
            if s <= kinds:
                tried[d] = s
                left[s] -= 1
                spent[d + 1] = spent[d] + cost[d, s]
                d += 1
                mode[d], resource[d], tried[d] = to_mode, to, -1
                continue
        else:
            if number == found.shape[0]:
                return -1
            found[number] = tried[:days]
            number += 1
        # back to the day before, whose next kind is tried
        d -= 1
        if d >= 0:
            left[tried[d]] += 1
    return number
