"""Plans: ask for one, watch it being computed, read it, compare two, send it to a second person, decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingwu.journal.access import allowed, may
from jingwu.journal.language import language
from jingwu.planning import actions, queries
from jingwu.planning.forms import PlanForm
from jingwu.planning.pipeline.result import PlanResult
from jingwu.planning.views import present, present_response
from jingwu.planning.workbook import write_workbook
from jingwu.terms.numbers import whole_number
from jingwu.terms.refusal import Refusal

TABS = ("moves", "posts", "people", "groups", "beats", "rules")


@dataclass(frozen=True)
class PlanJob:
    """A calculation as the progress part wants to see it."""

    state: str
    done_share: float
    step: str
    remaining_seconds: float | None
    poll_url: str
    result_url: str
    cancel_url: str
    refusal: Refusal | None = None


@allowed("planning.view")
@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """List the plans, newest first, and offer to ask for another."""
    current = queries.current_plan(request.user)
    context = {
        "plans": queries.plan_rows(request.user),
        "current": current,
        "headline": current.headline(get_language() or "") if current else "",
        "may_compute": may(request.user, "planning.compute"),
    }
    return render(request, "planning/plans/list.html", context)


@allowed("planning.compute")
@require_http_methods(["GET", "POST"])
def new_plan(request: HttpRequest) -> HttpResponse:
    """Choose facts, target and strength, and have the plan computed."""
    fact_sets = queries.fact_sets(request.user, adopted_only=True)
    form = PlanForm(fact_sets, request.POST or None)
    if request.method == "POST" and form.is_valid():
        plan_id = actions.request_plan(
            form.cleaned_data["fact_set"],
            name=form.cleaned_data["name"],
            params=form.params(),
            seed=form.cleaned_data["seed"],
            by=request.user,
            at=timezone.now(),
        )
        return redirect("planning:plan", plan_id)
    context = {"form": form, "fact_sets": fact_sets}
    return render(request, "planning/plans/new.html", context, status=422 if form.errors else 200)


@allowed("planning.view")
@require_GET
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Show a plan: its calculation under way, why there is none, or what came out."""
    facts = queries.plan(request.user, plan_id)
    if not facts.digest:
        context = {"plan": facts, "job": _job(facts)}
        return render(request, "planning/plans/waiting.html", context)
    result = queries.result(request.user, plan_id)
    if present.is_outdated(result):
        return render(request, "planning/plans/outdated.html", _outdated(request, facts))
    if result["conflict"] is not None:
        return render(request, "planning/plans/conflict.html", _conflict(request, facts, result))
    return render(request, "planning/plans/detail.html", _detail(request, facts, result))


def _outdated(request: HttpRequest, facts: queries.PlanFacts) -> dict[str, Any]:
    return {
        "plan": facts,
        "sentence": facts.headline(get_language() or ""),
        "may_compute": may(request.user, "planning.compute", org=facts.org_path),
        "can_download": may(request.user, "planning.download", org=facts.org_path),
    }


def _detail(request: HttpRequest, facts: queries.PlanFacts, result: present.Tree) -> dict[str, Any]:
    offices = sorted(result["offices"], key=lambda office: -office["shortfall_plan_share"])
    chosen = next((o for o in offices if o["code"] == request.GET.get("office")), offices[0])
    lines = present.rule_lines(result)
    tab = request.GET.get("tab", "moves")
    tab = tab if tab in TABS else "moves"
    return {
        **_frame(request, facts, result),
        "comparison": present.comparison(result),
        "cost": present.cost_plot(result),
        "between": _("今日班次+跨室派警") if present.has_two_steps(result) else "",
        "by_hour": present.response_by_hour_plot(result),
        "reached": present_response.reached_plot(result),
        "check": present_response.model_check(result),
        "gaps": present.gap_by_hour(result),
        "gap_steps": present.gap_steps(result),
        "offices": [(office["code"], office["name"]) for office in offices],
        "chosen": chosen,
        "hours": present.hours_plot(chosen),
        "rules": [line for line in lines if line.missed or line.severity == "law"][:9],
        "rules_note": present.rules_note(lines),
        "rule_count": len(lines),
        "tab": tab,
        "tabs": _tabs(request, result, lines),
        "rows": _tab_rows(tab, result, lines),
        "notes": [note[language()] for note in result["notes"]],
        "steps": present.step_lines(result),
    }


