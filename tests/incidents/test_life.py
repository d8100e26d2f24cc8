"""The life of an incident: every step once, and who may not take it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from incident_case import SHA, Case, feedback

from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice, FeedbackForm, Recording
from jingwu.incidents.models import Dispatch, DispatchMember, Feedback, Incident, IncidentEvent, Notice
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal


def verbs_in_journal(row: Incident) -> list[str]:
    from jingwu.journal.models import Line

    lines = Line.objects.filter(room="incidents", record_type="incident", record_id=str(row.pk))
    return list(lines.order_by("sequence").values_list("verb", flat=True))


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


def test_rule_1_an_auxiliary_alone_is_never_sent_whatever_reasons_are_given(
    case: Case, auxiliary: Any, put_on_duty: Callable[..., None]
) -> None:
    put_on_duty(auxiliary, group="二组")
    case.triage()
    alone = CrewChoice(
        persons=("P-auxiliary",),
        overrides={"too_few_officers": "人手不足", "auxiliary_without_officer": "人手不足"},
    )
    with pytest.raises(Refusal) as refused:
        actions.dispatch(case.id, alone, by=case.desk, at=case.at)
    assert refused.value.code == "crew.too_few_officers"
    assert "incidents.refused" in verbs_in_journal(case.row)
    assert case.row.state == "triaged" and not Dispatch.objects.exists()


def test_rule_1_a_special_task_takes_two_officers(
    case: Case, officer2: Any, put_on_duty: Callable[..., None]
) -> None:
    case.triage(tags=("weapon",))
    with pytest.raises(Refusal, match="2 名在岗民警"):
        case.dispatch()
    put_on_duty(officer2, group="二组")
    actions.dispatch(case.id, CrewChoice(persons=("P-officer", "P-officer2")), by=case.desk, at=case.later(1))
    assert case.row.state == "dispatched"


def test_rule_2_an_auxiliary_needs_its_officer_on_the_same_task(
    case: Case, auxiliary: Any, put_on_duty: Callable[..., None]
) -> None:
    put_on_duty(auxiliary, group="")
    case.triage()
    pair = ("P-officer", "P-auxiliary")
    with pytest.raises(Refusal, match="责任民警"):
        actions.dispatch(
            case.id, CrewChoice(persons=pair, overrides={"auxiliary_without_officer": "急"}), by=case.desk,
            at=case.at,
        )  # fmt: skip
    led = CrewChoice(persons=pair, responsible={"P-auxiliary": "P-officer"})
    actions.dispatch(case.id, led, by=case.desk, at=case.later(1))
    member = DispatchMember.objects.get(person__code="P-auxiliary")
    assert member.responsible_officer.code == "P-officer"


def test_rule_4_a_volunteer_is_never_sent(
    case: Case, volunteer: Any, put_on_duty: Callable[..., None]
) -> None:
    put_on_duty(volunteer)
    case.triage()
    crew = CrewChoice(persons=("P-officer", "P-volunteer"), overrides={"forbidden_task": "人手不足"})
    with pytest.raises(Refusal, match="不得承担"):
        actions.dispatch(case.id, crew, by=case.desk, at=case.at)


def test_who_is_off_duty_cannot_be_named(case: Case) -> None:
    case.triage()
    with pytest.raises(Refusal, match="不在岗"):
        actions.dispatch(case.id, CrewChoice(persons=("P-officer2",)), by=case.desk, at=case.at)


def test_who_is_recused_needs_a_reason(case: Case, tree: Any) -> None:
    from jingwu.people.models import Person

    Person.objects.filter(code="P-officer").update(recused_from=[tree.office])
    case.triage()
    with pytest.raises(Refusal, match="回避"):
        case.dispatch()
    choice = CrewChoice(persons=("P-officer",), overrides={"recusal": "无其他人,已报警务长"})
    actions.dispatch(case.id, choice, by=case.desk, at=case.later(1))
    assert Dispatch.objects.get().overrides == {"recusal": "无其他人,已报警务长"}


def test_who_is_bound_to_one_incident_is_not_sent_to_another(make_case: Callable[..., Case]) -> None:
    first, second = make_case(), make_case()
    first.triage().dispatch()
    second.triage()
    with pytest.raises(Refusal, match="正在处置其他警情"):
        second.dispatch()
    first.ack().depart().arrive().handle()
    actions.leave(first.id, by=first.crew, at=first.later(5))
    second.at = first.at
    second.dispatch()
    assert second.row.state == "dispatched"


def test_the_recommendation_is_stored_with_its_reasons(
    case: Case, officer2: Any, auxiliary: Any, put_on_duty: Callable[..., None]
) -> None:
    put_on_duty(auxiliary)
    put_on_duty(officer2, group="二组")
    case.triage()
    actions.dispatch(case.id, CrewChoice(proposal=0), by=case.desk, at=case.later(1))
    row = Dispatch.objects.get()
    best = row.recommendation["proposals"][0]
    assert row.chosen == 0
    assert {m["person"] for m in best["members"]} == set(row.members.values_list("person__code", flat=True))
    assert best["members"][0]["reasons"][0]["code"] == "travel"
    assert Notice.objects.filter(kind="dispatch").count() == row.members.count()


def test_only_the_crew_acknowledges(case: Case, officer2: Any) -> None:
    case.triage().dispatch()
    with pytest.raises(Refusal, match="不在本警情的出警力量中"):
        actions.ack(case.id, by=officer2, at=case.at)
    case.ack()
    assert case.row.state == "acked" and Dispatch.objects.get().state == "acked"


def test_a_crew_of_another_office_keeps_its_rights_on_the_task(
    case: Case, make_account: Callable[..., Any], tree: Any, put_on_duty: Callable[..., None]
) -> None:
    from jingwu.terms.people import AccountRole, PersonCategory

    guest = make_account("guest", AccountRole.OFFICER, tree.office2, PersonCategory.OFFICER)
    put_on_duty(guest, office=tree.office2)
    with pytest.raises(NotAllowed):
        actions.triage(case.id, category="dispute", priority=2, by=guest, at=case.at)
    case.triage()
    actions.dispatch(case.id, CrewChoice(persons=("P-guest",)), by=case.desk, at=case.later(1))
    case.crew = guest
    case.ack().depart().arrive().handle().feed_back()
    assert case.row.state == "feedback"


def test_a_refusal_names_the_duty_clause_and_two_of_them_go_to_the_lead(case: Case) -> None:
    case.triage().dispatch()
    with pytest.raises(Refusal, match="职责条款"):
        actions.refuse(case.id, clause=" ", by=case.crew, at=case.at)
    actions.refuse(case.id, clause="人民警察法第二十一条", by=case.crew, at=case.later(1))
    assert case.row.state == "triaged" and not case.row.is_with_lead
    case.dispatch()
    actions.refuse(case.id, clause="人民警察法第二十一条", by=case.crew, at=case.later(1))
    assert case.row.is_with_lead and case.row.refusals_count == 2
    assert Notice.objects.get(kind="bounced").role == "chief"
    assert not DispatchMember.objects.filter(is_bound=True).exists()


def test_a_recall_takes_a_reason_and_frees_the_crew(case: Case) -> None:
    case.triage().dispatch()
    with pytest.raises(Refusal, match="理由"):
        actions.recall(case.id, reason="", by=case.desk, at=case.at)
    actions.recall(case.id, reason="改派更近的组", by=case.desk, at=case.later(1))
    assert case.row.state == "triaged" and Dispatch.objects.get().state == "recalled"
    case.dispatch()
    assert case.row.state == "dispatched"


def test_only_an_officer_of_the_crew_gives_the_result(
    case: Case, auxiliary: Any, put_on_duty: Callable[..., None]
) -> None:
    put_on_duty(auxiliary)
    case.triage()
    crew = CrewChoice(persons=("P-officer", "P-auxiliary"))
    actions.dispatch(case.id, crew, by=case.desk, at=case.later(1))
    case.ack().depart().arrive().handle()
    with pytest.raises(NotAllowed):
        actions.feed_back(case.id, feedback(), by=auxiliary, at=case.at)
    actions.draft_feedback(case.id, feedback(), by=auxiliary, at=case.later(1))
    with pytest.raises(Refusal, match="出警民警填写"):
        actions.feed_back(case.id, feedback(), by=case.desk, at=case.at)
    case.feed_back()
    assert list(Feedback.objects.values_list("is_draft", flat=True)) == [True, False]


@pytest.mark.parametrize(
    ("gap", "word"),
    [
        ({"facts": ""}, "必填项"),
        ({"measures": ""}, "必填项"),
        ({"next_step": ""}, "必填项"),
        ({"recordings": ()}, "必填项"),
        ({"result_code": ""}, "处置结果"),
    ],
)
def test_feedback_is_complete_or_refused(case: Case, gap: dict[str, Any], word: str) -> None:
    case.bring_to("handling")
    with pytest.raises(Refusal, match=word):
        case.feed_back(**gap)
    assert not Feedback.objects.exists()


def test_a_recording_is_a_reference_and_a_hash() -> None:
    with pytest.raises(BadInput):
        Recording("AV-1", "not a hash")
    assert Recording("AV-1", SHA).sha256 == SHA
    with pytest.raises(BadInput):
        FeedbackForm("a", "b", result_code="hanged")


def test_the_handler_neither_reviews_nor_follows_up(case: Case, officer: Any) -> None:
    case.bring_to("feedback")
    with pytest.raises(Refusal, match="处置人以外"):
        actions.review(case.id, by=officer, at=case.at)
    case.review()
    with pytest.raises(NotAllowed, match="处置人以外"):
        actions.record_answer(case.id, satisfaction=1, by=officer, at=case.at)


def test_not_satisfied_waits_for_a_call_back_by_somebody_else_within_24_hours(case: Case) -> None:
    case.bring_to("reviewed").answer(3)
    assert case.row.call_back_due_at == case.at + timedelta(hours=24)
    with pytest.raises(Refusal, match="电话核查"):
        case.follow_up()
    with pytest.raises(NotAllowed):
        actions.record_call_back(
            case.id, satisfaction=3, is_verified=True, note="x", by=case.crew, at=case.at
        )
    actions.record_call_back(
        case.id, satisfaction=3, is_verified=True, note="属实", by=case.desk, at=case.later(30)
    )
    assert case.row.call_back_due_at is None
    case.follow_up()
    actions.rework(case.id, reason="核查属实,重新处置", by=case.desk, at=case.later(1))
    assert case.row.state == "handling" and case.row.satisfaction is None


def test_only_a_verified_complaint_is_handled_again(case: Case) -> None:
    case.bring_to("reviewed").answer(3)
    actions.record_call_back(
        case.id, satisfaction=3, is_verified=False, note="不属实", by=case.desk, at=case.later(30)
    )
    case.follow_up()
    with pytest.raises(Refusal, match="核查属实"):
        actions.rework(case.id, reason="再看", by=case.desk, at=case.at)
    case.close()
    assert case.row.state == "closed"


def test_a_survey_goes_out_two_hours_after_handling(case: Case) -> None:
    case.bring_to("reviewed")
    survey = Notice.objects.get(kind="survey")
    assert survey.not_before == case.row.handling_at + timedelta(hours=2)
    assert survey.phone.reveal() == "13800001234"


@pytest.mark.parametrize("mark", ["is_anonymous", "is_domestic_violence"])
def test_no_survey_for_the_anonymous_and_for_domestic_violence(
    make_case: Callable[..., Case], mark: str
) -> None:
    case = make_case(**{mark: True})
    case.bring_to("feedback")
    if mark == "is_domestic_violence":
        with pytest.raises(Refusal, match="核对清单"):
            case.review()
        answers = {code: "是" for code, _, _ in actions.DV_POINTS}
        part = dict(list(answers.items())[:3])
        actions.fill_dv_checklist(case.id, part, by=case.crew, at=case.later(1))
        with pytest.raises(Refusal, match="核对清单"):
            case.review()
        actions.fill_dv_checklist(case.id, answers, by=case.crew, at=case.later(1))
    case.review()
    assert not Notice.objects.filter(kind="survey").exists()
    with pytest.raises(Refusal):
        actions.record_answer(case.id, satisfaction=1, kind="survey", by=case.reviewer, at=case.at)
    case.close()  # straight from the review: nobody is asked
    assert case.row.state == "closed"


def test_an_anonymous_reporter_is_not_written_down(make_case: Callable[..., Case]) -> None:
    row = make_case(is_anonymous=True).row
    assert row.reporter_phone is None and row.reporter_name is None


def test_others_must_be_followed_up_before_closing(case: Case) -> None:
    case.bring_to("reviewed")
    with pytest.raises(Refusal, match="应当回访"):
        case.close()


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


@pytest.mark.django_db(transaction=True)
def test_of_two_desks_that_dispatch_at_once_one_wins(case: Case) -> None:
    case.triage()
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def send() -> None:
        barrier.wait()
        try:
            actions.dispatch(
                case.id, CrewChoice(persons=("P-officer",)), by=case.desk, at=case.at + timedelta(minutes=1)
            )
            outcomes.append("sent")
        except Refusal as refusal:
            outcomes.append(type(refusal).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[-1] == "sent" and len(set(outcomes)) == 2
    assert Dispatch.objects.count() == 1
    connection.close()
