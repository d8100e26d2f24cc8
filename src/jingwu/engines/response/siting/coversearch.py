"""Vertex interchange for coverage models: move one crew at a time, priced exactly, compiled.

Source: Teitz & Bart (1968), Operations Research 16:955–961; Resende & Werneck (2007), EJOR 174:54–68 (add,
remove and overlap terms, per count of crews); Gendreau, Laporte & Semet (1997), Location Science 5:75–88.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import FloatArray, IntArray
from jingwu.engines.response.siting.coverage import CoverModel


@njit(cache=True)
def _score(totals: FloatArray, factor: FloatArray, target: FloatArray) -> float:
    value = 0.0
    for k in range(totals.size):
        value += factor[k] * min(totals[k], target[k])
    return value


@njit(cache=True)
def _terms(
    start: IntArray,
    reach: IntArray,
    weight: FloatArray,
    gains: FloatArray,
    counts: IntArray,
    units: IntArray,
    add: FloatArray,
    drop: FloatArray,
    both: FloatArray,
    place: IntArray,
) -> None:
    """Fill, per criterion k, the value of one crew more at s, one less at r, and what r and s share.

    ``reach[start[k, i]:start[k, i + 1]]``: sites within reach of client i. ``place``: site → row of ``both``,
    −1 where no crew stands.
    """
    add[:] = 0.0
    drop[:] = 0.0
    both[:] = 0.0
    last = gains.shape[1] - 1
    for k in range(weight.shape[0]):
        for i in range(weight.shape[1]):
            c = counts[k, i]
            up = weight[k, i] * (gains[k, min(c + 1, last)] - gains[k, min(c, last)])
            down = weight[k, i] * (gains[k, min(c, last)] - gains[k, min(c - 1, last)]) if c > 0 else 0.0
            if up == 0.0 and down == 0.0:
                continue
            for e in range(start[k, i], start[k, i + 1]):
                s = reach[e]
                add[k, s] += up
                if units[s] > 0:
                    drop[k, s] += down
                    row = place[s]
                    for f in range(start[k, i], start[k, i + 1]):
                        both[k, row, reach[f]] += down - up


@njit(cache=True)
def _counts(start: IntArray, reach: IntArray, units: IntArray, counts: IntArray) -> None:
    for k in range(counts.shape[0]):
        for i in range(counts.shape[1]):
            n = 0
            for e in range(start[k, i], start[k, i + 1]):
                n += units[reach[e]]
            counts[k, i] = n


@njit(cache=True)
def _totals(weight: FloatArray, gains: FloatArray, counts: IntArray, totals: FloatArray) -> None:
    last = gains.shape[1] - 1
    totals[:] = 0.0
    for k in range(counts.shape[0]):
        for i in range(counts.shape[1]):
            totals[k] += weight[k, i] * gains[k, min(counts[k, i], last)]


@njit(cache=True)
def _shake(units: IntArray, least: IntArray, most: IntArray, swaps: int) -> None:
    """Move ``swaps`` crews at random."""
    sites = units.size
    for _ in range(swaps):
        for _try in range(200):
            r, s = np.random.randint(0, sites), np.random.randint(0, sites)
            if r != s and units[r] > least[r] and units[s] < most[s]:
                units[r] -= 1
                units[s] += 1
                break


@njit(cache=True)
def _best_move(
    totals: FloatArray,
    add: FloatArray,
    drop: FloatArray,
    both: FloatArray,
    place: IntArray,
    units: IntArray,
    least: IntArray,
    most: IntArray,
    factor: FloatArray,
    target: FloatArray,
    has_room: bool,
    trial: FloatArray,
) -> tuple[float, int, int]:
    """Return score, site left (−1: none, a crew is still free) and site reached of the best single move."""
    top, from_site, to_site = -np.inf, -1, -1
    for s in range(units.size):
        if units[s] >= most[s]:
            continue
        if has_room:
            for k in range(totals.size):
                trial[k] = totals[k] + add[k, s]
            value = _score(trial, factor, target)
            if value > top:
                top, from_site, to_site = value, -1, s
            continue
        for r in range(units.size):
            if r == s or units[r] <= least[r]:
                continue
            for k in range(totals.size):
                trial[k] = totals[k] + add[k, s] - drop[k, r] + both[k, place[r], s]
            value = _score(trial, factor, target)
            if value > top:
                top, from_site, to_site = value, r, s
    return top, from_site, to_site


@njit(cache=True)
def search_cover(
    start: IntArray,
    reach: IntArray,
    weight: FloatArray,
    gains: FloatArray,
    factor: FloatArray,
    target: FloatArray,
    units_total: int,
    least: IntArray,
    most: IntArray,
    seed: int,
    rounds: int,
    good_enough: float,
) -> tuple[IntArray, float]:
    """Build greedily, move crews while it pays, shake and repeat; return crews per site and score."""
    np.random.seed(seed)
    criteria, clients = weight.shape
    sites = least.size
    units = least.copy()
    counts = np.zeros((criteria, clients), np.int64)
    totals, trial = np.zeros(criteria), np.zeros(criteria)
    add, drop = np.zeros((criteria, sites)), np.zeros((criteria, sites))
    both = np.zeros((criteria, units_total, sites))
    place = np.full(sites, -1, np.int64)
    best, best_score, swaps = units.copy(), -np.inf, 1
    for step in range(rounds + 1):
        if step > 0:
            units[:] = best
            _shake(units, least, most, swaps)
        while True:
            _counts(start, reach, units, counts)
            _totals(weight, gains, counts, totals)
            here = _score(totals, factor, target)
            rows = 0
            place[:] = -1
            for s in range(sites):
                if units[s] > 0:
                    place[s] = rows
                    rows += 1
            _terms(start, reach, weight, gains, counts, units, add, drop, both, place)
            room = units_total - units.sum()
            top, from_site, to_site = _best_move(
                totals, add, drop, both, place, units, least, most, factor, target, room > 0, trial
            )
            if to_site < 0 or (room == 0 and top <= here + 1e-9 * (1.0 + abs(here))):
                break
            units[to_site] += 1
            if from_site >= 0:
                units[from_site] -= 1
        if here > best_score + 1e-9 * (1.0 + abs(best_score)) or step == 0:
            best[:] = units
            best_score, swaps = here, 1
        else:
            swaps = swaps + 1 if swaps < 4 else 1
        if best_score >= good_enough:
            break
    return best, best_score


def search_crews(model: CoverModel, seed: int, rounds: int, bound: float | None = None) -> IntArray:
    """Return the crews per site that the interchange finds; it stops once the objective meets ``bound``."""
    criteria = model.criteria
    longest = max(len(c.gains) for c in criteria)
    gains = np.array([c.gains + (c.gains[-1],) * (longest - len(c.gains)) for c in criteria])
    weight = np.array([c.weight for c in criteria])
    starts, reach, offset = [], [], 0
    for criterion in criteria:
        clients, sites = np.nonzero(criterion.within)
        per_client = np.bincount(clients, minlength=criterion.weight.size)
        starts.append(offset + np.concatenate([[0], np.cumsum(per_client)]))
        reach.append(sites)
        offset += sites.size
    factor, target = model.importance(), model.targets()
    most = sum(float(c.weight.sum()) * c.gains[-1] for c in criteria if c.target is None)
    promised = sum(f * t for f, t in zip(factor, target, strict=True) if np.isfinite(t))
    enough = promised + (most if bound is None else min(bound, most))
    best, _ = search_cover(
        np.array(starts, dtype=np.int64), np.concatenate(reach).astype(np.int64), weight, gains, factor,
        target, model.units, model.least.astype(np.int64), model.most.astype(np.int64), seed, rounds,
        enough - 1e-9 * (1.0 + abs(enough)),
    )  # fmt: skip
    return np.asarray(best)
