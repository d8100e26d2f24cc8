"""Hot places and hours: where and when calls gather, and whether by chance. Places only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jingwu.journal.access import allowed, require
from jingwu.offices.local_norms import norms_for
from jingwu.planning import actions, deployment_queries
from jingwu.planning.deployment.hot import HotParams
from jingwu.planning.views import deployment_present as show
from jingwu.planning.views.deployment_frame import (
    Here,
    back_to,
    csv_file,
    csv_url,
    here,
    job_of,
    page_params,
    tabs,
)
from jingwu.terms.numbers import whole_number

TINTS = ("short-3", "short-2", "short-1", "know")
EDGES = (250, 500, 1000)
CERTAIN = 0.05


def categories() -> list[tuple[str, str]]:
    """Return the kinds of calls a page can be about."""
    return [
        ("all", _("全部警情")),
        ("dispute", _("纠纷")),
        ("public_order", _("治安")),
        ("crime", _("刑事")),
        ("traffic", _("交通")),
        ("fraud", _("诈骗")),
        ("help", _("求助")),
    ]


@allowed("planning.view")
@require_http_methods(["GET", "POST"])
def hot_places(request: HttpRequest) -> HttpResponse:
    """Show the hot places of the chosen calls, or have them computed."""
    page = here(request, fact_set_id=whole_number(request.POST.get("facts", "")))
    if isinstance(page, HttpResponse):
        return page
    sent = request.POST if request.method == "POST" else request.GET
    edge = sent.get("cell", "")
    params = HotParams(
        sent.get("category", "all"), int(edge) if edge.isdecimal() and len(edge) < 6 else EDGES[0]
    )
    question = {"category": params.category, "cell_metres": params.cell_metres}
    if request.method == "POST":
        require(request.user, "planning.deploy", org=page.facts.org_path)
        actions.request_study(
            page.facts.id, kind="hot_places", params=question, by=request.user, at=timezone.now()
        )
        return back_to("planning:hot_places", page, category=params.category, cell=params.cell_metres)
    found = deployment_queries.find_study(request.user, page.facts.id, "hot_places", question)
    # a study is kept under the version of the norms: one that is found was computed with this figure
    norms = norms_for(page.facts.org_path, timezone.localdate())
    fewest_told = norms.appraisal.scoring.public_suppression_below
    context: dict[str, Any] = {
        "page": page,
        "tabs": tabs(request, **page_params(page)),
        "categories": categories(),
        "edges": EDGES,
        "params": params,
        "scope": [
            page.facts.name,
            _("只有地点和时间,不涉及任何人"),
            _("少于 %(n)d 起的不显示数字") % {"n": fewest_told},
        ],
    }
    if found is None or found.state != "done":
        context["sentence"] = _("警情聚在哪里、什么时候,是不是偶然,预测得准不准。")
        context["job"] = None if found is None else job_of(found, request.get_full_path())
        return render(request, "planning/deployment/hot_places.html", context)
    result = deployment_queries.study_result(found)
    if request.GET.get("csv"):
        return _csv(result)
    context |= {**_found(page, result), "csv_url": csv_url(request)}
    context["scope"] = [
        *context["scope"],
        _("%(n)d 起警情") % {"n": result["calls"]},
        _("%(first)s 至 %(last)s") % {"first": result["period"][0], "last": result["period"][1]},
        _("用时 %(n).0f 秒") % {"n": found.seconds or 0},
    ]
    return render(request, "planning/deployment/hot_places.html", context)


def _csv(result: Mapping[str, Any]) -> HttpResponse:
    """Return the hot cells as a file; small numbers are not told here either."""
    rows = (
        (
            cell["rank"],
            cell["place"],
            f"< {result['fewest_told']}" if cell["count"] is None else cell["count"],
            round(cell["z"], 2),
            _("是") if cell["significant"] else _("否"),
        )
        for cell in result["cells"]
    )
    return csv_file("hot-places", (_("名次"), _("所在警格"), _("起/年"), "Gi*", _("显著偏高")), rows)


def _found(page: Here, result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "result": result,
        "sentence": _sentence(result),
        "map": _map(page, result),
        "legend": [
            (tint, _("面积前 %(n)g%%") % {"n": share * 100})
            for tint, share in zip(TINTS, result["shares"], strict=False)
        ]
        + [("know", _("其余显著偏高"))],
        "week": _week(result),
        "windows": [_window(window) for window in result["windows"]],
        "repeats": _repeats(result["repeats"]),
        "score": _score(result["score"]),
        "places": [
            {
                "place": cell["place"],
                "rank": cell["rank"],
                "count": cell["count"],
                "z": cell["z"],
                "significant": cell["significant"],
            }
            for cell in result["cells"]
        ],
    }


def _sentence(result: Mapping[str, Any]) -> str:
    share = result["top_share_of_calls"][-1]
    return _("%(area)g%% 的面积集中了 %(calls).0f%% 的警情;最集中的时段是%(when)s。") % {
        "area": result["shares"][-1] * 100,
        "calls": share * 100,
        "when": _stretch(result["windows"][0]),
    }


def _stretch(window: Mapping[str, Any]) -> str:
    days = show.day_names()
    first, after = window["first"], (window["first"] + window["hours"]) % 168
    start = f"{days[first // 24]} {first % 24:02d}"
    if first // 24 == ((after - 1) % 168) // 24:
        return _("%(start)s–%(end)02d 时") % {"start": start, "end": (after - 1) % 24 + 1}
    return _("%(start)s 时至%(day)s %(end)02d 时") % {
        "start": start,
        "day": days[after // 24],
        "end": after % 24,
    }


def _window(window: Mapping[str, Any]) -> str:
    words = (
        _("%(when)s警情最集中:%(n)d 起,为平均水平的 %(ratio).2f 倍")
        if window["kind"] == "peak"
        else _("除去每天、每时的常态,%(when)s最突出:%(n)d 起,为常态的 %(ratio).2f 倍")
    )
    told = words % {"when": _stretch(window), "n": window["observed"], "ratio": window["ratio"]}
    return told + _chance(window["p_value"])


def _chance(p_value: float) -> str:
    if p_value <= CERTAIN:
        return _("(p = %(p).3f,不像偶然)。") % {"p": p_value}
    return _("(p = %(p).3f,可能只是偶然)。") % {"p": p_value}


def _repeats(found: Mapping[str, Any]) -> dict[str, Any]:
    ratio, p_value = found["ratio"][0][0], found["p_value"][0][0]
    metres, days = found["metres"], found["days"]
    if ratio is None:
        words = _("相距很近的警情太少,看不出近重复。")
    elif p_value <= CERTAIN and ratio > 1:
        words = _(
            "一起警情之后 %(days)g 天内、%(metres)g 米内,再发的可能比偶然高 %(more).0f%%(p = %(p).2f)。"
        ) % {"days": days[0], "metres": metres[0], "more": (ratio - 1) * 100, "p": p_value}
    else:
        words = _(
            "没有看到近重复:%(metres)g 米、%(days)g 天内的警情对与偶然相当(%(ratio).2f 倍,p = %(p).2f)。"
        ) % {
            "days": days[0],
            "metres": metres[0],
            "ratio": ratio,
            "p": p_value,
        }
    edges = [0, *(f"{d:g}" for d in days)]
    rows = []
    for place, upper in enumerate(metres):
        lower = metres[place - 1] if place else 0
        cells = [
            {
                "ratio": found["ratio"][place][column],
                "is_certain": found["p_value"][place][column] <= CERTAIN
                and (found["ratio"][place][column] or 0) > 1,
                "p": found["p_value"][place][column],
            }
            for column in range(len(days))
        ]
        rows.append({"label": f"{lower:g}–{upper:g} m", "cells": cells})
    return {
        "words": words,
        "columns": [_("%(a)s–%(b)s 天") % {"a": edges[i], "b": edges[i + 1]} for i in range(len(days))],
        "rows": rows,
        "note": _("最近 %(n)d 起,时间打乱 %(times)d 次作比较;粗体为 p ≤ 0.05。")
        % {"n": found["events"], "times": found["permutations"]},
    }


def _week(result: Mapping[str, Any]) -> dict[str, Any]:
    week = result["week"]
    return {
        "kind": "heat",
        "x": {"name": _("时"), "categories": [str(hour) for hour in range(24)]},
        "y": {"name": _("星期"), "categories": show.day_names()},
        "values": [week[day * 24 : day * 24 + 24] for day in range(7)],
        "unit": _("起"),
        "min": 0,
        "max": max((n for n in week if n), default=1),
        "scale": "plain",
        "ends": [_("多"), _("少")],
    }


def _score(score: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if score is None:
        return None
    is_year = score["weeks_before"] >= 52
    names = {
        "last_year": _("与去年同样的格子")
        if is_year
        else _("与前 %(n)d 周同样的格子") % {"n": score["weeks_before"]},
        "density": _("核密度"),
        "getis_ord": _("局部聚集 Gi*"),
        "blend": _("自身历史 + 邻近密度"),
    }
    rows = [
        {
            **method,
            "label": names[method["name"]],
            "advantage_words": f"{method['advantage']:+.1f}".replace("-", "−"),
        }
        for method in score["methods"]
    ]
    first, others = rows[0], rows[1:]
    better = [row for row in others if row["advantage"] > row["half_width"] > 0]
    if better:
        best = max(better, key=lambda row: row["advantage"])
        words = _("比%(yardstick)s每周多抓住 %(n).1f ± %(half).1f 起的是“%(label)s”,差别真实但不大。") % {
            "yardstick": first["label"],
            "n": best["advantage"],
            "half": best["half_width"],
            "label": best["label"],
        }
    else:
        words = _("没有一种算法胜过“%(yardstick)s”:用来看清格局,不必拿来代替经验安排巡逻。") % {
            "yardstick": first["label"]
        }
    return {
        "rows": rows,
        "words": words,
        "note": _(
            "留出最后 %(weeks)d 周逐周打分,标出面积的 %(share)g%%;PAI "
            "= 抓住的份额 ÷ 面积份额,PEI = 抓住的 ÷ 最多可能抓住的。"
        )
        % {"weeks": score["weeks"], "share": score["area_share"] * 100},
    }


def _map(page: Here, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return hot cells over the beats' borders."""
    scene = page.stand.scene
    features = []
    for cell in reversed(result["cells"]):  # the hottest are drawn last, on top
        west, south, east, north = cell["box"]
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        count = (
            _("少于 %(n)d 起") % {"n": result["fewest_told"]}
            if cell["count"] is None
            else _("%(n)d 起") % {"n": cell["count"]}
        )
        tip = [
            _("近一年 %(count)s,密度第 %(rank)d") % {"count": count, "rank": cell["rank"]},
            f"Gi* {cell['z']:.1f}",
        ]
        if cell["significant"]:
            tip.append(_("显著偏高"))
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "id": cell["id"],
                    "label": cell["place"],
                    "class": TINTS[min(cell["class"], 3)],
                    "tip": tip,
                },
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    lines = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {
                "type": "MultiLineString",
                "coordinates": [ring for part in geometry["coordinates"] for ring in part],
            },
        }
        for geometry in scene.shapes.values()
    ]
    return {
        **scene.background,
        "beats": {"type": "FeatureCollection", "features": features},
        "areas": {"type": "FeatureCollection", "features": lines},
        "offices": [
            {
                "id": office.code,
                "name": name,
                "short": page.names()[office.code],
                "lon": office.lon,
                "lat": office.lat,
            }
            for office, name in zip(scene.ground.offices, scene.ground.office_names, strict=True)
        ],
    }
