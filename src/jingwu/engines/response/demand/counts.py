"""The negative-binomial distribution of counts, its quantiles and its scores."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, gammaln, pdtr, xlogy

from jingwu.engines.response.arrays import FloatArray, IntArray

# Below this dispersion the negative binomial is Poisson to more digits than counts can show.
_POISSON_BELOW = 1e-9


def negative_binomial_cdf(count: FloatArray, mean: FloatArray, dispersion: FloatArray) -> FloatArray:
    """Return P(Y ≤ count) for variance mean + dispersion·mean² (broadcast); dispersion 0 is Poisson."""
    count, mean, dispersion = np.broadcast_arrays(count, mean, dispersion)
    size = 1.0 / np.maximum(dispersion, _POISSON_BELOW)
    inside = count >= 0
    y = np.maximum(count, 0.0)
    wide = betainc(size, y + 1.0, size / (size + mean))
    return np.where(inside, np.where(dispersion > _POISSON_BELOW, wide, pdtr(y, mean)), 0.0)


def negative_binomial_quantile(share: float, mean: FloatArray, dispersion: FloatArray) -> IntArray:
    """Return the smallest count whose cumulated probability reaches ``share``, by bisection."""
    mean, dispersion = np.broadcast_arrays(np.asarray(mean, dtype=np.float64), dispersion)
    low = np.full(mean.shape, -1.0)
    high = np.ceil(mean + 4.0 * np.sqrt(mean + dispersion * mean**2)) + 4.0
    while np.any(short := negative_binomial_cdf(high, mean, dispersion) < share):
        high = np.where(short, 2.0 * high + 1.0, high)
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2.0)
        reached = negative_binomial_cdf(middle, mean, dispersion) >= share
        high = np.where(reached, middle, high)
        low = np.where(reached, low, middle)
    return high.astype(np.int64)


def gamma_shape(count: FloatArray, expected: FloatArray) -> float:
    """Return the shape α of the gamma law (mean 1) that multiplies ``expected``, by maximum likelihood.

    Counts are then negative binomial of size α. A large α says the counts follow their expectation; a small
    one that they differ from it. Searched over 0.05…10⁶ on a logarithmic scale.
    """
    kept = expected > 0
    y, m = count[kept], expected[kept]
    if y.size == 0:
        return 1e6

    def loss(log_shape: float) -> float:
        shape = np.exp(log_shape)
        terms = gammaln(y + shape) - gammaln(shape) + shape * np.log(shape / (shape + m))
        return -float(np.sum(terms + xlogy(y, m / (shape + m))))

    grid = np.linspace(np.log(0.05), np.log(1e6), 48)
    losses = [loss(x) for x in grid]
    best = int(np.argmin(losses))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    for _ in range(40):
        left, right = low + (high - low) * 0.382, low + (high - low) * 0.618
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2.0))


def excess_dispersion(count: FloatArray, mean: FloatArray, leverage: FloatArray | float = 0.0) -> float:
    """Return the moment estimate of the dispersion: Σ((y − m)²/(1 − leverage) − m) / Σm², at least 0.

    ``leverage``: how much of each count went into its own mean.
    """
    squares = (count - mean) ** 2 / np.maximum(1.0 - np.asarray(leverage), 0.05)
    return max(0.0, float(np.sum(squares - mean) / np.sum(mean**2)))


def pinball_loss(count: FloatArray, quantile: FloatArray, share: float) -> float:
    """Return the mean pinball (quantile) loss of a forecast quantile."""
    error = count - quantile
    return float(np.mean(np.maximum(share * error, (share - 1.0) * error)))


def poisson_deviance(count: FloatArray, mean: FloatArray) -> float:
    """Return the mean Poisson deviance 2·(y·ln(y/m) − (y − m)), which only asks for a good mean."""
    return float(2.0 * np.mean(xlogy(count, np.where(count > 0, count, 1.0) / mean) - (count - mean)))
