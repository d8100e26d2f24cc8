"""Somebody cannot come: the least disturbance is shown first, and written when it is confirmed."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from jingwu.duty import actions
from jingwu.duty.queries import absence as queries
from jingwu.duty.views import present
from jingwu.journal.access import allowed, may


@allowed("duty.absence")
@require_http_methods(["GET", "POST"])
def absent(request: HttpRequest, cell_id: int) -> HttpResponse:
    """Ask what an absence would change; the button writes it."""
    if request.method == "POST":
        return _written(request, cell_id)
    facts = queries.absent_cell(request.user, cell_id)
    context = {
        "absent": facts,
        "kind": present.kind(facts.kind),
        "day": present.md(facts.day),
        "sentence": _("%(who)s %(day)s的%(shift)s不能来:先看怎么调整,确认后才生效。")
        % {"who": facts.person_name, "day": present.md(facts.day), "shift": present.kind_name(facts.kind)},
        "scope": [facts.office_name, present.category(facts.category), facts.kind.hours],
    }
    return render(request, "duty/absent.html", context)


@allowed("duty.absence")
@require_GET
def repair(request: HttpRequest, cell_id: int) -> HttpResponse:
    """Work out the least disturbance and return it as a part of the page."""
    facts = queries.repair(request.user, cell_id, timezone.now())
    may_move = may(request.user, "duty.decide", org=facts.absent.org_path)
    context = {
        "facts": facts,
        "verdict": _verdict(facts),
        "rows": [_row(change) for change in facts.changes],
        "open": [present.said(words.zh, words.en) for words in facts.still_open],
        "cells": _cells(facts.changes),
        "may_move": may_move,
        "others": [
            {
                "name": name,
                "category": present.category(category),
                "is_lawful": one.lawful,
                "reasons": present.sentences(one.reasons[:2]),
                "cells": json.dumps([[person, facts.absent.day.isoformat(), facts.absent.kind.code]]),
            }
            for person, name, category, one in facts.stand_ins
        ],
    }
    return render(request, "duty/parts/repair.html", context)


def _verdict(facts: queries.RepairFacts) -> str:
    if not facts.is_found:
        return _("这几天内没有合法的调整办法;可只记缺勤,再向邻近警务室借人。")
    if not facts.changes and facts.still_open and any(one.lawful for *_who, one in facts.stand_ins):
        return _("最小扰动是让班先空着:补上要动的代价更大。也可在下面请人。")
    if not facts.changes and facts.still_open:
        return _("没有人能合法顶班;班会空着。")
    if not facts.changes:
        return _("不必惊动别人:在岗的人仍满足最低配备。")
    return _("最小扰动:动 %(people)d 人、%(cells)d 个班。") % {
        "people": facts.people,
        "cells": len(facts.changes),
    }


def _row(change: queries.ChangedCell) -> dict[str, object]:
    return {
        "name": change.person_name,
        "category": present.category(change.category),
        "day": present.md(change.day),
        "before": present.kind(change.before),
        "after": present.kind(change.after),
        "reasons": present.sentences(change.reasons),
    }


def _cells(changes: tuple[queries.ChangedCell, ...]) -> str:
    return json.dumps([[c.person_id, c.day.isoformat(), c.code] for c in changes])


def _written(request: HttpRequest, cell_id: int) -> HttpResponse:
    facts = queries.absent_cell(request.user, cell_id)
    repairs = present.cells_of(request.POST.get("cells") or "[]")
    actions.call_absent(
        cell_id,
        reason=request.POST.get("reason", ""),
        repair=repairs,
        seen=present.number(request.POST) if repairs else None,
        by=request.user,
        at=timezone.now(),
    )
    people = len({change.person_id for change in repairs})
    if repairs:
        words = ngettext(
            "已记缺勤并调整班表,%(n)d 人已收到通知。", "已记缺勤并调整班表,%(n)d 人已收到通知。", people
        )
        messages.success(request, words % {"n": people})
    else:
        messages.success(request, _("已记缺勤,派警不再算上此人。"))
    return present.back_to("duty:today", facts.office_code)
