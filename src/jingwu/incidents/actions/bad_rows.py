"""The rows of a file that were left out, as a CSV to mend; masked for who has not brought them."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jingwu.incidents.sheet import INCIDENTS, PRIVATE, FileReading, bad_rows_as_table
from jingwu.people.vault import masks

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
MARK = "\ufeff"  # by which spreadsheets know UTF-8


def as_csv(name: str, content: bytes, reading: FileReading) -> str:
    """Return the rows that were left out as a CSV that a spreadsheet opens without running anything."""
    told: dict[int, list[str]] = defaultdict(list)
    for problem in reading.problems.shown():
        told[problem.row].append(f"{problem.column}: {problem.reason_zh} / {problem.reason_en}")
    reasons = {row: "; ".join(told.get(row, ())) for row in sorted(reading.bad_rows)}
    rows = bad_rows_as_table(name, content, reading.header_row, reasons)
    return _written([f"'{cell}" if cell.startswith(DANGEROUS) else cell for cell in row] for row in rows)


def rows_in(text: str) -> int:
    """Return how many rows stand below the header."""
    return max(0, len(_read(text)) - 1)


def masked(text: str, report: Mapping[str, Any]) -> str:
    """Return the CSV with only those columns in clear that are understood and name nobody.

    ``report`` is the batch's. A column nobody has matched may hold anything; so may every cell of a row that
    has more of them than the header, because its cells have moved.
    """
    header, *rows = _read(text) or [[]]
    headers = list(report.get("headers", ()))
    places = {headers.index(theirs): ours for ours, theirs in report.get("columns", {}).items()}
    hiding = [_HIDING.get(places.get(place, ""), _hidden) for place in range(len(header) - 1)]
    return _written([header, *(_masked_row(row, hiding) for row in rows)])


def _masked_row(row: Sequence[str], hiding: Sequence[Callable[[str], str]]) -> list[str]:
    *cells, reason = row
    if len(cells) > len(hiding):
        return [*map(_hidden, cells), reason]
    return [*(hide(cell) for hide, cell in zip(hiding, cells, strict=False)), reason]


def _hidden(cell: str) -> str:
    return "***" if cell else ""


_HIDING: Mapping[str, Callable[[str], str]] = {
    **{column.name: str for column in INCIDENTS.columns if column.name not in PRIVATE},
    "reporter_name": masks.mask_name,
    "reporter_phone": masks.mask_phone,
}


def _read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix(MARK), newline="")))


def _written(rows: Any) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return MARK + out.getvalue()
