"""Beats: which office answers for which beat, today and better balanced, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jingwu.journal.access import allowed, require
from jingwu.journal.language import is_english
from jingwu.planning import actions, deployment_queries
from jingwu.planning.deployment.beats import BeatParams
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
from jingwu.terms.refusal import BadInput

LOAD_STEPS = (-0.25, 0.1, 0.35, 0.7)
"""Workload of an office over the mean, where the map's colour changes."""


@allowed("planning.view")
@require_http_methods(["GET", "POST"])
def beats(request: HttpRequest) -> HttpResponse:
    """Show the last design asked for, or ask for one."""
    page = here(request, fact_set_id=whole_number(request.POST.get("facts", "")))
    if isinstance(page, HttpResponse):
        return page
    tolerance = _number(request, "tolerance", 20.0)
    keep = _number(request, "keep", 0.5)
    params = BeatParams(tolerance / 100, keep, page.offices)
    question = {"tolerance_share": params.tolerance_share, "keep_minutes": keep, **page.study_params}
    if request.method == "POST":
        require(request.user, "planning.deploy", org=page.facts.org_path)
        actions.request_study(
            page.facts.id, kind="beats", params=question, by=request.user, at=timezone.now()
        )
        return back_to("planning:beats", page, tolerance=f"{tolerance:g}", keep=f"{keep:g}")
    found = deployment_queries.find_study(request.user, page.facts.id, "beats", question)
    context: dict[str, Any] = {
        "page": page,
        "tabs": tabs(request, **page_params(page)),
        "tolerance": f"{tolerance:g}",
        "keep": f"{keep:g}",
        "scope": [page.facts.name, _("警格是最小单位,警务室位置不变")],
    }
    if found is None or found.state != "done":
        context["sentence"] = _("把警格重新分给警务室:工作量更均衡,连成一片,改动尽量少。")
        context["job"] = None if found is None else job_of(found, request.get_full_path())
        return render(request, "planning/deployment/beats.html", context)
    result = deployment_queries.study_result(found)
    if request.GET.get("csv"):
        return _csv(page, result)
    context |= {**_designed(page, result), "csv_url": csv_url(request)}
    context["scope"] = [
        *context["scope"],
        _("容差 %(n).0f%%") % {"n": result["tolerance_share"] * 100},
        _("改动一份工作量须省 %(n)g 分钟路程") % {"n": result["keep_minutes"]},
        _("用时 %(n).0f 秒") % {"n": found.seconds or 0},
    ]
    return render(request, "planning/deployment/beats.html", context)


def _csv(page: Here, result: Mapping[str, Any]) -> HttpResponse:
    """Return the moved beats as a file."""
    names = page.names()
    header = (
        _("警格"),
        _("原属"),
        _("改归"),
        _("每周小时"),
        _("今日路程(分钟)"),
        _("新路程(分钟)"),
        _("为什么"),
    )
    rows = (
        (row["name"], row["from"], row["to"], row["hours"], row["way_today"], row["way_drawn"], row["why"])
        for row in (_moved(moved, names) for moved in result["moved"])
    )
    return csv_file("moved-beats", header, rows)


def _number(request: HttpRequest, name: str, usual: float) -> float:
    text = request.POST.get(name, "") or request.GET.get(name, "")
    try:
        value = float(text) if text else usual
    except ValueError:
        value = float("nan")
    if not -1e6 < value < 1e6:
        raise BadInput("beats.params", "请填数字。", "A number is wanted.", fields={name: text[:20]})
    return value


