"""A lower bound for the p-median by Lagrangian relaxation of 'every client is served once', compiled.

L(u) = Σ_i u_i + Σ_{fixed sites} ρ_j + Σ of the (p − fixed) smallest other ρ_j, ρ_j = Σ_i min(0, c_ij − u_i).
Every L(u) is a valid lower bound; subgradient steps climb to the linear-programming bound.
Source: Cornuéjols, Fisher & Nemhauser (1977), Management Science 23:789–810; Beasley (1993), EJOR 65:383–399;
Held, Wolfe & Crowder (1974), Mathematical Programming 6:62–88 (step rule).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray


@njit(cache=True)
def reduced_costs(cost: FloatArray, price: FloatArray) -> FloatArray:
    """Return ρ_j for each site at the clients' prices; ``cost`` has shape (sites, clients)."""
    sites, clients = cost.shape
    rho = np.zeros(sites)
    for j in range(sites):
        total = 0.0
        for i in range(clients):
            difference = cost[j, i] - price[i]
            if difference < 0.0:
                total += difference
        rho[j] = total
    return rho


@njit(cache=True)
def _choose(rho: FloatArray, is_fixed: BoolArray, p: int) -> IntArray:
    """Return the fixed sites and the cheapest others, p in all."""
    chosen = np.zeros(p, np.int64)
    k = 0
    for j in range(rho.size):
        if is_fixed[j]:
            chosen[k] = j
            k += 1
    for j in np.argsort(rho, kind="mergesort"):
        if k == p:
            break
        if not is_fixed[j]:
            chosen[k] = j
            k += 1
    return chosen


@njit(cache=True)
def lagrangian_bound(
    cost: FloatArray, is_fixed: BoolArray, p: int, upper: float, steps: int, whole: bool
) -> tuple[float, FloatArray, FloatArray]:
    """Return the best bound found, its prices and its ρ; ``whole`` says that all costs are whole numbers.

    Stops when the bound (rounded up if ``whole``) meets ``upper`` or the step has become negligible.
    """
    sites, clients = cost.shape
    price = np.zeros(clients)
    for i in range(clients):
        # Start at the second-lowest cost: near the final prices, and quick to see.
        low, second = np.inf, np.inf
        for j in range(sites):
            c = cost[j, i]
            if c < low:
                low, second = c, low
            elif c < second:
                second = c
        price[i] = second if np.isfinite(second) else low
    best, best_price = -np.inf, price.copy()
    theta, since, served = 1.5, 0, np.zeros(clients)
    direction = np.zeros(clients)
    for _ in range(steps):
        rho = reduced_costs(cost, price)
        chosen = _choose(rho, is_fixed, p)
        value = price.sum()
        served[:] = 0.0
        for k in range(p):
            j = chosen[k]
            value += rho[j]
            for i in range(clients):
                if cost[j, i] < price[i]:
                    served[i] += 1.0
        if value > best + 1e-7 * (1.0 + abs(best)):
            since = 0
        else:
            since += 1
        if value > best:
            best, best_price = value, price.copy()
        reached = np.ceil(best - 1e-6) if whole else best
        if reached >= upper - 1e-9 * (1.0 + abs(upper)):
            break
        if since >= 15:
            theta, since = theta * 0.6, 0
            price = best_price.copy()
            if theta < 1e-4:
                break
            continue
        norm = 0.0
        for i in range(clients):
            direction[i] = (1.0 - served[i]) + 0.3 * direction[i]
            norm += direction[i] * direction[i]
        if norm == 0.0:
            break
        step = theta * (1.02 * upper - value) / norm
        for i in range(clients):
            price[i] = max(0.0, price[i] + step * direction[i])
    return best, best_price, reduced_costs(cost, best_price)
