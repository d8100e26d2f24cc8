"""Erlang's two formulas and the M/M/c queue, stable for thousands of crews."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import FloatArray
from jingwu.engines.response.stability import refuse_unstable


@dataclass(frozen=True)
class QueueFigures:
    """The steady state of an M/M/c queue: loads in crews, waits in minutes, probabilities in 0…1."""

    crews: int
    load_crews: float
    utilisation: float
    wait_probability: float
    mean_wait_minutes: float
    mean_waiting_calls: float


def erlang_b(crews: int, load_crews: float) -> float:
    """Return the probability that all ``crews`` are busy when calls finding none free go elsewhere.

    The recursion B(n) = a·B(n−1) / (n + a·B(n−1)) never leaves 0…1, so it holds for any size.
    Source: Erlang (1917); recursion e.g. Cooper, Introduction to Queueing Theory, §3.3.
    """
    _check(crews, load_crews)
    blocked = 1.0
    for n in range(1, crews + 1):
        blocked = load_crews * blocked / (n + load_crews * blocked)
    return blocked


def erlang_c(crews: int, load_crews: float) -> float:
    """Return the probability that a call has to wait when calls queue without limit.

    Raises: Unstable when the load is not below the crews.
    Source: Erlang (1917): C = B / (1 − ρ(1 − B)).
    """
    _check(crews, load_crews)
    refuse_unstable(load_crews, crews)
    blocked = erlang_b(crews, load_crews)
    return blocked / (1.0 - load_crews / crews * (1.0 - blocked))


def wait_exceeds(crews: int, calls_per_hour: float, service_minutes: float, minutes: float) -> float:
    """Return P(W > t) = C·exp(−(cμ − λ)t) for ``minutes`` t at first-come-first-served.

    Raises: Unstable.
    """
    load = calls_per_hour * service_minutes / 60.0
    wait = erlang_c(crews, load)
    if wait == 0.0:
        return 0.0
    return wait * math.exp(-(crews - load) / service_minutes * minutes)


def queue_figures(crews: int, calls_per_hour: float, service_minutes: float) -> QueueFigures:
    """Return the steady state of ``crews`` serving ``calls_per_hour`` at ``service_minutes`` each.

    Raises: Unstable.
    """
    load = calls_per_hour * service_minutes / 60.0
    wait = erlang_c(crews, load)
    mean_wait = wait * service_minutes / (crews - load)
    return QueueFigures(
        crews=crews,
        load_crews=load,
        utilisation=load / crews,
        wait_probability=wait,
        mean_wait_minutes=mean_wait,
        mean_waiting_calls=calls_per_hour * mean_wait / 60.0,
    )


def state_probabilities(crews: int, load_crews: float, *, queue: bool) -> FloatArray:
    """Return the probabilities that 0, 1, … ``crews`` are busy, shape (crews + 1,).

    With ``queue`` the last entry gathers every state with all crews busy (M/M/c); without, calls finding
    none free are lost (M/M/c/c). Computed in logarithms, so no size overflows.
    Raises: Unstable with ``queue`` and a load not below the crews.
    """
    _check(crews, load_crews)
    if queue:
        refuse_unstable(load_crews, crews)
    if load_crews == 0:
        return np.eye(1, crews + 1)[0]
    busy = np.arange(1, crews + 1)
    log_weight = np.concatenate(([0.0], np.cumsum(math.log(load_crews) - np.log(busy))))
    if queue:
        log_weight[-1] -= math.log1p(-load_crews / crews)
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _check(crews: int, load_crews: float) -> None:
    if crews < 0 or not (load_crews >= 0 and math.isfinite(load_crews)):
        raise ValueError(f"crews {crews} and load {load_crews} must not be negative, infinite or missing")
