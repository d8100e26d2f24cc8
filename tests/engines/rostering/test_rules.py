"""Every rule: kept and broken rosters by hand, and the model charging exactly what the checker finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office import AUX, OFFICER, RULES, START, demand, office, people, relaxed

from jingwu.engines.rostering import (
    Certificate,
    Demand,
    History,
    Leave,
    Person,
    Pin,
    Request,
    Roster,
    RosterProblem,
    RuleSpec,
    check,
    objective_of,
)
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.rules import RULES as KINDS
from jingwu.engines.rostering.solve import build_model
from jingwu.engines.rostering.solvers import run_highs
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory

MONDAY = date(2025, 11, 3)


def bare(*rows: str, spec: RuleSpec | None = None, **changes: object) -> tuple[RosterProblem, Roster]:
    """Return a problem of one officer a row, without demand, and the roster of the rows ('.' = off)."""
    staff = tuple(Person(f"{n}", OFFICER) for n in range(len(rows)))
    parts: dict[str, object] = {"people": staff, "demand": (), "rules": (spec,) if spec else ()}
    problem = office(len(rows[0]), **(parts | changes))  # type: ignore[arg-type]
    cells = tuple(tuple(c.strip(".") for c in row) for row in rows)
    return problem, Roster(problem.start, tuple(p.id for p in problem.people), cells)


def law(kind: str, **parameters: object) -> RuleSpec:
    return RuleSpec("it", kind, Severity.LAW, parameters=parameters)  # type: ignore[arg-type]


HAND_MADE = [
    (law("min_rest", minutes=660), "D.E", "ED."),
    (law("consecutive_work", maximum=3), "DDD.DDD", "DDDD..."),
    (law("consecutive_work", maximum=5, minimum=2), "D.DD..D", "DD.D.DD"),
    (law("consecutive_nights", maximum=2), "NN.NN..", ".NNN..."),
    (law("rest_after_night", days=1), "NN.D", "NND."),
    (law("rest_after_night", days=2), "N..D", "N.D."),
    (law("days_off", minimum=2), "D..D.", "D.DD."),
    (law("days_off", minimum=1, maximum=2), "D..D..", "D...D."),
    (law("weekly_rest", minimum=1), "DDDDDD.", "DDDDDDD"),
    (law("day_minutes", maximum=500), "ESB....", "..D...."),
    (law("weekly_minutes", maximum=1080), "DD.....", "DDD...."),
    (law("horizon_minutes", minimum=540, maximum=1080), "DD.....", "......."),
    (law("weekends", maximum=0), "DDDDD..", "......D"),
    (law("shift_counts", maxima={"N": 1}), "N......", "N.N...."),
    (law("shift_counts", minima={"N": 1}), "N......", "D......"),
    (law("standby", weekly=1, consecutive=1), "S......", "S.S...."),
    (law("beat_hours", minimum=960), "BB.....", "B......"),
    (law("holidays", maximum=1), "DDD....", "..DD..."),
    (law("pattern", cycle=("D", "N", "", "")), ".DN..DN", ".DN.DDN"),
    (law("pattern", cycle=("D", ""), offset=0), "D.D.", ".D.D"),
]


@pytest.mark.parametrize(
    ("spec", "kept", "broken"), HAND_MADE, ids=lambda value: getattr(value, "kind", value)
)
def test_a_kept_and_a_broken_roster(spec: RuleSpec, kept: str, broken: str) -> None:
    for row, clean in ((kept, True), (broken, False)):
        problem, roster = bare(row, spec=spec)
        found = [breach for breach in check(problem, roster) if breach.rule_id == "it"]
        assert (found == []) is clean, found
        assert all(breach.words_zh and breach.words_en and breach.amount > 0 for breach in found)


def test_every_rule_kind_has_a_case_here() -> None:
    by_hand = {spec.kind for spec, _, _ in HAND_MADE}
    elsewhere = {
        "cover", "eligibility", "leave", "pins", "requests", "succession", "leader_on_duty",
        "officer_on_post", "group_together", "fairness", "compensatory_rest", "steadiness",
    }  # fmt: skip
    assert by_hand | elsewhere == set(KINDS)


def test_history_lengthens_the_first_run() -> None:
    worked = replace(Person("0", OFFICER), history=History(last_shifts=("D", "D")))
    problem, roster = bare("DD...", spec=law("consecutive_work", maximum=3), people=(worked,))
    (breach,) = check(problem, roster)
    assert breach.amount == 1 and breach.day == 1


def test_leave_pins_requests_and_eligibility() -> None:
    person = Person("0", PersonCategory.AUX_DUTY, leave=(Leave(START, START),))
    problem, roster = bare(
        "DN",
        people=(person,),
        pins=(Pin("0", 1, "D"),),
        requests=(Request("0", 1, "N", False, 7), Request("0", 1, "E", True, 4)),
    )
    found = check(problem, roster)
    assert {breach.kind for breach in found} == {"leave", "pins", "requests"}
    assert objective_of(found) == 11
    locked = tuple(replace(shift, certificates=frozenset({"执法资格"})) for shift in problem.shifts)
    held = replace(person, leave=(), certificates=(Certificate("执法资格", START),))
    problem, roster = bare("DD", people=(held,), shifts=locked)
    (breach,) = check(problem, roster)
    assert breach.kind == "eligibility" and breach.day == 1 and "执法资格" in breach.words_zh


def test_auxiliaries_never_alone_and_groups_together() -> None:
    staff = (Person("0", OFFICER, group="1"), Person("1", PersonCategory.AUX_DUTY, group="1"))
    rules = (law("officer_on_post"), RuleSpec("g", "group_together", Severity.GOAL, 2))
    problem, roster = bare("D.B", "DDB", people=staff, rules=rules)
    found = {breach.kind: breach for breach in check(problem, roster)}
    assert set(found) == {"officer_on_post", "group_together"}
    assert found["officer_on_post"].severity is Severity.LAW and found["officer_on_post"].day == 1
    assert found["group_together"].penalty == 2


def test_leader_fairness_and_compensatory_rest() -> None:
    staff = (
        replace(Person("0", OFFICER), is_leader=True, history=History(nights=2)),
        replace(Person("1", OFFICER), contract_minutes=540, history=History(owed_minutes=60)),
    )
    rules = (
        RuleSpec("l", "leader_on_duty", Severity.GOAL, 5),
        RuleSpec("f", "fairness", Severity.GOAL, 3, parameters={"what": "nights", "tolerance": 1}),
        RuleSpec("c", "compensatory_rest", Severity.NORM, 4, parameters={"step_minutes": 60}),
    )
    problem, roster = bare("N.", "DD", people=staff, rules=rules)
    found = {breach.kind: breach for breach in check(problem, roster)}
    assert found["leader_on_duty"].day == 1 and found["leader_on_duty"].penalty == 5
    assert found["fairness"].amount == 2 and found["fairness"].penalty == 6
    assert found["compensatory_rest"].amount == 600 and found["compensatory_rest"].penalty == 40


def test_fairness_leaves_out_whom_nobody_asks() -> None:
    """Day staff work no weekend: beside them every share of the others would look equally unfair."""
    staff = (Person("0", OFFICER), Person("1", OFFICER), Person("2", PersonCategory.GRID_WORKER))
    rules = (RuleSpec("f", "fairness", Severity.GOAL, 3, parameters={"what": "weekends"}),)
    asked = tuple(
        item
        for day in range(7)
        for item in (
            Demand(day, ("D",), 1, 1, 1, categories=frozenset({OFFICER})),
            Demand(day, ("B",), 0, int(day < 5), int(day < 5)),
        )
    )
    problem, roster = bare(
        "DDDDDDD", "......D", "BBBBB..", people=staff, rules=rules, demand=asked, start=MONDAY
    )
    assert not [breach for breach in check(problem, roster) if breach.kind == "fairness"]
    problem, roster = bare(
        "DDDDDDD", ".......", "BBBBB..", people=staff, rules=rules, demand=asked, start=MONDAY
    )
    (breach,) = [breach for breach in check(problem, roster) if breach.kind == "fairness"]
    assert breach.amount == 1
    problem, roster = bare("DDDDDDD", "......D", ".......", people=staff, rules=rules, start=MONDAY)
    (breach,) = check(problem, roster)  # where nothing is asked of anybody, all are compared
    assert breach.amount == 1


def test_fair_hours_count_paid_leave_and_only_the_category_asked_for() -> None:
    """Whoever was away with credit owes nobody these hours; a clerk's are not compared with a crew's."""
    away = Leave(START, START, counted_minutes=540)
    staff = (
        Person("0", OFFICER),
        Person("1", OFFICER, leave=(away,)),
        Person("2", PersonCategory.AUX_CLERICAL),
    )
    hours = {"what": "minutes", "tolerance": 0}
    rule = RuleSpec("h", "fairness", Severity.GOAL, 1, categories=frozenset({OFFICER}), parameters=hours)
    problem, roster = bare("DD..", ".D..", "....", people=staff, rules=(rule,))
    assert not [breach for breach in check(problem, roster) if breach.kind == "fairness"]
    everybody = replace(rule, categories=frozenset())
    (breach,) = check(replace(problem, rules=(everybody,)), roster)
    assert breach.amount == 2 * problem.shift_by_code["D"].counted_minutes // 60
    unpaid = replace(staff[1], leave=(replace(away, counted_minutes=0),))
    (breach,) = check(replace(problem, people=(staff[0], unpaid, staff[2])), roster)
    assert breach.amount == problem.shift_by_code["D"].counted_minutes // 60


def softened(days: int) -> RosterProblem:
    """Return the office with every law but those on single cells turned into a priced norm."""
    soft = [replace(rule, severity=Severity.NORM, weight=rule.weight or 3) for rule in RULES]
    soft += [
        RuleSpec("d", "days_off", Severity.NORM, 2, parameters={"minimum": 2, "maximum": 3}),
        RuleSpec("m", "consecutive_work", Severity.NORM, 2, parameters={"maximum": 3, "minimum": 2}),
        RuleSpec("w", "weekly_minutes", Severity.NORM, 1, parameters={"maximum": 2000}),
        RuleSpec("dm", "day_minutes", Severity.NORM, 2, parameters={"maximum": 400}),
        RuleSpec("s", "standby", Severity.NORM, 2, parameters={"weekly": 1, "consecutive": 1}),
        RuleSpec("b", "beat_hours", Severity.GOAL, 1, parameters={"minimum": 480}),
        RuleSpec("h", "holidays", Severity.GOAL, 4, parameters={"maximum": 1}),
        RuleSpec("l", "leader_on_duty", Severity.GOAL, 5),
        RuleSpec("g", "group_together", Severity.GOAL, 1),
        RuleSpec("o", "officer_on_post", Severity.NORM, 3, parameters={"others_per_officer": 2}),
        RuleSpec("c", "compensatory_rest", Severity.NORM, 1),
        RuleSpec("n", "shift_counts", Severity.NORM, 2, parameters={"maxima": {"N": 2}, "minima": {"B": 1}}),
        RuleSpec(
            "p", "pattern", Severity.GOAL, 1, frozenset({"民警00"}), parameters={"cycle": ("D", "N", "", "")}
        ),
        RuleSpec("f", "fairness", Severity.GOAL, 1, parameters={"what": "minutes", "tolerance": 8}),
        RuleSpec("y", "fairness", Severity.GOAL, 2, parameters={"what": "standbys"}),
        RuleSpec("z", "weekends", Severity.NORM, 2, parameters={"maximum": 0}),
    ]
    staff = list(people(2, 2, 1))
    staff[0] = replace(
        staff[0], history=History(("N", "N"), nights=2, weekends=1, holidays=1, owed_minutes=100)
    )
    staff[3] = replace(
        staff[3], leave=(Leave(START + timedelta(2), START + timedelta(3), counted_minutes=480),)
    )
    steady = {
        p.id: tuple("DN.EB"[(n + day) % 5].strip(".") for day in range(days)) for n, p in enumerate(staff)
    }
    soft.append(RuleSpec("st", "steadiness", Severity.GOAL, 1, parameters={"before": steady}))
    return office(days, tuple(soft), people=tuple(staff), demand=demand(days))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_model_charges_what_the_checker_finds(data: st.DataObject) -> None:
    """Fix every cell by pins: the best the model can then do is the checker's objective."""
    problem = softened(8)
    codes = ["", *problem.shift_by_code]
    cells = tuple(
        tuple(
            "" if day in problem.leave_days[person.id] else data.draw(st.sampled_from(codes))
            for day in range(problem.days)
        )
        for person in problem.people
    )
    assert_charged(problem, cells)


