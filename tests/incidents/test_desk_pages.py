"""The desk's pages: who may do what, nothing typed is lost, hostile text stays text, no query a row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from incident_case import Case

from jingwu.incidents import actions
from jingwu.incidents.models import Draft, Incident
from jingwu.journal import queries as journal


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let the pages live at the moment the cast is on duty."""
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=5))


def form(tree: Any, **values: Any) -> dict[str, Any]:
    """Return a filled intake form, changed by ``values``."""
    filled = {"text": "三号楼有人争吵", "office": tree.office, "source": "phone", "key": "k1"}
    return {**filled, "needs_presence": "on", **values}


def test_a_report_is_registered_graded_and_shown_with_whom_to_send(
    client_for: Any, chief: Any, officer: Any, tree: Any, put_on_duty: Any
) -> None:
    put_on_duty(officer)
    desk = client_for(chief)
    answer = desk.post(
        "/incidents/new/",
        form(tree, category="dispute", priority="2", lon="104.011", lat="30.511"),
        follow=True,
    )
    row = Incident.objects.get()
    page = answer.content.decode()
    assert row.state == "triaged" and "派警建议" in page and officer.person.name in page
    sent = desk.post(
        f"/incidents/{row.pk}/step/dispatch/", {"proposal": "0", "members": officer.person.code}, follow=True
    )
    assert "已办理" in sent.content.decode() and Incident.objects.get().state == "dispatched"
    again = desk.post(f"/incidents/{row.pk}/step/dispatch/", {"persons": [officer.person.code]})
    assert again.status_code == 409  # somebody was first


def test_what_was_typed_comes_back_with_the_reason(client_for: Any, chief: Any, tree: Any) -> None:
    answer = client_for(chief).post("/incidents/new/", form(tree, text="长" * 10_001, address="望江路 9 号"))
    page = answer.content.decode()
    assert answer.status_code == 422 and "长" * 10_001 in page and "望江路 9 号" in page and "最多" in page
    assert not Incident.objects.exists()


def test_a_draft_is_kept_restored_and_used_up(client_for: Any, chief: Any, tree: Any) -> None:
    desk = client_for(chief)
    beside = desk.post("/incidents/new/draft/", form(tree, text="有人持刀", key="d1")).content.decode()
    assert "先拨打 110" in beside and "草稿已存" in beside
    assert "有人持刀" in desk.get("/incidents/new/?draft=d1").content.decode()
    assert "有人持刀" in desk.get("/incidents/new/").content.decode()  # offered among what is unfinished
    desk.post("/incidents/new/", form(tree, text="有人持刀", key="d1"))
    assert not Draft.objects.filter(used_at=None).exists()


def test_a_likely_duplicate_is_told(client_for: Any, chief: Any, make_case: Any, tree: Any) -> None:
    case: Case = make_case()
    desk = client_for(chief)
    near = desk.post(
        "/incidents/new/draft/", form(tree, text="三号楼有人打架", lon="104.011", lat="30.511")
    ).content.decode()
    assert case.row.number[-4:] in near and "相似" in near


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "𠮷𠮷饭店 😀 门口"])
def test_hostile_and_rare_signs_stay_text(client_for: Any, chief: Any, make_case: Any, text: str) -> None:
    case: Case = make_case(text=text, address=text)
    for address in ("/incidents/", f"/incidents/{case.id}/"):
        page = client_for(chief).get(address).content.decode()
        assert "<script>alert" not in page
        assert text.replace("<", "&lt;").replace(">", "&gt;") in page


def test_an_auxiliary_sees_facts_and_decides_nothing(client_for: Any, auxiliary: Any, make_case: Any) -> None:
    case: Case = make_case().triage()
    page = client_for(auxiliary).get(f"/incidents/{case.id}/").content.decode()
    assert "派警建议" not in page and "step/review/" not in page and "step/triage/" not in page
    code = auxiliary.person.code
    for verb in ("dispatch", "triage", "mark_false", "change_priority"):
        answer = client_for(auxiliary).post(
            f"/incidents/{case.id}/step/{verb}/",
            {"category": "dispute", "priority": "3", "reason": "试", "persons": code},
        )
        assert answer.status_code == 403, verb
    assert Incident.objects.get(pk=case.id).state == "triaged"


