# catalogue: data - both languages stand side by side
"""Reading the holiday table: an Excel sheet, a CSV in UTF-8 or GBK, or pasted lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from openpyxl import load_workbook

from jingwu.duty.queries.calendar import DayFacts
from jingwu.terms.refusal import BadInput, InputProblem

OFF_WORDS = {"休", "放假", "off", "rest", "holiday", "0"}
WORK_WORDS = {"班", "上班", "调休上班", "work", "working", "1"}
MAX_ROWS = 400


def read_holidays(content: bytes, name: str) -> list[DayFacts]:
    """Return the days of a file: date, name, 休 or 班 in three columns; a header row is skipped.

    Raises: BadInput with one problem for every row that cannot be read.
    """
    if name.lower().endswith(".xlsx"):
        try:
            sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).active
        except Exception as error:
            raise BadInput(
                "holidays.file", "这个文件不是 Excel 工作簿。", "This is no Excel workbook."
            ) from error
        return _days(list(sheet.iter_rows(max_col=3, max_row=MAX_ROWS, values_only=True)) if sheet else [])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return read_text(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise BadInput("holidays.encoding", "文件编码不是 UTF-8 或 GBK。", "The file is neither UTF-8 nor GBK.")


def read_text(text: str) -> list[DayFacts]:
    """Return the days of pasted lines, columns apart by comma or tab."""
    tidy = text.replace("\t", ",").replace("\uff0c", ",")
    return _days(list(csv.reader(io.StringIO(tidy)))[:MAX_ROWS])


def _days(rows: Iterable[Sequence[object]]) -> list[DayFacts]:
    found: list[DayFacts] = []
    problems: list[InputProblem] = []
    for number, row in enumerate(rows, 1):
        cells = [*row, None, None, None][:3]
        if all(cell in (None, "") for cell in cells):
            continue
        day, kind = _date(cells[0]), str(cells[2] or "休").strip().lower()
        if day is None and number == 1:
            continue  # the header
        if day is None:
            problems.append(
                InputProblem(
                    "holidays",
                    number,
                    "day",
                    "holidays.date",
                    "不是日期",
                    "is no date",
                    str(cells[0]),
                    blocking=True,
                )
            )
        elif kind not in OFF_WORDS | WORK_WORDS:
            problems.append(
                InputProblem(
                    "holidays",
                    number,
                    "kind",
                    "holidays.kind",
                    "应为“休”或“班”",
                    "is neither 休 (off) nor 班 (worked)",
                    kind,
                    blocking=True,
                )
            )
        else:
            found.append(DayFacts(day, str(cells[1] or "").strip()[:40], kind in WORK_WORDS))
    if problems:
        raise BadInput(
            "holidays.rows",
            f"有 {len(problems)} 行读不懂,没有保存。",
            f"{len(problems)} rows cannot be read; nothing was stored.",
            problems=problems,
        )
    return found


def _date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value or "").strip().replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "")
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except ValueError:
        return None
