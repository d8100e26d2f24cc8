"""Solving an office: lawful, scored as the checker scores, repeatable; why not; absence; a district."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office import AUX, OFFICER, RULES, START, demand, office, people

from jingwu.engines.rostering import (
    Demand,
    Leave,
    Person,
    Pin,
    Roster,
    RosterProblem,
    RuleSpec,
    ShiftKind,
    Status,
    check,
    objective_of,
    open_shifts,
    solve,
)
from jingwu.engines.rostering.demonstration import crew_office
from jingwu.engines.rostering.district import lend, solve_district
from jingwu.engines.rostering.fix_and_optimise import FixAndOptimise
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.replanning import Absence, replan, stand_ins, with_absences
from jingwu.engines.rostering.rules import kept_together
from jingwu.engines.rostering.solve import build_model
from jingwu.engines.rostering.solvers import to_cp
from jingwu.engines.rostering.why_not import why_not
from jingwu.terms.duty import Severity
from jingwu.terms.refusal import BadInput


def small(days: int = 7, **changes: object) -> RosterProblem:
    """Return five people over a week with light demand."""
    parts: dict[str, object] = {
        "people": people(2, 3, 0),
        "demand": tuple(Demand(day, ("D",), 1, 2, 3) for day in range(days)),
    }
    return office(days, **(parts | changes))  # type: ignore[arg-type]


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1_000_000))
def test_every_solved_roster_is_lawful_and_scored_as_the_checker_scores(seed: int) -> None:
    problem = small()
    solution = solve(problem, seconds=20, seed=seed, work_limit=0.5)
    assert solution.roster is not None and solution.lawful
    breaches = check(problem, solution.roster)
    assert solution.objective == objective_of(breaches)
    assert solution.bound <= solution.objective


def test_the_same_seed_and_work_limit_give_the_same_roster() -> None:
    problem = small()
    first, second = (solve(problem, seconds=60, seed=7, work_limit=0.3) for _ in range(2))
    assert first.roster == second.roster and first.objective == second.objective


def test_improvements_are_streamed_and_pins_survive() -> None:
    pins = (Pin("民警00", 2, "D"), Pin("辅警01", 3, ""))
    seen = []
    solution = solve(small(pins=pins), seconds=6, seed=1, gap=0.02, on_improvement=seen.append)
    assert solution.roster is not None
    assert solution.roster.at("民警00", 2) == "D" and solution.roster.at("辅警01", 3) == ""
    objectives = [found.objective for found in seen]
    assert objectives and objectives == sorted(objectives, reverse=True)
    assert objectives[-1] == solution.objective
    assert set(solution.seconds_by_step) >= {"model", "search"}


def test_a_user_can_stop_it() -> None:
    solution = solve(office(28), seconds=60, seed=1, should_stop=lambda: True)
    assert sum(solution.seconds_by_step.values()) < 10


def test_demand_beyond_strength_leaves_open_shifts_ranked_by_harm() -> None:
    heavy = (Demand(0, ("D",), 9, 9, 9, weight_minimum=50), Demand(1, ("D",), 9, 9, 9, weight_minimum=900))
    problem = small(2, demand=heavy)
    solution = solve(problem, seconds=20, seed=1, work_limit=1.0)
    assert solution.roster is not None and solution.lawful
    found = open_shifts(problem, solution.roster)
    assert [item.day for item in found] == [1, 0]
    assert found[0].missing == 4 and found[0].harm > found[1].harm


def test_contradicting_pins_are_impossible_and_the_conflict_is_minimal() -> None:
    pins = tuple(Pin("民警00", day, "D") for day in range(7))
    problem = small(pins=pins)
    assert solve(problem, seconds=20, seed=1).status is Status.IMPOSSIBLE
    answer = why_not(problem, seconds=20, must=frozenset())
    assert not answer.possible and answer.minimal
    ids = {part.rule_id for part in answer.conflict}
    # Seven pinned days break the longest run and the weekly rest alike: one of the two suffices.
    assert "pins" in ids and len(ids) == 2 and ids <= {"pins", "run", "week"}
    assert answer.relaxations[0].rule_id == "pins" and answer.relaxations[0].amount == 1
    without = replace(problem, pins=pins[1:])
    assert why_not(without, seconds=20, must=frozenset()).possible


def test_why_cover_cannot_be_met_names_leave_and_posts() -> None:
    away = (Leave(START, START + timedelta(days=6)),)
    staff = tuple(
        replace(person, leave=away) if person.category is OFFICER else person for person in people(2, 3, 0)
    )
    answer = why_not(small(people=staff), seconds=20)
    assert not answer.possible and answer.minimal
    parts = {part.rule_id: part for part in answer.conflict}
    assert set(parts) == {"cover", "leave", "post"}
    assert parts["cover"].subjects and len(parts["cover"].subjects) == 1
    assert {about.zh for about in parts["leave"].subjects} == {"民警00", "民警01"}
    ways = {way.rule_id: way for way in answer.relaxations}
    assert ways["leave"].amount == 1 and ways["cover"].amount == 1
    assert answer.relaxations[-1].rule_id == "post"  # law comes last


def test_a_conflict_tells_two_people_of_one_name_apart_and_names_posts_in_both_languages() -> None:
    pins = tuple(Pin("民警00", day, "D") for day in range(7))
    staff = tuple(
        replace(person, name="张三") if person.category is OFFICER else person for person in people()
    )
    answer = why_not(small(people=staff, pins=(*pins, Pin("民警01", 0, "D"))), seconds=20, must=frozenset())
    part = next(part for part in answer.conflict if part.rule_id == "pins")
    assert [(about.zh, about.person) for about in part.subjects] == [("张三", "民警00")]
    away = (Leave(START, START + timedelta(days=6)),)
    staff = tuple(replace(p, leave=away) if p.category is OFFICER else p for p in people(2, 3, 0))
    found = {part.rule_id: part for part in why_not(small(people=staff), seconds=20).conflict}
    post = found["cover"].subjects[0]
    assert post.day is not None and post.shifts and f"{START + timedelta(days=post.day)}" in post.en
    assert post.zh in found["cover"].words.zh and post.en in found["cover"].words.en


def test_an_absence_changes_little_and_keeps_pins_and_the_past() -> None:
    problem = small()
    before = solve(problem, seconds=20, seed=1, work_limit=1.0).roster
    assert before is not None
    day = next(d for d in range(2, 7) if before.at("辅警00", d) or before.at("辅警01", d))
    person = "辅警00" if before.at("辅警00", day) else "辅警01"
    after = replan(
        problem, before, (Absence(person, day, day),), seconds=20, seed=1, first_day=2, work_limit=1.0
    )
    assert after.solution.roster is not None and after.solution.lawful
    assert after.solution.roster.at(person, day) == ""
    assert after.changed_shifts == len(after.changes) <= 2
    assert after.changed_people <= after.changed_shifts
    for row in problem.people:
        for past in range(2):
            assert after.solution.roster.at(row.id, past) == before.at(row.id, past)
    with pytest.raises(BadInput):
        with_absences(problem, (Absence("nobody", 0, 0),))


def test_stand_ins_are_ranked_with_reasons() -> None:
    problem = small()
    roster = Roster.empty(problem).with_cell("民警00", 3, "D").with_cell("民警01", 2, "N")
    found = stand_ins(problem, roster, 3, "D", absent="民警00")
    assert {item.person for item in found} == {"民警01", "辅警00", "辅警01", "辅警02"}
    assert all(item.reasons and item.reasons[0].zh for item in found)
    # Auxiliaries would be alone on the post, the other officer comes from a night: neither is lawful.
    unlawful = [item for item in found if not item.lawful]
    assert len(unlawful) == 4


def test_a_district_lends_people_between_offices() -> None:
    rules = (RuleSpec("rest", "min_rest", Severity.LAW, parameters={"minutes": 660, "exempt": ("S",)}),)
    rich = small(2, people=people(3, 0, 0), demand=(), rules=rules)
    poor = small(
        2,
        people=people(0, 1, 0),
        demand=(Demand(0, ("D",), 2, 2, 2, categories=frozenset({OFFICER})),),
        rules=rules,
    )
    with ThreadPoolExecutor(2) as executor:
        found = solve_district(
            {"rich": rich, "poor": poor}, executor=executor, seconds_per_office=5, work_limit=0.3
        )
    assert len(found.loans) == 2 and {loan.home for loan in found.loans} == {"rich"}
    assert len({loan.person for loan in found.loans}) == 2
    assert found.still_open["poor"] == ()
    rosters = {name: solution.roster for name, solution in found.offices.items() if solution.roster}
    none = lend({"rich": rich, "poor": poor}, rosters, found.offices, may_lend=lambda home, host: False)
    assert none == ()


DAY_3, DAY_4 = START + timedelta(days=2), START + timedelta(days=3)

BAD = [
    ({"shifts": (ShiftKind("D", 480, 0),)}, "roster.shift_minutes", "0 小时"),
    ({"shifts": (ShiftKind("D", 480, 1800),)}, "roster.shift_minutes", "30 小时"),
    ({"people": (Person("a", None),)}, "roster.no_category", "没有人员类别"),  # type: ignore[arg-type]
    (
        {"people": (Person("a", AUX, leave=(Leave(START, DAY_4), Leave(DAY_3, DAY_4))),)},
        "roster.leave_overlap",
        "休假重叠",
    ),
    ({"demand": (Demand(0, ("D",), 1, 1, 1, skill="潜水"),)}, "roster.unknown_skill", "潜水"),
    ({"demand": (Demand(0, ("X",), 1, 1, 1),)}, "roster.unknown_shift", "X"),
    ({"demand": (Demand(0, ("D",), 3, 2, 1),)}, "roster.demand_range", "最少 3"),
    ({"people": (Person("a", AUX), Person("a", AUX))}, "roster.person_id", "重复"),
    ({"pins": (Pin("x", 0, "D"),)}, "roster.unknown_person", "x"),
    ({"rules": (RuleSpec("r", "magic", Severity.LAW),)}, "roster.unknown_rule", "magic"),
    ({"rules": (RuleSpec("r", "min_rest", Severity.LAW),)}, "roster.rule_parameters", "r"),
    ({"rules": (RuleSpec("r", "officer_on_post", Severity.NORM),)}, "roster.rule_weight", "r"),
    ({"people": ()}, "roster.no_people", "没有可排班人员"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "words"), BAD, ids=[case[1] for case in BAD])
def test_bad_input_is_refused_by_name(changes: dict[str, object], code: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        office(7, **({"demand": (), "rules": ()} | changes))  # type: ignore[arg-type]
    found = {problem.code: problem for problem in refused.value.problems}
    assert code in found and words in found[code].reason_zh and found[code].reason_en


def test_checking_an_office_is_fast_enough_to_run_while_dragging() -> None:
    import time

    problem = office(28)
    roster = Roster.empty(problem)
    check(problem, roster)
    began = time.process_time()
    for _ in range(10):
        check(problem, roster)
    assert (time.process_time() - began) / 10 < 0.02


def test_the_model_of_the_office_has_a_row_for_each_law() -> None:
    tags = {row.tag for row in build_model(office(14)).rows}
    assert {rule.id for rule in RULES if rule.severity is Severity.LAW} <= tags
    assert len(demand(14)) == 56


def test_a_neighbourhood_of_people_frees_groups_whole_half_of_the_time_and_whom_it_is_about_always() -> None:
    problem = crew_office(seed=1, grouped=True)
    groups = kept_together(problem)
    assert sum(map(len, groups)) == 8  # five auxiliaries behind three of the four officers
    model = build_model(problem)
    around = FixAndOptimise(model, to_cp(model), Race(problem, math.inf), 1)
    about, whole = groups[0][-1], 0
    for _ in range(200):
        freed = around.free_people(problem.people[about].id).all(axis=1)
        assert freed[about]
        whole += all(freed[rows].sum() in (0, len(rows)) for rows in groups)
    assert 85 <= whole <= 150


def test_groups_that_no_rule_keeps_together_are_not_freed_whole() -> None:
    problem = crew_office(seed=1, grouped=True)
    rules = tuple(rule for rule in problem.rules if rule.kind != "group_together")
    assert kept_together(problem) and not kept_together(replace(problem, rules=rules))
