"""The recommendation: nearest lawful crew first, and a reason for everybody left at home."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.workflow import Candidate, CrewMember, Recommendation, TaskFacts, recommend
from jingwu.norms import load
from jingwu.terms.duty import DutyState
from jingwu.terms.people import PersonCategory as Who
from jingwu.terms.refusal import BadInput

NORMS = load().at(date(2026, 11, 1))
CREW_RULES = NORMS.incidents.crew_rules(NORMS.groups)
RULES = NORMS.incidents.recommend_rules(NORMS.groups)
PLACE = ("S1", "B1")


def officer(name: str, minutes: float | None, **more) -> Candidate:  # type: ignore[no-untyped-def]
    plain = Candidate(CrewMember(name, Who.OFFICER), DutyState.ON_DUTY, "S1", "B1", travel_minutes=minutes)
    return replace(plain, **more)


def auxiliary(name: str, leader: str | None, minutes: float = 3, **more) -> Candidate:  # type: ignore[no-untyped-def]
    member = CrewMember(name, Who.AUX_DUTY, responsible_officer=leader)
    return replace(Candidate(member, DutyState.ON_DUTY, "S1", "B1", travel_minutes=minutes), **more)


def ask(*candidates: Candidate, tags: str = "", parties: str = "") -> Recommendation:
    task = TaskFacts(frozenset(tags.split()), True, frozenset(parties.split()))
    return recommend(task, PLACE, candidates, RULES, CREW_RULES)


def why(result: Recommendation) -> dict[str, list[str]]:
    return {left.person: [reason.code for reason in left.reasons] for left in result.left_out}


def test_nearest_officer_goes_with_the_own_auxiliaries() -> None:
    result = ask(
        officer("O1", 9), officer("O2", 4), auxiliary("A1", "O2"), auxiliary("A2", "O2", 5),
        auxiliary("A3", "O1"), auxiliary("A4", "O2", 6), auxiliary("A5", "O9"),
    )  # fmt: skip
    assert [proposal.persons for proposal in result.proposals] == [("O2", "A1", "A2"), ("O1", "A3")]
    assert result.proposals[0].arrival_minutes == 4
    assert result.proposals[0].verdict.clean
    assert why(result) == {"A4": ["officer_not_proposed"], "A5": ["officer_not_proposed"]}
    assert "O2" in result.zh and "4" in result.en


def test_everybody_left_out_is_told_every_reason() -> None:
    result = ask(
        officer("O1", 5),
        officer("off", 1, state=DutyState.REST),
        officer("busy", 1, on_task="JQ1", state=DutyState.LEAVE),
        officer("lost", None),
        officer("far", 61),
        officer("kin", 1, member=CrewMember("kin", Who.OFFICER, related_to=frozenset({"P1"}))),
        Candidate(CrewMember("vol", Who.VOLUNTEER), DutyState.ON_DUTY, "S1", travel_minutes=1),
        Candidate(CrewMember("grid", Who.GRID_WORKER), DutyState.ON_DUTY, "S1", travel_minutes=1),
        parties="P1",
    )
    assert [proposal.persons for proposal in result.proposals] == [("O1",)]
    assert why(result) == {
        "busy": ["off_duty", "busy"], "far": ["too_far"], "grid": ["cannot_lead"], "kin": ["recusal"],
        "lost": ["no_position"], "off": ["off_duty"], "vol": ["forbidden_task"],
    }  # fmt: skip


def test_penalties_are_minutes_that_add_up() -> None:
    tired = officer("O1", 2, beat="B2", open_tasks=2, rest_minutes=300, state=DutyState.STANDBY)
    rank = ask(tired).proposals[0].members[0]
    assert {reason.code: reason.minutes for reason in rank.reasons} == {
        "travel": 2, "other_beat": 2, "open_tasks": 6, "tired": 10, "standby": 4,
    }  # fmt: skip
    assert rank.score_minutes == 24
    result = ask(tired, officer("O2", 20, office="S2"))
    assert [p.persons[0] for p in result.proposals] == ["O1", "O2"], "20 + 6 is more than 24"


def test_a_weapon_takes_two_officers() -> None:
    result = ask(officer("O1", 3), officer("O2", 8), officer("O3", 5), tags="weapon")
    assert result.proposals[0].persons == ("O1", "O3")
    none = ask(officer("O1", 3), tags="weapon")
    assert none.proposals == ()
    assert why(none) == {"O1": ["cannot_lead"]}
    assert "2" in none.zh and "2 free officer" in none.en


def test_nobody_at_all_and_one_twice() -> None:
    assert ask().proposals == ()
    with pytest.raises(BadInput):
        ask(officer("O1", 1), officer("O1", 2))


CANDIDATES = st.lists(
    st.builds(
        lambda name, who, leader, minutes, state, busy: Candidate(
            CrewMember(name, who, responsible_officer=leader),
            state,
            "S1",
            "B1",
            on_task=busy,
            travel_minutes=minutes,
        ),
        st.sampled_from([f"p{n}" for n in range(12)]),
        st.sampled_from([Who.OFFICER, Who.OFFICER, Who.AUX_DUTY, Who.GRID_WORKER]),
        st.sampled_from([None, *[f"p{n}" for n in range(12)]]),
        st.one_of(st.none(), st.integers(0, 90).map(float)),
        st.sampled_from(list(DutyState)),
        st.sampled_from(["", "", "JQ1"]),
    ),
    max_size=12,
    unique_by=lambda candidate: candidate.person,
)


@given(CANDIDATES, st.sampled_from(["", "weapon"]), st.integers(0, 10))
@settings(deadline=None)
def test_always_lawful_complete_and_the_same(candidates: list[Candidate], tags: str, seed: int) -> None:
    result = ask(*candidates, tags=tags)
    shuffled = list(candidates)
    random.Random(seed).shuffle(shuffled)
    assert ask(*shuffled, tags=tags) == result
    by_id = {candidate.person: candidate for candidate in candidates}
    proposed = {person for proposal in result.proposals for person in proposal.persons}
    assert proposed | {left.person for left in result.left_out} == set(by_id)
    assert proposed.isdisjoint({left.person for left in result.left_out})
    for proposal in result.proposals:
        assert proposal.verdict.lawful
        for member in proposal.members:
            assert member.score_minutes == sum(reason.minutes for reason in member.reasons)
            assert not by_id[member.person].on_task
    scores = [proposal.score_minutes for proposal in result.proposals]
    assert scores == sorted(scores)
    assert all(left.reasons for left in result.left_out)
