"""Which roster: a chief comes to their own board at once, a manager chooses an office."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from jingwu.duty import actions
from jingwu.duty.forms import DraftForm
from jingwu.duty.queries import board as boards
from jingwu.duty.queries.own import pending
from jingwu.journal.access import allowed, may, require, scope_paths
from jingwu.offices import queries as offices


@allowed("duty.view")
@require_GET
def roster(request: HttpRequest) -> HttpResponse:
    """Go to the board of the only office one sees, or list the offices with their rosters."""
    mine = offices.offices(scope_paths(request.user, "duty.view"))
    today = timezone.localdate()
    if len(mine) == 1:
        found = boards.current(request.user, mine[0].code, today)
        if found is not None:
            return redirect("duty:board", found)
        return redirect("duty:rosters", mine[0].code)
    lines = boards.rosters_at(request.user, today)
    waiting = pending(request.user)
    rows = []
    for office in mine:
        found_lines = lines.get(office.code, [])
        now = next(
            (x for x in found_lines if x.state == "published" and x.first_day <= today <= x.last_day), None
        )
        until = max((x.last_day for x in found_lines if x.state == "published"), default=None)
        draft = next((x for x in found_lines if x.state == "draft"), None)
        rows.append(
            {
                "office": office,
                "now": now,
                "until": until,
                "draft": draft,
                "name": office.name,
                "days_left": (until - today).days if until else -1,
            }
        )
    bare = sum(row["now"] is None for row in rows)
    sentence = (
        _("%(n)d 个警务室今天没有已发布的班表。") % {"n": bare}
        if bare
        else _("%(n)d 个警务室今天都有已发布的班表。") % {"n": len(rows)}
    )
    context = {"rows": rows, "sentence": sentence, "pending": waiting, "office_count": len(rows)}
    return render(request, "duty/rosters.html", context)


@allowed("duty.view")
@require_http_methods(["GET", "POST"])
def office_rosters(request: HttpRequest, code: str) -> HttpResponse:
    """Show an office's versions, and draft another roster."""
    office = offices.office(code)
    require(request.user, "duty.view", org=office)
    may_draft = may(request.user, "duty.draft", org=office)
    lines = boards.rosters(request.user, code)
    after = max((line.last_day for line in lines if line.state != "replaced"), default=None)
    form = DraftForm(request.POST or None, after=after)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        roster_id = actions.draft_roster(
            code,
            data["first_day"],
            data["last_day"],
            system=data["system"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, _("草稿按轮班循环排好了,可以拖动调整,也可以求解。"))
        return redirect("duty:board", roster_id)
    sentence = (
        ngettext("%(office)s有 %(n)d 份班表。", "%(office)s有 %(n)d 份班表。", len(lines))
        % {"office": office.name, "n": len(lines)}
        if lines
        else _("%(office)s还没有班表,先排一份。") % {"office": office.name}
    )
    context = {
        "office": office,
        "lines": lines,
        "form": form,
        "may_draft": may_draft,
        "may_decide": may(request.user, "duty.decide", org=office),
        "sentence": sentence,
    }
    return render(request, "duty/office_rosters.html", context, status=422 if form.errors else 200)
