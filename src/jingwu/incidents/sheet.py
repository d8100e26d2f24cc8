# catalogue: data - headers of files
"""A file of dispatched incidents, read into rows: which column is which, and what is wrong with a cell.

Only what the file itself can tell is judged here; offices, scope and what was taken before are the action's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from jingwu.incidents.moments import EARLIEST, can_be_meant
from jingwu.sheets.files import Chunk, Sheet, find_sheets, raw_rows, read_header
from jingwu.sheets.headers import Column, Table, nearest, suggest
from jingwu.sheets.mapping import TableMapping
from jingwu.sheets.numbers import lost_digits, read_numbers
from jingwu.sheets.problems import Problems, hint
from jingwu.sheets.table_input import TableInput
from jingwu.sheets.times import BAD, BY_SHOWN, MIXED, OK, AmbiguousWriting, Writing, find_writing, read_times
from jingwu.sheets.words import CATEGORY_WORDS, PRIORITY_WORDS, words_of
from jingwu.sheets.workbook import forget
from jingwu.terms.incidents import IncidentCategory
from jingwu.terms.refusal import BadInput

MOST_BYTES = 20_000_000
MOST_ROWS = 5_000  # the counters of the offices are held while they are inserted
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx")
PRIVATE = ("address_detail", "reporter_name", "reporter_phone")
"""Columns whose cells no report repeats."""

INCIDENTS = Table(
    "incidents",
    "警情",
    ("calls", "接警", "接处警"),
    (
        Column(
            "external_id", "外部编号",
            ("警情编号", "接警编号", "接警单编号", "编号", "id", "call_id", "incident_id", "number"), True,
        ),
        Column("office_code", "警务室编号", ("警务室编码", "警务室", "管辖单位", "office"), True),
        Column(
            "text", "内容",
            ("报警内容", "警情内容", "简要警情", "description", "content", "narrative"), True,
        ),
        Column("reported_at", "报警时间", ("接警时间", "时间", "call_time", "reported", "time", "datetime")),
        Column("occurred_at", "发生时间", ("案发时间", "occurred")),
        Column("category", "类别", ("警情类别", "警情类型", "类型", "type")),
        Column("priority", "级别", ("警情级别", "警情等级", "等级", "优先级")),
        Column("address", "地点", ("地址", "警情地址", "发生地点", "location", "place")),
        Column("address_detail", "门牌", ("楼栋门牌", "详细地址", "room", "unit")),
        Column("lon", "经度", ("longitude", "lng", "x", "东经")),
        Column("lat", "纬度", ("latitude", "y", "北纬")),
        Column("reporter_name", "报警人", ("报警人姓名", "姓名", "caller", "caller_name")),
        Column("reporter_phone", "电话", ("报警电话", "联系电话", "手机", "phone", "caller_phone")),
    ),
    numbers=frozenset({"lon", "lat"}),
    texts={"text": 0, "address": 200, "address_detail": 100, "reporter_name": 60, "reporter_phone": 30},
)  # fmt: skip
LABELS_EN = {
    "external_id": "External id", "office_code": "Office code", "text": "What happened",
    "reported_at": "Reported at", "occurred_at": "Occurred at", "category": "Category",
    "priority": "Priority", "address": "Place", "address_detail": "Room", "lon": "Longitude",
    "lat": "Latitude", "reporter_name": "Reporter", "reporter_phone": "Telephone",
}  # fmt: skip
_CATEGORIES = words_of(IncidentCategory, CATEGORY_WORDS)


@dataclass(frozen=True)
class FileRow:
    """One row as the file tells it; times in UTC, ``row`` as a person counts."""

    row: int
    external_id: str
    office: str
    text: str
    category: str = ""
    priority: int | None = None
    address: str = ""
    address_detail: str = ""
    lon: float | None = None
    lat: float | None = None
    reporter_name: str = ""
    reporter_phone: str = ""
    reported_at: datetime | None = None
    occurred_at: datetime | None = None


@dataclass
class FileReading:
    """What a file held; ``bad_rows`` grows while more is judged. ``columns``: ours → theirs."""

    shown: str
    headers: list[str]
    columns: dict[str, str]
    problems: Problems
    header_row: int
    rows: list[FileRow] = field(default_factory=list)
    bad_rows: set[int] = field(default_factory=set)
    read_count: int = 0

    def bad(self, row: int, column: str, code: str, value: str = "", **details: object) -> None:
        """Note a problem that costs its row."""
        shown = "" if column in PRIVATE else value
        self.problems.add(self.shown, row, self.columns.get(column, column), code, shown, **details)
        self.bad_rows.add(row)

    def good(self) -> list[FileRow]:
        """Return the rows nothing is wrong with."""
        return [row for row in self.rows if row.row not in self.bad_rows]


def read_file(
    name: str,
    content: bytes,
    *,
    zone: str,
    mapping: Mapping[str, Any] | None = None,
    only_office: str = "",
) -> FileReading:
    """Return the rows of a CSV or a workbook and what is wrong with them.

    ``mapping``: ``columns`` (ours → their header) and ``time_format``; ``only_office`` stands for every
    row of a file without a column of offices.

    Raises
        BadInput: the file cannot be opened at all, or is too large.
    """
    with _opened(name, content) as sheet:
        # every bad row is handed back with its reasons: none of them may be only counted
        problems = Problems(shown_per_kind=MOST_ROWS)
        return _read(
            TableInput(INCIDENTS, sheet, _mapping_of(sheet, mapping or {}, only_office), problems), zone
        )


def bad_rows_as_table(
    name: str, content: bytes, header_row: int, reasons: Mapping[int, str]
) -> list[list[str]]:
    """Return header and rows of ``reasons`` as they stood in the file, the reason as one more column."""
    told = {header_row: "原因 / Reason", **reasons}
    with _opened(name, content) as sheet:
        return [[*row, told[number]] for number, row in enumerate(raw_rows(sheet), start=1) if number in told]


@contextmanager
def _opened(name: str, content: bytes) -> Iterator[Sheet]:
    """Yield the sheet of a file whose header is understood best; nothing of it stays on the disk."""
    with tempfile.TemporaryDirectory(prefix="jingwu-") as folder:
        try:
            yield _sheet_of(find_sheets(_kept(name, content, Path(folder))))
        finally:
            forget()


def _kept(name: str, content: bytes, folder: Path) -> Path:
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(
            "import.wrong_kind",
            "请上传 .xlsx 工作簿或 .csv 文件。",
            "Upload an .xlsx workbook or a .csv file.",
        )
    if len(content) > MOST_BYTES:
        raise BadInput(
            "import.too_large", "文件超过 20 MB,请分批导入。", "The file is larger than 20 MB; split it."
        )
    if not content.strip():
        raise BadInput("import.empty", "文件是空的。", "The file is empty.")
    stem = "".join(sign for sign in PurePath(name).stem if sign.isalnum() or sign in "-_ ")[:60]
    path = folder / f"{stem or 'file'}{suffix}"
    path.write_bytes(content)
    return path


def _known(cells: list[str]) -> int:
    return len(suggest(cells, INCIDENTS))


def _sheet_of(sheets: Sequence[Sheet]) -> Sheet:
    """Return the sheet whose header is understood best; the first of equals."""
    return max(sheets, key=lambda sheet: (_known(read_header(sheet, _known)[1]), -sheets.index(sheet)))


def _mapping_of(sheet: Sheet, given: Mapping[str, Any], only_office: str) -> TableMapping:
    columns = {str(ours): str(theirs) for ours, theirs in (given.get("columns") or {}).items()}
    headers = read_header(sheet, _known)[1]
    has_office = bool(columns.get("office_code")) or "office_code" in suggest(headers, INCIDENTS)
    constants = {} if has_office or not only_office else {"office_code": only_office}
    return TableMapping(columns=columns, constants=constants, time_format=str(given.get("time_format") or ""))


def _read(source: TableInput, zone: str) -> FileReading:
    is_open = source.open()
    columns = {ours: source.headers[place] for ours, place in source.places.items()}
    reading = FileReading(
        source.sheet.shown, source.headers, columns, source.problems, source.header_row,
        bad_rows=source.bad_rows,
    )  # fmt: skip
    if not is_open:
        return reading
    writings: dict[str, Writing | None] = {}
    for chunk in source.chunks():
        if not _know_writings(source, chunk, writings):
            return reading
        reading.rows += _rows_of(source, reading, chunk, writings, zone)
        if len(reading.rows) > MOST_ROWS:
            raise BadInput(
                "import.too_many",
                f"一次最多 {MOST_ROWS} 行,请分批导入。",
                f"{MOST_ROWS} rows at most; split the file.",
            )
    reading.read_count = len(reading.rows)
    if not reading.rows:
        source.whole("empty_sheet", "", "")
    return reading


def _know_writings(source: TableInput, chunk: Chunk, writings: dict[str, Writing | None]) -> bool:
    for name in ("reported_at", "occurred_at"):
        cells = source.cells(chunk, name)
        if cells is None or writings.get(name) is not None:
            continue
        stated = source.mapping.time_format
        try:
            writings[name] = BY_SHOWN[stated] if stated in BY_SHOWN else find_writing(cells)
        except AmbiguousWriting:
            source.whole("ambiguous_format", source.shown_column(name), "")
            return False
    return True


def _rows_of(
    source: TableInput,
    reading: FileReading,
    chunk: Chunk,
    writings: Mapping[str, Writing | None],
    zone: str,
) -> list[FileRow]:
    blank = [""] * chunk.row_count
    cells = {column.name: source.cells(chunk, column.name) or blank for column in INCIDENTS.columns}
    times = {name: _times(reading, chunk, name, cells[name], writings.get(name), zone)
             for name in ("reported_at", "occurred_at")}  # fmt: skip
    places = {name: _numbers(reading, chunk, name, cells[name]) for name in ("lon", "lat")}
    needed = {
        c.name: source.places[c.name] for c in INCIDENTS.columns if c.required and c.name in source.places
    }
    rows = []
    for place in range(chunk.row_count):
        if not any(column[place].strip() for column in chunk.columns):
            continue
        row = FileRow(
            row=chunk.first_row + place,
            external_id=cells["external_id"][place],
            office=cells["office_code"][place],
            text=cells["text"][place],
            category=_category(reading, chunk.first_row + place, cells["category"][place]),
            priority=_priority(reading, chunk.first_row + place, cells["priority"][place]),
            address=cells["address"][place],
            address_detail=cells["address_detail"][place],
            lon=places["lon"][place],
            lat=places["lat"][place],
            reporter_name=cells["reporter_name"][place],
            reporter_phone=cells["reporter_phone"][place],
            reported_at=times["reported_at"][place],
            occurred_at=times["occurred_at"][place],
        )
        # as it stands in the file: a cell lost to another problem is told once
        empty = [name for name, at in needed.items() if not chunk.columns[at][place].strip()]
        _judge(reading, row, empty)
        rows.append(row)
    return rows


def _judge(reading: FileReading, row: FileRow, required: Sequence[str]) -> None:
    """Note what is wrong with a row by itself; its ``required`` cells are empty."""
    for column in required:
        reading.bad(row.row, column, "required")
    if lost_digits(row.external_id):
        reading.bad(row.row, "external_id", "id_as_number", row.external_id)
    elif len(row.external_id) > 60:
        reading.bad(row.row, "external_id", "too_long", row.external_id, limit=60)
    if (row.lon is None) != (row.lat is None):
        if row.row not in reading.bad_rows:
            reading.bad(row.row, "lon", "half_point")
    elif row.lon is not None and row.lat is not None:
        value = f"{row.lon:g}, {row.lat:g}"
        if row.lon == 0 and row.lat == 0:
            reading.bad(row.row, "lon", "zero_point", value)
        elif abs(row.lat) > 90 >= abs(row.lon):
            reading.bad(row.row, "lon", "swapped", value)
        elif abs(row.lat) > 90 or abs(row.lon) > 180:
            reading.bad(row.row, "lon", "out_of_range", value, limit="±180, ±90")
    for column in ("reported_at", "occurred_at"):
        moment = getattr(row, column)
        if moment is not None and not can_be_meant(moment):
            reading.bad(row.row, column, "too_early", f"{moment:%Y-%m-%d}", limit=EARLIEST.year)
    if row.occurred_at and row.reported_at and row.occurred_at > row.reported_at:
        reading.bad(row.row, "occurred_at", "after_report")


def _times(
    reading: FileReading,
    chunk: Chunk,
    name: str,
    cells: Sequence[str],
    writing: Writing | None,
    zone: str,
) -> list[datetime | None]:
    if writing is None:
        for place, cell in enumerate(cells):
            if cell:
                reading.bad(chunk.first_row + place, name, "bad_time", cell)
        return [None] * len(cells)
    values, status = read_times(cells, writing, zone)
    for place in np.flatnonzero((status == BAD) | (status == MIXED)):
        code = "bad_time" if status[place] == BAD else "mixed_format"
        reading.bad(chunk.first_row + int(place), name, code, cells[place], value_expected=writing.shown)
    return [
        value.astype(datetime).replace(tzinfo=UTC) if told == OK else None
        for value, told in zip(values, status, strict=True)
    ]


def _numbers(reading: FileReading, chunk: Chunk, name: str, cells: Sequence[str]) -> list[float | None]:
    numbers, bad = read_numbers(cells)
    for place in bad:
        reading.bad(chunk.first_row + place, name, "bad_number", cells[place])
    return [None if np.isnan(number) else float(number) for number in numbers]


def _category(reading: FileReading, row: int, cell: str) -> str:
    if not cell:
        return ""
    found = _CATEGORIES.get(cell.lower())
    if found is None:
        reading.bad(row, "category", "unknown_value", cell, **hint(nearest(cell, list(_CATEGORIES))))
        return ""
    return str(found.value)


def _priority(reading: FileReading, row: int, cell: str) -> int | None:
    if not cell:
        return None
    found = PRIORITY_WORDS.get(cell.lower())
    if found is None:
        reading.bad(row, "priority", "unknown_value", cell, hint_zh=",应为 P1–P4", hint_en="; P1 to P4 are")
        return None
    return int(found)
