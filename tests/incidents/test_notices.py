"""A dead provider of messages costs a dispatch nothing, and what it did not take waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
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


class Hanging:
    """A provider that never answers for one person, and takes all other messages."""

    def __init__(self, pk: int) -> None:
        self.pk, self.end = pk, threading.Event()
        self.taken: list[int] = []

    def send(self, notice: Any) -> None:
        if self.pk in (0, notice.pk):
            self.end.wait(30)
        self.taken.append(notice.pk)


@pytest.fixture
def hang(case: Case, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Hanging]]:
    """Return a way to let the provider hang for a notice (0: for all)."""
    made: list[Hanging] = []

    def make(pk: int) -> Hanging:
        made.append(Hanging(pk))
        monkeypatch.setenv("JINGWU_NOTICE_ANSWER_SECONDS", "0.3")
        monkeypatch.setattr(notices, "provider", lambda: made[-1])
        return made[-1]

    yield make
    for one in made:
        one.end.set()
    for thread in notices._Post.hanging:
        thread.join(5)


def waiting(case: Case, count: int) -> list[int]:
    told = [notices.Message("test", f"第 {number} 条", role="chief") for number in range(count)]
    notices.tell(case.row, told, at=case.at)
    return list(Notice.objects.filter(kind="test").order_by("pk").values_list("pk", flat=True))


def test_one_message_that_hangs_holds_up_no_other(case: Case, hang: Callable[[int], Hanging]) -> None:
    ids = waiting(case, 30)
    provider = hang(ids[3])
    start = time.monotonic()
    assert set(actions.send_waiting(at=case.at)) >= {*ids} - {ids[3]}
    assert time.monotonic() - start < 3
    row = Notice.objects.get(pk=ids[3])
    assert (row.state, row.attempts, row.failure) == ("waiting", 1, "no answer within 0.3 s")
    assert Notice.objects.filter(kind="test", state="sent").count() == 29
    provider.pk = -1
    assert ids[3] in actions.send_waiting(at=case.at + timedelta(minutes=2))


def test_a_provider_that_hangs_for_all_ends_the_round(case: Case, hang: Callable[[int], Hanging]) -> None:
    ids = waiting(case, 60)
    hang(0)
    start = time.monotonic()
    assert actions.send_waiting(at=case.at) == []
    assert time.monotonic() - start < 5
    # the rest was not asked and has lost none of its attempts
    assert Notice.objects.filter(pk__in=ids, attempts=0, not_before__lte=case.at).count() >= 30
    assert len(notices._Post.hanging) >= notices.HANGING_AT_MOST


def test_dispatching_waits_for_nobody(case: Case, hang: Callable[[int], Hanging]) -> None:
    provider = hang(0)
    case.triage()
    start = time.monotonic()
    case.dispatch()
    assert time.monotonic() - start < 2  # the time-outs of its messages alone would be longer
    assert provider.taken == [] and case.row.state == "dispatched"


def test_two_rounds_at_once_send_a_message_once(case: Case, hang: Callable[[int], Hanging]) -> None:
    ids = waiting(case, 3)
    provider = hang(-1)
    rows = list(Notice.objects.filter(pk__in=ids))
    assert [notices._claim(row, at=case.at) for row in rows] == [True] * 3
    assert [notices._claim(row, at=case.at) for row in rows] == [False] * 3
    assert not {*actions.send_waiting(at=case.at)} & {*ids}
    # a round that was killed: its messages come back
    assert {*actions.send_waiting(at=case.at + notices.CLAIM)} >= {*ids}
    assert sorted(pk for pk in provider.taken if pk in ids) == ids


def test_no_survey_for_domestic_violence(make_case: Callable[..., Case]) -> None:
    case = make_case(is_domestic_violence=True)
    assert plan_survey(case.row, at=case.at) is False
    assert plan_survey(make_case().row, at=case.at) is True
    assert Notice.objects.filter(kind="survey").exclude(incident_id=case.id).count() == 1
