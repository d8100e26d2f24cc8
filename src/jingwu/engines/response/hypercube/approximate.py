"""The hypercube approximated: independent crews, corrected by what an M/M/N queue says of their dependence.

One procedure covers three papers: Larson (1975) when every post has one crew and one mean service, Jarvis
(1985) when service differs by post and area, Budge, Ingolfsson & Erkut (2009) when posts have several crews.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import FloatArray
from jingwu.engines.response.hypercube.model import HypercubeMethod, HypercubeModel, HypercubeResult
from jingwu.engines.response.queueing.erlang import state_probabilities
from jingwu.engines.response.stability import refuse_unstable

TOLERANCE = 1e-10
ITERATIONS_MAX = 500


def busy_chain(units: int, load_crews: float, *, queue: bool) -> FloatArray:
    """Return P(m crews picked at random are all busy), m = 0…units, in M/M/N with or without a queue.

    b(m) = Σ_k p_k·C(k, m)/C(N, m).
    """
    return _chances(units) @ state_probabilities(units, load_crews, queue=queue)


@lru_cache(maxsize=64)
def _chances(units: int) -> FloatArray:
    """Return C(k, m)/C(N, m), the chance that m random crews are all among k busy ones; shape (m, k)."""
    busy = np.arange(units + 1, dtype=np.float64)
    table = np.ones((units + 1, units + 1))
    for m in range(units):
        table[m + 1] = table[m] * np.maximum(busy - m, 0.0) / (units - m)
    return table


def correction(units: int, utilisation: float, asked: int, crews: int = 1, *, queue: bool = True) -> float:
    """Return Q: how far 'the first ``asked`` busy, one of the next ``crews`` free' is from independence.

    With one crew and a queue this is Larson's Q(N, ρ, j). ``utilisation`` is the offered load per crew.
    Source: Larson (1975), Approximating the performance of urban emergency service systems; Budge,
    Ingolfsson & Erkut (2009), Approximating vehicle dispatch probabilities for emergency service systems
    with location-specific service times and multiple units per location, Operations Research 57(1).
    """
    chain = busy_chain(units, utilisation * units, queue=queue)
    busy = float(chain[1])
    return float(chain[asked] - chain[asked + crews]) / (busy**asked * (1.0 - busy**crews))


@njit(cache=True, nogil=True)
def _correct(chain, reference, asked, crews):  # type: ignore[no-untyped-def]
    """Return Q against ``reference``, the chance of the posts asked before were they independent."""
    chance = reference * (1.0 - chain[crews])
    return (chain[asked] - chain[asked + crews]) / chance if chance > 0 else 0.0


def solve_approximate(
    model: HypercubeModel, *, iterations_max: int = ITERATIONS_MAX, tolerance: float = TOLERANCE
) -> HypercubeResult:
    """Return approximate workloads and dispatch probabilities by fixed-point iteration.

    A call asks its posts in order; P(post k serves) ≈ Q·Π_{l<k} f_l·(1 − f_k), f the chance that all s crews
    of a post are bound. A post offered V minutes per minute while it has a free crew, and D of the queue's
    work, has f = B(s, V)·(1 − D/s) + D/s (Erlang's loss formula) and workload r = (V·(1 − f) + D)/s. With one
    crew f = r, as in the papers; with several, r^s of the last paper would forget that the crews of one post
    are called to the same places and so are busy together; Q then compares with M/M/N chances of whole posts.
    Workloads are rescaled to carry all calls served.
    Raises: Unstable when service, weighted by who really serves, exceeds the crews.
    """
    rates = model.calls_per_hour / 60.0
    total = float(rates.sum())
    units = model.units
    crews = model.crews.astype(np.float64)
    service = np.where(np.isfinite(model.service_minutes), model.service_minutes, 0.0)
    mean = model.load_crews / total
    workload = np.full(crews.size, min(model.load_crews / units, 0.999))
    full = workload**crews
    dispatch = np.zeros(service.shape)
    delayed = np.zeros(crews.size)
    all_busy, iterations = 0.0, 0
    for iterations in range(1, iterations_max + 1):  # noqa: B007
        load = total * mean
        if model.queue:
            refuse_unstable(load, units)
        chain = busy_chain(units, load, queue=model.queue)
        all_busy = float(chain[units])
        shares = crews / crews.sum()
        delayed = all_busy * shares if model.queue else np.zeros(crews.size)
        waiting = delayed * (rates @ service)
        offered = _offered(rates, model.preferences, model.crews, service, full, chain)
        full = _all_bound(offered, waiting, model.crews)
        settled = (offered * (1.0 - full) + waiting) / crews
        dispatch = _dispatch(model.preferences, model.crews, full, chain)
        reach = np.maximum(dispatch.sum(axis=1, keepdims=True), 1e-300)
        full_lists = (model.preferences >= 0).sum(axis=1) == crews.size
        # Lists naming every post fail only when all crews are busy; their shares must say so exactly.
        dispatch = np.where(full_lists[:, None], dispatch / reach * (1.0 - all_busy), dispatch)
        served = rates[:, None] * (dispatch + delayed)
        mean = float((served * service).sum() / served.sum())
        carried = float((served * service).sum())
        scale = carried / float(crews @ settled)
        settled = np.minimum(settled * scale, 1.0)
        full = np.minimum(full * scale**crews, 1.0)
        change = float(np.max(np.abs(settled - workload)))
        workload = settled
        if change < tolerance:
            break
    wait = all_busy * mean / (units - total * mean) if model.queue else 0.0
    lost = 1.0 - float(rates @ (dispatch + delayed).sum(axis=1)) / total
    return HypercubeResult(
        method=HypercubeMethod.APPROXIMATE,
        workload=workload,
        dispatch=dispatch,
        delayed=delayed,
        all_busy=all_busy if model.queue else lost,
        mean_wait_minutes=wait,
        iterations=iterations,
    )


@njit(cache=True, nogil=True)
def _offered(rates, lists, crews, service, full, chain):  # type: ignore[no-untyped-def]
    """Return the minutes per minute offered to each post were one of its crews always free."""
    offered = np.zeros(crews.size)
    for i in range(lists.shape[0]):
        before, reference, asked = 1.0, 1.0, 0
        for place in range(lists.shape[1]):
            j = lists[i, place]
            if j < 0:
                break
            q = _correct(chain, reference, asked, crews[j])
            offered[j] += rates[i] * service[i, j] * q * before
            before *= full[j]
            reference *= chain[crews[j]]
            asked += crews[j]
    return offered


@njit(cache=True, nogil=True)
def _all_bound(offered, waiting, crews):  # type: ignore[no-untyped-def]
    """Return for every post the chance that all its crews are bound."""
    full = np.zeros(crews.size)
    for j in range(crews.size):
        blocked = 1.0
        for n in range(1, crews[j] + 1):
            blocked = offered[j] * blocked / (n + offered[j] * blocked)
        queued = min(waiting[j] / crews[j], 1.0)
        full[j] = blocked * (1.0 - queued) + queued
    return full


@njit(cache=True, nogil=True)
def _dispatch(lists, crews, full, chain):  # type: ignore[no-untyped-def]
    """Return P(served at once by each post), shape (areas, posts)."""
    shares = np.zeros((lists.shape[0], crews.size))
    for i in range(lists.shape[0]):
        before, reference, asked = 1.0, 1.0, 0
        for place in range(lists.shape[1]):
            j = lists[i, place]
            if j < 0:
                break
            shares[i, j] = _correct(chain, reference, asked, crews[j]) * before * (1.0 - full[j])
            before *= full[j]
            reference *= chain[crews[j]]
            asked += crews[j]
    return shares
