"""How fast calls are reached, minute by minute, and whether the simulation of today explains the record."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from jingwu.journal.language import is_english
from jingwu.planning.views.present import Tree, difference, has_two_steps, minutes, percent


def reached_plot(result: Tree) -> dict[str, Any]:
    """Return the share of calls reached by every minute: today, its crews with aid, plan, limit, record."""
    response, target = result["response"], result["scope"]["target_minutes"]
    shown = [(_("今日部署"), "today", response["today"])]
    if has_two_steps(result):
        shown.append((_("今日班次 + 跨室派警"), "other", response["today_with_aid"]))
    shown += [(_("推荐方案"), "plan", response["plan"]), (_("物理极限"), "limit", response["limit"])]
    most = len(response["plan"]["reached"]) - 1
    plan = {50: response["plan"]["median_minutes"], 90: response["plan"]["p90_minutes"]}

    def _is_beside_plan(share: int, value: float) -> bool:
        # two labels on one spot cannot be read: the plan's stands for both
        return plan[share] is not None and 0 < abs(value - plan[share]) < most / 10

    series = [
        {
            "name": name,
            "role": role,
            "points": [[minute, round(share * 100, 1)] for minute, share in enumerate(part["reached"])],
        }
        for name, role, part in shown
    ]
    marks = [
        {"x": value, "y": share, "label": f"{name} {value:.1f}", "level": level, "position": "right"}
        for level, part in (("know", response["plan"]), ("soon", response["today"]))
        for share, name, value in ((50, "P50", part["median_minutes"]), (90, "P90", part["p90_minutes"]))
        if value is not None and value < most and not _is_beside_plan(share, value)
    ]
    return {
        "kind": "lines",
        "x": {
            "name": _("来电后分钟"),
            "unit": _("分钟"),
            "min": 0,
            "max": len(response["plan"]["reached"]) - 1,
        },
        "y": {"name": _("已到场"), "suffix": "%", "min": 0, "max": 100},
        "series": series,
        "x_target": {"value": target, "label": _("目标 %(n)g 分钟") % {"n": target}, "level": "fine"},
        "marks": marks,
    }


def model_check(result: Tree) -> dict[str, Any] | None:
    """Return recorded beside simulated today with the verdict in words; None where nothing is recorded."""
    check = result["response"]["check"]
    if check is None:
        return None
    recorded, today = check["recorded"], check["today"]
    names = (
        (_("平均到场"), "mean_minutes", minutes, _("分钟")),
        (_("中位"), "median_minutes", minutes, _("分钟")),
        ("P90", "p90_minutes", minutes, _("分钟")),
        (_("%(n)g 分钟到场率") % {"n": result["scope"]["target_minutes"]}, "target_share", percent, "%"),
    )
    english = is_english()
    return {
        "level": "fine" if check["kept"] else "soon",
        "status": _("模型解释了实录") if check["kept"] else _("模型未完全解释实录"),
        "words": check["en" if english else "zh"],
        "rule": check["rule_en" if english else "rule_zh"],
        "calls": recorded["calls"],
        "rows": [
            {
                "label": label,
                "unit": unit,
                "was": shown(recorded[name]),
                "now": shown(today[name]),
                "difference": difference(recorded[name], today[name]),
                "level": "soon" if name in check["missed"] else "fine",
            }
            for label, name, shown, unit in names
        ],
        "sources": [source["en" if english else "zh"] for source in result["scope"]["sources"]],
    }
