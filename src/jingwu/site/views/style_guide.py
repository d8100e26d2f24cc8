"""The style guide at /_look/: every part with sample data, for builders and for screenshots."""

from __future__ import annotations

import math

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from jingwu.site.views.style_samples import (
    SampleForm,
    sample_job,
    sample_map,
    sample_plots,
    sample_refusals,
)

FACES = ("field", "public")
ERRORS = ("400", "403", "404", "csrf", "500", "503")


def _moves() -> list[dict[str, object]]:
    people = (_("辅警"), _("民警"), _("网格员"), _("心理咨询师"))
    return [
        {
            "person": f"{people[place % 4]} {417 - place * 3:04d}",
            "from_office": _("%(number)s 室") % {"number": 1 + place % 24},
            "to_office": _("%(number)s 室") % {"number": 1 + (place * 7 + 5) % 24},
            "why": _("夜间缺口 %(was)s → %(now)s") % {"was": 3.4, "now": 1.2},
            "distance_km": round(2.1 + place * 0.37 % 6, 1),
        }
        for place in range(61)
    ]


def desk(request: HttpRequest) -> HttpResponse:
    """Show every part of the desk."""
    request.rail_counts = {"duty:today": 3, "incidents:board": 5}  # type: ignore[attr-defined]
    form = SampleForm({"target_minutes": "0", "reason": _("太短"), "scope": "district"})
    rule, rows = sample_refusals()
    gaps = [
        round(2.6 * math.exp(-(((hour % 24) - 20.5) ** 2) / 9) - 0.6 + 0.5 * (hour // 24 > 4), 2)
        for hour in range(168)
    ]
    context = {
        "trend": [18.2, 17.1, 15.9, 14.0, 12.2, 9.8, 7.8],
        "map": sample_map(),
        "map_legend": (
            ("short-3", ">2.5"),
            ("short-2", "1.5–2.5"),
            ("short-1", "0.5–1.5"),
            ("even", _("平衡")),
            ("spare", _("富余")),
        ),
        "plots": sample_plots(),
        "gaps": gaps,
        "moves": _moves(),
        "form": form,
        "rule": rule,
        "rows": rows,
        "job": sample_job(),
        "compare": (
            {
                "label": _("平均到场"),
                "unit": _("分钟"),
                "was": "7.8",
                "now": "4.6",
                "difference": "−41%",
                "limit": "3.3",
            },
            {
                "label": _("5 分钟到场率"),
                "unit": "%",
                "was": "46",
                "now": "68",
                "interval": "±0.6",
                "limit": "88",
            },
            {"label": _("人均负荷"), "was": "0.62", "now": "0.55", "limit": None},
            {"label": _("调动人数"), "was": None, "now": "21", "limit": None},
        ),
        "steps": (_("选择事实"), _("规范与目标"), _("计算"), _("审批")),
        "tabs": (
            ("team", _("班子"), "#team", 14),
            ("rules", _("规则"), "#rules", 31),
            ("beats", _("警格"), "#beats", None),
        ),
        "bars": (
            {"label": _("基础防控"), "value": 34, "mark": 35, "note": "n = 412"},
            {"label": _("矛盾化解"), "value": 31, "mark": 30},
            {"label": _("为民服务"), "value": 25, "mark": 25},
            {"label": _("应急处突"), "value": 6, "mark": 10, "tint": "soon"},
        ),
        "score_steps": (
            {"label": _("到场及时"), "change": 6.2},
            {"label": _("回访满意"), "change": 1.8},
            {"label": _("隐患逾期"), "change": -4.1},
        ),
        "radar_labels": (_("防控"), _("化解"), _("服务"), _("联动"), _("能力"), _("满意")),
        "radar_series": (
            ("today", _("上季度"), (62, 70, 55, 48, 66, 71)),
            ("plan", _("本季度"), (78, 82, 69, 63, 74, 80)),
        ),
        "facts": (
            (_("警格"), 5),
            (_("常住人口"), "31,240"),
            (_("现有 / 应有"), "13 / 14"),
            (_("所长"), None),
        ),
    }
    return render(request, "site/look/desk.html", context)


def face(request: HttpRequest, face: str) -> HttpResponse:
    """Show the field, the public face, an error page, or the next state of the sample job."""
    if face == "job":
        job = sample_job()
        if request.method == "POST":
            job.state = "cancelled"
        return HttpResponse(render_to_string("site/parts/job.html", {"job": job}, request))
    if face in ERRORS:
        return render(request, f"site/errors/{face}.html")
    if face not in FACES:
        raise Http404
    return render(request, f"site/look/{face}.html")
