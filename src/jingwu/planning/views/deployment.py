"""Deployment: move crews on a map, see the minutes change at once, keep a scenario and have it confirmed."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jingwu.engines.staffing.facts import IntArray
from jingwu.journal.access import allowed
from jingwu.planning import actions, deployment_queries, queries
from jingwu.planning.deployment import changed_crews, check_crews, load_by_hour, quick_answer
from jingwu.planning.views import deployment_present as show
from jingwu.planning.views import present
from jingwu.planning.views.deployment_frame import Here, back_to, here, job_of, page_params, tabs
from jingwu.terms.numbers import whole_number
from jingwu.terms.refusal import BadInput

MOST_BODY_BYTES = 2_000_000


@allowed("planning.view")
@require_GET
def deployment(request: HttpRequest) -> HttpResponse:
    """Show a deployment: today's, a plan's, or a kept scenario, ready to be changed."""
    scenario = None
    if number := request.GET.get("scenario", ""):
        scenario = deployment_queries.scenario(request.user, whole_number(number) or 0)
    page = here(request, fact_set_id=scenario.fact_set_id if scenario else None)
    if isinstance(page, HttpResponse):
        return page
    scene = page.stand.scene
    base = scenario.base if scenario else request.GET.get("base") or "today"
    start = deployment_queries.base_crews(request.user, scene, page.facts.id, base)
    crews = changed_crews(scene, start, scenario.changes) if scenario else start
    answer = _known_answer(page, crews, scenario.figures if scenario else None)
    plans = [
        (f"plan:{row.pk}", row.name)
        for row in queries.plan_rows(request.user)
        if row.digest and row.fact_set_id == page.facts.id and row.figures.get("feasible")
    ]
    confirmation = _confirmation(request, page, base, scenario)
    context = {
        "page": page,
        "tabs": tabs(request, **page_params(page)),
        "scenario": scenario,
        "scenarios": list(deployment_queries.scenario_rows(request.user, page.facts.id)[:50]),
        "base": base,
        "bases": [("today", _("今日部署")), *plans],
        "scope": _scope(page, answer),
        "legends": show.legends(scene),
        "day_names": show.day_names(),
        "rows": _office_rows(page, crews, answer),
        "data": _data(page, base, start, crews, answer, scenario),
        "cost": _cost(request, page),
        **_shown(page, answer, crews),
        **confirmation,
    }
    return render(request, "planning/deployment/deployment.html", context)


def _known_answer(page: Here, crews: IntArray, kept: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the answer without computing it anew where it is known already."""
    if kept:
        return kept
    if (crews == page.stand.scene.crews_today).all():
        return page.stand.today
    return _computed(page.stand, crews.astype(np.int16).tobytes())


@lru_cache(maxsize=32)
def _computed(stand: deployment_queries.Stand, packed: bytes) -> Mapping[str, Any]:
    crews = np.frombuffer(packed, np.int16).reshape(stand.scene.crews_today.shape).astype(np.int64)
    return quick_answer(stand.scene, crews).to_dict()


def _scope(page: Here, answer: Mapping[str, Any]) -> list[str]:
    scene, ground = page.stand.scene, page.stand.scene.ground
    told = [
        page.facts.name,
        _("%(n)d 个警务室") % {"n": len(ground.offices)},
        _("警情 %(first)s 至 %(last)s") % {"first": scene.period[0], "last": scene.period[1]},
        _("速算:%(runs)d 次 × %(weeks)d 周仿真,同一批警情")
        % {"runs": answer["runs"], "weeks": answer["weeks"]},
        _("种子 %(n)d") % {"n": scene.seed},
    ]
    if ground.sited:
        told.append(_("警务室由选址得出"))
    if scene.crews_assumed:
        told.append(_("数据没有在岗记录,假定每室一组"))
    return told


def _shown(page: Here, answer: Mapping[str, Any], crews: IntArray) -> dict[str, Any]:
    """Return what changes with every change of the crews."""
    stand = page.stand
    return {
        "sentence": show.sentence(stand, answer, crews),
        "comparison": show.comparison(stand, answer, crews),
        "strain": show.strain(stand.scene, crews),
        "hours": show.hours_plot(stand.scene, crews),
        "by_hour": show.by_hour_plot(stand, answer),
        "heat": show.week_heat(answer, stand.scene.target_minutes),
        "target": show.target_name(stand.scene),
    }


