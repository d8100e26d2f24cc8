"""The hypercube against the published example, Erlang, and our own simulation."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.response.facts import (
    CrewSchedule,
    DemandModel,
    DispatchKind,
    DispatchRule,
    DurationFamily,
    DurationModel,
    SimulationCase,
    TravelModel,
)
from jingwu.engines.response.hypercube import (
    HypercubeMethod,
    HypercubeModel,
    correction,
    solve,
    solve_approximate,
    solve_exact,
)
from jingwu.engines.response.queueing import erlang_b, erlang_c
from jingwu.engines.response.simulation import run
from jingwu.engines.response.stability import Unstable
from jingwu.site.commands.bench_hypercube import square_model
from jingwu.terms.refusal import BadInput


def published() -> HypercubeModel:
    """Return the example of Larson & Odoni §5.4: 3 crews, λ = 1.5, μ = 1 (here per hour)."""
    return HypercubeModel(
        calls_per_hour=np.array([0.50, 0.25, 0.35, 0.40]),
        preferences=np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1]]),
        crews=np.ones(3),
        service_minutes=np.full(3, 60.0),
    )


def random_model(seed: int, units: int, utilisation: float, *, queue: bool) -> HypercubeModel:
    """Return crews and areas scattered over a square, the nearest crew asked first."""
    rng = np.random.default_rng(seed)
    areas = 3 * units
    way = np.abs(rng.random((areas, 1, 2)) - rng.random((1, units, 2))).sum(axis=2)
    weight = rng.random(areas) + 0.2
    return HypercubeModel(
        calls_per_hour=utilisation * units * 2.0 * weight / weight.sum(),
        preferences=np.argsort(way, axis=1),
        crews=np.ones(units),
        service_minutes=np.full(units, 30.0),
        queue=queue,
    )


def test_larson_and_odoni_to_four_decimals() -> None:
    model = published()
    exact = solve_exact(model)
    assert np.round(exact.workload, 4).tolist() == [0.5574, 0.4734, 0.4693]
    assert exact.all_busy == pytest.approx(0.23684, abs=5e-6)
    assert exact.away_share(model.calls_per_hour, model.preferences) == pytest.approx(0.43529, abs=5e-5)
    # The book stops at its third iteration, computed by hand; ours there, and the fixed point beyond it.
    printed = [0.5627, 0.4716, 0.4657]
    assert np.allclose(solve_approximate(model, iterations_max=3).workload, printed, rtol=0, atol=6e-5)
    assert np.allclose(solve_approximate(model).workload, printed, rtol=0, atol=1.1e-4)
    assert [round(correction(3, 0.5, j), 5) for j in range(3)] == [1.0, 0.73684, 0.63158]


@given(st.integers(0, 10_000), st.integers(2, 7), st.floats(0.1, 0.95), st.booleans())
@settings(max_examples=40, deadline=None)
def test_all_busy_is_erlang_and_no_call_is_lost_on_the_way(
    seed: int, units: int, utilisation: float, queue: bool
) -> None:
    model = random_model(seed, units, utilisation, queue=queue)
    erlang = erlang_c if queue else erlang_b
    for result in (solve_exact(model), solve_approximate(model)):
        assert result.all_busy == pytest.approx(erlang(units, utilisation * units), rel=1e-6)
        assert np.allclose(result.dispatch.sum(axis=1), 1.0 - result.all_busy, atol=1e-8)
        carried = utilisation * units * (1.0 if queue else 1.0 - result.all_busy)
        assert result.workload.sum() == pytest.approx(carried, rel=1e-6)


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=10, deadline=None)
def test_exact_states_balance_by_brute_force(seed: int, queue: bool) -> None:
    """The workloads equal those of the generator's null vector, solved densely and independently."""
    units = 5
    model = random_model(seed, units, 0.6, queue=False)
    size = 1 << units
    generator = np.zeros((size, size))
    for state in range(size):
        for rate, row in zip(model.calls_per_hour / 60.0, model.preferences, strict=True):
            free = [n for n in row if not state >> n & 1]
            if free:
                generator[state, state | 1 << free[0]] += rate
        for n in range(units):
            if state >> n & 1:
                generator[state, state & ~(1 << n)] += 1 / 30.0
        generator[state, state] -= generator[state].sum()
    balance = np.vstack([generator.T, np.ones(size)])
    states = np.linalg.lstsq(balance, np.append(np.zeros(size), 1.0), rcond=None)[0]
    workload = [sum(states[s] for s in range(size) if s >> n & 1) for n in range(units)]
    assert np.allclose(solve_exact(model).workload, workload, atol=1e-7)


