"""Reading a district: what is understood, and what is refused where, in words."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from jingwu.planning.district import (
    District,
    FactReport,
    parse_mapping,
    preview,
    read_district,
    read_mapping,
    sheets,
    suggest_mapping,
)
from jingwu.planning.district.id_number import birth_date_of, check_digit
from jingwu.terms.incidents import IncidentCategory
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput

TODAY = date(2026, 11, 1)
ADULT = dict.fromkeys(PersonCategory, 18)
CALLS_HEAD = "警情编号,接警时间,经度,纬度,警情类别,警情级别"
GOOD_CALLS = [
    f"{n:05d},2026-10-{n % 28 + 1:02d} 08:{n % 60:02d}:00,118.{200 + n},30.4{n:02d},纠纷,三级"
    for n in range(20)
]
OFFICES = "警务室编码,警务室名称,经度,纬度\n007,甲,118.20,30.40\n008,乙,118.22,30.42\n"
BEATS = "警格编码,警务室编码,经度,纬度,实有人口\nB1,007,118.20,30.40,4000\nB2,008,118.22,30.42,5000\n"


def folder(tmp_path: Path, encoding: str = "utf-8-sig", **tables: str) -> Path:
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding=encoding)
    return tmp_path


def calls(*rows: str, head: str = CALLS_HEAD) -> str:
    return "\n".join([head, *GOOD_CALLS, *rows]) + "\n"


def read(path: Path, **options: object) -> tuple[District | None, FactReport]:
    return read_district(path, today=TODAY, minimum_age_years=ADULT, **options)  # type: ignore[arg-type]


def only_problem(report: FactReport) -> tuple[str, int, str, str]:
    assert report.problem_count == 1, report.problems
    found = report.problems[0]
    assert found.reason_zh and found.reason_en and found.reason_zh != found.reason_en
    return found.file, found.row, found.column, found.code


def test_calls_alone_make_a_district(tmp_path: Path) -> None:
    district, report = read(folder(tmp_path, calls=calls()))
    assert district is not None and report.clean and report.accepted
    assert len(district.calls) == 20
    assert district.period == (date(2026, 10, 1), date(2026, 10, 20)) == report.period
    assert {note.code for note in report.notes} >= {"no_offices", "no_people", "no_beats", "no_chain"}
    assert district.calls.code is not None and district.calls.code[0] == "00000"
    # 2026-10-01 08:00 in China is a Thursday and midnight UTC.
    assert district.calls.time[0] == np.datetime64("2026-10-01T00:00:00")
    assert district.hour_of_week[0] == 3 * 24 + 8


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_read_alike(tmp_path: Path, encoding: str) -> None:
    plain, _ = read(folder(tmp_path, calls=calls()))
    (tmp_path / "other").mkdir()
    other, _ = read(folder(tmp_path / "other", encoding, 警情=calls()))
    assert plain == other and plain is not None


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(calls().encode() + b"\xff\xfe\xff\x80\x00")
    with pytest.raises(BadInput) as refusal:
        read(tmp_path)
    assert refusal.value.code == "input.encoding"


ROW = 22  # the row a person sees for the first row behind the good ones
ONE_BAD_CALL = {
    "wrong date": ("Z1,2026-02-30 08:00:00,118.21,30.41,纠纷,三级", "接警时间", "bad_time"),
    "second format": ("Z1,2026/10/03 08:00:00,118.21,30.41,纠纷,三级", "接警时间", "mixed_format"),
    "no time": ("Z1,,118.21,30.41,纠纷,三级", "接警时间", "required"),
    "no time of day": ("Z1,2026-10-03,118.21,30.41,纠纷,三级", "接警时间", "bad_time"),
    "swapped": ("Z1,2026-10-03 08:00:00,30.41,118.21,纠纷,三级", "经度", "swapped"),
    "zero point": ("Z1,2026-10-03 08:00:00,0,0,纠纷,三级", "经度", "zero_point"),
    "far away": ("Z1,2026-10-03 08:00:00,121.47,31.23,纠纷,三级", "经度", "outside"),
    "no number": ("Z1,2026-10-03 08:00:00,118.2E,30.41,纠纷,三级", "经度", "bad_number"),
    "half a point": ("Z1,2026-10-03 08:00:00,118.21,,纠纷,三级", "经度", "half_point"),
    "no place": ("Z1,2026-10-03 08:00:00,,,纠纷,三级", "经度", "no_place"),
    "same code": ("00003,2026-10-03 08:00:00,118.21,30.41,纠纷,三级", "警情编号", "duplicate"),
    "code as quantity": (
        "1.10105E+17,2026-10-03 08:00:00,118.21,30.41,纠纷,三级",
        "警情编号",
        "id_as_number",
    ),
    "unknown kind": ("Z1,2026-10-03 08:00:00,118.21,30.41,纠份,三级", "警情类别", "unknown_value"),
    "unknown level": ("Z1,2026-10-03 08:00:00,118.21,30.41,纠纷,九级", "警情级别", "unknown_value"),
    "formula": ("=1+1,2026-10-03 08:00:00,118.21,30.41,纠纷,三级", "警情编号", "formula"),
    "injection": ("Z1,2026-10-03 08:00:00,118.21,30.41,@SUM(A1),三级", "警情类别", "formula"),
    "too many cells": ("Z1,2026-10-03 08:00:00,118.21,30.41,纠纷,三级,乙", "", "extra_cells"),
    "endless cell": (f"{'9' * 300},2026-10-03 08:00:00,118.21,30.41,纠纷,三级", "警情编号", "too_long"),
}


@pytest.mark.parametrize("name", ONE_BAD_CALL)
def test_a_bad_call_is_named_and_goes_no_further(tmp_path: Path, name: str) -> None:
    row, column, code = ONE_BAD_CALL[name]
    path = folder(tmp_path, calls=calls(row, GOOD_CALLS[0].replace("00000", "Z9")))
    district, report = read(path)
    assert only_problem(report) == ("calls.csv", ROW, column, code)
    assert district is None and not report.blocking and not report.accepted
    district, report = read(path, accept_bad_rows=True)
    assert district is not None and len(district.calls) == 21 and report.accepted
    assert [table.bad_count for table in report.tables] == [1]


def test_a_near_word_is_suggested(tmp_path: Path) -> None:
    _, report = read(folder(tmp_path, calls=calls(ONE_BAD_CALL["unknown kind"][0])))
    assert "纠纷" in report.problems[0].reason_zh and "纠纷" in report.problems[0].reason_en


def test_rows_without_codes_repeat_when_all_facts_do(tmp_path: Path) -> None:
    head = "接警时间,经度,纬度"
    rows = [",".join(row.split(",")[1:4]) for row in GOOD_CALLS]
    _, report = read(folder(tmp_path, calls="\n".join([head, *rows, rows[4]])))
    assert only_problem(report) == ("calls.csv", 22, "接警时间", "duplicate")
    assert "6" in report.problems[0].reason_zh


CHAIN_HEAD = CALLS_HEAD + ",派警时间,出警时间,到场时间,办结时间"
CHAINS = {
    "negative": ("08:01:00", "08:02:00", "08:01:30", "08:40:00", "到场时间", "negative_duration"),
    "midnight": ("23:58:00", "23:59:00", "00:05:00", "00:40:00", "到场时间", "midnight"),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_that_runs_backwards_is_named(tmp_path: Path, name: str) -> None:
    *steps, column, code = CHAINS[name]
    start = "07:59:00" if name == "negative" else "23:57:00"
    row = f"Z1,2026-10-03 {start},118.21,30.41,纠纷,三级," + ",".join(f"2026-10-03 {step}" for step in steps)
    good = [f"{row},,,," for row in GOOD_CALLS]
    district, report = read(folder(tmp_path, calls="\n".join([CHAIN_HEAD, *good, row])))
    assert district is None
    assert only_problem(report) == ("calls.csv", ROW, column, code)


def test_a_step_days_later_is_a_slip_of_the_date(tmp_path: Path) -> None:
    row = "Z1,2026-10-03 08:00:00,118.21,30.41,纠纷,三级,,,2026-10-05 08:05:00,"
    good = [f"{row},,,," for row in GOOD_CALLS]
    _, report = read(folder(tmp_path, calls="\n".join([CHAIN_HEAD, *good, row])))
    assert only_problem(report)[3] == "too_late"


def test_columns_swapped_as_a_whole_are_one_problem(tmp_path: Path) -> None:
    head = CALLS_HEAD.replace("经度,纬度", "纬度,经度")
    district, report = read(folder(tmp_path, calls=calls(head=head)), accept_bad_rows=True)
    assert district is None and report.blocking
    assert [problem.code for problem in report.problems] == ["all_swapped"]


def test_a_renamed_column_blocks_and_the_nearest_is_named(tmp_path: Path) -> None:
    head = CALLS_HEAD.replace("接警时间", "接警时分")
    district, report = read(folder(tmp_path, calls=calls(head=head)), accept_bad_rows=True)
    assert district is None and report.blocking
    missing = next(problem for problem in report.problems if problem.code == "missing_column")
    assert "接警时间" in missing.reason_zh and "接警时分" in missing.reason_zh and missing.row == 1


def test_day_and_month_that_cannot_be_told_apart_block(tmp_path: Path) -> None:
    rows = [f"{n},0{n + 1}/05/2026 08:00,118.2{n},30.4{n}" for n in range(9)]
    text = "\n".join(["编号,接警时间,经度,纬度", *rows])
    district, report = read(folder(tmp_path, calls=text))
    assert district is None and [problem.code for problem in report.problems] == ["ambiguous_format"]
    stated = parse_mapping({"tables": {"calls": {"time_format": "DD/MM/YYYY"}}})
    district, report = read(tmp_path, mapping=stated)
    assert district is not None and district.period == (date(2026, 5, 1), date(2026, 5, 9))


@pytest.mark.parametrize("text", ["", CALLS_HEAD + "\n", CALLS_HEAD + "\n,,,,,\n"])
def test_an_empty_table_blocks(tmp_path: Path, text: str) -> None:
    district, report = read(folder(tmp_path, calls=text))
    assert district is None and report.blocking
    assert [problem.code for problem in report.problems] == ["empty_sheet"]


def test_nothing_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read(tmp_path)
    with pytest.raises(BadInput):
        read(tmp_path / "absent")


def test_a_folder_without_calls_blocks(tmp_path: Path) -> None:
    district, report = read(folder(tmp_path, offices=OFFICES))
    assert district is None and [problem.code for problem in report.problems] == ["missing_table"]


def test_codes_keep_their_zeros_and_refer(tmp_path: Path) -> None:
    district, report = read(folder(tmp_path, offices=OFFICES, beats=BEATS, calls=calls()))
    assert report.clean and district is not None
    assert [office.code for office in district.offices] == ["007", "008"]
    assert district.beat_office.tolist() == [0, 1]
    assert set(district.calls.beat.tolist()) <= {0, 1}


@pytest.mark.parametrize(
    ("beat", "column", "code"),
    [
        ("B3,,118.21,30.41,1", "警务室编码", "no_office"),
        ("B3,7,118.21,30.41,1", "警务室编码", "unknown_office"),
        ("B1,007,118.21,30.41,1", "警格编码", "duplicate"),
        ("B3,007,118.21,30.41,-4", "实有人口", "bad_number"),
        ("B3,007,,,1", "经度", "no_centre"),
        ("B3,007,30.41,118.21,1", "经度", "swapped"),
    ],
)
def test_a_bad_beat_is_named(tmp_path: Path, beat: str, column: str, code: str) -> None:
    _, report = read(folder(tmp_path, offices=OFFICES, beats=BEATS + beat, calls=calls()))
    assert only_problem(report) == ("beats.csv", 4, column, code)


PEOPLE_HEAD = "人员编码,人员类别,出生日期,警务室编码,身份证号,证书"


@pytest.mark.parametrize(
    ("person", "column", "code"),
    [
        ("P2,民警,2009-01-01,007,,", "出生日期", "too_young"),
        ("P2,民警,2031-01-01,007,,", "出生日期", "born_in_future"),
        ("P2,民警,1990/01/01,007,,", "出生日期", "mixed_format"),
        ("P2,民警,1990-02-30,007,,", "出生日期", "bad_time"),
        ("P1,民警,1990-01-01,007,,", "人员编码", "duplicate"),
        ("P2,警员甲,1990-01-01,007,,", "人员类别", "unknown_value"),
        ("P2,,1990-01-01,007,,", "人员类别", "required"),
        ("P2,民警,1990-01-01,7,,", "警务室编码", "unknown_office"),
        ("P2,民警,,007,110105194912310021,", "身份证号", "id_check_digit"),
        ("P2,民警,,007,1.10105E+17,", "身份证号", "id_as_number"),
        ("P2,民警,1990-01-01,007,11010519491231002X,", "身份证号", "id_birth"),
        ("P2,民警,1990-01-01,007,,执法资格:某天", "证书", "certificate"),
    ],
)
def test_a_bad_person_is_named(tmp_path: Path, person: str, column: str, code: str) -> None:
    people = f"{PEOPLE_HEAD}\nP1,民警,1980-01-01,007,,执法资格:2027-01-01\n{person}\n"
    _, report = read(folder(tmp_path, offices=OFFICES, people=people, calls=calls()))
    assert only_problem(report) == ("people.csv", 3, column, code)
    if column == "身份证号":
        assert "49123" not in report.problems[0].value  # a report does not spread the number


def test_the_least_age_is_the_callers_norm(tmp_path: Path) -> None:
    people = f"{PEOPLE_HEAD}\nP1,志愿者,2009-01-01,007,,\n"
    path = folder(tmp_path, offices=OFFICES, people=people, calls=calls())
    assert read(path)[1].counts == {"too_young": 1}
    district, report = read_district(path, today=TODAY, minimum_age_years={PersonCategory.VOLUNTEER: 16})
    assert report.clean and district is not None and district.people[0].age_on(TODAY) == 17


def test_the_standards_own_id_numbers_pass() -> None:
    assert birth_date_of("11010519491231002X") == date(1949, 12, 31)
    assert birth_date_of("440524188001010014") == date(1880, 1, 1)
    assert check_digit("11010519491231002") == "X"
    assert birth_date_of("110105194912310021") is None
    assert birth_date_of("11010519491331002X") is None


def test_counts_stay_exact_when_few_are_shown(tmp_path: Path) -> None:
    rows = [f"Z{n},2026-10-03 08:00:00,0,0,纠纷,三级" for n in range(500)]
    many = [row.replace(",", f"x{k},", 1) for k in range(60) for row in GOOD_CALLS]
    _, report = read(folder(tmp_path, calls=calls(*many, *rows)))
    assert report.problem_count == 500 == report.counts["zero_point"]
    assert len(report.problems) == 50


def workbook(path: Path, **sheets_: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets_.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def call_rows(*more: list[object]) -> list[list[object]]:
    rows: list[list[object]] = list(csv.reader(io.StringIO(calls())))
    return [*rows, *more]


def test_a_workbook_reads_as_the_folder_does(tmp_path: Path) -> None:
    from_folder, _ = read(folder(tmp_path, calls=calls()))
    from_book, report = read(workbook(tmp_path / "facts.xlsx", 警情=call_rows()))
    assert from_book == from_folder and from_book is not None
    assert report.tables[0].source == "facts.xlsx[警情]"


def test_a_formula_is_never_evaluated(tmp_path: Path) -> None:
    row: list[object] = ["Z1", "2026-10-03 08:00:00", "=118+0.21", 30.41, "纠纷", "三级"]
    district, report = read(workbook(tmp_path / "facts.xlsx", 警情=call_rows(row)))
    assert district is None
    assert only_problem(report)[1:] == (22, "经度", "formula")


def test_an_id_that_is_a_number_in_the_sheet_is_refused(tmp_path: Path) -> None:
    people: list[list[object]] = [["人员编码", "人员类别", "身份证号"], ["00123", "民警", 110105194912310020]]
    _, report = read(workbook(tmp_path / "facts.xlsx", 警情=call_rows(), 人员=people))
    assert only_problem(report)[1:] == (2, "身份证号", "id_as_number")


def test_text_ids_survive_a_workbook(tmp_path: Path) -> None:
    people: list[list[object]] = [
        ["人员编码", "人员类别", "身份证号"],
        ["00123", "民警", "11010519491231002X"],
    ]
    district, report = read(workbook(tmp_path / "facts.xlsx", 警情=call_rows(), 人员=people))
    assert report.clean and district is not None
    assert district.people[0].code == "00123"
    assert district.people[0].id_number == "11010519491231002X"
    assert "11010519491231002X" not in repr(district.people[0])


def bomb(path: Path, *, lie: bool) -> Path:
    """A workbook whose one sheet inflates a thousandfold; ``lie``: its directory declares it small."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (40 * 2**20))
    if lie:
        data = bytearray(path.read_bytes())
        for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
            at = data.rindex(mark) + offset
            data[at : at + 4] = (1000).to_bytes(4, "little")
        path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize("lie", [False, True])
