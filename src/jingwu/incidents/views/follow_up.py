"""The follow-up desk: who still has to be asked, and which complaints have to be called back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jingwu.incidents import actions, queries
from jingwu.incidents.answer_links import answer_proof
from jingwu.incidents.qr import qr_picture
from jingwu.journal.access import allowed


@allowed("incidents.follow_up")
@require_GET
def follow_up(request: HttpRequest) -> HttpResponse:
    """Show reviewed incidents whose answer, call-back or closing is due."""
    at = timezone.now()
    rows = queries.follow_up_desk(request.user, at=at)
    back = [row for row in rows if row.satisfaction == 3 and row.state == "reviewed"]
    ask = [row for row in rows if row.satisfaction is None and row.state == "reviewed"]
    close = [row for row in rows if row not in back and row not in ask]
    if rows:
        sentence = _("待核查回访 %(back)d 起,待回访 %(ask)d 起,待办结 %(close)d 起。") % {
            "back": len(back), "ask": len(ask), "close": len(close),
        }  # fmt: skip
    else:
        sentence = _("没有待回访的警情。")
    owed = queries.call_back_hours(request.user, at=at)
    hours = "–".join(f"{n:g}" for n in dict.fromkeys((owed[0], owed[-1])))
    parts = [
        ("back", _("不满意:%(hours)s 小时内由他人核查回访") % {"hours": hours}, back),
        ("ask", _("待回访"), ask),
        ("close", _("已回访,待办结"), close),
    ]
    context = {"sentence": sentence, "parts": parts, "rows": rows, "hours": hours}
    return render(request, "incidents/follow_up.html", context)


@allowed("incidents.follow_up")
@require_POST
def answer_link(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Make a link by which the person who reported rates the handling once, and show it this once."""
    at = timezone.now()
    row = queries.find(request.user, incident_id, at=at)
    code = actions.issue_link(incident_id, by=request.user, at=at)
    path = reverse("incidents:public_answer", args=[code, answer_proof(code)])
    link = request.build_absolute_uri(path)
    context = {"number": row.number, "id": row.pk, "link": link, "picture": qr_picture(link)}
    return render(request, "incidents/answer_link.html", context)
