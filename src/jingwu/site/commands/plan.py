# catalogue: data - both languages stand side by side
"""``jingwu check``: the report on a district's files; ``jingwu plan``: the staffing plan computed from
them."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from jingwu.terms.people import PersonCategory

if TYPE_CHECKING:
    from rich.console import Console

    from jingwu.planning.district import District, FactReport
    from jingwu.planning.pipeline import PlanParams, PlanResult

PROBLEMS_SHOWN = 60
CLEAN, WITH_PROBLEMS, REFUSED = 0, 1, 2
STEPS = {
    "facts": ("整理资料", "reading the facts"),
    "requirement": ("定岗定编", "requirement"),
    "allocation": ("分配警力", "allocation"),
    "deployment": ("安排班次", "tours"),
    "assignment": ("人岗匹配", "assignment"),
    "habit": ("核对派警习惯", "finding today's dispatch"),
    "today": ("模拟现状", "simulating today"),
    "plan": ("模拟方案", "simulating the plan"),
    "cost": ("推算代价", "what the target costs"),
    "rules": ("核对规则", "checking the rules"),
}


def language() -> str:
    """Return the language of the reader's terminal: English when it says so, else Chinese."""
    return "en" if os.environ.get("LANG", "").startswith("en") else "zh"


def minimum_ages(day: date, directories: tuple[str, ...] = ()) -> dict[PersonCategory, int]:
    """Return the least age by category that the norms of the day ask for."""
    from jingwu.norms import load

    ages = load(*directories).at(day).value("ages.years")
    return {category: int(ages[category.value]) for category in PersonCategory if category.value in ages}


def _strength(_: click.Context, __: click.Parameter, text: str | None) -> dict[str, int]:
    """Read ``officer=80,aux_duty=200`` into heads by category."""
    told: dict[str, int] = {}
    allowed = {str(category) for category in PersonCategory}
    for part in filter(None, (text or "").split(",")):
        name, _, heads = part.partition("=")
        if name.strip() not in allowed or not heads.strip().isdigit():
            raise click.BadParameter(
                f"{part!r}: CATEGORY=HEADS, CATEGORY one of {', '.join(sorted(allowed))}"
            )
        told[name.strip()] = int(heads)
    return told


@click.command()
@click.argument("district", type=click.Path())
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Workbook to write (.xlsx).")
@click.option("--offices", type=int, help="Offices to site where the facts have none.")
@click.option("--strength", callback=_strength, help="Heads by category: officer=80,aux_duty=200,…")
@click.option("--map", "mapping", type=click.Path(), help="Column mapping (YAML) for a foreign export.")
@click.option("--target-minutes", type=float, help="Minutes a call should be reached in (default: the norm).")
@click.option("--target-share", type=float, help="Share of calls to be reached in time (default: the norm).")
@click.option("--strict", multiple=True, help="A norm that must hold like law, such as norm.one_lead.")
@click.option("--norms", "directories", multiple=True, type=click.Path(), help="Folder of local norms.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the simulation.")
@click.option("--replications", type=int, default=30, show_default=True, help="Simulated replications.")
@click.option("--accept-bad-rows", is_flag=True, help="Leave bad rows out and plan with the rest.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON (stable: no times of day).")
def plan(
    district: str,
    output: str | None,
    offices: int | None,
    strength: dict[str, int],
    mapping: str | None,
    target_minutes: float | None,
    target_share: float | None,
    strict: tuple[str, ...],
    directories: tuple[str, ...],
    seed: int,
    replications: int,
    accept_bad_rows: bool,
    as_json: bool,
) -> None:
    """Compute a staffing and deployment plan for a DISTRICT's files, with its reasons.

    DISTRICT is a folder of CSV files, one workbook (.xlsx) or one CSV file of calls.
    Exit status: 0 planned, 1 no lawful plan exists (the rules in conflict are named), 2 refused.

    \b
    Examples:
      jingwu plan 云溪分局/ -o plan.xlsx
      jingwu plan 云溪分局/ --strength officer=90 --target-minutes 6
      jingwu plan calls.csv --offices 28 --accept-bad-rows
      jingwu plan 云溪分局/ --strict norm.one_lead --json > plan.json
    """
    from rich.console import Console

    from jingwu.planning.pipeline import PlanParams
    from jingwu.site.commands.plan_print import print_plan

    asked = {
        "target_minutes": target_minutes,
        "target_share": target_share,
        "strength": strength,
        "offices": offices,
        "replications": replications,
        "strict": strict,
    }
    params = PlanParams.from_dict(asked)
    if output is not None and not Path(output).resolve().parent.is_dir():
        raise click.BadParameter(f"{Path(output).parent} is not a folder", param_hint="--output")
    facts, report = _facts(district, mapping, directories, accept_bad_rows)
    result = _compute(facts, params, directories, seed, quiet=as_json)
    if output is not None:
        from jingwu.planning.workbook import write_workbook

        write_workbook(result, output, problems=report.problems, language=language())
    if as_json:
        click.echo(json.dumps(result.to_dict(timings=False), ensure_ascii=False, indent=1, sort_keys=True))
    else:
        print_plan(result, Console(), language())
        if output is not None:
            click.echo(f"→ {output}")
    sys.exit(0 if result.feasible else 1)


def _facts(
    district: str, mapping: str | None, directories: tuple[str, ...], accept_bad_rows: bool
) -> tuple[District, FactReport]:
    """Read the facts, or refuse with every problem in words."""
    from jingwu.planning.district import read_district
    from jingwu.terms.refusal import BadInput

    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    facts, report = read_district(
        district,
        mapping=mapping,
        accept_bad_rows=accept_bad_rows,
        minimum_age_years=minimum_ages(today, directories),
        today=today,
    )
    if facts is None:
        raise BadInput(
            "plan.bad_facts", first_line(report, False), first_line(report, True), problems=report.problems
        )
    return facts, report


def _compute(
    facts: District, params: PlanParams, directories: tuple[str, ...], seed: int, *, quiet: bool
) -> PlanResult:
    """Compute the plan under a progress bar with the remaining time; the norms are those of the plan's
    day."""
    from concurrent.futures import ThreadPoolExecutor

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from jingwu.norms import load
    from jingwu.planning.pipeline import compute

    day = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    norms = load(*directories).at(day)
    english = language() == "en"
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet,
    )
    with bar, ThreadPoolExecutor(os.cpu_count() or 1) as executor:
        task = bar.add_task("", total=1.0)

        def progress(step: str, share: float) -> None:
            words = STEPS[step][1 if english else 0]
            bar.update(task, completed=share, description=words)

        return compute(facts, params, norms, seed=seed, executor=executor, progress=progress)


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