def test_a_zip_bomb_is_refused_unopened(tmp_path: Path, lie: bool) -> None:
    with pytest.raises(BadInput) as refusal:
        read(bomb(tmp_path / "facts.xlsx", lie=lie))
    assert refusal.value.code in (("input.zip_bomb", "input.broken_workbook") if lie else ("input.zip_bomb",))


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a zip at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old"])
def test_what_is_no_workbook_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "facts.xlsx").write_bytes(content)
    with pytest.raises(BadInput) as refusal:
        read(tmp_path / "facts.xlsx")
    assert refusal.value.code in ("input.broken_workbook", "input.old_workbook")


def test_entities_in_a_workbook_are_not_expanded(tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", 警情=call_rows())
    evil = tmp_path / "evil.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(evil, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/workbook.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + content
            target.writestr(part, content)
    with pytest.raises(BadInput) as refusal:
        read(evil)
    assert refusal.value.code == "input.broken_workbook"


def test_two_sheets_of_one_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        read(folder(tmp_path, calls=calls(), 警情=calls()))
    assert refusal.value.code == "input.two_sheets"


def test_a_title_above_the_header_is_passed_over(tmp_path: Path) -> None:
    _, report = read(folder(tmp_path, calls="云溪分局警情台账,,,,,\n" + calls("Z1,x,118.2,30.4,纠纷,三级")))
    assert only_problem(report) == ("calls.csv", 23, "接警时间", "bad_time")


def test_the_import_page_sees_sheets_headers_and_rows(tmp_path: Path) -> None:
    path = folder(tmp_path, calls=calls(), 备注="甲,乙\n1,2\n")
    assert sheets(path) == [("calls.csv", "calls"), ("备注.csv", "")]
    header, rows = preview(path, "calls", rows=3)
    assert header == CALLS_HEAD.split(",") and [row[0] for row in rows] == ["00000", "00001", "00002"]
    assert suggest_mapping(header, "calls")["time"] == "接警时间"
    assert suggest_mapping(["Longitude", "LATITUDE", "call_time"], "calls") == {
        "lon": "Longitude",
        "lat": "LATITUDE",
        "time": "call_time",
    }


def test_a_mapping_lets_a_foreign_export_in(tmp_path: Path) -> None:
    text = "ref;when;east;north;what\n" + "".join(
        f"{n};05/{n + 13}/2018 00:30;-87.{900 + n};43.0{n + 10};THEFT FROM {n}\n" for n in range(9)
    )
    text += "x;not a time;0;0;PATROL NORTH\n"
    mapping = parse_mapping(
        {
            "time_zone": "America/Chicago",
            "tables": {
                "calls": {
                    "file": "export",
                    "columns": {
                        "code": "ref",
                        "time": "when",
                        "lon": "east",
                        "lat": "north",
                        "category": "what",
                    },
                    "values": {"category": {"THEFT*": "crime"}},
                    "leave_out": {"what": ["patrol*"]},
                    "constants": {"priority": "2"},
                }
            },
        }
    )
    district, report = read(folder(tmp_path, export=text), mapping=mapping)
    assert report.clean and district is not None and len(district.calls) == 9
    assert "left_out" in {note.code for note in report.notes}
    assert district.calls.time[0] == np.datetime64("2018-05-13T05:30:00")
    assert set(district.calls.category.tolist()) == {list(IncidentCategory).index(IncidentCategory.CRIME)}
    assert set(district.calls.priority.tolist()) == {2}


@pytest.mark.parametrize(
    "content",
    [
        {"tabels": {}},
        {"tables": {"callz": {}}},
        {"tables": {"calls": {"columns": {"tiem": "x"}}}},
        {"tables": {"calls": {"time_format": "%d"}}},
        {"time_zone": "Mars/Olympus"},
        ["a"],
    ],
)
def test_a_mapping_that_says_something_unknown_is_refused(content: object) -> None:
    with pytest.raises(BadInput):
        parse_mapping(content)


def test_a_mapping_file_runs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "columns.yaml"
    file.write_text("name: !!python/object/apply:os.system ['true']\n", encoding="utf-8")
    with pytest.raises(BadInput):
        read_mapping(file)


@pytest.mark.shared_data
def test_milwaukee_reads_with_its_mapping(shared_data: Path) -> None:
    mapping = Path(__file__).resolve().parents[3] / "docs" / "cases" / "milwaukee.columns.yaml"
    district, report = read_district(shared_data / "milwaukee", mapping=mapping, accept_bad_rows=True)
    assert district is not None
    calls_counted = report.tables[0].read_count
    assert 15_000 < calls_counted < 20_000  # of 33,968 rows; the rest is what officers log themselves
    assert set(report.counts) == {"outside", "no_place"}  # addresses geocoded to other states
    assert len(district.calls) == calls_counted - report.problem_count > 15_000
    assert district.period == (date(2018, 5, 1), date(2018, 5, 21))
    assert abs(float(np.median(district.calls.lon)) + 87.94) < 0.05
