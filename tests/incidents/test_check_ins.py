"""Check-ins on scene: the room keeps the engine's timer, and tells whom the engine names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from incident_case import Case

from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice
from jingwu.incidents.models import DispatchMember, IncidentEvent, Notice

MINUTE = timedelta(minutes=1)


@pytest.fixture
def pair(case: Case, auxiliary: Any, put_on_duty: Callable[..., None]) -> Case:
    """An officer and an auxiliary on scene of an incident of priority 2: 15 minutes, and 3 of grace."""
    put_on_duty(auxiliary)
    case.triage(priority=2)
    crew = CrewChoice(persons=("P-officer", "P-auxiliary"), responsible={"P-auxiliary": "P-officer"})
    actions.dispatch(case.id, crew, by=case.desk, at=case.later(1))
    return case.ack().depart().arrive()


def test_partner_and_chief_are_told_once_of_who_is_not_heard_of(pair: Case, auxiliary: Any) -> None:
    arrived = pair.at
    actions.check_in(pair.id, by=auxiliary, at=arrived + 10 * MINUTE)
    assert actions.alert_missed_check_ins(at=arrived + 17 * MINUTE) == 0
    assert actions.alert_missed_check_ins(at=arrived + 18 * MINUTE) == 1
    assert actions.alert_missed_check_ins(at=arrived + 19 * MINUTE) == 0
    told = Notice.objects.filter(kind="check_in_missed").values_list("person__code", "role")
    assert set(told) == {("P-auxiliary", ""), (None, "chief")}
    assert IncidentEvent.objects.get(verb="check_in_missed").details == {"person": "P-officer"}


def test_a_sign_of_life_starts_the_timer_anew(pair: Case) -> None:
    actions.handle(pair.id, by=pair.crew, at=pair.later(10))
    row = DispatchMember.objects.get(person__code="P-officer")
    assert (row.last_sign_at, row.check_in_due_at, row.alert_at) == (
        pair.at, pair.at + 15 * MINUTE, pair.at + 18 * MINUTE,
    )  # fmt: skip


def test_after_leaving_nobody_is_missed(pair: Case) -> None:
    actions.handle(pair.id, by=pair.crew, at=pair.later(2))
    actions.leave(pair.id, by=pair.crew, at=pair.later(2))
    assert actions.alert_missed_check_ins(at=pair.at + 60 * MINUTE) == 0


def test_the_least_urgent_have_no_timer(case: Case) -> None:
    case.triage(priority=4).dispatch().ack().depart().arrive()
    assert DispatchMember.objects.get().alert_at is None


def test_no_minutes_between_check_ins_are_no_check_ins(
    make_case: Callable[..., Case], local_norm: Callable[..., None]
) -> None:
    local_norm("incidents.check_in_minutes", {"P1": 10, "P2": 0, "P3": 30})
    make_case().triage(priority=2).dispatch().ack().depart().arrive()
    assert DispatchMember.objects.get().alert_at is None