def test_other_districts_see_nothing(client_for: Any, stranger: Any, case: Case) -> None:
    browser = client_for(stranger)
    assert case.row.number[-4:] not in browser.get("/incidents/?group=all").content.decode()
    assert browser.get(f"/incidents/{case.id}/").status_code == 404
    assert browser.post(f"/incidents/{case.id}/step/triage/", {"category": "dispute"}).status_code == 404


def test_contact_is_shown_for_a_reason_and_leaves_a_line(client_for: Any, chief: Any, case: Case) -> None:
    desk = client_for(chief)
    assert "13800001234" not in desk.get(f"/incidents/{case.id}/").content.decode()
    assert desk.post(f"/incidents/{case.id}/unmask/", {"reason": " "}).status_code == 422
    shown = desk.post(f"/incidents/{case.id}/unmask/", {"reason": "回电核实"}).content.decode()
    assert "13800001234" in shown
    assert any(
        line.verb == "incidents.unmask" and "回电核实" in line.reason
        for line in journal.page(journal.LineFilter()).lines
    )


def test_many_at_once_are_told_one_by_one(client_for: Any, chief: Any, make_case: Any) -> None:
    done, waiting = make_case(text="一").bring_to("closed"), make_case(text="二")
    page = (
        client_for(chief)
        .post("/incidents/bulk/", {"verb": "archive", "ids": [done.id, waiting.id]}, follow=True)
        .content.decode()
    )
    assert "已办理 1 起" in page and "1 起没有办理" in page and waiting.row.number[-4:] in page


def test_a_search_is_saved_found_and_dropped(client_for: Any, chief: Any, case: Case) -> None:
    desk = client_for(chief)
    desk.post("/incidents/searches/", {"name": "打架的", "query": "q=打架"})
    page = desk.get("/incidents/?q=打架").content.decode()
    assert "打架的" in page and case.row.number[-4:] in page
    assert "没有符合条件的警情" in desk.get("/incidents/?q=查无此事").content.decode()
    number = actions_saved(chief)
    desk.post("/incidents/searches/", {"drop": str(number)})
    assert "打架的" not in desk.get("/incidents/").content.decode()


def actions_saved(chief: Any) -> int:
    from jingwu.incidents import queries

    return queries.saved_searches(chief)[0][0]


def test_a_longer_board_asks_no_more(client_for: Any, chief: Any, make_case: Any) -> None:
    desk = client_for(chief)
    for number in range(3):
        make_case(text=f"第 {number} 起")
    desk.get("/incidents/")
    with CaptureQueriesContext(connection) as few:
        desk.get("/incidents/")
    for number in range(3, 25):
        actions.register(report_like(make_case, number), by=chief, at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        assert desk.get("/incidents/").content.decode().count("data-url=") == 25
    assert len(many) <= len(few) + 1


def report_like(make_case: Any, number: int) -> Any:
    from jingwu.incidents.actions import NewIncident

    office = Incident.objects.select_related("office__unit").first().office.unit.code
    return NewIncident(office_code=office, text=f"第 {number} 起", reported_at=timezone.now())


def test_the_maps_points_are_the_incidents_in_scope(client_for: Any, chief: Any, case: Case) -> None:
    data = client_for(chief).get("/incidents/map/").json()
    assert [point["id"] for point in data["offices"]] == [str(case.id)]


def test_a_number_is_found_by_its_end_and_by_its_beginning(client_for: Any, chief: Any, case: Case) -> None:
    desk = client_for(chief)
    for words in (case.row.number[-4:], case.row.number[-1], case.row.number[:16], case.row.number):
        assert (
            case.row.number[-4:] in desk.get("/incidents/", {"group": "all", "q": words}).content.decode()
        ), words
    assert "没有符合条件的警情" in desk.get("/incidents/", {"group": "all", "q": "9876"}).content.decode()
