"""Domestic violence recognised after the intake: marked on the incident's page, with all that follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from incident_case import Case

from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice, disposal
from jingwu.incidents.models import AnswerLink, Incident, Notice
from jingwu.journal.models import Line
from jingwu.terms.people import AccountRole, PersonCategory
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal

ANSWERS = {code: "是" for code, _, _ in actions.DV_POINTS}


def mark(case: Case, by: Any, **options: Any) -> None:
    values = {"is_domestic_violence": True, **options}
    actions.mark_domestic_violence(case.id, by=by, at=case.later(1), **values)


def test_recognised_on_scene_it_owes_the_check_list_and_no_survey_goes(
    case: Case, client_for: Callable[..., Any], monkeypatch: Any
) -> None:
    case.bring_to("handling")
    monkeypatch.setattr(timezone, "now", lambda: case.at)
    phone, address = client_for(case.crew), f"/incidents/{case.id}/"
    page = phone.get(address).content.decode()
    assert "step/mark_dv/" in page and "step/unmark_dv/" not in page and "家庭暴力核对清单" not in page
    page = phone.post(f"{address}step/mark_dv/", {"reason": "有伤,曾受害"}, follow=True).content.decode()
    assert "step/mark_dv/" not in page and "step/unmark_dv/" in page and "家庭暴力核对清单" in page
    assert "标记为家庭暴力" in page and "有伤,曾受害" in page  # the trail says so
    line = Line.objects.get(verb="incidents.mark_dv", record_id=str(case.id))
    assert (line.actor_id, line.reason) == (case.crew.pk, "有伤,曾受害")
    case.feed_back()
    with pytest.raises(Refusal, match="核对清单"):
        case.review()
    actions.fill_dv_checklist(case.id, ANSWERS, by=case.crew, at=case.later(1))
    case.review().close()
    assert case.row.state == "closed" and not Notice.objects.filter(kind="survey").exists()


def test_recognised_after_the_review_it_calls_the_survey_off(case: Case, settings: Any) -> None:
    settings.PUBLIC_ADDRESS = "https://jingwu.example"
    case.bring_to("reviewed")
    link = AnswerLink.objects.get()
    assert Notice.objects.filter(kind="survey", state="waiting").exists()
    mark(case, case.reviewer)
    assert not Notice.objects.filter(kind="survey").exists()
    link.refresh_from_db()
    assert link.expires_at <= case.at
    with pytest.raises(Refusal, match="核对清单"):
        case.close()
    actions.fill_dv_checklist(case.id, ANSWERS, by=case.crew, at=case.later(1))
    case.close()


def test_a_survey_that_has_gone_out_stays_told(case: Case) -> None:
    case.bring_to("reviewed")
    Notice.objects.filter(kind="survey").update(state="sent", sent_at=case.at)
    mark(case, case.reviewer)
    assert Notice.objects.filter(kind="survey", state="sent").exists()


def test_a_crew_of_another_office_may_mark_it_and_its_colleagues_may_not(
    case: Case, make_account: Callable[..., Any], tree: Any, put_on_duty: Callable[..., None]
) -> None:
    guest, other = (
        make_account(name, AccountRole.OFFICER, tree.office2, PersonCategory.OFFICER)
        for name in ("guest", "other")
    )
    put_on_duty(guest, office=tree.office2)
    case.triage()
    actions.dispatch(case.id, CrewChoice(persons=("P-guest",)), by=case.desk, at=case.later(1))
    with pytest.raises(NotAllowed):
        mark(case, other)
    mark(case, guest)
    assert case.row.is_domestic_violence
    with pytest.raises(NotAllowed):
        mark(case, guest, is_domestic_violence=False, reason="看错")


def test_an_auxiliary_neither_marks_it_nor_sees_the_button(
    case: Case, auxiliary: Any, client_for: Callable[..., Any], monkeypatch: Any
) -> None:
    case.triage()
    monkeypatch.setattr(timezone, "now", lambda: case.at)
    page = client_for(auxiliary).get(f"/incidents/{case.id}/").content.decode()
    assert "step/mark_dv/" not in page
    assert client_for(auxiliary).post(f"/incidents/{case.id}/step/mark_dv/").status_code == 403
    assert not case.row.is_domestic_violence
    assert Line.objects.filter(verb="incidents.refused", record_id=str(case.id)).count() == 1


def test_the_mark_is_taken_away_with_a_reason_only(case: Case) -> None:
    case.triage()
    mark(case, case.crew)
    with pytest.raises(BadInput, match="理由"):
        mark(case, case.crew, is_domestic_violence=False, reason=" ")
    mark(case, case.crew, is_domestic_violence=False, reason="双方并非家庭成员")
    event = case.row.events.last()
    assert (event.verb, event.reason) == ("unmark_dv", "双方并非家庭成员")
    assert not case.row.is_domestic_violence


def test_of_two_at_once_the_second_is_told(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.triage()
    load = disposal.load

    def load_then_another(incident_id: int) -> Incident:
        row = load(incident_id)
        Incident.objects.filter(pk=incident_id).update(version=F("version") + 1)
        return row

    monkeypatch.setattr(disposal, "load", load_then_another)
    with pytest.raises(ChangedMeanwhile):
        mark(case, case.crew)
    monkeypatch.undo()
    mark(case, case.crew)
    with pytest.raises(ChangedMeanwhile):
        mark(case, case.desk)
    assert case.row.events.filter(verb="mark_dv").count() == 1


def test_what_is_over_is_not_marked(case: Case) -> None:
    case.bring_to("closed")
    with pytest.raises(BadInput, match="已结束"):
        mark(case, case.desk)
