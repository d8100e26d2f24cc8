"""Demand: known rates are found again, thin areas follow the district, forecasts beat last weeks."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingwu.engines.response.demand import (
    BackTest,
    CallHistory,
    back_test,
    fit,
    forecast,
    negative_binomial_cdf,
    negative_binomial_quantile,
    poisson_deviance,
    without_gaps,
)
from jingwu.terms.refusal import BadInput


def tell(score: BackTest, day_variance_ratio: float) -> None:
    """Print the figures docs/engines/response.md quotes (``pytest -rP -k held_out``)."""
    for name, level in (("cells", score.cells), ("district", score.district)):
        print(
            f"{name}: pinball {level.pinball:.3f} / {level.naive_pinball:.3f}, "
            f"deviance {level.deviance:.3f} / {level.naive_deviance:.3f}, "
            f"coverage {level.coverage:.1%} / {level.naive_coverage:.1%}"
        )
    print(f"{score.held_out_hours} hours scored; variance of a day ÷ mean {day_variance_ratio:.2f}")


def drawn(weeks: int, level: list[float], *, day_dispersion: float = 0.0, seed: int = 1) -> CallHistory:
    """Return calls from known rates: a daily rhythm, each area at its own level per hour."""
    rng = np.random.default_rng(seed)
    hours = weeks * 168
    rhythm = 1.0 + 0.6 * np.sin((np.arange(hours) % 24 - 9) / 24 * 2 * np.pi)
    day = np.ones(weeks * 7)
    if day_dispersion:
        day = rng.gamma(1 / day_dispersion, day_dispersion, weeks * 7)
    counts = rng.poisson(np.array(level)[:, None] * rhythm * np.repeat(day, 24))
    area, hour = np.nonzero(counts)
    times = counts[area, hour]
    area, hour = np.repeat(area, times), np.repeat(hour, times)
    return CallHistory(
        tuple(f"a{i}" for i in range(len(level))),
        (1, 2),
        hour * 60.0 + rng.random(hour.size) * 60.0,
        area,
        (rng.random(hour.size) < 0.7).astype(int),
        hours,
    )


def test_known_rates_are_found_again() -> None:
    fitted = fit(drawn(30, [4.0, 1.0, 0.05]))
    rates = fitted.model.calls_per_hour.sum(axis=1)
    assert np.allclose(rates.mean(axis=1), [4.0, 1.0, 0.05], rtol=0.06)
    rhythm = 1.0 + 0.6 * np.sin((np.arange(168) % 24 - 9) / 24 * 2 * np.pi)
    assert np.max(np.abs(rates[0] / (4.0 * rhythm) - 1)) < 0.2
    assert np.max(np.abs(rates[2] / (0.05 * rhythm) - 1)) < 0.5  # its own 250 calls alone could not say
    share = fitted.model.calls_per_hour[0, 0].sum() / rates[0].sum()
    assert share == pytest.approx(0.3, abs=0.02)
    assert fitted.day_variance_ratio == pytest.approx(1.0, abs=0.25)


def test_the_total_is_kept_and_thin_areas_lean_on_the_district() -> None:
    history = drawn(6, [3.0, 0.5, 0.01])
    fitted = fit(history)
    assert fitted.model.calls_per_week * 6 == pytest.approx(history.minutes.size, rel=0.03)
    assert fitted.own_weight[0] > fitted.own_weight[1] > fitted.own_weight[2]


def test_busy_days_are_reported_as_overdispersion() -> None:
    fitted = fit(drawn(40, [2.0, 1.0], day_dispersion=0.04))
    assert fitted.model.day_dispersion == pytest.approx(0.04, rel=0.3)
    assert fitted.day_variance_ratio == pytest.approx(1 + 0.04 * 72, rel=0.3)


def test_seasons_are_found_and_a_thin_season_stays_near_one() -> None:
    base = drawn(20, [3.0])
    season = (np.arange(base.hours) >= base.hours // 2).astype(int)
    keep = (base.minutes < base.hours * 30) | (np.random.default_rng(3).random(base.minutes.size) < 0.5)
    history = CallHistory(
        base.areas, base.priorities, base.minutes[keep], base.area_index[keep], base.priority_index[keep],
        base.hours, 0, season,
    )  # fmt: skip
    fitted = fit(history)
    assert fitted.season_factor[1] / fitted.season_factor[0] == pytest.approx(0.5, rel=0.06)
    ahead = forecast(fitted, np.array([12, 12]), np.array([0, 1]))
    assert ahead.mean[0, 1] / ahead.mean[0, 0] == pytest.approx(0.5, rel=0.06)


@given(st.floats(0.01, 50.0), st.floats(0.0, 2.0), st.floats(0.01, 0.99))
def test_quantiles_invert_the_distribution(mean: float, dispersion: float, share: float) -> None:
    (count,) = negative_binomial_quantile(share, np.array([mean]), np.array([dispersion]))
    assert negative_binomial_cdf(np.array(float(count)), mean, dispersion) >= share
    assert negative_binomial_cdf(np.array(count - 1.0), mean, dispersion) < share


def test_negative_binomial_has_the_stated_moments() -> None:
    counts = np.arange(2000.0)
    mass = np.diff(negative_binomial_cdf(counts, np.array(6.0), np.array(0.5)), prepend=0.0)
    assert mass @ counts == pytest.approx(6.0)
    assert mass @ (counts - 6.0) ** 2 == pytest.approx(6.0 + 0.5 * 36.0)


def test_deviance_is_least_at_the_truth() -> None:
    counts = np.random.default_rng(1).poisson(3.0, 5000).astype(float)
    at = [poisson_deviance(counts, np.full(5000, mean)) for mean in (2.5, counts.mean(), 3.5)]
    assert at[1] < min(at[0], at[2])


def test_intervals_cover_what_they_promise() -> None:
    score = back_test(drawn(14, [6.0, 3.0, 1.0], day_dispersion=0.03), held_out_weeks=4)
    assert 0.87 <= score.district.coverage <= 0.97
    assert score.district.pinball < score.district.naive_pinball
    assert score.cells.deviance < score.cells.naive_deviance


def test_silent_recording_is_found_and_left_out() -> None:
    whole = drawn(8, [5.0])
    cut = (whole.minutes < 300 * 60.0) | (whole.minutes >= 330 * 60.0)
    broken = CallHistory(
        whole.areas, (1, 2), whole.minutes[cut], whole.area_index[cut], whole.priority_index[cut], whole.hours
    )
    mended, lost = without_gaps(broken)
    assert lost == 32  # thirty silent hours and one at either side
    rate = fit(whole).model.calls_per_week
    assert fit(mended).model.calls_per_week == pytest.approx(rate, rel=0.01)
    assert fit(broken).model.calls_per_week < 0.99 * rate
    quiet = drawn(8, [0.02])
    assert without_gaps(quiet)[1] == 0


def test_too_little_history_is_refused() -> None:
    with pytest.raises(BadInput) as caught:
        fit(drawn(2, [1.0]).part(0, 100))
    assert caught.value.code == "response.history_short"
    with pytest.raises(BadInput) as caught:
        fit(CallHistory(("a",), (1,), np.zeros(0), np.zeros(0), np.zeros(0), 168))
    assert caught.value.code == "response.zero_demand"


def test_milwaukee_held_out_week_beats_the_same_hour_of_last_weeks(shared_data: Path) -> None:
    """Three weeks of real police calls: two to learn, one to score; areas are the city's districts."""
    with (shared_data / "milwaukee" / "calls.csv").open(encoding="utf-8") as lines:
        rows = [(row["time"], row["district"]) for row in csv.DictReader(lines)]
    start = datetime(2018, 5, 1)
    hours = 21 * 24
    minutes = np.array([(datetime.fromisoformat(t) - start).total_seconds() / 60 for t, _ in rows])
    names = sorted({district for _, district in rows})
    area = np.array([names.index(district) for _, district in rows])
    inside = (minutes >= 0) & (minutes < hours * 60)
    history = CallHistory(
        tuple(names), (1,), minutes[inside], area[inside], np.zeros(inside.sum()), hours, start.weekday() * 24
    )
    assert history.minutes.size > 30_000
    history, lost = without_gaps(history)
    assert lost == 34  # the log is silent from the 17th 12:00 to the 18th 10:00 and after the 21st 15:00
    score = back_test(history, held_out_weeks=1)
    for level in (score.cells, score.district):
        assert level.pinball < 0.97 * level.naive_pinball
        assert level.deviance < level.naive_deviance
        assert 0.85 <= level.coverage <= 0.99
        assert level.naive_coverage < level.coverage
    fitted = fit(history)
    tell(score, fitted.day_variance_ratio)
    assert fitted.day_variance_ratio > 1.3  # Poisson would be too narrow