@given(st.integers(0, 1000), st.sampled_from((0.5, 0.7, 0.85)))
@settings(max_examples=12, deadline=None)
def test_the_approximation_is_near_wherever_crews_stand(seed: int, utilisation: float) -> None:
    """Within 3 % of the mean load on average; a lone crew may be missed by more (holds for every seed)."""
    model = random_model(seed, 10, utilisation, queue=True)
    error = np.abs(solve_approximate(model).workload - solve_exact(model).workload) / utilisation
    assert error.mean() <= 0.03
    assert error.max() <= 0.12


def test_the_approximation_of_twenty_crews_is_within_six_percent() -> None:
    """The gate, on the city that ``jingwu bench hypercube --units 20`` reports."""
    model = square_model(20, 0.5, 1)
    exact, near = solve_exact(model).workload, solve_approximate(model).workload
    assert np.abs(near / exact - 1.0).max() <= 0.06
    assert np.mean(np.abs(near / exact - 1.0)) <= 0.02


@pytest.mark.parametrize(("units", "seconds"), [(10, 0.005), (15, 1.0)])
def test_exact_solutions_come_in_time(units: int, seconds: float) -> None:
    model = square_model(units, 0.5, 1)
    solve_exact(model)  # compile
    taken = []
    for _ in range(5):
        begin = time.perf_counter()
        solve_exact(model)
        taken.append(time.perf_counter() - begin)
    assert min(taken) <= seconds


def test_unequal_service_carries_what_is_dispatched() -> None:
    base = random_model(3, 6, 0.5, queue=False)
    model = HypercubeModel(
        base.calls_per_hour, base.preferences, base.crews, np.array([20.0, 25, 30, 35, 40, 45]), queue=False
    )
    exact, jarvis = solve_exact(model), solve_approximate(model)
    minutes = (model.calls_per_hour[:, None] / 60.0 * exact.dispatch).sum(axis=0) * model.service_minutes[0]
    assert np.allclose(minutes, exact.workload, atol=1e-7)
    assert np.allclose(jarvis.workload, exact.workload, rtol=0.06)


def test_service_by_area_is_calibrated() -> None:
    base = random_model(4, 5, 0.5, queue=True)
    service = 20.0 + 20.0 * np.random.default_rng(1).random((15, 5))
    model = HypercubeModel(base.calls_per_hour, base.preferences, base.crews, service)
    exact, jarvis = solve_exact(model), solve_approximate(model)
    served = model.calls_per_hour[:, None] / 60.0 * (exact.dispatch + exact.delayed)
    assert np.allclose((served * service).sum(axis=0), exact.workload, atol=1e-6)
    assert np.allclose(jarvis.workload, exact.workload, rtol=0.07)


@pytest.mark.parametrize("queue", [True, False])
def test_several_crews_at_a_post_follow_the_exact_model(queue: bool) -> None:
    rng = np.random.default_rng(5)
    way = rng.random((12, 4))
    model = HypercubeModel(
        np.full(12, 0.8), np.argsort(way, axis=1), np.array([3, 1, 2, 2]), np.full(4, 30.0), queue=queue
    )
    exact, approximate = solve_exact(model), solve_approximate(model)
    assert np.allclose(approximate.workload, exact.workload, rtol=0.06)
    assert np.allclose(approximate.dispatch, exact.dispatch, atol=0.05)


