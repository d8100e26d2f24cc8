"""What an action may cost in round trips: while it runs others wait for the same rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from incident_case import Case
from phone import Phone

from jingwu.incidents import actions
from jingwu.incidents.actions import NewIncident
from jingwu.incidents.actions.sync import hand_in
from jingwu.journal.actor import SYSTEM


def test_registering_takes_seven_statements(report: Callable[..., NewIncident], now: datetime) -> None:
    actions.register(report(), by=SYSTEM, at=now)
    with CaptureQueriesContext(connection) as captured:
        actions.register(report(), by=SYSTEM, at=now)
    said = [query["sql"].lstrip()[:60] for query in captured if "SAVEPOINT" not in query["sql"]]
    # office, norms, number, incident, trail, listeners; the journal last: from there on all others wait
    assert len(said) == 7, said
    assert "journal_append" in said[-1]


def test_a_point_is_placed_without_asking_again(report: Callable[..., Any], now: datetime) -> None:
    inside = actions.register(report(lon=104.011, lat=30.511), by=SYSTEM, at=now)
    with CaptureQueriesContext(connection) as captured:
        again = actions.register(report(lon=104.011, lat=30.511), by=SYSTEM, at=now)
    assert len([query for query in captured if "SAVEPOINT" not in query["sql"]]) == 7
    assert (again.beat_id, again.is_outside) == (inside.beat_id, inside.is_outside)


def test_twenty_changes_of_one_scene_cost_what_one_costs(
    make_case: Callable[..., Case], officer: Any, now: datetime
) -> None:
    case, phone = make_case(), Phone(officer)

    def cost(count: int) -> list[str]:
        rows = [phone.change(f"scene:{case.id}", now, facts=f"第 {number} 次") for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            hand_in(phone.batch(now, *rows), by=officer, at=now)
        return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]

    cost(1)
    one, twenty = cost(1), cost(20)
    assert len(twenty) == len(one) <= 18, [sql[:80] for sql in twenty]
    assert "journal_append" in twenty[-1]
    assert sum("journal_append" in sql for sql in twenty) == 1


def test_acts_of_a_batch_leave_the_journal_free_until_its_end(
    make_case: Callable[..., Case], officer: Any, now: datetime
) -> None:
    case, phone = make_case().triage().dispatch(), Phone(officer)
    later = case.later(1)
    rows = [phone.change(f"incident:{case.id}", later, act={"verb": verb}) for verb in ("ack", "depart")]
    refused = phone.change("incident:0", later, act={"verb": "ack"})
    with CaptureQueriesContext(connection) as captured:
        handed = hand_in(phone.batch(later, *rows, refused), by=officer, at=later)
    said = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert [answer.outcome for answer in handed.answers] == ["done", "done", "refused"]
    assert [number for number, sql in enumerate(said) if "journal_append" in sql] == [len(said) - 1]
