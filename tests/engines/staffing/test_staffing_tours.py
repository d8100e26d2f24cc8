"""Tours: what patterns allow, the fewest that cover a need, and where they answer most."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staffing_cast import DAY_SHIFT

from jingwu.engines.staffing.deployment import DeploymentCase, crew_gains, grow_tours, place_tours
from jingwu.engines.staffing.facts import ShiftPattern
from jingwu.engines.staffing.tours import fewest_tours, tours_of

TOURS = tours_of((DAY_SHIFT,))


def test_pattern_wraps_round_the_week() -> None:
    night = ShiftPattern("night", "", "", 10, (0,), (20,))
    tour_set = tours_of((night,))
    sunday = tour_set.index("night@6-20")
    assert np.flatnonzero(tour_set.cover[sunday]).tolist() == [0, 1, 2, 3, 4, 5, 164, 165, 166, 167]
    assert len(tour_set.tours) == 7


def test_round_the_clock_takes_five_tours_of_forty_hours() -> None:
    answer = fewest_tours(np.ones(168, dtype=np.int64), TOURS)
    assert answer.bound == 5  # 168 h ÷ 40 h, rounded up
    assert np.all(answer.worked @ TOURS.cover >= 1)
    assert answer.people <= 6


def test_hour_no_pattern_reaches_is_refused() -> None:
    morning = tours_of((ShiftPattern("m", "", "", 4, (0, 1, 2, 3, 4, 5, 6), (8,)),))
    need = np.zeros(168, dtype=np.int64)
    need[20] = 1
    with pytest.raises(ValueError, match="no shift pattern"):
        fewest_tours(need, morning)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=21, max_size=21))
def test_need_is_always_covered_and_never_below_the_bound(blocks: list[int]) -> None:
    need = np.repeat(np.array(blocks, dtype=np.int64), 8)
    answer = fewest_tours(need, TOURS)
    assert np.all(answer.worked @ TOURS.cover >= need)
    assert answer.bound <= answer.people <= answer.bound + 2


def small_case() -> DeploymentCase:
    rng = np.random.default_rng(5)
    reach = np.array([[1.0, 0.3], [0.2, 1.0]])
    return DeploymentCase(("A", "B"), reach, rng.random((2, 168)), np.full(168, 0.3))


def answered(case: DeploymentCase, chosen: tuple[tuple[int, ...], ...], tour_set=TOURS) -> float:
    missed = np.ones(case.calls_per_hour.shape)
    for office, own in enumerate(chosen):
        for tour in own:
            on = tour_set.cover[tour] * (1 - case.busy_share)
            missed *= 1 - case.reach[office][:, None] * on[None, :]
    return float((case.calls_per_hour * (1 - missed)).sum())


def test_placing_reaches_the_best_of_all_placements_on_a_small_case() -> None:
    case = small_case()
    placed = place_tours(case, TOURS, np.array([1, 1]))
    best = max(
        answered(case, ((a,), (b,)))
        for a, b in itertools.product(range(len(TOURS.tours)), range(len(TOURS.tours)))
    )
    assert placed.answered_per_week == pytest.approx(answered(case, placed.tours))
    assert placed.answered_per_week >= 0.99 * best


def test_every_hour_gets_its_pair_when_tours_suffice() -> None:
    placed = place_tours(small_case(), TOURS, np.array([7, 7]), fewest_on_duty=2)
    assert placed.crews.sum(axis=0).min() >= 2


def test_gains_never_rise_and_growing_adds_answers() -> None:
    case = small_case()
    gains = crew_gains(case, TOURS, 5, 6)
    assert np.all(np.diff(gains, axis=1) <= 1e-9) and gains[0, 0] > 0
    placed = place_tours(case, TOURS, np.array([1, 1]))
    grown = list(itertools.islice(grow_tours(case, TOURS, placed.tours), 2))
    more = [list(own) for own in placed.tours]
    for office, tour in grown:
        more[office].append(tour)
    assert answered(case, tuple(map(tuple, more))) > placed.answered_per_week
