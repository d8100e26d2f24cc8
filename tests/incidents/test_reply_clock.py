"""The reply to a matter nobody has to come for: 24 hours, counted as the norms of the day say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incident_case import Case

from jingwu.incidents import actions

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_day_is_a_day_over_night_and_week_end(make_case: Callable[..., Case]) -> None:
    friday = datetime(2026, 2, 27, 17, 0, tzinfo=SHANGHAI)
    case = make_case(reported_at=friday)
    case.triage("consult", 4, needs_presence=False)
    assert case.row.reply_due_at == friday + timedelta(hours=24)


def test_a_call_back_is_due_within_a_day_on_a_saturday_too(make_case: Callable[..., Case]) -> None:
    case = make_case().bring_to("reviewed")
    case.at = datetime(2026, 3, 7, 9, 0, tzinfo=SHANGHAI)
    asked = case.later(0)
    actions.record_answer(case.id, satisfaction=3, by=case.reviewer, at=asked)
    assert case.row.call_back_due_at == asked + timedelta(hours=24)


def test_a_unit_that_counts_office_hours_gets_office_hours(
    make_case: Callable[..., Case], local_norm: Callable[..., None]
) -> None:
    clocks = dict.fromkeys(("ack", "arrival", "feedback", "call_back"), "always")
    local_norm("calendar.clocks", {**clocks, "reply": "working", "request": "working"})
    friday = datetime(2026, 2, 27, 17, 0, tzinfo=SHANGHAI)
    case = make_case(reported_at=friday)
    case.triage("consult", 4, needs_presence=False)
    # one hour on Friday, ten on Saturday 28 February (worked in lieu), ten on Monday, three on Tuesday
    assert case.row.reply_due_at == datetime(2026, 3, 3, 11, 0, tzinfo=SHANGHAI)
