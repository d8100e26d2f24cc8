"""警情数据实时分析: the last hour, day and week against what was to be expected."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from jingwu.incidents import queries
from jingwu.incidents.models import CATEGORIES
from jingwu.incidents.queries.analysis import PERIODS, Analysis, Timing
from jingwu.journal.access import allowed, scope_paths
from jingwu.offices.local_norms import norms_for

FEW = 30  # below it a mean says little and is shown grey


@allowed("incidents.analyse")
@require_GET
def analysis(request: HttpRequest) -> HttpResponse:
    """Show counts, expectation and times of the chosen period; every figure leads to its incidents."""
    at = timezone.now()
    period = request.GET.get("period", "day")
    period = period if period in PERIODS else "day"
    paths = scope_paths(request.user, "incidents.analyse", at=at)
    norms = norms_for(paths[0] if paths else "/", at.date())
    found = queries.analyse(request.user, period, norms, at=at)
    labels = {code: str(label) for code, label in CATEGORIES} | {"": _("未分级")}
    names = {"hour": _("近一小时"), "day": _("近一天"), "week": _("近一周")}
    since = timezone.localtime(found.since).date().isoformat()
    board = reverse("incidents:board")

    def listed(**more: str) -> str:
        return f"{board}?{urlencode({'group': 'all', 'from': since, **more})}"

    return render(
        request,
        "incidents/analysis.html",
        {
            "found": found,
            "sentence": _sentence(found, names[period]),
            "scope": [names[period], timezone.localtime(at).strftime("%m-%d %H:%M")],
            "tabs": [(key, names[key], f"?period={key}") for key in PERIODS],
            "period": period,
            "few": FEW,
            "expected_words": "" if found.expected is None else f"{found.expected:.1f}",
            "range_words": "" if found.low is None else f"{found.low:.0f}–{found.high:.0f}",
            "listed": listed(),
            "timings": [_timing(timing) for timing in found.timings],
            "by_category": [(labels[code], n, listed(category=code)) for code, n in found.by_category],
            "category_bars": [{"label": labels[code], "value": n} for code, n in found.by_category],
            "by_office": [(name, n, listed(office=code)) for code, name, n in found.by_office],
            "by_beat": [(name, n, listed(beat=code)) for code, name, n in found.by_beat],
            "hours": _hours_plot(found),
        },
    )


def _sentence(found: Analysis, name: str) -> str:
    if found.expected is None:
        return _("%(when)s接警 %(n)d 起。") % {"when": name, "n": found.count}
    values = {"when": name, "n": found.count, "expected": f"{found.expected:.1f}"}
    if found.is_unusual and found.count > found.expected:
        return _("%(when)s接警 %(n)d 起,明显多于预期的 %(expected)s 起。") % values
    if found.is_unusual:
        return _("%(when)s接警 %(n)d 起,明显少于预期的 %(expected)s 起。") % values
    return _("%(when)s接警 %(n)d 起,与预期的 %(expected)s 起相符。") % values


def _timing(timing: Timing) -> dict[str, Any]:
    names = {
        "ack": _("签收"),
        "depart": _("出警"),
        "arrive": _("到场"),
        "handle": _("现场处置"),
        "feedback": _("反馈"),
    }
    low = 0.0
    bands = []
    for bound, count in timing.bands:
        seconds = timing.name == "ack"
        scale, unit = (60, _("秒")) if seconds else (1, _("分钟"))
        start = f"{low * scale:g}"
        label = f"> {start} {unit}" if bound is None else f"{start}–{bound * scale:g} {unit}"
        bands.append({"label": label, "value": count})
        low = bound if bound is not None else low
    name = names[timing.name]
    return {
        "name": name,
        "name_key": timing.name,
        "n": timing.n,
        "n_words": f"n = {timing.n}",
        "median_label": _("%(step)s(中位)") % {"step": name},
        "median_words": "" if timing.median_minutes is None else f"{timing.median_minutes:.1f}",
        "mean": timing.mean_minutes,
        "median": timing.median_minutes,
        "p90": timing.p90_minutes,
        "bands": bands,
        "is_few": timing.n < FEW,
    }


def _hours_plot(found: Analysis) -> dict[str, Any]:
    return {
        "kind": "lines",
        "x": {"name": _("时"), "categories": [str(hour) for hour in range(24)]},
        "y": {"name": _("起数"), "min": 0, "unit": pgettext("incidents", "起")},
        "series": [{"name": _("接警"), "role": "plan", "values": list(found.by_hour), "is_filled": True}],
    }
