"""Common walks: bounds below every roster, the optimum where nothing needs names, rosters near both."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office import AUX, OFFICER, STAFF, START, crews, relaxed
from ortools.sat.python import cp_model

from jingwu.engines.rostering import Demand, History, Leave, RosterProblem, RuleSpec
from jingwu.engines.rostering.common_walks import CommonWalks, add_whole_sums, common_walks
from jingwu.engines.rostering.heads import HeadSearch
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.rules import RULES
from jingwu.engines.rostering.solve import build_model
from jingwu.engines.rostering.solvers import run_cp_sat, to_cp
from jingwu.engines.rostering.walks import WALKED
from jingwu.terms.duty import Severity

DAYS = 4


def drawn(data: st.DataObject) -> RosterProblem:
    """Return a few days of the crews with leave, days before and needs drawn at random."""
    problem = crews(DAYS)
    people = []
    for person in problem.people:
        first = data.draw(st.integers(0, DAYS - 1))
        days = data.draw(st.integers(0, 2))
        leave = (Leave(START + timedelta(first), START + timedelta(first + days - 1)),) if days else ()
        before = tuple(data.draw(st.lists(st.sampled_from(["", "D", "E"]), max_size=4)))
        people.append(replace(person, leave=leave, history=History(before)))
    demand = []
    for day in range(DAYS):
        for code in ("D", "E", "N"):
            officers = data.draw(st.integers(0, 2))
            others = data.draw(st.integers(0, 3))
            demand.append(Demand(day, (code,), 0, officers, 2, 1000, 15, 20, categories=frozenset({OFFICER})))
            demand.append(
                Demand(day, (code,), 1, max(1, others), 3, 120, 15, 20, categories=frozenset({AUX}))
            )
    return replace(problem, people=tuple(people), demand=tuple(demand))


def cheapest(problem: RosterProblem) -> int:
    """Return the least objective of all rosters, proved."""
    race = Race(problem, math.inf)
    run_cp_sat(build_model(problem), race, seed=1, work_limit=30.0)
    assert race.objective is not None and race.objective - race.bound < 1
    return race.objective


def cheapest_heads(common: CommonWalks) -> int:
    """Return the least cost of all heads, proved."""
    solver = cp_model.CpSolver()
    assert solver.solve(to_cp(common.model).cp) == cp_model.OPTIMAL
    return round(solver.objective_value)


def searched(problem: RosterProblem, seconds: float) -> Race:
    """Return the race after heads and then names were looked for, nothing else."""
    common = common_walks(problem)
    assert common is not None
    race = Race(problem, seconds)
    common.relax(seconds)
    race.raise_bound(common.round_up(common.bound))
    model = build_model(problem)
    add_whole_sums(model, common.whole_sums)
    search = HeadSearch(race, common, seed=1)
    search.run(model, to_cp(model))
    return race


def counted(problem: RosterProblem) -> RosterProblem:
    """Return the problem without the rules that need names."""
    kept = tuple(rule for rule in problem.rules if rule.kind in WALKED or RULES[rule.kind].of_heads)
    return replace(problem, rules=kept)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_heads_cost_what_rosters_cost_where_nothing_needs_names(data: st.DataObject) -> None:
    """Leave and days before the horizon included: whoever is away walks apart until then."""
    problem = counted(drawn(data))
    common = common_walks(problem)
    assert common is not None
    best = cheapest(problem)
    assert cheapest_heads(common) == best
    relaxed_before = relaxed(common.model)
    common.relax(20.0)
    assert relaxed_before - 1e-4 <= common.bound <= best + 1e-6
    assert common.bound == pytest.approx(relaxed(common.model), abs=1e-4)
    assert cheapest_heads(common) == best


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_no_roster_costs_less_than_what_is_proved_of_heads(data: st.DataObject) -> None:
    problem = drawn(data)
    most = RuleSpec(
        "most", "horizon_minutes", Severity.LAW, parameters={"maximum": data.draw(st.integers(960, 3000))}
    )
    problem = replace(problem, rules=(*problem.rules, most))
    best = cheapest(problem)
    common = common_walks(problem)
    assert common is not None and cheapest_heads(common) <= best
    common.relax(20.0)
    model = build_model(problem)
    add_whole_sums(model, common.whole_sums)
    race = Race(problem, math.inf)
    run_cp_sat(model, race, seed=1, work_limit=30.0)
    assert race.objective == best
    race = searched(problem, 4.0)
    assert race.bound <= best
    assert race.objective is not None and race.objective >= best


def test_half_a_place_open_becomes_a_whole_one() -> None:
    """Three posts of which any two exclude each other: the relaxation staffs half of each."""
    problem = counted(crews(1))
    officers = tuple(replace(problem.people[1], id=f"民警{n}", history=History()) for n in range(3))
    posts = tuple(
        Demand(0, (code,), 1, 1, 1, 1000, weight, 20, categories=frozenset({OFFICER}))
        for code, weight in (("D", 0), ("E", 0), ("N", 0), ("B", 15))
    )
    common = common_walks(replace(problem, people=officers, demand=posts))
    assert common is not None and common.groups == [[0, 1, 2]]
    model = common.model
    cells = [model.cell(0, 0, model.place[code]) for code in ("D", "E", "N")]
    for left, right in ((0, 1), (0, 2), (1, 2)):
        model.add([(1, cells[left]), (1, cells[right])], upper=1)
    assert relaxed(model) == pytest.approx(1500)
    common.relax(20.0)
    assert common.whole_sums == {1000: 2}
    assert common.bound == pytest.approx(2000) and cheapest_heads(common) == 2000


def test_two_leaves_of_one_person_are_not_shared_out_in_the_common_flow() -> None:
    """Walkers who could take one leave each would have heads that nobody can have."""
    problem = counted(crews(7))
    plain = common_walks(problem)
    away = tuple(Leave(START + timedelta(day), START + timedelta(day + 1)) for day in (1, 4))
    people = (problem.people[0], replace(problem.people[1], leave=away), *problem.people[2:])
    absent = common_walks(replace(problem, people=people))
    assert plain is not None and absent is not None
    assert absent.groups == plain.groups
    assert cheapest_heads(absent) == cheapest(replace(problem, people=people)) > cheapest_heads(plain)


def test_limits_of_minutes_are_kept_in_sum() -> None:
    problem = crews(7)
    free = common_walks(problem)
    short = RuleSpec("most", "horizon_minutes", Severity.LAW, parameters={"maximum": 540})
    tied = common_walks(replace(problem, rules=(*problem.rules, short)))
    assert free is not None and tied is not None
    assert relaxed(tied.model) > relaxed(free.model) + 100


def test_heads_lead_to_a_lawful_roster_near_the_bound() -> None:
    problem = crews(28)
    common = common_walks(problem)
    assert common is not None and [len(group) for group in common.groups] == [2, 3]
    race = searched(problem, 30.0)
    assert race.objective is not None and race.source == "heads" and race.rejected == 0
    assert 0 < race.bound <= race.objective <= 1.2 * race.bound


def test_heads_that_nobody_can_have_lead_to_a_roster_nearby_and_to_other_heads() -> None:
    problem = crews(7)
    common = common_walks(problem)
    assert common is not None
    race = Race(problem, 20.0)
    common.relax(20.0)
    model = build_model(problem)
    form = to_cp(model)
    search = HeadSearch(race, common, seed=1)
    search.by_cp_sat(search.form.cp, 20.0)
    found = search.heads
    assert found is not None and search.near()
    officers = common.groups[0]
    too_many = [*found]
    too_many[model.cell(officers[0], 0, 0)] = len(officers) + 1
    assert not search.name(too_many, model, form) and race.objective is None
    assert search.name(too_many, model, form, distance=len(found)) and race.objective is not None
    nearby = race.objective
    search.forget(found)
    assert search.heads is None and not search.near()
    search.run(model, form)
    assert search.tries and search.proved() and race.bound <= race.objective <= nearby


def test_what_heads_cost_at_least_is_a_row_no_roster_breaks() -> None:
    problem = crews(7)
    best, common = cheapest(problem), common_walks(problem)
    assert common is not None
    model = build_model(problem)
    least = cheapest_heads(common) - common.model.constant
    model.add([(model.cost[one], one) for one in model.of_heads], lower=least)
    race = Race(problem, math.inf)
    run_cp_sat(model, race, seed=1, work_limit=30.0)
    assert race.objective == best >= least > 0


def test_heads_are_not_asked_where_what_follows_what_has_a_price() -> None:
    """They would know nothing of it: a chief lets a norm give way, and the cheapest heads break it daily."""
    problem = crews(7)
    assert common_walks(problem) is not None
    for kind in {rule.kind for rule in problem.rules if rule.kind in WALKED}:
        soft = tuple(
            replace(rule, severity=Severity.NORM, weight=300) if rule.kind == kind else rule
            for rule in problem.rules
        )
        assert common_walks(replace(problem, rules=soft)) is None


def test_people_under_different_rules_are_not_alike() -> None:
    problem = crews(7)
    common = common_walks(problem)
    assert common is not None and common.groups == [[0, 1], [2, 3, 4]]
    rules = tuple(
        replace(rule, parameters={"maximum": 2 + n}, people=frozenset({person.id}), id=f"run{n}")
        for n, person in enumerate(problem.people)
        for rule in problem.rules
        if rule.kind == "consecutive_work"
    )
    assert set(STAFF) == {person.labour_status for person in problem.people}
    assert common_walks(replace(problem, rules=(*problem.rules, *rules))) is not None
    rest = tuple(rule for rule in problem.rules if rule.kind != "consecutive_work")
    assert common_walks(replace(problem, rules=(*rest, *rules))) is None
