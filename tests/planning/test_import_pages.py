"""Files come in by the page: previewed, faults in words, adopted or not, undone; nothing half-done."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from jingwu.offices import queries as offices
from jingwu.people import queries as people
from jingwu.planning import actions, queries
from jingwu.planning.jobs import read_facts, requeue_silent
from jingwu.planning.models import FactFile, FactSet
from jingwu.planning.pipeline.ground import lay_ground
from jingwu.planning.pipeline.norms import deployment_norms
from jingwu.planning.pipeline.params import PlanParams
from jingwu.planning.pipeline.people import people_of

OFFICES = "警务室编码,警务室名称,派出所,经度,纬度\n甲09,竹园警务室,新所,104.02,30.53\n"
BEATS = "警格编码,警务室编码,实有人口,经度,纬度\n甲09-1,甲09,5000,104.02,30.53\n"
PEOPLE = "警号,类别,来源,出生日期,警务室编码,身份证号\n0007,民警,编制,1988-03-01,甲09,990101198803010016\n"
CALLS = "接警时间,经度,纬度,类别,级别\n" + "".join(
    f"2026-01-{day:02d} 10:00:00,104.02,30.53,纠纷,3\n" for day in range(1, 29)
)


def file(name: str, text: str | bytes, encoding: str = "utf-8") -> io.BytesIO:
    handle = io.BytesIO(text if isinstance(text, bytes) else text.encode(encoding))
    handle.name = name
    return handle


@pytest.fixture
def browser(manager: Any, client_for: Callable[[Any], Client]) -> Client:
    return client_for(manager)


def upload(browser: Client, *files: io.BytesIO, **more: Any) -> FactSet:
    response = browser.post("/planning/imports/", {"files": list(files), "name": "", **more})
    assert response.status_code == 302, response.content.decode()
    fact_set = FactSet.objects.order_by("-pk")[0]
    assert fact_set.state == "reading"
    read_facts(fact_set.pk)
    fact_set.refresh_from_db()
    return fact_set


def good_files() -> list[io.BytesIO]:
    return [
        file("offices.csv", OFFICES),
        file("beats.csv", BEATS, "gbk"),
        file("people.csv", PEOPLE),
        file("calls.csv", CALLS),
    ]


def test_good_files_are_previewed_adopted_and_undone(browser: Client, tree: Any) -> None:
    fact_set = upload(browser, *good_files())
    assert fact_set.state == "preview", fact_set.report
    assert fact_set.counts == {"offices": 1, "beats": 1, "people": 1, "calls": 28, "workload": 0}
    page = browser.get(f"/planning/imports/{fact_set.pk}/").content.decode()
    assert "没有问题,可以采用" in page
    assert "990101198803010016" not in page and b"990101198803010016" not in bytes(fact_set.content)
    assert offices.offices([tree.district_path])[-1].code != "甲09"  # a preview changes nothing

    browser.post(f"/planning/imports/{fact_set.pk}/adopt/")
    assert "甲09" in {office.code for office in offices.offices([tree.district_path])}
    assert people.by_id_number("990101198803010016", [tree.district_path]) == "0007"
    fact_set.refresh_from_db()
    assert fact_set.id_numbers is None and not FactFile.objects.exists()

    assert browser.post(f"/planning/imports/{fact_set.pk}/undo/").status_code == 422  # a reason is asked for
    browser.post(f"/planning/imports/{fact_set.pk}/undo/", {"reason": "传错了"})
    assert "甲09" not in {office.code for office in offices.offices([tree.district_path])}
    assert people.by_id_number("990101198803010016", [tree.district_path]) is None


def test_a_volunteer_whose_hours_are_not_told_works_a_volunteers_hours(browser: Client, tree: Any) -> None:
    files = [*good_files()[:2], file("people.csv", PEOPLE + "V1,志愿者,,1960-03-01,甲09,\n"), good_files()[3]]
    fact_set = upload(browser, *files)
    browser.post(f"/planning/imports/{fact_set.pk}/adopt/")
    told = {row.code: row.weekly_minutes for row in people.people([tree.district_path], on=date(2026, 3, 2))}
    assert (told["0007"], told["V1"]) == (2400, 240)
    district = queries.district_of(fact_set.pk)
    norms = offices.norms_for(tree.district_path, date(2026, 1, 1))
    ground = lay_ground(district, PlanParams(), norms, deployment_norms(norms), seed=1)
    planned, _ = people_of(district, ground, PlanParams(), norms, date(2026, 3, 2))
    assert {person.code: person.weekly_minutes for person in planned}["V1"] == 240


def test_bad_rows_are_named_and_left_out_only_when_the_user_says_so(browser: Client) -> None:
    bad = CALLS + "2026-13-45 10:00:00,104.02,30.53,纠纷,3\n2026-01-02 10:00:00,0,0,纠纷,3\n"
    fact_set = upload(browser, file("calls.csv", bad))
    assert fact_set.state == "refused"
    page = browser.get(f"/planning/imports/{fact_set.pk}/").content.decode()
    assert "calls.csv" in page and "2026-13-45 10:00:00" in page and ">30<" in page
    browser.post(
        f"/planning/imports/{fact_set.pk}/reread/", {"sheet0-table": "calls", "accepts_bad_rows": "on"}
    )
    read_facts(fact_set.pk)
    fact_set.refresh_from_db()
    assert fact_set.state == "preview" and fact_set.counts["calls"] == 28


def test_foreign_columns_are_mapped_on_the_page(browser: Client) -> None:
    foreign = CALLS.replace("接警时间,经度,纬度", "Zeit,Laenge,Breite")
    fact_set = upload(browser, file("calls.csv", foreign))
    assert fact_set.state == "refused"
    mapping = {
        "sheet0-table": "calls", "sheet0-column_time": "Zeit", "sheet0-column_lon": "Laenge",
        "sheet0-column_lat": "Breite", "sheet0-column_category": "类别", "sheet0-column_priority": "级别",
    }  # fmt: skip
    response = browser.post(f"/planning/imports/{fact_set.pk}/reread/", mapping)
    assert response.status_code == 302, response.content.decode()
    read_facts(fact_set.pk)
    fact_set.refresh_from_db()
    assert fact_set.state == "preview", fact_set.report


def test_what_is_no_table_is_refused_in_one_sentence(browser: Client) -> None:
    response = browser.post("/planning/imports/", {"files": [file("virus.exe", "x")]})
    assert response.status_code == 422 and "不是表格" in response.content.decode()
    fact_set = upload(browser, file("broken.xlsx", b"PK\x03\x04 no zip"))
    assert fact_set.state == "refused" and fact_set.report["refusal"]["zh"]
    page = browser.get(f"/planning/imports/{fact_set.pk}/").content.decode()
    assert fact_set.report["refusal"]["zh"] in page


def test_a_formula_is_never_run(browser: Client) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "警情"
    sheet.append(["接警时间", "经度", "纬度", "类别", "级别"])
    sheet.append(["2026-01-01 10:00:00", 104.02, 30.53, '=HYPERLINK("http://x")', 3])
    handle = io.BytesIO()
    book.save(handle)
    fact_set = upload(browser, file("book.xlsx", handle.getvalue()))
    assert fact_set.state == "refused"
    assert fact_set.report["problem_count"] >= 1


def test_a_reading_whose_worker_died_starts_again(browser: Client, manager: Any) -> None:
    fact_set_id = actions.receive_upload(
        [("calls.csv", CALLS.encode())], org_code="990101", name="", by=manager,
        at=timezone.now() - timedelta(minutes=5),
    )  # fmt: skip
    assert queries.silent_readings(timezone.now() - timedelta(minutes=2)) == [fact_set_id]
    requeue_silent(0)
    assert queries.silent_readings(timezone.now() - timedelta(minutes=2)) == []
    read_facts(fact_set_id)
    assert FactSet.objects.get(pk=fact_set_id).state == "preview"


def test_only_the_district_may_import(
    chief: Any, assessor: Any, stranger: Any, client_for: Callable[[Any], Client], browser: Client
) -> None:
    fact_set = upload(browser, file("calls.csv", CALLS))
    for somebody in (chief, assessor, stranger):
        other = client_for(somebody)
        assert other.get("/planning/imports/").status_code == 403
        assert other.post(f"/planning/imports/{fact_set.pk}/adopt/").status_code == 403
    fact_set.refresh_from_db()
    assert fact_set.state == "preview"


def test_two_people_adopt_at_once_and_the_second_is_told(browser: Client) -> None:
    fact_set = upload(browser, file("calls.csv", CALLS))
    assert browser.post(f"/planning/imports/{fact_set.pk}/adopt/").status_code == 302
    assert browser.post(f"/planning/imports/{fact_set.pk}/adopt/").status_code == 409
