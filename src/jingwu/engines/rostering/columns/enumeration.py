"""Every lawful schedule of one person whose reduced cost lies near the least, by dynamic programming.

A first pass backwards gives each state the least cost of what may still come; a walk forwards then follows
only states from which the threshold can still be kept. Where the pass knows every limit it never turns back
in vain, so that the work grows with the schedules found, not with those that exist.

A roster that costs at most ``bound + t`` is made of schedules whose reduced costs lie at most ``t`` above the
least of their person: an integer choice among all of those is exact (column enumeration).
Source: Baldacci, Christofides & Mingozzi (2008) for the same step in vehicle routing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from jingwu.engines.rostering.columns.pricing import INFINITE, Bools, Floats, Ints, Pricer, runs_of

Small = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Near:
    """The schedules (n × days; kind or −1) with their costs, ascending; ``whole`` unless cut off."""

    schedules: Ints
    costs: Floats
    least: float
    whole: bool


@njit(cache=True, nogil=True)
def _to_go(
    cost: Floats,
    group_of: Ints,
    groups: tuple[Ints, Ints, Ints],
    may_follow: Bools,
    limits: tuple[int, int, int, int, int, int],
    weekend_part: Ints,
    edge_free: bool,
    scarce_limits: Ints,
    strides: Ints,
    shape: tuple[int, int, int],
    ahead: Floats,
) -> None:
    """Fill ``ahead`` (days + 1 × modes × resources) with the least cost of the days from each state on."""
    max_work, min_work, min_off, max_weekends, min_units, max_units = limits
    weekends, minutes, counts = shape
    days, number = cost.shape[0], groups[0].shape[0]
    best_cost = np.full((days, number), INFINITE)
    for d in range(days):
        for s in range(group_of.shape[0]):
            best_cost[d, group_of[s]] = min(best_cost[d, group_of[s]], cost[d, s])
    modes, size = ahead.shape[1], ahead.shape[2]
    for mode in range(modes):
        for r in range(size):
            ahead[days, mode, r] = 0.0 if r // counts % minutes >= min_units else INFINITE
    for d in range(days - 1, -1, -1):
        part = weekend_part[d]
        for mode in range(modes):
            last, run, may_rest, may_work, off_mode = runs_of(mode, d, max_work, min_work, min_off, edge_free)
            counted = max_weekends >= 0 and (part == 1 or (part == 2 and last < 0))
            for r in range(size):
                best = INFINITE
                if may_rest and cost[d, -1] < INFINITE:
                    best = min(best, cost[d, -1] + ahead[d + 1, off_mode, r])
                w, m, c = r // counts // minutes, r // counts % minutes, r % counts
                w += 1 if counted else 0
                if may_work and w < weekends:
                    for g in range(number):
                        nm = m + groups[1][g]
                        if best_cost[d, g] >= INFINITE or nm > max_units:
                            continue
                        if last >= 0 and not may_follow[last, g]:
                            continue
                        k, nc = groups[2][g], c
                        if k >= 0:
                            if (c // strides[k]) % (scarce_limits[k] + 1) >= scarce_limits[k]:
                                continue
                            nc += strides[k]
                        to_mode = min_off + groups[0][g] * max_work + run
                        to = (w * minutes + nm) * counts + nc
                        best = min(best, best_cost[d, g] + ahead[d + 1, to_mode, to])
                ahead[d, mode, r] = min(best, INFINITE)


@njit(cache=True, nogil=True)
def _walk(
    cost: Floats,
    group_of: Ints,
    groups: tuple[Ints, Ints, Ints],
    may_follow: Bools,
    limits: tuple[int, int, int, int, int, int],
    weekend_part: Ints,
    edge_free: bool,
    scarce_limits: Ints,
    strides: Ints,
    shape: tuple[int, int, int],
    ahead: Floats,
    first_mode: int,
    max_counts: Ints,
    threshold: float,
    found: Small,
    costs: Floats,
) -> int:
    """Write every schedule up to ``threshold`` into ``found`` and its cost; return how many, −1 when full."""
    max_work, min_work, min_off, max_weekends, _, max_units = limits
    weekends, minutes, counts = shape
    days, kinds = cost.shape[0], cost.shape[1] - 1
    mode_at, at = np.empty(days + 1, np.int64), np.empty(days + 1, np.int64)
    option, spent = np.zeros(days + 1, np.int64), np.zeros(days + 1)
    used = np.zeros(kinds, np.int64)
    choice = np.full(days, -2, np.int64)
    mode_at[0], at[0] = first_mode, 0
    number, d, steps = 0, 0, 0
    while d >= 0:
        if d == days:
            if number == found.shape[0]:
                return -1
            for day in range(days):
                found[number, day] = choice[day]
            costs[number] = spent[d]
            number += 1
            d -= 1
            continue
        if choice[d] >= 0:
            used[choice[d]] -= 1
        choice[d] = -2
        s = option[d]
        steps += 1
        if s > kinds or steps > 400 * found.shape[0]:
            if s <= kinds:
                return -1
            d -= 1
            continue
        option[d] += 1
        if cost[d, s] >= INFINITE:
            continue
        mode, r = mode_at[d], at[d]
        last, run, may_rest, may_work, off_mode = runs_of(mode, d, max_work, min_work, min_off, edge_free)
        to_mode, to = off_mode, r
        if s == kinds:
            if not may_rest:
                continue
        else:
            g = group_of[s]
            if not may_work or (last >= 0 and not may_follow[last, g]) or used[s] >= max_counts[s]:
                continue
            w, m, c = r // counts // minutes, r // counts % minutes, r % counts
            if max_weekends >= 0 and (weekend_part[d] == 1 or (weekend_part[d] == 2 and last < 0)):
                w += 1
            m += groups[1][g]
            k = groups[2][g]
            if w >= weekends or m > max_units:
                continue
            if k >= 0:
                if (c // strides[k]) % (scarce_limits[k] + 1) >= scarce_limits[k]:
                    continue
                c += strides[k]
            to_mode = min_off + groups[0][g] * max_work + run
            to = (w * minutes + m) * counts + c
        if spent[d] + cost[d, s] + ahead[d + 1, to_mode, to] > threshold:
            continue
        choice[d] = -1 if s == kinds else s
        if s < kinds:
            used[s] += 1
        spent[d + 1] = spent[d] + cost[d, s]
        mode_at[d + 1], at[d + 1] = to_mode, to
        d += 1
        if d < days:
            option[d] = 0
            choice[d] = -2
    return number


def near_schedules(pricer: Pricer, cost: Floats, *, above: float, limit: int) -> Near:
    """Return the schedules that cost at most ``above`` more than the cheapest (days × (kinds + 1) ``cost``).

    ``limit`` bounds their number; beyond it ``whole`` is False and what was found so far is returned.
    """
    least, _ = pricer.cheapest(cost, exact=True)
    days = cost.shape[0]
    if least >= INFINITE:
        return Near(np.zeros((0, days), np.int64), np.zeros(0), least, True)
    table = np.where(pricer.blocked, INFINITE, cost)
    strides, shape = pricer.layout()
    fixed = (
        pricer.group_of, pricer.groups, pricer.follow, pricer.state_limits, pricer.weekend_part,
        not pricer.limits.history, pricer.scarce_limits, strides, shape,
    )  # fmt: skip
    modes = pricer.limits.min_off + pricer.follow.shape[0] * pricer.limits.max_work
    ahead = np.empty((days + 1, modes, shape[0] * shape[1] * shape[2]))
    _to_go(table, *fixed, ahead)
    found, costs = np.empty((limit, days), np.int8), np.empty(limit)
    number = _walk(
        table, *fixed, ahead, pricer.first_mode, pricer.limits.max_counts, least + above + 1e-7, found, costs
    )
    kept = limit if number < 0 else number
    order = np.argsort(costs[:kept], kind="stable")
    return Near(found[order].astype(np.int64), costs[order], least, number >= 0)
