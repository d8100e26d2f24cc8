"""Today: who is on, who is missing, who could stand in."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jingwu.duty import actions
from jingwu.duty.queries import today as queries
from jingwu.duty.views import present
from jingwu.journal.access import allowed, may, scope_paths
from jingwu.offices import queries as offices
from jingwu.terms.refusal import BadInput


@allowed("duty.view")
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """Show duty at this moment, for one office or for all that one sees."""
    now = timezone.now()
    mine = offices.offices(scope_paths(request.user, "duty.view"))
    chosen = present.office_asked(request, mine) or (mine[0] if len(mine) == 1 else None)
    facts = queries.today(request.user, now, office_id=chosen.id if chosen else None)
    opened = queries.open_now(request.user, chosen.id, now) if chosen else ()
    person_id = getattr(request.user, "person_id", None)
    context = {
        "facts": facts,
        "groups": [_group(group) for group in facts.groups if chosen or not _is_day_work(group)],
        "day_workers": 0 if chosen else sum(len(g.lines) for g in facts.groups if _is_day_work(g)),
        "standby": [_line(line) for line in facts.standby],
        "coming": [_line(line) for line in facts.coming],
        "absent": [{"line": a, "shift": present.kind_name(a.kind)} for a in facts.absent],
        "opened": [_open(item) for item in opened],
        "offices": mine,
        "chosen": chosen,
        "sentence": _sentence(facts, chosen.name if chosen else "", len(opened)),
        "may_call": bool(chosen) and may(request.user, "duty.absence", org=chosen),
        "may_decide": bool(chosen) and may(request.user, "duty.decide", org=chosen),
        "may_take": bool(chosen and person_id) and may(request.user, "duty.request", org=chosen),
        "may_read_handover": may(request.user, "duty.read_handover", org=chosen),
        "unled": sum(not group.has_officer for group in facts.groups),
    }
    return render(request, "duty/today.html", context)


def _is_day_work(group: queries.GroupOn) -> bool:
    return all(line.kind.look == "work" for line in group.lines)


def _sentence(facts: queries.TodayFacts, name: str, opened: int) -> str:
    where = name or _("%(n)d 个警务室") % {"n": facts.offices}
    words = _("%(where)s现有 %(n)d 人在岗") % {"where": where, "n": facts.people}
    if facts.next_change:
        words += _(",%(at)s 交接班") % {"at": f"{timezone.localtime(facts.next_change):%H:%M}"}
    if facts.absent:
        words += _(",%(n)d 人缺勤") % {"n": len(facts.absent)}
    if opened:
        words += _(",今明两天空缺 %(n)d 个班") % {"n": opened}
    return words + _("。")


def _line(line: queries.OnLine) -> dict[str, object]:
    return {
        "cell_id": line.cell_id,
        "name": line.duty.person_name,
        "category": present.category(line.duty.category),
        "office": line.duty.office_name,
        "kind": present.kind(line.kind),
        "until": line.duty.end_at,
        "since": line.duty.start_at,
    }


def _group(group: queries.GroupOn) -> dict[str, object]:
    return {
        "office": group.office_name,
        "name": group.lines[0].duty.group.rsplit("-", 1)[-1] or present.kind_name(group.lines[0].kind),
        "has_officer": group.has_officer,
        "lines": [_line(line) for line in group.lines],
    }


def _open(item: queries.OpenFacts) -> dict[str, object]:
    return {
        "roster_id": item.roster_id,
        "day": item.day.isoformat(),
        "when": present.md(item.day),
        "code": item.kind.code,
        "kind": present.kind(item.kind),
        "words": present.said(item.item.words_zh, item.item.words_en),
        "who": [
            {
                "id": person,
                "name": name,
                "is_lawful": one.lawful,
                "reasons": present.sentences(one.reasons[:2]),
            }
            for person, name, one in item.stand_ins
        ],
    }


@allowed("duty.view")
@require_POST
def take(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Put somebody, or oneself, on an open shift."""
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
        person = int(request.POST["person"]) if request.POST.get("person") else None
    except ValueError as error:
        raise BadInput("open.input", "请重新选择空缺。", "Choose the open shift again.") from error
    actions.take_open_shift(
        roster_id,
        day=day,
        code=request.POST.get("code", ""),
        person_id=person,
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("空缺已补上。"))
    return present.back_to("duty:today", request.POST.get("office", ""))
