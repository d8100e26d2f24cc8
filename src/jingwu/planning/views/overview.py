"""The district at a glance: what is short, where, when, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from jingwu.duty import queries as duty
from jingwu.journal.access import allowed, may, scope_paths
from jingwu.offices import queries as offices
from jingwu.planning import queries
from jingwu.planning.views import present
from jingwu.planning.views.pressing import pressing_rows

WINDOW_HOURS = 4
# crews short in the worst four hours of the day: where a map's colour changes
STEPS = (0.5, 1.0, 2.0)
TINTS = ("even", "short-1", "short-2", "short-3")
ATTENTION_SHOWN = 8


@dataclass(frozen=True)
class Gap:
    """How many crews an office is short in the worst stretch of its day, averaged over the week."""

    code: str
    name: str
    crews: float
    first_hour: int
    need: float
    have: float

    @property
    def tint(self) -> str:
        """Return the colour class of the gap."""
        return "spare" if self.crews < -STEPS[0] else TINTS[sum(self.crews > step for step in STEPS)]

    @property
    def hours(self) -> str:
        """Return the stretch as '19–23'."""
        return f"{self.first_hour:02d}–{(self.first_hour + WINDOW_HOURS - 1) % 24 + 1:02d}"


def gaps_of(result: Mapping[str, Any], supply: str) -> list[Gap]:
    """Return the offices' gaps under today's hours (``today_by_hour``) or the plan's, worst first."""
    found = []
    for office in result["offices"]:
        need = _by_hour_of_day(office["need_by_hour"])
        have = _by_hour_of_day(office[supply])
        best: tuple[float, int] | None = None
        for first in range(24):
            hours = [(first + step) % 24 for step in range(WINDOW_HOURS)]
            gap = sum(need[h] - have[h] for h in hours) / WINDOW_HOURS
            if best is None or gap > best[0]:
                best = (gap, first)
        assert best is not None
        hours = [(best[1] + step) % 24 for step in range(WINDOW_HOURS)]
        means = [sum(values[h] for h in hours) / WINDOW_HOURS for values in (need, have)]
        found.append(Gap(office["code"], office["name"], best[0], best[1], *means))
    return sorted(found, key=lambda gap: -gap.crews)


def _by_hour_of_day(week: Sequence[float]) -> list[float]:
    return [sum(week[hour::24]) / 7 for hour in range(24)]