def _frame(request: HttpRequest, facts: queries.PlanFacts, result: present.Tree) -> dict[str, Any]:
    """Return what every page of a plan has: head, scope line, and the buttons its state allows."""
    scope = result["scope"]
    seconds = sum(step["seconds"] for step in result["steps"])
    own = request.user.pk == facts.created_by_id
    may_compute = may(request.user, "planning.compute", org=facts.org_path)
    return {
        "plan": facts,
        "result": result,
        "sentence": facts.headline(get_language() or ""),
        "scope": [
            facts.name,
            _("%(n)d 人") % {"n": scope["people"]},
            _("目标 %(minutes)g 分钟 / %(share)d%%")
            % {"minutes": scope["target_minutes"], "share": scope["target_share"] * 100},
            _("警情 %(first)s 至 %(last)s") % {"first": scope["period"][0], "last": scope["period"][1]},
            _("种子 %(n)d") % {"n": scope["seed"]},
            _("%(n)d 次仿真") % {"n": scope["replications"]},
            _("规范 %(version)s") % {"version": scope["norms_version"].split("+")[0]},
            _("用时 %(n)d 秒") % {"n": round(seconds)},
        ],
        "can_submit": facts.state in ("ready", "rejected") and may_compute,
        "can_withdraw": facts.state == "submitted" and may_compute and own,
        "can_decide": facts.state == "submitted"
        and not own
        and may(request.user, "planning.approve", org=facts.org_path),
        "waits_for_other": facts.state == "submitted" and own,
        "can_download": may(request.user, "planning.download", org=facts.org_path),
    }


def _tabs(request: HttpRequest, result: present.Tree, lines: list[present.RuleLine]) -> list[tuple[Any, ...]]:
    labels = {
        "moves": (_("调动"), len(result["moves"])),
        "posts": (_("岗位"), len(result["posts"])),
        "people": (_("人员安排"), len(result["people"])),
        "groups": (_("分组"), len(result["groups"])),
        "beats": (_("包片"), len(result["beats"])),
        "rules": (_("规则"), len(lines)),
    }
    return [(key, label, f"?tab={key}#lists", count) for key, (label, count) in labels.items()]


def _tab_rows(tab: str, result: present.Tree, lines: list[present.RuleLine]) -> list[Any]:
    names = present.office_names(result)
    if tab == "rules":
        return list(lines)
    if tab == "moves":
        return present.moves(result)
    worded = ("module", "role", "why", "category")
    return [
        {
            **row,
            **{name: present.in_words(row, name) for name in worded if f"{name}_zh" in row},
            "office_name": names.get(row.get("office"), row.get("office") or row.get("beat", "")[:4]),
        }
        for row in result[tab]
    ]


def _conflict(request: HttpRequest, facts: queries.PlanFacts, result: present.Tree) -> dict[str, Any]:
    conflict = result["conflict"]
    return {
        "plan": facts,
        "sentence": facts.headline(get_language() or ""),
        "conflict": conflict,
        "rules": [
            {"title": present.in_words(rule, "title"), "way": present.in_words(rule, "way"), **rule}
            for rule in conflict.get("rules", [])
        ],
    }


def _job(facts: queries.PlanFacts) -> PlanJob:
    failure = facts.failure
    refusal = Refusal(failure["code"], failure["zh"], failure["en"]) if failure else None
    return PlanJob(
        state={"ready": "done", "submitted": "done", "approved": "done", "rejected": "done"}.get(
            facts.state, facts.state
        ),
        done_share=facts.progress_share,
        step=facts.progress_step or _("准备"),
        remaining_seconds=_remaining(facts, timezone.now()),
        poll_url=reverse("planning:plan_progress", args=[facts.id]),
        result_url=reverse("planning:plan", args=[facts.id]),
        cancel_url=reverse("planning:plan_cancel", args=[facts.id]),
        refusal=refusal,
    )


def _remaining(facts: queries.PlanFacts, now: datetime) -> float | None:
    """Return the seconds left at the pace so far; nothing before there is a pace to speak of."""
    if facts.state != "running" or facts.started_at is None or facts.progress_share < 0.05:
        return None
    spent = (now - facts.started_at).total_seconds()
    return spent * (1 - facts.progress_share) / facts.progress_share


