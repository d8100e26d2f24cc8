"""From an answer to what the deployment page shows, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from jingwu.engines.staffing.facts import IntArray
from jingwu.planning.deployment import Scene, load_by_hour
from jingwu.planning.deployment.crews import strained_hours
from jingwu.planning.deployment_queries import Stand
from jingwu.planning.views import present

Tree = Mapping[str, Any]

TINTS = ("spare", "even", "short-1", "short-2", "short-3")
MINUTE_STEPS = (0.8, 1.0, 1.5, 2.0)
"""Mean minutes over the target's minutes, where the map's colour changes."""
SHARE_STEPS = (0.0, 0.1, 0.25, 0.4)
"""Share in time below the target's share, where the map's colour changes."""


def day_names() -> list[str]:
    """Return Monday to Sunday."""
    return [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]


def value(answer: Tree, name: str) -> tuple[float, float | None]:
    """Return a figure and its half-width: ``mean``, ``p50``, ``p90`` or a threshold such as ``5``."""
    figures = answer["figures"]
    pair = figures["within"][name] if name in figures["within"] else figures[name]
    return pair[0], pair[1]


def target_name(scene: Scene) -> str:
    """Return the target's minutes as the answers name their thresholds."""
    return f"{scene.target_minutes:g}"


def sentence(stand: Stand, answer: Tree, crews: IntArray) -> str:
    """Return the page's first line: what the deployment does to the response."""
    scene = stand.scene
    name = target_name(scene)
    mean, share = value(answer, "mean")[0], value(answer, name)[0]
    best = value(stand.limit, name)[0]
    if (crews == scene.crews_today).all():
        return _(
            "今日部署平均 %(mean).1f 分钟到场,%(target)s 分钟内到场 "
            "%(share).0f%%;这些警务室的物理极限是 %(best).0f%%。"
        ) % {"mean": mean, "target": name, "share": share * 100, "best": best * 100}
    hours = int(crews.sum() - scene.crews_today.sum())
    if hours == 0:
        cost = _("不增一组")
    elif hours > 0:
        cost = _("每周多 %(n)d 组时") % {"n": hours}
    else:
        cost = _("每周少 %(n)d 组时") % {"n": -hours}
    was_mean = value(stand.today, "mean")[0]
    was_share = value(stand.today, name)[0]
    return _(
        "%(cost)s:%(target)s 分钟到场率 %(was).0f%% → %(now).0f%%,平均到场 %(was_mean).1f → %(mean).1f 分钟。"
    ) % {
        "cost": cost,
        "target": name,
        "was": was_share * 100,
        "now": share * 100,
        "was_mean": was_mean,
        "mean": mean,
    }


def comparison(stand: Stand, answer: Tree, crews: IntArray) -> list[dict[str, Any]]:
    """Return the rows 'today, scenario, physical limit'."""
    scene = stand.scene
    rows = [
        _row(_("平均到场"), _("分钟"), "mean", stand, answer, 1.0, 1),
        _row(_("中位数 P50"), _("分钟"), "p50", stand, answer, 1.0, 1),
        _row("P90", _("分钟"), "p90", stand, answer, 1.0, 1),
    ]
    for name in dict.fromkeys((target_name(scene), *stand.today["figures"]["within"])):
        rows.append(_row(_("%(n)s 分钟到场率") % {"n": name}, "%", name, stand, answer, 100.0, 0))
    waited = [stand.today["waited_share"] * 100, answer["waited_share"] * 100]
    rows.append(
        {"label": _("要等空闲警组的警情"), "unit": "%",
         "was": f"{waited[0]:.1f}", "now": f"{waited[1]:.1f}", "limit": "0"}
    )  # fmt: skip
    totals = [int(scene.crews_today.sum()), int(crews.sum())]
    rows.append({"label": _("每周组时"), "unit": "", "was": totals[0], "now": totals[1], "limit": None})
    return rows


