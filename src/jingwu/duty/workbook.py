"""The roster as the sheet an office hangs on its wall: one landscape page, people by days, signed below."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

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


def write_workbook(board: BoardFacts, *, english: bool, paper: str = "a4") -> bytes:
    """Return the workbook: one sheet, fitted to one landscape page of A4 or A3."""
    with translation.override("en" if english else "zh-hans"):
        said = _words(board)
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet(f"{board.first_day:%Y-%m-%d}")
    formats = _formats(book)
    last = 4 + len(board.days)
    sheet.merge_range(0, 0, 0, last, said["title"], formats["title"])
    sheet.merge_range(1, 0, 1, last, said["version"], formats["note"])
    _heads(sheet, board, said, formats)
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


def _words(board: BoardFacts) -> dict[str, str]:
    """Return what the sheet says in the language in force."""
    return {
        "title": _("%(office)s %(first)s 至 %(last)s 勤务安排表")
        % {"office": board.office_name, "first": board.first_day, "last": board.last_day},
        "version": _("%(state)s · 第 %(n)s 版") % {"state": board.state_words, "n": board.version},
        "number": _("序号"),
        "name": _("姓名"),
        "group": _("组别"),
        "nights": _("夜班"),
        "hours": _("工时"),
        "cover": _("民警在岗"),
        "off": pgettext("on the wall", "休"),
        "leave": _("假"),
        "training": _("训"),
        "absent": _("缺"),
        "sign": _("制表:__________    审核(警务长):__________    日期:__________"),
        "legend": _("图例"),
        "weekdays": pgettext("seven signs", "一二三四五六日"),
    }


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


def _heads(sheet: Any, board: BoardFacts, said: dict[str, str], formats: dict[str, Any]) -> None:
    for column, key in enumerate(("number", "name", "group")):
        sheet.merge_range(2, column, 3, column, said[key], formats["head"])
    for index, day in enumerate(board.days):
        style = formats["free" if board.calendar.is_free(day) else "head"]
        if index == 0 or day.day == 1:
            sheet.write_string(2, 3 + index, f"{day.month}/{day.day}", style)
        else:
            sheet.write_number(2, 3 + index, day.day, style)
        sheet.write_string(3, 3 + index, said["weekdays"][day.weekday()], style)
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
