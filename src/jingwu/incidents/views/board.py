"""The board: what is open, what is late, who is there; live, filtered, in bulk."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jingwu.incidents import actions, queries
from jingwu.incidents.live import changes
from jingwu.incidents.models import CATEGORIES, PRIORITIES
from jingwu.incidents.queries import BoardFilter, BoardRow
from jingwu.incidents.words import measure_words
from jingwu.journal.access import allowed, may, scope_paths
from jingwu.journal.language import is_english
from jingwu.offices import queries as offices
from jingwu.terms.numbers import whole_number
from jingwu.terms.refusal import Refusal

MOST_POINTS = 60
MOST_TOLD = 8
FILTERS = ("group", "q", "category", "priority", "office", "from", "to")
# what the analysis asks for: not in the form, told as words beside it
MEASURED = ("since", "until", "hour", "step", "over", "upto", "beat", "batch")
BULK = ("archive", "close", "follow_up", "review", "ack")


@allowed("incidents.view")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Show the incidents in scope: open ones by urgency, others by time."""
    at = timezone.now()
    paths = scope_paths(request.user, "incidents.view", at=at)
    wanted = BoardFilter.from_query(request.GET)
    here = offices.offices(paths)
    figures = queries.counts(request.user, at=at)
    kept = {name: request.GET[name] for name in (*FILTERS, *MEASURED) if request.GET.get(name)}
    return render(
        request,
        "incidents/board.html",
        {
            "rows": queries.board(request.user, wanted, at=at),
            "wanted": wanted,
            "figures": figures,
            "sentence": _sentence(figures),
            "scope": ngettext("%(n)d 个警务室 · %(time)s", "%(n)d 个警务室 · %(time)s", len(here))
            % {"n": len(here), "time": timezone.localtime(at).strftime("%m-%d %H:%M:%S")},
            "groups": _groups(figures, kept, wanted.group),
            "categories": CATEGORIES,
            "priorities": PRIORITIES,
            "offices": [(row.code, row.name) for row in here] if len(here) > 1 else [],
            "measured": [(name, kept[name]) for name in MEASURED if name in kept],
            "measured_words": _measured_words(wanted, paths),
            "searches": queries.saved_searches(request.user),
            "query": urlencode(kept),
            "may_register": may(request.user, "incidents.register", at=at),
            "may_settle": may(request.user, "incidents.dispatch", at=at),
            "may_act": may(request.user, "incidents.review", at=at),
            "live_url": reverse("incidents:live") + "?for=board",
            "map_url": reverse("incidents:map") + "?" + urlencode(kept),
        },
    )  # fmt: skip


def _sentence(figures: queries.BoardCounts) -> str:
    if not figures.open:
        return _("没有未结的警情。")
    parts = []
    if figures.overdue:
        parts.append(ngettext("%(n)d 起超时", "%(n)d 起超时", figures.overdue) % {"n": figures.overdue})
    if figures.risk:
        parts.append(ngettext("%(n)d 起将超时", "%(n)d 起将超时", figures.risk) % {"n": figures.risk})
    if figures.waiting:
        parts.append(ngettext("%(n)d 起待派", "%(n)d 起待派", figures.waiting) % {"n": figures.waiting})
    told = ",".join(parts) if not is_english() else ", ".join(parts)
    if not parts:
        return _("未结 %(n)d 起,全部在时限内。") % {"n": figures.open}
    return _("未结 %(n)d 起:%(parts)s。") % {"n": figures.open, "parts": told}


def _measured_words(wanted: BoardFilter, paths: tuple[str, ...]) -> str:
    """Return in words which incidents a figure of the analysis led to."""
    words = []
    if wanted.since and wanted.until:
        bounds = (timezone.localtime(moment) for moment in (wanted.since, wanted.until))
        first, last = (moment.strftime("%m-%d %H:%M") for moment in bounds)
        words.append(_("%(first)s 至 %(last)s 报警") % {"first": first, "last": last})
    if wanted.hour is not None:
        words.append(_("%(hour)d 时") % {"hour": wanted.hour})
    if wanted.beat:
        here = {beat.code: beat.name for beat in offices.beats(paths)}
        words.append(here.get(wanted.beat, wanted.beat))
    if wanted.category == "none":
        words.append(_("未分级"))
    if wanted.step:
        words.append(_step_words(wanted))
    if wanted.batch is not None:
        words.append(_("一次导入的警情"))
    return " · ".join(words)


def _step_words(wanted: BoardFilter) -> str:
    name = measure_words(wanted.step)
    values = {"step": name, "over": f"{wanted.over_minutes or 0:g}", "upto": f"{wanted.upto_minutes or 0:g}"}
    if wanted.upto_minutes is not None:
        return _("%(step)s用时 %(over)s–%(upto)s 分钟") % values
    if wanted.over_minutes is not None:
        return _("%(step)s用时超过 %(over)s 分钟") % values
    return _("有%(step)s用时的") % values


def _groups(figures: queries.BoardCounts, kept: dict[str, str], here: str) -> list[tuple[Any, ...]]:
    def url(group: str) -> str:
        return "?" + urlencode({**kept, "group": group})

    return [
        ("open", _("未结"), url("open"), figures.open),
        ("waiting", _("待派"), url("waiting"), figures.waiting),
        ("overdue", _("超时"), url("overdue"), figures.overdue),
        ("risk", _("将超时"), url("risk"), figures.risk),
        ("all", _("全部"), url("all")),
    ]


