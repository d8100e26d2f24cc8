"""Surges: false alarms stay as rare as promised, on overdispersed counts and over all comparisons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from jingwu.engines.response.demand import Expected, Window, expected_over, judge, upper_tail

CELLS = [(0.4, 0.6), (1.5, 0.3), (4.0, 0.2), (12.0, 0.15), (40.0, 0.08), (0.05, 1.0)] * 7


def drawn(rng: np.random.Generator) -> list[int]:
    return [int(rng.poisson(rng.gamma(1 / spread, mean * spread))) for mean, spread in CELLS]


def test_a_page_sounds_a_false_alarm_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(5)
    expected = [Expected(mean, spread) for mean, spread in CELLS]
    pages = 2_000
    alarms = sum(
        any(one.is_surge for one in judge(drawn(rng), expected, error_share=0.05, comparisons=len(CELLS)))
        for _ in range(pages)
    )
    assert alarms / pages < 0.05
    # and the same counts against plain Poisson tails cry wolf far more often
    plain = [Expected(mean, 0.0) for mean, _ in CELLS]
    rng = np.random.default_rng(5)
    wolf = sum(
        any(one.is_surge for one in judge(drawn(rng), plain, error_share=0.05, comparisons=len(CELLS)))
        for _ in range(200)
    )
    assert wolf / 200 > 5 * 0.05


def test_a_real_surge_is_found_among_many() -> None:
    rng = np.random.default_rng(6)
    counts = drawn(rng)
    counts[2] = 25  # expected are 4
    judged = judge(counts, [Expected(*cell) for cell in CELLS], error_share=0.05, comparisons=len(CELLS))
    assert judged[2].is_surge and judged[2].high < 25


def test_few_are_never_a_surge() -> None:
    one = judge([2], [Expected(0.001, 0.0)], error_share=0.05, comparisons=1, least_count=3)[0]
    assert not one.is_surge and one.high < 2


@given(mean=st.floats(0.01, 200), spread=st.floats(0.0, 2.0), count=st.integers(0, 300))
def test_the_tail_is_that_of_the_published_distribution(mean: float, spread: float, count: int) -> None:
    if spread > 1e-6:
        size = 1 / spread
        theirs = nbinom.sf(count - 1, size, size / (size + mean))
    else:
        theirs = poisson.sf(count - 1, mean)
    assert upper_tail(count, Expected(mean, spread if spread > 1e-6 else 0.0)) == pytest.approx(
        theirs, abs=1e-6
    )


def test_parts_of_hours_count_in_part_and_days_share_a_factor() -> None:
    mean, excess = np.full(168, 2.0), np.full(168, 1.0)
    window = Window(np.array([9, 10]), np.array([0.5, 1.0]), np.array([0, 0]))
    found = expected_over(window, mean, excess, 0.1)
    assert found.mean == pytest.approx(3.0)
    assert found.dispersion * 9 == pytest.approx(0.25 + 1.0 + 0.1 * 9)
    apart = expected_over(Window(np.array([9, 33]), np.ones(2), np.array([0, 1])), mean, excess, 0.1)
    assert apart.dispersion * 16 == pytest.approx(2.0 + 0.1 * 8)
    assert expected_over(window, np.zeros(168), excess, 0.1) == Expected(0.0, 0.0)


def test_more_counts_than_comparisons_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        judge([1, 2], [Expected(1, 0)] * 2, error_share=0.05, comparisons=1)