def _designed(page: Here, result: Mapping[str, Any]) -> dict[str, Any]:
    today, drawn = result["today"], result["drawn"]
    names = page.names()
    busiest = [max(office["hours"] for office in side["offices"]) for side in (today, drawn)]
    target = show.target_name(page.stand.scene)
    if not result["moved"]:
        sentence = _("按这些条件,今日的划分已经最好,没有警格需要改换警务室。")
    else:
        sentence = _(
            "改换 %(n)d 个警格,最忙警务室每周工作量 %(was).0f → "
            "%(now).0f 小时;平均到场 %(m1).1f → %(m2).1f 分钟%(same)s。"
        ) % {
            "n": len(result["moved"]),
            "was": busiest[0],
            "now": busiest[1],
            "m1": today["mean_minutes"][0],
            "m2": drawn["mean_minutes"][0],
            "same": _("(差别在误差之内)") if _is_same(today["mean_minutes"], drawn["mean_minutes"]) else "",
        }
    notes = []
    if result["tolerance_share"] > result["tolerance_asked"]:
        notes.append(
            _(
                "%(name)s一个警格每周就有 %(hours).0f 小时,容差因此从 "
                "%(asked).0f%% 放宽到 %(share).0f%%;要更均衡,先拆分这个警格。"
            )
            % {
                **result["heaviest"],
                "asked": result["tolerance_asked"] * 100,
                "share": result["tolerance_share"] * 100,
            }
        )
    if not drawn["balanced"]:
        notes.append(_("没有找到完全落在容差之内的划分;这是找到的最好一个。"))
    if result["bridges"]:
        pairs = "、".join(f"{a}–{b}" for a, b in result["bridges"])
        notes.append(_("地图不相连,按最近的警格接上:%(pairs)s。") % {"pairs": pairs})
    notes.append(_("只改换归属,不动警组:要缩短到场时间,还需把警组调到忙的地方(见“部署”)。"))
    return {
        "sentence": sentence,
        "result": result,
        "comparison": _comparison(today, drawn, busiest, target),
        "maps": [
            _map(page, today, result["office_of_area_today"], None, names),
            _map(page, drawn, result["office_of_area"], {row["area"] for row in result["moved"]}, names),
        ],
        "legend": _legend(),
        "moved": [_moved(row, names) for row in result["moved"]],
        "loads": _loads(result, names),
        "notes": notes,
    }


def _is_same(was: list[float], now: list[float]) -> bool:
    return abs(was[0] - now[0]) <= max(was[1] or 0.0, now[1] or 0.0)


def _comparison(
    today: Mapping[str, Any], drawn: Mapping[str, Any], busiest: list[float], target: str
) -> list[dict[str, Any]]:
    def row(
        label: str, unit: str, was: float, now: float, digits: int, half: float | None = None
    ) -> dict[str, Any]:
        return {
            "label": label,
            "unit": unit,
            "was": f"{was:.{digits}f}",
            "now": f"{now:.{digits}f}",
            "interval": f"±{half:.1f}" if half else "",
        }

    pieces = [sum(office["pieces"] > 1 for office in side["offices"]) for side in (today, drawn)]
    least = [min(office["hours"] for office in side["offices"]) for side in (today, drawn)]
    rows = [
        row(_("最忙警务室"), _("小时/周"), *busiest, 0),
        row(_("最闲警务室"), _("小时/周"), *least, 0),
        row(_("偏离平均最多"), "%", today["balance_share"] * 100, drawn["balance_share"] * 100, 0),
        row(_("平均路程"), _("分钟"), today["way_minutes"], drawn["way_minutes"], 2),
        row(_("不连片的警务室"), "", *pieces, 0),
        row(
            _("平均到场(仿真)"), _("分钟"), today["mean_minutes"][0], drawn["mean_minutes"][0], 1,
            drawn["mean_minutes"][1],
        ),
        row(
            _("%(n)s 分钟到场率") % {"n": target}, "%", today["share"][0] * 100, drawn["share"][0] * 100, 0,
            (drawn["share"][1] or 0) * 100,
        ),
    ]  # fmt: skip
    if today["score_minutes"] is not None:
        rows.append(
            row(_("典型时段到场(超立方体近似)"), _("分钟"), today["score_minutes"], drawn["score_minutes"], 2)
        )
    return rows


def _tint(share: float) -> str:
    return show.TINTS[sum(share > step for step in LOAD_STEPS)]


def _legend() -> list[tuple[str, str]]:
    low, even, more, much = (f"{step * 100:+.0f}%" for step in LOAD_STEPS)
    words = (f"<{low}", f"{low}…{even}", f"{even}…{more}", f"{more}…{much}", f">{much}")
    return list(zip(show.TINTS, words, strict=True))