def assert_charged(problem: RosterProblem, cells: tuple[tuple[str, ...], ...]) -> None:
    """Fix every cell by pins: the best the model can then do is the checker's objective."""
    roster = Roster(problem.start, tuple(p.id for p in problem.people), cells)
    pins = tuple(
        Pin(person.id, day, cells[row][day])
        for row, person in enumerate(problem.people)
        for day in range(problem.days)
    )
    pinned = replace(problem, pins=pins)
    breaches = check(pinned, roster)
    assert not [breach for breach in breaches if breach.severity is Severity.LAW]
    for tight in (False, True):
        race = Race(pinned, 20.0)
        run_highs(build_model(pinned, tight=tight), race, seed=1)
        assert race.roster == roster
        assert race.bound == race.objective == objective_of(breaches)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=3, max_size=3))
def test_nights_are_charged_alike_whether_or_not_they_can_be_dealt_out_evenly(on: list[list[bool]]) -> None:
    """Nearly all nights have one officer, so that the row about their sum binds."""
    fair = RuleSpec("f", "fairness", Severity.GOAL, 6, parameters={"what": "nights"})
    needs = tuple(Demand(day, ("N",), 1, 1, 1, 1000, 15, 20) for day in range(4))
    problem, _ = bare("....", "....", "....", spec=fair, demand=needs)
    assert relaxed(build_model(problem)) == pytest.approx(6)
    assert relaxed(build_model(replace(problem, people=problem.people[:2]))) == pytest.approx(0)
    whose = [next((row for row in range(3) if on[row][day]), 0) for day in range(4)]
    even = tuple(tuple("N" if whose[day] == row else "" for day in range(4)) for row in range(3))
    assert_charged(problem, even)
    assert_charged(problem, tuple(tuple("N" if works else "" for works in row) for row in on))


