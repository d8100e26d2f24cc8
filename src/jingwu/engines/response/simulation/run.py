"""Replications: drawn, simulated in parallel, and gathered into one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import (
    HOURS_PER_WEEK,
    MINUTES_PER_WEEK,
    FloatArray,
    IntArray,
    hour_of_week,
)
from jingwu.engines.response.candidates import candidates_of
from jingwu.engines.response.facts import (
    SimulationCase,
    SquareRootLaw,
    TravelModel,
    TwoCrewStart,
)
from jingwu.engines.response.figures import (
    QUANTILES,
    Grouping,
    estimate_of,
    figures_of_groups,
    group_quantiles,
    sum_groups,
)
from jingwu.engines.response.report import Method, ResponseReport, SimulationTrace
from jingwu.engines.response.simulation.kernel import (
    AID,
    BY_AID,
    NO_ACCESS,
    OWN,
    SECOND_SLOT,
    SLOT,
    SPARE,
    Outcome,
    Plan,
    State,
    simulate,
)
from jingwu.engines.response.simulation.streams import (
    CREWS,
    TURNOUT,
    Calls,
    draw_calls,
    horizon_end_minutes,
    subset,
)
from jingwu.terms.refusal import Refusal

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Replication:
    """One finished replication, reduced to what the report needs."""

    sums: FloatArray  # (groups, columns)
    quantiles: FloatArray  # (groups, 2)
    index: IntArray  # (5, calls)
    response: FloatArray  # (calls,)
    bound: FloatArray  # (posts, 168)
    overtime_minutes: float
    aid_calls: int
    unserved_calls: int


def run(
    case: SimulationCase,
    *,
    replications: int,
    seed: int,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> ResponseReport:
    """Simulate ``case`` and return its response with 95 % confidence intervals.

    Each replication is a function of (seed, its number) alone: the same with any executor, and two cases
    with the same demand meet the same calls. Threads run in parallel (the kernel holds no lock).
    ``progress`` is told (finished, all) after each replication.
    Raises: BadInput for a case that cannot be run; Refusal ``response.nothing_counted`` without any call.
    """
    if replications < 1:
        raise ValueError("replications is at least 1")
    numbers = range(replications)
    results: Iterable[Replication]
    if executor is None:
        results = (_replicate(case, seed, number) for number in numbers)
    else:
        results = executor.map(_replicate, [case] * replications, [seed] * replications, numbers)
    finished: list[Replication] = []
    for result in results:
        finished.append(result)
        if progress is not None:
            progress(len(finished), replications)
    return _gather(case, finished, seed)


def prepare(case: SimulationCase) -> Plan:
    """Return the arrays the event loop reads: posts to ask by area, slots, and the edges of time."""
    table = candidates_of(case)
    areas, posts = table.posts.shape
    access = np.full((areas, posts), NO_ACCESS, dtype=np.int64)
    rows, places = np.nonzero(table.posts >= 0)
    right = np.where(table.is_aid, AID, np.where(table.is_spare, SPARE, OWN))
    access[rows, table.posts[rows, places]] = right[rows, places]
    crews = np.array(case.schedule.crews)
    slots = crews.max(axis=1)
    first_slot = np.concatenate(([0], np.cumsum(slots))).astype(np.int64)
    law = case.travel.mean_minutes(1.0) if isinstance(case.travel, SquareRootLaw) else 0.0
    speed = np.ones(HOURS_PER_WEEK)
    if isinstance(case.travel, TravelModel):
        speed = np.array(case.travel.speed_factor)
    asked = case.dispatch.aid_priority_at_most
    levels = sum(1 for p in case.priorities if asked is None or p <= asked)
    urgent = case.dispatch.aid_at_once_priority_at_most
    at_once = sum(1 for p in case.priorities if urgent is not None and p <= urgent)
    end = horizon_end_minutes(case)
    return Plan(
        candidates=table.posts,
        access=access,
        stand_in=table.stand_in,
        minutes=np.ascontiguousarray(table.minutes.T),
        speed=speed,
        crews=crews,
        first_slot=first_slot,
        slot_post=np.repeat(np.arange(posts), slots),
        hours_to_change=_hours_to_change(crews),
        rules=np.array(
            [
                levels,
                case.dispatch.aid_reserve_crews,
                case.two_crew_start is TwoCrewStart.TOGETHER,
                case.service_includes_travel,
                at_once,
            ],
            dtype=np.int64,
        ),
        aid_wait=float(case.dispatch.aid_wait_minutes),
        root_law_minutes=float(law),
        start=-float(np.ceil(case.warm_up_hours)) * 60.0,
        end=float(end),
        stop=float(end) + MINUTES_PER_WEEK,
    )


def _hours_to_change(crews: IntArray) -> IntArray:
    changed = np.any(crews != np.roll(crews, 1, axis=1), axis=0)
    ahead = np.zeros(HOURS_PER_WEEK, dtype=np.int64)
    if changed.any():
        for hour in range(HOURS_PER_WEEK):
            steps = np.arange(1, HOURS_PER_WEEK + 1)
            ahead[hour] = steps[np.argmax(changed[(hour + steps) % HOURS_PER_WEEK])]
    return ahead


def simulate_once(plan: Plan, calls: Calls, priorities: int) -> Outcome:
    """Run one replication's calls through the event loop."""
    count, posts = calls.arrival.size, plan.first_slot.size - 1
    out = Outcome(
        who=np.full((count, 3), -1, dtype=np.int64),
        times=np.full((count, 6), np.nan),
        bound=np.zeros((posts, HOURS_PER_WEEK)),
        overtime=np.zeros(1),
    )
    slots = plan.slot_post.size
    state = State(
        slots=np.zeros((slots, 2), dtype=np.int64),
        free=np.zeros(posts, dtype=np.int64),
        heap_time=np.zeros(slots + 1),
        heap_slot=np.zeros(slots + 1, dtype=np.int64),
        sizes=np.zeros(2, dtype=np.int64),
        ends=np.full((priorities, 2), -1, dtype=np.int64),
        links=np.empty((count, 2), dtype=np.int64),
        missing=calls.kinds[:, CREWS].copy(),
    )
    simulate(*plan, calls.kinds, calls.marks, *out, *state)
    return out


