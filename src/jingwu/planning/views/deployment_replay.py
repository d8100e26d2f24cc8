"""A simulated day, watched on the map and read as a timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from jingwu.journal.access import allowed
from jingwu.planning import deployment_queries
from jingwu.planning.deployment import changed_crews, replay
from jingwu.planning.views import deployment_present as show
from jingwu.planning.views.deployment_frame import Here, csv_file, csv_url, here, page_params, tabs
from jingwu.terms.incidents import Priority
from jingwu.terms.numbers import whole_number
from jingwu.terms.refusal import BadInput

BEGIN_MINUTE = 18 * 60  # the evening is when something happens
FRIDAY = 4
MOST_WEEKS = 20


@allowed("planning.view")
@require_GET
def deployment_replay(request: HttpRequest) -> HttpResponse:
    """Show one simulated day: today's deployment, a plan's or a scenario's, the same calls for each."""
    scenario = None
    if number := request.GET.get("scenario", ""):
        scenario = deployment_queries.scenario(request.user, whole_number(number) or 0)
    page = here(request, fact_set_id=scenario.fact_set_id if scenario else None)
    if isinstance(page, HttpResponse):
        return page
    day = _between(request.GET.get("day", ""), FRIDAY, 0, 6)
    week = _between(request.GET.get("week", ""), 1, 1, MOST_WEEKS)
    scene = page.stand.scene
    base = scenario.base if scenario else "today"
    crews = deployment_queries.base_crews(request.user, scene, page.facts.id, base)
    if scenario:
        crews = changed_crews(scene, crews, scenario.changes)
    told = replay.replay_day(scene, crews, day=day, number=week - 1)
    names = page.names()
    events = _events(page, told, names)
    if request.GET.get("csv"):
        header = (_("时刻"), _("事件"), _("说明"))
        rows = ((event["clock"], event["words"], event["note"]) for event in events)
        return csv_file(f"replay-{day + 1}-{week}", header, rows)
    context = {
        "page": page,
        "tabs": tabs(request, **page_params(page)),
        "scenario": scenario,
        "scenarios": list(deployment_queries.scenario_rows(request.user, page.facts.id)[:50]),
        "sentence": _sentence(told["figures"], show.day_names()[day]),
        "scope": [
            scenario.name if scenario else _("今日部署"),
            _("第 %(n)d 个模拟周") % {"n": week},
            _("种子 %(n)d") % {"n": scene.seed},
            _("警情是模拟的,不是任何一件真事"),
        ],
        "days": list(enumerate(show.day_names())),
        "day": day,
        "week": week,
        "weeks": range(1, MOST_WEEKS + 1),
        "events": events,
        "csv_url": csv_url(request),
        "legend_pairs": [
            ("act", _("等空闲警组")),
            ("soon", _("警组在路上")),
            ("know", _("处置中")),
            ("fine", _("警组")),
        ],
        "data": {"map": show.map_data(scene, names), "day": told, "begin": BEGIN_MINUTE},
    }
    return render(request, "planning/deployment/replay.html", context)


def _between(text: str, usual: int, low: int, high: int) -> int:
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal()) or not low <= int(text[:6]) <= high:
        raise BadInput(
            "replay.number",
            f"须是 {low} 到 {high} 的整数。",
            f"A whole number from {low} to {high} is wanted.",
        )
    return int(text)


def _sentence(figures: Mapping[str, Any], day: str) -> str:
    if not figures["calls"]:
        return _("%(day)s这一天没有警情。") % {"day": day}
    if figures["mean"] is None:
        return _("%(day)s这一天 %(n)d 起警情,没有一起等到人。") % {"day": day, "n": figures["calls"]}
    return _(
        "%(day)s这一天 %(n)d 起警情,%(in_time)d 起在 %(target)g "
        "分钟内到场,平均 %(mean).1f 分钟,最久等了 %(longest).0f 分钟。"
    ) % {
        "day": day,
        **{key: value for key, value in figures.items() if key != "calls"},
        "n": figures["calls"],
    }


def _events(page: Here, told: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the day as lines of text by time: a call comes in, a crew arrives."""
    codes = page.stand.scene.codes
    lines = []
    for call in told["calls"]:
        place = told["areas"][call["area"]][2]
        level = Priority(call["priority"]).name
        if call["at"] >= 0:
            lines.append((call["at"], _("%(level)s 警情,%(place)s") % {"level": level, "place": place}, ""))
        for number, (post, _crew, leaves, arrives, _clears) in enumerate(call["crews"]):
            if arrives is None or not 0 <= arrives < replay.MINUTES_A_DAY:
                continue
            words = _("%(office)s警组到达%(place)s") if number == 0 else _("%(office)s第二组到达%(place)s")
            waited = leaves - call["at"]
            note = _("来电后 %(n).1f 分钟") % {"n": arrives - call["at"]}
            if number == 0 and waited > page.stand.scene.target_minutes:
                note += " · " + _("等空闲警组 %(n).0f 分钟") % {"n": waited}
            lines.append((arrives, words % {"office": names[codes[post]], "place": place}, note))
    lines.sort(key=lambda line: line[0])
    return [
        {"at": f"{at:.2f}", "clock": f"{int(at) // 60:02d}:{int(at) % 60:02d}", "words": words, "note": note}
        for at, words, note in lines
    ]
