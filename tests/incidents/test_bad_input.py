"""Bad input at every door: text that would be a script, steps by a machine's address, places and hours."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from incident_case import Case, feedback
from phone import Phone

from jingwu.incidents import actions
from jingwu.incidents.actions import NewPoint, Recording
from jingwu.incidents.actions.imports import Source, take_rows
from jingwu.incidents.actions.sync import hand_in
from jingwu.incidents.models import Incident, PatrolRoute
from jingwu.incidents.queries.places import forget_grounds
from jingwu.journal.actor import Actor
from jingwu.journal.models import Line
from jingwu.offices.models import Beat
from jingwu.terms.refusal import BadInput

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'𠮷😀"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def told(
    make_case: Callable[..., Case], tree: Any, officer: Any, officer2: Any, chief: Any, monkeypatch: Any
) -> Case:
    """An incident with hostile text in every field that people or phones fill in."""
    case = make_case(
        text=HOSTILE, address=HOSTILE, address_detail=HOSTILE, reporter_name=HOSTILE[:60],
        reporter_phone=HOSTILE[:30], subcategory=HOSTILE[:40],
    ).triage(reason=HOSTILE)  # fmt: skip
    case.dispatch()
    actions.recall(case.id, reason=HOSTILE, by=chief, at=case.later(1))
    case.dispatch()
    case.ack().depart().arrive().handle()
    phones = Phone(officer), Phone(officer2)
    for phone, more in zip(phones, "甲乙", strict=True):
        change = phone.change(
            f"scene:{case.id}", case.at, facts=HOSTILE + more, measures=HOSTILE, place=HOSTILE
        )
        hand_in(phone.batch(case.at, change), by=phone.account, at=case.at)
    case.feed_back(
        facts=HOSTILE, measures=HOSTILE, next_step=HOSTILE, recordings=(Recording(HOSTILE, "0f" * 32),)
    )
    points = [NewPoint(HOSTILE[:60], "P-1", 104.011, 30.511, 50)]
    actions.open_route(tree.office, HOSTILE[:60], points, by=chief, at=case.at)
    actions.save_search(HOSTILE[:40], "q=1", by=chief, at=case.at)
    content = f"外部编号,内容\nA1,{HOSTILE.replace(chr(34), '')}\n"
    actions.receive_file(f"{HOSTILE}.csv", content.encode(), by=chief, at=case.at)
    monkeypatch.setattr(timezone, "now", lambda: case.at)
    return case


def test_a_script_in_any_text_field_stays_text(
    told: Case, client_for: Callable[..., Any], chief: Any
) -> None:
    desk = client_for(chief)
    for address in (
        "/incidents/", "/incidents/?group=all", f"/incidents/{told.id}/", "/incidents/follow-up/",
        "/incidents/analysis/", "/incidents/import/", "/field/desk/conflicts/",
        "/field/desk/patrols/", "/field/desk/codes/", "/incidents/new/",
        "/overview/",
    ):  # fmt: skip
        answer = desk.get(address, follow=True)
        page = answer.content.decode()
        assert answer.status_code == 200, address
        assert "<script>alert" not in page and "<img src=x" not in page, address
    assert "&lt;script&gt;alert" in desk.get(f"/incidents/{told.id}/").content.decode()
    batch = desk.get("/incidents/import/").content.decode().partition("/incidents/import/")[2]
    assert batch  # the file is listed under its own name, as text


def test_an_auxiliary_alone_at_the_machines_address_is_refused_and_told(
    make_case: Callable[..., Case], auxiliary: Any, client_for: Callable[..., Any]
) -> None:
    case = make_case().triage()
    phone = client_for(auxiliary)
    for verb, given in (
        ("dispatch", {"persons": [auxiliary.person.code]}),
        ("feed_back", {"facts": "x", "result": "settled"}),
        ("review", {}), ("close", {}), ("triage", {"category": "dispute", "priority": 4}),
    ):  # fmt: skip
        answer = phone.post(
            f"/api/incidents/{case.id}/steps/{verb}", json.dumps(given), content_type="application/json"
        )
        assert answer.status_code == 403, verb
        assert answer.json()["zh"] and answer.json()["en"]
    assert case.row.state == "triaged"
    refused = Line.objects.filter(verb="incidents.refused", record_id=str(case.id))
    assert refused.count() == 5


def test_a_crew_of_auxiliaries_is_refused_whoever_asks(
    make_case: Callable[..., Case],
    auxiliary: Any,
    chief: Any,
    client_for: Callable[..., Any],
    put_on_duty: Any,
) -> None:
    put_on_duty(auxiliary)
    case = make_case().triage()
    answer = client_for(chief).post(
        f"/api/incidents/{case.id}/steps/dispatch",
        json.dumps({"persons": [auxiliary.person.code], "overrides": {"officer": "人手不够"}}),
        content_type="application/json",
    )
    assert answer.status_code in (409, 422) and case.row.state == "triaged"


def test_a_place_outside_the_district_is_told_and_not_refused(
    make_case: Callable[..., Case], client_for: Callable[..., Any], chief: Any, monkeypatch: Any, tree: Any
) -> None:
    ring = [[104.0, 30.5], [104.1, 30.5], [104.1, 30.6], [104.0, 30.6], [104.0, 30.5]]
    here = Beat.objects.filter(office__unit__code=tree.office)
    assert here.update(polygon={"type": "Polygon", "coordinates": [ring]})
    forget_grounds()
    case = make_case(lon=120.0, lat=20.0)
    monkeypatch.setattr(timezone, "now", lambda: case.at)
    assert case.row.is_outside and case.row.beat_id is None
    assert "坐标在辖区外" in client_for(chief).get(f"/incidents/{case.id}/").content.decode()


@pytest.mark.parametrize(("lon", "lat"), [(181.0, 30.0), (104.0, 91.0), (float("nan"), 30.0)])
def test_a_place_off_the_globe_is_refused(report: Callable[..., Any], lon: float, lat: float) -> None:
    with pytest.raises(BadInput):
        report(lon=lon, lat=lat)


def test_a_night_shift_crosses_midnight(make_case: Callable[..., Case]) -> None:
    late = datetime(2026, 3, 2, 23, 50, tzinfo=SHANGHAI)
    case = make_case()
    case.at = late
    case.triage().dispatch().ack().depart()
    case.at = datetime(2026, 3, 3, 0, 4, tzinfo=SHANGHAI)
    case.arrive().handle().feed_back()
    row = case.row
    assert row.departed_at < row.arrived_at < row.feedback_at and row.state == "feedback"
    assert (row.arrived_at - row.dispatched_at) < timedelta(minutes=20)


def test_a_report_of_tomorrow_and_a_step_before_the_report_are_refused(
    make_case: Callable[..., Case], report: Callable[..., Any], chief: Any, now: datetime
) -> None:
    with pytest.raises(BadInput):
        actions.register(report(reported_at=now + timedelta(days=1)), by=chief, at=now)
    case = make_case().triage().dispatch()
    phone = Phone(case.crew)
    yesterday = case.at - timedelta(days=1)
    change = phone.change(f"incident:{case.id}", yesterday, act={"verb": "ack"})
    answer = hand_in(phone.batch(yesterday, change), by=case.crew, at=case.at).answers[0]
    # a phone whose clock is a day behind is measured and put right, not refused
    assert answer.outcome == "done"
    acked = Incident.objects.get(pk=case.id).acked_at
    assert acked is not None and abs(acked - case.at) < timedelta(minutes=1)


def test_ten_thousand_signs_fit_and_one_more_is_named(case: Case) -> None:
    case.bring_to("handling")
    with pytest.raises(BadInput, match="10001"):
        actions.feed_back(case.id, feedback(facts="长" * 10_001), by=case.crew, at=case.at)
    case.feed_back(facts="长" * 10_000)
    assert case.row.state == "feedback"


@pytest.mark.parametrize(
    "query",
    [
        "since=0001-01-01T00:00:00%2B08:00&until=9999-12-31T23:59:59-12:00", "batch=99999999999999999999999",
        "hour=²", "step=ack&over=999999&upto=0", "priority=²", "from=0001-01-01&to=9999-12-31",
        "page=99999999999999999999999", "batch=9223372036854775808", f"batch={'9' * 5_000}",
        f"hour={'9' * 5_000}",
    ],
)  # fmt: skip
def test_a_filter_nobody_can_mean_is_left_out(
    make_case: Callable[..., Case], client_for: Callable[..., Any], chief: Any, query: str
) -> None:
    make_case()
    assert client_for(chief).get(f"/incidents/?group=all&{query}").status_code == 200


def test_digits_of_another_kind_are_no_number(
    make_case: Callable[..., Case], client_for: Callable[..., Any], chief: Any
) -> None:
    case, desk = make_case(), client_for(chief)
    for digits in ("²", "9" * 30, "9" * 5_000):
        assert desk.get("/incidents/map/", {"id": digits}).status_code == 200
        answer = desk.post("/incidents/bulk/", {"verb": "review", "ids": digits}, follow=True)
        assert answer.status_code == 200
        assert desk.post("/incidents/searches/", {"drop": digits}).status_code == 422  # no name
        for step in ("change_priority", "dispatch", "call_back"):
            given = {"priority": digits, "proposal": digits, "satisfaction": digits, "reason": "x"}
            answer = desk.post(f"/incidents/{case.id}/step/{step}/", given)
            assert answer.status_code in (302, 403, 409, 422), step
    assert case.row.priority is None and case.row.state == "received"


def test_a_priority_of_many_digits_costs_its_row_only(tree: Any, now: datetime) -> None:
    rows = [
        {"external_id": digits, "office_code": tree.office, "text": "积水", "priority": digits}
        for digits in ("9" * 30, "9" * 5_000, "²", "P3")
    ]
    source = Source("cad", tree.district_path, Actor(None, "接警系统", "source:cad"))
    outcomes = take_rows([{**row, "external_id": str(n)} for n, row in enumerate(rows)], by=source, at=now)
    assert [outcome.state for outcome in outcomes] == ["refused"] * 3 + ["taken"]


@pytest.mark.parametrize("radius", [0, -5, 2_001, 40_000, 10**30])
def test_a_radius_nobody_can_mean_is_refused_in_words(
    client_for: Callable[..., Any], chief: Any, tree: Any, radius: int
) -> None:
    form = {"office": tree.office, "name": "夜巡", "points": f"桥头, 104.01, 30.51, {radius}"}
    answer = client_for(chief).post("/field/desk/patrols/", form)
    assert answer.status_code == 422 and "半径" in answer.content.decode()
    assert not PatrolRoute.objects.exists()


def test_a_key_too_long_for_a_draft_is_refused_in_words(
    client_for: Callable[..., Any], chief: Any, tree: Any, report: Callable[..., Any]
) -> None:
    desk = client_for(chief)
    form = {"text": "积水", "office": tree.office, "source": "phone", "key": "k" * 65}
    answer = desk.post("/incidents/new/", form)
    assert answer.status_code == 422 and "64" in answer.content.decode()
    assert not Incident.objects.exists()
    # a link to a draft of such a name leads to the name it was kept under
    assert f'value="{"k" * 64}"' in desk.get("/incidents/new/", {"draft": "k" * 65}).content.decode()
    assert desk.post("/incidents/new/", {**form, "key": "k" * 64}).status_code == 302
    with pytest.raises(BadInput):
        report(source_key="k" * 121)


@pytest.mark.parametrize("field", ["q", "beat", "office", "category", "group"])
def test_a_sign_the_database_cannot_hold_is_said_in_words(
    client_for: Callable[..., Any], chief: Any, field: str
) -> None:
    desk = client_for(chief)
    answer = desk.get(f"/incidents/?{field}=%00")
    assert answer.status_code == 422 and "空字符" in answer.content.decode()
    said = desk.get(f"/incidents/?{field}=%00", headers={"Accept": "application/json"})
    assert said.json()["code"] == "input.nul"
