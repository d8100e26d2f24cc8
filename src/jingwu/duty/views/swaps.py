"""Swaps: a shift is chosen, what is lawful is shown, a colleague is asked and answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from jingwu.duty import actions
from jingwu.duty.forms import SwapForm
from jingwu.duty.queries import own
from jingwu.duty.queries.swapping import SwapOption, options
from jingwu.duty.views import present
from jingwu.journal.access import allowed

AHEAD = timedelta(days=42)


@allowed("duty.request")
@require_http_methods(["GET", "POST"])
def swap(request: HttpRequest) -> HttpResponse:
    """Offer a swap: choose a shift, see what is lawful, ask."""
    person = getattr(request.user, "person_id", None)
    now, today = timezone.now(), timezone.localdate()
    coming = [s for s in own.shifts(person, today, today + AHEAD) if s.start_at > now] if person else []
    shifts = [
        (
            s.day.isoformat(),
            f"{present.md(s.day)} {present.weekday(s.day)} {present.kind_name(s.kind)}",
        )
        for s in coming
    ]
    rosters = {s.day: s.roster_id for s in coming}
    chosen = _chosen(request, rosters)
    people = own.mates(rosters[chosen], but=person) if chosen and person else ()
    initial = {"giver_day": chosen.isoformat()} if chosen else {}
    form = SwapForm(shifts, people, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.offer_swap(
            rosters[data["giver_day"]],
            giver_day=data["giver_day"],
            taker_id=data["taker"],
            taker_day=data["taker_day"],
            reason=data["reason"],
            by=request.user,
            at=now,
        )
        messages.success(request, _("已问对方;对方同意、警务长批准后生效。"))
        return redirect("duty:mine")
    found = options(rosters[chosen], person, chosen, now) if chosen and person else ()
    context = {
        "form": form,
        "shifts": shifts,
        "chosen": chosen.isoformat() if chosen else "",
        "options": [_option(one) for one in found],
        "sentence": _("换班:对方同意、合法、警务长批准,三步都过才生效。")
        if coming
        else _("接下来六周没有您的班可换。"),
    }
    return render(request, "duty/swap.html", context, status=422 if form.errors else 200)


def _chosen(request: HttpRequest, rosters: Mapping[date, int]) -> date | None:
    """Return the shift to be swapped: the one asked for, else the next one."""
    wanted = request.POST.get("giver_day") or request.GET.get("day", "")
    return next((day for day in rosters if day.isoformat() == wanted), next(iter(rosters), None))


def _option(one: SwapOption) -> dict[str, object]:
    return {
        "person": one.person_id,
        "name": one.person_name,
        "day": one.day.isoformat(),
        "when": present.md(one.day),
        "weekday": present.weekday(one.day),
        "kind": present.kind(one.kind),
        "is_stand_in": one.kind is None,
        "norms": present.sentences(one.norms[:2]),
    }


@allowed("duty.request")
@require_POST
def swap_answer(request: HttpRequest, swap_id: int) -> HttpResponse:
    """Accept, decline, or withdraw."""
    verbs = {
        "accept": actions.accept_swap,
        "decline": actions.decline_swap,
        "withdraw": actions.withdraw_swap,
    }
    verb = verbs.get(request.POST.get("answer", ""))
    if verb is None:
        raise Http404
    verb(swap_id, by=request.user, at=timezone.now())
    return redirect("duty:mine")
