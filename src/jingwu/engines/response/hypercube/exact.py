"""Larson's hypercube, exactly: one probability for every set of busy crews.

States are bitmasks (bit n = crew n busy), so every subset of a state has a smaller number. A queue only
stretches the all-busy state into a geometric tail; the proportions of all other states are the same with
and without it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import FloatArray
from jingwu.engines.response.hypercube.model import HypercubeMethod, HypercubeModel, HypercubeResult
from jingwu.engines.response.stability import refuse_unstable

TOLERANCE = 1e-10
SWEEPS_MAX = 20_000


def bytes_needed(units: int) -> int:
    """Return the memory the exact solution takes: the upward rates and the states themselves."""
    return (1 << units) * 8 * (units + 5)


def solve_exact(model: HypercubeModel) -> HypercubeResult:
    """Return the exact steady state (exponential service, one mean per crew).

    Where service differs by area, each crew's mean is that of the calls it serves, settled by repetition
    (mean service calibration). Gauss–Seidel over the states; after each sweep the layers of equally many busy
    crews are rescaled to the birth–death chain they form, which for equal means is exact at once.
    Source: Larson (1974), A hypercube queuing model for facility location and redistricting in urban
    emergency services, Computers & Operations Research 1.
    """
    post_of = np.repeat(np.arange(model.crews.size), model.crews)
    first = np.concatenate(([0], np.cumsum(model.crews)))
    lists = np.full((model.preferences.shape[0], model.units), -1, dtype=np.int64)
    for i, row in enumerate(model.preferences):
        wanted = [n for j in row if j >= 0 for n in range(first[j], first[j + 1])]
        lists[i, : len(wanted)] = wanted
    classes, class_of = np.unique(lists, axis=0, return_inverse=True)
    class_of = class_of.reshape(-1)
    rates = np.bincount(class_of, weights=model.calls_per_hour, minlength=len(classes)) / 60.0
    area_rates = model.calls_per_hour / 60.0
    service = np.where(np.isfinite(model.service_minutes), model.service_minutes, 0.0)
    by_post = _first_guess(model, area_rates, service)
    states = _uniform_start(model.units)
    into, upward = _upward_rates(classes, rates, model.units)
    sweeps = 0
    for _ in range(100):
        finish = 1.0 / by_post[post_of]
        if model.queue:
            refuse_unstable(float(rates.sum() / finish.mean()), model.units)
        sweeps += int(_settle(states, into, upward, finish, TOLERANCE, SWEEPS_MAX))
        shares, workload, full = _measures(states, classes, finish, rates.sum(), model.queue)
        dispatch = np.zeros((model.preferences.shape[0], model.crews.size))
        np.add.at(dispatch.T, post_of, shares[class_of].T)
        delayed = np.zeros(model.crews.size)
        if model.queue:
            np.add.at(delayed, post_of, full * finish / finish.sum())
        served = area_rates[:, None] * (dispatch + delayed)
        settled = (served * service).sum(axis=0) / np.maximum(served.sum(axis=0), 1e-300)
        if np.allclose(settled, by_post, rtol=1e-9, atol=0) or not np.ptp(service, axis=0).any():
            break
        by_post = settled
    rate, total = float(rates.sum()), float(finish.sum())
    return HypercubeResult(
        method=HypercubeMethod.EXACT,
        workload=np.bincount(post_of, weights=workload) / model.crews,
        dispatch=dispatch,
        delayed=delayed,
        all_busy=float(full),
        mean_wait_minutes=float(full) / (total - rate) if model.queue else 0.0,
        iterations=sweeps,
    )


def _first_guess(model: HypercubeModel, rates: FloatArray, service: FloatArray) -> FloatArray:
    """Return a mean service per post in which each later place on a list counts half as much."""
    weight = np.zeros(service.shape)
    rows, places = np.nonzero(model.preferences >= 0)
    weight[rows, model.preferences[rows, places]] = 0.5**places * rates[rows]
    total = weight.sum(axis=0)
    guess = (weight * service).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.where(guess > 0, guess, max(float(service.max()), 1e-9))


def _uniform_start(units: int) -> FloatArray:
    return np.full(1 << units, 1.0 / (1 << units))


@njit(cache=True, nogil=True)
def _upward_rates(lists, rates, units):  # type: ignore[no-untyped-def]
    """Return the calls per minute that bring each crew into each state, and those that leave each state.

    ``into``: shape (states, units); entry (B, n) with n busy in B is the rate from B without n to B. A call
    goes to the first free crew on its list.
    """
    size = 1 << units
    into = np.zeros((size, units))
    leave = np.zeros(size)
    for state in range(size):
        for c in range(lists.shape[0]):
            for place in range(units):
                n = lists[c, place]
                if n < 0:
                    break
                if not state >> n & 1:
                    into[state | (1 << n), n] += rates[c]
                    leave[state] += rates[c]
                    break
    return into, leave


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _settle(states, into, upward, finish, tolerance, sweeps_max):  # type: ignore[no-untyped-def]
    """Sweep ``states`` to the balance of the loss system (sum 1), in place; return the number of sweeps.

    ``into`` holds rates into each state; its empty half (n free in B) stands for crew n finishing.
    """
    size, units = into.shape
    down = np.zeros(size)
    busy = np.zeros(size, dtype=np.int64)
    for state in range(size):
        for n in range(units):
            if state >> n & 1:
                down[state] += finish[n]
                busy[state] += 1
            else:
                into[state, n] = finish[n]
    birth, death, mass = np.zeros(units + 1), np.zeros(units + 1), np.zeros(units + 1)
    scale = np.ones(units + 1)
    for sweep in range(sweeps_max):
        birth[:], death[:], mass[:] = 0.0, 0.0, 0.0
        for state in range(size):
            layer, p = busy[state], states[state]
            mass[layer] += p
            death[layer] += p * down[state]
            birth[layer] += p * upward[state]
        # The layers form a birth–death chain with these mean rates: give each the weight it has there.
        weight, total = 1.0, 0.0
        for layer in range(units + 1):
            if layer > 0:
                weight *= birth[layer - 1] / mass[layer - 1] / (death[layer] / mass[layer])
            scale[layer] = weight / mass[layer]
            total += weight
        for state in range(size):
            states[state] *= scale[busy[state]] / total
        change = 0.0
        for step in range(size):
            state = step if sweep % 2 == 0 else size - 1 - step
            inflow = 0.0
            for n in range(units):
                inflow += into[state, n] * states[state ^ (1 << n)]
            inflow /= upward[state] + down[state]
            change += abs(inflow - states[state])
            states[state] = inflow
        if change < tolerance:
            break
    states /= states.sum()
    return sweep + 1


@njit(cache=True, nogil=True)
def _measures(states, lists, finish, rate, queue):  # type: ignore[no-untyped-def]
    """Return dispatch shares by class and crew, workloads by crew, and P(all busy)."""
    size, units = states.size, finish.size
    total = 1.0
    if queue:
        tail = 1.0 / (1.0 - rate / finish.sum())
        total += states[size - 1] * (tail - 1.0)
        states = states.copy()
        states[size - 1] *= tail
    shares = np.zeros((lists.shape[0], units))
    workload = np.zeros(units)
    for state in range(size):
        p = states[state] / total
        for n in range(units):
            if state >> n & 1:
                workload[n] += p
        for c in range(lists.shape[0]):
            for place in range(units):
                n = lists[c, place]
                if n < 0:
                    break
                if not state >> n & 1:
                    shares[c, n] += p
                    break
    return shares, workload, states[size - 1] / total
