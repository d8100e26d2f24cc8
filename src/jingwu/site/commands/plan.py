"""``jingwu check``: the report on a district's files."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from jingwu.terms.people import PersonCategory

if TYPE_CHECKING:
    from rich.console import Console

    from jingwu.planning.district import FactReport

PROBLEMS_SHOWN = 60
CLEAN, WITH_PROBLEMS, REFUSED = 0, 1, 2


def language() -> str:
    """Return the language of the reader's terminal: English when it says so, else Chinese."""
    return "en" if os.environ.get("LANG", "").startswith("en") else "zh"


def minimum_ages(day: date, directories: tuple[str, ...] = ()) -> dict[PersonCategory, int]:
    """Return the least age by category that the norms of the day ask for."""
    from jingwu.norms import load

    ages = load(*directories).at(day).value("ages.years")
    return {category: int(ages[category.value]) for category in PersonCategory if category.value in ages}


@click.command()
@click.argument("district", type=click.Path())
@click.option("--map", "mapping", type=click.Path(), help="Column mapping (YAML) for a foreign export.")
@click.option("--norms", "directories", multiple=True, type=click.Path(), help="Folder of local norms.")
@click.option("--accept-bad-rows", is_flag=True, help="Leave bad rows out and report on the rest.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(
    district: str, mapping: str | None, directories: tuple[str, ...], accept_bad_rows: bool, as_json: bool
) -> None:
    """Report on a DISTRICT's files without planning: counts, period, and every problem in words.

    DISTRICT is a folder of CSV files, one workbook (.xlsx) or one CSV file of calls.
    Exit status: 0 clean, 1 with problems, 2 refused.

    \b
    Examples:
      jingwu check 云溪分局/
      jingwu check facts.xlsx --json
      jingwu check milwaukee/ --map docs/cases/milwaukee.columns.yaml --accept-bad-rows
    """
    from jingwu.planning.district import read_district

    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    _, report = read_district(
        district,
        mapping=mapping,
        accept_bad_rows=accept_bad_rows,
        minimum_age_years=minimum_ages(today, directories),
        today=today,
    )
    if as_json:
        click.echo(json.dumps(report_as_dict(report), ensure_ascii=False, indent=2))
    else:
        from rich.console import Console

        print_report(report, Console(), language())
    sys.exit(REFUSED if report.blocking else CLEAN if report.clean else WITH_PROBLEMS)


def report_as_dict(report: FactReport) -> dict[str, Any]:
    """Return the report as plain values for JSON."""
    told = dataclasses.asdict(dataclasses.replace(report, counts=dict(report.counts)))
    told["period"] = None if report.period is None else [day.isoformat() for day in report.period]
    return told


def print_report(report: FactReport, console: Console, language: str) -> None:
    """Print the report: one sentence, then tables, notes and problems."""
    from rich.markup import escape

    english = language == "en"
    console.print(escape(first_line(report, english)), style="bold")
    console.print(_counts_table(report, english))
    for note in report.notes:
        console.print(f"· {escape(note.text(language))}", style="dim")
    if report.problems:
        console.print(_problems_table(report, english))
        hidden = report.problem_count - min(PROBLEMS_SHOWN, len(report.problems))
        if hidden > 0:
            more = f"… and {hidden:,} more (--json lists more)" if english else f"… 另有 {hidden:,} 处"
            console.print(more, style="dim")


def first_line(report: FactReport, english: bool) -> str:
    """Return the report in one sentence."""
    rows = sum(table.read_count for table in report.tables)
    period = "" if report.period is None else f"{report.period[0]} … {report.period[1]}"
    if report.clean:
        return (
            f"All {rows:,} rows are usable; calls cover {period}."
            if english
            else f"{rows:,} 行全部可用,警情覆盖 {period}。"
        )
    kinds = len(report.counts)
    if report.blocking:
        return (
            f"The facts cannot be used: {report.problem_count:,} problems of {kinds} kinds."
            if english
            else f"资料不能使用:{report.problem_count:,} 处问题,{kinds} 类。"
        )
    good = sum(table.good_count for table in report.tables)
    if report.accepted:
        return (
            f"{good:,} of {rows:,} rows go on, the others are left out: {report.problem_count:,} problems."
            if english
            else f"{rows:,} 行中采用 {good:,} 行,其余舍去;{report.problem_count:,} 处问题。"
        )
    return (
        f"{good:,} of {rows:,} rows are usable; {report.problem_count:,} problems to mend, "
        "or go on without them by --accept-bad-rows."
        if english
        else f"{rows:,} 行中 {good:,} 行可用;{report.problem_count:,} 处问题待改,"
        "或加 --accept-bad-rows 舍去这些行。"
    )


def _counts_table(report: FactReport, english: bool) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from jingwu.planning.district.schema import BY_NAME

    heads = (
        ("Table", "Source", "Rows", "Usable", "Bad") if english else ("表", "来源", "行", "可用", "有问题")
    )
    table = Table(box=SIMPLE_HEAD)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place > 1 else "left")
    for count in report.tables:
        name = count.table if english else BY_NAME[count.table].sheet_zh
        figures = (f"{number:,}" for number in (count.read_count, count.good_count, count.bad_count))
        table.add_row(name, count.source, *figures, style="" if count.bad_count == 0 else "yellow")
    return table


def _problems_table(report: FactReport, english: bool) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    heads = ("File", "Row", "Column", "Value", "Reason") if english else ("文件", "行", "列", "取值", "原因")
    table = Table(box=SIMPLE_HEAD)
    for head in heads:
        table.add_column(head, justify="right" if head in ("Row", "行") else "left")
    for problem in report.problems[:PROBLEMS_SHOWN]:
        row = str(problem.row) if problem.row else "–"
        reason = problem.reason("en" if english else "zh")
        cells = (problem.file, row, problem.column, problem.value, reason)
        table.add_row(*map(escape, cells), style="red" if problem.blocking else "")
    return table
