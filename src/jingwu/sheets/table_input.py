"""One handed-in table during reading: its sheet, which cell is which column, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jingwu.sheets.files import Chunk, Sheet, read_chunks, read_header
from jingwu.sheets.headers import Table, nearest, suggest
from jingwu.sheets.mapping import TableMapping
from jingwu.sheets.problems import Problems, hint

MAX_CELL_LENGTH = 200
BLANKS = ("-", "--", "—", "——")  # what exports write for 'nothing'


@dataclass(frozen=True)
class TableCount:
    """How one table fared: where it stood, rows read, rows usable, rows with a problem."""

    table: str
    source: str
    read_count: int
    good_count: int
    bad_count: int


@dataclass
class TableInput:
    """A table being read; lives for one reading only."""

    table: Table
    sheet: Sheet
    mapping: TableMapping
    problems: Problems
    header_row: int = 1
    headers: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    read_count: int = 0
    left_out_count: int = 0
    bad_rows: set[int] = field(default_factory=set)
    _cleaned: dict[str, Sequence[str] | None] = field(default_factory=dict)

    def open(self) -> bool:
        """Read the header; return whether the rows can be read at all."""
        understood = lambda cells: len(self._columns(cells))  # noqa: E731 - one expression, used once
        self.header_row, self.headers = read_header(self.sheet, understood)
        columns = self._columns(self.headers)
        self.places = {name: self.headers.index(header) for name, header in columns.items()}
        before = self.problems.blocking
        self.problems.blocking = False
        for header in {h for h in self.headers if h and self.headers.count(h) > 1}:
            if header in columns.values():
                self.whole("duplicate_header", header, header)
        for column in self.table.columns:
            if column.required and column.name not in columns and column.name not in self.mapping.constants:
                if not any(self.headers):
                    break
                free = [h for h in self.headers if h and h not in columns.values()]
                near = nearest(column.name, free) or nearest(column.header_zh, free)
                shown = f"{column.header_zh} / {column.name}"
                self.whole("missing_column", shown, "", **hint(near))
        if not any(self.headers):
            self.whole("empty_sheet", "", "")
        fine = not self.problems.blocking
        self.problems.blocking |= before
        return fine

    def _columns(self, headers: list[str]) -> dict[str, str]:
        stated = {ours: theirs for ours, theirs in self.mapping.columns.items() if theirs in headers}
        understood = suggest([h if h not in stated.values() else "" for h in headers], self.table)
        return {k: v for k, v in understood.items() if k not in self.mapping.columns and v} | stated

    def whole(self, code: str, column: str, value: str, **details: object) -> None:
        """Note a problem of the whole table; it blocks."""
        row = 0 if code == "empty_sheet" else self.header_row
        self.problems.add(self.sheet.shown, row, column, code, value, blocking=True, **details)

    def shown_column(self, column: str) -> str:
        """Return the header as it stands in the file."""
        place = self.places.get(column)
        return self.headers[place] if place is not None else column

    def bad(self, row: int, column: str, code: str, value: str = "", **details: Any) -> None:
        """Note a problem that costs its row."""
        self.problems.add(self.sheet.shown, row, self.shown_column(column), code, value, **details)
        self.bad_rows.add(row)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows below the header, blank rows at the end of the file not counted."""
        for chunk in read_chunks(self.sheet, self.header_row, len(self.headers)):
            for row in chunk.overlong:
                self.bad(row, "", "extra_cells")
            self._cleaned.clear()
            yield self._without_left_out(chunk)

    def _without_left_out(self, chunk: Chunk) -> Chunk:
        """Return the chunk with the rows the mapping leaves out blanked: blank rows are no facts anywhere."""
        gone: set[int] = set()
        for header in self.mapping.leave_out:
            if header in self.headers:
                words = chunk.columns[self.headers.index(header)]
                left_out = {word: self.mapping.leaves_out(header, word) for word in set(words)}
                gone |= {place for place, word in enumerate(words) if left_out[word]}
        if not gone:
            return chunk
        self.left_out_count += len(gone)
        kept = tuple(
            tuple("" if place in gone else cell for place, cell in enumerate(column))
            for column in chunk.columns
        )
        return replace(chunk, columns=kept)

    def cells(self, chunk: Chunk, column: str) -> Sequence[str] | None:
        """Return a column's cells, stripped and translated; None when the table does not have it.

        A cell that is a formula, would be run as one, or is too long is noted and arrives empty.
        """
        if column not in self._cleaned:  # once only: cleaning notes problems
            self._cleaned[column] = self._clean(chunk, column)
        return self._cleaned[column]

    def _clean(self, chunk: Chunk, column: str) -> Sequence[str] | None:
        place = self.places.get(column)
        if place is None:
            constant = self.mapping.constants.get(column)
            return None if constant is None else [constant] * chunk.row_count
        cells = list(map(str.strip, chunk.columns[place]))
        unsafe = self._unsafe(column)
        suspicious = not {cell[:1] for cell in cells}.isdisjoint("=@+-—")
        for position, cell in enumerate(cells if suspicious else ()):
            if cell in BLANKS:
                cells[position] = ""
            elif cell and cell[0] in unsafe:
                self.bad(chunk.first_row + position, column, "formula", cell)
                cells[position] = ""
        longest = self.table.texts.get(column, MAX_CELL_LENGTH)
        if longest and cells and max(map(len, cells)) > longest:
            for position, cell in enumerate(cells):
                if len(cell) > longest:
                    self.bad(chunk.first_row + position, column, "too_long", cell, limit=longest)
                    cells[position] = ""
        if column in self.mapping.values:
            known: dict[str, str] = {}
            for position, cell in enumerate(cells):
                if cell not in known:
                    known[cell] = self.mapping.translate(column, cell)
                cells[position] = known[cell]
        return cells

    def _unsafe(self, column: str) -> str:
        """Return the signs a cell of the column may not begin with, because a spreadsheet would run it."""
        if column in self.table.texts:
            return "="  # people write dashes, telephone numbers with + and names with @
        return "=@" if column in self.table.numbers else "=@+-"

    def count(self) -> TableCount:
        """Return how the table fared."""
        bad = len(self.bad_rows)
        return TableCount(self.table.name, self.sheet.shown, self.read_count, self.read_count - bad, bad)
