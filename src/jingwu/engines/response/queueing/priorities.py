"""Waits by priority when the urgent goes first but nobody is called away from a call (Cobham 1954)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from jingwu.engines.response.queueing.erlang import erlang_c
from jingwu.engines.response.stability import refuse_unstable


@dataclass(frozen=True)
class PriorityWait:
    """The wait of one priority, most urgent first: mean minutes, and P(W > t) by ``exceeds``.

    ``decay_per_minute`` is the rate of the exponential tail of those who wait.
    """

    wait_probability: float
    mean_minutes: float
    decay_per_minute: float

    def exceeds(self, minutes: float) -> float:
        """Return P(W > ``minutes``): exact for the most urgent priority, an exponential fit below it."""
        return self.wait_probability * math.exp(-self.decay_per_minute * minutes)


def priority_waits(
    crews: int,
    calls_per_hour: Sequence[float],
    service_minutes: float,
    *,
    service_variation: float = 1.0,
) -> tuple[PriorityWait, ...]:
    """Return the wait of each priority in a non-preemptive queue with one service distribution.

    W_k = W₀ / ((1 − σ_{k−1})(1 − σ_k)), σ_k the utilisation by priorities up to k and
    W₀ = C(c, a)·S/c·(1 + v)/2.
    ``service_variation`` v is the squared coefficient of variation: exact for v = 1 (exponential), and for
    one crew at any v; otherwise the Allen–Cunneen correction.
    Raises: Unstable.
    Source: Cobham (1954), Priority assignment in waiting line problems; Allen (1990) for v ≠ 1.
    """
    if any(not (rate >= 0 and math.isfinite(rate)) for rate in calls_per_hour):
        raise ValueError("call rates must be finite and not negative")
    load = sum(calls_per_hour) * service_minutes / 60.0
    refuse_unstable(load, crews)
    wait_probability = erlang_c(crews, load)
    first = wait_probability * service_minutes / crews * (1.0 + service_variation) / 2.0
    waits: list[PriorityWait] = []
    above = 0.0
    for rate in calls_per_hour:
        upto = above + rate * service_minutes / 60.0 / crews
        mean = first / ((1.0 - above) * (1.0 - upto))
        decay = wait_probability / mean if mean > 0 else math.inf
        waits.append(PriorityWait(wait_probability, mean, decay))
        above = upto
    return tuple(waits)
