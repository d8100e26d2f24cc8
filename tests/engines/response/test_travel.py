"""Travel against known distances, an independent search, and real chains of calls."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.response.travel import (
    busy_at,
    clean_chains,
    fit_square_root_law,
    great_circle_km,
    speed_by_hour,
    travel_by_distance,
)
from jingwu.terms.refusal import BadInput


def test_great_circle_of_known_pairs() -> None:
    quarter = great_circle_km(np.array([[0.0, 0.0]]), np.array([[90.0, 0.0], [0.0, 90.0], [0.0, 0.0]]))
    assert quarter[0] == pytest.approx([10007.557, 10007.557, 0.0], abs=0.01)


def test_distance_becomes_minutes() -> None:
    model = travel_by_distance(
        ("p",),
        ("a",),
        np.array([[0.0, 0.0]]),
        np.array([[0.0, 0.09]]),
        detour_factor=1.3,
        speed_km_per_hour=30.0,
    )
    assert model.minutes[0, 0] == pytest.approx(0.09 * 111.195 * 1.3 / 30 * 60, rel=1e-4)
    with pytest.raises(BadInput) as caught:
        travel_by_distance(
            ("p",),
            ("a",),
            np.array([[np.nan, 0.0]]),
            np.array([[0.0, 0.1]]),
            detour_factor=1.3,
            speed_km_per_hour=30,
        )
    assert "p" in caught.value.message_zh


def test_chains_are_mended_or_struck_out_and_counted() -> None:
    nan = np.nan
    call = np.array([10.0, 1430.0, 50.0, 60.0, 70.0, 80.0])
    dispatch = np.array([11.0, 1435.0, 20.0, 61.0, 71.0, 81.0])
    enroute = np.array([12.0, 2.0, 52.0, 62.0, 71.5, nan])  # the second rolled over midnight
    arrive = np.array([17.0, 9.0, 58.0, 61.5, 1520.0, nan])  # the fourth arrives before it leaves
    clear = np.array([40.0, 30.0, 90.0, 99.0, 100.0, 120.0])
    chains = clean_chains(call, dispatch, enroute, arrive, clear)
    counts = chains.counts
    assert (counts.missing, counts.rolled_over, counts.negative) == (2, 4, 1)
    assert (counts.too_long, counts.out_of_order) == (0, 1)
    assert chains.travel_minutes[:3].tolist() == [5.0, 7.0, 6.0]
    assert chains.arrive[4] == 80.0  # a day too late
    assert counts.complete_calls == 3
    parts = chains.handling_minutes + chains.turnout_minutes + chains.travel_minutes
    whole = ~np.isnan(parts)
    assert np.allclose(parts[whole], chains.response_minutes[whole])


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_clean_chains_never_run_backwards(seed: int) -> None:
    rng = np.random.default_rng(seed)
    call = rng.random(50) * 10_000
    stamps = [call + rng.normal(20 * k, 60, 50) + rng.choice([0, 0, 0, 1440, -1440], 50) for k in range(1, 5)]
    for stamp in stamps:
        stamp[rng.random(50) < 0.1] = np.nan
    chains = clean_chains(call, *stamps)
    for part in (
        chains.handling_minutes,
        chains.turnout_minutes,
        chains.travel_minutes,
        chains.on_scene_minutes,
    ):
        assert not np.any(part < 0)
    left = sum(
        int((~np.isnan(s)).sum()) for s in (chains.dispatch, chains.enroute, chains.arrive, chains.clear)
    )
    counts = chains.counts
    assert left == 200 - counts.missing - counts.negative - counts.too_long - counts.out_of_order


def test_the_law_is_found_again_from_its_own_trips() -> None:
    rng = np.random.default_rng(5)
    free = rng.integers(1, 12, 4000)
    mean = 60.0 * 0.63 / 28.0 * np.sqrt(50.0 / free)
    way = mean * np.sqrt(-np.log(rng.random(4000)) * 4 / np.pi)
    fitted = fit_square_root_law(way, free, area_km2=50.0, k=0.63)
    assert abs(fitted.law.speed_km_per_hour - 28.0) < 1.5 * fitted.speed_half_width
    assert fitted.explained > 0.1
    with pytest.raises(BadInput):
        fit_square_root_law(way[:10], free[:10], area_km2=50.0, k=0.63)


def test_slow_hours_are_learnt_and_unseen_hours_stay_near_one() -> None:
    rng = np.random.default_rng(6)
    hour = rng.integers(0, 120, 6000)  # no weekend trips
    slow = np.where(hour % 24 == 8, 2.0, 1.0)
    factor = speed_by_hour(10.0 * slow * rng.uniform(0.8, 1.2, 6000), np.full(6000, 10.0), hour)
    assert factor[8] / factor[12] == pytest.approx(0.5, rel=0.12)
    assert factor[120 + 8] < 0.65  # Saturday borrows from the same hour of other days
    assert speed_by_hour(np.array([]), np.array([]), np.array([], dtype=int)).tolist() == [1.0] * 168


def test_boone_county_chains(shared_data: Path) -> None:
    columns = ("CallTime", "FirstDispatchTime", "FirstEnroute", "FirstArrive", "LastClear")
    start = datetime(2016, 1, 1)
    with gzip.open(shared_data / "boone" / "boone_ems_2016_2017.csv.gz", "rt", encoding="utf-8") as lines:
        rows = [[row[name] for name in columns] for row in csv.DictReader(lines)]

    def minutes(text: str) -> float:
        return (datetime.fromisoformat(text) - start).total_seconds() / 60.0 if text else np.nan

    table = np.array([[minutes(text) for text in row] for row in rows])
    chains = clean_chains(*table.T)
    counts = chains.counts
    assert counts.calls == 22_890
    assert (counts.missing, counts.rolled_over, counts.complete_calls) == (5612, 798, 19_211)
    assert (counts.negative, counts.too_long, counts.out_of_order) == (46, 50, 16)
    assert 0.12 < np.isnan(table[:, 3]).mean() < 0.18  # first arrival is missing in about 15 %
    assert counts.rolled_over > 0
    for part in (
        chains.handling_minutes,
        chains.turnout_minutes,
        chains.travel_minutes,
        chains.on_scene_minutes,
    ):
        assert not np.any(part < 0)
    assert 2.0 < np.nanmedian(chains.travel_minutes) < 10.0
    free = np.maximum(12 - busy_at(chains, chains.enroute), 1)
    fitted = fit_square_root_law(chains.travel_minutes, free, area_km2=1790.0, k=0.63)
    assert 20.0 < fitted.law.speed_km_per_hour < 150.0
