"""How good the forecast would have been: scores on held-out weeks beside 'the same hour of last weeks'."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import HOURS_PER_WEEK, FloatArray, IntArray
from jingwu.engines.response.demand.counts import (
    negative_binomial_quantile,
    pinball_loss,
    poisson_deviance,
)
from jingwu.engines.response.demand.fit import CallHistory, fit, forecast

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class LevelScore:
    """Scores at one level (cells = area × hour, or the whole district's hours); smaller losses are better.

    ``coverage``: share of counts inside the central 90 % interval. ``naive_…``: the seasonal-naive forecast,
    whose quantiles are those of the same hour in the training weeks.
    """

    pinball: float
    naive_pinball: float
    deviance: float
    naive_deviance: float
    coverage: float
    naive_coverage: float


@dataclass(frozen=True)
class BackTest:
    """The result of holding out the last weeks."""

    held_out_hours: int
    cells: LevelScore
    district: LevelScore


def back_test(history: CallHistory, *, held_out_weeks: int = 1) -> BackTest:
    """Fit on all but the last ``held_out_weeks`` and score their hours.

    Raises: BadInput when less than one week would be left for training.
    """
    split = history.hours - held_out_weeks * HOURS_PER_WEEK
    training = history.part(0, max(split, 1))
    fitted = fit(training)
    test = history.part(split, history.hours)
    season = test.season_of_hour
    assert season is not None
    known = np.minimum(season, fitted.season_factor.size - 1)
    assert test.observed is not None
    assert training.observed is not None
    seen = test.observed
    wanted = test.hour_of_week()[seen]
    ahead = forecast(fitted, wanted, known[seen])
    counts = test.counts()[:, seen]
    past = training.counts()[:, training.observed]
    hours = training.hour_of_week()[training.observed]
    cells = _score(counts, ahead.mean, ahead.dispersion, _same_hours(past, hours, wanted))
    district = _score(
        counts.sum(axis=0),
        ahead.district_mean,
        ahead.district_dispersion,
        _same_hours(past.sum(axis=0), hours, wanted),
    )
    return BackTest(int(wanted.size), cells, district)


def _same_hours(past: FloatArray, hours: IntArray, wanted: IntArray) -> FloatArray:
    """Return the counts of the same hour of the week in the past, shape (weeks, …, wanted)."""
    weeks = int(np.bincount(hours, minlength=HOURS_PER_WEEK).min())
    picks = [np.flatnonzero(hours == h)[-weeks:] for h in wanted]
    return np.asarray(np.moveaxis(past[..., np.array(picks)], -1, 0))


def _score(counts: FloatArray, mean: FloatArray, dispersion: FloatArray, same: FloatArray) -> LevelScore:
    own = [negative_binomial_quantile(q, mean, dispersion).astype(np.float64) for q in SHARES]
    naive = [np.quantile(same, q, axis=0) for q in SHARES]
    # A naive mean of 0 would make any call infinitely surprising: half a call in all those weeks instead.
    naive_mean = np.maximum(same.mean(axis=0), 0.5 / same.shape[0])

    def covered(low: FloatArray, high: FloatArray) -> float:
        return float(np.mean((counts >= low) & (counts <= high)))

    def loss(quantiles: list[FloatArray]) -> float:
        pairs = zip(quantiles, SHARES, strict=True)
        return float(np.mean([pinball_loss(counts, quantile, q) for quantile, q in pairs]))

    return LevelScore(
        pinball=loss(own),
        naive_pinball=loss(naive),
        deviance=poisson_deviance(counts, mean),
        naive_deviance=poisson_deviance(counts, naive_mean),
        coverage=covered(own[0], own[-1]),
        naive_coverage=covered(naive[0], naive[-1]),
    )
