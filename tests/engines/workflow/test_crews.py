"""Who may do what (reference §3.3): one kept and one broken case per validator, and the matrix."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingwu.engines.workflow import (
    NEVER_OVERRIDDEN,
    PERMITS,
    CrewMember,
    Permit,
    TaskFacts,
    check_crew,
    permit,
)
from jingwu.norms import load
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory as Who
from jingwu.terms.refusal import Refusal

NORMS = load().at(date(2026, 11, 1))
RULES = replace(
    NORMS.incidents.crew_rules(NORMS.groups), needed_certificates={"drone": frozenset({"drone_pilot"})}
)
OFFICER = CrewMember("O1", Who.OFFICER)
SECOND = CrewMember("O2", Who.OFFICER)
AUX = [CrewMember(f"A{n}", Who.AUX_DUTY, responsible_officer="O1") for n in (1, 2, 3)]
VOLUNTEER = CrewMember("V1", Who.VOLUNTEER)


def broken(
    crew: list[CrewMember], *tags: str, presence: bool = True, parties: str = ""
) -> list[tuple[int, str]]:
    task = TaskFacts(frozenset(tags), presence, frozenset(parties.split()))
    return [(breach.rule, breach.code) for breach in check_crew(task, tuple(crew), RULES).breaches]


def test_one_plus_two_is_clean() -> None:
    assert broken([OFFICER, *AUX[:2]]) == []


def test_rule_1_an_officer_attends_and_two_where_needed() -> None:
    assert broken([replace(AUX[0], responsible_officer=None)]) == [
        (1, "too_few_officers"),
        (2, "auxiliary_without_officer"),
    ]
    assert broken([replace(OFFICER, on_duty=False)]) == [(1, "too_few_officers")]
    assert broken([], presence=False) == []
    for tag in ("inspection", "weapon", "suspect_control"):
        assert broken([OFFICER], tag) == [(1, "too_few_officers")]
        assert broken([OFFICER, SECOND], tag) == []


def test_rule_2_an_auxiliary_needs_an_officer_on_the_same_task_and_on_duty() -> None:
    assert broken([SECOND, AUX[0]]) == [(2, "auxiliary_without_officer")]
    assert broken([SECOND, replace(OFFICER, on_duty=False), AUX[0]]) == [(2, "auxiliary_without_officer")]


def test_rule_3_at_most_two_auxiliaries() -> None:
    assert broken([OFFICER, *AUX]) == [(3, "too_many_auxiliaries")]


def test_rule_4_forbidden_tasks() -> None:
    assert broken([OFFICER, AUX[0]], "evidence") == [(4, "forbidden_task")]
    assert broken([OFFICER, VOLUNTEER]) == [(4, "forbidden_task")], "volunteers do not attend"
    assert broken([OFFICER, CrewMember("G1", Who.GRID_WORKER)]) == []
    assert broken([OFFICER, CrewMember("G1", Who.GRID_WORKER)], "danger") == [(4, "forbidden_task")]
    clerk = CrewMember("W1", Who.AUX_CLERICAL, responsible_officer="O1")
    assert broken([OFFICER, clerk]) == [(4, "forbidden_task")]
    assert broken([OFFICER, clerk], presence=False) == []


def test_rule_5_certificates_and_insurance() -> None:
    assert broken([OFFICER], "drone") == [(5, "certificate")]
    assert broken([replace(OFFICER, certificates=frozenset({"drone_pilot"}))], "drone") == []
    assert broken([VOLUNTEER], "patrol", presence=False) == [(5, "insurance")]
    assert broken([replace(VOLUNTEER, insured=True)], "patrol", presence=False) == []


def test_rule_6_recusal() -> None:
    uncle = replace(OFFICER, related_to=frozenset({"P7"}))
    assert broken([uncle], parties="P7 P8") == [(6, "recusal")]
    assert broken([uncle], parties="P8") == []


def test_rule_7_supervisor_does_not_help() -> None:
    assert broken([OFFICER, replace(SECOND, supervises=True)]) == [(7, "supervisor_helps")]


def test_rule_8_law_is_never_overridden() -> None:
    alone = check_crew(TaskFacts(), (replace(AUX[0], responsible_officer=None),), RULES)
    everything = {breach.code: "紧急" for breach in alone.breaches}
    with pytest.raises(Refusal) as caught:
        alone.require(everything)
    assert set(caught.value.fields) == {"too_few_officers", "auxiliary_without_officer"}
    many = check_crew(TaskFacts(), (OFFICER, *AUX), RULES)
    assert many.lawful and not many.clean
    many.require({"too_many_auxiliaries": "大型活动"})
    for overrides in (None, {}, {"too_many_auxiliaries": "  "}, {"recusal": "x"}):
        with pytest.raises(Refusal):
            many.require(overrides)


def test_law_and_norm_by_number() -> None:
    assert sorted(NEVER_OVERRIDDEN) == [1, 2, 4]
    forbidden = check_crew(TaskFacts(frozenset({"evidence"})), (OFFICER, AUX[0]), RULES)
    with pytest.raises(Refusal, match="不得承担"):
        forbidden.require({"forbidden_task": "人手不足"})
    uncle = replace(OFFICER, related_to=frozenset({"P7"}))
    check_crew(TaskFacts(parties=frozenset({"P7"})), (uncle,), RULES).require({"recusal": "无他人可派"})


MEMBERS = st.builds(
    CrewMember,
    person=st.sampled_from("abcdef"),
    category=st.sampled_from(list(Who)),
    on_duty=st.booleans(),
    responsible_officer=st.sampled_from([None, *"abcdef"]),
    insured=st.booleans(),
    supervises=st.booleans(),
)
CREWS = st.lists(MEMBERS, max_size=6, unique_by=lambda member: member.person).map(tuple)
TAGS = st.frozensets(st.sampled_from(["inspection", "weapon", "danger", "evidence", "patrol"]))


@given(CREWS, TAGS, st.booleans())
def test_no_reason_makes_a_crew_lawful_that_is_not(
    crew: tuple[CrewMember, ...], tags: frozenset[str], presence: bool
) -> None:
    verdict = check_crew(TaskFacts(tags, presence), crew, RULES)
    reasons = {breach.code: "理由" for breach in verdict.breaches}
    officers = sum(member.category is Who.OFFICER and member.on_duty for member in crew)
    if presence and officers == 0:
        assert not verdict.lawful
    if verdict.lawful:
        verdict.require(reasons)
        assert all(breach.severity is Severity.NORM for breach in verdict.breaches)
    else:
        assert {breach.rule for breach in verdict.breaches} & NEVER_OVERRIDDEN
        with pytest.raises(Refusal):
            verdict.require(reasons)


def test_matrix_of_the_reference() -> None:
    assert permit("attend_incident", Who.AUX_DUTY) is Permit.WITH_OFFICER
    assert permit("attend_incident", Who.AUX_CLERICAL) is Permit.NEVER
    assert permit("register_incident", Who.VOLUNTEER) is Permit.DRAFT
    assert permit("write_disposal", Who.AUX_DUTY) is Permit.DRAFT
    assert permit("host_public_order_mediation", Who.MEDIATOR) is Permit.NEVER
    assert permit("visit_household", Who.GRID_WORKER) is Permit.MAY
    for action in ("grade_incident", "dispatch_incident"):
        assert [who for who in Who if permit(action, who) is not Permit.NEVER] == [Who.OFFICER]
    for action, row in PERMITS.items():
        assert permit(action, Who.TECH_SPECIALIST) is Permit.NEVER
        assert row.get(Who.POLICE_ASSISTANT, Permit.NEVER) in (Permit.NEVER, Permit.DRAFT)
    with pytest.raises(KeyError):
        permit("arrest", Who.OFFICER)
