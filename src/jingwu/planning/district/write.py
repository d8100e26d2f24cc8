# catalogue: data - headers and words of files, problems in both languages
"""Writes a district as a folder of CSV files or as one workbook that the reader reads back unchanged."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import xlsxwriter

from jingwu.planning.district.columns import CATEGORIES, Times
from jingwu.planning.district.facts import District
from jingwu.planning.district.geometry import write_points, write_polygon
from jingwu.planning.district.opening import write_opening
from jingwu.planning.district.records import Person
from jingwu.planning.district.schema import TABLES
from jingwu.planning.district.vocabulary import (
    AREA_WORDS,
    MODULE_WORDS,
    PERSON_WORDS,
    RANK_WORDS,
    SOURCE_WORDS,
)
from jingwu.sheets.clock import to_local
from jingwu.sheets.headers import Table
from jingwu.sheets.words import CATEGORY_WORDS

MAX_CELL_LENGTH = 32_767  # of a spreadsheet
MAX_SHEET_ROWS = 1_048_575
_DAYS = "一二三四五六日"


def _first_words(words: dict[str, object]) -> dict[object, str]:
    names: dict[object, str] = {}
    for word, member in words.items():
        names.setdefault(member, word)
    return names


_CATEGORY = _first_words(CATEGORY_WORDS)  # type: ignore[arg-type]
_PERSON = _first_words(PERSON_WORDS)  # type: ignore[arg-type]
_SOURCE = _first_words(SOURCE_WORDS)  # type: ignore[arg-type]
_RANK = _first_words(RANK_WORDS)  # type: ignore[arg-type]
_AREA = _first_words(AREA_WORDS)  # type: ignore[arg-type]
_MODULE = _first_words(MODULE_WORDS)  # type: ignore[arg-type]


def write_district(district: District, target: str | Path, *, english: bool = False) -> None:
    """Write every table the district has: a workbook when ``target`` ends in .xlsx, else a folder.

    Raises ValueError when a table does not fit a sheet, OSError when the place cannot be written.
    """
    path = Path(target)
    if path.suffix.lower() == ".xlsx":
        _write_workbook(district, path, english)
        return
    path.mkdir(parents=True, exist_ok=True)
    for table, rows in _tables(district):
        name = table.name if english else table.sheet_zh
        with (path / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_headers(table, english))
            writer.writerows(rows)


def _write_workbook(district: District, path: Path, english: bool) -> None:
    # Strings stay strings: nothing a user typed may become a formula, a link or a number.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        bold = book.add_format({"bold": True})
        for table, rows in _tables(district):
            sheet = book.add_worksheet(table.name if english else table.sheet_zh)
            sheet.freeze_panes(1, 0)
            for place, header in enumerate(_headers(table, english)):
                sheet.write_string(0, place, header, bold)
            for number, row in enumerate(rows, start=1):
                if number > MAX_SHEET_ROWS:
                    raise ValueError(f"{table.name} has too many rows for a sheet; write a folder instead")
                for place, cell in enumerate(row):
                    if len(cell) > MAX_CELL_LENGTH:
                        raise ValueError(f"{table.name} row {number} is too long for a cell")
                    if cell:
                        sheet.write_string(number, place, cell)


def _headers(table: Table, english: bool) -> list[str]:
    return [column.name if english else column.header_zh for column in table.columns]


def _tables(district: District) -> Iterator[tuple[Table, Iterable[list[str]]]]:
    writers: dict[str, Callable[[District], Iterable[list[str]]]] = {
        "district": lambda d: [[d.name, d.city, d.time_zone]],
        "offices": _offices,
        "beats": _beats,
        "people": lambda d: map(_person, d.people),
        "calls": _calls,
        "workload": _workload,
        "travel": _travel,
        "crews": _crews,
        "map": _map,
    }
    there = {
        "offices": bool(district.offices),
        "beats": bool(district.beats),
        "people": bool(district.people),
        "workload": len(district.workload) > 0,
        "travel": district.travel_minutes is not None,
        "crews": district.crews_today is not None,
        "map": district.background is not None,
    }
    for table in TABLES:
        if there.get(table.name, True):
            yield table, writers[table.name](district)


def _number(value: float | None) -> str:
    if value is None or value != value:
        return ""
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _truth(value: bool | None) -> str:
    return "" if value is None else "是" if value else "否"


def _offices(district: District) -> Iterator[list[str]]:
    for o in district.offices:
        hours = write_opening(o.opening)
        yield [o.code, o.name, o.station, _number(o.lon), _number(o.lat), hours, _AREA[o.area]]


def _beats(district: District) -> Iterator[list[str]]:
    for b in district.beats:
        numbers = [_number(value) for value in (b.population, b.households, b.area_km2, b.lon, b.lat)]
        yield [b.code, b.name, b.office or "", *numbers, write_polygon(b.polygon)]


def _person(p: Person) -> list[str]:
    certificates = [f"{c.name}:{c.expires}" if c.expires else c.name for c in p.certificates]
    return [
        p.code,
        _PERSON[p.category],
        _SOURCE[p.source],
        "" if p.birth_date is None else p.birth_date.isoformat(),
        "" if p.rank is None else _RANK[p.rank],
        _number(p.grassroots_years),
        _truth(p.police_background),
        ";".join(p.skills),
        ";".join(certificates),
        p.office or "",
        _number(p.home_lon),
        _number(p.home_lat),
        "" if p.weekly_minutes is None else str(p.weekly_minutes),
        "" if p.module is None else _MODULE[p.module],
        p.role,
        p.beat or "",
        p.group or "",
        _truth(p.is_lead),
        ";".join(p.recused_from),
        p.id_number or "",
    ]


def _calls(district: District) -> Iterator[list[str]]:
    calls = district.calls
    beats = np.array([*(beat.code for beat in district.beats), ""], dtype=object)
    categories = [_CATEGORY[category] for category in CATEGORIES] + [""]
    columns: list[Iterable[str]] = [
        [""] * len(calls) if calls.code is None else calls.code.tolist(),
        _wall(calls.time, district.time_zone),
        map(_number, calls.lon.tolist()),
        map(_number, calls.lat.tolist()),
        beats[calls.beat].tolist(),
        (categories[index] for index in calls.category.tolist()),
        map(str, calls.priority.tolist()),
    ]
    for step in (calls.dispatch, calls.enroute, calls.arrive, calls.clear):
        columns.append([""] * len(calls) if step is None else _wall(step, district.time_zone))
    return map(list, zip(*columns, strict=True))


def _wall(times: Times, zone: str) -> list[str]:
    local = to_local(times, zone)
    texts = np.char.replace(np.datetime_as_string(local, unit="s"), "T", " ")
    return np.where(np.isnat(local), "", texts).tolist()


def _workload(district: District) -> Iterator[list[str]]:
    table = district.workload
    counts = (table.disputes, table.service_requests, table.hazards, table.visits)
    months = np.datetime_as_string(table.month).tolist()
    columns = zip(table.beat.tolist(), months, *(count.tolist() for count in counts), strict=True)
    for beat, month, *numbers in columns:
        yield [district.beats[beat].code, month, *map(str, numbers)]


def _travel(district: District) -> Iterator[list[str]]:
    assert district.travel_minutes is not None
    for office, row in zip(district.offices, district.travel_minutes.tolist(), strict=True):
        for beat, minutes in zip(district.beats, row, strict=True):
            if minutes == minutes:
                yield [office.code, beat.code, _number(minutes)]


def _crews(district: District) -> Iterator[list[str]]:
    assert district.crews_today is not None
    for office, row in zip(district.offices, district.crews_today.tolist(), strict=True):
        for hour, crews in enumerate(row):
            yield [office.code, f"周{_DAYS[hour // 24]}", str(hour % 24), str(crews)]


def _map(district: District) -> Iterator[list[str]]:
    assert district.background is not None
    kinds = {"outline": "轮廓", "water": "水系", "parks": "绿地", "roads": "道路"}
    for kind, word in kinds.items():
        for line in getattr(district.background, kind):
            yield [word, line.name, str(line.width), write_points(line.points)]
