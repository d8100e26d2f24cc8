"""The life of an incident: every step once, and who may not take it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from incident_case import Case, verbs_in_journal

from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice
from jingwu.incidents.models import Dispatch, IncidentEvent
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal


def test_a_report_lives_from_the_call_to_the_archive(case: Case) -> None:
    case.bring_to("closed")
    actions.archive(case.id, by=case.desk, at=case.later(1))
    row = case.row
    assert row.state == "archived"
    assert row.number == "JQ990101010100202603020001"
    told = [event.verb for event in row.events.all()]
    assert told == [
        "register", "triage", "dispatch", "ack", "depart", "arrive", "handle", "feed_back", "review",
        "record_answer", "follow_up", "close", "archive",
    ]  # fmt: skip
    stamps = [
        row.reported_at, row.triaged_at, row.dispatched_at, row.acked_at, row.departed_at, row.arrived_at,
        row.handling_at, row.feedback_at, row.reviewed_at, row.followed_up_at, row.closed_at, row.archived_at,
    ]  # fmt: skip
    assert stamps == sorted(stamps)
    assert [verb.removeprefix("incidents.") for verb in verbs_in_journal(row)] == told


def test_numbers_run_by_office_and_day(make_case: Callable[..., Case], tree: Any, now: datetime) -> None:
    first, second = make_case(), make_case()
    assert [first.row.number[-4:], second.row.number[-4:]] == ["0001", "0002"]
    assert first.row.number[:14] == second.row.number[:14] == "JQ990101010100"


def test_an_auxiliary_may_not_grade_or_dispatch(case: Case, auxiliary: Any) -> None:
    with pytest.raises(NotAllowed):
        actions.triage(case.id, category="dispute", priority=2, by=auxiliary, at=case.at)
    case.triage()
    with pytest.raises(NotAllowed):
        actions.dispatch(case.id, CrewChoice(persons=("P-officer",)), by=auxiliary, at=case.at)
    assert case.row.state == "triaged"
    assert verbs_in_journal(case.row).count("incidents.refused") == 2


def test_only_the_lead_reopens_and_the_clock_runs_at_once(case: Case) -> None:
    case.bring_to("closed")
    with pytest.raises(NotAllowed):
        actions.reopen(case.id, reason="新情况", by=case.reviewer, at=case.at)
    with pytest.raises(Refusal, match="理由"):
        actions.reopen(case.id, reason="", by=case.desk, at=case.at)
    actions.reopen(case.id, reason="新情况", by=case.desk, at=case.later(5))
    actions.resume(case.id, by=case.desk, at=case.later(1))
    assert case.row.state == "handling" and case.row.feedback_due_at == case.at + timedelta(minutes=30)


def test_cancelling_takes_two_people(case: Case) -> None:
    case.triage()
    with pytest.raises(BadInput):
        actions.ask_cancel(case.id, reason="", by=case.reviewer, at=case.at)
    actions.ask_cancel(case.id, reason="报警人撤回", by=case.reviewer, at=case.at)
    with pytest.raises(NotAllowed):
        actions.decide_cancel(case.id, is_approved=True, by=case.reviewer, at=case.at)
    with pytest.raises(ChangedMeanwhile):
        actions.ask_cancel(case.id, reason="再来", by=case.desk, at=case.at)
    actions.decide_cancel(case.id, is_approved=True, by=case.desk, at=case.later(1))
    assert case.row.state == "cancelled"
    with pytest.raises(ChangedMeanwhile):
        actions.decide_cancel(case.id, is_approved=True, by=case.desk, at=case.at)


def test_a_cancellation_turned_down_changes_nothing(case: Case) -> None:
    case.triage()
    actions.ask_cancel(case.id, reason="误会", by=case.reviewer, at=case.at)
    actions.decide_cancel(case.id, is_approved=False, by=case.desk, at=case.at)
    assert case.row.state == "triaged"


def test_the_side_exits_and_the_ways_back(make_case: Callable[..., Case]) -> None:
    hotline = make_case().triage("non_police", 4)
    with pytest.raises(Refusal, match="理由"):
        actions.transfer_12345(hotline.id, reason="", by=hotline.desk, at=hotline.at)
    actions.transfer_12345(hotline.id, reason="非警务", by=hotline.desk, at=hotline.at)
    actions.take_back(hotline.id, reason="12345 退回", by=hotline.desk, at=hotline.later(1))
    assert hotline.row.state == "received"
    urgent = make_case().triage("crime", 1)
    with pytest.raises(Refusal, match="紧急警情不得转12345"):
        actions.transfer_12345(urgent.id, reason="x", by=urgent.desk, at=urgent.at)
    with pytest.raises(Refusal, match="接收单位"):
        actions.transfer_station(urgent.id, receiver="", reason="立案", by=urgent.desk, at=urgent.at)
    actions.transfer_station(urgent.id, receiver="甲一派出所", reason="立案", by=urgent.desk, at=urgent.at)
    assert urgent.row.state == "transferred_station"
    false = make_case().triage()
    actions.mark_false(false.id, reason="查无此事", by=false.desk, at=false.at)
    assert false.row.state == "false_alarm"


def test_a_repeated_report_is_merged_and_its_crew_is_free(make_case: Callable[..., Case]) -> None:
    first, second = make_case(), make_case()
    second.triage().dispatch()
    with pytest.raises(BadInput, match="只能并入"):
        actions.merge(second.id, into_id=second.id, by=second.desk, at=second.at)
    actions.merge(second.id, into_id=first.id, by=second.desk, at=second.later(1))
    row = second.row
    assert row.state == "merged" and row.merged_into_id == first.id and row.due_at is None
    assert Dispatch.objects.get().state == "recalled"
    actions.unmerge(second.id, reason="不是一回事", by=second.desk, at=second.later(1))
    assert second.row.state == "received" and second.row.merged_into_id is None


def test_nobody_acts_outside_the_scope(case: Case, stranger: Any) -> None:
    with pytest.raises(NotAllowed, match="管辖范围"):
        actions.triage(case.id, category="dispute", priority=2, by=stranger, at=case.at)
    with pytest.raises(NotAllowed):
        actions.pause(case.id, reason="x", by=stranger, at=case.at)


def test_the_trail_is_never_changed(case: Case) -> None:
    event = case.row.events.first()
    with pytest.raises(Exception, match=r"append_only|Cannot"), transaction.atomic():
        IncidentEvent.objects.filter(pk=event.pk).update(reason="changed")


def test_a_time_is_corrected_beside_what_was_told(case: Case) -> None:
    case.bring_to("handling")
    was = case.row.arrived_at
    with pytest.raises(BadInput):
        actions.correct_time(
            case.id, step="arrive", moment=was + timedelta(hours=3), reason="错", by=case.crew, at=case.at
        )
    with pytest.raises(BadInput, match="先后"):
        actions.correct_time(
            case.id, step="arrive", moment=case.row.departed_at - timedelta(seconds=30), reason="按错",
            by=case.crew, at=case.at,
        )  # fmt: skip
    earlier = was - timedelta(minutes=1)
    actions.correct_time(
        case.id, step="arrive", moment=earlier, reason="按晚了", by=case.crew, at=case.later(1)
    )
    assert case.row.arrived_at == earlier
    arrivals = case.row.events.filter(verb__in=("arrive", "correct_time"))
    assert sorted(event.at for event in arrivals) == [earlier, was]
