"""What cannot wait is told on every page: the rail's badge, and rows where people begin their day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from incident_case import Case

from jingwu.incidents import queries


@pytest.fixture
def late(make_case: Callable[..., Case], monkeypatch: pytest.MonkeyPatch, now: datetime) -> Case:
    """One incident whose acknowledgement is overdue and one that waits, seen half an hour later."""
    case = make_case(text="过期的").triage(priority=1).dispatch()
    make_case(text="待派的")
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=30))
    return case


@pytest.mark.parametrize("address", ["/incidents/analysis/", "/incidents/follow-up/", "/duty/", "/norms/"])
def test_the_badge_is_on_every_page(client_for: Any, chief: Any, late: Case, address: str) -> None:
    page = client_for(chief).get(address, follow=True).content.decode()
    rail = page[page.index('href="/incidents/"') :]
    assert ">2<" in rail[: rail.index("</a>")]


def test_who_sees_no_incidents_has_no_badge(client_for: Any, grid_worker: Any, late: Case) -> None:
    page = client_for(grid_worker).get("/norms/").content.decode()
    assert 'href="/incidents/"' not in page


def test_the_office_begins_with_what_is_late(client_for: Any, chief: Any, late: Case, tree: Any) -> None:
    page = client_for(chief).get(f"/offices/{tree.office}/", follow=True).content.decode()
    assert f"/incidents/{late.id}/" in page and "签收超时" in page and "1 起待派" in page


def test_attention_keeps_to_the_scope_and_the_limit(
    make_case: Callable[..., Case], late: Case, chief: Any, stranger: Any, tree: Any
) -> None:
    at = timezone.now()
    found = queries.attention(chief, at=at, most=1)
    assert [row.id for row in found.rows] == [late.id] and (found.overdue, found.waiting) == (1, 1)
    nothing = queries.attention(stranger, at=at)
    assert not nothing.rows and nothing.overdue == nothing.waiting == 0
    assert queries.pressing_count(stranger, at=at) == 0
