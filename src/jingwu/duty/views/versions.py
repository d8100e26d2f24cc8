"""Versions of a roster: the list of steps, two versions side by side, and the way back to an older one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from jingwu.duty import actions
from jingwu.duty.queries import versions as queries
from jingwu.duty.queries.relaxing import Eased
from jingwu.duty.queries.rosters import roster_row
from jingwu.duty.queries.steps import as_now
from jingwu.duty.views import present
from jingwu.journal.access import allowed, may


@allowed("duty.view")
@require_GET
def versions(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Show two versions side by side, and every step that led to the newest."""
    row = roster_row(request.user, roster_id)
    sides = queries.sides(request.user, roster_id)
    after = request.GET.get("b") or f"{roster_id}.{row.version}"
    before = request.GET.get("a") or _default(sides, after)
    found = queries.compare(request.user, before, after)
    lines = queries.lines(request.user, roster_id)
    may_edit = row.state == "draft" and may(request.user, "duty.draft", org=row)
    context = {
        "roster": row,
        "office_name": row.office.unit.name,
        "office_code": row.office.unit.code,
        "sentence": _sentence(found),
        "scope": f"{_name(found.before, roster_id)} → {_name(found.after, roster_id)}",
        "sides": [{"key": side.key, "name": _name(side, roster_id)} for side in sides],
        "before": before,
        "after": after,
        "heads": [
            {"label": present.day_label(day, found.days), "weekday": present.weekday(day)}
            for day in found.days
        ],
        "rows": [_row(line, found) for line in found.rows],
        "changes": found.cells,
        "eased": _eased(found.eased),
        "steps": [_step(line) for line in lines],
        "first": {"at": row.created_at, "by": row.created_by.label if row.created_by else ""},
        "may_edit": may_edit,
        "as_now": as_now(row) if may_edit else (),
    }
    return render(request, "duty/versions.html", context)


def _default(sides: list[queries.Side], after: str) -> str:
    """Return what one wants to compare with first: the roster in force, else the first version."""
    in_force = [side for side in sides if side.is_in_force and side.key != after]
    own = [side for side in sides if side.roster_id == sides[0].roster_id]
    return (in_force or own[-1:])[0].key


def _name(side: queries.Side, roster_id: int) -> str:
    if side.roster_id == roster_id:
        if side.is_current:
            return _("现在(第 %(n)d 版)") % {"n": side.version}
        return _("第 %(n)d 版") % {"n": side.version}
    return _("%(state)s的班表,%(first)s 起,第 %(n)d 版") % {
        "state": side.state_words,
        "first": present.md(side.first_day),
        "n": side.version,
    }


def _sentence(found: queries.Comparison) -> str:
    if found.before.key == found.after.key:
        return _("还没有可比较的两个版本。")
    if not found.cells and not found.eased:
        return _("两个版本完全一样。")
    if not found.cells:
        return _("两个版本的班完全一样,放宽的不同。")
    return _("两个版本有 %(cells)d 格不同,涉及 %(people)d 人。") % {
        "cells": found.cells,
        "people": found.people,
    }


def _row(line: queries.ComparedRow, found: queries.Comparison) -> dict[str, Any]:
    return {
        "name": line.name,
        "cells": [_cell(day, before, after, found) for day, before, after in line.cells],
        "differences": line.differences,
        "nights": f"{line.nights:+d}" if line.nights else "",
        "hours": f"{round(line.minutes / 60):+d}" if line.minutes else "",
    }


def _cell(day: date, before: str, after: str, found: queries.Comparison) -> dict[str, Any]:
    was, now = (present.kind(found.kinds.get(code)) for code in (before, after))
    title = present.md(day) + " " + (now["name"] if before == after else f"{was['name']} → {now['name']}")
    return {"was": was, "now": now, "is_changed": before != after, "title": title}


def _step(line: queries.VersionLine) -> dict[str, Any]:
    words = {
        "roster.set": pgettext("a step", "改班"),
        "roster.move": pgettext("a step", "移动"),
        "roster.pin": pgettext("a step", "钉住"),
        "roster.unpin": pgettext("a step", "松开"),
        "roster.undo": pgettext("a step", "撤销"),
        "roster.redo": pgettext("a step", "重做"),
        "roster.repair": pgettext("a step", "采用建议"),
        "roster.relax": pgettext("a step", "放宽"),
        "roster.restore_rule": pgettext("a step", "恢复规则"),
        "roster.solve": pgettext("a step", "求解"),
        "roster.go_back": pgettext("a step", "回到旧版"),
        "roster.need": pgettext("a step", "采用方案的需求"),
        "roster.publish": pgettext("a step", "发布"),
        "roster.shorten": pgettext("a step", "新班表接替了一段日子"),
        "leave.approve": pgettext("a step", "准假,让出班次"),
        "leave.revoke": pgettext("a step", "收回休假"),
        "swap.approve": pgettext("a step", "换班"),
        "absence.call": pgettext("a step", "缺勤"),
        "open.take": pgettext("a step", "顶班"),
    }
    eased = present.listed(item["words"] for item in _eased(line.eased))
    says_itself = eased and line.verb in ("roster.relax", "roster.restore_rule")
    return {
        "version": line.version,
        "before": line.version - 1,
        "words": eased if says_itself else words.get(line.verb, line.verb),
        "cells": line.cells,
        "by": line.by,
        "at": line.at,
        "is_undone": line.is_undone,
        "eased": "" if says_itself else eased,
    }


def _eased(found: tuple[Eased, ...]) -> list[dict[str, Any]]:
    """Return what gives way, or is in force again, in words."""
    eased, restored = pgettext("what gives way", "放宽:%(what)s"), pgettext("what gives way", "恢复:%(what)s")
    return [
        {
            "is_eased": one.is_eased,
            "words": (eased if one.is_eased else restored)
            % {"what": present.said(one.words.zh, one.words.en)},
        }
        for one in found
    ]


@allowed("duty.draft")
@require_POST
def go_back(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Make the draft what it was at an older version."""
    version, seen = present.number(request.POST, "version"), present.number(request.POST)
    actions.go_back(roster_id, version, seen=seen, by=request.user, at=timezone.now())
    messages.success(request, _("已回到第 %(n)d 版的内容,存为新版本;可撤销。") % {"n": version})
    return redirect("duty:board", roster_id)
