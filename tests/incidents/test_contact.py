"""The reporter's contact: every look is counted, together with the looks at people of the office."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from incident_case import Case

from jingwu.incidents import actions
from jingwu.journal import queries as journal
from jingwu.people import actions as people
from jingwu.terms.refusal import BadInput


def alarms() -> list[tuple[str, str, dict[str, Any]]]:
    lines = reversed(journal.page(journal.LineFilter(verb="people.unmask_alarm")).lines)
    return [(line.actor_label, line.record_type, line.details) for line in lines]


def test_looks_at_reporters_and_at_people_ring_one_alarm(
    make_case: Callable[..., Case], chief: Any, officer: Any, now: datetime, settings: Any
) -> None:
    settings.UNMASK_ALARM_PER_HOUR = 2
    cases = [make_case(), make_case()]
    for case in cases:
        actions.unmask_reporter(case.id, reason="回电核实", by=chief, at=now)
    actions.unmask_reporter(cases[0].id, reason="回电核实", by=officer, at=now)
    assert alarms() == []
    later = now + timedelta(minutes=5)
    people.unmask(officer.person_id, "phone", by=chief, at=later, reason_code="contact")
    actions.unmask_reporter(cases[0].id, reason="回电核实", by=chief, at=later)
    assert alarms() == [
        ("chief", "person", {"limit": 2, "unmasked_last_hour": 3}),
        ("chief", "incident", {"limit": 2, "unmasked_last_hour": 4}),
    ]
    # an hour later the eyes have rested
    actions.unmask_reporter(cases[0].id, reason="回电核实", by=chief, at=now + timedelta(minutes=66))
    assert len(alarms()) == 2


def test_a_look_without_a_reason_is_none(case: Case, chief: Any, now: datetime) -> None:
    with pytest.raises(BadInput):
        actions.unmask_reporter(case.id, reason=" ", by=chief, at=now)
    assert not journal.page(journal.LineFilter(verb="incidents.unmask")).lines