GROUPS_OF_TWO = tuple(
    Person(name, category, group=group)
    for name, category, group in (
        ("0", OFFICER, "A"),
        ("1", OFFICER, "A"),
        ("2", AUX, "A"),
        ("3", AUX, "A"),
        ("4", OFFICER, "B"),
        ("5", AUX, "B"),
    )
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["", "D"]), min_size=2, max_size=2), min_size=6, max_size=6))
def test_groups_are_charged_alike_whichever_of_them_leads_a_post(cells: list[list[str]]) -> None:
    """With two officers in one group, on one post or on two."""
    apart = RuleSpec("g", "group_together", Severity.GOAL, 8)
    needs = [
        Demand(day, ("D",), least, most, most, 120, 15, 20, categories=frozenset({category}))
        for day in range(2)
        for least, most, category in ((1, 1, OFFICER), (1, 2, AUX))
    ]
    rows = ["..", "..", "..", "..", "..", ".."]
    problem, _ = bare(*rows, spec=apart, people=GROUPS_OF_TWO, demand=tuple(needs))
    assert_charged(problem, tuple(tuple(row) for row in cells))


def test_a_post_led_by_a_group_without_members_costs_somebody_apart_in_the_relaxation() -> None:
    """Half a day led by each of two officers would hide that nobody of the second group is there."""
    away = (Leave(START, START + timedelta(1)),)
    staff = (*GROUPS_OF_TWO[1:5], replace(GROUPS_OF_TWO[5], leave=away))
    officers = (staff[0].id, staff[3].id)
    rules = (
        RuleSpec("g", "group_together", Severity.GOAL, 8),
        replace(law("shift_counts", maxima={"D": 1}), people=frozenset(officers)),
    )
    needs = tuple(
        Demand(day, ("D",), 1, 1, 2, 120, 0, 0, categories=frozenset({category}))
        for day in range(2)
        for category in (OFFICER, AUX)
    )
    problem, _ = bare("..", "..", "..", "..", "..", people=staff, demand=needs, rules=rules)
    assert relaxed(build_model(problem)) == pytest.approx(0)
    assert relaxed(build_model(problem, tight=True)) == pytest.approx(8)


def test_a_broken_law_makes_the_model_impossible() -> None:
    problem = replace(office(7), pins=tuple(Pin("民警00", day, "D") for day in range(7)))
    race = Race(problem, 20.0)
    run_highs(build_model(problem), race, seed=1)
    assert race.impossible and race.roster is None


def test_the_date_29_february_and_moved_weekends() -> None:
    leap = office(2, (), start=date(2028, 2, 28), demand=())
    assert leap.dates[1] == date(2028, 2, 29)
    autumn = office(14, ())
    assert autumn.weekends == ((5, 6), (13,))  # 11 October is a working Saturday
    assert autumn.holidays == tuple(range(2, 10))
