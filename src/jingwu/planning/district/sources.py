"""Which sheet of what was handed in is which of the district's tables."""

from __future__ import annotations

from collections.abc import Iterable

from jingwu.planning.district.schema import BY_NAME, TABLES, Table, suggest_mapping, table_of
from jingwu.sheets.files import Sheet, read_header
from jingwu.terms.refusal import BadInput


def assign_tables(sheets: Iterable[Sheet], named: dict[str, str]) -> dict[str, Sheet]:
    """Return table name → sheet, by the mapping's file names, then sheet names, then the headers.

    ``named``: table → file or sheet name. A lone file of an unknown name is taken by its headers.
    Raises BadInput when two sheets claim one table.
    """
    found: dict[str, Sheet] = {}
    rest: list[Sheet] = []
    wanted = {name: table for table, name in named.items()}
    for sheet in sheets:
        table_name = wanted.get(sheet.name) or wanted.get(sheet.shown) or wanted.get(sheet.path.name)
        table = BY_NAME.get(table_name) if table_name else table_of(sheet.name)
        if table is None or (table_name is None and table.name in named):
            rest.append(sheet)
            continue
        if table.name in found:
            first = found[table.name].shown
            raise BadInput(
                "input.two_sheets",
                f"「{first}」和「{sheet.shown}」都是「{table.sheet_zh}」表,请只留一个。",
                f"Both {first!r} and {sheet.shown!r} claim to be the table {table.name!r}; keep one.",
            )
        found[table.name] = sheet
    if not found and len(rest) == 1 and (table := _table_by_headers(rest[0])):
        found[table.name] = rest[0]
    return found


def _table_by_headers(sheet: Sheet) -> Table | None:
    headers = header_of(sheet)[1]

    def fit(table: Table) -> tuple[bool, int]:
        columns = suggest_mapping(headers, table.name)
        return all(column.name in columns for column in table.columns if column.required), len(columns)

    best = max(TABLES, key=fit)
    return best if fit(best)[0] else None


def header_of(sheet: Sheet) -> tuple[int, list[str]]:
    """Return the header's row number and its cells, by the table whose columns it knows best."""
    return read_header(sheet, _headers_known)


def _headers_known(cells: list[str]) -> int:
    return max(len(suggest_mapping(cells, table.name)) for table in TABLES)
