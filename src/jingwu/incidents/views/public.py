"""The resident's report without an account, and the few figures that may be public."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from jingwu.incidents import actions, queries
from jingwu.incidents.actions import NewIncident
from jingwu.incidents.forms import PublicReportForm
from jingwu.incidents.guide import emergency_words_in
from jingwu.incidents.models import CATEGORIES
from jingwu.journal.actor import SYSTEM
from jingwu.offices import queries as offices
from jingwu.people.middleware import client_address
from jingwu.terms.people import OrgLevel
from jingwu.terms.refusal import BadInput

log = logging.getLogger(__name__)

REPORTS_PER_HOUR = 5  # of one network address: a limit against machines, not a policy about people
HOUR = timedelta(hours=1)


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Take a report that is no emergency; words of danger are answered with 110 first."""
    here = offices.offices([unit.path for unit in offices.units(["/"], level=OrgLevel.PROVINCE)])
    choices = [("", _("请选择")), *((row.code, row.name) for row in here)]
    figures = _figures(here)
    if request.method == "GET":
        return render(
            request, "incidents/public_report.html", {"form": PublicReportForm(choices), "figures": figures}
        )
    form = PublicReportForm(choices, request.POST)
    danger = emergency_words_in(request.POST.get("text", ""))
    status = 200
    if form.is_valid() and not form.cleaned_data["website"]:
        if danger and "confirmed" not in request.POST:
            return render(
                request, "incidents/public_report.html", {"form": form, "danger": danger, "figures": figures}
            )
        if _is_too_many(request):
            form.add_error(None, _("提交太频繁,请一小时后再试;紧急情况请拨打 110。"))
            status = 429
        else:
            number = _register(form)
            if number:
                link = reverse("incidents:public_progress", args=[number, progress_token(number)])
                context = {"number": number, "link": request.build_absolute_uri(link)}
                return render(request, "incidents/public_done.html", context)
            status = 422
    elif form.is_valid():
        return render(request, "incidents/public_done.html", {"number": ""})  # a machine: nothing was stored
    else:
        status = 422
    return render(request, "incidents/public_report.html", {"form": form, "figures": figures}, status=status)


def progress_token(number: str) -> str:
    """Return the token without which nobody learns how the report with this number stands."""
    return salted_hmac("incidents.progress", number, algorithm="sha256").hexdigest()[:32]


@require_GET
def progress(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Say in words how far a resident's report has come: never its contents, never who handles it."""
    state = ""
    if constant_time_compare(progress_token(number), token):
        state = queries.public_state(number)
    words = {
        "new": _("已收到,等待警务室查看"),
        "working": _("警务室正在办理"),
        "done": _("已办理完毕"),
        "passed_on": _("已转由其他单位办理"),
    }
    sentence = words.get(state) or _("没有这个编号,或链接不完整。")
    context = {"sentence": sentence, "number": number if state else ""}
    return render(request, "incidents/public_progress.html", context, status=200 if state else 404)


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


def _is_too_many(request: HttpRequest) -> bool:
    key = f"public-report:{client_address(request)}"
    cache.add(key, 0, HOUR.total_seconds())
    return cache.incr(key) > REPORTS_PER_HOUR


def _figures(here: list[offices.OfficeFacts]) -> list[tuple[str, int | None]]:
    if not here or settings.DEBUG is None:
        return []
    district = offices.district_of(here[0].path)
    labels = {code: str(label) for code, label in CATEGORIES}
    found = queries.public_figures(district.path if district else here[0].path, at=timezone.now())
    return [(labels[row.category], row.count) for row in found]
