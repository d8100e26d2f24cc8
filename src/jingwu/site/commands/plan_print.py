# catalogue: data - both languages stand side by side
"""A plan on the terminal: the sentence, today / plan / limit, the worst offices, the first moves, the
rules missed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from jingwu.planning.pipeline import PlanResult
from jingwu.planning.pipeline.result import BACKLOG_MINUTES

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN = 8
_SEVERITY = {"law": ("法律", "law"), "norm": ("规范", "norm"), "goal": ("目标", "goal")}


def print_plan(result: PlanResult, console: Console, language: str) -> None:
    """Print the plan in ``language``."""
    english = language.startswith("en")
    told = console.print
    told(result.headline(language), style="bold", highlight=False)
    told(_scope_line(result, english), style="dim", highlight=False)
    if not result.feasible:
        assert result.conflict is not None
        for way in result.conflict["ways_en" if english else "ways_zh"]:
            told(f"→ {way}", highlight=False)
        return
    told(_response_table(result, english))
    told(_offices_table(result, english))
    if result.moves:
        told(_moves_table(result, english))
    told(_rules_table(result, english))
    for note in result.notes:
        told(f"· {note['en' if english else 'zh']}", style="dim", highlight=False)


def _scope_line(result: PlanResult, english: bool) -> str:
    scope = result.scope
    period = " … ".join(scope["period"]) if scope["period"] else ""
    seconds = sum(step.seconds for step in result.steps)
    name = f"{scope['district']} " if scope["district"] else ""
    if english:
        return (
            f"{name}{period} · {scope['offices']} offices, {scope['people']} people, "
            f"{scope['calls']:,} calls · "
            f"norms {scope['norms_version']} · seed {scope['seed']} · {seconds:.1f} s"
        )
    return (
        f"{name}{period} · {scope['offices']} 个警务室、{scope['people']} 人、{scope['calls']:,} 起警情 · "
        f"标准 {scope['norms_version']} · 种子 {scope['seed']} · 用时 {seconds:.1f} 秒"
    )


def _table(heads: tuple[str, ...], left: int = 1) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD)
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place < left else "right")
    return table


def _response_table(result: PlanResult, english: bool) -> Any:
    minutes = f"{result.scope['target_minutes']:g}"
    heads = (
        ("", "Recorded", "Today", "Today + aid", "Plan", "Physical limit")
        if english
        else ("", "实录", "现状", "现状+跨室派警", "方案", "行程极限")
    )
    check = result.response["check"]
    names = (
        ("Mean arrival, minutes", "Median", "90th percentile", f"Within {minutes} minutes")
        if english
        else ("平均到场(分钟)", "中位数", "90 分位", f"{minutes} 分钟内到场")
    )
    table = _table(heads)
    keys = ("mean_minutes", "median_minutes", "p90_minutes", "target_share")
    for name, key in zip(names, keys, strict=True):
        cells = [_recorded(check, key)]
        for part in ("today", "today_with_aid", "plan", "limit"):
            figures = result.response[part]
            half = figures.get("intervals", {}).get(key)
            share = key == "target_share"
            text = f"{figures[key]:.1%}" if share else _minutes(figures[key], english, digits=2)
            if half is not None and (share or figures[key] <= BACKLOG_MINUTES):
                text += f" ± {half:.1%}" if share else f" ± {half:.2f}"
            cells.append(text)
        table.add_row(name, *cells)
    crew = "Crew-hours a week" if english else "在岗组·小时/周"
    scope = result.scope
    today = f"{scope['crew_hours_today']:,}"
    table.add_row(crew, "–", today, today, f"{scope['crew_hours_plan']:,}", "–")
    return table


def _recorded(check: Any, key: str) -> str:
    if check is None:
        return "–"
    value = check["recorded"][key]
    return f"{value:.1%}" if key == "target_share" else f"{value:.2f}"


def _minutes(value: float, english: bool, digits: int = 1) -> str:
    """Return minutes; a queue that grows without end has no mean, only a length of the simulated weeks."""
    if value > BACKLOG_MINUTES:
        return "backlog" if english else "积压不止"
    return f"{value:.{digits}f}"


def _offices_table(result: PlanResult, english: bool) -> Any:
    heads = (
        (
            "Slowest offices",
            "Calls/week",
            "Today min",
            "Plan min",
            "Plan in time",
            "Tours (need)",
        )
        if english
        else (
            "到场最慢",
            "周警情",
            "现状(分)",
            "方案(分)",
            "方案按时",
            "班次(需要)",
        )
    )
    table = _table(heads)
    served = [office for office in result.offices if (office["response_plan"] or {}).get("mean_minutes")]
    served.sort(key=lambda office: (-office["response_plan"]["mean_minutes"], office["code"]))
    for office in served[:_SHOWN]:
        plan, today = office["response_plan"], office["response_today"]
        table.add_row(
            office["code"],
            f"{plan['calls_per_week']:.1f}",
            _minutes(today["mean_minutes"], english),
            _minutes(plan["mean_minutes"], english),
            f"{plan['target_share']:.0%}",
            f"{office['tours_today']:.1f} → {office['tours_plan']} ({office['tours_need']})",
        )
    return table


def _moves_table(result: PlanResult, english: bool) -> Any:
    heads = ("Moves", "From", "To", "Post", "Why") if english else ("调动", "从", "到", "岗位", "理由")
    table = _table(heads, left=5)
    for move in result.moves[:_SHOWN]:
        suffix = "en" if english else "zh"
        table.add_row(
            move["person"],
            move["from_office"],
            move["to_office"],
            move[f"role_{suffix}"],
            move[f"reason_{suffix}"],
        )
    more = len(result.moves) - _SHOWN
    if more > 0:
        table.add_row(f"… +{more}", "", "", "", "")
    return table


def _rules_table(result: PlanResult, english: bool) -> Any:
    heads = (
        ("Rules not met", "Severity", "Places", "First reason")
        if english
        else ("未达到的规则", "级别", "处", "首条说明")
    )
    table = _table(heads, left=2)
    table.columns[3].justify = "left"
    suffix = "en" if english else "zh"
    missed = [rule for rule in result.rules if rule["kept"] is False]
    counts = Counter(rule["rule"] for rule in missed)
    seen: set[str] = set()
    for rule in sorted(missed, key=lambda rule: list(_SEVERITY).index(rule["severity"])):
        if rule["rule"] in seen:
            continue
        seen.add(rule["rule"])
        office = f"{rule['office']}: " if rule["office"] else ""
        table.add_row(
            rule[f"title_{suffix}"],
            _SEVERITY[rule["severity"]][1 if english else 0],
            str(counts[rule["rule"]]),
            f"{office}{rule[f'why_{suffix}']}",
        )
    return table
