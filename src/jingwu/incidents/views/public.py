"""The resident's report without an account, and the few figures that may be public."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from jingwu.incidents import actions, queries
from jingwu.incidents.actions import NewIncident
from jingwu.incidents.answer_links import is_answer_proof, progress_day, progress_token
from jingwu.incidents.forms import PublicReportForm, RatingForm
from jingwu.incidents.guide import emergency_words_in
from jingwu.incidents.models import CATEGORIES
from jingwu.journal.actor import SYSTEM
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.people.middleware import client_address
from jingwu.terms.people import OrgLevel
from jingwu.terms.refusal import BadInput, Refusal

log = logging.getLogger(__name__)

# of one network address: limits against machines, not a policy about people
REPORTS_PER_HOUR = 5
ANSWERS_PER_HOUR = 20  # with a link that is not ours: somebody is guessing
HOUR = timedelta(hours=1)


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Take a report that is no emergency; words of danger are answered with 110 first."""
    page = "incidents/public_report.html"
    here = offices.offices([unit.path for unit in offices.units(["/"], level=OrgLevel.PROVINCE)])
    choices = [("", _("请选择")), *((row.code, row.name) for row in here)]
    figures = _figures(here)
    if request.method == "GET":
        return render(request, page, {"form": PublicReportForm(choices), **figures})
    form = PublicReportForm(choices, request.POST)
    danger = emergency_words_in(request.POST.get("text", ""))
    status = 200
    if form.is_valid() and not form.cleaned_data["website"]:
        if danger and "confirmed" not in request.POST:
            return render(request, page, {"form": form, "danger": danger, **figures})
        if _is_too_many(request, "report", REPORTS_PER_HOUR):
            form.add_error(None, _("提交太频繁,请一小时后再试;紧急情况请拨打 110。"))
            status = 429
        else:
            number = _register(form)
            if number:
                last_day = _last_day(form.cleaned_data["office"])
                link = reverse("incidents:public_progress", args=[number, progress_token(number, last_day)])
                context = {"number": number, "link": request.build_absolute_uri(link), "last_day": last_day}
                return render(request, "incidents/public_done.html", context)
            status = 422
    elif form.is_valid():
        return render(request, "incidents/public_done.html", {"number": ""})  # a machine: nothing was stored
    else:
        status = 422
    return render(request, page, {"form": form, **figures}, status=status)


@require_GET
def progress(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Say in words how far a resident's report has come: never its contents, never who handles it."""
    last_day = progress_day(number, token)
    if last_day is not None and timezone.localdate() > last_day:
        sentence = _("这个链接已过期。要问进度,请把编号报给警务室。")
        return render(request, "incidents/public_progress.html", {"sentence": sentence}, status=410)
    state = queries.public_state(number) if last_day is not None else ""
    words = {
        "new": _("已收到,等待警务室查看"),
        "working": _("警务室正在办理"),
        "done": _("已办理完毕"),
        "passed_on": _("已转由其他单位办理"),
    }
    steps = [_("已收到"), _("办理中"), _("已办完")]
    context = {
        "sentence": words.get(state) or _("没有这个编号,或链接不完整。"),
        "number": number if state else "",
        "steps": steps,
        "step": {"new": 1, "working": 2, "done": 3}.get(state),
        "last_day": last_day if state else None,
    }
    return render(request, "incidents/public_progress.html", context, status=200 if state else 404)


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, code: str, proof: str) -> HttpResponse:
    """Let the person who reported rate the handling, once; opening the page uses nothing up."""
    at = timezone.now()
    page = "incidents/public_answer.html"
    if not is_answer_proof(code, proof):
        status = 429 if _is_too_many(request, "answer", ANSWERS_PER_HOUR) else 404
        return render(request, page, {"sentence": _("链接不完整,请从短信里重新点开。")}, status=status)
    closed = {"sentence": _("这个链接已经用过、已过期,或已由电话回访。"), "is_over": True}
    path = queries.path_of_open_link(code, at=at)
    if path is None:
        return render(request, page, closed, status=410)
    rules = norms_for(path, timezone.localdate(at)).incidents
    form = RatingForm(request.POST or None)
    if not form.is_valid():
        is_sent = request.method == "POST"
        sentence = _("请选一项。") if is_sent else _("这次处理得怎么样?")
        context = {"form": form, "sentence": sentence, "call_back_hours": rules.call_back_hours}
        return render(request, page, context, status=422 if is_sent else 200)
    try:
        actions.answer_by_link(code, **form.cleaned_data, at=at)
    except Refusal:
        return render(request, page, closed, status=410)
    return render(request, page, {"sentence": _("谢谢,已收到您的评价。"), "is_done": True})


def _register(form: PublicReportForm) -> str:
    values = form.cleaned_data
    try:
        row = actions.register(
            NewIncident(
                office_code=values["office"],
                text=values["text"],
                source="online",
                category=values["category"],
                address=values["address"],
                reporter_name=values["reporter_name"],
                reporter_phone=values["reporter_phone"],
                is_anonymous=values["is_anonymous"],
            ),
            by=SYSTEM,
            at=timezone.now(),
        )
    except BadInput as refusal:
        form.add_error(None, refusal.message(get_language() or ""))
        return ""
    return row.number


def _last_day(office_code: str) -> date:
    """Return the last day on which a progress link of this office can be used."""
    today = timezone.localdate()
    norms = norms_for(offices.office(office_code).path, today)
    return today + timedelta(days=norms.incidents.progress_link_days)


def _is_too_many(request: HttpRequest, what: str, most: int) -> bool:
    key = f"public-{what}:{client_address(request)}"
    cache.add(key, 0, HOUR.total_seconds())
    return cache.incr(key) > most


def _figures(here: list[offices.OfficeFacts]) -> dict[str, Any]:
    """Return the public counts of the district, and by which norms they were counted."""
    if not here or settings.DEBUG is None:
        return {}
    district = offices.district_of(here[0].path)
    path = district.path if district else here[0].path
    norms = norms_for(path, timezone.localdate())
    labels = {code: str(label) for code, label in CATEGORIES}
    found = queries.public_figures(path, norms, at=timezone.now())
    return {
        "figures": [(labels[row.category], row.count) for row in found],
        "public_days": norms.incidents.public_figures_days,
        "public_least": norms.appraisal.scoring.public_suppression_below,
    }
