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
from jingwu.engines.rostering.common_walks import CommonWalks, common_walks, search_heads
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.rules import RULES
from jingwu.engines.rostering.solve import build_model
from jingwu.engines.rostering.solvers import run_cp_sat, to_cp
from jingwu.engines.rostering.walks import WALKED
from jingwu.terms.duty import Severity


def drawn(data: st.DataObject) -> RosterProblem:
    """Return a week of the crews with leave, days before and needs drawn at random."""
    problem = crews(7)
    people = []
    for person in problem.people:
        first = data.draw(st.integers(0, 6))
        days = data.draw(st.integers(0, 2))
        leave = (Leave(START + timedelta(first), START + timedelta(first + days - 1)),) if days else ()
        before = tuple(data.draw(st.lists(st.sampled_from(["", "D", "E"]), max_size=4)))
        people.append(replace(person, leave=leave, history=History(before)))
    demand = []
    for day in range(7):
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


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_heads_cost_what_rosters_cost_where_nothing_needs_names(data: st.DataObject) -> None:
    problem = drawn(data)
    counted = tuple(rule for rule in problem.rules if rule.kind in WALKED or RULES[rule.kind].of_heads)
    problem = replace(problem, rules=counted)
    common = common_walks(problem)
    assert common is not None
    best = cheapest(problem)
    assert cheapest_heads(common) == best
    value, _ = common.bound(20.0)
    assert value == pytest.approx(relaxed(common.model), abs=1e-4)
    assert value <= best + 1e-6


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_roster_costs_less_than_the_bound_a_search_of_heads_proves(data: st.DataObject) -> None:
    problem = drawn(data)
    minutes = RuleSpec(
        "most", "horizon_minutes", Severity.LAW, parameters={"maximum": data.draw(st.integers(960, 3000))}
    )
    problem = replace(problem, rules=(*problem.rules, minutes))
    common = common_walks(problem)
    assert common is not None
    best = cheapest(problem)
    assert cheapest_heads(common) <= best
    race = Race(problem, 20.0)
    model = build_model(problem)
    search_heads(race, common, model, to_cp(model), seed=1)
    assert race.bound <= best
    assert race.objective is None or race.objective >= best


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
    race = Race(problem, 30.0)
    model = build_model(problem)
    search_heads(race, common, model, to_cp(model), seed=1)
    assert race.objective is not None and race.source == "heads" and race.rejected == 0
    assert race.bound > 0 and race.bound <= race.objective <= 1.2 * race.bound


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
