"""How long the way takes when only the number of free crews is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from jingwu.engines.response.arrays import FloatArray
from jingwu.engines.response.facts import SquareRootLaw


@dataclass(frozen=True)
class TravelSpread:
    """Lognormal travel that does not depend on how many crews are free: minutes."""

    mean_minutes: float
    sd_minutes: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.mean_minutes < math.inf and 0 <= self.sd_minutes < math.inf):
            raise ValueError("travel minutes must be finite and not negative")


TravelLaw = SquareRootLaw | TravelSpread


def mean_travel(law: TravelLaw, free: FloatArray) -> FloatArray:
    """Return the mean travel minutes for each number of free crews."""
    if isinstance(law, TravelSpread):
        return np.full(free.shape, law.mean_minutes)
    return np.array([law.mean_minutes(n) for n in free])


def travel_within(law: TravelLaw, minutes: FloatArray, free: FloatArray) -> FloatArray:
    """Return P(travel ≤ ``minutes``) for each pair of ``minutes`` and ``free`` (broadcast).

    Rayleigh around the square-root law: P = 1 − exp(−π/4·(t/τ)²), the distance to the nearest of
    Poisson-scattered crews.
    """
    minutes, free = np.broadcast_arrays(minutes, free)
    if isinstance(law, SquareRootLaw):
        mean = mean_travel(law, free.ravel()).reshape(free.shape)
        share = 1.0 - np.exp(-math.pi / 4.0 * (np.maximum(minutes, 0.0) / mean) ** 2)
        return np.where(minutes > 0, share, 0.0)
    if law.sd_minutes == 0 or law.mean_minutes == 0:
        return np.where(minutes >= law.mean_minutes, 1.0, 0.0)
    variance = math.log1p((law.sd_minutes / law.mean_minutes) ** 2)
    centre = math.log(law.mean_minutes) - variance / 2.0
    with np.errstate(divide="ignore"):
        score = (np.log(np.maximum(minutes, 0.0)) - centre) / math.sqrt(variance)
    return np.asarray(ndtr(score))
