"""Incidents by file: nothing before the yes, all or nothing after it, taken once, taken back untouched."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from jingwu.incidents import actions, queries
from jingwu.incidents.models import ImportBatch, Incident, IncidentEvent
from jingwu.journal.models import Line
from jingwu.offices import queries as offices
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal, Unknown

HEADER = ["外部编号", "警务室编号", "报警时间", "内容", "类别", "级别", "地点", "电话"]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let the pages live at the moment of the cast."""
    monkeypatch.setattr(timezone, "now", lambda: now)


def text_of(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def line(tree: Any, number: int = 1, **changes: str) -> list[str]:
    cells = dict(zip(HEADER, [f"CAD-{number:04d}", tree.office, "2026-03-02 08:30", "路口积水", "求助", "P3",
                              "望江路 1 号", "13800001234"], strict=True))  # fmt: skip
    return [changes.get(name, value) for name, value in cells.items()]


def given(by: Any, now: datetime, text: str | bytes, name: str = "110.csv") -> ImportBatch:
    content = text.encode() if isinstance(text, str) else text
    return ImportBatch.objects.get(pk=actions.receive_file(name, content, by=by, at=now))


def codes_of(batch: ImportBatch) -> list[tuple[int, str]]:
    return [(row["row"], row["en"]) for row in batch.report["problems"]]


def test_a_preview_writes_no_incident_and_a_yes_writes_them_all(tree: Any, chief: Any, now: datetime) -> None:
    batch = given(chief, now, text_of([line(tree, 1), line(tree, 2)]))
    assert (batch.state, batch.good_count, batch.bad_count) == ("preview", 2, 0)
    assert not Incident.objects.exists()
    assert actions.take_file(batch.pk, only_good=False, by=chief, at=now) == 2
    rows = Incident.objects.order_by("number")
    assert [row.number[-4:] for row in rows] == ["0001", "0002"]
    first = rows[0]
    assert (first.state, first.source, first.category, first.priority) == ("received", "file", "help", 3)
    assert first.reported_at == datetime.fromisoformat("2026-03-02T08:30+08:00")
    assert first.reporter_phone.reveal() == "13800001234" and first.address == "望江路 1 号"
    assert list(IncidentEvent.objects.values_list("verb", flat=True)) == ["register"] * 2
    batch.refresh_from_db()
    assert batch.state == "done" and batch.content is None
    assert Line.objects.filter(verb="incidents.import_take").count() == 1
    with pytest.raises(ChangedMeanwhile):
        actions.take_file(batch.pk, only_good=False, by=chief, at=now)
    # the next report of the day goes on counting
    assert actions.register(report_of(tree), by=chief, at=now).number[-4:] == "0003"


def report_of(tree: Any) -> actions.NewIncident:
    return actions.NewIncident(office_code=tree.office, text="另一起")


def test_the_same_file_again_registers_nothing_twice(tree: Any, chief: Any, now: datetime) -> None:
    text = text_of([line(tree, 1), line(tree, 2)])
    actions.take_file(given(chief, now, text).pk, only_good=False, by=chief, at=now)
    again = given(chief, now, text_of([line(tree, 1), line(tree, 2), line(tree, 3)]))
    assert (again.good_count, again.known_count) == (1, 2)
    assert actions.take_file(again.pk, only_good=False, by=chief, at=now) == 1
    assert Incident.objects.count() == 3


def test_one_bad_row_stops_the_file_unless_told_otherwise(tree: Any, chief: Any, now: datetime) -> None:
    batch = given(chief, now, text_of([line(tree, 1), line(tree, 2, 报警时间="2026-03-09 08:30")]))
    assert codes_of(batch) == [(3, "the time lies in the future")]
    with pytest.raises(Refusal, match="没有导入任何一行"):
        actions.take_file(batch.pk, only_good=False, by=chief, at=now)
    assert not Incident.objects.exists()
    assert actions.take_file(batch.pk, only_good=True, by=chief, at=now) == 1
    rows = list(csv.reader(io.StringIO(actions.bad_file(batch.pk, by=chief, at=now).lstrip("\ufeff"))))
    assert rows[0] == [*HEADER, "原因 / Reason"] and rows[1][0] == "CAD-0002" and "时间在未来" in rows[1][-1]
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"内容": ""}, "this must not be empty"),
        ({"外部编号": ""}, "this must not be empty"),
        ({"外部编号": "1.10105E+17"}, "may have lost its last digits"),
        ({"警务室编号": "000000000000"}, "no such office in your area"),
        ({"报警时间": "昨天晚上"}, "not a valid date and time"),
        ({"报警时间": "2026-02-30 08:00"}, "not a valid date and time"),
        ({"类别": "飞碟"}, "this value is not known"),
        ({"级别": "P7"}, "this value is not known"),
        ({"内容": "长" * 10_001}, "too long (over 10000 characters)"),
        ({"内容": "=HYPERLINK(1)"}, "the cell is a formula"),
        ({"地点": "长" * 201}, "too long (over 200 characters)"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_told_with_row_and_reason(
    tree: Any, chief: Any, now: datetime, changes: dict[str, str], told: str
) -> None:
    batch = given(chief, now, text_of([line(tree, 1), line(tree, 2), line(tree, 3, **changes)]))
    assert batch.bad_count == 1 and batch.good_count == 2
    assert [row for row, reason in codes_of(batch) if told in reason] == [4], codes_of(batch)


@pytest.mark.parametrize(
    "text", ["字" * 10_000, "<script>alert(1)</script>", "𠮷𠮷饭店 😀 门口", "-- 电话中断 --"]
)
def test_long_hostile_and_rare_text_is_taken_as_text(
    tree: Any, chief: Any, now: datetime, text: str, client_for: Any
) -> None:
    batch = given(chief, now, text_of([line(tree, 1, 内容=text)]))
    page = client_for(chief).get(f"/incidents/import/{batch.pk}/").content.decode()
    assert "<script>alert" not in page
    actions.take_file(batch.pk, only_good=False, by=chief, at=now)
    assert Incident.objects.get().text == text


def test_an_id_twice_and_a_point_at_nought_are_told(tree: Any, chief: Any, now: datetime) -> None:
    header = [*HEADER, "经度", "纬度"]
    rows = [[*line(tree, 1), "104.01", "30.51"], [*line(tree, 1), "104.01", "30.51"],
            [*line(tree, 2), "0", "0"], [*line(tree, 3), "30.5", "104"],
            [*line(tree, 4), "104.01", ""]]  # fmt: skip
    batch = given(chief, now, text_of(rows, header))
    assert [row for row, _ in codes_of(batch)] == [3, 4, 5, 6]
    assert "repeats row 2" in codes_of(batch)[0][1] and "swapped" in codes_of(batch)[2][1]


def test_one_office_by_code_and_by_name_is_one_office(tree: Any, chief: Any, now: datetime) -> None:
    name = next(office.name for office in offices.offices(["/"]) if office.code == tree.office)
    batch = given(chief, now, text_of([line(tree, 1), line(tree, 1, 警务室编号=name)]))
    assert codes_of(batch) == [(3, "this repeats row 2")] and batch.good_count == 1
    assert actions.take_file(batch.pk, only_good=True, by=chief, at=now) == 1


def test_every_bad_row_comes_back_with_its_reason(tree: Any, chief: Any, now: datetime) -> None:
    strange = ["外部编号", "警务室编号", "报警时间", "接线员记录", "类别", "级别", "地点", "电话"]
    rows = [["110 指派警情 3 月"], strange, *(line(tree, number, 级别="P9") for number in range(300))]
    batch = given(chief, now, text_of(rows[1:], rows[0]))
    actions.reread_file(batch.pk, mapping={"columns": {"text": "接线员记录"}}, by=chief, at=now)
    text = actions.bad_file(batch.pk, by=chief, at=now).lstrip("\ufeff")
    header, *bad = csv.reader(io.StringIO(text))
    assert header == [*strange, "原因 / Reason"]
    assert len(bad) == 300 and all("P1 to P4" in row[-1] for row in bad)


def test_gbk_utf16_and_english_headers_are_read(tree: Any, chief: Any, now: datetime) -> None:
    text = text_of([line(tree, 1)])
    english = ["call_id", "office_code", "call_time", "description", "type", "priority", "location", "phone"]
    for content in (text.encode("gb18030"), text.encode("utf-16"), text.encode("utf-8-sig"),
                    text_of([line(tree, 1)], english).encode()):  # fmt: skip
        batch = given(chief, now, content)
        assert (batch.state, batch.good_count, batch.bad_count) == ("preview", 1, 0)
        assert batch.report["sample"][0]["text"] == "路口积水"


def test_a_workbook_with_a_title_and_a_numeric_id(
    tree: Any, chief: Any, now: datetime, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["110 指派警情 3 月"])
    sheet.append(HEADER)
    sheet.append(
        ["00123", tree.office, datetime(2026, 3, 2, 8, 30), "路口积水", "求助", 3, "望江路", "+8613800001234"]
    )
    book.save(tmp_path / "a.xlsx")
    batch = given(chief, now, (tmp_path / "a.xlsx").read_bytes(), "三月.xlsx")
    assert batch.good_count == 1, batch.report["problems"]
    actions.take_file(batch.pk, only_good=False, by=chief, at=now)
    row = Incident.objects.get()
    assert row.source_key.endswith(":00123") and row.reporter_phone.reveal() == "+8613800001234"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "import.empty"),
        ("a.csv", b" \n ", "import.empty"),
        ("a.pdf", b"%PDF-1.7", "import.wrong_kind"),
        ("a.xlsx", b"PK\x03\x04 not a workbook", "input.broken_workbook"),
        ("a.csv", b"\x81\xff\x00\xfe\x00\x00", "input.encoding"),
        ("a.csv", b"x" * 20_000_001, "import.too_large"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(
    chief: Any, now: datetime, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(BadInput) as caught:
        actions.receive_file(name, content, by=chief, at=now)
    assert caught.value.code == code and not ImportBatch.objects.exists()


def test_a_missing_column_is_named_and_can_be_matched(tree: Any, chief: Any, now: datetime) -> None:
    strange = ["外部编号", "警务室编号", "报警时间", "接线员记录", "类别", "级别", "地点", "电话"]
    batch = given(chief, now, text_of([line(tree, 1)], strange))
    assert (
        batch.state == "refused" and "the required column '内容 / text' is missing" in codes_of(batch)[0][1]
    )
    actions.reread_file(batch.pk, mapping={"columns": {"text": "接线员记录"}}, by=chief, at=now)
    batch.refresh_from_db()
    assert (batch.state, batch.good_count) == ("preview", 1)


def test_the_only_office_need_not_be_named(tree: Any, chief: Any, now: datetime) -> None:
    header = [name for name in HEADER if name != "警务室编号"]
    row = [cell for name, cell in zip(HEADER, line(tree, 1), strict=True) if name != "警务室编号"]
    batch = given(chief, now, text_of([row], header))
    assert actions.take_file(batch.pk, only_good=False, by=chief, at=now) == 1


def test_a_file_is_taken_back_while_nobody_has_touched_it(tree: Any, chief: Any, now: datetime) -> None:
    text = text_of([line(tree, 1), line(tree, 2)])
    batch = given(chief, now, text)
    actions.take_file(batch.pk, only_good=False, by=chief, at=now)
    with pytest.raises(BadInput):
        actions.undo_file(batch.pk, reason=" ", by=chief, at=now)
    assert actions.undo_file(batch.pk, reason="导错了日期", by=chief, at=now) == 2
    assert set(Incident.objects.values_list("state", flat=True)) == {"cancelled"}
    assert IncidentEvent.objects.filter(verb="withdraw", reason="导错了日期").count() == 2
    with pytest.raises(ChangedMeanwhile):  # taken back already, which is not the same as worked on
        actions.undo_file(batch.pk, reason="导错了日期", by=chief, at=now)
    fresh = given(chief, now, text)
    assert (fresh.good_count, fresh.known_count) == (2, 0)


def test_a_file_somebody_works_on_stays(tree: Any, chief: Any, now: datetime) -> None:
    batch = given(chief, now, text_of([line(tree, 1), line(tree, 2)]))
    actions.take_file(batch.pk, only_good=False, by=chief, at=now)
    row = Incident.objects.order_by("number").last()
    actions.triage(row.pk, category="help", priority=3, by=chief, at=now + timedelta(minutes=1))
    with pytest.raises(Refusal, match=row.number[-4:]):
        actions.undo_file(batch.pk, reason="导错了", by=chief, at=now + timedelta(minutes=2))
    assert not Incident.objects.filter(state="cancelled").exists()
    batch.refresh_from_db()
    assert batch.state == "done" and not batch.reason


def test_officers_bring_no_files_and_strangers_see_none(
    tree: Any, chief: Any, officer: Any, stranger: Any, now: datetime, client_for: Any
) -> None:
    with pytest.raises(NotAllowed):
        actions.receive_file("a.csv", b"x", by=officer, at=now)
    batch = given(chief, now, text_of([line(tree, 1)]))
    with pytest.raises((Unknown, NotAllowed)):
        actions.take_file(batch.pk, only_good=False, by=stranger, at=now)
    assert client_for(officer).get(f"/incidents/import/{batch.pk}/").status_code == 403


def test_the_pages_lead_from_the_file_to_its_incidents(tree: Any, chief: Any, client_for: Any) -> None:
    desk = client_for(chief)
    file = io.BytesIO(text_of([line(tree, 1), line(tree, 2, 级别="P9")]).encode("gb18030"))
    file.name = "110.csv"
    page = desk.post("/incidents/import/", {"file": file}, follow=True).content.decode()
    assert "可导入 1 起;1 行有问题" in page and "P9" in page and "13800001234" not in page
    batch = queries.batches(chief, at=timezone.now())[0]
    assert (
        desk.get(f"/incidents/import/{batch.id}/bad-rows.csv").content.decode("utf-8-sig").count("CAD-0002")
        == 1
    )
    done = desk.post(f"/incidents/import/{batch.id}/take/", {"only_good": "1"}, follow=True).content.decode()
    assert "已导入 1 起,1 行有问题未导入" in done and "撤销这次导入" in done
    assert "0001" in desk.get(f"/incidents/?group=all&batch={batch.id}").content.decode()
    undone = desk.post(
        f"/incidents/import/{batch.id}/undo/", {"reason": "导错了"}, follow=True
    ).content.decode()
    assert "已撤销" in undone


def test_too_many_rows_are_refused_before_anything_is_kept(tree: Any, chief: Any, now: datetime) -> None:
    text = "外部编号,内容\n" + "".join(f"A{number},积水\n" for number in range(5_001))
    with pytest.raises(BadInput) as caught:
        given(chief, now, text)
    assert caught.value.code == "import.too_many" and not ImportBatch.objects.exists()
