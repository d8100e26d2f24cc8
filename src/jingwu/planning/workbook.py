# catalogue: data - both languages stand side by side
"""The plan as an Excel workbook that a person wants to open: Chinese headers, frozen, with widths and
formats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from jingwu.planning.pipeline.result import PlanResult
from jingwu.terms.refusal import InputProblem

_FONT = "Microsoft YaHei"
_WEEKDAYS = "一二三四五六日"
_SEVERITY = {"law": "法律", "norm": "规范", "goal": "目标"}
_KEPT = {True: "符合", False: "未达到", None: "资料不足"}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_CREATED = datetime(2026, 1, 1)  # a fixed date in the file: the same plan is the same workbook

Column = tuple[str, float, str]  # header, width in characters, name of the format


def write_workbook(
    result: PlanResult, target: Path | str, *, problems: Sequence[InputProblem] = (), language: str = "zh"
) -> None:
    """Write ``result`` to ``target`` (.xlsx); ``problems`` are those the reader found in the input.

    Sheets: 摘要, 岗位, 人员安排, 调动, 分组包片, 到场前后, 规则, 输入问题.
    Raises OSError when it cannot be written.
    """
    book = xlsxwriter.Workbook(str(target), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": result.headline(language), "created": _CREATED})
    sheets = _Sheets(book)
    _summary(sheets, result, language)
    if result.feasible:
        _posts(sheets, result, language)
        _people(sheets, result, language)
        _moves(sheets, result, language)
        _groups(sheets, result)
        _response(sheets, result)
        _rules(sheets, result, language)
    _problems(sheets, problems, language)
    book.close()


class _Sheets:
    """The formats of one workbook and how a table is laid down."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        base = {"font_name": _FONT, "font_size": 10, "valign": "vcenter"}

        def made(**extra: Any) -> Any:
            return book.add_format({**base, **extra})

        self.formats = {
            "text": made(),
            "wrap": made(text_wrap=True),
            "whole": made(num_format="#,##0"),
            "tenth": made(num_format="#,##0.0"),
            "minutes": made(num_format="0.00"),
            "share": made(num_format="0.0%"),
            "head": made(bold=True, bg_color="#E3E9EF", bottom=1, text_wrap=True),
            "title": made(bold=True, font_size=14),
            "muted": made(font_color="#66788C"),
            "missed": made(font_color="#C8473A"),
        }

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Any:
        """Add a sheet with one table: frozen header, widths, number formats, filter."""
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
        sheet.set_row(0, 22)
        for place, (head, width, form) in enumerate(columns):
            sheet.set_column(place, place, width, self.formats[form])
            sheet.write_string(0, place, head, self.formats["head"])
        count = 0
        for count, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                self.cell(sheet, count, place, value)
        sheet.autofilter(0, 0, count, len(columns) - 1)
        return sheet

    def cell(self, sheet: Any, row: int, column: int, value: Any, form: str | None = None) -> None:
        """Write one value; text stays text, so that codes keep their zeros and nothing runs as a formula."""
        given = self.formats[form] if form else None
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_string(row, column, "是" if value else "否", given)
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, given)
        else:
            text = str(value)
            sheet.write_string(row, column, f"'{text}" if text.startswith(_DANGEROUS) else text, given)


def _pick(row: Any, name: str, language: str) -> str:
    return str(row[f"{name}_en" if language.startswith("en") else f"{name}_zh"])


