"""The figures of the last hours, the follow-up desk and the import page as people open them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from incident_case import Case

from jingwu.incidents import actions
from jingwu.incidents.actions import Expectation
from jingwu.journal.actor import SYSTEM


@pytest.mark.parametrize("address", ["analysis/", "analysis/?period=hour", "follow-up/", "import/"])
def test_the_chief_opens_every_page(client: Any, chief: Any, address: str) -> None:
    client.force_login(chief)
    response = client.get(f"/incidents/{address}")
    assert response.status_code == 200
    assert "<h1>" in response.content.decode()


def test_a_reviewed_incident_waits_on_the_follow_up_desk(client: Any, make_case: Callable[..., Case]) -> None:
    case = make_case(text="<script>alert(1)</script> 楼上噪音")
    case.bring_to("reviewed")
    client.force_login(case.reviewer)
    page = client.get("/incidents/follow-up/").content.decode()
    assert f"/incidents/{case.id}/" in page
    assert "<script>alert(1)" not in page


@pytest.fixture
def expected(tree: Any, now: datetime) -> None:
    """Store that the office expects a tenth of a call an hour, two thirds of them disputes."""
    cells = [
        Expectation(tree.office, "office", "", [0.1] * 168, [0.01] * 168, 0.01),
        Expectation(tree.office, "category", "dispute", [0.066] * 168, [0.005] * 168, 0.01),
        Expectation(tree.office, "category", "fraud", [0.004] * 168, [0.001] * 168, 0.01),
    ]
    actions.store_expectation(cells, source="test", path=tree.district_path, by=SYSTEM, at=now)


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch, now: datetime) -> datetime:
    """Let the pages live a few hours after the incidents of the test."""
    moment = now + timedelta(hours=4)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


def test_a_cluster_is_a_surge_and_ordinary_calls_are_not(
    client: Any, chief: Any, make_case: Callable[..., Case], expected: None, at_noon: datetime
) -> None:
    for number in range(6):
        make_case(text=f"冒充客服 {number}").triage("fraud", 3)
    for number in range(2):
        make_case(text=f"噪声 {number}").triage("dispute", 3)
    client.force_login(chief)
    page = client.get("/incidents/analysis/?period=day").content.decode()
    assert "激增:诈骗" in page and "同时比较" in page and "5%" in page
    row = re.search(r">纠纷</a>(.*?)</tr>", page, re.S)
    assert row is not None and "激增" not in row[1]


def test_every_figure_leads_to_exactly_its_incidents(
    client: Any, chief: Any, make_case: Callable[..., Case], expected: None, at_noon: datetime
) -> None:
    for number in range(3):
        case = make_case(text=f"噪声 {number}")
        case.at += timedelta(minutes=number)
        case.bring_to("feedback")
    make_case(text="未分级的")
    make_case(text="昨天早上的", reported_at=at_noon - timedelta(hours=25))  # another day of the same board
    client.force_login(chief)
    page = client.get("/incidents/analysis/?period=day").content.decode()
    links = re.findall(r'<td><a href="([^"]+)">[^<]+</a>.*?<td class="number">(\d+)</td>', page, re.S)
    links += re.findall(r'<li><a href="([^"]+)"[^>]*>[^<]+<b>(\d+)</b>', page)
    links += re.findall(r'<a href="([^"]+)" aria-label="[^"]*: (\d+)"', page)
    assert {"category=none", "category=dispute", "step=ack", "step=handle", "hour="} <= {
        part for part in ("category=none", "category=dispute", "step=ack", "step=handle", "hour=")
        if any(part in link for link, _ in links)
    }  # fmt: skip
    for link, count in links:
        board = client.get(html.unescape(link)).content.decode()
        assert board.count("data-url=") == int(count), link


def test_a_measure_that_cannot_be_read_is_left_out(client: Any, chief: Any, case: Case) -> None:
    client.force_login(chief)
    for query in ("since=x&until=y", "hour=99", "step=nothing&over=-1", "over=nan", "batch=abc", "hour=²"):
        assert client.get(f"/incidents/?group=all&{query}").status_code == 200
