"""The patrol desk: a route laid out line by line, and who was at its points today."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jingwu.incidents import actions
from jingwu.incidents.models import PatrolPoint
from jingwu.incidents.queries import patrols

POINTS = "江边步道北口, 104.011, 30.511, 50\n\n菜场,104.012,30.512,40"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let the pages live at the moment of the cast."""
    monkeypatch.setattr(timezone, "now", lambda: now)


def lay_out(client: Any, tree: Any, points: str = POINTS) -> Any:
    values = {"office": tree.office, "name": "滨江", "points": points}
    return client.post("/field/desk/patrols/", values, follow=True)


def test_a_route_is_laid_out_and_its_visits_are_seen(
    client_for: Any, chief: Any, officer: Any, tree: Any, now: datetime
) -> None:
    desk = client_for(chief)
    assert "路线已设置" in lay_out(desk, tree).content.decode()
    first, second = PatrolPoint.objects.order_by("position")
    yesterday = now - timedelta(days=1)
    actions.visit_point(second.code, how="qr", by=officer, at=now, happened_at=yesterday)
    actions.visit_point(first.code, how="geofence", by=officer, at=now, lon=first.lon, lat=first.lat)
    route = patrols.routes(chief, at=now)[0]
    assert [point.today_count for point in route.points] == [1, 0]
    assert {point.last_by for point in route.points} == {officer.person.name}
    page = desk.get("/field/desk/patrols/").content.decode()
    assert "今天 2 个巡防点到了 1 个" in page
    assert desk.get("/field/desk/codes/").content.decode().count("<svg") >= 2


@pytest.mark.parametrize(
    "points",
    [
        "没有坐标",
        "甲,104,30",
        "甲,x,30,50",
        "甲,204,30,50",
        "甲,104,91,50",
        "甲,nan,30,50",
        "甲,104,30,0",
        "甲,104,30,2001",
    ],
)
def test_a_point_that_cannot_be_read_names_its_line(
    client_for: Any, chief: Any, tree: Any, points: str
) -> None:
    answer = lay_out(client_for(chief), tree, "好的,104.01,30.51,50\n" + points)
    assert answer.status_code == 422 and not PatrolPoint.objects.exists()
    assert "第 2 行" in answer.content.decode()


def test_another_office_sees_and_lays_out_nothing(
    client_for: Any, chief: Any, stranger: Any, tree: Any, now: datetime
) -> None:
    lay_out(client_for(chief), tree)
    assert patrols.routes(stranger, at=now) == []
    assert lay_out(client_for(stranger), tree).status_code in (403, 422)
    assert PatrolPoint.objects.count() == 2
