"""What an action may cost in round trips: while it runs others wait for the same rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from jingwu.incidents import actions
from jingwu.incidents.actions import NewIncident
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
