"""From a plan's result to what a page shows: figures, plots and tables in the reader's language."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jingwu.journal.language import is_english
from jingwu.planning.pipeline.result import BACKLOG_MINUTES, FORMAT, PLANS_RULE

Tree = Mapping[str, Any]

BLOCK_HOURS = 4
SEVERITY_ORDER = ("law", "norm", "goal")
BADGES = {"law": "law", "norm": "norm", "goal": "target"}


def in_words(row: Tree, name: str) -> str:
    """Return the text ``name`` of a result's row in the reader's language."""
    english = is_english()
    return str(row.get(f"{name}_en" if english else f"{name}_zh") or "")


def all_in_words(row: Tree, name: str) -> list[str]:
    """Return the sentences ``name`` of a result in the reader's language."""
    english = is_english()
    return list(row[f"{name}_en" if english else f"{name}_zh"])


def minutes(value: float | None) -> str:
    """Return minutes with one decimal, or a dash; a queue that grows without end has no mean."""
    if value is None:
        return "–"
    return _("积压") if value > BACKLOG_MINUTES else f"{value:.1f}"


def percent(share: float | None) -> str:
    """Return a share of 1 as a whole percentage, or a dash."""
    return "–" if share is None else f"{share * 100:.0f}"


def is_outdated(result: Tree) -> bool:
    """Return whether an older version computed the result, so that parts of it are missing."""
    return bool(result.get("format") != FORMAT)


def has_two_steps(result: Tree) -> bool:
    """Return whether today dispatches by another rule than the plan, so that the gain has two parts."""
    check = result["response"]["check"]
    return check is not None and check["rule"] != PLANS_RULE


def comparison(result: Tree) -> list[dict[str, Any]]:
    """Return the rows 'today, today's crews under the plan's dispatch, plan, physical limit' of a plan."""
    today, aided, plan = (result["response"][name] for name in ("today", "today_with_aid", "plan"))
    target = f"{result['scope']['target_minutes']:g}"
    offices = result["offices"]
    worst = [min((o[name]["target_share"] for o in offices), default=None) for name in _OFFICE_RESPONSES]
    return [
        _row(_("平均到场"), result, "mean_minutes", minutes, _("分钟")),
        _row(_("中位"), result, "median_minutes", minutes, _("分钟")),
        _row("P90", result, "p90_minutes", minutes, _("分钟")),
        _row(_("%(n)s 分钟到场率") % {"n": target}, result, "target_share", percent, "%"),
        {
            "label": _("最弱警务室到场率"),
            "unit": "%",
            "was": percent(worst[0]),
            "now": percent(worst[1]),
            "limit": None,
        },
        {
            "label": _("排队等候的警情"),
            "unit": "%",
            "was": f"{today['waited_share'] * 100:.1f}",
            "between": f"{aided['waited_share'] * 100:.1f}",
            "now": f"{plan['waited_share'] * 100:.1f}",
            "limit": "0",
        },
        {
            "label": _("处警组负荷"),
            "unit": "%",
            "was": percent(today["workload_share"]),
            "between": percent(aided["workload_share"]),
            "now": percent(plan["workload_share"]),
            "limit": None,
        },
        {"label": _("调动人数"), "was": None, "now": str(len(result["moves"])), "limit": None},
    ]


_OFFICE_RESPONSES = ("response_today", "response_plan")


def _row(label: str, result: Tree, name: str, shown: Any, unit: str) -> dict[str, Any]:
    today, aided, plan, limit = (
        result["response"][one] for one in ("today", "today_with_aid", "plan", "limit")
    )
    was, now = today[name], plan[name]
    half = plan["intervals"].get(name)
    scale = 100 if unit == "%" else 1
    return {
        "label": label,
        "unit": unit,
        "was": shown(was),
        "between": shown(aided[name]),
        "now": shown(now),
        "interval": f"±{half * scale:.1f}" if half and half * scale >= 0.05 else "",
        "difference": difference(was, now),
        "level": "fine" if _is_better(name, was, now) else "",
        "limit": shown(limit.get(name)),
    }


def difference(was: float | None, now: float | None) -> str:
    if not was or now is None:
        return ""
    change = (now - was) / was * 100
    return f"{'+' if change > 0 else '−'}{abs(change):.0f}%" if abs(change) >= 0.5 else ""


def _is_better(name: str, was: float | None, now: float | None) -> bool:
    if was is None or now is None:
        return False
    return now > was if name.endswith("share") else now < was


