"""Rates by area and hour of the week: what an area has too few calls to say itself, the district says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from jingwu.engines.response.arrays import (
    HOURS_PER_WEEK,
    MINUTES_PER_HOUR,
    BoolArray,
    FloatArray,
    IntArray,
    frozen,
)
from jingwu.engines.response.demand.counts import (
    excess_dispersion,
    gamma_shape,
    negative_binomial_quantile,
)
from jingwu.engines.response.facts import DemandModel
from jingwu.terms.refusal import BadInput

# Calls whose worth of evidence the district's mix of priorities has against an area's own.
_PRIORITY_PRIOR_CALLS = 20.0
# Calls that must be missing in one silent run before it is taken for failed recording.
_GAP_CALLS = 20.0


@dataclass(frozen=True, eq=False)
class CallHistory:
    """Recorded calls of a stretch of whole hours.

    ``minutes``: since the start of the stretch, any order; ``area_index``, ``priority_index``: one per call.
    ``hours``: length of the stretch. ``first_hour_of_week``: where it starts (0 = Monday 00:00).
    ``season_of_hour``: shape (hours,), a season number (month, school holidays …) from 0; None = one season.
    ``observed``: shape (hours,), False where the recording failed (see ``without_gaps``): such hours are
    neither learnt from nor scored. None = all observed.
    """

    areas: tuple[str, ...]
    priorities: tuple[int, ...]
    minutes: FloatArray
    area_index: IntArray
    priority_index: IntArray
    hours: int
    first_hour_of_week: int = 0
    season_of_hour: IntArray | None = None
    observed: BoolArray | None = None

    def __post_init__(self) -> None:
        shape = (len(self.minutes),)
        minutes = frozen(self, "minutes", np.float64, shape)
        if not np.all((minutes >= 0) & (minutes < self.hours * MINUTES_PER_HOUR)):
            raise ValueError("every call must lie within the stretch")
        for name, bound in (("area_index", len(self.areas)), ("priority_index", len(self.priorities))):
            index = frozen(self, name, np.int64, shape)
            if index.size and not (index.min() >= 0 and index.max() < bound):
                raise ValueError(f"{name} out of range")
        if self.season_of_hour is None:
            object.__setattr__(self, "season_of_hour", np.zeros(self.hours, dtype=np.int64))
        frozen(self, "season_of_hour", np.int64, (self.hours,))
        if self.observed is None:
            object.__setattr__(self, "observed", np.ones(self.hours, dtype=np.bool_))
        frozen(self, "observed", np.bool_, (self.hours,))

    def counts(self) -> FloatArray:
        """Return the calls by area and hour, shape (areas, hours)."""
        hour = (self.minutes // MINUTES_PER_HOUR).astype(np.int64)
        flat = np.bincount(self.area_index * self.hours + hour, minlength=len(self.areas) * self.hours)
        return flat.reshape(len(self.areas), self.hours).astype(np.float64)

    def hour_of_week(self) -> IntArray:
        """Return the hour of the week of every hour of the stretch."""
        return (np.arange(self.hours) + self.first_hour_of_week) % HOURS_PER_WEEK

    def part(self, start: int, stop: int) -> CallHistory:
        """Return the stretch from hour ``start`` to before hour ``stop``."""
        inside = (self.minutes >= start * MINUTES_PER_HOUR) & (self.minutes < stop * MINUTES_PER_HOUR)
        assert self.season_of_hour is not None
        return CallHistory(
            self.areas,
            self.priorities,
            self.minutes[inside] - start * MINUTES_PER_HOUR,
            self.area_index[inside],
            self.priority_index[inside],
            stop - start,
            (self.first_hour_of_week + start) % HOURS_PER_WEEK,
            self.season_of_hour[start:stop],
            None if self.observed is None else self.observed[start:stop],
        )


@dataclass(frozen=True, eq=False)
class DemandFit:
    """Fitted rates and how sure they are.

    ``model``: rates of an average season, for the simulation. ``season_factor``: shape (seasons,).
    ``own_weight``: shape (areas,), weight of an area's own hours against the district's profile.
    ``cell_shape``: shape (areas, 168), shape of the gamma posterior of each rate. ``day_variance_ratio``:
    variance ÷ mean of the district's daily counts around their expectation (1 = Poisson).
    ``hour_dispersion``: dispersion of the district's hourly counts.
    """

    model: DemandModel
    season_factor: FloatArray
    own_weight: FloatArray
    cell_shape: FloatArray
    day_variance_ratio: float
    hour_dispersion: float
    weeks: float


@dataclass(frozen=True, eq=False)
class Forecast:
    """Expected calls and an interval, shape (areas, hours); ``district_…``: shape (hours,)."""

    mean: FloatArray
    low: IntArray
    high: IntArray
    dispersion: FloatArray
    district_mean: FloatArray
    district_low: IntArray
    district_high: IntArray
    district_dispersion: FloatArray


def fit(history: CallHistory) -> DemandFit:
    """Fit area level × hour-of-week profile × season, each shrunk to what lies above it.

    1. The week's profile of the district: hour-of-week counts with a gamma prior around day × hour-of-day.
    2. Each area's level: its calls with a gamma prior around the mean area.
    3. Each area's hours: its counts with a gamma prior around level × profile. All three strengths are
       found by maximum likelihood (empirical Bayes), so thin areas follow the district and busy ones
       themselves.
    4. Seasons: the counts' ratio to expectation, shrunk to 1 in the same way.
    Overdispersion of cells, hours and days is estimated from what remains.
    Raises: BadInput for a history without calls or shorter than a week.
    Source: Clayton & Kaldor (1987), Empirical Bayes estimates of age-standardized relative risks; negative
    binomial regression as in Cameron & Trivedi (2013).
    """
    if history.minutes.size == 0:
        raise BadInput("response.zero_demand", "历史记录中没有任何警情。", "The history holds no call.")
    if history.hours < HOURS_PER_WEEK:
        raise BadInput(
            "response.history_short",
            f"历史记录只有 {history.hours} 小时，至少需要一整周。",
            f"The history has only {history.hours} hours; at least one whole week is needed.",
        )
    assert history.season_of_hour is not None
    assert history.observed is not None
    seen = history.observed
    counts = history.counts()[:, seen]
    of_week, season_of_hour = history.hour_of_week()[seen], history.season_of_hour[seen]
    exposure = np.bincount(of_week, minlength=HOURS_PER_WEEK).astype(np.float64)
    by_week = np.zeros((len(history.areas), HOURS_PER_WEEK))
    np.add.at(by_week.T, of_week, counts.T)
    profile, profile_leverage = _profile(by_week.sum(axis=0), exposure)
    rates, shape, own_weight = _area_rates(by_week, exposure, profile)
    seasons = int(history.season_of_hour.max()) + 1
    season = _seasons(season_of_hour, counts.sum(axis=0), rates.sum(axis=0)[of_week], seasons)
    mean = rates[:, of_week] * season[season_of_hour]
    district = mean.sum(axis=0)
    days = np.flatnonzero(seen) // 24
    whole = np.bincount(days) == 24
    by_day = np.bincount(days, weights=counts.sum(axis=0))[whole]
    day_mean = np.bincount(days, weights=district)[whole]
    freedom = max(1.0 - 7.0 / max(by_day.size, 8), 0.5)  # seven weekday levels were fitted
    leverage = mean / np.maximum(shape[:, of_week], 1e-9)  # a count's weight in the mean of its own cell
    model = DemandModel(
        areas=history.areas,
        priorities=history.priorities,
        calls_per_hour=rates[:, None, :] * _priority_shares(history)[:, :, None],
        day_dispersion=excess_dispersion(by_day, day_mean, 1.0 - freedom),
        cell_dispersion=excess_dispersion(counts, mean, np.minimum(leverage, 0.9)),
    )
    return DemandFit(
        model=model,
        season_factor=season,
        own_weight=own_weight,
        cell_shape=shape,
        day_variance_ratio=float(np.mean((by_day - day_mean) ** 2 / day_mean) / freedom),
        hour_dispersion=excess_dispersion(counts.sum(axis=0), district, profile_leverage[of_week]),
        weeks=float(np.count_nonzero(seen)) / HOURS_PER_WEEK,
    )


def without_gaps(history: CallHistory) -> tuple[CallHistory, int]:
    """Return the history with failed recording marked unobserved, and the number of hours it lost.

    A run of hours without any call is a failure when the usual calls of those hours of the week (their
    median over the weeks) add up to ``_GAP_CALLS`` or more: chance alone would not do that once in millions
    of weeks. The hours before and after may have been cut short and go too.
    """
    total = history.counts().sum(axis=0)
    of_week = history.hour_of_week()
    usual = np.array([np.median(total[of_week == h]) if np.any(of_week == h) else 0 for h in range(168)])
    assert history.observed is not None
    observed = np.array(history.observed)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (total == 0).astype(np.int64), [0]))))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if usual[of_week[start:stop]].sum() >= _GAP_CALLS:
            observed[max(start - 1, 0) : stop + 1] = False
    lost = int(np.count_nonzero(history.observed) - np.count_nonzero(observed))
    return replace(history, observed=observed), lost


def _profile(total: FloatArray, exposure: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the district's calls per hour by hour of the week, and each count's weight in its own mean."""
    grid = total.reshape(7, 24)
    seen = exposure.reshape(7, 24)
    mean = total.sum() / exposure.sum()
    day = grid.sum(axis=1) / seen.sum(axis=1) / mean
    hour = (grid.sum(axis=0) + 0.5) / (seen.sum(axis=0) + 0.5 / mean) / mean
    prior = np.maximum((mean * day[:, None] * hour[None, :]).ravel(), 1e-9)
    shape = gamma_shape(total, prior * exposure)
    # Each weekly count has weight 1 / (exposure + shape / prior) in the posterior mean of its hour.
    return (shape + total) / (shape / prior + exposure), 1.0 / (shape / prior + exposure)


