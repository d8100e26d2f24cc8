"""Whom the desk sends and what the crew may do: every lawful crew once, and every one the law forbids."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from incident_case import Case, verbs_in_journal

from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice
from jingwu.incidents.models import Dispatch, DispatchMember, Notice
from jingwu.terms.refusal import NotAllowed, Refusal


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
