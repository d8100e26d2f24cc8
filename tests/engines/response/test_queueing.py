"""Queues without geography against published values, closed forms and their own laws."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jingwu.engines.response.facts import SquareRootLaw
from jingwu.engines.response.queueing import (
    StaffingTarget,
    TravelSpread,
    Unstable,
    crews_needed,
    crews_needed_by_hour,
    erlang_b,
    erlang_c,
    lagged_rates,
    priority_waits,
    queue_figures,
    staffing_level,
    state_probabilities,
    two_crew_queue,
    wait_exceeds,
)
from jingwu.terms.refusal import BadInput, Refusal

loads = st.floats(0.05, 60.0)


# As printed in traffic tables: 10 lines block 1 % at 4.461 erlang, 100 lines at 84.06.
@pytest.mark.parametrize(
    ("crews", "load", "blocked"), [(10, 4.461, 0.01), (100, 84.06, 0.01), (20, 15.25, 0.05), (5, 1.361, 0.01)]
)
def test_erlang_b_meets_the_traffic_tables(crews: int, load: float, blocked: float) -> None:
    assert erlang_b(crews, load) == pytest.approx(blocked, rel=2e-3)


@given(st.integers(0, 80), loads)
def test_erlang_b_recursion_equals_the_defining_sum(crews: int, load: float) -> None:
    terms = [math.exp(n * math.log(load) - math.lgamma(n + 1)) for n in range(crews + 1)]
    assert erlang_b(crews, load) == pytest.approx(terms[-1] / math.fsum(terms), rel=1e-9)


@given(st.integers(1, 80), loads)
def test_one_crew_more_never_blocks_more(crews: int, load: float) -> None:
    assert erlang_b(crews + 1, load) < erlang_b(crews, load)


def test_large_systems_stay_finite() -> None:
    assert erlang_b(20_000, 19_900.0) == pytest.approx(state_probabilities(20_000, 19_900.0, queue=False)[-1])
    assert 0 < erlang_c(20_000, 19_900.0) < 1


def test_erlang_c_of_one_crew_is_its_load() -> None:
    assert erlang_c(1, 0.7) == pytest.approx(0.7)
    # M/M/2 has C = 2ρ²/(1 + ρ).
    assert erlang_c(2, 1.5) == pytest.approx(2 * 0.75**2 / 1.75)


@given(st.integers(1, 60), st.floats(0.02, 0.98))
def test_states_add_up_and_keep_the_crews_busy_by_the_load(crews: int, utilisation: float) -> None:
    load = utilisation * crews
    states = state_probabilities(crews, load, queue=True)
    assert states.sum() == pytest.approx(1.0)
    assert states[-1] == pytest.approx(erlang_c(crews, load), rel=1e-8)
    assert states @ np.arange(crews + 1) == pytest.approx(load, rel=1e-9)  # work in = work done


@given(st.integers(1, 60), st.floats(0.02, 0.98), st.floats(1.0, 90.0))
def test_mean_wait_is_the_area_under_the_tail(crews: int, utilisation: float, service: float) -> None:
    rate = utilisation * crews / service * 60.0
    figures = queue_figures(crews, rate, service)
    assert wait_exceeds(crews, rate, service, 0.0) == pytest.approx(figures.wait_probability)
    decay = (crews - figures.load_crews) / service
    assert figures.mean_wait_minutes == pytest.approx(figures.wait_probability / decay)


def test_unstable_load_says_by_how_much_and_what_mends_it() -> None:
    with pytest.raises(Unstable) as caught:
        queue_figures(4, 10.0, 30.0)
    assert (caught.value.load_crews, caught.value.crews, caught.value.crews_needed) == (5.0, 4, 6)
    assert "25%" in caught.value.message("en")
    assert "6" in caught.value.message("zh")
    queue_figures(caught.value.crews_needed, 10.0, 30.0)


@given(st.integers(1, 30), st.lists(st.floats(0.1, 5.0), min_size=1, max_size=4), st.floats(0.1, 0.97))
def test_priorities_only_share_out_the_wait(crews: int, mix: list[float], utilisation: float) -> None:
    """Kleinrock's conservation law: with equal services the mean over all calls is that of first come."""
    service = 25.0
    rates = [share / sum(mix) * utilisation * crews / service * 60.0 for share in mix]
    waits = priority_waits(crews, rates, service)
    mean = sum(rate * wait.mean_minutes for rate, wait in zip(rates, waits, strict=True)) / sum(rates)
    assert mean == pytest.approx(queue_figures(crews, sum(rates), service).mean_wait_minutes)
    assert all(a.mean_minutes <= b.mean_minutes for a, b in pairwise(waits))


def test_one_crew_with_fixed_service_meets_pollaczek_khinchine() -> None:
    (only,) = priority_waits(1, [1.2], 30.0, service_variation=0.0)
    assert only.mean_minutes == pytest.approx(0.6 * 30.0 / (2 * (1 - 0.6)))


@given(st.integers(2, 12), st.floats(0.05, 0.95), st.floats(0.0, 1.0))
@settings(max_examples=50)
def test_two_crew_calls_never_wait_less_than_single_ones(crews: int, part: float, share: float) -> None:
    limit = two_crew_queue(crews, 0.001, 20.0, share).calls_per_hour_max
    rate = part * limit
    pairs = two_crew_queue(crews, rate, 20.0, share)
    assert pairs.mean_wait_minutes >= queue_figures(crews, rate, 20.0).mean_wait_minutes - 1e-9
    with pytest.raises(Unstable):
        two_crew_queue(crews, limit * 1.001, 20.0, share)