def _area_rates(
    by_week: FloatArray, exposure: FloatArray, profile: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return rates and gamma shapes (areas, 168), and the areas' own weights (areas,)."""
    areas = by_week.shape[0]
    expected = float(profile @ exposure) / areas
    totals = by_week.sum(axis=1)
    level_shape = gamma_shape(totals, np.full(areas, expected))
    level = (level_shape + totals) / (level_shape + expected) / areas
    prior = level[:, None] * profile
    shape = gamma_shape(by_week.ravel(), (prior * exposure).ravel())
    posterior = shape + by_week
    rates = posterior / (shape / prior + exposure)
    own = (prior * exposure / (shape + prior * exposure)).mean(axis=1)
    return np.asarray(rates), np.asarray(posterior), np.asarray(own)


def _seasons(season_of_hour: IntArray, counts: FloatArray, expected: FloatArray, seasons: int) -> FloatArray:
    observed = np.asarray(np.bincount(season_of_hour, weights=counts, minlength=seasons), dtype=np.float64)
    due = np.asarray(np.bincount(season_of_hour, weights=expected, minlength=seasons), dtype=np.float64)
    if seasons == 1:
        return np.ones(1)
    shape = gamma_shape(observed, due)
    return np.asarray((shape + observed) / (shape + due))


def _priority_shares(history: CallHistory) -> FloatArray:
    """Return the mix of priorities by area, shrunk to the district's, shape (areas, priorities)."""
    levels = len(history.priorities)
    flat = history.area_index * levels + history.priority_index
    table = np.bincount(flat, minlength=len(history.areas) * levels).reshape(-1, levels)
    district = table.sum(axis=0) / table.sum()
    own = table.sum(axis=1, keepdims=True)
    return np.asarray((table + _PRIORITY_PRIOR_CALLS * district) / (own + _PRIORITY_PRIOR_CALLS))


def forecast(
    fitted: DemandFit, hour_of_week: IntArray, season: IntArray | None = None, *, coverage: float = 0.9
) -> Forecast:
    """Return expected calls of the given hours with central intervals of ``coverage``.

    A cell's interval is negative binomial with the cell's dispersion plus the doubt about its rate
    (1 ÷ posterior shape); the district's hour likewise.
    """
    factor = fitted.season_factor[np.zeros_like(hour_of_week) if season is None else season]
    rates = fitted.model.calls_per_hour.sum(axis=1)
    mean = rates[:, hour_of_week] * factor
    dispersion = fitted.model.cell_dispersion + 1.0 / fitted.cell_shape[:, hour_of_week]
    district = mean.sum(axis=0)
    doubt = fitted.hour_dispersion + 1.0 / np.maximum(district * fitted.weeks, 1.0)
    tail = (1.0 - coverage) / 2.0
    return Forecast(
        mean=mean,
        low=negative_binomial_quantile(tail, mean, dispersion),
        high=negative_binomial_quantile(1.0 - tail, mean, dispersion),
        dispersion=dispersion,
        district_mean=district,
        district_low=negative_binomial_quantile(tail, district, doubt),
        district_high=negative_binomial_quantile(1.0 - tail, district, doubt),
        district_dispersion=doubt,
    )
