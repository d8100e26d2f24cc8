"""'Why not' asked of the rules: the conflict in words, and a button for everything that may give way."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jingwu.duty import actions
from jingwu.duty.queries import relaxing as queries
from jingwu.duty.views import present
from jingwu.journal.access import allowed

BADGES = {"law": "law", "norm": "norm", "fact": "target"}


@allowed("duty.approve")
@require_GET
def ask(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Answer why the posts cannot all be filled, as a part of the board."""
    answer = queries.ask(request.user, roster_id, today=timezone.localdate())
    context = {
        "answer": answer,
        "verdict": _verdict(answer),
        "reasons": [
            {"badge": BADGES[item.level], "words": present.said(item.words.zh, item.words.en)}
            for item in answer.reasons
        ],
        "ways": [
            {
                "rule": way.rule_id,
                "subjects": ",".join(way.subjects),
                "amount": way.amount,
                "can_apply": way.can_apply,
                "is_leave": way.rule_id == queries.LEAVE,
                "words": present.said(way.words.zh, way.words.en),
            }
            for way in answer.ways
        ],
    }
    return render(request, "duty/parts/ask.html", context)


def _verdict(answer: queries.Answer) -> str:
    if answer.is_possible:
        return _("可以排满:不违反任何规则。请求解。")
    if answer.is_lawless:
        return _("这些条件互相矛盾,一份合规的班表也排不出:")
    return _("排不满,因为这些条件不能同时成立:")


@allowed("duty.approve")
@require_POST
def relax(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Let give way what the answer proposed, then show the board, where the chief may ask again."""
    actions.relax_roster(
        roster_id,
        request.POST.get("rule", ""),
        [text for text in request.POST.get("subjects", "").split(",") if text],
        present.number(request.POST, "amount"),
        seen=present.number(request.POST),
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("已放宽;可再追问,或重新求解。"))
    return redirect("duty:board", roster_id)


@allowed("duty.approve")
@require_POST
def restore(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Put a rule back in force."""
    rule, seen = request.POST.get("rule", ""), present.number(request.POST)
    actions.restore_rule(roster_id, rule, seen=seen, by=request.user, at=timezone.now())
    messages.success(request, _("已恢复。"))
    return redirect("duty:board", roster_id)
