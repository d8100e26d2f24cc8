"""A dead provider of messages costs a dispatch nothing, and what it did not take waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from incident_case import Case

from jingwu.incidents import actions
from jingwu.incidents.actions import notices
from jingwu.incidents.actions.follow_up import plan_survey
from jingwu.incidents.models import Notice


class Dead:
    """A provider whose line is cut."""

    calls = 0

    def send(self, notice: Any) -> None:
        Dead.calls += 1
        raise TimeoutError("no answer")


def test_a_dead_provider_is_not_asked_while_dispatching(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    Dead.calls = 0
    monkeypatch.setattr(notices, "provider", Dead)
    case.triage().dispatch()
    assert case.row.state == "dispatched"
    assert Dead.calls == 0
    assert Notice.objects.filter(kind="dispatch", state="waiting").exists()


def test_what_was_not_taken_waits_and_goes_out_later(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.triage().dispatch()
    monkeypatch.setattr(notices, "provider", Dead)
    assert actions.send_waiting(at=case.at) == []
    row = Notice.objects.filter(kind="dispatch").first()
    assert row is not None
    assert row.state == "waiting"
    assert row.failure == "no answer"
    monkeypatch.undo()
    assert row.pk in actions.send_waiting(at=case.at + timedelta(hours=1))


def test_no_survey_for_domestic_violence(make_case: Callable[..., Case]) -> None:
    case = make_case(is_domestic_violence=True)
    assert plan_survey(case.row, at=case.at) is False
    assert plan_survey(make_case().row, at=case.at) is True
    assert Notice.objects.filter(kind="survey").exclude(incident_id=case.id).count() == 1
