"""Hot places: kernels and statistics against closed forms and brute force, scores on weeks not seen."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jingwu.engines.response.hotspots import (
    EventFacts,
    Grid,
    backtest,
    choose_cells,
    hot_window,
    kernel_density,
    local_clusters,
    metres_of,
    near_repeats,
    score_cells,
)
from jingwu.engines.response.hotspots.clusters import discoveries
from jingwu.terms.refusal import BadInput


def scattered(count: int, seed: int, days: float = 100.0) -> EventFacts:
    rng = np.random.default_rng(seed)
    return EventFacts(rng.random(count) * 4000, rng.random(count) * 3000, rng.random(count) * days)


def open_grid(rows: int, columns: int, size: float = 100.0) -> Grid:
    return Grid(0.0, 0.0, size, np.ones((rows, columns), dtype=bool))


def test_density_sums_to_the_events_and_peaks_as_the_formula_says() -> None:
    grid = open_grid(60, 60, 10.0)
    events = EventFacts(np.array([305.0]), np.array([305.0]), np.array([0.0]))
    field = kernel_density(events, grid, 120.0)
    assert field.sum() * 100.0 == pytest.approx(1.0, rel=0.01)
    assert field.max() == field[30, 30] == pytest.approx(3 / (np.pi * 120.0**2))
    assert field[30, 36] == pytest.approx(3 / (np.pi * 120.0**2) * (1 - (60 / 120) ** 2) ** 2)
    assert field[30, 43] == 0
    old = kernel_density(events, grid, 120.0, now_day=14.0, half_life_days=7.0)
    assert old == pytest.approx(field / 4)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_gi_star_equals_its_definition(seed: int) -> None:
    counts = np.random.default_rng(seed).poisson(2.0, (7, 9)).astype(float)
    grid = open_grid(7, 9)
    found = local_clusters(counts, grid, 150.0)
    r, c = np.mgrid[:7, :9]
    place = np.column_stack([r.ravel(), c.ravel()]) * 100.0
    weight = (np.hypot(*(place[:, None] - place).transpose(2, 0, 1)) <= 150.0).astype(float)
    x, n = counts.ravel(), counts.size
    s = np.sqrt((x**2).mean() - x.mean() ** 2)
    w = weight.sum(axis=1)
    z = (weight @ x - x.mean() * w) / (s * np.sqrt((n * (weight**2).sum(axis=1) - w**2) / (n - 1)))
    assert found.z.ravel() == pytest.approx(z)
    assert found.p_value.ravel() == pytest.approx(stats.norm.sf(z))
    order = np.sort(found.p_value.ravel())
    passed = np.flatnonzero(order <= 0.05 * np.arange(1, n + 1) / n)
    assert found.significant.sum() == (passed[-1] + 1 if passed.size else 0)


def test_discoveries_are_those_of_the_textbook_example() -> None:
    # Benjamini & Hochberg (1995), the 15 p-values of their section 3.2: the first four are rejected at 0.05.
    p = np.array([.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.0])  # fmt: skip  # noqa: E501
    assert np.flatnonzero(discoveries(p[::-1], 0.05)).tolist() == [11, 12, 13, 14]


def test_a_planted_cluster_is_found_and_an_even_field_refused() -> None:
    counts = np.random.default_rng(4).poisson(1.0, (30, 30)).astype(float)
    counts[10:13, 20:23] += 8
    found = local_clusters(counts, open_grid(30, 30), 150.0)
    assert found.significant[11, 21]
    assert not found.significant[:5].any()
    assert str(int(found.significant.sum())) in found.words_en
    with pytest.raises(BadInput, match="相同"):
        local_clusters(np.ones((3, 3)), open_grid(3, 3), 150.0)


def test_knox_counts_every_pair_once_and_sees_only_planted_repeats() -> None:
    events = scattered(300, 1)
    found = near_repeats(events, (150.0, 400.0), (3.0, 10.0), permutations=99)
    one, other = np.triu_indices(events.count, 1)
    apart = np.hypot(events.x[one] - events.x[other], events.y[one] - events.y[other])
    late = np.abs(events.day[one] - events.day[other])
    table = [
        [int(((apart > a) & (apart <= b) & (late > s) & (late <= t)).sum()) for s, t in ((-1, 3), (3, 10))]
        for a, b in ((-1, 150), (150, 400))
    ]
    assert found.observed.tolist() == table
    assert (found.p_value > 0.01).all()
    # Every event comes back within 50 m and two days.
    planted = EventFacts(
        np.concatenate([events.x, events.x + 30]),
        np.concatenate([events.y, events.y + 30]),
        np.concatenate([events.day, events.day + 1.5]),
    )
    again = near_repeats(planted, (150.0, 400.0), (3.0, 10.0), permutations=99)
    assert again.ratio[0, 0] > 3
    assert again.p_value[0, 0] == pytest.approx(0.01)
    assert (again.expected > 0).all()
    with pytest.raises(BadInput, match="递增"):
        near_repeats(events, (100.0, 50.0))


def test_the_scan_finds_a_planted_window_over_the_end_of_the_week() -> None:
    counts = np.random.default_rng(3).poisson(5.0, 168).astype(float)
    counts[[166, 167, 0, 1]] += 12
    found = hot_window(counts, longest=24, circular=True, replications=199)
    assert (found.first, found.length) == (166, 4)
    assert found.observed == counts[[166, 167, 0, 1]].sum()
    c, e, total = found.observed, found.expected, counts.sum()
    assert e == pytest.approx(total * 4 / 168)
    assert found.statistic == pytest.approx(
        c * np.log(c / e) + (total - c) * np.log((total - c) / (total - e))
    )
    assert found.p_value == pytest.approx(1 / 200)
    expected = np.ones(168)
    expected[[166, 167, 0, 1]] = 3.6
    assert hot_window(counts, expected, longest=24, circular=True, replications=199).p_value > 0.05
    with pytest.raises(BadInput):
        hot_window(np.zeros(5), longest=2)


def test_scores_are_those_of_a_hand_count() -> None:
    grid = open_grid(2, 5)
    later = np.array([[4, 0, 1, 0, 0], [0, 3, 0, 2, 0]])
    chosen = choose_cells(np.array([[9.0, 0, 8, 0, 0], [0, 0, 0, 0, 0]]), grid, 0.2)
    score = score_cells(chosen, later, grid)
    assert (score.caught, score.events, score.best_possible) == (5, 10, 7)
    assert score.pai == pytest.approx((5 / 10) / (2 / 10))
    assert score.pei == pytest.approx(5 / 7)
    with pytest.raises(BadInput):
        score_cells(chosen, np.zeros((2, 5), dtype=int), grid)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1.0))
def test_no_choice_of_cells_scores_above_the_perfect_one(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    grid = open_grid(8, 8)
    later = rng.poisson(1.0, (8, 8)) + 1
    guess = score_cells(choose_cells(rng.random((8, 8)), grid, share), later, grid)
    perfect = score_cells(choose_cells(later.astype(float), grid, share), later, grid)
    assert guess.caught <= perfect.caught == perfect.best_possible
    assert 0 <= guess.pei <= 1.0 == perfect.pei
    assert guess.cells == perfect.cells == max(1, round(share * 64))


def read_events(path: Path, column: str, origin: str) -> EventFacts:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["longitude"] and row["latitude"]]
    x, y = metres_of(*(np.array([float(row[name]) for row in rows]) for name in ("longitude", "latitude")))
    times = np.array([row[column] for row in rows], dtype="datetime64[s]") - np.datetime64(origin, "s")
    return EventFacts(x, y, times.astype(float) / 86_400)


def test_chicago_the_blend_beats_last_years_cells_on_unseen_weeks(shared_data: Path) -> None:
    path = shared_data / "chicago/chicago_aggravated_assaults.csv.gz"
    events = read_events(path, "date", "2010-01-04")
    assert events.count == 148_636
    first = float((np.datetime64("2018-12-31") - np.datetime64("2010-01-04")).astype(int))
    grid = Grid.over(events.between(-np.inf, first), 250.0)
    found = backtest(events, grid, first, 52, area_share=0.05)
    assert found.scores["last_year"].pai > 4
    assert found.scores["blend"].pai > found.scores["last_year"].pai
    assert found.advantage["blend"] > found.half_width["blend"] > 0
    assert all(score.pei <= 1 for score in found.scores.values())
    assert found.advantage["last_year"] == 0


def test_milwaukee_two_weeks_foretell_the_third(shared_data: Path) -> None:
    events = read_events(shared_data / "milwaukee/calls.csv", "time", "2018-04-30")
    near = (np.abs(events.x) < 20_000) & (np.abs(events.y) < 20_000)
    assert near.mean() > 0.98  # the rest lies elsewhere in the state
    events = EventFacts(events.x[near], events.y[near], events.day[near])
    grid = Grid.over(events.between(-np.inf, 15.0), 250.0)
    found = backtest(events, grid, 15.0, 1, area_share=0.05)
    for name, score in found.scores.items():
        assert score.pai > 3, name
        assert score.pei > 0.4, name


def test_bad_input_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="没有任何事件"):
        EventFacts(np.zeros(0), np.zeros(0), np.zeros(0))
    with pytest.raises(BadInput, match="有 1 个事件"):
        EventFacts(np.array([0.0, np.nan]), np.zeros(2), np.zeros(2))
    events = scattered(50, 1)
    with pytest.raises(BadInput, match="边长"):
        Grid.over(events, 0.0)
    with pytest.raises(BadInput, match="格子"):
        Grid.over(events, 0.5)
    with pytest.raises(BadInput, match="带宽"):
        kernel_density(events, Grid.over(events, 100.0), 0.0)