def _summary(sheets: _Sheets, result: PlanResult, language: str) -> None:
    sheet = sheets.book.add_worksheet("摘要")
    sheet.set_column(0, 0, 30, sheets.formats["text"])
    sheet.set_column(1, 5, 16, sheets.formats["text"])
    sheets.cell(sheet, 0, 0, result.headline(language), "title")
    scope = result.scope
    period = " 至 ".join(scope["period"]) if scope["period"] else ""
    told = f"{scope['district']} {period} · 标准 {scope['norms_version']} · 种子 {scope['seed']}"
    told += f" · {result.digest[:12]}"
    sheets.cell(sheet, 1, 0, told.strip(), "muted")
    row = 3
    if not result.feasible:
        assert result.conflict is not None
        sheets.cell(sheet, row, 0, "互相冲突的规则", "head")
        for way in result.conflict["ways_zh"]:
            row += 1
            sheets.cell(sheet, row, 0, way)
        return
    for place, head in enumerate(("", "实录", "现状", "现状+跨室派警", "方案", "极限")):
        sheets.cell(sheet, row, place, head or " ", "head")
    lines = (
        ("平均到场(分钟)", "mean_minutes", "minutes"),
        ("中位到场(分钟)", "median_minutes", "minutes"),
        ("九成到场(分钟)", "p90_minutes", "minutes"),
        (f"{scope['target_minutes']:g} 分钟内到场", "target_share", "share"),
    )
    for head, name, form in lines:
        row += 1
        sheets.cell(sheet, row, 0, head)
        check = result.response["check"]
        sheets.cell(sheet, row, 1, check["recorded"][name] if check else "–", form if check else None)
        for place, part in enumerate(("today", "today_with_aid", "plan", "limit"), start=2):
            sheets.cell(sheet, row, place, result.response[part][name], form)
    row += 2
    facts = (
        ("警务室", scope["offices"], "whole"),
        ("人员", scope["people"], "whole"),
        ("警情", scope["calls"], "whole"),
        ("其中须到场", scope["calls_attended"], "whole"),
        ("在岗组·小时/周(现状)", scope["crew_hours_today"], "whole"),
        ("在岗组·小时/周(方案)", scope["crew_hours_plan"], "whole"),
        ("调动人数", len(result.moves), "whole"),
        ("达到目标还需民警", result.cost["extra_officers"], "whole"),
    )
    for head, value, form in facts:
        sheets.cell(sheet, row, 0, head)
        sheets.cell(
            sheet,
            row,
            1,
            value if value is not None else "现有驻点达不到",
            form if value is not None else None,
        )
        row += 1
    row += 1
    sheets.cell(sheet, row, 0, "五分钟的代价", "head")
    for place, head in enumerate(("增加民警", "按时到场", "± ", "平均到场(分钟)"), start=1):
        sheets.cell(sheet, row, place, head, "head")
    for point in result.cost["points"]:
        row += 1
        sheets.cell(sheet, row, 1, point["extra_officers"], "whole")
        sheets.cell(sheet, row, 2, point["share"], "share")
        sheets.cell(sheet, row, 3, point["half_width"], "share")
        sheets.cell(sheet, row, 4, point["mean_minutes"], "minutes")
    for note in result.notes:
        row += 1
        sheets.cell(sheet, row + 1, 0, note["en" if language.startswith("en") else "zh"], "muted")


def _posts(sheets: _Sheets, result: PlanResult, language: str) -> None:
    columns = (
        ("警务室", 12, "text"),
        ("模块", 12, "text"),
        ("岗位", 22, "text"),
        ("需要", 8, "whole"),
        ("方案", 8, "whole"),
        ("已安排", 8, "whole"),
        ("缺口", 8, "whole"),
        ("依据", 60, "wrap"),
    )
    rows = (
        (
            post["office"],
            _pick(post, "module", language),
            _pick(post, "role", language),
            post["need"],
            post["plan"],
            post["filled"],
            post["short"],
            _pick(post, "why", language),
        )
        for post in result.posts
    )
    sheets.table("岗位", columns, rows)


def _people(sheets: _Sheets, result: PlanResult, language: str) -> None:
    columns = (
        ("人员", 18, "text"),
        ("类别", 12, "text"),
        ("警务室", 12, "text"),
        ("岗位", 22, "text"),
        ("原警务室", 12, "text"),
        ("调动", 7, "text"),
        ("离家(公里)", 11, "tenth"),
        ("技能相符", 10, "text"),
        ("组", 14, "text"),
        ("责任民警", 16, "text"),
        ("班次", 16, "text"),
    )
    rows = (
        (
            person["person"],
            _pick(person, "category", language),
            person["office"],
            _pick(person, "role", language),
            person["from_office"],
            person["moved"],
            person["distance_km"],
            person["skill_fits"],
            person["group"],
            person["responsible_officer"],
            person["tour"],
        )
        for person in result.people
    )
    sheets.table("人员安排", columns, rows)


def _moves(sheets: _Sheets, result: PlanResult, language: str) -> None:
    columns = (
        ("人员", 18, "text"),
        ("类别", 12, "text"),
        ("从", 12, "text"),
        ("到", 12, "text"),
        ("岗位", 22, "text"),
        ("缺口(前)", 10, "share"),
        ("缺口(后)", 10, "share"),
        ("离家前(公里)", 12, "tenth"),
        ("离家后(公里)", 12, "tenth"),
        ("交出片区", 16, "text"),
        ("理由", 60, "wrap"),
    )
    rows = (
        (
            move["person"],
            _pick(move, "category", language),
            move["from_office"],
            move["to_office"],
            _pick(move, "role", language),
            move["shortfall_before_share"],
            move["shortfall_after_share"],
            move["from_distance_km"],
            move["distance_km"],
            "、".join(move["beats_left"]),
            _pick(move, "reason", language),
        )
        for move in result.moves
    )
    sheets.table("调动", columns, rows)


