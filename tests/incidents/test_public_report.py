"""A resident reports without an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from incident_case import Case

from jingwu.incidents import actions, queries
from jingwu.incidents.actions import notices
from jingwu.incidents.answer_links import answer_proof, progress_token
from jingwu.incidents.models import AnswerLink, FollowUp, Incident, Notice
from jingwu.journal.actor import SYSTEM
from jingwu.norms import load
from jingwu.terms.refusal import NotAllowed, Refusal


@pytest.fixture
def said(tree: Any, db: None) -> dict[str, str]:
    """What the resident fills in."""
    return {"office": tree.office, "text": "楼道里堆满杂物", "address": "望江路 12 号", "not_urgent": "on"}


def test_a_report_becomes_an_incident_and_has_a_number(client: Any, said: dict[str, str]) -> None:
    assert client.get("/public/report/").status_code == 200
    page = client.post("/public/report/", said)
    row = Incident.objects.get()
    assert row.source == "online"
    assert row.number in page.content.decode()


def test_words_of_danger_are_answered_with_110_first(client: Any, said: dict[str, str]) -> None:
    page = client.post("/public/report/", said | {"text": "楼下起火了"})
    assert "tel:110" in page.content.decode()
    assert not Incident.objects.exists()
    client.post("/public/report/", said | {"text": "楼下起火了", "confirmed": "1"})
    assert Incident.objects.count() == 1


def test_a_machine_that_fills_the_hidden_field_stores_nothing(client: Any, said: dict[str, str]) -> None:
    assert client.post("/public/report/", said | {"website": "http://x.example"}).status_code == 200
    assert not Incident.objects.exists()


def test_a_hidden_count_cannot_be_computed_from_the_others(report: Callable[..., Any], now: datetime) -> None:
    past = now - timedelta(days=3)
    for category, count in (("dispute", 9), ("help", 6), ("fraud", 2)):
        for _ in range(count):
            actions.register(report(category=category), by=SYSTEM, at=past)
    found = queries.public_figures("/", load().at(now.date()), at=now)
    assert {row.category: row.count for row in found} == {"dispute": 9, "help": None, "fraud": None}


def test_the_public_page_counts_and_hides_by_the_norms_and_says_so(
    client: Any, report: Callable[..., Any], tree: Any, local_norm: Any, now: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)
    for category, count, days in (("dispute", 9, 3), ("help", 6, 3), ("fraud", 7, 20)):
        for _ in range(count):
            actions.register(report(category=category), by=SYSTEM, at=now - timedelta(days=days))
    page = client.get("/public/report/")
    assert page.context["figures"] == [("纠纷", 9), ("诈骗", 7), ("求助", 6)]
    assert "近 30 天" in page.content.decode() and "少于 5 起的不公开" in page.content.decode()
    local_norm("incidents.public_figures_days", 10, unit=tree.district)
    local_norm("appraisal.scoring.public_suppression_below", 8, unit=tree.district)
    page = client.get("/public/report/")
    assert page.context["figures"] == [("纠纷", None), ("求助", None)]
    assert "近 10 天" in page.content.decode() and "少于 8 起的不公开" in page.content.decode()


def test_the_phone_of_a_report_is_not_on_the_public_page(client: Any, case: Case) -> None:
    assert "13800001234" not in client.get("/public/report/").content.decode()


def test_progress_is_told_only_to_who_has_the_link(client: Any, said: dict[str, str]) -> None:
    client.post("/public/report/", said)
    number = Incident.objects.get().number
    last_day = timezone.localdate() + timedelta(days=30)
    page = client.get(f"/public/report/{number}/{progress_token(number, last_day)}/")
    assert page.status_code == 200
    assert "已收到" in page.content.decode()
    assert "杂物" not in page.content.decode()
    forged = f"{last_day + timedelta(days=9):%Y%m%d}-{progress_token(number, last_day).split('-')[1]}"
    for token in ("0" * 32, forged, "99999999-x"):
        assert client.get(f"/public/report/{number}/{token}/").status_code == 404


def test_a_progress_link_ends(client: Any, said: dict[str, str]) -> None:
    client.post("/public/report/", said)
    number = Incident.objects.get().number
    token = progress_token(number, timezone.localdate() - timedelta(days=1))
    page = client.get(f"/public/report/{number}/{token}/")
    assert page.status_code == 410 and "已过期" in page.content.decode()


def test_one_address_reports_five_times_an_hour(client: Any, said: dict[str, str]) -> None:
    cache.clear()
    for number in range(5):
        assert client.post("/public/report/", said | {"text": f"第 {number} 件"}).status_code == 200
    refused = client.post("/public/report/", said | {"text": "第六件"})
    assert refused.status_code == 429 and "请拨打 110" in refused.content.decode()
    assert Incident.objects.count() == 5
    other = client.post("/public/report/", said | {"text": "别处"}, REMOTE_ADDR="192.0.2.9")
    assert other.status_code == 200
    cache.clear()


@pytest.fixture
def reviewed(make_case: Callable[..., Case]) -> Case:
    """A reviewed incident that nobody has asked about."""
    return make_case().bring_to("reviewed")


def address_of(code: str) -> str:
    return f"/public/answer/{code}/{answer_proof(code)}/"


@pytest.fixture
def at_review(reviewed: Case, monkeypatch: pytest.MonkeyPatch) -> Case:
    """The same, with the pages living at that moment."""
    monkeypatch.setattr(timezone, "now", lambda: reviewed.at)
    return reviewed


def test_a_resident_rates_the_handling_once(client: Any, at_review: Case) -> None:
    case = at_review
    address = address_of(actions.issue_link(case.id, by=case.reviewer, at=case.at))
    for _ in range(2):  # a preview of the link uses nothing up
        assert "不满意" in client.get(address).content.decode()
    done = client.post(address, {"satisfaction": "3", "note": "等了太久 <script>"})
    assert "谢谢" in done.content.decode()
    row = case.row
    assert row.satisfaction == 3 and row.call_back_due_at == case.at + timedelta(hours=24)
    assert FollowUp.objects.get().kind == "survey" and row.state == "reviewed"
    for again in (client.post(address, {"satisfaction": "1"}), client.get(address)):
        assert again.status_code == 410
    assert case.row.satisfaction == 3 and FollowUp.objects.count() == 1


def test_every_page_promises_the_call_back_its_clock_runs_by(
    client: Any, client_for: Any, at_review: Case, local_norm: Any
) -> None:
    case, desk = at_review, client_for(at_review.reviewer)
    code = actions.issue_link(case.id, by=case.reviewer, at=case.at)
    assert "24 小时内会有人联系您" in client.get(address_of(code)).content.decode()
    local_norm("incidents.call_back_hours", 48)
    for page in (client.get(address_of(code)), client.post(address_of(code), {"satisfaction": "9"})):
        assert "48 小时内会有人联系您" in page.content.decode()
    client.post(address_of(code), {"satisfaction": "3"})
    assert case.row.call_back_due_at == case.at + timedelta(hours=48)
    assert "48 小时内,由处置人以外的人" in desk.get(f"/incidents/{case.id}/").content.decode()
    assert "48 小时内由他人核查回访" in desk.get("/incidents/follow-up/").content.decode()


def test_the_follow_up_desk_promises_the_norms_hours_when_nothing_is_due(
    client_for: Any, officer2: Any, local_norm: Any
) -> None:
    local_norm("incidents.call_back_hours", 12.5)
    assert "不满意的须 12.5 小时内" in client_for(officer2).get("/incidents/follow-up/").content.decode()


def test_a_satisfied_answer_ends_the_follow_up(client: Any, at_review: Case) -> None:
    code = actions.issue_link(at_review.id, by=at_review.reviewer, at=at_review.at)
    client.post(address_of(code), {"satisfaction": "2"})
    assert (at_review.row.state, at_review.row.satisfaction) == ("followed_up", 2)


def test_a_call_back_at_the_desk_ends_the_follow_up(client_for: Any, at_review: Case) -> None:
    case = at_review
    actions.record_answer(case.id, satisfaction=3, by=case.reviewer, at=case.at)
    desk = client_for(case.reviewer)
    values = {"satisfaction": "3", "is_verified": "on", "note": "确实等了两小时"}
    page = desk.post(f"/incidents/{case.id}/step/call_back/", values, follow=True)
    assert case.row.state == "followed_up" and f"/incidents/{case.id}/step/rework/" in page.content.decode()


def test_a_rating_link_is_over_after_a_week_and_when_another_is_made(client: Any, at_review: Case) -> None:
    case = at_review
    first = actions.issue_link(case.id, by=case.reviewer, at=case.at)
    second = actions.issue_link(case.id, by=case.reviewer, at=case.later(1))
    assert client.get(address_of(first)).status_code == 410
    assert client.get(address_of(second)).status_code == 200
    case.later(7 * 24 * 60)
    assert client.post(address_of(second), {"satisfaction": "1"}).status_code == 410
    assert case.row.satisfaction is None


def test_a_link_that_is_not_ours_says_nothing_and_guessing_is_slowed(client: Any, at_review: Case) -> None:
    cache.clear()
    code = actions.issue_link(at_review.id, by=at_review.reviewer, at=at_review.at)
    answers = [client.get(f"/public/answer/{code}/{'0' * 31}{n % 10}/").status_code for n in range(22)]
    assert set(answers[:20]) == {404} and answers[-1] == 429
    assert client.post(address_of("nosuchcode"), {"satisfaction": "1"}).status_code == 410
    cache.clear()


@pytest.mark.parametrize("barred", [{"is_domestic_violence": True}, {"is_anonymous": True}])
def test_no_link_for_domestic_violence_or_anonymous_reports(
    make_case: Callable[..., Case], barred: dict[str, bool], settings: Any
) -> None:
    settings.PUBLIC_ADDRESS = "https://jingwu.example"
    case = make_case(**barred).bring_to("feedback")
    if "is_domestic_violence" in barred:
        actions.fill_dv_checklist(
            case.id, {code: "已办" for code, *_ in actions.DV_POINTS}, by=case.crew, at=case.later(1)
        )
    case.review()
    with pytest.raises(Refusal) as caught:
        actions.issue_link(case.id, by=case.reviewer, at=case.at)
    assert caught.value.code == "incident.survey_barred"
    assert not Notice.objects.filter(kind="survey").exists() and not AnswerLink.objects.exists()


def test_a_link_ends_when_domestic_violence_is_noted_later(client: Any, at_review: Case) -> None:
    code = actions.issue_link(at_review.id, by=at_review.reviewer, at=at_review.at)
    Incident.objects.filter(pk=at_review.id).update(is_domestic_violence=True)
    answer = client.post(address_of(code), {"satisfaction": "1"})
    assert answer.status_code == 410 and at_review.row.satisfaction is None
    assert AnswerLink.objects.get().used_at is None


def test_the_handler_makes_no_link(at_review: Case) -> None:
    with pytest.raises(NotAllowed):
        actions.issue_link(at_review.id, by=at_review.crew, at=at_review.at)


def test_the_address_goes_out_with_the_message_and_is_stored_nowhere(
    make_case: Callable[..., Case], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_ADDRESS = "https://jingwu.example"
    sent: list[str] = []

    class Line:
        def send(self, notice: Any) -> None:
            sent.append(notice.text)

    monkeypatch.setattr(notices, "provider", Line)
    case = make_case().bring_to("reviewed")
    actions.send_waiting(at=case.later(300))
    link = AnswerLink.objects.get()
    assert f"https://jingwu.example{address_of(link.code)}" in "".join(sent)
    stored = Notice.objects.get(kind="survey")
    assert (
        stored.state == "sent" and answer_proof(link.code) not in stored.text and link.code not in stored.text
    )
