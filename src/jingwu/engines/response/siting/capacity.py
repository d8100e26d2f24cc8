"""The capacitated p-median's heuristic: assignment by regret, shifts, swaps, site interchange.

Source: Mulvey & Beck (1984), EJOR 18:339–348 (regret assignment, interchange); Maniezzo, Mingozzi &
Baldacci (1998), Journal of Heuristics 4:263–280 (shifts and swaps).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import FloatArray, IntArray
from jingwu.engines.response.siting.facts import SitingFacts
from jingwu.terms.refusal import BadInput


def refuse_capacity(facts: SitingFacts, p: int) -> None:
    """Refuse capacities that cannot hold the demand whichever sites are opened.

    Raises: BadInput saying by how much.
    """
    assert facts.capacity is not None
    fixed = list(facts.fixed_sites)
    free = np.sort(np.delete(facts.capacity, fixed))[::-1][: p - len(fixed)]
    most = float(facts.capacity[fixed].sum() + free.sum())
    demand = float(facts.demand.sum())
    if most < demand:
        raise BadInput(
            "siting.capacity_too_small",
            f"{p} 个点的容量最多 {most:,.6g},需求为 {demand:,.6g},还差 {demand - most:,.6g}。",
            f"{p} sites hold at most {most:,.6g}, the demand is {demand:,.6g}: {demand - most:,.6g} short.",
        )


@njit(cache=True)
def _assign(
    cost: FloatArray,
    demand: FloatArray,
    capacity: FloatArray,
    sites: IntArray,
    at: IntArray,
    room: FloatArray,
) -> None:
    """Give each client, those with most to lose first, the cheapest site with room (else the roomiest)."""
    p, clients = sites.size, demand.size
    regret = np.zeros(clients)
    for i in range(clients):
        low, second = np.inf, np.inf
        for k in range(p):
            c = cost[sites[k], i]
            if c < low:
                low, second = c, low
            elif c < second:
                second = c
        regret[i] = -(second - low) if p > 1 else 0.0
    for k in range(p):
        room[k] = capacity[sites[k]]
    for i in np.argsort(regret, kind="mergesort"):
        best, roomiest = -1, 0
        for k in range(p):
            if room[k] >= demand[i] and (best < 0 or cost[sites[k], i] < cost[sites[best], i]):
                best = k
            if room[k] > room[roomiest]:
                roomiest = k
        if best < 0:
            best = roomiest
        at[i] = best
        room[best] -= demand[i]


@njit(cache=True)
def _over(room: float) -> float:
    return -room if room < 0.0 else 0.0


@njit(cache=True)
def _polish(
    cost: FloatArray, demand: FloatArray, sites: IntArray, at: IntArray, room: FloatArray, fine: float
) -> None:
    """Shift single clients and swap pairs while cost + ``fine`` × overload falls."""
    p, clients = sites.size, demand.size
    tiny = 1e-9 * (1.0 + fine)
    improved = True
    while improved:
        improved = False
        for i in range(clients):
            a, w = at[i], demand[i]
            for k in range(p):
                if k == a:
                    continue
                change = cost[sites[k], i] - cost[sites[a], i]
                change += fine * (_over(room[k] - w) - _over(room[k]) + _over(room[a] + w) - _over(room[a]))
                if change < -tiny:
                    room[a] += w
                    room[k] -= w
                    at[i], a = k, k
                    improved = True
        for i in range(clients):
            for o in range(i + 1, clients):
                a, b = at[i], at[o]
                if a == b:
                    continue
                change = cost[sites[b], i] + cost[sites[a], o] - cost[sites[a], i] - cost[sites[b], o]
                if change >= 0.0 and room[a] >= 0.0 and room[b] >= 0.0:
                    continue
                d = demand[i] - demand[o]
                change += fine * (_over(room[a] + d) - _over(room[a]) + _over(room[b] - d) - _over(room[b]))
                if change < -tiny:
                    room[a] += d
                    room[b] -= d
                    at[i], at[o] = b, a
                    improved = True


@njit(cache=True)
def _judge(
    cost: FloatArray, demand: FloatArray, capacity: FloatArray, sites: IntArray, at: IntArray, fine: float
) -> tuple[float, float]:
    """Assign and polish; return total cost and total overload."""
    room = np.zeros(sites.size)
    _assign(cost, demand, capacity, sites, at, room)
    _polish(cost, demand, sites, at, room, fine)
    total, overload = 0.0, 0.0
    for i in range(demand.size):
        total += cost[sites[at[i]], i]
    for k in range(sites.size):
        overload += _over(room[k])
    return total, overload


@njit(cache=True)
def search_capacitated(
    cost: FloatArray,
    demand: FloatArray,
    capacity: FloatArray,
    start: IntArray,
    fixed: int,
    seed: int,
    rounds: int,
) -> tuple[IntArray, IntArray, float, float]:
    """Swap one site at a time for a near one and keep what is better; the first ``fixed`` sites stay.

    Returns: sites, each client's position among them, total cost, weight above capacity.
    """
    np.random.seed(seed)
    all_sites, clients = cost.shape
    fine = 2.0 * cost.max() / max(demand[demand > 0].min(), 1e-12)
    sites, at = start.copy(), np.zeros(clients, np.int64)
    total, overload = _judge(cost, demand, capacity, sites, at, fine)
    is_open = np.zeros(all_sites, np.bool_)
    for k in range(sites.size):
        is_open[sites[k]] = True
    trial_at = np.zeros(clients, np.int64)
    for _ in range(rounds if fixed < sites.size < all_sites else 0):
        k = np.random.randint(fixed, sites.size)
        # A site near one of its clients if one turns up soon, else any closed site.
        i = np.random.randint(0, clients)
        s, best = -1, np.inf
        for _try in range(8):
            j = np.random.randint(0, all_sites)
            if not is_open[j] and cost[j, i] < best:
                s, best = j, cost[j, i]
        if s < 0:
            continue
        trial = sites.copy()
        trial[k] = s
        trial_total, trial_overload = _judge(cost, demand, capacity, trial, trial_at, fine)
        if trial_total + fine * trial_overload < total + fine * overload:
            is_open[sites[k]] = False
            is_open[s] = True
            sites = trial
            at[:] = trial_at
            total, overload = trial_total, trial_overload
    return sites, at, total, overload
