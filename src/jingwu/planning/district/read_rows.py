"""Walks the small tables row by row and hands out cells with their problems noted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, TypeVar

import numpy as np

from jingwu.planning.district.records import SEPARATORS
from jingwu.sheets.headers import nearest
from jingwu.sheets.numbers import lost_digits, read_count, read_number
from jingwu.sheets.problems import hint
from jingwu.sheets.table_input import TableInput
from jingwu.sheets.times import (
    BAD,
    BY_SHOWN,
    MIXED,
    AmbiguousWriting,
    find_writing,
    read_dates,
)

E = TypeVar("E", bound=Enum)


class Row:
    """One row being read: asks the table for cells and notes what is wrong with them."""

    def __init__(self, source: TableInput, number: int, cells: Mapping[str, str], dates: Mapping[str, Any]):
        self.source = source
        self.number = number
        self._cells = cells
        self._dates = dates

    def bad(self, column: str, code: str, value: str = "", **details: object) -> None:
        """Note a problem that costs this row."""
        self.source.bad(self.number, column, code, value, **details)

    @property
    def good(self) -> bool:
        """Return whether nothing is wrong with the row so far."""
        return self.number not in self.source.bad_rows

    def text(self, column: str, *, required: bool = False) -> str:
        """Return the cell as text."""
        cell = self._cells.get(column, "")
        if required and not cell and self.good:
            self.bad(column, "required")
        if cell and not cell.isprintable():
            self.bad(column, "bad_text", cell)
            return ""
        return cell

    def code(self, column: str, *, required: bool = False) -> str:
        """Return the cell as a code: text whose leading zeros count."""
        cell = self.text(column, required=required)
        if lost_digits(cell):
            self.bad(column, "id_as_number", cell)
        return cell

    def number_in(self, column: str, low: float, high: float) -> float | None:
        """Return the cell as a number within limits, None when empty or wrong."""
        cell = self._cells.get(column, "")
        if not cell:
            return None
        try:
            value = read_number(cell)
        except ValueError:
            self.bad(column, "bad_number", cell)
            return None
        if not low <= value <= high:
            self.bad(column, "out_of_range", cell, limit=f"{low:g}–{high:g}")
            return None
        return value

    def count(self, column: str, high: int = 2**31 - 1) -> int | None:
        """Return the cell as a whole number of at least zero, None when empty or wrong."""
        cell = self._cells.get(column, "")
        if not cell:
            return None
        try:
            value = read_count(cell)
        except ValueError:
            self.bad(column, "bad_number", cell)
            return None
        if value > high:
            self.bad(column, "out_of_range", cell, limit=f"0–{high}")
            return None
        return value

    def member(self, column: str, words: Mapping[str, E]) -> E | None:
        """Return the member a word stands for, None when empty or unknown."""
        cell = self._cells.get(column, "")
        if not cell:
            return None
        found = words.get(cell.lower())
        if found is None:
            self.bad(column, "unknown_value", cell, **hint(nearest(cell, list(words))))
        return found

    def truth(self, column: str, words: Mapping[str, bool]) -> bool | None:
        """Return yes or no, None when empty or unknown."""
        cell = self._cells.get(column, "")
        if cell and cell.lower() not in words:
            self.bad(column, "unknown_value", cell)
        return words.get(cell.lower())

    def day(self, column: str) -> date | None:
        """Return the cell as a date, None when empty or wrong."""
        return self._dates.get(column)

    def words(self, column: str) -> tuple[str, ...]:
        """Return the words of a cell that holds several, parted by semicolons, sorted."""
        cell = self.text(column)
        for mark in SEPARATORS:
            cell = cell.replace(mark, ";")
        return tuple(sorted({word.strip() for word in cell.split(";") if word.strip()}))

    def reference(self, column: str, known: Mapping[str, object], code: str) -> str | None:
        """Return a code that stands in another table, None when empty or unknown."""
        cell = self.code(column)
        if not cell:
            return None
        if cell not in known:
            self.bad(column, code, cell, **hint(nearest(cell, list(known)) if len(known) < 5000 else ""))
            return None
        return cell

    def place(self, lon_column: str, lat_column: str) -> tuple[float | None, float | None]:
        """Return the position of the row; half a position is a problem."""
        lon, lat = (self.number_in(column, -180, 180) for column in (lon_column, lat_column))
        if (lon is None) != (lat is None):
            if self.good:
                self.bad(lon_column, "half_point")
            return None, None
        return lon, lat


def rows(source: TableInput, dates: Sequence[str] = ()) -> Iterator[Row]:
    """Yield the filled rows of a table, with the columns ``dates`` read as days."""
    for chunk in source.chunks():
        columns = {c.name: source.cells(chunk, c.name) for c in source.table.columns}
        present = {name: cells for name, cells in columns.items() if cells is not None}
        days = {
            name: _days(source, chunk.first_row, name, present[name]) for name in dates if name in present
        }
        for place in range(chunk.row_count):
            cells = {name: column[place] for name, column in present.items()}
            if not any(cell for cell in cells.values()) and not any(c[place].strip() for c in chunk.columns):
                continue
            source.read_count += 1
            told = {name: column[place] for name, column in days.items() if column[place] is not None}
            yield Row(source, chunk.first_row + place, cells, told)


def _days(source: TableInput, first_row: int, column: str, cells: Sequence[str]) -> list[date | None]:
    stated = source.mapping.time_format
    try:
        writing = BY_SHOWN[stated] if stated else find_writing(cells)
    except AmbiguousWriting:
        source.whole("ambiguous_format", source.shown_column(column), "")
        return [None] * len(cells)
    if writing is None:
        for place, cell in enumerate(cells):
            if cell:
                source.bad(first_row + place, column, "bad_time", cell)
        return [None] * len(cells)
    days, status = read_dates(cells, writing)
    for place in np.flatnonzero(status == BAD):
        source.bad(first_row + int(place), column, "bad_time", cells[place])
    for place in np.flatnonzero(status == MIXED):
        source.bad(first_row + int(place), column, "mixed_format", cells[place], value_expected=writing.shown)
    return days.tolist()