@pytest.mark.parametrize(("seed", "utilisation"), [(7, 0.6), (11, 0.35), (23, 0.8)])
def test_simulation_agrees_within_its_confidence(seed: int, utilisation: float) -> None:
    """Exponential service, fixed preferences: both describe one and the same queue."""
    model = random_model(seed, 6, utilisation, queue=True)
    exact = solve_exact(model)
    areas, posts = tuple(f"a{i}" for i in range(18)), tuple(f"p{j}" for j in range(6))
    minutes = np.random.default_rng(2).random((6, 18)) * 10.0
    case = SimulationCase(
        posts=posts,
        areas=areas,
        demand=DemandModel(areas, (1,), np.repeat(model.calls_per_hour[:, None, None], 168, axis=2)),
        travel=TravelModel(posts, areas, minutes),
        schedule=CrewSchedule(posts, np.ones((6, 168), dtype=np.int64)),
        on_scene=DurationModel(DurationFamily.EXPONENTIAL, np.full((1, 1), 30.0)),
        dispatch=DispatchRule(DispatchKind.PREFERENCE, preferences=model.preferences),
        thresholds_minutes=(5.0,),
        service_includes_travel=True,
        horizon_weeks=25,
        warm_up_hours=48.0,
    )
    report = run(case, replications=16, seed=1)

    def inside(estimate: object, value: float) -> bool:
        return abs(estimate.value - value) <= 1.5 * estimate.half_width  # type: ignore[attr-defined]

    for j, post in enumerate(posts):
        assert inside(report.workload_by_post[post], exact.workload[j])
    assert inside(report.overall.waited_share, exact.all_busy)
    assert inside(report.overall.queue_wait_minutes, exact.mean_wait_minutes)
    assert inside(report.overall.travel_minutes, exact.mean_travel_minutes(model.calls_per_hour, minutes))


def test_too_large_for_memory_falls_to_the_approximation_and_says_so() -> None:
    model = random_model(1, 8, 0.5, queue=True)
    assert solve(model).method is HypercubeMethod.EXACT
    result = solve(model, memory_bytes_max=1000)
    assert result.method is HypercubeMethod.APPROXIMATE
    assert "8" in result.note_zh
    assert "approximation" in result.note_en
    assert solve(random_model(1, 60, 0.5, queue=True)).method is HypercubeMethod.APPROXIMATE


def test_lists_that_end_lose_calls_only_without_a_queue() -> None:
    lists = np.array([[0, -1], [1, 0]])
    model = HypercubeModel(np.array([1.0, 1.0]), lists, np.ones(2), np.full(2, 30.0), queue=False)
    served = solve_exact(model).dispatch.sum(axis=1)
    assert served[0] < served[1] < 1.0
    with pytest.raises(ValueError, match="split"):
        HypercubeModel(np.array([1.0, 1.0]), lists, np.ones(2), np.full(2, 30.0), queue=True)


def test_bad_facts_are_refused() -> None:
    lists, crews, service = np.array([[0, 1]]), np.ones(2), np.full(2, 30.0)
    with pytest.raises(BadInput, match="没有任何警情"):
        HypercubeModel(np.zeros(1), lists, crews, service)
    with pytest.raises(BadInput) as caught:
        HypercubeModel(np.ones(1), lists, crews, np.array([np.nan, 30.0]))
    assert caught.value.code == "response.service_bad"
    with pytest.raises(BadInput) as caught:
        HypercubeModel(np.ones(1), np.array([[-1, -1]]), crews, service, queue=False)
    assert caught.value.code == "response.unreachable_areas"
    with pytest.raises(Unstable) as unstable:
        HypercubeModel(np.array([5.0]), lists, crews, service)
    assert unstable.value.crews_needed == 3