def _groups(sheets: _Sheets, result: PlanResult) -> None:
    columns = (
        ("警务室", 12, "text"),
        ("组 / 片区", 18, "text"),
        ("类型", 8, "text"),
        ("主责民警", 18, "text"),
        ("辅警", 36, "wrap"),
        ("班次", 16, "text"),
        ("原主责民警", 18, "text"),
        ("每周片区工时", 13, "tenth"),
    )
    groups = [
        (g["office"], g["code"], "组", g["officer"], "、".join(g["auxiliaries"]), g["tour"], None, None)
        for g in result.groups
    ]
    beats = [
        (b["office"], b["beat"], "片区", b["officer"] or "(无)", None, None, b["before"], b["weekly_hours"])
        for b in result.beats
    ]
    sheets.table("分组包片", columns, [*groups, *beats])


def _response(sheets: _Sheets, result: PlanResult) -> None:
    columns = (
        ("警务室 / 时段", 22, "text"),
        ("每周警情", 10, "tenth"),
        ("现状平均(分钟)", 14, "minutes"),
        ("现状+跨室派警(分钟)", 18, "minutes"),
        ("方案平均(分钟)", 14, "minutes"),
        ("现状按时", 10, "share"),
        ("现状+跨室按时", 14, "share"),
        ("方案按时", 10, "share"),
        ("现状在岗组", 11, "tenth"),
        ("方案在岗组", 11, "tenth"),
        ("需要组", 9, "tenth"),
    )
    rows: list[tuple[Any, ...]] = []
    for office in result.offices:
        today, plan = office["response_today"] or {}, office["response_plan"] or {}
        aided = office["response_today_with_aid"] or {}
        rows.append(
            (
                f"{office['code']} {office['name']}",
                plan.get("calls_per_week"),
                today.get("mean_minutes"),
                aided.get("mean_minutes"),
                plan.get("mean_minutes"),
                today.get("target_share"),
                aided.get("target_share"),
                plan.get("target_share"),
                sum(office["today_by_hour"]) / 168,
                sum(office["plan_by_hour"]) / 168,
                sum(office["need_by_hour"]) / 168,
            )
        )
    today_hours, aided_hours, plan_hours = (
        result.response[part]["by_hour"] for part in ("today", "today_with_aid", "plan")
    )
    for hour in range(168):
        rows.append(
            (
                f"周{_WEEKDAYS[hour // 24]} {hour % 24:02d}:00",
                plan_hours[hour]["calls_per_week"],
                today_hours[hour]["mean_minutes"],
                aided_hours[hour]["mean_minutes"],
                plan_hours[hour]["mean_minutes"],
                today_hours[hour]["target_share"],
                aided_hours[hour]["target_share"],
                plan_hours[hour]["target_share"],
                *(
                    sum(office[name][hour] for office in result.offices)
                    for name in ("today_by_hour", "plan_by_hour", "need_by_hour")
                ),
            )
        )
    sheets.table("到场前后", columns, rows)


def _rules(sheets: _Sheets, result: PlanResult, language: str) -> None:
    columns = (
        ("级别", 8, "text"),
        ("规则", 30, "text"),
        ("结果", 10, "text"),
        ("警务室", 12, "text"),
        ("对象", 18, "text"),
        ("实际", 10, "minutes"),
        ("要求", 10, "minutes"),
        ("差距", 10, "minutes"),
        ("说明", 48, "wrap"),
        ("怎样做到", 40, "wrap"),
        ("依据", 26, "text"),
    )
    ordered = sorted(
        result.rules, key=lambda rule: (rule["kept"] is True, list(_SEVERITY).index(rule["severity"]))
    )
    rows = (
        (
            _SEVERITY[rule["severity"]],
            _pick(rule, "title", language),
            _KEPT[rule["kept"]],
            rule["office"],
            rule["subject"],
            rule["measured"],
            rule["required"],
            rule["missed_by"] or None,
            _pick(rule, "why", language),
            _pick(rule, "way", language),
            rule["source"],
        )
        for rule in ordered
    )
    sheet = sheets.table("规则", columns, rows)
    missed = {"type": "cell", "criteria": "==", "value": '"未达到"', "format": sheets.formats["missed"]}
    sheet.conditional_format(1, 2, max(1, len(ordered)), 2, missed)


def _problems(sheets: _Sheets, problems: Sequence[InputProblem], language: str) -> None:
    columns = (
        ("文件", 24, "text"),
        ("行", 8, "whole"),
        ("列", 16, "text"),
        ("取值", 24, "text"),
        ("原因", 60, "wrap"),
        ("整批拒收", 10, "text"),
    )
    rows = (
        (p.file, p.row or None, p.column, p.value, p.reason(language), "是" if p.blocking else "")
        for p in problems
    )
    sheets.table("输入问题", columns, rows)