def _map(
    page: Here, side: Mapping[str, Any], owners: list[int], moved: set[str] | None, names: Mapping[str, str]
) -> dict[str, Any]:
    """Return the map of one side, beats coloured by their office's work, moved beats named in the tip."""
    scene = page.stand.scene
    codes = scene.codes
    mean = side["mean_hours"]
    shares = [office["hours"] / mean - 1 for office in side["offices"]]
    features = []
    for place, code in enumerate(scene.ground.areas):
        owner = owners[place]
        tip = [
            names[codes[owner]],
            _("警务室工作量 %(n).0f 小时/周(%(share)+.0f%%)")
            % {"n": side["offices"][owner]["hours"], "share": shares[owner] * 100},
        ]
        if moved and code in moved:
            tip.append(_("改换归属"))
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "id": code,
                    "label": scene.area_names[place],
                    "class": _tint(shares[owner]),
                    "tip": tip,
                    "office": codes[owner],
                },
                "geometry": scene.shapes.get(code) or show.square_around(scene, place),
            }
        )
    return {
        **scene.background,
        "beats": {"type": "FeatureCollection", "features": features},
        "areas": borders(features),
        "offices": [
            {
                "id": office.code,
                "name": name,
                "short": names[office.code],
                "lon": office.lon,
                "lat": office.lat,
                "count": round(told["hours"]),
                "words": _("%(n).0f 小时/周,%(beats)d 个警格") % {"n": told["hours"], "beats": told["beats"]},
                "class": "act" if shares[place] > LOAD_STEPS[-1] else "",
            }
            for place, (office, name, told) in enumerate(
                zip(scene.ground.offices, scene.ground.office_names, side["offices"], strict=True)
            )
        ],
    }


def borders(features: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the lines between beats of different offices: edges that two offices share."""
    edges: dict[tuple[Any, ...], tuple[list[Any], set[str]]] = {}
    for feature in features:
        geometry = feature["geometry"]
        rings = geometry["coordinates"] if geometry["type"] == "Polygon" else [
            ring for part in geometry["coordinates"] for ring in part
        ]  # fmt: skip
        for ring in rings:
            for one, other in pairwise(ring):
                ends = sorted((tuple(round(v, 5) for v in one), tuple(round(v, 5) for v in other)))
                edge = edges.setdefault(tuple(ends), ([list(one), list(other)], set()))
                edge[1].add(feature["properties"]["office"])
    lines = [line for line, offices in edges.values() if len(offices) > 1]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "MultiLineString", "coordinates": lines},
            }
        ],
    }


def _moved(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a moved beat as a table row, with what speaks for the change."""
    reasons = []
    if row["from_load_share"] - row["to_load_share"] > 0.1:
        reasons.append(
            _("%(from)s的工作量%(over)s,%(to)s%(under)s")
            % {
                "from": names[row["from"]],
                "over": _against_mean(row["from_load_share"]),
                "to": names[row["to"]],
                "under": _against_mean(row["to_load_share"]),
            }
        )
    saved = row["way_today"] - row["way_drawn"]
    if saved > 0.05:
        reasons.append(_("路近 %(n).1f 分钟") % {"n": saved})
    elif saved < -0.05:
        reasons.append(_("代价:路远 %(n).1f 分钟") % {"n": -saved})
    if not reasons:
        reasons.append(_("让相邻警格连成一片或腾出余地"))
    return {
        **row,
        "from": names[row["from"]],
        "to": names[row["to"]],
        "why": ("; " if is_english() else ";").join(reasons),
    }


def _against_mean(share: float) -> str:
    if share >= 0:
        return _("高于平均 %(n).0f%%") % {"n": share * 100}
    return _("低于平均 %(n).0f%%") % {"n": -share * 100}


def _loads(result: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the work of every office before and after, the busiest of today first."""
    rows = sorted(
        zip(result["today"]["offices"], result["drawn"]["offices"], strict=True),
        key=lambda pair: -pair[0]["hours"],
    )
    labels = [names[today["code"]] for today, _drawn in rows]
    return {
        "kind": "lines",
        "x": {"name": _("警务室"), "categories": labels},
        "y": {"name": _("每周小时"), "min": 0, "unit": _("小时")},
        "series": [
            {"name": _("今日"), "role": "today", "values": [round(today["hours"], 1) for today, _d in rows]},
            {"name": _("新划分"), "role": "plan", "values": [round(drawn["hours"], 1) for _t, drawn in rows]},
        ],
        "y_target": {
            "value": result["today"]["mean_hours"],
            "label": _("平均 %(n).0f") % {"n": result["today"]["mean_hours"]},
            "level": "fine",
        },
    }
