"""Vertex interchange for the p-median: the fast local search and its perturbation, compiled.

Source: Teitz & Bart (1968), Operations Research 16:955–961 (the neighbourhood); Whitaker (1983), INFOR
21:95–108 and Resende & Werneck (2007), EJOR 174:54–68 (profit of every swap from the two closest sites in
one pass); Hansen & Mladenović (1997), Location Science 5:207–226 (shaking by random swaps, move or not).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray

_TINY = 1e-9


@njit(cache=True)
def _closest_two(
    cost: FloatArray, open_sites: IntArray, first: IntArray, cost1: FloatArray, cost2: FloatArray
) -> None:
    """Fill the position of each client's cheapest open site and its two lowest costs."""
    for i in range(cost.shape[1]):
        best, low, second = -1, np.inf, np.inf
        for k in range(open_sites.size):
            c = cost[open_sites[k], i]
            if c < low:
                second, low, best = low, c, k
            elif c < second:
                second = c
        first[i], cost1[i], cost2[i] = best, low, second


@njit(cache=True)
def _best_removal(
    row: FloatArray,
    first: IntArray,
    cost1: FloatArray,
    cost2: FloatArray,
    loss: FloatArray,
    net: FloatArray,
    movable: BoolArray,
) -> tuple[float, int]:
    """Return the profit of opening the site with costs ``row``, and the position to close for it."""
    gain = 0.0
    net[:] = loss
    for i in range(row.size):
        c = row[i]
        if c < cost1[i]:
            gain += cost1[i] - c
            net[first[i]] -= cost2[i] - cost1[i]
        elif c < cost2[i]:
            net[first[i]] -= cost2[i] - c
    best, close = -np.inf, -1
    for k in range(net.size):
        if movable[k] and gain - net[k] > best:
            best, close = gain - net[k], k
    return best, close


@njit(cache=True)
def _descend(
    cost: FloatArray,
    open_sites: IntArray,
    is_open: BoolArray,
    movable: BoolArray,
    order: IntArray,
    first: IntArray,
    cost1: FloatArray,
    cost2: FloatArray,
) -> float:
    """Swap sites, first improvement around ``order``, until no swap pays; return the total cost."""
    p, clients = open_sites.size, cost.shape[1]
    loss, net = np.zeros(p), np.zeros(p)
    _closest_two(cost, open_sites, first, cost1, cost2)
    for i in range(clients):
        loss[first[i]] += cost2[i] - cost1[i]
    idle, at = 0, 0
    while idle < order.size:
        s = order[at]
        at = at + 1 if at + 1 < order.size else 0
        idle += 1
        if is_open[s]:
            continue
        profit, close = _best_removal(cost[s], first, cost1, cost2, loss, net, movable)
        if profit <= _TINY * (1.0 + cost1.sum()):
            continue
        idle = 0
        is_open[open_sites[close]] = False
        is_open[s] = True
        leaving = cost[open_sites[close]]
        open_sites[close] = s
        for i in range(clients):
            c = cost[s, i]
            if first[i] == close or leaving[i] <= cost2[i]:
                # The closed site was among the two cheapest (or ties with them): look again.
                best, low, second = -1, np.inf, np.inf
                for k in range(p):
                    ck = cost[open_sites[k], i]
                    if ck < low:
                        second, low, best = low, ck, k
                    elif ck < second:
                        second = ck
                first[i], cost1[i], cost2[i] = best, low, second
            elif c < cost1[i]:
                cost2[i], cost1[i], first[i] = cost1[i], c, close
            elif c < cost2[i]:
                cost2[i] = c
        loss[:] = 0.0
        for i in range(clients):
            loss[first[i]] += cost2[i] - cost1[i]
    return cost1.sum()


@njit(cache=True)
def _shake(open_sites: IntArray, is_open: BoolArray, fixed: int, swaps: int) -> None:
    """Replace ``swaps`` random free positions (fixed ones come first) by random closed sites."""
    sites = is_open.size
    for _ in range(swaps):
        if sites == open_sites.size:
            return
        k = np.random.randint(fixed, open_sites.size)
        s = np.random.randint(0, sites)
        while is_open[s]:
            s = np.random.randint(0, sites)
        is_open[open_sites[k]] = False
        is_open[s] = True
        open_sites[k] = s


@njit(cache=True)
def search_median(
    cost: FloatArray, start: IntArray, fixed: int, seed: int, rounds: int, good_enough: float
) -> tuple[IntArray, float, int]:
    """Search p sites with the least total cost from ``start`` on; stop early at ``good_enough``.

    ``cost``: shape (sites, clients), weight × distance. ``start``: p ≥ 2 different sites, the first ``fixed``
    of which stay. Returns: the sites, their cost, and the rounds used.
    """
    np.random.seed(seed)
    sites, clients = cost.shape
    p = start.size
    first, cost1, cost2 = np.zeros(clients, np.int64), np.zeros(clients), np.zeros(clients)
    movable = np.ones(p, np.bool_)
    movable[:fixed] = False
    order = np.random.permutation(sites)
    best = start.copy()
    is_open = np.zeros(sites, np.bool_)
    for k in range(p):
        is_open[best[k]] = True
    best_cost = _descend(cost, best, is_open, movable, order, first, cost1, cost2)
    if p in (sites, fixed):
        return best, best_cost, 0
    widest = max(2, min(p - fixed, 12))
    swaps = 1
    for step in range(rounds):
        if best_cost <= good_enough:
            return best, best_cost, step
        trial = best.copy()
        is_open[:] = False
        for k in range(p):
            is_open[trial[k]] = True
        _shake(trial, is_open, fixed, swaps)
        order = np.random.permutation(sites)
        trial_cost = _descend(cost, trial, is_open, movable, order, first, cost1, cost2)
        if trial_cost < best_cost - _TINY * (1.0 + best_cost):
            best, best_cost, swaps = trial, trial_cost, 1
        else:
            swaps = swaps + 1 if swaps < widest else 1
    return best, best_cost, rounds


@njit(cache=True)
def greedy_median(cost: FloatArray, fixed: IntArray, p: int) -> IntArray:
    """Open the fixed sites, then one after another the site that lowers the total cost most."""
    sites, clients = cost.shape
    chosen = np.zeros(p, np.int64)
    is_open = np.zeros(sites, np.bool_)
    low = np.empty(clients)
    # A ceiling no real cost reaches, but finite, so that differences stay numbers.
    low[:] = cost.max() * 2.0 + 1.0
    for k in range(p):
        if k < fixed.size:
            site = fixed[k]
        else:
            site, most = -1, -1.0
            for s in range(sites):
                if not is_open[s]:
                    gain = 0.0
                    for i in range(clients):
                        if cost[s, i] < low[i]:
                            gain += low[i] - cost[s, i]
                    if gain > most:
                        site, most = s, gain
        chosen[k] = site
        is_open[site] = True
        for i in range(clients):
            low[i] = min(low[i], cost[site, i])
    return chosen
