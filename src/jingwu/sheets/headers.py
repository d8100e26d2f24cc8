"""Columns as a room states them, and the headers people give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True)
class Column:
    """One column: our name, the Chinese header we write, other headers understood, whether it is needed."""

    name: str
    header_zh: str
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One table: our name, the Chinese sheet name we write, other names understood, its columns.

    ``numbers`` names columns of numbers (a sign may begin them); ``texts`` columns of free text with the most
    characters each may hold (0: bounded elsewhere).
    """

    name: str
    sheet_zh: str
    aliases: tuple[str, ...]
    columns: tuple[Column, ...]
    numbers: frozenset[str] = frozenset()
    texts: Mapping[str, int] = field(default_factory=dict)

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)


def normal(header: str) -> str:
    """Return a header or sheet name without what people vary: case, blanks, brackets with units."""
    text = header.strip().lstrip("﻿").lower()
    for mark in ("(", "（", "[", "【"):
        head = text.split(mark, 1)[0]
        text = head if head.strip() else text
    return text.strip().replace(" ", "_").replace("-", "_")


def column_names(column: Column) -> tuple[str, ...]:
    """Return every header that stands for the column, most certain first."""
    return (column.name, normal(column.header_zh), *(normal(alias) for alias in column.aliases))


def suggest(headers: list[str], table: Table) -> dict[str, str]:
    """Return our column → their header for every header understood with certainty.

    A header serves one column; our own names win over aliases.
    """
    found: dict[str, str] = {}
    taken: set[int] = set()
    known = [normal(header) for header in headers]
    columns = table.columns
    depth = max(len(column_names(column)) for column in columns)
    for level in range(depth):
        for column in columns:
            names = column_names(column)
            if column.name in found or level >= len(names):
                continue
            for place, header in enumerate(known):
                if header == names[level] and place not in taken:
                    found[column.name] = headers[place]
                    taken.add(place)
                    break
    return found


def nearest(header: str, candidates: list[str]) -> str:
    """Return the candidate most like ``header``, or an empty text when none is near."""
    folded = {normal(candidate): candidate for candidate in candidates}
    close = get_close_matches(normal(header), list(folded), n=1, cutoff=0.5)
    return folded[close[0]] if close else ""