def _office_rows(page: Here, crews: IntArray, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = page.names()
    return [
        {
            "code": code,
            "name": names[code],
            "hours": int(crews[place].sum()),
            "day": float(crews[place].reshape(7, 24)[:, 8:20].mean()),
            "night": float(crews[place].reshape(7, 24)[:, [*range(8), *range(20, 24)]].mean()),
            "load": answer["load"].get(code, 0.0),
        }
        for place, code in enumerate(page.stand.scene.codes)
    ]


def _live(page: Here, crews: IntArray, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the script needs of an answer: colours of the map, load of the offices."""
    return {
        "areas": {code: row[:2] for code, row in answer["by_area"].items()},
        "load": answer["load"],
        "load_by_hour": [round(float(n), 2) for n in load_by_hour(page.stand.scene)],
    }


def _data(
    page: Here,
    base: str,
    start: IntArray,
    crews: IntArray,
    answer: Mapping[str, Any],
    scenario: deployment_queries.ScenarioFacts | None,
) -> dict[str, Any]:
    scene = page.stand.scene
    return {
        "map": show.map_data(scene, page.names()),
        "steps": show.steps_of(scene),
        "target": show.target_name(scene),
        "codes": list(scene.codes),
        "names": page.names(),
        "start": start.tolist(),
        "crews": crews.tolist(),
        "may_deploy": page.may_deploy,
        "try_url": reverse("planning:deployment_try") + (f"?offices={page.offices}" if page.offices else ""),
        "ask": {
            "facts": page.facts.id,
            "offices": page.offices or "",
            "base": base,
        },
        **_live(page, crews, answer),
    }


def _cost(request: HttpRequest, page: Here) -> dict[str, Any] | None:
    plan = queries.current_plan(request.user)
    if plan is None or plan.fact_set_id != page.facts.id or not plan.figures.get("feasible"):
        return None
    result = queries.result(request.user, plan.id)
    return {"plan": plan, "plot": present.cost_plot(result)}


def _confirmation(
    request: HttpRequest, page: Here, base: str, scenario: deployment_queries.ScenarioFacts | None
) -> dict[str, Any]:
    """Return the long simulation of what is shown, or the calculation under way, or nothing yet."""
    if scenario is None and base == "today":
        return _confirmed(page.stand.today_confirmed)
    params = _confirm_params(page, base, scenario.changes if scenario else {})
    found = deployment_queries.find_study(request.user, page.facts.id, "confirmation", params)
    if found is None:
        return {}
    if found.state != "done":
        return {"job": job_of(found, request.get_full_path())}
    return _confirmed(deployment_queries.study_result(found))


def _confirmed(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "checks": show.check_rows(told["checks"]),
        "confirmed": told["answer"],
        "approximation_notes": present.all_in_words(told, "approximation_notes"),
    }


def _confirm_params(page: Here, base: str, changes: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    return {
        "base": base,
        "changes": {code: list(changes[code]) for code in sorted(changes)},
        **page.study_params,
    }


@allowed("planning.deploy")
@require_POST
def deployment_try(request: HttpRequest) -> HttpResponse:
    """Answer a changed deployment at once: figures, colours, plots, or why it cannot be."""
    began = time.perf_counter()
    told = _told(request.body)
    page = here(request, fact_set_id=told["facts"])
    if isinstance(page, HttpResponse):
        raise BadInput("deployment.not_ready", "部署底图还在准备,请稍候。", "The scene is being prepared.")
    scene = page.stand.scene
    start = deployment_queries.base_crews(request.user, scene, page.facts.id, told["base"])
    crews = changed_crews(scene, start, told["changes"])
    check_crews(scene, crews)
    answer = _known_answer(page, crews, None)
    shown = _shown(page, answer, crews)
    seconds = time.perf_counter() - began
    return JsonResponse(
        {
            **_live(page, crews, answer),
            "sentence": shown["sentence"],
            "figures": answer["figures"],
            "html": render_to_string(
                "planning/deployment/answer.html", {**shown, "seconds": seconds, "page": page}, request
            ),
            "plots": render_to_string("planning/deployment/plots.html", shown, request),
            "seconds": round(seconds, 3),
        },
        json_dumps_params={"ensure_ascii": False},
    )


def _told(body: bytes) -> dict[str, Any]:
    """Return the question of the script, checked as far as it can be without the scene."""
    if len(body) > MOST_BODY_BYTES:
        raise BadInput("deployment.too_long", "提交的内容过长。", "The request is too long.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("deployment.bad_json", "提交的内容不是 JSON。", "The request is not JSON.") from error
    if not isinstance(told, dict) or not isinstance(told.get("changes", {}), dict):
        raise BadInput("deployment.bad_json", "缺少“changes”。", "'changes' is missing.")
    facts = told.get("facts")
    if not isinstance(facts, int) or isinstance(facts, bool) or facts < 1:
        raise BadInput("deployment.bad_json", "缺少数据批次。", "The fact set is missing.")
    return {"facts": facts, "base": str(told.get("base") or "today"), "changes": told.get("changes") or {}}


@allowed("planning.deploy")
@require_POST
def deployment_save(request: HttpRequest) -> HttpResponse:
    """Keep the deployment under a name, new or over the scenario it came from, and have it confirmed."""
    told = _told(request.POST.get("deployment", "").encode())
    page = here(request, fact_set_id=told["facts"])
    if isinstance(page, HttpResponse):
        raise BadInput("deployment.not_ready", "部署底图还在准备,请稍候。", "The scene is being prepared.")
    scene = page.stand.scene
    now = timezone.now()
    start = deployment_queries.base_crews(request.user, scene, page.facts.id, told["base"])
    crews = changed_crews(scene, start, told["changes"])
    check_crews(scene, crews)
    answer = _known_answer(page, crews, None)
    # only what differs from the base is kept
    differs = np.flatnonzero((crews != start).any(axis=1))
    changes = {scene.codes[place]: crews[place].tolist() for place in differs.tolist()}
    number = whole_number(request.POST.get("scenario", ""))
    revision = whole_number(request.POST.get("revision", ""))
    if number is not None and revision is not None and request.POST.get("as") != "new":
        scenario_id = number
        actions.change_scenario(
            scenario_id, revision=revision, name=request.POST.get("name", ""), changes=changes,
            figures=answer, by=request.user, at=now,
        )  # fmt: skip
    else:
        scenario_id = actions.save_scenario(
            page.facts.id, name=request.POST.get("name", ""), base=told["base"], changes=changes,
            figures=answer, by=request.user, at=now,
        )  # fmt: skip
    params = _confirm_params(page, told["base"], changes)
    actions.request_study(page.facts.id, kind="confirmation", params=params, by=request.user, at=now)
    messages.success(request, _("情景已保存,正在用更长的仿真确认。"))
    return back_to("planning:deployment", page, scenario=scenario_id)


@allowed("planning.deploy")
@require_POST
def deployment_confirm(request: HttpRequest, scenario_id: int) -> HttpResponse:
    """Have a kept scenario simulated at length."""
    scenario = deployment_queries.scenario(request.user, scenario_id)
    page = here(request, fact_set_id=scenario.fact_set_id)
    if isinstance(page, HttpResponse):
        return page
    params = _confirm_params(page, scenario.base, scenario.changes)
    actions.request_study(
        page.facts.id, kind="confirmation", params=params, by=request.user, at=timezone.now()
    )
    return back_to("planning:deployment", page, scenario=scenario_id)


@allowed("planning.deploy")
@require_POST
def deployment_drop(request: HttpRequest, scenario_id: int) -> HttpResponse:
    """Put a scenario away."""
    scenario = deployment_queries.scenario(request.user, scenario_id)
    actions.drop_scenario(scenario_id, by=request.user, at=timezone.now())
    messages.success(request, _("已移除情景“%(name)s”。") % {"name": scenario.name})
    page = here(request, fact_set_id=scenario.fact_set_id)
    return page if isinstance(page, HttpResponse) else back_to("planning:deployment", page)
