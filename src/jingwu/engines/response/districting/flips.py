"""Simulated annealing over boundary flips: one area at a time goes to a beat it touches, compiled.

A beat's cost is Σ load × travel from the member that serves it best, kept for every possible centre, so that
a flip is priced exactly, change of centre included. Contiguity is checked before a flip, never repaired.
Source: D'Amico, Wang, Batta & Rump (2002), Computers & Operations Research 29:667–684 (annealed police
districts); Ricca & Simeone (2008), EJOR 189:1409–1426 (local search for districting).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import FloatArray, IntArray


@njit(cache=True)
def stays_whole(
    area: int,
    beat_of_area: IntArray,
    start: IntArray,
    near: IntArray,
    seen: IntArray,
    mark: int,
    queue: IntArray,
) -> bool:
    """Return whether the beat of ``area`` keeps in one piece, and is not empty, without it.

    ``start``, ``near``: neighbours of area i are near[start[i]:start[i + 1]]. ``seen``, ``queue``: workspace;
    ``mark`` must be new on every call.
    """
    beat, wanted, first = beat_of_area[area], 0, -1
    for e in range(start[area], start[area + 1]):
        if beat_of_area[near[e]] == beat:
            wanted += 1
            first = near[e]
    if wanted <= 1:
        return wanted == 1
    seen[area], seen[first] = mark, mark
    queue[0] = first
    head, tail, found = 0, 1, 0
    while head < tail:
        at = queue[head]
        head += 1
        for e in range(start[at], start[at + 1]):
            other = near[e]
            if other == area:
                found += 1
            elif beat_of_area[other] == beat and seen[other] != mark:
                seen[other] = mark
                queue[tail] = other
                tail += 1
        if found == wanted:
            return True
    return found == wanted


@njit(cache=True)
def _excess(load: float, low: float, high: float) -> float:
    if load > high:
        return load - high
    if load < low:
        return low - load
    return 0.0


@njit(cache=True)
def _cheapest(
    sums: FloatArray, weighted: FloatArray, area: int, beat: int, joins: bool, beat_of_area: IntArray
) -> float:
    """Return the cost of ``beat`` once ``area`` has joined or left it."""
    best = np.inf
    sign = 1.0 if joins else -1.0
    for c in range(beat_of_area.size):
        member = joins if c == area else beat_of_area[c] == beat
        if member:
            best = min(best, sums[beat, c] + sign * weighted[area, c])
    return best


@njit(cache=True)
def _fresh(
    weighted: FloatArray, load: FloatArray, beat_of_area: IntArray, beats: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return sums over members for every centre, the cost and the load of each beat."""
    n = load.size
    sums, cost, loads = np.zeros((beats, n)), np.full(beats, np.inf), np.zeros(beats)
    for i in range(n):
        loads[beat_of_area[i]] += load[i]
        for c in range(n):
            sums[beat_of_area[i], c] += weighted[i, c]
    for c in range(n):
        cost[beat_of_area[c]] = min(cost[beat_of_area[c]], sums[beat_of_area[c], c])
    return sums, cost, loads


@njit(cache=True)
def anneal(
    weighted: FloatArray,
    load: FloatArray,
    start: IntArray,
    near: IntArray,
    first_map: IntArray,
    beats: int,
    limits: tuple[float, float],
    change: FloatArray,
    today: IntArray,
    steps: int,
    seed: int,
) -> tuple[IntArray, float, float]:
    """Anneal from ``first_map``; return the best map, its cost (with price of change), its excess load.

    ``weighted``: shape (areas, areas), load[i] × travel from centre c to area i at [i, c]. ``limits``: lowest
    and highest load of a beat. ``change``: price of each area leaving its beat of ``today``.
    """
    np.random.seed(seed)
    n = load.size
    low, high = limits
    here = first_map.copy()
    sums, cost, loads = _fresh(weighted, load, here, beats)
    total, excess = cost.sum(), 0.0
    for b in range(beats):
        excess += _excess(loads[b], low, high)
    for i in range(n):
        if here[i] != today[i]:
            total += change[i]
    best, best_total, best_excess = here.copy(), total, excess
    seen, queue = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    # A price on change raises walls between maps: the heat must climb them, the fine must outweigh them.
    heat0 = 0.004 * cost.sum() + change.mean()
    fine0 = 0.5 * cost.sum() / load.sum() + 2.0 * change.sum() / load.sum()
    fine = fine0
    for step in range(steps):
        heat = heat0 * (1e-4 ** (step / steps))
        fine = fine0 * (100.0 ** (step / steps))
        if step % 20000 == 0 and step:
            # Fresh sums: rounding errors of millions of updates do not pile up.
            sums, cost, loads = _fresh(weighted, load, here, beats)
        i = np.random.randint(0, n)
        if start[i] == start[i + 1]:
            continue
        a = here[i]
        b = here[near[np.random.randint(start[i], start[i + 1])]]
        if a == b:
            continue
        more = _excess(loads[a] - load[i], low, high) + _excess(loads[b] + load[i], low, high)
        more -= _excess(loads[a], low, high) + _excess(loads[b], low, high)
        delta = fine * more
        if today[i] == a:
            delta += change[i]
        elif today[i] == b:
            delta -= change[i]
        bar = -heat * np.log(np.random.random() + 1e-300)
        if delta - cost[a] > bar:
            continue
        cost_a = _cheapest(sums, weighted, i, a, False, here)
        cost_b = _cheapest(sums, weighted, i, b, True, here)
        delta += cost_a + cost_b - cost[a] - cost[b]
        if not delta <= bar or not stays_whole(i, here, start, near, seen, step, queue):
            continue
        here[i] = b
        for c in range(n):
            sums[a, c] -= weighted[i, c]
            sums[b, c] += weighted[i, c]
        total += delta - fine * more
        excess += more
        cost[a], cost[b] = cost_a, cost_b
        loads[a] -= load[i]
        loads[b] += load[i]
        if excess < best_excess - 1e-7 or (excess <= best_excess + 1e-7 and total < best_total):
            best[:] = here
            best_total, best_excess = total, excess
    return best, best_total, best_excess
