# catalogue: data - headers and words of files, problems in both languages
"""Collects what is wrong with handed-in facts: capped for showing, counted exactly."""

from __future__ import annotations

from collections import Counter

from jingwu.terms.refusal import InputProblem

SHOWN_PER_KIND = 50  # per file, column and code; the count stays exact
VALUE_SHOWN_LENGTH = 60

REASONS: dict[str, tuple[str, str]] = {
    "missing_table": ("找不到必需的表「{value}」", "the required table {value!r} is missing"),
    "empty_sheet": ("表是空的,没有数据行", "the sheet is empty: it has no data rows"),
    "missing_column": (
        "缺少必需的列「{column}」{hint_zh}",
        "the required column {column!r} is missing{hint_en}",
    ),
    "duplicate_header": ("表头重复:「{value}」出现多次", "the header {value!r} occurs more than once"),
    "required": ("此处不能为空", "this must not be empty"),
    "formula": (
        "单元格是公式或会被表格软件当作公式执行,不予读取;请粘贴为数值",
        "the cell is a formula, or a spreadsheet would run it as one; it is not read. Paste it as a value",
    ),
    "too_long": ("内容过长(超过 {limit} 个字符)", "the text is too long (over {limit} characters)"),
    "extra_cells": (
        "这一行的单元格比表头多,可能有未加引号的分隔符",
        "the row has more cells than the header; a separator may lack quotes",
    ),
    "bad_time": ("不是有效的日期时间", "this is not a valid date and time"),
    "too_early": (
        "早于 {limit} 年,可能是没有填写的时间",
        "this lies before {limit}; perhaps the time was never filled in",
    ),
    "future": ("时间在未来", "the time lies in the future"),
    "after_report": ("晚于报警时间", "this is later than the report"),
    "no_such_office": (
        "您的管辖范围内没有这个警务室{hint_zh}",
        "there is no such office in your area{hint_en}",
    ),
    "mixed_format": (
        "日期格式与本列其他行不同(本列为 {value_expected})",
        "the date is written differently from the rest of the column ({value_expected})",
    ),
    "ambiguous_format": (
        "无法判断是「日/月/年」还是「月/日/年」,请在列映射文件里写明 time_format",
        "day/month/year or month/day/year? It cannot be told; state time_format in the mapping file",
    ),
    "bad_number": ("不是有效的数字", "this is not a valid number"),
    "out_of_range": ("数值超出合理范围({limit})", "the number is out of range ({limit})"),
    "unknown_value": ("不认识的取值{hint_zh}", "this value is not known{hint_en}"),
    "bad_text": ("含有不可用的字符", "the text holds characters that cannot be used"),
    "zero_point": ("坐标为 (0, 0),应当留空或补全", "the position is (0, 0); leave it empty or fill it in"),
    "swapped": ("经度和纬度写反了", "longitude and latitude are swapped"),
    "all_swapped": (
        "整列的经度和纬度写反了,请对调两列的表头",
        "the longitude and latitude columns are swapped as a whole; exchange their headers",
    ),
    "outside": ("坐标在辖区范围之外", "the position lies far outside the district"),
    "half_point": ("经度和纬度只填了一个", "only one of longitude and latitude is given"),
    "no_place": ("既没有坐标也没有警格", "neither a position nor a beat is given"),
    "duplicate": ("与第 {other} 行重复", "this repeats row {other}"),
    "unknown_office": (
        "警务室编码不在警务室表中{hint_zh}",
        "the office is not in the table of offices{hint_en}",
    ),
    "no_office": ("警格没有所属警务室", "the beat belongs to no office"),
    "unknown_beat": ("警格编码不在警格表中{hint_zh}", "the beat is not in the table of beats{hint_en}"),
    "too_young": ("未满 {limit} 周岁", "the person is younger than {limit}"),
    "born_in_future": ("出生日期在将来", "the date of birth lies in the future"),
    "id_as_number": (
        "号码被存成了数字,末几位可能已经丢失;请把单元格设为文本后重新填写",
        "the number of an ID was stored as a quantity and may have lost its last digits; store it as text",
    ),
    "id_check_digit": ("身份证号校验位不对", "the ID number fails its check digit"),
    "id_birth": ("身份证号中的出生日期与出生日期列不符", "the ID number tells another date of birth"),
    "negative_duration": ("早于前一环节「{previous}」", "this lies before the step {previous!r}"),
    "midnight": (
        "早于前一环节「{previous}」,很可能跨零点而日期没有加一天",
        "this lies before {previous!r}, probably because midnight passed and the date was not moved on",
    ),
    "too_late": ("距前一环节「{previous}」超过 {limit} 小时", "more than {limit} hours after {previous!r}"),
    "bad_polygon": (
        "边界坐标无法解析(要 WKT 的 POLYGON)",
        "the boundary cannot be read (WKT POLYGON wanted)",
    ),
    "no_centre": (
        "没有坐标,也没有边界可推算中心",
        "there is neither a position nor a boundary to take it from",
    ),
    "certificate": ("证书应写作「名称:到期日」", "a certificate is written as name:expiry date"),
    "opening": ("开放时间应写作 08:30-17:30", "opening hours are written as 08:30-17:30"),
}


def reasons(code: str, **details: object) -> tuple[str, str]:
    """Return the reason for ``code`` in Chinese and in English."""
    blanks = {"hint_zh": "", "hint_en": ""}
    zh, en = REASONS[code]
    return zh.format(**blanks | details), en.format(**blanks | details)


def hint(suggestion: str) -> dict[str, str]:
    """Return the details that suggest a near word, empty when there is none."""
    if not suggestion:
        return {}
    return {"hint_zh": f",是不是「{suggestion}」?", "hint_en": f"; did you mean {suggestion!r}?"}


class Problems:
    """What was found so far; mutable, lives for one reading only."""

    def __init__(self, shown_per_kind: int = SHOWN_PER_KIND) -> None:
        self._shown: list[InputProblem] = []
        self._kinds: Counter[tuple[str, str, str]] = Counter()
        self._shown_per_kind = shown_per_kind
        self.counts: Counter[str] = Counter()
        self.blocking = False

    def add(
        self,
        file: str,
        row: int,
        column: str,
        code: str,
        value: str = "",
        *,
        blocking: bool = False,
        **details: object,
    ) -> None:
        """Note one problem."""
        self.blocking |= blocking
        self.counts[code] += 1
        kind = (file, column, code)
        self._kinds[kind] += 1
        if self._kinds[kind] > self._shown_per_kind:
            return
        zh, en = reasons(code, **{"column": column, "value": value} | details)
        shown = value if len(value) <= VALUE_SHOWN_LENGTH else value[: VALUE_SHOWN_LENGTH - 1] + "…"
        if code.startswith("id_"):  # a report must not spread the numbers it complains about
            shown = value[:3] + "*" * max(0, len(value) - 3)
        self._shown.append(InputProblem(file, row, column, code, zh, en, shown, blocking))

    @property
    def total(self) -> int:
        """Return the exact number of problems."""
        return sum(self.counts.values())

    def shown(self) -> tuple[InputProblem, ...]:
        """Return the problems kept for showing: blocking ones first, then by file and row."""
        return tuple(sorted(self._shown, key=lambda p: (not p.blocking, p.file, p.row, p.column)))
