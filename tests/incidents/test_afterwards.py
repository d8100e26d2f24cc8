"""What is written, reviewed and asked afterwards: feedback, review, the answer and the call-back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from incident_case import SHA, Case, feedback

from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice, FeedbackForm, Recording
from jingwu.incidents.models import Feedback, Notice
from jingwu.terms.refusal import BadInput, NotAllowed, Refusal


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