def _row(
    label: str, unit: str, name: str, stand: Stand, answer: Tree, scale: float, digits: int
) -> dict[str, Any]:
    was, now = value(stand.today, name)[0] * scale, value(answer, name)[0] * scale
    half = value(answer, name)[1]
    better = now < was if unit != "%" else now > was
    difference = now - was
    shown = round(abs(difference), digits) > 0
    return {
        "label": label,
        "unit": unit,
        "was": f"{was:.{digits}f}",
        "now": f"{now:.{digits}f}",
        "interval": f"±{half * scale:.1f}" if half else "",
        "difference": f"{'+' if difference > 0 else '−'}{abs(difference):.{digits}f}" if shown else "",
        "level": "fine" if better else "act",
        "limit": f"{value(stand.limit, name)[0] * scale:.{digits}f}",
    }


def strain(scene: Scene, crews: IntArray) -> str:
    """Return in words the hours that have more work than crews, the worst named; empty for none."""
    hours = strained_hours(scene, crews)
    if not hours:
        return ""
    hour, load, on_duty = max(hours, key=lambda row: row[1] - row[2])
    return _(
        "有 %(n)d 个小时的工作量超过在岗警组,排队会越积越长,最紧 "
        "%(day)s %(hour)02d 时:需要 %(load).1f 组,在岗 %(crews)d 组。"
    ) % {
        "n": len(hours),
        "day": day_names()[hour // 24],
        "hour": hour % 24,
        "load": load,
        "crews": on_duty,
    }


def hours_plot(scene: Scene, crews: IntArray) -> dict[str, Any]:
    """Return the district's crews over the week: today, scenario, and the work there is."""
    days = day_names()
    names = [f"{days[hour // 24]} {hour % 24:02d}:00" for hour in range(168)]
    load = [round(float(n), 2) for n in load_by_hour(scene)]
    series = [
        {"name": _("情景"), "role": "supply", "values": crews.sum(axis=0).tolist()},
        {"name": _("今日"), "role": "today", "values": scene.crews_today.sum(axis=0).tolist()},
        {"name": _("工作量"), "role": "need", "values": load},
    ]
    return {
        "kind": "steps",
        "x": {"name": _("时刻"), "categories": names, "names": days, "every": 24, "offset": 12},
        "y": {"name": _("组数"), "min": 0, "unit": _("警组")},
        "series": series,
    }


def by_hour_plot(stand: Stand, answer: Tree) -> dict[str, Any]:
    """Return the mean minutes by hour of the day: today, scenario, limit."""
    fixed = value(stand.limit, "mean")[0] - _weighted(stand.limit["by_hour"])
    series = [
        {"name": _("今日"), "role": "today", "values": _by_clock(stand.today["by_hour"])},
        {"name": _("情景"), "role": "plan", "values": _by_clock(answer["by_hour"])},
        {
            "name": _("物理极限"),
            "role": "limit",
            "values": [None if v is None else round(v + fixed, 2) for v in _by_clock(stand.limit["by_hour"])],
        },
    ]
    target = stand.scene.target_minutes
    return {
        "kind": "lines",
        "x": {"name": _("时"), "categories": [str(hour) for hour in range(24)]},
        "y": {"name": _("平均到场"), "min": 0, "unit": _("分钟")},
        "series": series,
        "y_target": {"value": target, "label": _("目标 %(n)g 分钟") % {"n": target}, "level": "fine"},
        "has_end_labels": True,
    }


def week_heat(answer: Tree, target: float) -> dict[str, Any]:
    """Return the share in time by day and hour."""
    rows = [
        [
            None if row[1] is None else round(row[1] * 100, 1)
            for row in answer["by_hour"][day * 24 : day * 24 + 24]
        ]
        for day in range(7)
    ]
    return {
        "kind": "heat",
        "x": {"name": _("时"), "categories": [str(hour) for hour in range(24)]},
        "y": {"name": _("星期"), "categories": day_names()},
        "values": rows,
        "unit": "%",
        "min": 0,
        "max": 100,
        "scale": "plain",
        "ends": [_("高"), _("低")],
    }


def _weighted(rows: Sequence[Sequence[float | None]]) -> float:
    total = sum((row[0] or 0.0) * (row[2] or 0.0) for row in rows)
    return total / max(1e-9, sum(row[2] or 0.0 for row in rows))


def _by_clock(rows: Sequence[Sequence[float | None]]) -> list[float | None]:
    totals, weights = [0.0] * 24, [0.0] * 24
    for hour, (mean, _share, calls) in enumerate(rows):
        if mean is not None and calls:
            totals[hour % 24] += mean * calls
            weights[hour % 24] += calls
    return [round(t / w, 2) if w else None for t, w in zip(totals, weights, strict=True)]


def steps_of(scene: Scene) -> dict[str, Any]:
    """Return where the map's colours change, for the legend and for the script alike."""
    minutes = [round(scene.target_minutes * step, 2) for step in MINUTE_STEPS]
    shares = [round(scene.target_share - step, 3) for step in SHARE_STEPS]
    return {"minutes": minutes, "shares": shares, "tints": list(TINTS)}


def legends(scene: Scene) -> dict[str, list[tuple[str, str]]]:
    """Return the legend of either measure."""
    steps = steps_of(scene)
    m, s = [f"{x:g}" for x in steps["minutes"]], [f"{x * 100:.0f}" for x in steps["shares"]]
    minutes = [f"≤{m[0]}", f"{m[0]}–{m[1]}", f"{m[1]}–{m[2]}", f"{m[2]}–{m[3]}", f">{m[3]}"]
    shares = [f"≥{s[0]}", f"{s[1]}–{s[0]}", f"{s[2]}–{s[1]}", f"{s[3]}–{s[2]}", f"<{s[3]}"]
    return {
        "minutes": list(zip(TINTS, minutes, strict=True)),
        # five tints, four steps: the best class is reaching the target
        "share": list(zip(TINTS, shares, strict=True)),
    }


def map_data(scene: Scene, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the map's geometry: beats, borders between offices, offices, background."""
    ground = scene.ground
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": code,
                "label": scene.area_names[place],
                "office": names[ground.codes[owner]],
            },
            "geometry": scene.shapes.get(code) or square_around(scene, place),
        }
        for place, (code, owner) in enumerate(zip(ground.areas, ground.area_office.tolist(), strict=True))
    ]
    return {
        **scene.background,
        "beats": {"type": "FeatureCollection", "features": features},
        "offices": [
            {
                "id": office.code,
                "name": name,
                "short": present.short_name(name),
                "lon": office.lon,
                "lat": office.lat,
            }
            for office, name in zip(ground.offices, ground.office_names, strict=True)
        ],
    }