@allowed("planning.view")
@require_GET
def plan_progress(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Show how far a calculation is (the part that asks again every second)."""
    return render(request, "site/parts/job.html", {"job": _job(queries.plan(request.user, plan_id))})


@allowed("planning.compute")
@require_POST
def plan_cancel(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Stop a calculation."""
    actions.cancel_plan(plan_id, by=request.user, at=timezone.now())
    return render(request, "site/parts/job.html", {"job": _job(queries.plan(request.user, plan_id))})


@allowed("planning.compute")
@require_POST
def plan_submit(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Send a plan to a second person."""
    actions.submit_plan(plan_id, by=request.user, at=timezone.now())
    messages.success(request, _("已送审,由另一位管理者批准。"))
    return redirect("planning:plan", plan_id)


@allowed("planning.compute")
@require_POST
def plan_withdraw(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Take a plan back."""
    actions.withdraw_plan(plan_id, by=request.user, at=timezone.now())
    return redirect("planning:plan", plan_id)


@allowed("planning.approve")
@require_POST
def plan_decide(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Approve a plan or send it back."""
    decide = actions.approve_plan if request.POST.get("decision") == "approve" else actions.reject_plan
    decide(plan_id, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
    messages.success(request, _("已记录您的决定。"))
    return redirect("planning:plan", plan_id)


@allowed("planning.download")
@require_GET
def plan_excel(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Hand out the plan as a workbook; the journal keeps who took it."""
    facts = queries.plan(request.user, plan_id)
    told = queries.result(request.user, plan_id)
    if present.is_outdated(told):
        raise Refusal(
            "plan.outdated",
            "该方案由较早的版本算出,请用同样的数据重新计算后再下载。",
            "An older version computed this plan; compute it again from the same facts, then download.",
        )
    result = PlanResult.from_dict(told)
    with NamedTemporaryFile(suffix=".xlsx") as file:
        write_workbook(result, Path(file.name), language=get_language() or "")
        content = Path(file.name).read_bytes()
    actions.note_download(plan_id, form="xlsx", by=request.user, at=timezone.now())
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _attachment(content, kind, f"{facts.name}.xlsx")


@allowed("planning.download")
@require_GET
def plan_json(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Hand out the plan as JSON, as the command line prints it."""
    facts = queries.plan(request.user, plan_id)
    content = queries.result_json(request.user, plan_id)
    actions.note_download(plan_id, form="json", by=request.user, at=timezone.now())
    return _attachment(content, "application/json", f"{facts.name}.json")


def _attachment(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@allowed("planning.compare")
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Set two plans side by side."""
    rows = [row for row in queries.plan_rows(request.user) if row.digest and row.figures.get("feasible")]
    asked = [whole_number(request.GET.get(name, "")) for name in ("a", "b")]
    ids = [number for number in asked if number is not None]
    chosen = ids if len(ids) == 2 else [row.pk for row in rows[1::-1]]
    context: dict[str, Any] = {"choices": rows, "a": chosen[0] if chosen else None}
    if len(chosen) == 2:
        context["b"] = chosen[1]
        pair = [queries.plan(request.user, plan_id) for plan_id in chosen]
        results = [queries.result(request.user, plan_id) for plan_id in chosen]
        if any(present.is_outdated(result) for result in results):
            context["is_outdated"] = True
        else:
            context |= {"pair": pair, "sentence": _compared(pair, results), **_side_by_side(results)}
    return render(request, "planning/plans/compare.html", context)


def _compared(pair: list[queries.PlanFacts], results: list[present.Tree]) -> str:
    a, b = (result["response"]["plan"] for result in results)
    return _("“%(b)s”比“%(a)s”平均到场%(minutes)s,%(target)g 分钟到场率%(share)s。") % {
        "a": pair[0].name,
        "b": pair[1].name,
        "minutes": _signed(b["mean_minutes"] - a["mean_minutes"], _("分钟"), 1),
        "target": results[1]["scope"]["target_minutes"],
        "share": _signed((b["target_share"] - a["target_share"]) * 100, _("个百分点"), 1),
    }


def _signed(value: float, unit: str, digits: int) -> str:
    if round(value, digits) == 0:
        return _("相同")
    words = _("多 %(n)s %(unit)s") if value > 0 else _("少 %(n)s %(unit)s")
    return words % {"n": f"{abs(value):.{digits}f}", "unit": unit}


def _side_by_side(results: list[present.Tree]) -> dict[str, Any]:
    figures = [present.comparison(result) for result in results]
    rows = [
        {"label": a["label"], "unit": a.get("unit", ""), "was": a["now"], "now": b["now"], "limit": None}
        for a, b in zip(*figures, strict=True)
    ]
    by_code = [{office["code"]: office for office in result["offices"]} for result in results]
    offices = []
    for code, first in by_code[0].items():
        second = by_code[1].get(code)
        if second is None:
            continue
        a, b = first["response_plan"], second["response_plan"]
        offices.append(
            {
                "name": first["name"],
                "tours_a": first["tours_plan"],
                "tours_b": second["tours_plan"],
                "tours_change": second["tours_plan"] - first["tours_plan"],
                "share_a": a["target_share"],
                "share_b": b["target_share"],
                "share_change": b["target_share"] - a["target_share"],
            }
        )
    offices.sort(key=lambda row: -abs(row["share_change"]))
    series = [
        {"name": name, "role": role, "values": present._by_hour_of_day(result["response"]["plan"]["by_hour"])}
        for name, role, result in zip((_("方案甲"), _("方案乙")), ("today", "plan"), results, strict=True)
    ]
    plot = present.response_by_hour_plot(results[1])
    return {"rows": rows, "offices": offices, "by_hour": {**plot, "series": series}}
