"""The patrol desk: which points were visited today, and new routes."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jingwu.incidents import actions
from jingwu.incidents.forms import RouteForm
from jingwu.incidents.queries import patrols as queries
from jingwu.journal.access import allowed, scope_paths
from jingwu.offices import queries as offices
from jingwu.terms.refusal import Refusal


@allowed("incidents.plan_patrols")
@require_http_methods(["GET", "POST"])
def patrols(request: HttpRequest) -> HttpResponse:
    """Show every route with today's visits, or lay out a new one."""
    at = timezone.now()
    paths = scope_paths(request.user, "incidents.plan_patrols", at=at)
    choices = [(row.code, row.name) for row in offices.offices(paths)]
    form = RouteForm(choices, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _lay_out(form.cleaned_data, request)
        except Refusal as refusal:
            form.add_error(None, refusal.message(get_language() or ""))
        else:
            messages.success(request, _("路线已设置,可以打印二维码。"))
            return redirect("field:patrols")
    routes = queries.routes(request.user, at=at)
    context = {"routes": routes, "form": form, "sentence": _sentence(routes), "is_open": bool(form.errors)}
    return render(request, "incidents/field/patrols.html", context, status=422 if form.errors else 200)


def _lay_out(values: dict[str, Any], request: HttpRequest) -> None:
    stem = f"{values['office'][-12:]}-{secrets.token_hex(3)}"
    points = [replace(point, code=f"{stem}-{place:02d}") for place, point in enumerate(values["points"], 1)]
    actions.open_route(values["office"], values["name"], points, by=request.user, at=timezone.now())


def _sentence(routes: list[queries.RouteVisits]) -> str:
    if not routes:
        return _("还没有巡防路线。")
    values = {
        "routes": len(routes),
        "points": sum(len(route.points) for route in routes),
        "visited": sum(route.visited_count for route in routes),
    }
    return _("今天 %(points)d 个巡防点到了 %(visited)d 个,共 %(routes)d 条路线。") % values
