"""The office's month and its ledger of rest in lieu: seen, credited, taken, reversed."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from jingwu.duty import actions
from jingwu.duty.forms import CompRestForm, DayField
from jingwu.duty.queries import month as queries
from jingwu.duty.queries.own import month_of
from jingwu.duty.views import present
from jingwu.journal.access import allowed, scope_paths
from jingwu.offices import queries as offices


@allowed("duty.decide")
@require_http_methods(["GET", "POST"])
def ledger(request: HttpRequest) -> HttpResponse:
    """Show the counted minutes of a month and the ledger; credit overtime or note rest given."""
    mine = offices.offices(scope_paths(request.user, "duty.decide"))
    chosen = present.office_asked(request, mine) or next(iter(mine), None)
    if chosen is None:
        return render(request, "duty/ledger.html", {"sentence": _("没有可看的警务室。"), "chosen": None})
    first, last = month_of(_month(request))
    rows = queries.month(chosen.path, first, last)
    people = [(row.person_id, row.name) for row in rows]
    form = CompRestForm(people, request.POST or None, initial={"key": uuid.uuid4().hex})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        sign = -1 if data["kind"] == "given" else 1
        actions.add_comp_rest(
            data["person"],
            day=data["day"],
            minutes=sign * data["minutes"],
            reason=data["reason"],
            key=data["key"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, _("已记入台账。"))
        return present.back_to("duty:ledger", chosen.code)
    context = {
        "chosen": chosen,
        "offices": mine,
        "form": form,
        "rows": [_row(row) for row in rows],
        "lines": queries.lines(chosen.path),
        "first": first,
        "earlier": first - timedelta(days=1),
        "later": last + timedelta(days=1),
        "sentence": _sentence(rows, first),
    }
    return render(request, "duty/ledger.html", context, status=422 if form.errors else 200)


def _month(request: HttpRequest) -> date:
    """Return the first day of the month asked for; this month when it is none."""
    try:
        return DayField().clean(request.GET.get("month", "") + "-01")
    except ValidationError:
        return timezone.localdate()


def _sentence(rows: tuple[queries.MonthRow, ...], first: date) -> str:
    owed = [row for row in rows if row.owed_minutes > 0]
    words = _("%(month)s排班工时共 %(hours)d 小时") % {
        "month": date_format(first, pgettext("date format", "Y年n月")),
        "hours": round(sum(row.minutes for row in rows) / 60),
    }
    if not owed:
        return words + _(",没有人欠补休。")
    return words + _(",%(n)d 人欠补休 %(hours)s 小时。") % {
        "n": len(owed),
        "hours": f"{sum(row.owed_minutes for row in owed) / 60:g}",
    }


def _row(row: queries.MonthRow) -> dict[str, object]:
    return {
        "name": row.name,
        "category": present.category(row.category),
        "shifts": row.shifts,
        "nights": row.nights,
        "holidays": row.holidays,
        "hours": f"{row.minutes / 60:g}",
        "absences": row.absences,
        "owed": f"{row.owed_minutes / 60:g}",
        "is_owed": row.owed_minutes > 0,
    }


@allowed("duty.decide")
@require_POST
def reverse_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Cancel a line by its opposite."""
    reason = request.POST.get("reason", "")
    actions.reverse_comp_rest(line_id, reason=reason, by=request.user, at=timezone.now())
    messages.success(request, _("已冲正。"))
    return present.back_to("duty:ledger", request.POST.get("office", ""))