def test_chicago_held_out_weeks_beat_the_same_hour_of_last_weeks(shared_data: Path) -> None:
    """Recorded assaults by district: a year to learn with months as seasons, eight weeks to score."""
    weeks, held_out = 60, 8
    hours = weeks * 168
    start = datetime(2019, 12, 30) - timedelta(weeks=weeks)
    path = shared_data / "chicago" / "chicago_aggravated_assaults.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [(row["date"], row["district"]) for row in csv.DictReader(lines) if row["date"] >= "2018-10"]
    minutes = np.array([(datetime.fromisoformat(t) - start).total_seconds() / 60 for t, _ in rows])
    names = sorted({district for _, district in rows})
    area = np.array([names.index(district) for _, district in rows])
    inside = (minutes >= 0) & (minutes < hours * 60)
    season = np.array([(start + timedelta(hours=h)).month - 1 for h in range(hours)])
    history = CallHistory(
        tuple(names), (1,), minutes[inside], area[inside], np.zeros(inside.sum()), hours, 0, season
    )
    assert start.weekday() == 0 and history.minutes.size > 15_000
    score = back_test(history, held_out_weeks=held_out)
    assert score.held_out_hours == held_out * 168
    for level in (score.cells, score.district):
        assert level.pinball < level.naive_pinball
        assert level.deviance < level.naive_deviance
        # the counts are small whole numbers: an interval cannot be narrower than its steps
        assert 0.90 <= level.coverage <= 0.99
    fitted = fit(history)
    tell(score, fitted.day_variance_ratio)
    assert fitted.day_variance_ratio > 1.3