def _replicate(case: SimulationCase, seed: int, number: int) -> Replication:
    plan = prepare(case)
    calls = draw_calls(case, seed, number)
    out = simulate_once(plan, calls, len(case.priorities))
    grouping = Grouping.of(case)
    counted = (calls.arrival >= 0) & (calls.arrival < plan.end)
    served = np.flatnonzero(counted & (out.who[:, SLOT] >= 0))
    part = subset(calls, served)
    dispatch, arrive, clear, second_dispatch, _, second_clear = out.times[served].T
    response = arrive - part.arrival
    wait = dispatch - part.ready
    begin = dispatch if case.service_includes_travel else arrive
    second = second_clear - second_dispatch
    metrics = np.stack(
        [
            np.ones(served.size),
            response,
            part.ready - part.arrival,
            wait,
            part.marks[:, TURNOUT],
            arrive - dispatch - part.marks[:, TURNOUT],
            clear - begin,
            clear - dispatch + np.where(np.isnan(second), 0.0, second),
            (wait > 1e-9).astype(np.float64),
        ]
    )
    post = plan.slot_post[out.who[served, SLOT]]
    index = grouping.index(hour_of_week(part.arrival), part.priority, part.area, post)
    weight = np.ones(served.size)
    thresholds = np.array(case.thresholds_minutes, dtype=np.float64)
    return Replication(
        sums=sum_groups(index, metrics, weight, thresholds, grouping.size),
        quantiles=group_quantiles(index, response, weight, QUANTILES, grouping.size),
        index=index,
        response=response,
        bound=out.bound,
        overtime_minutes=float(out.overtime[0]),
        aid_calls=int(np.count_nonzero(out.who[served, BY_AID] == 1)),
        unserved_calls=int(np.count_nonzero(counted & (out.who[:, SLOT] < 0))),
    )


def _gather(case: SimulationCase, runs: list[Replication], seed: int) -> ResponseReport:
    grouping = Grouping.of(case)
    sums = np.stack([r.sums for r in runs])
    if not sums[:, 0, 0].any():
        raise Refusal(
            "response.nothing_counted",
            "模拟的各周内没有任何警情得到处置，无法给出响应时间。",
            "No call was served within the simulated weeks, so there is no response time to report.",
        )
    index = np.concatenate([r.index for r in runs], axis=1)
    response = np.concatenate([r.response for r in runs])
    pooled = group_quantiles(index, response, np.ones(response.size), QUANTILES, grouping.size)
    by_run = np.stack([r.quantiles for r in runs])
    weeks = case.horizon_weeks
    figures = figures_of_groups(sums, pooled, by_run, case.thresholds_minutes, weeks)
    _, hours, priorities, areas, posts = grouping.parts
    on_duty = case.schedule.crews * 60.0 * weeks
    bound = np.mean([r.bound for r in runs], axis=0)
    workload = np.divide(bound, on_duty, out=np.zeros_like(bound), where=on_duty > 0)
    duty = np.maximum(on_duty.sum(axis=1), 1e-9)
    shares = np.stack([r.bound.sum(axis=1) for r in runs]) / duty
    served = sums[:, 0, 0]
    return ResponseReport(
        method=Method.SIMULATION,
        overall=figures[0],
        by_hour=tuple(figures[hours]),
        by_priority=dict(zip(case.priorities, figures[priorities], strict=True)),
        by_area=dict(zip(case.areas, figures[areas], strict=True)),
        by_post=dict(zip(case.posts, figures[posts], strict=True)),
        workload=workload,
        workload_by_post={post: estimate_of(shares[:, j]) for j, post in enumerate(case.posts)},
        aid_share=estimate_of(np.array([r.aid_calls for r in runs]) / np.maximum(served, 1)),
        overtime_minutes_per_week=estimate_of(np.array([r.overtime_minutes for r in runs]) / weeks),
        unserved_calls_per_week=estimate_of(np.array([r.unserved_calls for r in runs]) / weeks),
        replications=len(runs),
        weeks=weeks,
        seed=seed,
    )


def replay(case: SimulationCase, *, seed: int, replication: int = 0) -> SimulationTrace:
    """Return one replication call by call, for drawing a simulated day on the map."""
    plan = prepare(case)
    calls = draw_calls(case, seed, replication)
    out = simulate_once(plan, calls, len(case.priorities))

    def place(slot: IntArray) -> tuple[IntArray, IntArray]:
        post = np.where(slot >= 0, plan.slot_post[slot], -1)
        return post, np.where(slot >= 0, slot - plan.first_slot[post], -1)

    post, crew = place(out.who[:, SLOT])
    second_post, second_crew = place(out.who[:, SECOND_SLOT])
    return SimulationTrace(
        arrival_minutes=calls.arrival,
        area_index=calls.area,
        priority_index=calls.priority,
        category_index=calls.category,
        post_index=post,
        crew=crew,
        dispatch_minutes=out.times[:, 0],
        arrive_minutes=out.times[:, 1],
        clear_minutes=out.times[:, 2],
        second_post_index=second_post,
        second_crew=second_crew,
        second_dispatch_minutes=out.times[:, 3],
        second_arrive_minutes=out.times[:, 4],
        second_clear_minutes=out.times[:, 5],
    )