@allowed("incidents.view")
@require_GET
def live(request: HttpRequest) -> StreamingHttpResponse:
    """Send one server-sent event a change within the reader's scope."""
    paths = scope_paths(request.user, "incidents.view", at=timezone.now())
    if not connection.in_atomic_block:
        connection.close()  # it would stay taken for as long as the page is open
    response = StreamingHttpResponse(_events(paths), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _events(paths: tuple[str, ...]) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    async for change in changes(paths):
        if change is None:
            yield ": still here\n\n"
            continue
        told = {name: change.get(name) for name in ("id", "number", "state", "verb", "version")}
        yield f"event: change\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"


@allowed("incidents.view")
@require_GET
def board_map(request: HttpRequest) -> JsonResponse:
    """Return the ground and the incidents (or, when they are many, the offices) for the map."""
    at = timezone.now()
    paths = scope_paths(request.user, "incidents.view", at=at)
    wanted = BoardFilter.from_query(request.GET)
    if (incident_id := whole_number(request.GET.get("id", ""))) is not None:
        wanted = BoardFilter(ids=(incident_id,))
    rows = queries.board(request.user, wanted, at=at)
    beats = offices.beats(paths)
    features = [
        {
            "type": "Feature", "geometry": beat.polygon,
            "properties": {"id": beat.code, "label": beat.name, "class": "unknown", "tip": []},
        }
        for beat in beats
        if beat.polygon
    ]  # fmt: skip
    shown = [row for row in rows[: MOST_POINTS + 1] if row.lon is not None and not row.is_outside]
    points = [_point(row) for row in shown[:MOST_POINTS]]
    if len(rows) > MOST_POINTS or not points:
        points = _office_points(request, wanted, paths)
    district = offices.district_of(paths[0]) if paths else None
    ground = offices.map_background(district.code) if district else None
    data: dict[str, Any] = {"beats": {"type": "FeatureCollection", "features": features}, "offices": points}
    if ground is not None and len(offices.offices(paths)) > 3:
        data |= _lines(ground)
    return JsonResponse(data)


def _lines(ground: offices.MapFacts) -> dict[str, Any]:
    def collected(parts: list[dict[str, Any]]) -> dict[str, Any]:
        lines = [part["points"] for part in parts if len(part.get("points", ())) > 1]
        return {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "MultiLineString", "coordinates": lines},
        }

    return {"roads": collected(ground.roads)}


def _point(row: BoardRow) -> dict[str, Any]:
    return {
        "id": str(row.id), "name": f"{row.short_number} {row.category_words}", "short": row.number[-4:],
        "lon": row.lon, "lat": row.lat, "count": f"P{row.priority}" if row.priority else "?",
        "words": " · ".join(part for part in (row.state_words, row.clock_words, row.address) if part),
        "url": reverse("incidents:incident", args=[row.id]), "class": row.level or "know",
    }  # fmt: skip


def _office_points(request: HttpRequest, wanted: BoardFilter, paths: tuple[str, ...]) -> list[dict[str, Any]]:
    tally = queries.counts_by_office(request.user, wanted, at=timezone.now())
    points = []
    for row in offices.offices(paths):
        if row.lon is None:
            continue
        n, late = tally.get(row.code, (0, 0))
        points.append(
            {
                "id": row.code,
                "name": row.name,
                "short": row.name.removesuffix("警务室").removesuffix("社区"),  # as is
                "lon": row.lon,
                "lat": row.lat,
                "count": n,
                "words": _("%(n)d 起,%(late)d 起超时") % {"n": n, "late": late},
                "url": "?" + urlencode({"office": row.code, "group": wanted.group}),
                "class": "act" if late else "know",
            }
        )
    return points


@allowed("incidents.view")
@require_POST
def save_search(request: HttpRequest) -> HttpResponse:
    """Keep the board's filters under a name, or drop a saved one."""
    if (search_id := whole_number(request.POST.get("drop", ""))) is not None:
        actions.drop_search(search_id, by=request.user)
    else:
        name, query = request.POST.get("name", ""), request.POST.get("query", "")
        actions.save_search(name, query, by=request.user, at=timezone.now())
        messages.success(request, _("查询已保存。"))
    return redirect(reverse("incidents:board") + "?" + request.POST.get("query", ""))


@allowed("incidents.view")
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Take one step with several incidents; each stands alone, and those refused are told with the reason."""
    verb = request.POST.get("verb", "")
    ids = [found for text in request.POST.getlist("ids") if (found := whole_number(text)) is not None][:200]
    done = 0
    refused: list[str] = []
    numbers = queries.numbers_of(request.user, ids, at=timezone.now())
    for incident_id in ids if verb in BULK else []:
        try:
            getattr(actions, verb)(incident_id, by=request.user, at=timezone.now())
            done += 1
        except Refusal as refusal:
            refused.append(f"{numbers.get(incident_id, '?')}: {refusal.message(get_language() or '')}")
    if done:
        messages.success(request, _("已办理 %(n)d 起。") % {"n": done})
    if refused:
        messages.warning(
            request, _("%(n)d 起没有办理:") % {"n": len(refused)} + " ".join(refused[:MOST_TOLD])
        )
    if not ids:
        messages.info(request, _("请先勾选警情。"))
    return redirect(reverse("incidents:board") + "?" + request.POST.get("query", ""))