@given(st.integers(2, 20), st.floats(0.05, 0.95))
@settings(max_examples=50)
def test_without_pairs_it_is_the_plain_queue(crews: int, utilisation: float) -> None:
    rate = utilisation * crews * 3.0
    ours, plain = two_crew_queue(crews, rate, 20.0, 0.0), queue_figures(crews, rate, 20.0)
    assert ours.mean_wait_minutes == pytest.approx(plain.mean_wait_minutes, rel=1e-6)
    assert ours.wait_probability == pytest.approx(plain.wait_probability, rel=1e-6)


def test_two_crews_that_always_go_together_are_one_server() -> None:
    """The pair is free when the slower is: the larger of two exponentials, mean 1.5, second moment 3.5."""
    rate_per_minute = 0.03
    service = 20.0
    figures = two_crew_queue(2, rate_per_minute * 60.0, service, 1.0)
    load = rate_per_minute * 1.5 * service
    expected = rate_per_minute * 3.5 * service**2 / (2 * (1 - load))
    # A pair that has half finished is not yet serving anybody else: M/G/1 exactly.
    assert figures.mean_wait_minutes == pytest.approx(expected, rel=1e-9)
    assert figures.wait_probability == pytest.approx(load, rel=1e-9)


def test_one_crew_cannot_serve_pairs() -> None:
    with pytest.raises(BadInput):
        two_crew_queue(1, 1.0, 20.0, 0.1)


TARGET = StaffingTarget(within_minutes=10.0, share=0.9, call_handling_minutes=1.0, turnout_minutes=1.0)
LAW = SquareRootLaw(k=0.63, speed_km_per_hour=30.0, area_km2=40.0)


@given(st.floats(0.5, 40.0))
@settings(max_examples=40)
def test_the_staffing_is_enough_and_one_crew_less_is_not(calls: float) -> None:
    level = crews_needed(calls, 30.0, LAW, TARGET)
    assert level.share_within >= TARGET.share
    try:
        below = staffing_level(level.crews - 1, calls, 30.0, LAW, TARGET)
    except Unstable:
        return
    assert below.share_within < TARGET.share


@given(st.integers(3, 40), st.floats(0.5, 5.0))
@settings(max_examples=40)
def test_one_crew_more_answers_more_calls_in_time(crews: int, calls: float) -> None:
    try:
        fewer = staffing_level(crews, calls, 30.0, LAW, TARGET)
    except Unstable:  # few crews far apart: the way alone makes the load too much
        assume(False)
    more = staffing_level(crews + 1, calls, 30.0, LAW, TARGET)
    if fewer.share_within < 1.0 - 1e-9:  # nearer to 1 a difference drowns in the last digits
        assert more.share_within > fewer.share_within
    assert more.mean_response_minutes < fewer.mean_response_minutes


def test_share_in_time_without_travel_is_the_queue_tail() -> None:
    target = StaffingTarget(within_minutes=5.0, share=0.9)
    level = staffing_level(8, 14.0, 30.0, TravelSpread(0.0), target)
    assert level.share_within == pytest.approx(1 - wait_exceeds(8, 14.0, 30.0, 5.0), rel=1e-9)


def test_share_in_time_agrees_with_drawn_waits_and_ways() -> None:
    rng = np.random.default_rng(7)
    level = staffing_level(9, 12.0, 30.0, LAW, TARGET)
    service = 31.0 + level.mean_travel_minutes
    states = state_probabilities(9, level.load_crews, queue=True)
    size = 400_000
    free = 9 - rng.choice(10, size=size, p=states)
    wait = np.where(free == 0, rng.exponential(service / (9 - level.load_crews), size), 0.0)
    mean = 60 * 0.63 / 30 * np.sqrt(40.0 / np.maximum(free, 1))
    way = mean * np.sqrt(-np.log(rng.random(size)) * 4 / math.pi)
    assert level.share_within == pytest.approx(np.mean(2.0 + wait + way <= 10.0), abs=0.003)


def test_an_impossible_promise_is_refused_with_the_best_attainable() -> None:
    with pytest.raises(Refusal) as caught:
        crews_needed(3.0, 30.0, TravelSpread(12.0), TARGET, crews_max=500)
    assert caught.value.code == "response.unattainable"


def test_lagged_rates_keep_every_call_and_shift_them() -> None:
    rates = np.zeros(168)
    rates[20] = 6.0
    lagged = lagged_rates(rates, 75.0)
    assert lagged.sum() == pytest.approx(6.0)
    assert lagged[21] == pytest.approx(4.5)
    assert lagged[22] == pytest.approx(1.5)
    assert lagged_rates(rates, 75.0, statistic="max")[22] == 6.0
    assert np.array_equal(lagged_rates(rates, 60.0, statistic="max"), np.roll(rates, 1))


def test_the_week_is_staffed_hour_by_hour_after_the_lag() -> None:
    rates = np.full(168, 2.0)
    rates[40:44] = 12.0
    week = crews_needed_by_hour(rates, 45.0, LAW, TARGET, crews_min=2)
    assert week.crews.min() >= 2
    assert week.crews[41] > week.crews[38]
    assert week.crews[44] > week.crews[46]  # the busy hours echo after they end
    assert all(level.share_within >= 0.9 for level in week.levels)