@allowed("planning.view")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show the district: gaps on the map, the figures that carry it, what needs attention."""
    paths = scope_paths(request.user, "planning.view")
    reachable = offices.offices(paths)
    if len(reachable) == 1 and not may(request.user, "imports.view"):
        return redirect("office", reachable[0].code)
    plan = queries.current_plan(request.user)
    if plan is None or not plan.figures.get("feasible"):
        return render(request, "planning/overview/empty.html", {"plan": plan, "offices": reachable})
    result = queries.result(request.user, plan.id)
    show = "plan" if request.GET.get("show") == "plan" else "today"
    now = timezone.now()
    on_duty = duty.on_duty(now, org_path=plan.org_path)
    gaps = gaps_of(result, f"{show}_by_hour")
    facts = queries.fact_set(request.user, plan.fact_set_id)
    context = {
        "plan": plan,
        "show": show,
        "sentence": _sentence(gaps, show),
        "scope": _scope(result, plan, len(on_duty), now),
        "figures": _figures(result, facts.summary),
        "map": _map(plan, gaps, reachable, on_duty),
        "legend": _legend(),
        "attention": (pressing_rows(request.user, at=now) + _attention(result, gaps))[:ATTENTION_SHOWN],
        "gaps_week": present.gap_by_hour(result, f"{show}_by_hour"),
        "gap_steps": present.gap_steps(result),
        "by_hour": present.response_by_hour_plot(result),
        "recorded": _recorded_plot(facts.summary),
        "rows": _office_rows(result, gaps, facts.summary),
    }
    return render(request, "planning/overview/district.html", context)


def _sentence(gaps: Sequence[Gap], show: str) -> str:
    for step in reversed(STEPS):
        short = [gap for gap in gaps if gap.crews > step]
        if short:
            break
    else:
        return _("每个警务室每个时段的处警组都够用。")
    hours = Counter(gap.hours for gap in short).most_common(1)[0]
    where = _("都在 %(hours)s 时") if hours[1] == len(short) else _("多在 %(hours)s 时")
    words = {
        "n": len(short),
        "step": f"{step:g}",
        "rest": len(gaps) - len(short),
        "when": where % {"hours": hours[0]},
    }
    if show == "plan":
        return (
            ngettext(
                "按方案还有 %(n)s 个警务室缺口超过 %(step)s 组,%(when)s;其余 %(rest)s 个较好。",
                "按方案还有 %(n)s 个警务室缺口超过 %(step)s 组,%(when)s;其余 %(rest)s 个较好。",
                len(short),
            )
            % words
        )
    return (
        ngettext(
            "%(n)s 个警务室缺口超过 %(step)s 组,%(when)s;其余 %(rest)s 个较好。",
            "%(n)s 个警务室缺口超过 %(step)s 组,%(when)s;其余 %(rest)s 个较好。",
            len(short),
        )
        % words
    )


def _scope(result: Mapping[str, Any], plan: queries.PlanFacts, on_duty: int, now: datetime) -> list[str]:
    scope = result["scope"]
    return [
        _("%(n)d 个警务室") % {"n": scope["offices"]},
        _("%(n)d 个警格") % {"n": scope["beats"]},
        _("%(n)d 人,此刻在岗 %(now)d 人") % {"n": scope["people"], "now": on_duty},
        _("数据截至 %(day)s") % {"day": scope["period"][1]},
        _("依据%(plan)s") % {"plan": plan.name},
        _("规范 %(version)s") % {"version": scope["norms_version"].split("+")[0]},
    ]


def _figures(result: Mapping[str, Any], summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    months = [row for row in summary.get("months", []) if row["mean_minutes"] is not None]
    today, plan = result["response"]["today"], result["response"]["plan"]
    target = result["scope"]["target_minutes"]
    need = sum(post["need"] for post in result["posts"])
    filled = sum(min(post["filled"], post["need"]) for post in result["posts"])
    groups = [rule for rule in present.rule_lines(result) if rule.severity == "law"]
    figures = []
    if months:
        last = months[-1]
        share = last["share_within"]
        figures += [
            {
                "label": _("平均到场(实录)"),
                "value": f"{last['mean_minutes']:.1f}",
                "unit": _("分钟"),
                "level": "soon" if last["mean_minutes"] > target else "fine",
                "target": f"{target:g}",
                "n": last["arrived"],
                "trend": [row["mean_minutes"] for row in months],
            },
            {
                "label": _("%(n)g 分钟到场率(实录)") % {"n": target},
                "value": present.percent(share),
                "unit": "%",
                "level": "act" if share < result["scope"]["target_share"] else "fine",
                "target": present.percent(result["scope"]["target_share"]),
                "n": last["arrived"],
                "trend": [row["share_within"] for row in months],
            },
        ]
    figures += [
        {
            "label": _("按方案平均到场(仿真)"),
            "value": f"{plan['mean_minutes']:.1f}",
            "unit": _("分钟"),
            "level": "know",
            "interval": f"±{plan['intervals']['mean_minutes']:.2f}",
            "note": _("今日部署 %(n).1f") % {"n": today["mean_minutes"]},
        },
        {
            "label": _("岗位需要满足率"),
            "value": f"{filled / need * 100:.1f}" if need else "–",
            "unit": "%",
            "level": "know",
            "note": _("达标共需 %(need)d 岗,差 %(n)d 岗") % {"need": need, "n": need - filled},
        },
        {
            "label": _("法律规则"),
            "value": sum(not rule.missed for rule in groups),
            "unit": f"/ {len(groups)}",
            "level": "fine" if not any(rule.missed for rule in groups) else "act",
            "note": _("全部满足") if not any(rule.missed for rule in groups) else _("有违反"),
        },
    ]
    return figures


def _legend() -> tuple[tuple[str, str], ...]:
    low, middle, high = STEPS
    return (
        ("short-3", f">{high:g}"),
        ("short-2", f"{middle:g}–{high:g}"),
        ("short-1", f"{low:g}–{middle:g}"),
        ("even", _("平衡")),
        ("spare", _("富余")),
    )


def _map(
    plan: queries.PlanFacts,
    gaps: Sequence[Gap],
    known: Sequence[offices.OfficeFacts],
    on_duty: Sequence[duty.OnDuty],
) -> dict[str, Any]:
    by_code = {gap.code: gap for gap in gaps}
    present_now = Counter(row.office_code for row in on_duty)
    features = []
    for beat in offices.beats([plan.org_path]):
        gap = by_code.get(beat.office_code)
        if beat.polygon is None or gap is None:
            continue
        tip = [gap.name, _("%(hours)s 时缺 %(n).1f 组") % {"hours": gap.hours, "n": gap.crews}]
        if beat.population:
            tip.append(_("人口 %(n)d") % {"n": beat.population})
        facts = {
            "id": beat.code,
            "label": beat.name,
            "class": gap.tint,
            "tip": tip,
            "url": reverse("office", args=[gap.code]),
        }
        features.append({"type": "Feature", "properties": facts, "geometry": beat.polygon})
    return {
        **_background(plan.org_path),
        "beats": {"type": "FeatureCollection", "features": features},
        "offices": [
            {
                "id": office.code,
                "name": office.name,
                "short": present.short_name(office.name),
                "lon": office.lon,
                "lat": office.lat,
                "count": present_now.get(office.code, 0),
                "words": _("%(hours)s 时缺 %(n).1f 组")
                % {"hours": by_code[office.code].hours, "n": by_code[office.code].crews},
                "url": reverse("office", args=[office.code]),
            }
            for office in known
            if office.code in by_code and office.lon is not None
        ],
    }


def _background(path: str) -> dict[str, Any]:
    district = offices.district_of(path)
    background = offices.map_background(district.code) if district else None
    if background is None:
        return {}
    layers: dict[str, Any] = {}
    if background.outline:
        rings = [[line["points"]] for line in background.outline]
        layers["outline"] = {"type": "MultiPolygon", "coordinates": rings}
    if background.water:
        rings = [[line["points"]] for line in background.water]
        layers["river"] = {"type": "MultiPolygon", "coordinates": rings}
    if background.roads:
        lines = [line["points"] for line in background.roads]
        layers["roads"] = {"type": "MultiLineString", "coordinates": lines}
    return layers


def _attention(result: Mapping[str, Any], gaps: Sequence[Gap]) -> list[dict[str, str]]:
    """Return what needs somebody, gravest first: laws, the largest gaps, norms that need a reason."""
    names = present.office_names(result)
    rows = []
    for rule in result["rules"]:
        if rule["kept"] is False and rule["severity"] == "law":
            rows.append(_todo("act", names.get(rule["office"], ""), present.in_words(rule, "why"), "rules"))
    for gap in gaps:
        if gap.crews > STEPS[1]:
            why = _("%(hours)s 时需 %(need).1f 组,现有 %(have).1f 组") % {
                "hours": gap.hours,
                "need": gap.need,
                "have": gap.have,
            }
            level = "act" if gap.crews > STEPS[2] else "soon"
            rows.append(_todo(level, gap.name, why, "office", gap.code))
    seen = set()
    for rule in result["rules"]:
        if rule["kept"] is False and rule["severity"] == "norm" and rule["rule"] not in seen:
            seen.add(rule["rule"])
            place = names.get(rule["office"], "") or present.in_words(rule, "title")
            rows.append(_todo("soon", place, present.in_words(rule, "why"), "rules"))
    return rows


def _todo(level: str, what: str, why: str, kind: str, code: str = "") -> dict[str, str]:
    return {"level": level, "what": what or _("全分局"), "why": why, "kind": kind, "code": code}


def _recorded_plot(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    months = [row for row in summary.get("months", []) if row["mean_minutes"] is not None]
    if len(months) < 2:
        return None
    return {
        "kind": "lines",
        "x": {"name": _("月"), "categories": [row["month"][2:] for row in months]},
        "y": {"name": _("到场"), "min": 0, "unit": _("分钟")},
        "series": [
            {"name": _("平均"), "role": "today", "values": [row["mean_minutes"] for row in months]},
            {"name": "P90", "role": "other", "values": [row["p90_minutes"] for row in months]},
        ],
        "y_target": {"value": summary["target_minutes"], "label": _("目标"), "level": "fine"},
        "has_end_labels": True,
    }


def _office_rows(
    result: Mapping[str, Any], gaps: Sequence[Gap], summary: Mapping[str, Any]
) -> list[dict[str, Any]]:
    by_code = {office["code"]: office for office in result["offices"]}
    recorded = summary.get("offices", {})
    rows = []
    for gap in gaps:
        office = by_code[gap.code]
        rows.append(
            {
                "code": gap.code,
                "name": gap.name,
                "gap": round(gap.crews, 2),
                "hours": gap.hours,
                "heads": sum(office["heads_today"].values()),
                "recorded": (recorded.get(gap.code) or {}).get("mean_minutes"),
                "today_share": office["response_today"]["target_share"],
                "plan_share": office["response_plan"]["target_share"],
                "plan_minutes": office["response_plan"]["mean_minutes"],
            }
        )
    return rows
