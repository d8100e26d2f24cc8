"""Every lawful schedule of one person below a cost, compiled.

A backward dynamic programme over the states of ``programme`` gives the least cost still to come from each
state; a search in depth then follows only those beginnings that can still end below the limit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from jingwu.engines.rostering.columns.pricing import Pricer
from jingwu.engines.rostering.columns.programme import (
    INFINITE,
    Bools,
    Floats,
    Ints,
    best_of_groups,
    runs_of,
)

Schedules = npt.NDArray[np.int16]

STEPS_PER_DAY = 3
"""Steps of the search allowed for each day of each schedule that may be found, before it is too long.

Only counts that are not in the state lead it to beginnings without an end.
"""


@njit(cache=True, nogil=True)
def _next_resource(
    m: int,
    c: int,
    w: int,
    reach: int,
    group_units: int,
    scarce: int,
    limits: tuple[int, int, int, int, int, int],
    scarce_limits: Ints,
    strides: Ints,
    shape: tuple[int, int, int],
) -> int:
    """Return the resource after a shift of a group, −1 where a limit forbids it."""
    weekends, minutes, counts = shape
    if w >= weekends:
        return -1
    nm = m + group_units
    if nm > limits[5] or nm + reach < limits[4]:
        return -1
    if scarce >= 0:
        if (c // strides[scarce]) % (scarce_limits[scarce] + 1) >= scarce_limits[scarce]:
            return -1
        c += strides[scarce]
    return (w * minutes + nm) * counts + c


@njit(cache=True, nogil=True)
def _costs_to_come(
    best_cost: Floats,
    off_cost: Floats,
    groups: tuple[Ints, Ints, Ints],
    may_follow: Bools,
    limits: tuple[int, int, int, int, int, int],
    scarce_limits: Ints,
    strides: Ints,
    weekend_part: Ints,
    edge_free: bool,
    shape: tuple[int, int, int],
    reaches: Ints,
    to_come: Floats,
) -> None:
    """Fill ``to_come`` (days + 1 × modes × resources) with the least cost from each state to the end."""
    group_class, group_units, group_scarce = groups
    max_work, min_work, min_off, max_weekends, min_units, _ = limits
    _, minutes, counts = shape
    days, number = best_cost.shape
    to_come[:, :, :] = INFINITE
    for r in range(to_come.shape[2]):
        if r // counts % minutes >= min_units:
            to_come[days, :, r] = 0.0
    for d in range(days - 1, -1, -1):
        for mode in range(to_come.shape[1]):
            last, run, may_rest, may_work, off_mode = runs_of(mode, d, max_work, min_work, min_off, edge_free)
            part = weekend_part[d]
            counted = max_weekends >= 0 and (part == 1 or (part == 2 and last < 0))
            for r in range(to_come.shape[2]):
                w, m, c = r // counts // minutes, r // counts % minutes, r % counts
                best = INFINITE
                if may_rest and off_cost[d] < INFINITE and m + reaches[d] >= min_units:
                    best = off_cost[d] + to_come[d + 1, off_mode, r]
                if may_work:
                    for g in range(number):
                        if best_cost[d, g] >= INFINITE or (last >= 0 and not may_follow[last, g]):
                            continue
                        to = _next_resource(
                            m, c, w + (1 if counted else 0), reaches[d], group_units[g], group_scarce[g],
                            limits, scarce_limits, strides, shape,
                        )  # fmt: skip
                        if to < 0:
                            continue
                        v = best_cost[d, g] + to_come[d + 1, min_off + group_class[g] * max_work + run, to]
                        if v < best:
                            best = v
                to_come[d, mode, r] = min(best, INFINITE)


@njit(cache=True, nogil=True)
def _search(
    cost: Floats,
    group_of: Ints,
    first_mode: int,
    max_counts: Ints,
    most: float,
    steps: int,
    found: Schedules,
    groups: tuple[Ints, Ints, Ints],
    may_follow: Bools,
    limits: tuple[int, int, int, int, int, int],
    scarce_limits: Ints,
    strides: Ints,
    weekend_part: Ints,
    edge_free: bool,
    shape: tuple[int, int, int],
    reaches: Ints,
    to_come: Floats,
) -> int:
    """Write every schedule of cost ≤ ``most`` into ``found``; return how many, −1 when it is too many.

    A day off is written as the kind after the last.
    """
    group_class, group_units, group_scarce = groups
    max_work, min_work, min_off, max_weekends, min_units, _ = limits
    _, minutes, counts = shape
    days, kinds = cost.shape[0], cost.shape[1] - 1
    mode, resource = np.zeros(days + 1, np.int64), np.zeros(days + 1, np.int64)
    spent, tried = np.zeros(days + 1), np.full(days + 1, -1, np.int64)
    used = np.zeros(kinds + 1, np.int64)
    mode[0] = first_mode
    number, d = 0, 0
    while d >= 0:
        if d == days:
            if number == found.shape[0]:
                return -1
            found[number] = tried[:days]
            number += 1
            d -= 1
            used[tried[d]] -= 1
            continue
        steps -= 1
        if steps < 0:
            return -1
        last, run, may_rest, may_work, off_mode = runs_of(mode[d], d, max_work, min_work, min_off, edge_free)
        part, r = weekend_part[d], resource[d]
        counted = max_weekends >= 0 and (part == 1 or (part == 2 and last < 0))
        w, m, c = r // counts // minutes, r // counts % minutes, r % counts
        to_mode, to = -1, -1
        s = tried[d] + 1
        while s <= kinds:
            if cost[d, s] < INFINITE:
                if s == kinds:
                    if may_rest and m + reaches[d] >= min_units:
                        to_mode, to = off_mode, r
                elif may_work and used[s] < max_counts[s]:
                    g = group_of[s]
                    if last < 0 or may_follow[last, g]:
                        to = _next_resource(
                            m, c, w + (1 if counted else 0), reaches[d], group_units[g], group_scarce[g],
                            limits, scarce_limits, strides, shape,
                        )  # fmt: skip
                        to_mode = min_off + group_class[g] * max_work + run
                if to >= 0 and spent[d] + cost[d, s] + to_come[d + 1, to_mode, to] <= most:
                    break
                to = -1
            s += 1
        tried[d] = s
        if s > kinds:
            tried[d] = -1
            d -= 1
            if d >= 0:
                used[tried[d]] -= 1
            continue
        used[s] += 1
        spent[d + 1] = spent[d] + cost[d, s]
        mode[d + 1], resource[d + 1] = to_mode, to
        d += 1
        if d < days:
            tried[d] = -1
    return number


def schedules_below(pricer: Pricer, cost: Floats, limit: float, most: int) -> Schedules | None:
    """Return every lawful schedule whose cost is at most ``limit`` (schedules × days, off as ``kinds``).

    ``cost`` is days × (kinds + 1). None when there are more than ``most``, or they are too long to find.
    """
    table = np.where(pricer.blocked, INFINITE, cost)
    limits, scarce_limits = pricer.state_limits, pricer.scarce_limits
    max_work, _, min_off, max_weekends, _, max_units = limits
    strides = np.concatenate([[1], np.cumprod(scarce_limits + 1)]).astype(np.int64)
    shape = (max(max_weekends, 0) + 1, max_units + 1, int(strides[-1]))
    days = len(table)
    cycle, left = max_work + min_off, days - 1 - np.arange(days)
    longest = int(pricer.groups[1].max(initial=0))
    reaches = ((left // cycle) * max_work + np.minimum(left % cycle, max_work)) * longest
    to_come = np.empty((days + 1, min_off + len(pricer.follow) * max_work, int(np.prod(shape))))
    best_cost, _ = best_of_groups(table, pricer.group_of, len(pricer.groups[0]))
    edge_free = not pricer.limits.history
    fixed = (
        pricer.groups, pricer.follow, limits, scarce_limits, strides, pricer.weekend_part, edge_free, shape,
        reaches, to_come,
    )  # fmt: skip
    _costs_to_come(best_cost, table[:, -1].copy(), *fixed)
    if to_come[0, pricer.first_mode, 0] > limit:
        return np.empty((0, days), np.int16)
    found = np.empty((most, days), np.int16)
    number = _search(
        table, pricer.group_of, pricer.first_mode, pricer.limits.max_counts, limit,
        STEPS_PER_DAY * days * most, found, *fixed,
    )  # fmt: skip
    return None if number < 0 else found[:number].copy()
