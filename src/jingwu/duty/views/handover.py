"""The handover in sixty seconds."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jingwu.duty import actions
from jingwu.duty.queries import handover as queries
from jingwu.duty.queries import today as days
from jingwu.duty.queries.presence import OnDuty
from jingwu.duty.sources import open_items
from jingwu.duty.views import present
from jingwu.journal.access import allowed, may, require, scope_paths
from jingwu.offices import queries as offices
from jingwu.terms.refusal import BadInput


@allowed("duty.read_handover")
@require_GET
def handover(request: HttpRequest) -> HttpResponse:
    """Show the nearest change of shift: what is open, who goes and who comes, and the two signatures."""
    mine = offices.offices(scope_paths(request.user, "duty.read_handover"))
    chosen = present.office_asked(request, mine) or next(iter(mine), None)
    now = timezone.now()
    change = queries.change_near(chosen.id, now) if chosen else None
    if chosen is None or change is None:
        context = {"sentence": _("附近没有交接班。"), "offices": mine, "chosen": chosen, "facts": None}
        return render(request, "duty/handover.html", context)
    facts = queries.handover(chosen.id, change)
    local = timezone.localtime(change)
    context = {
        "facts": facts,
        "chosen": chosen,
        "offices": mine,
        "items": facts.content.get("items", []) if facts.out_by_id else _items(chosen.id, now),
        "opened": [
            {"when": present.md(item.day), "shift": present.kind_name(item.kind)}
            for item in days.open_now(request.user, chosen.id, now)
        ],
        "leaving": [_person(duty) for duty in facts.leaving],
        "coming": [_person(duty) for duty in facts.coming],
        "sentence": _sentence(facts, f"{local:%H:%M}"),
        "may_sign": may(request.user, "duty.handover", org=chosen),
        "is_own": facts.out_by_id == request.user.pk,
        "is_leaving": _is_on(request, facts.leaving),
        "is_coming": _is_on(request, facts.coming),
        "may_stand_in": may(request.user, "duty.decide", org=chosen),
        "past": queries.past_handovers(chosen.id),
    }
    return render(request, "duty/handover.html", context)


def _is_on(request: HttpRequest, side: tuple[OnDuty, ...]) -> bool:
    return getattr(request.user, "person_id", None) in {duty.person_id for duty in side}


def _items(office_id: int, at: datetime) -> list[dict[str, str]]:
    english = present.is_english()
    return [
        {
            "kind": item.kind,
            "level": item.level,
            "words": item.en if english else item.zh,
            "url": item.url,
            "due": timezone.localtime(item.due_at).strftime("%m-%d %H:%M") if item.due_at else "",
        }
        for item in open_items(office_id, at)
    ]


def _sentence(facts: queries.HandoverFacts, clock: str) -> str:
    if facts.in_by_id:
        return _("%(at)s 交接完成:%(out)s → %(into)s。") % {
            "at": clock,
            "out": facts.out_by,
            "into": facts.in_by,
        }
    if facts.out_by_id:
        return _("%(out)s 已交班,等接班人签字。") % {"out": facts.out_by}
    return _("%(at)s 交接班:%(out)d 人下、%(into)d 人上,还没有签字。") % {
        "at": clock,
        "out": len(facts.leaving),
        "into": len(facts.coming),
    }


def _person(duty: OnDuty) -> dict[str, str]:
    return {
        "name": duty.person_name,
        "category": present.category(duty.category),
        "group": duty.group.rsplit("-", 1)[-1],
    }


@allowed("duty.handover")
@require_POST
def sign_out(request: HttpRequest, code: str) -> HttpResponse:
    """Sign as the leaving side."""
    office = offices.office(code)
    require(request.user, "duty.handover", org=office)
    try:
        change = datetime.fromisoformat(request.POST.get("change", "")).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput("handover.change", "请刷新后再签。", "Reload the page and sign again.") from error
    now = timezone.now()
    content = {"items": _items(office.id, now)}
    actions.sign_out(
        code,
        change_at=change,
        content=content,
        notes=request.POST.get("notes", ""),
        stand_in=request.POST.get("stand_in", ""),
        by=request.user,
        at=now,
    )
    messages.success(request, _("已交班。请接班人在自己的手机或这台电脑上签字。"))
    return present.back_to("duty:handover", code)


@allowed("duty.handover")
@require_POST
def sign_in(request: HttpRequest, handover_id: int) -> HttpResponse:
    """Sign as the coming side."""
    stand_in = request.POST.get("stand_in", "")
    actions.sign_in(handover_id, stand_in=stand_in, by=request.user, at=timezone.now())
    messages.success(request, _("已接班。"))
    return present.back_to("duty:handover", request.POST.get("office", ""))
