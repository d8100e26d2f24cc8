"""Whether a count of the last hours is more than chance: overdispersed tails, many comparisons at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import FloatArray, IntArray
from jingwu.engines.response.demand.counts import negative_binomial_cdf, negative_binomial_quantile


@dataclass(frozen=True, eq=False)
class Window:
    """Hours of the week a stretch of time covers.

    ``hour_of_week``: 0 … 167; ``share``: the part of each hour that lies inside; ``day``: which hours share a
    day's common factor. One value an hour, shape (hours,).
    """

    hour_of_week: IntArray
    share: FloatArray
    day: IntArray

    def __post_init__(self) -> None:
        if not len(self.hour_of_week) == len(self.share) == len(self.day):
            raise ValueError("a window has one share and one day an hour")


@dataclass(frozen=True)
class Expected:
    """The count to expect: variance = mean + dispersion · mean² (0 is Poisson)."""

    mean: float
    dispersion: float


@dataclass(frozen=True)
class Judged:
    """A count beside its expectation; ``high`` is the most that chance explains, ``low`` the least."""

    count: int
    expected: Expected
    low: int
    high: int
    is_surge: bool


def expected_over(window: Window, mean: FloatArray, excess: FloatArray, day_dispersion: float) -> Expected:
    """Return the count to expect in ``window``.

    ``mean`` and ``excess``: by hour of the week (168), the mean count and its variance beyond Poisson; the
    day's common factor has variance ``day_dispersion``. Hours and days are taken as independent.
    """
    counts = mean[window.hour_of_week] * window.share
    total = float(counts.sum())
    if total <= 0.0:
        return Expected(0.0, 0.0)
    by_day = np.bincount(window.day, weights=counts)
    beyond = float((excess[window.hour_of_week] * window.share**2).sum() + day_dispersion * (by_day**2).sum())
    return Expected(total, beyond / total**2)


def judge(
    counts: Sequence[int],
    expected: Sequence[Expected],
    *,
    error_share: float,
    comparisons: int,
    least_count: int = 1,
) -> tuple[Judged, ...]:
    """Return each count with the range that chance explains.

    ``error_share``: how often any of all ``comparisons`` may sound a false alarm while nothing is unusual
    (Bonferroni: each gets its part, half of it on either side). A surge has at least ``least_count``.
    Source: Dunn (1961), Multiple comparisons among means; the tail is negative binomial.
    """
    if comparisons < len(counts) or not 0.0 < error_share < 1.0:
        raise ValueError("every count is one of the comparisons, and the error a share")
    mean = np.array([one.mean for one in expected])
    dispersion = np.array([one.dispersion for one in expected])
    tail = error_share / comparisons / 2.0
    high = negative_binomial_quantile(1.0 - tail, mean, dispersion)
    low = negative_binomial_quantile(tail, mean, dispersion)
    return tuple(
        Judged(count, one, int(floor), int(top), count > top and count >= least_count)
        for count, one, floor, top in zip(counts, expected, low, high, strict=True)
    )


def upper_tail(count: int, expected: Expected) -> float:
    """Return the chance of at least ``count``."""
    below = negative_binomial_cdf(
        np.array(float(count - 1)), np.array(expected.mean), np.array(expected.dispersion)
    )
    return float(1.0 - below)
