"""Opens what was handed in (a folder of CSV files, one CSV, one workbook) and streams its rows as text."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jingwu.sheets.workbook import open_workbook, sheet_rows
from jingwu.terms.refusal import BadInput

CHUNK_ROWS = 50_000
MAX_FILE_BYTES = 2 * 2**30
MAX_ROWS = 5_000_000
HEADER_SEARCH_ROWS = 5  # exports often carry a title above the header
_BLOCK = 2**20
_DELIMITERS = ",\t;"

Paths = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class Sheet:
    """One table as it was handed in; ``shown`` is how a report names it."""

    name: str
    shown: str
    path: Path
    is_workbook: bool
    encoding: str = ""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a sheet, as columns of text of one length.

    ``first_row`` is the number a person sees beside the first of them; ``overlong`` are rows with more cells
    than the header; ``done_share`` tells how much of the file was read.
    """

    first_row: int
    columns: tuple[Sequence[str], ...]
    row_count: int
    overlong: tuple[int, ...]
    done_share: float


def find_sheets(paths: Paths) -> list[Sheet]:
    """Return every table-like sheet of a folder, a workbook, a CSV file or several files, in name order.

    Raises BadInput when something does not exist, is too large, or is no table at all.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    found: list[Sheet] = []
    for one in given:
        path = Path(one)
        if path.is_dir():
            inside = sorted(
                p for p in path.iterdir() if p.suffix.lower() in (".csv", ".txt", ".tsv", ".xlsx")
            )
            for file in inside:
                if not file.name.startswith((".", "~$")):
                    found.extend(_sheets_of(file))
        else:
            found.extend(_sheets_of(path))
    if not found:
        raise BadInput(
            "input.nothing_found",
            f"「{given[0] if given else ''}」里没有 CSV 文件或工作簿。",
            f"There is neither a CSV file nor a workbook in {str(given[0]) if given else ''!r}.",
        )
    return found


def _sheets_of(path: Path) -> list[Sheet]:
    if not path.is_file():
        raise BadInput("input.not_found", f"找不到「{path}」。", f"There is no {str(path)!r}.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise BadInput(
            "input.too_large", f"「{path.name}」超过 2 GB。", f"{path.name!r} is larger than 2 GB."
        )
    with path.open("rb") as file:
        magic = file.read(8)
    if magic.startswith(b"PK"):
        return [Sheet(name, f"{path.name}[{name}]", path, True) for name in open_workbook(path)]
    if magic.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInput(
            "input.old_workbook",
            f"「{path.name}」是旧版 .xls 或加密的工作簿,请另存为未加密的 .xlsx。",
            f"{path.name!r} is an old .xls or an encrypted workbook; save it as a plain .xlsx.",
        )
    return [Sheet(path.stem, path.name, path, False, _encoding_of(path))]


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    if b"\x00" in block:
                        break
                    decoder.decode(block)
                else:
                    decoder.decode(b"", final=True)
                    return encoding
        except UnicodeDecodeError:
            continue
    raise BadInput(
        "input.encoding",
        f"「{path.name}」不是 UTF-8 或 GBK/GB18030 编码的文本。",
        f"{path.name!r} is neither UTF-8 nor GBK/GB18030 text.",
    )


def raw_rows(sheet: Sheet, progress: Callable[[float], None] | None = None) -> Iterator[list[str]]:
    """Yield every row of a sheet as text, the first included.

    Raises BadInput when the file breaks off, holds a cell of absurd size or too many rows.
    """
    if sheet.is_workbook:
        yield from sheet_rows(sheet.path, sheet.name, progress)
        return
    size = max(1, sheet.path.stat().st_size)
    with sheet.path.open("rb") as binary:
        text = io.TextIOWrapper(binary, encoding=sheet.encoding, newline="")
        first = text.readline()
        delimiter = max(_DELIMITERS, key=first.count)
        text.seek(0)
        try:
            for number, row in enumerate(csv.reader(text, delimiter=delimiter)):
                if progress is not None and number % CHUNK_ROWS == 0:
                    progress(min(1.0, binary.tell() / size))
                yield row
        except (csv.Error, UnicodeError) as error:
            raise BadInput(
                "input.broken_csv",
                f"「{sheet.shown}」无法按 CSV 读取:{error}。",
                f"{sheet.shown!r} cannot be read as CSV: {error}.",
            ) from error


def read_header(sheet: Sheet, known: Callable[[list[str]], int]) -> tuple[int, list[str]]:
    """Return the header's row number (from 1) and its cells: of the first five rows the best ``known``."""
    best_row, best, best_count = 1, [], -1
    for number, row in enumerate(raw_rows(sheet), start=1):
        if number > HEADER_SEARCH_ROWS:
            break
        cells = [cell.strip().lstrip("\ufeff") for cell in row]
        fit = known(cells)
        if any(cells) and fit > best_count:
            best_row, best, best_count = number, cells, fit
    return best_row, best


def read_chunks(sheet: Sheet, header_row: int, width: int) -> Iterator[Chunk]:
    """Yield the rows below the header as text columns, ``width`` wide; blank rows are kept as blanks.

    Raises BadInput beyond `MAX_ROWS`.
    """
    share = [0.0]
    rows: list[list[str]] = []
    first = header_row + 1
    number = 0
    for number, row in enumerate(raw_rows(sheet, lambda done: share.__setitem__(0, done)), start=1):
        if number <= header_row:
            continue
        rows.append(row)
        if len(rows) == CHUNK_ROWS:
            yield _columns(rows, first, width, share[0])
            first, rows = number + 1, []
        if number > MAX_ROWS:
            raise BadInput(
                "input.too_many_rows",
                f"「{sheet.shown}」超过 {MAX_ROWS:,} 行,请分批导入。",
                f"{sheet.shown!r} has more than {MAX_ROWS:,} rows; hand it in by parts.",
            )
    if rows:
        yield _columns(rows, first, width, 1.0)


def _columns(rows: list[list[str]], first: int, width: int, share: float) -> Chunk:
    overlong: list[int] = []
    if set(map(len, rows)) != {width}:
        for place, row in enumerate(rows):
            if len(row) > width and any(cell.strip() for cell in row[width:]):
                overlong.append(first + place)
            rows[place] = (row + [""] * width)[:width]
    return Chunk(first, tuple(zip(*rows, strict=True)), len(rows), tuple(overlong), share)
