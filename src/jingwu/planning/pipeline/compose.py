"""The pipeline: facts to plan, engine by engine; no engine knows another, and this knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.report import ResponseReport
from jingwu.engines.staffing.allocation import Allocation, allocate
from jingwu.engines.staffing.allocation_model import AllocationCase
from jingwu.engines.staffing.assignment import Assignment, assign
from jingwu.engines.staffing.deployment import (
    Deployment,
    DeploymentCase,
    crew_gains,
    place_tours,
)
from jingwu.engines.staffing.facts import Beat, IntArray, Person, StaffingParams
from jingwu.engines.staffing.groups import Grouping, make_groups
from jingwu.engines.staffing.moves import Move, moves_of
from jingwu.engines.staffing.requirement import Requirement, require
from jingwu.engines.staffing.roles import LEAD_ROLE
from jingwu.engines.staffing.rules import check
from jingwu.engines.staffing.tours import TourSet, tours_of
from jingwu.engines.staffing.verdicts import StaffedDistrict, Verdict
from jingwu.norms import Norms
from jingwu.planning.district import District
from jingwu.planning.pipeline.calibration import Calibration, calibrate
from jingwu.planning.pipeline.clock import Clock, Progress
from jingwu.planning.pipeline.cost import CostCurve, cost_curve
from jingwu.planning.pipeline.demand import (
    answer_curve,
    demand_of,
    deployment_case,
    load_hours_per_week,
)
from jingwu.planning.pipeline.ground import HOURS, Ground, lay_ground
from jingwu.planning.pipeline.habit import Check, Habit, check_today, find_habit, record_of, rules_of
from jingwu.planning.pipeline.norms import DeploymentNorms, deployment_norms, staffing_params
from jingwu.planning.pipeline.params import PlanParams
from jingwu.planning.pipeline.people import beats_of, people_of, plan_day, planned_work, today_heads
from jingwu.planning.pipeline.result import PlanResult, digest_of
from jingwu.planning.pipeline.simulate import Stage
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True, eq=False)
class Draft:
    """Everything a plan is told from, before it is put into plain values."""

    district: District
    ground: Ground
    params: PlanParams
    staffing: StaffingParams
    deployment_norms: DeploymentNorms
    people: tuple[Person, ...]
    assumed: bool
    beats: tuple[Beat, ...]
    tour_set: TourSet
    requirement: Requirement
    tours_total: int
    load_hours: float
    crews_today: IntArray
    allocation: Allocation
    measured: Calibration
    deployment: Deployment | None = None
    assignment: Assignment | None = None
    grouping: Grouping | None = None
    moves: tuple[Move, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    habit: Habit | None = None
    check: Check | None = None
    today: ResponseReport | None = None
    today_with_aid: ResponseReport | None = None
    plan: ResponseReport | None = None
    limit: ResponseReport | None = None
    limit_share: float = 0.0
    cost: CostCurve | None = None


def compute(
    district: District,
    params: PlanParams,
    norms: Norms,
    *,
    seed: int,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> PlanResult:
    """Return the staffing and deployment plan of a district.

    ``executor`` runs replications and offices side by side and never changes the outcome; ``progress`` is
    told the step's name and the share done. Raises BadInput when the facts cannot be planned with; when the
    rules
    allow no lawful plan the result says which of them are in conflict.
    """
    from jingwu.planning.pipeline.tell import tell

    clock = Clock(progress)
    draft, placement, stage = _draft(district, params, norms, clock, seed=seed, executor=executor)
    if draft.allocation.conflict is None:
        draft = _staff(draft, placement, clock)
        draft = _measure(draft, placement, stage, clock, seed=seed, executor=executor)
    digest = digest_of(district.digest, str(norms.version), params.to_dict(), seed)
    result = tell(draft, digest, norms_version=str(norms.version), seed=seed)
    clock.done("rules")
    object.__setattr__(result, "steps", tuple(clock.steps))  # times are no part of what was computed
    return result


def _draft(
    district: District,
    params: PlanParams,
    norms: Norms,
    clock: Clock,
    *,
    seed: int,
    executor: Executor | None,
) -> tuple[Draft, DeploymentCase, Stage]:
    """Lay the ground, estimate the demand, and share the strength out over the offices."""
    clock.inside("facts")
    deployment = deployment_norms(norms)
    minutes = params.target_minutes or norms.response.target_minutes
    staffing = staffing_params(norms, deployment, minutes, params.target_share or norms.response.target_share)
    ground = lay_ground(district, params, norms, deployment, seed=seed)
    people, assumed = people_of(district, ground, params, norms, plan_day(district, params))
    measured = calibrate(district, ground, deployment)
    ground, deployment = measured.applied(ground, deployment)
    demand, on_scene = demand_of(ground, deployment), measured.scene_by_priority()
    tour_set = tours_of(staffing.patterns)
    clock.done("facts")

    clock.inside("requirement")
    crews_today = crews_today_of(district, ground, people, staffing, deployment, tour_set)
    tours_total = _tours_total(district, people, crews_today, staffing, tour_set, len(ground.offices))
    hours = tours_total * float(tour_set.minutes.mean()) / 60
    curve = answer_curve(ground, demand, on_scene, deployment, staffing, hours)
    first = require(curve, (), staffing, executor=executor)
    work = planned_work(district, ground, norms, first.crews.sum(axis=1).astype(np.float64), staffing)
    requirement = first.with_work(work, staffing)
    clock.done("requirement")

    clock.inside("allocation")
    placement = deployment_case(ground, demand, on_scene, deployment, minutes, hours)
    officers = sum(person.category is PersonCategory.OFFICER for person in people)
    most = min(
        max(1, tours_total), max(2, int(requirement.tours.max()) + 2, 3 * officers // len(ground.offices))
    )
    case = AllocationCase(
        requirement=requirement,
        strength=_strength(people),
        gains=crew_gains(placement, tour_set, most, tours_total),
        tours_total=tours_total,
        today=today_heads(people),
        params=staffing,
        strict=frozenset(params.strict),
        gain_tolerance_share=deployment.gain_tolerance_share,
        composition_tolerance_share=deployment.composition_tolerance_share,
        moves_gap_share=deployment.moves_gap_share,
    )
    allocation = allocate(case)
    clock.done("allocation")
    draft = Draft(
        district=district,
        ground=ground,
        params=params,
        staffing=staffing,
        deployment_norms=deployment,
        people=people,
        assumed=assumed,
        beats=beats_of(district, ground, norms),
        tour_set=tour_set,
        requirement=requirement,
        tours_total=tours_total,
        load_hours=load_hours_per_week(ground, demand, on_scene, deployment),
        crews_today=crews_today,
        allocation=allocation,
        measured=measured,
    )
    return draft, placement, Stage(ground, demand, on_scene, deployment, minutes, measured)


def _strength(people: tuple[Person, ...]) -> dict[PersonCategory, int]:
    return {
        category: heads
        for category in PersonCategory
        if (heads := sum(person.category is category for person in people))
    }


def crews_today_of(
    district: District,
    ground: Ground,
    people: tuple[Person, ...],
    staffing: StaffingParams,
    deployment: DeploymentNorms,
    tour_set: TourSet,
) -> IntArray:
    """Return today's crews (offices, 168): as recorded, or each office's officers on the habitual tours
    in turn."""
    if district.crews_today is not None:
        return district.crews_today.astype(np.int64)
    offices = len(ground.offices)
    index = {code: number for number, code in enumerate(ground.codes)}
    officers = np.zeros(offices, dtype=np.int64)
    homeless = 0
    for person in people:
        if person.category is PersonCategory.OFFICER:
            if person.office in index:
                officers[index[person.office]] += 1
            else:
                homeless += 1
    officers += homeless // offices
    officers[: homeless % offices] += 1
    crews = np.zeros((offices, HOURS), dtype=np.int64)
    share = staffing.availability_share[PersonCategory.OFFICER]
    free = np.maximum(officers - 1, 0)  # the lead coordinates
    tours = _rounded(free * share)
    habit = [tour_set.index(code) for code in deployment.habit_patterns]
    for office, count in enumerate(tours.tolist()):
        for number in range(count):
            crews[office] += tour_set.cover[habit[number % len(habit)]].astype(np.int64)
    return crews


def _rounded(amounts: np.ndarray) -> IntArray:
    """Round to whole numbers that keep the sum rounded down (largest remainders, the first of equals)."""
    floor = np.floor(amounts).astype(np.int64)
    rest = int(np.floor(amounts.sum() + 1e-9)) - int(floor.sum())
    order = np.argsort(-(amounts - floor), kind="stable")
    floor[order[:rest]] += 1
    return floor


def _tours_total(
    district: District,
    people: tuple[Person, ...],
    crews_today: IntArray,
    staffing: StaffingParams,
    tour_set: TourSet,
    offices: int,
) -> int:
    """Return the weekly tours at hand.

    Where today's crews are on record the officers demonstrably give those hours, and the plan gets no hour
    more; officers added or taken away bring or cost their share. Else contract hours net of leave and
    training.
    """
    officers = [person for person in people if person.category is PersonCategory.OFFICER]
    tour_hours = float(tour_set.minutes.mean()) / 60
    share = staffing.availability_share[PersonCategory.OFFICER]
    usual = staffing.weekly_minutes[PersonCategory.OFFICER]
    if district.crews_today is not None and crews_today.sum():
        before = sum(person.category is PersonCategory.OFFICER for person in district.people)
        hours = float(crews_today.sum()) * (len(officers) / before if before else 1.0)
    else:
        leads = min(offices, len(officers))
        minutes = sorted((person.weekly_minutes or usual for person in officers), reverse=True)
        hours = sum(minutes[leads:]) / 60 * share
    return max(1, int(hours / tour_hours + 1e-9)) if officers else 0


def _staff(draft: Draft, placement: DeploymentCase, clock: Clock) -> Draft:
    """Place the tours, name the people, form groups and give out beats."""
    allocation, ground, staffing = draft.allocation, draft.ground, draft.staffing
    clock.inside("deployment")
    counts = np.array([allocation.tours[code] for code in ground.codes], dtype=np.int64)
    deployment = place_tours(
        placement, draft.tour_set, counts, fewest_on_duty=draft.deployment_norms.fewest_on_duty
    )
    clock.done("deployment")
    clock.inside("assignment")
    assignment = assign(draft.people, ground.offices, draft.beats, allocation.posts, staffing)
    people = {person.code: person for person in draft.people}
    codes = {
        office: [draft.tour_set.tours[tour].code for tour in own]
        for office, own in zip(ground.codes, deployment.tours, strict=True)
    }
    grouping = make_groups(assignment.placements, people, ground.offices, draft.beats, codes, staffing)
    tour_hours = float(draft.tour_set.minutes.mean()) / 60
    moves = moves_of(
        assignment.placements,
        grouping,
        dict(zip(ground.codes, draft.requirement.tours.tolist(), strict=True)),
        dict(zip(ground.codes, (draft.crews_today.sum(axis=1) / tour_hours).tolist(), strict=True)),
        {office: float(tours) for office, tours in allocation.tours.items()},
        _post_change(draft, assignment),
    )
    clock.done("assignment")
    return _with(draft, deployment=deployment, assignment=assignment, grouping=grouping, moves=moves)


def _post_change(
    draft: Draft, assignment: Assignment
) -> Mapping[tuple[str, PersonCategory], tuple[int, int, int]]:
    today = today_heads(draft.people)
    plan: dict[tuple[str, PersonCategory], int] = {}
    for placement in assignment.placements:
        key = (placement.office, placement.category)
        plan[key] = plan.get(key, 0) + 1
    return {key: (today.get(key, 0), plan.get(key, 0), 0) for key in sorted({*today, *plan})}


def _measure(
    draft: Draft,
    placement: DeploymentCase,
    stage: Stage,
    clock: Clock,
    *,
    seed: int,
    executor: Executor | None,
) -> Draft:
    """Simulate today, plan and limit, draw the cost curve, and ask the rules."""
    assert draft.deployment is not None
    assert draft.assignment is not None
    assert draft.grouping is not None
    runs = draft.params.replications
    clock.inside("habit")
    few = stage.deployment.calibration_records_min
    record = record_of(draft.measured, stage.target_minutes, few)
    rules = rules_of(stage.ground, stage.deployment)
    habit = find_habit(stage, draft.crews_today, rules, record, seed=seed, executor=executor)
    clock.done("habit")
    told = stage.with_curve()
    now = told.with_dispatch(habit.rule.dispatch)
    today = now.simulate(
        draft.crews_today, replications=runs, seed=seed, executor=executor, progress=clock.inside("today")
    )
    with_aid = today
    if not habit.is_plans_rule:
        with_aid = told.simulate(draft.crews_today, replications=runs, seed=seed, executor=executor)
    clock.done("today")
    plan = told.simulate(
        draft.deployment.crews, replications=runs, seed=seed, executor=executor, progress=clock.inside("plan")
    )
    limit = told.limit(replications=runs, seed=seed, executor=executor)
    clock.done("plan")
    limit_share = limit.overall.share_within(float(stage.target_minutes)).value
    officers = sum(p.category is PersonCategory.OFFICER for p in draft.assignment.placements)
    leads = sum(p.role == LEAD_ROLE for p in draft.assignment.placements)
    cost = cost_curve(
        stage,
        placement,
        draft.tour_set,
        draft.deployment.tours,
        plan,
        target_share=draft.staffing.target_share,
        limit_share=limit_share,
        load_hours=draft.load_hours,
        officers_per_tour=max(1, officers - leads) / max(1, sum(draft.allocation.tours.values())),
        replications=runs,
        seed=seed,
        executor=executor,
        progress=clock.inside("cost"),
    )
    clock.done("cost")
    return _with(
        draft,
        habit=habit,
        check=check_today(today.overall, record, stage) if record else None,
        today=today,
        today_with_aid=with_aid,
        plan=plan,
        limit=limit,
        limit_share=limit_share,
        cost=cost,
        verdicts=check(_staffed(draft, plan, stage, limit_share)),
    )


def _staffed(draft: Draft, plan: ResponseReport, stage: Stage, limit_share: float) -> StaffedDistrict:
    """Return what the rules are asked about."""
    assert draft.deployment is not None
    assert draft.assignment is not None
    assert draft.grouping is not None
    return StaffedDistrict(
        offices=draft.ground.codes,
        people={person.code: person for person in draft.people},
        placements=draft.assignment.placements,
        unposted=draft.assignment.unposted,
        grouping=draft.grouping,
        crews=draft.deployment.crews,
        tour_set=draft.tour_set,
        requirement=draft.requirement,
        params=draft.staffing,
        response_share=plan.overall.share_within(float(stage.target_minutes)).value,
        response_limit_share=limit_share,
    )


def _with(draft: Draft, **changes: object) -> Draft:
    from dataclasses import replace

    return replace(draft, **changes)  # type: ignore[arg-type]
