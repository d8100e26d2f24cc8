"""Life cycles: who may take which step, what holds it up, and that the tables are sound."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingwu.engines.workflow import (
    DISPATCH,
    INCIDENT,
    LOCAL_NORM,
    ROSTER,
    TABLES,
    Actor,
    ApprovalFacts,
    CrewMember,
    CrewRules,
    IncidentFacts,
    Rule,
    State,
    TaskFacts,
    TransitionTable,
    Way,
    apply,
    as_markdown,
    check_crew,
    decided_by_lead,
    mermaid,
    options,
)
from jingwu.terms.incidents import Priority
from jingwu.terms.people import AccountRole, PersonCategory
from jingwu.terms.refusal import NotAllowed, Refusal

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
CHIEF = Actor("chief", frozenset({"chief"}))
OFFICER = Actor("officer", frozenset({"officer"}))
OTHER = Actor("other officer", frozenset({"officer"}))
AUXILIARY = Actor("auxiliary", frozenset({"auxiliary"}))
GRID = Actor("grid worker", frozenset({"grid_worker"}))
SYSTEM = Actor("system", frozenset({"system"}))
RULES = CrewRules(1, 2, frozenset({"weapon"}), 2, {})
LAWFUL = check_crew(TaskFacts(), (CrewMember("officer", PersonCategory.OFFICER),), RULES)
UNLAWFUL = check_crew(TaskFacts(), (CrewMember("auxiliary", PersonCategory.AUX_DUTY),), RULES)

GOOD = IncidentFacts(
    priority=Priority.P2,
    category="dispute",
    crew=LAWFUL,
    crew_persons=frozenset({"officer", "auxiliary"}),
    crew_officers=frozenset({"officer"}),
    handlers=frozenset({"officer", "auxiliary"}),
    result="settled",
    satisfaction=1,
    reason="理由",
    clause="第三条",
    approver="chief",
    merge_into="JQ2",
    receiver="派出所",
)


def step(state: str, verb: str, actor: Actor, facts: IncidentFacts = GOOD) -> str:
    return apply(INCIDENT, state, verb, actor=actor, facts=facts, now=NOW).target


def refusal(state: str, verb: str, actor: Actor, facts: IncidentFacts = GOOD) -> str:
    with pytest.raises(Refusal) as caught:
        apply(INCIDENT, state, verb, actor=actor, facts=facts, now=NOW)
    assert caught.value.message_zh and caught.value.message_en
    return caught.value.code


def test_the_whole_life_of_a_call() -> None:
    path = [
        ("triage", OTHER), ("dispatch", OTHER), ("ack", AUXILIARY), ("depart", OFFICER), ("arrive", OFFICER),
        ("handle", OFFICER), ("feed_back", OFFICER), ("review", CHIEF), ("follow_up", OTHER),
        ("close", OTHER),
        ("archive", SYSTEM),
    ]  # fmt: skip
    state, stamps = INCIDENT.initial, {}
    for number, (verb, actor) in enumerate(path):
        now = NOW + timedelta(minutes=number)
        done = apply(INCIDENT, state, verb, actor=actor, facts=GOOD, now=now)
        assert (done.source, done.actor, done.at, done.way) == (state, actor.id, now, Way.FORWARD)
        stamps |= done.stamps
        state = done.target
    assert state == "archived"
    assert list(stamps) == [
        "triaged_at", "dispatched_at", "acked_at", "departed_at", "arrived_at", "handling_at", "feedback_at",
        "reviewed_at", "followed_up_at", "closed_at", "archived_at",
    ]  # fmt: skip
    assert sorted(stamps.values()) == list(stamps.values())


@pytest.mark.parametrize(
    ("state", "verb", "actor", "change", "code"),
    [
        ("received", "triage", OFFICER, {"priority": None}, "graded"),
        ("received", "triage", OFFICER, {"reported_at": NOW + timedelta(minutes=6)}, "time_plausible"),
        ("triaged", "dispatch", OFFICER, {"crew": UNLAWFUL}, "lawful_crew"),
        ("triaged", "dispatch", OFFICER, {"crew": None}, "lawful_crew"),
        ("triaged", "handle_remotely", OFFICER, {}, "no_presence"),
        ("dispatched", "ack", OTHER, {}, "on_crew"),
        ("acked", "arrive", AUXILIARY, {"crew_officers": frozenset()}, "officer_on_crew"),
        ("dispatched", "refuse", OFFICER, {"clause": " "}, "duty_clause"),
        ("handling", "feed_back", OTHER, {}, "officer_writes"),
        ("handling", "feed_back", OFFICER, {"result": ""}, "result_given"),
        ("handling", "feed_back", OFFICER, {"missing_feedback": ("arrived_at",)}, "feedback_complete"),
        ("feedback", "review", OFFICER, {}, "not_the_handler"),
        ("feedback", "review", CHIEF, {"open_conflicts": 1}, "conflicts_settled"),
        ("feedback", "review", CHIEF, {"missing_attachments": 1}, "attachments_arrived"),
        ("feedback", "review", CHIEF, {"domestic_violence": True}, "dv_checklist"),
        ("followed_up", "close", CHIEF, {"domestic_violence": True}, "dv_checklist"),
        ("reviewed", "follow_up", OFFICER, {}, "not_the_handler"),
        ("reviewed", "follow_up", CHIEF, {"satisfaction": None}, "answer_given"),
        ("reviewed", "follow_up", CHIEF, {"satisfaction": 3}, "called_back"),
        ("reviewed", "follow_up", CHIEF, {"satisfaction": 3, "call_back_by": "officer"}, "called_back"),
        ("reviewed", "close", CHIEF, {}, "survey_barred"),
        ("reviewed", "send_back", CHIEF, {"reason": ""}, "reason_given"),
        ("followed_up", "rework", CHIEF, {}, "dissatisfaction_verified"),
        ("closed", "reopen", CHIEF, {"reason": ""}, "reason_given"),
        ("received", "merge", OFFICER, {"merge_into": ""}, "merge_target"),
        ("handling", "transfer_station", OFFICER, {"receiver": ""}, "receiver_named"),
        ("triaged", "transfer_12345", OFFICER, {"priority": Priority.P1}, "not_urgent"),
        ("triaged", "cancel", CHIEF, {}, "approved_by_another"),
        ("triaged", "cancel", OFFICER, {"approver": ""}, "approved_by_another"),
    ],
)
def test_what_holds_a_step_up(state: str, verb: str, actor: Actor, change: dict, code: str) -> None:  # type: ignore[type-arg]
    assert refusal(state, verb, actor, replace(GOOD, **change)) == f"incident.{code}"


def test_every_guard_of_the_incident_table_has_a_refused_case_above() -> None:
    cases = next(mark for mark in test_what_holds_a_step_up.pytestmark).args[1]
    assert {case[4] for case in cases} == {guard for rule in INCIDENT.rules for guard in rule.guards}


def test_roads_back_and_side_exits() -> None:
    assert step("dispatched", "refuse", OFFICER) == "triaged"
    assert step("feedback", "send_back", CHIEF) == "handling"
    assert step("reviewed", "send_back", CHIEF) == "handling"
    sad = replace(GOOD, satisfaction=3, call_back_by="other officer", satisfaction_verified=True)
    assert step("reviewed", "follow_up", CHIEF, sad) == "followed_up"
    assert step("followed_up", "rework", CHIEF, sad) == "handling"
    assert step("closed", "reopen", CHIEF) == "reopened"
    assert step("reopened", "triage", OFFICER) == "triaged"
    assert step("reopened", "resume", OFFICER) == "handling"
    assert step("received", "merge", OFFICER) == "merged"
    assert step("merged", "unmerge", CHIEF) == "received"
    assert step("transferred_12345", "take_back", OFFICER) == "received"
    assert step("on_scene", "mark_false", OFFICER) == "false_alarm"
    assert step("en_route", "cancel", OFFICER) == "cancelled"
    assert step("reviewed", "close", OFFICER, replace(GOOD, survey_barred=True)) == "closed"
    assert step("triaged", "handle_remotely", OFFICER, replace(GOOD, needs_presence=False)) == "handling"


def test_roles_are_positive_lists() -> None:
    for state, verb in (("triaged", "dispatch"), ("handling", "feed_back"), ("followed_up", "close")):
        with pytest.raises(NotAllowed):
            step(state, verb, AUXILIARY)
    with pytest.raises(NotAllowed):
        step("closed", "reopen", OFFICER)
    known = {role.value for role in AccountRole} | {"system"}
    for table in TABLES:
        for rule in table.rules:
            assert set(rule.who) <= known
            assert "grid_worker" not in rule.who and "volunteer" not in rule.who
    assert options(INCIDENT, "triaged", actor=GRID, facts=GOOD, now=NOW) == ()


def test_wrong_state_says_so_in_words() -> None:
    with pytest.raises(Refusal, match="归档") as caught:
        apply(INCIDENT, "archived", "dispatch", actor=CHIEF, facts=GOOD, now=NOW)
    assert caught.value.code == "incident.wrong_state"
    assert caught.value.message_en == "cannot dispatch while the state is 'archived'"
    with pytest.raises(KeyError):
        apply(INCIDENT, "received", "explode", actor=CHIEF, facts=GOOD, now=NOW)


def test_all_failing_guards_are_named_at_once() -> None:
    facts = replace(GOOD, result="", missing_feedback=("persons",))
    with pytest.raises(Refusal) as caught:
        apply(INCIDENT, "handling", "feed_back", actor=OFFICER, facts=facts, now=NOW)
    assert set(caught.value.fields) == {"result", "feedback"}


@given(
    st.sampled_from(sorted(state.code for state in INCIDENT.states)),
    st.sampled_from([CHIEF, OFFICER, OTHER, AUXILIARY, SYSTEM]),
    st.booleans(),
    st.sampled_from([None, 1, 2, 3]),
)
def test_options_and_apply_say_the_same(state: str, actor: Actor, dv: bool, satisfaction: int | None) -> None:
    facts = replace(GOOD, domestic_violence=dv, satisfaction=satisfaction)
    offered = {option.verb: option for option in options(INCIDENT, state, actor=actor, facts=facts, now=NOW)}
    for verb in INCIDENT.verbs:
        try:
            done = apply(INCIDENT, state, verb, actor=actor, facts=facts, now=NOW)
        except Refusal:
            assert verb not in offered or not offered[verb].permitted
        else:
            assert offered[verb].permitted and offered[verb].target == done.target


def test_an_auxiliary_alone_never_gets_an_incident_beyond_the_road() -> None:
    facts = replace(GOOD, crew=UNLAWFUL, crew_persons=frozenset({"auxiliary"}), crew_officers=frozenset())
    reached, frontier = {"dispatched"}, ["dispatched"]
    while frontier:
        state = frontier.pop()
        for option in options(INCIDENT, state, actor=AUXILIARY, facts=facts, now=NOW):
            if option.permitted and option.target not in reached:
                reached.add(option.target)
                frontier.append(option.target)
    assert reached == {"dispatched", "acked", "en_route", "triaged"}


def test_dispatch_of_one_crew() -> None:
    state = "offered"
    for verb in ("ack", "depart", "arrive", "leave"):
        state = apply(DISPATCH, state, verb, actor=OFFICER, facts=GOOD, now=NOW).target
    assert state == "left"
    assert apply(DISPATCH, "offered", "refuse", actor=OFFICER, facts=GOOD, now=NOW).target == "refused"
    assert [decided_by_lead(count, 2) for count in (0, 1, 2, 3)] == [False, False, True, True]


def test_a_second_person_approves() -> None:
    facts = ApprovalFacts(created_by="officer", submitted_by="chief", reason="x")
    boss = Actor("boss", frozenset({"district_manager"}))
    for actor, table in ((CHIEF, ROSTER), (Actor("officer", frozenset({"district_manager"})), LOCAL_NORM)):
        with pytest.raises(Refusal) as caught:
            apply(table, "submitted", "approve", actor=actor, facts=facts, now=NOW)
        assert caught.value.code == f"{table.kind}.second_person"
    assert apply(ROSTER, "submitted", "approve", actor=boss, facts=facts, now=NOW).target == "approved"
    for bad in (replace(facts, law_breaches=1, overridden=True), replace(facts, norm_breaches=1)):
        with pytest.raises(Refusal):
            apply(ROSTER, "submitted", "approve", actor=boss, facts=bad, now=NOW)
    explained = replace(facts, norm_breaches=1, overridden=True)
    assert apply(ROSTER, "submitted", "approve", actor=boss, facts=explained, now=NOW).target == "approved"


def test_pictures_show_every_step() -> None:
    for table in TABLES:
        steps = sum(len(rule.sources) for rule in table.rules)
        for language in ("zh", "en"):
            picture = mermaid(table, language=language)
            finals = sum(state.final for state in table.states)
            assert picture.count("-->") == steps + 1 + finals
        assert as_markdown(table).count("\n") == len(table.rules) + 2


_TWO = (State("a", "甲", "a"), State("b", "乙", "b", final=True))


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (Rule(("a",), "go", "c", ("chief",)),),
        (Rule(("a",), "run", "b", ("chief",)),),
        (Rule(("a",), "go", "b", ()),),
        (Rule(("a",), "go", "b", ("chief",), ("unheard",)),),
        (Rule(("a",), "go", "b", ("chief",)), Rule(("a",), "go", "a", ("chief",))),
        (Rule(("a",), "go", "b", ("chief",)), Rule(("b",), "go", "a", ("chief",))),
        (Rule(("a",), "go", "a", ("chief",)),),
    ],
)
def test_unsound_tables_are_refused(rules: tuple[Rule, ...]) -> None:
    with pytest.raises(ValueError):
        TransitionTable[None]("x", "a", _TWO, {"go": ("去", "go")}, (), rules)


def test_the_page_in_the_docs_shows_the_tables_as_they_are() -> None:
    page = (Path(__file__).parents[3] / "docs" / "engines" / "workflow.md").read_text(encoding="utf-8")
    for table in TABLES:
        assert mermaid(table) in page, f"render {table.kind} anew into docs/engines/workflow.md"
        assert as_markdown(table) in page
