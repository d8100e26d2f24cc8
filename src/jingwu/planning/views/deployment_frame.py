"""What every page about deployment has: the fact set, its scene or the wait for it, the tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from jingwu.journal.access import allowed, may
from jingwu.planning import actions, deployment_queries, queries
from jingwu.planning.deployment_queries import Stand, StudyFacts
from jingwu.planning.views import present
from jingwu.terms.numbers import whole_number
from jingwu.terms.refusal import BadInput, Refusal

FORMULA = tuple("=+-@\t\r")


@dataclass(frozen=True)
class StudyJob:
    """A study as the progress part wants to see it."""

    state: str
    done_share: float
    step: str
    poll_url: str
    result_url: str
    remaining_seconds: float | None = None
    cancel_url: str = ""
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Here:
    """The fact set a page is about, with its scene, as one account sees it."""

    facts: queries.FactSetFacts
    offices: int | None
    stand: Stand
    may_deploy: bool

    @property
    def study_params(self) -> dict[str, Any]:
        """Return what a study must be told to stand on the same scene."""
        return {"offices": self.offices}

    def names(self) -> dict[str, str]:
        """Return the offices' short names by code."""
        ground = self.stand.scene.ground
        return {
            code: present.short_name(name)
            for code, name in zip(ground.codes, ground.office_names, strict=True)
        }


def here(request: HttpRequest, *, fact_set_id: int | None = None) -> Here | HttpResponse:
    """Return the scene the page is about, or the page that says what is missing, or how long it takes.

    The scene is asked for on the first visit: it is derived from the facts alone and kept.
    """
    facts = _fact_set(request, fact_set_id)
    if facts is None:
        return render(request, "planning/deployment/empty.html", {"tabs": tabs(request)})
    offices = _offices(request)
    found = deployment_queries.find_study(request.user, facts.id, "ground", {"offices": offices})
    if found is None or (found.state == "failed" and "again" in request.GET):
        study_id = actions.request_study(
            facts.id, kind="ground", params={"offices": offices}, by=request.user, at=timezone.now()
        )
        found = deployment_queries.study(request.user, study_id)
    if found.state != "done":
        context = {
            "tabs": tabs(request),
            "facts": facts,
            "job": job_of(found, request.get_full_path()),
            "needs_offices": found.failure.get("code") == "plan.no_offices",
            "has_failed": found.state == "failed",
        }
        return render(request, "planning/deployment/waiting.html", context)
    may_deploy = may(request.user, "planning.deploy", org=facts.org_path)
    return Here(facts, offices, deployment_queries.stand(found), may_deploy)


def _fact_set(request: HttpRequest, fact_set_id: int | None) -> queries.FactSetFacts | None:
    wanted = fact_set_id or whole_number(request.GET.get("facts", ""))
    if wanted is not None:
        return queries.fact_set(request.user, wanted)
    current = queries.current_plan(request.user)
    known = queries.fact_sets(request.user, adopted_only=True)
    # the plan in force says which district and which facts are meant
    return next(
        (one for one in known if current and one.id == current.fact_set_id), known[0] if known else None
    )


def _offices(request: HttpRequest) -> int | None:
    text = request.GET.get("offices", "") or request.POST.get("offices", "")
    if not text:
        return None
    number = whole_number(text)
    if number is None or not 1 <= number <= 2000:
        raise BadInput(
            "deployment.offices",
            "警务室个数须是 1 到 2000 的整数。",
            "Offices: a whole number from 1 to 2000.",
        )
    return number


def job_of(study: StudyFacts, result_url: str) -> StudyJob:
    """Return a study as the progress part shows it."""
    failure = study.failure
    words = {
        "facts": _("读取数据"),
        "today": _("仿真今日部署"),
        "simulation": _("仿真"),
        "neighbours": _("找相邻警格"),
        "search": _("划分并逐步改进"),
        "compare": _("比较前后"),
        "density": _("计算密度"),
        "hours": _("扫描时段"),
        "repeats": _("检验近重复"),
        "score": _("在留出的几周上打分"),
    }
    return StudyJob(
        state=study.state,
        done_share=study.progress_share,
        step=words.get(study.progress_step, _("准备")),
        poll_url=reverse("planning:study_progress", args=[study.id]) + "?" + urlencode({"to": result_url}),
        result_url=result_url,
        refusal=Refusal(failure["code"], failure["zh"], failure["en"]) if failure else None,
    )


@allowed("planning.view")
@require_GET
def study_progress(request: HttpRequest, study_id: int) -> HttpResponse:
    """Show how far a study is (the part that asks again every second)."""
    study = deployment_queries.study(request.user, study_id)
    target = request.GET.get("to", "")
    if not target.startswith("/planning/") or "\\" in target:
        target = reverse("planning:deployment")
    return render(request, "site/parts/job.html", {"job": job_of(study, target)})


def tabs(request: HttpRequest, **params: object) -> list[tuple[str, str, str]]:
    """Return the tabs of the deployment pages."""
    query = "&".join(f"{name}={value}" for name, value in params.items() if value)
    tail = f"?{query}" if query else ""
    return [
        ("deployment", _("部署"), reverse("planning:deployment") + tail),
        ("replay", _("回放一天"), reverse("planning:deployment_replay") + tail),
        ("beats", _("警格归属"), reverse("planning:beats") + tail),
        ("hot", _("热点与热时"), reverse("planning:hot_places") + tail),
    ]


def page_params(page: Here) -> dict[str, object]:
    """Return what the tabs must carry so that the next page speaks of the same facts."""
    return {"facts": page.facts.id, "offices": page.offices or ""}


def csv_url(request: HttpRequest) -> str:
    """Return the address of this page's table as a file."""
    params = request.GET.copy()
    params["csv"] = "1"
    return f"{request.path}?{params.urlencode()}"


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a table as CSV that Excel and WPS read; no cell is ever run as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        # csv writes numbers and None as they are; only words can be mistaken for a formula
        writer.writerow(
            [f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA else cell for cell in row]
        )
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def back_to(name: str, page: Here, **more: object) -> HttpResponse:
    """Send the browser to a page of this group with the fact set kept."""
    params = {**page_params(page), **more}
    query = "&".join(f"{key}={value}" for key, value in params.items() if value not in ("", None))
    return redirect(f"{reverse(name)}?{query}")
