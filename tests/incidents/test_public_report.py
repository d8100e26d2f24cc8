"""A resident reports without an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from incident_case import Case

from jingwu.incidents import actions, queries
from jingwu.incidents.models import Incident
from jingwu.incidents.views.public import progress_token
from jingwu.journal.actor import SYSTEM


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
    found = {row.category: row.count for row in queries.public_figures("/", at=now)}
    assert found == {"dispute": 9, "help": None, "fraud": None}


def test_the_phone_of_a_report_is_not_on_the_public_page(client: Any, case: Case) -> None:
    assert "13800001234" not in client.get("/public/report/").content.decode()


def test_progress_is_told_only_to_who_has_the_link(client: Any, said: dict[str, str]) -> None:
    client.post("/public/report/", said)
    number = Incident.objects.get().number
    page = client.get(f"/public/report/{number}/{progress_token(number)}/")
    assert page.status_code == 200
    assert "已收到" in page.content.decode()
    assert "杂物" not in page.content.decode()
    assert client.get(f"/public/report/{number}/{'0' * 32}/").status_code == 404
