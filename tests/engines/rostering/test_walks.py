"""Walks: the same rosters are lawful, the same costs arise, and the bound lies between plain and best."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office import crews, relaxed

from jingwu.engines.rostering import (
    History,
    Pin,
    Roster,
    Status,
    check,
    objective_of,
    solve,
)
from jingwu.engines.rostering.columns.core import build_core
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.solve import build_model
from jingwu.engines.rostering.solvers import bound_by_highs, run_cp_sat
from jingwu.engines.rostering.walks import write_walks
from jingwu.terms.duty import Severity


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_roster_has_a_walk_just_when_it_is_lawful(data: st.DataObject) -> None:
    """Fix every cell by pins; runs of the same kind are drawn, or hardly a roster would be lawful."""
    problem = crews(7)
    rows = []
    for person in problem.people:
        row: list[str] = []
        while len(row) < problem.days:
            code = data.draw(st.sampled_from(["", "", "D", "E", "N"]))
            row += [code] * data.draw(st.integers(1, 3))
        rows.append(["" if d in problem.leave_days[person.id] else row[d] for d in range(problem.days)])
    roster = Roster(problem.start, tuple(p.id for p in problem.people), tuple(map(tuple, rows)))
    pins = tuple(
        Pin(person.id, day, rows[n][day])
        for n, person in enumerate(problem.people)
        for day in range(problem.days)
        if day not in problem.leave_days[person.id]
    )
    problem = replace(problem, pins=pins)
    breaches = check(problem, roster)
    model = build_model(problem)
    first = write_walks(model)
    race = Race(problem, 20.0)
    bound_by_highs(model, race, seed=1, share=1.0, continuous_from=first)
    if any(breach.severity is Severity.LAW for breach in breaches):
        assert race.impossible and race.roster is None
    else:
        assert race.roster == roster
        assert race.bound <= race.objective == objective_of(breaches)
        assert relaxed(model) == pytest.approx(race.objective, abs=1e-6)


@pytest.mark.parametrize("kind", ["run", "nights", "after", "rest"])
def test_each_rule_alone_is_kept_by_the_walk(kind: str) -> None:
    rows = {"run": "DDDDD..", "nights": "NNN....", "after": "..ND...", "rest": "..ED..."}
    problem = crews(7)
    officer = replace(problem.people[0], history=History())
    problem = replace(
        problem,
        people=(officer,),
        demand=(),
        rules=tuple(rule for rule in problem.rules if rule.id == kind),
        pins=tuple(Pin(officer.id, day, code.strip(".")) for day, code in enumerate(rows[kind])),
    )
    model = build_model(problem)
    assert any(row.tag == kind for row in model.rows)
    first = write_walks(model)
    assert not any(row.tag == kind for row in model.rows)
    race = Race(problem, 20.0)
    bound_by_highs(model, race, seed=1, share=1.0, continuous_from=first)
    assert race.impossible


def test_the_bound_lies_between_the_plain_one_and_the_best_roster() -> None:
    problem = crews(14)
    plain, walked = build_model(problem), build_model(problem)
    write_walks(walked)
    race = Race(problem, math.inf)
    run_cp_sat(plain, race, seed=1, work_limit=20.0)
    assert race.objective is not None and race.objective - race.bound < 1
    loose, tight = relaxed(plain), relaxed(walked)
    assert loose + 100 < tight <= race.objective + 1e-6


def test_a_search_of_such_crews_ends_with_a_proof() -> None:
    problem = crews(14)
    solution = solve(problem, seconds=20, seed=1)
    assert solution.status is Status.OPTIMAL and solution.lawful


def test_rules_for_some_people_are_limits_of_theirs_alone() -> None:
    problem = crews(7)
    core = build_core(problem)
    assert (
        "rest" not in core.unexpressed and "after" not in core.unexpressed and "week" not in core.unexpressed
    )
    place = {shift.code: index for index, shift in enumerate(problem.shifts)}
    assert not core.succession[1, place["E"], place["D"]]
    others = tuple(
        replace(rule, labour_statuses=frozenset({"contract"})) if rule.id == "rest" else rule
        for rule in problem.rules
    )
    core = build_core(replace(problem, rules=others))
    assert core.succession[1, place["E"], place["D"]] and not core.succession[2, place["E"], place["D"]]


def test_days_before_the_horizon_are_no_limit_where_no_rule_sets_one() -> None:
    """Seven days worked before, no rule about runs: every day can be worked on."""
    problem = crews(7)
    officer = replace(problem.people[0], history=History(("D",) * 7))
    demand = tuple(
        item for item in problem.demand if item.shifts == ("D",) and officer.category in item.categories
    )
    problem = replace(problem, people=(officer,), demand=demand, rules=())
    model = build_model(problem)
    write_walks(model)
    assert relaxed(model) == 0
    solution = solve(problem, seconds=10, seed=1)
    assert solution.status is Status.OPTIMAL and solution.objective == 0
