"""Opens xlsx workbooks as untrusted input: the archive is weighed before anything is parsed."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from jingwu.terms.refusal import BadInput

# Technical limits: a million rows of twelve columns inflate to some 600 MB at a ratio below 20.
MAX_INFLATED_BYTES = 2**30
MAX_RATIO = 200
RATIO_FREE_BYTES = 10 * 2**20  # a small part may be as regular as it likes
MAX_PARTS = 2_000
MAX_COLUMNS = 200
MAX_EXACT_NUMBER = 10**15  # beyond this a spreadsheet's numbers have lost digits
_BLOCK = 2**20
_held = threading.local()
# No office program writes a document type; it is how entities that grow or reach outside are declared.
_DOCTYPES = tuple("<!DOCTYPE".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))


def weigh(path: Path) -> None:
    """Refuse an archive that would inflate beyond reason, whatever its directory declares.

    Raises BadInput.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            packed = max(1, path.stat().st_size)
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_INFLATED_BYTES:
                raise _bomb(path)
            inflated = 0
            for part in parts:
                size, tail = 0, b""
                with archive.open(part) as stream:
                    while block := stream.read(_BLOCK):
                        if any(mark in tail + block for mark in _DOCTYPES):
                            raise _unreadable(path)
                        tail = block[-40:]
                        size += len(block)
                        inflated += len(block)
                        if inflated > MAX_INFLATED_BYTES or _too_dense(size, part.compress_size):
                            raise _bomb(path)
            if _too_dense(inflated, packed):
                raise _bomb(path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise BadInput(
            "input.broken_workbook",
            f"「{path.name}」不是完好的 .xlsx 工作簿(可能已损坏或加密)。",
            f"{path.name!r} is not a sound .xlsx workbook (it may be damaged or encrypted).",
        ) from error


def _too_dense(inflated: int, packed: int) -> bool:
    return inflated > RATIO_FREE_BYTES and inflated > MAX_RATIO * max(1, packed)


def _bomb(path: Path) -> BadInput:
    return BadInput(
        "input.zip_bomb",
        f"「{path.name}」解压后大得不合常理,拒绝打开。",
        f"{path.name!r} would inflate beyond all reason and is not opened.",
    )


def open_workbook(path: Path) -> list[str]:
    """Return the names of the visible sheets after weighing the archive.

    Raises BadInput.
    """
    forget(path)  # it may have been replaced since
    weigh(path)
    return [sheet.title for sheet in _load(path).worksheets if sheet.sheet_state == "visible"]


def forget(path: Path | None = None) -> None:
    """Close the workbooks this thread holds open, or the one of that path."""
    books = _held.__dict__.setdefault("books", {})
    for held in [path] if path is not None else list(books):
        if (book := books.pop(held, None)) is not None:
            book.close()


def _load(path: Path) -> Any:
    # A workbook's shared strings are parsed once for all its sheets, not once a sheet.
    books = _held.__dict__.setdefault("books", {})
    if path not in books:
        books[path] = _parse(path)
    return books[path]


def _parse(path: Path) -> Any:
    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except (DefusedXmlException, ParseError, InvalidFileException, KeyError, ValueError, TypeError) as error:
        raise _unreadable(path) from error
    except (zipfile.BadZipFile, OSError, AttributeError, IndexError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> BadInput:
    return BadInput(
        "input.broken_workbook",
        f"「{path.name}」的内容不是工作簿,无法读取。",
        f"What {path.name!r} holds is not a workbook; it cannot be read.",
    )


def sheet_rows(path: Path, name: str, progress: Callable[[float], None] | None = None) -> Iterator[list[str]]:
    """Yield every row of a sheet as text; a formula arrives as its own text, never as its result.

    Raises BadInput when the sheet's content is damaged.
    """
    book = _load(path)
    try:
        sheet = book[name]
        expected = sheet.max_row or 1
        sheet.reset_dimensions()  # what the file declares about its size is not trusted
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)):
            if progress is not None and number % 1000 == 0:
                progress(min(1.0, number / expected))
            yield [_text(cell) for cell in row]
    except (DefusedXmlException, ParseError, KeyError, ValueError, TypeError, IndexError) as error:
        raise _unreadable(path) from error


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int | float):
        if abs(cell) >= MAX_EXACT_NUMBER:
            return f"{float(cell):.14E}"
        return str(int(cell)) if float(cell).is_integer() else repr(float(cell))
    if isinstance(cell, datetime):
        return (cell + timedelta(microseconds=500_000)).replace(microsecond=0).isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    # Array and data-table formulas arrive as objects; their text marks them as formulas.
    return "=" + str(getattr(cell, "text", None) or getattr(cell, "ref", "") or "")