def cost_plot(result: Tree) -> dict[str, Any]:
    """Return the curve 'what the target minutes cost': officers added against the share reached in time."""
    cost, strength = result["cost"], result["scope"]["people"]
    points = [[strength + p["extra_officers"], round(p["share"] * 100, 1)] for p in _rising(cost["points"])]
    band = [
        [
            strength + p["extra_officers"],
            round((p["share"] - p["half_width"]) * 100, 1),
            round((p["share"] + p["half_width"]) * 100, 1),
        ]
        for p in _rising(cost["points"])
    ]
    target = cost["target_share"] * 100
    marks = [
        {"x": points[0][0], "y": points[0][1], "label": _("现有 %(n)d 人") % {"n": strength}, "level": "know"}
    ]
    if cost["extra_officers"] is not None and cost["extra_officers"] > 0:
        reached = strength + cost["extra_officers"]
        label = _("%(n)d 人") % {"n": reached}
        mark = {"x": reached, "y": round(target, 1), "label": label, "level": "fine", "position": "bottom"}
        marks.append(mark)  # below: beside it the dotted target would run through the words
    return {
        "kind": "lines",
        "x": {"name": _("人数"), "unit": _("人"), "min": points[0][0], "max": points[-1][0]},
        "y": {
            "name": _("到场率"),
            "suffix": "%",
            "min": max(0, int(points[0][1] // 10 * 10 - 10)),
            "max": 100,
        },
        "series": [
            {"name": _("推荐方案"), "role": "plan", "points": points, "band": band, "is_filled": True},
            {
                "name": _("物理极限"),
                "role": "limit",
                "points": [[x, round(cost["limit_share"] * 100, 1)] for x in (points[0][0], points[-1][0])],
            },
        ],
        "y_target": {"value": round(target, 1), "label": _("目标 %(n)d%%") % {"n": target}, "level": "fine"},
        "marks": marks,
    }


def _rising(points: Sequence[Tree]) -> list[Tree]:
    """Return one point per number of officers: a curve has one height at each place."""
    return list({point["extra_officers"]: point for point in points}.values())


def _in_blocks(week: Sequence[float]) -> list[float]:
    """Return hourly values as the mean of their block: a need that turns every hour cannot be read."""
    blocks = [week[first : first + BLOCK_HOURS] for first in range(0, len(week), BLOCK_HOURS)]
    return [round(sum(block) / len(block), 2) for block in blocks for _hour in block]


def hours_plot(office: Tree) -> dict[str, Any]:
    """Return an office's supply of crews by hour of the week, and its need as the mean of four hours each."""
    days = [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]
    names = [f"{days[hour // 24]} {hour % 24:02d}:00" for hour in range(168)]
    top = max(1, *office["need_by_hour"], *office["plan_by_hour"], *office["today_by_hour"])
    return {
        "kind": "steps",
        "is_need_stepped": True,
        "x": {"name": _("时刻"), "categories": names, "names": days, "every": 24, "offset": 12},
        "y": {"name": _("组数"), "min": 0, "max": top + 1, "unit": _("组")},
        "series": [
            {"name": _("方案"), "role": "supply", "values": list(office["plan_by_hour"])},
            {"name": _("今日"), "role": "today", "values": list(office["today_by_hour"])},
            {"name": _("需要(4 小时均)"), "role": "need", "values": _in_blocks(office["need_by_hour"])},
        ],
    }


def gap_by_hour(result: Tree, supply: str = "plan_by_hour") -> list[float]:
    """Return need − supply of crews over all offices by hour of the week, shortfalls and spares apart."""
    gaps = [0.0] * 168
    for office in result["offices"]:
        for hour, (need, have) in enumerate(zip(office["need_by_hour"], office[supply], strict=True)):
            gaps[hour] += need - have
    return gaps


def gap_steps(result: Tree) -> tuple[float, float, float]:
    """Return where a week's colours change: a tenth, a quarter and four tenths of a crew an office."""
    offices = len(result["offices"])
    return round(offices * 0.1, 1), round(offices * 0.25, 1), round(offices * 0.4, 1)


def step_lines(result: Tree) -> list[tuple[str, float]]:
    """Return the steps of the calculation in words with the seconds each took."""
    names = {
        "facts": _("资料"), "requirement": _("定岗定编"), "allocation": _("分配"), "deployment": _("排时段"),
        "assignment": _("人岗匹配"), "habit": _("今日习惯"), "today": _("仿真今日"), "plan": _("仿真方案"),
        "cost": _("代价曲线"), "rules": _("规则"),
    }  # fmt: skip
    return [(names.get(step["name"], step["name"]), step["seconds"]) for step in result["steps"]]


def response_by_hour_plot(result: Tree) -> dict[str, Any]:
    """Return the mean minutes to arrival by hour of the day: today, plan, physical limit."""
    series = []
    roles = (("today", _("今日部署")), ("plan", _("推荐方案")), ("limit", _("物理极限")))
    for role, name in roles:
        by_hour = result["response"][role]["by_hour"]
        series.append({"name": name, "role": role, "values": _by_hour_of_day(by_hour)})
    return {
        "kind": "lines",
        "x": {"name": _("时"), "categories": [f"{hour}" for hour in range(24)]},
        "y": {"name": _("平均到场"), "min": 0, "unit": _("分钟")},
        "series": series,
        "y_target": {
            "value": result["scope"]["target_minutes"],
            "label": _("目标 %(n)g 分钟") % {"n": result["scope"]["target_minutes"]},
            "level": "fine",
        },
        "has_end_labels": True,
    }


def _by_hour_of_day(by_hour: Sequence[Tree]) -> list[float | None]:
    """Return call-weighted means by hour of the day from those by hour of the week."""
    totals, weights = [0.0] * 24, [0.0] * 24
    for hour, row in enumerate(by_hour):
        if row["mean_minutes"] is not None:
            totals[hour % 24] += row["mean_minutes"] * row["calls_per_week"]
            weights[hour % 24] += row["calls_per_week"]
    return [round(t / w, 2) if w else None for t, w in zip(totals, weights, strict=True)]


@dataclass(frozen=True)
class RuleLine:
    """One rule over all its subjects: how many kept it, the gravest miss, what would help."""

    rule: str
    title: str
    severity: str
    badge: str
    source: str
    level: str
    status: str
    result: str
    missed: tuple[Mapping[str, str], ...]


def rule_lines(result: Tree) -> list[RuleLine]:
    """Return one line a rule: law first, and within a severity what is missed first."""
    by_rule: dict[str, list[Tree]] = defaultdict(list)
    for row in result["rules"]:
        by_rule[row["rule"]].append(row)
    lines = [_rule_line(rule, rows) for rule, rows in by_rule.items()]
    return sorted(lines, key=lambda line: (SEVERITY_ORDER.index(line.severity), not line.missed, line.title))


def _rule_line(rule: str, rows: Sequence[Tree]) -> RuleLine:
    missed = [row for row in rows if row["kept"] is False]
    unknown = all(row["kept"] is None for row in rows)
    severity = rows[0]["severity"]
    level, status = "fine", _("满足")
    if missed:
        level, status = {"law": ("act", _("违反")), "norm": ("soon", _("需说明"))}.get(
            severity, ("know", _("未达"))
        )
    elif unknown:
        level, status = "", _("无数据")
    if len(missed) == 1:
        told = in_words(missed[0], "why")
    elif missed:
        told = _("%(n)d 处未满足") % {"n": len(missed)}
    else:
        told = in_words(rows[0], "why") or ("–" if unknown else _("全部满足"))
    return RuleLine(
        rule=rule,
        title=in_words(rows[0], "title"),
        severity=severity,
        badge=BADGES[severity],
        source=str(rows[0]["source"]),
        level=level,
        status=status,
        result=told,
        missed=tuple(
            {
                "office": str(row["office"] or ""),
                "subject": str(row["subject"] or ""),
                "why": in_words(row, "why"),
                "way": in_words(row, "way"),
            }
            for row in missed
        ),
    )


def rules_note(lines: Sequence[RuleLine]) -> str:
    """Return in a few words how the laws fared."""
    laws = [line for line in lines if line.severity == "law"]
    broken = [line for line in laws if line.missed]
    if broken:
        return _("%(n)d 条法律未满足") % {"n": len(broken)}
    return _("%(n)d 条法律全部满足") % {"n": len(laws)}


def office_names(result: Tree) -> dict[str, str]:
    """Return the offices' names by code, without the common ending, for narrow tables."""
    return {office["code"]: short_name(office["name"]) for office in result["offices"]}


def short_name(name: str) -> str:
    """Return an office's name without '警务室'."""
    return name.removesuffix("社区警务室").removesuffix("警务室") or name  # as is: data


def named(text: str, names: Mapping[str, str]) -> str:
    """Return ``text`` with the offices' codes replaced by their names."""
    if not names:
        return text
    codes = "|".join(re.escape(code) for code in sorted(names, key=len, reverse=True))
    return re.sub(rf"\b(?:{codes})\b(?!-)", lambda found: names[found.group()], text)


def moves(result: Tree) -> list[dict[str, Any]]:
    """Return the moves as table rows."""
    names = office_names(result)
    return [
        {
            "person": move["person"],
            "category": move["category"],
            "from_office": names.get(move["from_office"], move["from_office"]),
            "to_office": names.get(move["to_office"], move["to_office"]),
            "role": in_words(move, "role"),
            "why": named(in_words(move, "reason"), names),
            "distance_km": move["distance_km"],
            "beats_kept": move["beats_kept"],
            "beats_left": move["beats_left"],
        }
        for move in result["moves"]
    ]
