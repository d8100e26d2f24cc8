# catalogue: data - both languages stand side by side
"""The roster as the sheet an office hangs on its wall: one landscape page, people by days, signed below."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import xlsxwriter

from jingwu.duty.queries.board import BoardFacts, RowFacts

ROW_POINTS = 21
PAPER = {"a4": 9, "a3": 8}
FILL = {
    "day": "#E3EDF8",
    "work": "#EAF1F6",
    "evening": "#FBEFD5",
    "night": "#22344F",
    "standby": "#EDE4F5",
    "training": "#E1F2EA",
    "leave": "#F1F3F5",
    "off": "#FFFFFF",
}
WEEKDAYS = {False: "一二三四五六日", True: ["M", "T", "W", "T", "F", "S", "S"]}
WORDS = {
    "title": ("{office} {first}至{last} 勤务安排表", "{office} duty roster {first} to {last}"),
    "number": ("序号", "No."),
    "name": ("姓名", "Name"),
    "group": ("组别", "Group"),
    "nights": ("夜班", "Nights"),
    "hours": ("工时", "Hours"),
    "cover": ("民警在岗", "Officers"),
    "off": ("休", ""),
    "leave": ("假", "L"),
    "training": ("训", "T"),
    "absent": ("缺", "A"),
    "sign": (
        "制表:__________    审核(警务长):__________    日期:__________",
        "Made by: __________    Approved (chief): __________    Date: __________",
    ),
    "legend": ("图例", "Legend"),
    "version": ("第 {n} 版 · {state}", "version {n} · {state}"),
}


def write_workbook(board: BoardFacts, *, english: bool, paper: str = "a4") -> bytes:
    """Return the workbook: one sheet, fitted to one landscape page of A4 or A3."""
    said = {key: words[1 if english else 0] for key, words in WORDS.items()}
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet(f"{board.first_day:%Y-%m-%d}")
    formats = _formats(book)
    last = 4 + len(board.days)
    title = said["title"].format(office=board.office_name, first=board.first_day, last=board.last_day)
    sheet.merge_range(0, 0, 0, last, title, formats["title"])
    sheet.merge_range(
        1, 0, 1, last, said["version"].format(n=board.version, state=board.state_words), formats["note"]
    )
    _heads(sheet, board, said, formats, english)
    row = 4
    for number, person in enumerate(board.rows, 1):
        _person(sheet, row, number, person, board, said, formats, english)
        row += 1
    sheet.merge_range(row, 0, row, 2, said["cover"], formats["head"])
    for index, item in enumerate(board.cover):
        there = sum(post.officers for post in item.posts)
        sheet.write_number(row, 3 + index, there, formats["short" if item.is_short else "cell"])
    legend = "  ".join(
        f"{k.code if english else k.sign} {k.name_en if english else k.name_zh} {k.hours}"
        for k in board.kinds
    )
    sheet.merge_range(row + 1, 0, row + 1, last, f"{said['legend']}: {legend}", formats["note"])
    sheet.merge_range(row + 3, 0, row + 3, last, said["sign"], formats["sign"])
    sheet.set_column(0, 0, 4.5)
    sheet.set_column(1, 1, 13)
    sheet.set_column(2, 2, 11)
    sheet.set_column(3, 2 + len(board.days), 3.3)
    sheet.set_column(3 + len(board.days), last, 6)
    sheet.set_row(0, 30)
    for number in range(2, row + 1):
        sheet.set_row(number, ROW_POINTS)
    sheet.repeat_rows(0, 3)
    sheet.set_landscape()
    sheet.set_paper(PAPER.get(paper, PAPER["a4"]))
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(0.3, 0.3, 0.4, 0.4)
    sheet.center_horizontally()
    sheet.freeze_panes(4, 3)
    book.close()
    return buffer.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    base = {"align": "center", "valign": "vcenter", "border": 1, "border_color": "#9AA7B4", "font_size": 10}
    made = {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "note": book.add_format({"font_size": 9, "align": "center", "font_color": "#5A6B7D"}),
        "sign": book.add_format({"font_size": 11, "align": "right"}),
        "head": book.add_format({**base, "bold": True, "bg_color": "#F4F6F9"}),
        "free": book.add_format({**base, "bold": True, "bg_color": "#E3E9EF"}),
        "cell": book.add_format(base),
        "name": book.add_format({**base, "align": "left"}),
        "short": book.add_format({**base, "bg_color": "#E06C5E", "bold": True}),
    }
    for look, colour in FILL.items():
        ink = "#FFFFFF" if look == "night" else "#1D2B3A"
        made[look] = book.add_format({**base, "bg_color": colour, "font_color": ink})
    return made


def _heads(
    sheet: Any, board: BoardFacts, said: dict[str, str], formats: dict[str, Any], english: bool
) -> None:
    for column, key in enumerate(("number", "name", "group")):
        sheet.merge_range(2, column, 3, column, said[key], formats["head"])
    for index, day in enumerate(board.days):
        is_free = day in board.holidays or (day.weekday() >= 5 and day not in board.working_weekends)
        style = formats["free" if is_free else "head"]
        if index == 0 or day.day == 1:
            sheet.write_string(2, 3 + index, f"{day.month}/{day.day}", style)
        else:
            sheet.write_number(2, 3 + index, day.day, style)
        sheet.write_string(3, 3 + index, WEEKDAYS[english][day.weekday()], style)
    for offset, key in enumerate(("nights", "hours")):
        column = 3 + len(board.days) + offset
        sheet.merge_range(2, column, 3, column, said[key], formats["head"])


def _person(
    sheet: Any,
    row: int,
    number: int,
    person: RowFacts,
    board: BoardFacts,
    said: dict[str, str],
    formats: dict[str, Any],
    english: bool,
) -> None:
    kinds = {kind.code: kind for kind in board.kinds}
    sheet.write_number(row, 0, number, formats["cell"])
    sheet.write_string(row, 1, person.name, formats["name"])  # as text: a code keeps its zeros
    sheet.write_string(row, 2, person.group.rsplit("-", 1)[-1], formats["cell"])
    for index, cell in enumerate(person.cells):
        kind = kinds.get(cell.code)
        if kind:
            sheet.write_string(row, 3 + index, kind.code if english else kind.sign, formats[kind.look])
        else:
            look = cell.leave if cell.leave in ("leave", "training") else "off"
            word = said["absent"] if cell.is_absent else said[look]
            sheet.write_string(row, 3 + index, word, formats[look])
    sheet.write_number(row, 3 + len(board.days), person.load.nights, formats["cell"])
    sheet.write_number(row, 4 + len(board.days), round(person.load.minutes / 60), formats["cell"])