def square_around(scene: Scene, place: int) -> dict[str, Any]:
    """Return a small square for an area whose boundary nobody knows."""
    lon, lat = float(scene.ground.area_lon[place]), float(scene.ground.area_lat[place])
    half = 0.0025
    ring = [
        (lon - half, lat - half),
        (lon + half, lat - half),
        (lon + half, lat + half),
        (lon - half, lat + half),
    ]
    return {"type": "Polygon", "coordinates": [[list(p) for p in (*ring, ring[0])]]}


def check_rows(checks: Sequence[Tree]) -> list[dict[str, Any]]:
    """Return the confirmation as table rows: simulated, quick, approximated, and whether they agree."""
    labels = {"mean": _("平均到场"), "p50": _("中位数 P50"), "p90": "P90"}
    rows = []
    for check in checks:
        name = check["name"]
        scale, unit, digits = (1.0, _("分钟"), 2) if name in labels else (100.0, "%", 1)
        rows.append(
            {
                "label": labels.get(name) or _("%(n)s 分钟到场率") % {"n": name},
                "unit": unit,
                "value": f"{check['value'] * scale:.{digits}f}",
                "half": f"±{(check['half_width'] or 0.0) * scale:.{digits}f}",
                "quick": f"{check['quick'] * scale:.{digits}f}",
                "quick_half": f"±{(check['quick_half_width'] or 0.0) * scale:.{digits}f}",
                "quick_agrees": check["quick_agrees"],
                "approximation": f"{check['approximation'] * scale:.{digits}f}",
                "approximation_within": check["approximation_within"],
            }
        )
    return rows
