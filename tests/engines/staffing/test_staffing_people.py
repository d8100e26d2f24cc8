"""Matching, groups, beats and rules: the law is never broken in a result."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staffing_cast import DAY_SHIFT, make_offices, make_params, make_person, make_requirement

from jingwu.engines.staffing.assignment import Assignment, assign
from jingwu.engines.staffing.facts import Beat, Person
from jingwu.engines.staffing.groups import Group, make_groups
from jingwu.engines.staffing.moves import moves_of
from jingwu.engines.staffing.registry import RULES
from jingwu.engines.staffing.roles import ROLES
from jingwu.engines.staffing.rules import CHECKS, check
from jingwu.engines.staffing.tours import tours_of
from jingwu.engines.staffing.verdicts import StaffedDistrict, Verdict
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory

OFFICER, AUX, VOLUNTEER = PersonCategory.OFFICER, PersonCategory.AUX_DUTY, PersonCategory.VOLUNTEER
PARAMS = make_params()


def staffed(
    people: list[Person], answer: Assignment, beats: list[Beat], offices=2, params=PARAMS
) -> StaffedDistrict:
    by_code = {person.code: person for person in people}
    places = make_offices(offices)
    grouping = make_groups(answer.placements, by_code, places, beats, {}, params)
    return StaffedDistrict(
        tuple(place.code for place in places),
        by_code,
        answer.placements,
        answer.unposted,
        grouping,
        np.full((offices, 168), 1),
        tours_of((DAY_SHIFT,)),
        make_requirement([1] * offices),
        params,
    )


def of_rule(verdicts: tuple[Verdict, ...], rule: str) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.rule == rule]


def test_qualified_officer_leads() -> None:
    old = make_person(1, office="O0", grassroots_years=9.0, rank_level=3)
    young = make_person(2, office="O0", grassroots_years=1.0, rank_level=0)
    posts = {("O0", "lead", OFFICER): 1, ("O0", "crew_officer", OFFICER): 1}
    answer = assign([young, old], make_offices(1), [], posts, PARAMS)
    assert {p.person: p.role for p in answer.placements} == {old.code: "lead", young.code: "crew_officer"}


def test_recused_officer_goes_elsewhere_though_farther() -> None:
    person = make_person(1, office="O0", barred_offices=frozenset({"O0"}), lon=116.0, lat=40.0)
    posts = {("O0", "crew_officer", OFFICER): 1, ("O1", "crew_officer", OFFICER): 1}
    answer = assign([person], make_offices(2), [], posts, PARAMS)
    assert answer.placements[0].office == "O1" and answer.placements[0].moved
    assert answer.open_posts == (("O0", "crew_officer", OFFICER, 1),)


def test_expired_insurance_keeps_a_volunteer_away() -> None:
    good = make_person(1, VOLUNTEER, certificates=frozenset({"意外保险"}))
    expired = make_person(2, VOLUNTEER, expired_certificates=frozenset({"意外保险"}))
    missing = make_person(3, VOLUNTEER)
    answer = assign(
        [good, expired, missing], make_offices(1), [], {("O0", "volunteer_service", VOLUNTEER): 3}, PARAMS
    )
    assert [p.person for p in answer.placements] == [good.code]
    assert answer.unposted == tuple(sorted((expired.code, missing.code)))


def test_helpers_are_held_back_when_the_officer_cannot_come() -> None:
    officer = make_person(1, barred_offices=frozenset({"O0"}))
    helper = make_person(1, AUX, office="O0")
    posts = {("O0", "crew_officer", OFFICER): 1, ("O0", "patrol_aux", AUX): 1}
    answer = assign([officer, helper], make_offices(1), [], posts, PARAMS)
    assert not answer.placements and set(answer.unposted) == {officer.code, helper.code}


def test_matching_is_the_cheapest_of_all_permutations() -> None:
    rng = np.random.default_rng(3)
    offices = make_offices(4)
    people = [
        make_person(n, office=f"O{n}", lon=116 + float(rng.random()) / 5, lat=40 + float(rng.random()) / 10)
        for n in range(4)
    ]
    posts = {(office.code, "crew_officer", OFFICER): 1 for office in offices}
    answer = assign(people, offices, [], posts, PARAMS)

    def cost(order: tuple[int, ...]) -> float:
        fixed = {(person.code): offices[i].code for person, i in zip(people, order, strict=True)}
        single = 0.0
        for person in people:
            where = {(fixed[person.code], "crew_officer", OFFICER): 1}
            single += assign([person], offices, [], where, PARAMS).total_points
        return single

    best = min(cost(order) for order in itertools.permutations(range(4)))
    assert answer.total_points == pytest.approx(best, abs=0.05)


def test_lead_leads_no_group_and_fifth_auxiliary_answers_to_the_lead() -> None:
    officers = [make_person(n, office="O0", grassroots_years=9.0 - n, rank_level=3 - n) for n in range(3)]
    helpers = [make_person(n, AUX, office="O0") for n in range(5)]
    posts = {
        ("O0", "lead", OFFICER): 1,
        ("O0", "crew_officer", OFFICER): 2,
        ("O0", "patrol_aux", AUX): 4,
        ("O0", "front_desk", AUX): 1,
    }
    answer = assign([*officers, *helpers], make_offices(1), [], posts, PARAMS)
    plan = staffed([*officers, *helpers], answer, [], offices=1)
    lead = next(p.person for p in answer.placements if p.role == "lead")
    assert [len(group.auxiliaries) for group in plan.grouping.groups] == [2, 2]
    assert lead not in {group.officer for group in plan.grouping.groups}
    fifth = next(p.person for p in answer.placements if p.role == "front_desk")
    assert plan.grouping.responsible[fifth] == lead


def test_beat_stays_with_its_officer_and_a_new_one_goes_to_the_least_loaded() -> None:
    officers = [make_person(n, office="O0") for n in range(3)]
    posts = {("O0", "crew_officer", OFFICER): 3}
    beats = [
        Beat("B1", "O0", 8.0, 116.0, 40.0, officers[0].code),
        Beat("B2", "O0", 5.0, 116.0, 40.0),
        Beat("B3", "O0", 4.0, 116.0, 40.0),
    ]
    plan = staffed(officers, assign(officers, make_offices(1), beats, posts, PARAMS), beats, offices=1)
    held = {duty.beat: duty.officer for duty in plan.grouping.beats}
    assert held["B1"] == officers[0].code and len(set(held.values())) == 3


def test_group_without_officer_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no officer"):
        Group("g", "O0", "", ())


def test_every_rule_is_checked_titled_and_sourced() -> None:
    assert set(CHECKS) == set(RULES)
    for rule in RULES.values():
        assert rule.title_zh and rule.title_en and "reference" in rule.source
        assert rule.id.split(".")[0] == rule.severity.value


def test_local_norm_may_soften_a_norm_but_never_a_law() -> None:
    softer = make_params(severities={"norm.one_lead": "goal", "law.recusal": "goal"})
    people = [make_person(1, office="O0")]
    answer = assign(people, make_offices(1), [], {("O0", "crew_officer", OFFICER): 1}, softer)
    verdicts = check(staffed(people, answer, [], offices=1, params=softer))
    assert of_rule(verdicts, "norm.one_lead")[0].severity is Severity.GOAL
    assert of_rule(verdicts, "law.recusal")[0].severity is Severity.LAW


def test_missed_rule_says_by_how_much_and_what_it_would_take() -> None:
    people = [make_person(1, office="O0", grassroots_years=2.0, rank_level=2)]
    answer = assign(people, make_offices(1), [], {("O0", "lead", OFFICER): 1}, PARAMS)
    [verdict] = of_rule(check(staffed(people, answer, [], offices=1)), "norm.lead_years")
    assert verdict.kept is False and verdict.missed_by == pytest.approx(3.0) and verdict.unit == "year"
    assert verdict.why_zh and verdict.way_zh and verdict.way_en


def test_move_tells_shortfalls_before_and_after() -> None:
    people = [make_person(1, office="O0")]
    answer = assign(people, make_offices(2), [], {("O1", "crew_officer", OFFICER): 1}, PARAMS)
    plan = staffed(people, answer, [])
    [move] = moves_of(
        answer.placements, plan.grouping, {"O0": 2, "O1": 2}, {"O0": 2.0}, {"O0": 1.0, "O1": 1.0}, {}
    )
    assert (move.from_office, move.to_office) == ("O0", "O1")
    assert (move.shortfall_before_share, move.shortfall_after_share) == (1.0, 0.5)
    assert "100% → 50%" in move.reason_zh


person_rows = st.tuples(
    st.sampled_from([OFFICER, AUX, VOLUNTEER, PersonCategory.GRID_WORKER, PersonCategory.AUX_CLERICAL]),
    st.sampled_from([None, "O0", "O1"]),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(person_rows, min_size=1, max_size=16), st.data())
def test_no_result_breaks_the_law(rows: list, data: st.DataObject) -> None:
    people = [
        make_person(
            number,
            category,
            office=office,
            barred_offices=frozenset({"O0"}) if barred else frozenset(),
            certificates=frozenset({"意外保险"}) if insured else frozenset(),
        )
        for number, (category, office, barred, insured) in enumerate(rows)
    ]
    posts = {}
    for role in ROLES.values():
        for category in sorted({p.category for p in people} & role.categories):
            for office in ("O0", "O1"):
                posts[office, role.id, category] = data.draw(st.integers(0, 2))
    answer = assign(people, make_offices(2), [], posts, PARAMS)
    beats = [Beat("B1", "O0", 3.0, 116.0, 40.0), Beat("B2", "O1", 2.0, 116.05, 40.0)]
    plan = staffed(people, answer, beats)
    laws = [v for v in check(plan) if v.severity is Severity.LAW and v.kept is False]
    assert not laws, laws
    by_code = {person.code: person for person in people}
    for placement in answer.placements:
        assert by_code[placement.person].category in ROLES[placement.role].categories
        assert placement.office not in by_code[placement.person].barred_offices
    for group in plan.grouping.groups:
        assert by_code[group.officer].category is OFFICER
        assert len(group.auxiliaries) <= PARAMS.group_max_aux
    assert len({p.person for p in answer.placements}) + len(answer.unposted) == len(people)
    for key, wanted in posts.items():
        filled = sum((p.office, p.role, p.category) == key for p in answer.placements)
        assert filled <= wanted
