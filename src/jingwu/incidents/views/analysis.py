"""警情数据实时分析: the last hour, day and week against what was to be expected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
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
from jingwu.incidents.queries.analysis import PERIODS, Analysis, Line, Timing
from jingwu.incidents.words import measure_words
from jingwu.journal.access import allowed, scope_paths
from jingwu.journal.language import is_english
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for

MOST_ROWS = 12
MOST_NAMED = 4
FEW = 30  # below it a mean says little and is shown grey


@allowed("incidents.analyse")
@require_GET
def analysis(request: HttpRequest) -> HttpResponse:
    """Show counts, expectation and times of the chosen period; every figure leads to its incidents."""
    at = timezone.now()
    period = request.GET.get("period", "day")
    period = period if period in PERIODS else "day"
    paths = scope_paths(request.user, "incidents.analyse", at=at)
    norms = norms_for(paths[0] if paths else "/", timezone.localdate(at))
    found = queries.analyse(request.user, period, norms, at=at)
    labels = {code: str(label) for code, label in CATEGORIES} | {"": _("未分级")}
    names = {"hour": _("近一小时"), "day": _("近一天"), "week": _("近一周")}
    beat_names = {beat.code: beat.name for beat in offices.beats(paths)}
    listed = _lister(found)
    by_category = [
        _line(line, labels[line.code], listed(category=line.code or "none")) for line in found.by_category
    ]
    by_beat = [
        _line(line, line.name or beat_names.get(line.code, line.code), listed(beat=line.code))
        for line in found.by_beat
    ]
    by_office = [_line(line, line.name or line.code, listed(office=line.code)) for line in found.by_office]
    by_hour = [_line(line, _hour_words(line.code), listed(hour=line.code)) for line in found.by_hour]
    surging = [row["label"] for rows in (by_category, by_beat, by_hour) for row in rows if row["is_surge"]]
    return render(
        request,
        "incidents/analysis.html",
        {
            "found": found,
            "sentence": _sentence(found, names[period], surging),
            "scope": _scope(found, names[period], at),
            "tabs": [(key, names[key], f"?period={key}") for key in PERIODS],
            "period": period,
            "few": FEW,
            "expected_words": "" if found.expected is None else f"{found.expected:.1f}",
            "range_words": "" if found.low is None else f"{found.low}–{found.high}",
            "listed": listed(),
            "timings": [_timing(timing, listed) for timing in found.timings],
            "by_category": by_category,
            "by_office": by_office[:MOST_ROWS] if len(by_office) > 1 else [],
            "by_beat": by_beat[:MOST_ROWS],
            "beats_left": max(0, len(by_beat) - MOST_ROWS),
            "by_hour": [row for row in by_hour if row["count"]],
            "hours": _hours_plot(found) if period != "hour" else None,
            "is_compared": found.expected is not None,
        },
    )


def _lister(found: Analysis) -> Callable[..., str]:
    """Return a maker of addresses of the board that list exactly the incidents behind a figure."""
    board = reverse("incidents:board")
    bounds = {"group": "all", "since": found.since.isoformat(), "until": found.until.isoformat()}

    def listed(**more: str) -> str:
        return f"{board}?{urlencode({**bounds, **more})}"

    return listed


def _scope(found: Analysis, name: str, at: datetime) -> list[str]:
    told = [name, timezone.localtime(at).strftime("%m-%d %H:%M")]
    if found.comparisons:
        told.append(
            _("同时比较 %(n)d 项;没有异常时,整页误报的机会不超过 %(share)s")
            % {"n": found.comparisons, "share": f"{found.error_share:.0%}"}
        )
    return told


def _line(line: Line, label: str, url: str) -> dict[str, Any]:
    return {
        "label": label, "count": line.count, "url": url, "is_surge": line.is_surge, "high": line.high,
        "expected": None if line.expected is None else f"{line.expected:.1f}",
    }  # fmt: skip


def _hour_words(hour: str) -> str:
    return _("%(hour)s 时") % {"hour": hour}


def _sentence(found: Analysis, name: str, surging: Sequence[str]) -> str:
    english = is_english()
    values = {"when": name, "n": found.count, "high": found.high, "low": found.low}
    values["expected"] = "" if found.expected is None else f"{found.expected:.1f}"
    if found.expected is None:
        told = _("%(when)s接警 %(n)d 起。") % values
    elif found.is_unusual and found.count > found.expected:
        told = _("%(when)s接警 %(n)d 起,明显多于预期的 %(expected)s 起。") % values
    elif found.is_unusual:
        told = _("%(when)s接警 %(n)d 起,明显少于预期的 %(expected)s 起。") % values
    else:
        told = _("%(when)s接警 %(n)d 起,在预期 %(expected)s 起的正常波动以内。") % values
    if surging:
        told += _("激增:%(what)s。") % {"what": (", " if english else "、").join(surging[:MOST_NAMED])}
    return told


def _timing(timing: Timing, listed: Callable[..., str]) -> dict[str, Any]:
    low = 0.0
    bands = []
    for bound, count in timing.bands:
        seconds = timing.name == "ack"
        scale, unit = (60, _("秒")) if seconds else (1, _("分钟"))
        start = f"{low * scale:g}"
        label = f"> {start} {unit}" if bound is None else f"{start}–{bound * scale:g} {unit}"
        # the first band holds what took no time at all, too
        limits = {"over": f"{low:g}"} if bands else {}
        limits |= {} if bound is None else {"upto": f"{bound:g}"}
        url = listed(step=timing.name, **limits) if count else ""
        bands.append({"label": label, "value": count, "url": url})
        low = bound if bound is not None else low
    name = measure_words(timing.name)
    return {
        "name": name,
        "name_key": timing.name,
        "n": timing.n,
        "n_words": f"n = {timing.n}",
        "url": listed(step=timing.name),
        "median_label": _("%(step)s(中位)") % {"step": name},
        "median_words": "" if timing.median_minutes is None else f"{timing.median_minutes:.1f}",
        "mean": timing.mean_minutes,
        "median": timing.median_minutes,
        "p90": timing.p90_minutes,
        "bands": bands,
        "is_few": timing.n < FEW,
    }


def _hours_plot(found: Analysis) -> dict[str, Any]:
    series: list[dict[str, Any]] = [
        {
            "name": _("接警"),
            "role": "plan",
            "values": [line.count for line in found.by_hour],
            "is_filled": True,
        }
    ]
    if found.expected is not None:
        expected = [round(line.expected or 0.0, 1) for line in found.by_hour]
        series.append({"name": _("预期"), "role": "today", "values": expected})
        series.append(
            {"name": _("上限"), "role": "limit", "values": [line.high or 0 for line in found.by_hour]}
        )
    return {
        "kind": "lines",
        "x": {"name": _("时"), "categories": [str(hour) for hour in range(24)]},
        "y": {"name": _("起数"), "min": 0, "unit": pgettext("incidents", "起")},
        "series": series,
    }
