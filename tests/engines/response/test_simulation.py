"""The simulation against closed forms, conservation laws and itself."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.response.facts import (
    CallList,
    CrewSchedule,
    DemandModel,
    DispatchKind,
    DispatchRule,
    DurationFamily,
    DurationModel,
    SimulationCase,
    SquareRootLaw,
    TravelModel,
    TwoCrewStart,
)
from jingwu.engines.response.queueing import priority_waits, queue_figures, two_crew_queue
from jingwu.engines.response.simulation import physical_limit, replay, run
from jingwu.engines.response.synthetic import square_city
from jingwu.terms.refusal import BadInput

HOURS = 168


def one_place(crews: int, calls_per_hour: tuple[float, ...], **changes: object) -> SimulationCase:
    """Return an M/M/c district: one post, one area, no way to go, 30 exponential minutes on scene."""
    levels = len(calls_per_hour)
    rates = np.repeat(np.array(calls_per_hour)[None, :, None], HOURS, axis=2)
    facts: dict[str, object] = {
        "posts": ("p",),
        "areas": ("a",),
        "demand": DemandModel(("a",), tuple(range(1, levels + 1)), rates),
        "travel": TravelModel(("p",), ("a",), np.zeros((1, 1))),
        "schedule": CrewSchedule(("p",), np.full((1, HOURS), crews)),
        "on_scene": DurationModel(DurationFamily.EXPONENTIAL, np.full((levels, 1), 30.0)),
        "dispatch": DispatchRule(DispatchKind.NEAREST),
        "thresholds_minutes": (5.0, 18.0),
        "horizon_weeks": 30,
    }
    return SimulationCase(**{**facts, **changes})  # type: ignore[arg-type]


def near(estimate: object, value: float) -> bool:
    """Return whether a value lies within one and a half half-widths (a 99.7 % interval)."""
    return abs(estimate.value - value) <= 1.5 * estimate.half_width  # type: ignore[attr-defined]


def test_one_post_is_the_erlang_queue() -> None:
    report = run(one_place(5, (8.0,)), replications=12, seed=3)
    exact = queue_figures(5, 8.0, 30.0)
    assert near(report.overall.queue_wait_minutes, exact.mean_wait_minutes)
    assert near(report.overall.waited_share, exact.wait_probability)
    assert near(report.workload_by_post["p"], exact.utilisation)
    assert near(report.overall.on_scene_minutes, 30.0)
    assert report.unserved_calls_per_week.value == 0


def test_the_urgent_go_first_as_cobham_says() -> None:
    report = run(one_place(4, (2.0, 4.0)), replications=16, seed=5)
    for level, exact in enumerate(priority_waits(4, (2.0, 4.0), 30.0), start=1):
        assert near(report.by_priority[level].queue_wait_minutes, exact.mean_minutes)


def test_pairs_that_start_together_follow_green() -> None:
    case = one_place(4, (3.0,), two_crew_share=(0.4,), two_crew_start=TwoCrewStart.TOGETHER)
    report = run(case, replications=16, seed=11)
    exact = two_crew_queue(4, 3.0, 30.0, 0.4)
    assert near(report.overall.queue_wait_minutes, exact.mean_wait_minutes)
    assert near(report.workload_by_post["p"], exact.utilisation)
    eager = run(dataclasses.replace(case, two_crew_start=TwoCrewStart.FIRST_GOES), replications=16, seed=11)
    assert eager.overall.queue_wait_minutes.value < report.overall.queue_wait_minutes.value


def test_the_four_parts_add_up_to_the_response() -> None:
    city = square_city(6, 3000)
    minutes = np.full((2, 1), 1.5)
    case = dataclasses.replace(
        city,
        call_handling=DurationModel(DurationFamily.LOGNORMAL, minutes, minutes / 2),
        turnout=DurationModel(DurationFamily.EXPONENTIAL, minutes),
        warm_up_hours=24.0,
    )
    report = run(case, replications=3, seed=2)
    for figures in (report.overall, *report.by_priority.values(), *report.by_area.values()):
        parts = (
            figures.call_handling_minutes,
            figures.queue_wait_minutes,
            figures.turnout_minutes,
            figures.travel_minutes,
        )
        assert sum(part.value for part in parts) == pytest.approx(figures.mean_minutes.value)
    assert near(report.overall.call_handling_minutes, 1.5)
    assert near(report.overall.turnout_minutes, 1.5)


def test_every_group_counts_every_call_once() -> None:
    report = run(square_city(6, 3000), replications=2, seed=2)
    total = report.overall.calls_per_week
    for groups in (
        report.by_hour,
        report.by_priority.values(),
        report.by_area.values(),
        report.by_post.values(),
    ):
        assert sum(figures.calls_per_week for figures in groups) == pytest.approx(total)
    bound = sum(
        figures.crew_minutes.value * figures.calls_per_week
        for figures in report.by_post.values()
        if figures.calls_per_week
    )
    assert report.workload.sum() * 60.0 == pytest.approx(
        bound, rel=0.02
    )  # the last calls end after the horizon


@given(st.integers(0, 1000), st.integers(1, 3), st.floats(0.0, 0.3))
@settings(max_examples=15, deadline=None)
def test_no_call_is_lost_or_made_up(seed: int, crews: int, pairs: float) -> None:
    """Every call that comes in within the horizon is served once or reported as unserved."""
    city = square_city(4, 600)
    case = dataclasses.replace(
        city, two_crew_share=(pairs, 0.0), schedule=CrewSchedule(city.posts, np.full((4, HOURS), crews))
    )
    trace, report = replay(case, seed=seed), run(case, replications=1, seed=seed)
    weeks = case.horizon_weeks
    counted = (trace.arrival_minutes >= 0) & (trace.arrival_minutes < weeks * HOURS * 60.0)
    served = ~np.isnan(trace.dispatch_minutes)
    unserved = report.unserved_calls_per_week.value * weeks
    assert int(counted.sum()) == round(report.overall.calls_per_week * weeks + unserved)
    assert int((counted & ~served).sum()) == round(unserved)
    assert np.all(trace.clear_minutes[served] >= trace.arrive_minutes[served])


def test_any_executor_gives_the_same_report() -> None:
    case = square_city(5, 2000)
    with ThreadPoolExecutor(2) as pool:
        heard: list[tuple[int, int]] = []
        threaded = run(
            case,
            replications=4,
            seed=9,
            executor=pool,
            progress=lambda done, all_: heard.append((done, all_)),
        )
    plain = run(case, replications=4, seed=9)
    assert threaded.overall == plain.overall
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert run(case, replications=4, seed=10).overall != plain.overall


def test_two_plans_meet_the_same_calls() -> None:
    case = square_city(5, 2000)
    more = dataclasses.replace(case, schedule=CrewSchedule(case.posts, np.full((5, HOURS), 2)))
    one, two = replay(case, seed=4), replay(more, seed=4)
    assert np.array_equal(one.arrival_minutes, two.arrival_minutes)
    assert np.array_equal(one.area_index, two.area_index)
    assert np.nanmean(two.arrive_minutes - two.arrival_minutes) < np.nanmean(
        one.arrive_minutes - one.arrival_minutes
    )


@given(st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_no_crew_is_in_two_places(seed: int) -> None:
    case = dataclasses.replace(square_city(4, 800), two_crew_share=(0.3, 0.1))
    trace = replay(case, seed=seed)
    begin = np.concatenate([trace.dispatch_minutes, trace.second_dispatch_minutes])
    end = np.concatenate([trace.clear_minutes, trace.second_clear_minutes])
    who = np.concatenate(
        [trace.post_index * 100 + trace.crew, trace.second_post_index * 100 + trace.second_crew]
    )
    for crew in set(who[~np.isnan(begin)].tolist()):
        own = (who == crew) & ~np.isnan(begin)
        order = np.argsort(begin[own], kind="stable")
        assert np.all(end[own][order][:-1] <= begin[own][order][1:] + 1e-9)
    assert np.all(trace.dispatch_minutes >= trace.arrival_minutes - 1e-9)
    paired = ~np.isnan(trace.second_dispatch_minutes)
    assert np.all(trace.second_dispatch_minutes[paired] >= trace.dispatch_minutes[paired])


def test_the_physical_limit_is_never_beaten() -> None:
    city = square_city(6, 3000)
    limit = physical_limit(city).overall
    rich = dataclasses.replace(city, schedule=CrewSchedule(city.posts, np.full((6, HOURS), 30)))
    report = run(rich, replications=4, seed=1)
    assert near(report.overall.mean_minutes, limit.mean_minutes.value)  # with crews in plenty it is reached
    busy = run(city, replications=2, seed=1).overall
    assert busy.mean_minutes.value > limit.mean_minutes.value
    assert limit.queue_wait_minutes.value == 0


def two_offices(kind: DispatchKind, **rule: object) -> SimulationCase:
    """Return a busy west office and an idle east one, 20 minutes apart, one crew each."""
    rates = np.zeros((2, 2, HOURS))
    rates[0, :, :] = 0.6
    rates[1, :, :] = 0.05
    areas, posts = ("west", "east"), ("west", "east")
    return SimulationCase(
        posts=posts,
        areas=areas,
        demand=DemandModel(areas, (1, 2), rates),
        travel=TravelModel(posts, areas, np.array([[4.0, 20.0], [20.0, 4.0]])),
        schedule=CrewSchedule(posts, np.ones((2, HOURS), dtype=np.int64)),
        on_scene=DurationModel(DurationFamily.EXPONENTIAL, np.full((2, 1), 30.0)),
        dispatch=DispatchRule(kind, own=np.eye(2, dtype=np.bool_), **rule),  # type: ignore[arg-type]
        thresholds_minutes=(5.0,),
        horizon_weeks=10,
    )


def test_offices_on_their_own_never_cross_and_aid_shortens_the_wait() -> None:
    alone = run(two_offices(DispatchKind.OWN_ONLY), replications=3, seed=1)
    aided = run(two_offices(DispatchKind.OWN_FIRST), replications=3, seed=1)
    assert alone.aid_share.value == 0
    assert alone.overall.travel_minutes.value == pytest.approx(4.0)
    assert aided.aid_share.value > 0.1
    assert aided.overall.queue_wait_minutes.value < alone.overall.queue_wait_minutes.value


def test_limits_of_mutual_aid_are_kept() -> None:
    urgent = run(two_offices(DispatchKind.OWN_FIRST, aid_priority_at_most=1), replications=2, seed=1)
    assert urgent.by_priority[1].travel_minutes.value > 4.0
    assert urgent.by_priority[2].travel_minutes.value == pytest.approx(4.0)
    for rule in (
        {"aid_reserve_crews": 1},
        {"aid_travel_minutes_max": 10.0},
        {"aid_allowed": np.zeros((2, 2))},
    ):
        assert run(two_offices(DispatchKind.OWN_FIRST, **rule), replications=1, seed=1).aid_share.value == 0


def test_crews_leave_at_the_end_of_the_shift_but_finish_the_call() -> None:
    crews = np.zeros((1, HOURS), dtype=np.int64)
    crews[0, 8:16] = 2
    calls = CallList(
        ("a",),
        (1,),
        arrival_minutes=np.array([7 * 60.0, 15 * 60 + 50.0, 16 * 60 + 5.0]),
        area_index=np.zeros(3),
        priority_index=np.zeros(3),
        on_scene_minutes=np.full(3, 25.0),
    )
    case = one_place(1, (1.0,), schedule=CrewSchedule(("p",), crews), demand=calls, horizon_weeks=1)
    trace = replay(case, seed=0)
    week = HOURS * 60.0
    assert trace.dispatch_minutes.tolist() == [8 * 60.0, 15 * 60 + 50.0, week + 8 * 60.0]
    report = run(case, replications=1, seed=0)
    assert report.overtime_minutes_per_week.value == pytest.approx(15.0)
    assert report.workload[0, 8] == pytest.approx(25.0 / 120.0)


def test_square_root_travel_shrinks_with_free_crews() -> None:
    law = SquareRootLaw(0.63, 30.0, 25.0)
    case = one_place(8, (0.2,), travel=law, horizon_weeks=60)
    report = run(case, replications=6, seed=3)
    # Nearly always all eight are free.
    assert report.overall.travel_minutes.value == pytest.approx(law.mean_minutes(8), rel=0.03)
    assert physical_limit(case).overall.mean_minutes.value == pytest.approx(law.mean_minutes(8))


def test_busy_days_spread_the_counts() -> None:
    case = one_place(5, (2.0,), horizon_weeks=40)
    spread = dataclasses.replace(case, demand=dataclasses.replace(case.demand, day_dispersion=0.05))
    for chosen, expected in ((case, 1.0), (spread, 1 + 0.05 * 48.0)):
        days = np.bincount((replay(chosen, seed=8).arrival_minutes // 1440).astype(int) + 1, minlength=281)[
            1:
        ]
        assert days.var() / days.mean() == pytest.approx(expected, rel=0.25)


def test_facts_no_district_can_be_run_with_are_refused() -> None:
    case = square_city(3, 500)
    empty = dataclasses.replace(case.demand, calls_per_hour=np.zeros_like(case.demand.calls_per_hour))
    lost = np.array(case.travel.minutes)
    lost[:, 2] = np.inf
    broken = np.array(case.travel.minutes)
    broken[0, 0] = np.nan
    for code, change in (
        ("response.zero_demand", lambda: {"demand": empty}),
        ("response.unreachable_areas", lambda: {"travel": dataclasses.replace(case.travel, minutes=lost)}),
        ("response.travel_nan", lambda: {"travel": dataclasses.replace(case.travel, minutes=broken)}),
        ("response.no_crews", lambda: {"schedule": CrewSchedule(case.posts, np.zeros((3, HOURS)))}),
    ):
        with pytest.raises(BadInput) as caught:
            dataclasses.replace(case, **change())
        assert caught.value.code == code
