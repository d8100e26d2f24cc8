# catalogue: data - headers and words of files, problems in both languages
"""Reads a district from a folder of CSV files or a workbook: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jingwu.planning.district.columns import Calls
from jingwu.planning.district.facts import District
from jingwu.planning.district.mapping import ColumnMapping, check_zone, read_mapping
from jingwu.planning.district.read_calls import CallsReader
from jingwu.planning.district.read_people import AgeRule, judge_homes, read_people
from jingwu.planning.district.read_places import (
    read_background,
    read_beats,
    read_crews,
    read_names,
    read_offices,
    read_travel,
    read_workload,
)
from jingwu.planning.district.report import FactReport, Note, TableCount
from jingwu.planning.district.schema import BY_NAME, TABLES
from jingwu.planning.district.sources import assign_tables, header_of
from jingwu.sheets.clock import days_covered, to_local
from jingwu.sheets.files import Paths, Sheet, find_sheets, raw_rows
from jingwu.sheets.problems import Problems
from jingwu.sheets.table_input import TableInput
from jingwu.sheets.workbook import forget
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput

Progress = Callable[[float, str], None]
_CHINA = "Asia/Shanghai"
_NOTES: dict[str, tuple[str, str]] = {
    "no_offices": (
        "没有警务室表:选址由计算给出,需另给警务室数量",
        "there is no table of offices: they will be sited, and their number must be given",
    ),
    "no_people": (
        "没有人员表:需另给各类人员数量",
        "there is no table of people: a strength by category must be given",
    ),
    "no_beats": ("没有警格表", "there is no table of beats"),
    "no_chain": (
        "警情没有派警、到场等时间:现场用时将采用规范中的缺省值",
        "the calls carry no dispatch or arrival times: on-scene minutes will come from the norms",
    ),
    "no_category": ("警情没有类别", "the calls carry no category"),
    "left_out": (
        "按列映射不作为警情的行已略去:{count} 行",
        "rows that the mapping says are no facts of the table were left out: {count}",
    ),
    "no_priority": ("警情没有级别,一律按「一般」(P3)", "the calls carry no priority; all count as P3"),
}


@dataclass
class _Reading:
    """One reading under way."""

    mapping: ColumnMapping
    sheets: dict[str, Sheet]
    progress: Progress | None
    problems: Problems = field(default_factory=Problems)
    inputs: dict[str, TableInput] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def table(self, name: str) -> TableInput | None:
        """Open a table; None when it was not handed in or cannot be read."""
        if name not in self.sheets:
            return None
        source = TableInput(BY_NAME[name], self.sheets[name], self.mapping.table(name), self.problems)
        self.inputs[name] = source
        self.tell(0.0, name)
        return source if source.open() else None

    def tell(self, share: float, name: str) -> None:
        if self.progress is not None:
            self.progress(share, BY_NAME[name].sheet_zh)

    def note(self, code: str, **details: object) -> None:
        zh, en = _NOTES[code]
        self.notes.append(Note(code, zh.format(**details), en.format(**details)))

    def counts(self) -> tuple[TableCount, ...]:
        return tuple(self.inputs[table.name].count() for table in TABLES if table.name in self.inputs)


def read_district(
    path_or_files: Paths,
    *,
    mapping: ColumnMapping | str | Path | None = None,
    accept_bad_rows: bool = False,
    minimum_age_years: Mapping[PersonCategory, int] | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> tuple[District | None, FactReport]:
    """Return the district and the report on it; None instead of the district unless all of it is usable.

    With ``accept_bad_rows`` rows with a problem are left out and the rest goes on; a blocking problem (a
    missing column, an empty sheet) always yields None. ``minimum_age_years`` by category are norms, which the
    caller reads; ``today`` defaults to the day in China. ``progress`` is told (share done 0 … 1, table).

    Raises BadInput when what was handed in cannot be opened at all (in one sentence).
    """
    sheets = find_sheets(path_or_files)
    if isinstance(mapping, str | Path):
        mapping = read_mapping(mapping)
    mapping = mapping or ColumnMapping()
    named = {name: part.file for name, part in mapping.tables.items() if part.file}
    reading = _Reading(mapping, assign_tables(sheets, named), progress)
    ages = AgeRule(today or datetime.now(ZoneInfo(_CHINA)).date(), minimum_age_years or {})
    try:
        facts = _read_tables(reading, ages)
    finally:
        forget()
    problems = reading.problems
    usable = facts is not None and not problems.blocking and (accept_bad_rows or problems.total == 0)
    district = District(**facts) if usable and facts is not None else None
    period = None
    if facts is not None:
        period = days_covered(to_local(facts["calls"].time, facts["time_zone"]))
    report = FactReport(
        tables=reading.counts(),
        period=period,
        problems=problems.shown(),
        problem_count=problems.total,
        counts=dict(problems.counts),
        notes=tuple(reading.notes),
        headers={name: _header_names(source) for name, source in reading.inputs.items()},
        blocking=problems.blocking,
        accepted=district is not None,
        digest="" if district is None else district.digest,
    )
    return district, report


def _header_names(source: TableInput) -> dict[str, str]:
    return {source.headers[place]: name for name, place in source.places.items()}


def _read_tables(reading: _Reading, ages: AgeRule) -> dict[str, Any] | None:
    """Return the parts of a `District`, or None when the calls cannot be read."""
    facts: dict[str, Any] = {}
    names = read_names(source) if (source := reading.table("district")) else {}
    for key in ("name", "city", "time_zone"):
        facts[key] = getattr(reading.mapping, key) or names.get(key, "")
    zone = facts["time_zone"] = check_zone(facts["time_zone"] or _CHINA)
    offices = read_offices(source, zone) if (source := reading.table("offices")) else ()
    office_places = {o.code: i for i, o in enumerate(offices)}
    known_offices = office_places if "offices" in reading.sheets else None
    beats = read_beats(source, known_offices, zone) if (source := reading.table("beats")) else ()
    beat_places = {b.code: i for i, b in enumerate(beats)}
    known_beats = beat_places if "beats" in reading.sheets else None
    facts |= {"offices": offices, "beats": beats, "people": ()}
    if source := reading.table("people"):
        staff = read_people(source, known_offices, known_beats, ages)
        facts["people"] = judge_homes(source, staff, offices, zone)
    if source := reading.table("workload"):
        facts["workload"] = read_workload(source, beat_places)
    if source := reading.table("travel"):
        facts["travel_minutes"] = read_travel(source, office_places, beat_places)
    if source := reading.table("crews"):
        facts["crews_today"] = read_crews(source, office_places)
    if source := reading.table("map"):
        facts["background"] = read_background(source)
    for name, source in reading.inputs.items():
        if (
            name in ("offices", "beats", "people")
            and source.read_count == 0
            and not reading.problems.blocking
        ):
            source.whole("empty_sheet", "", "")
    calls = _read_calls(reading, facts)
    if left_out := sum(source.left_out_count for source in reading.inputs.values()):
        reading.note("left_out", count=f"{left_out:,}")
    for name in ("offices", "people", "beats"):
        if name not in reading.sheets:
            reading.note(f"no_{name}")
    if calls is None:
        return None
    facts["calls"] = calls
    return facts


def _read_calls(reading: _Reading, facts: dict[str, Any]) -> Calls | None:
    if "calls" not in reading.sheets:
        shown = next(iter(reading.sheets.values())).path.parent.name if reading.sheets else ""
        table = BY_NAME["calls"]
        value = f"{table.sheet_zh} / {table.name}"
        reading.problems.add(shown, 0, "", "missing_table", value, blocking=True)
        return None
    source = reading.table("calls")
    if source is None:
        return None
    for name, note in (("arrive", "no_chain"), ("category", "no_category"), ("priority", "no_priority")):
        if name not in source.places and name not in source.mapping.constants:
            reading.note(note)
    reader = CallsReader(
        source, facts["beats"], facts["time_zone"], lambda share: reading.tell(share, "calls")
    )
    return reader.read()


def sheets(path: Paths) -> list[tuple[str, str]]:
    """Return (sheet as named in the file, our table or an empty text) for everything handed in.

    Raises BadInput.
    """
    found = find_sheets(path)
    assigned = {sheet.shown: name for name, sheet in assign_tables(found, {}).items()}
    forget()
    return [(sheet.shown, assigned.get(sheet.shown, "")) for sheet in found]


def preview(path: Paths, table: str, rows: int = 20) -> tuple[list[str], list[list[str]]]:
    """Return the header and the first rows of a table (ours by name) or of a sheet as `sheets` names it.

    Raises BadInput when there is no such table.
    """
    found = find_sheets(path)
    by_table = assign_tables(found, {})
    sheet = by_table.get(table) or next((s for s in found if table in (s.shown, s.name)), None)
    if sheet is None:
        raise BadInput("input.no_table", f"找不到表「{table}」。", f"There is no table {table!r}.")
    header_row, header = header_of(sheet)
    shown: list[list[str]] = []
    for number, row in enumerate(raw_rows(sheet), start=1):
        if number > header_row:
            shown.append([cell.strip() for cell in (row + [""] * len(header))[: len(header)]])
        if len(shown) >= rows:
            break
    forget()
    return header, shown
