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
    StreetNetwork,
    busy_at,
    clean_chains,
    fit_square_root_law,
    great_circle_km,
    speed_by_hour,
    travel_by_distance,
    travel_by_streets,
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


def grid(side: int) -> list[np.ndarray]:
    """Return the streets of a town of ``side`` × ``side`` crossings, 100 m apart."""
    steps = np.arange(side) * 100.0
    rows = [np.stack([steps, np.full(side, y)], axis=1) for y in steps]
    return rows + [line[:, ::-1] for line in rows]


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_on_a_grid_the_way_is_rectilinear(x1: int, y1: int, x2: int, y2: int) -> None:
    network = StreetNetwork.from_polylines(grid(6))
    way = network.metres(np.array([[x1, y1]]) * 100.0, np.array([[x2, y2]]) * 100.0)
    assert way[0, 0] == pytest.approx(100.0 * (abs(x1 - x2) + abs(y1 - y2)))


def test_streets_agree_with_a_dense_search_and_obey_the_triangle() -> None:
    rng = np.random.default_rng(3)
    places = rng.random((30, 2)) * 1000.0
    ends = rng.integers(0, 30, (70, 2))
    network = StreetNetwork.from_polylines([places[pair] for pair in ends])
    dense = np.full((30, 30), np.inf)
    np.fill_diagonal(dense, 0.0)
    for a, b in ends:
        dense[a, b] = dense[b, a] = min(dense[a, b], np.linalg.norm(places[a] - places[b]))
    for middle in range(30):  # Floyd–Warshall
        dense = np.minimum(dense, dense[:, [middle]] + dense[[middle], :])
    used = np.unique(ends)
    assert np.allclose(network.metres(places[used], places[used], whole=False), dense[np.ix_(used, used)])


def test_detached_streets_are_no_way_unless_the_whole_is_asked() -> None:
    island = [np.array([[5000.0, 5000.0], [5100.0, 5000.0]])]
    network = StreetNetwork.from_polylines(grid(4) + island)
    point, far = np.array([[0.0, 0.0]]), np.array([[5000.0, 5000.0]])
    assert np.isinf(network.metres(point, far, whole=False)[0, 0])
    assert np.isfinite(network.metres(point, far)[0, 0])  # by the nearest node of the town
    model = travel_by_streets(
        ("p",), ("a",), network, point, np.array([[300.0, 0.0]]), speed_km_per_hour=36.0
    )
    assert model.minutes[0, 0] == pytest.approx(0.5)
    with pytest.raises(BadInput):
        StreetNetwork.from_polylines([np.array([[1.0, 1.0], [1.0, 1.0]])])


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
