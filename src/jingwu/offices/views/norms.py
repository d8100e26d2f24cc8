"""The norms: what holds on a day for a unit, since when, on whose word; local values by two people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jingwu.journal.access import allowed, may, scope_paths
from jingwu.norms import NormBook
from jingwu.offices import actions, queries
from jingwu.offices.forms import DecisionForm, ProposalForm
from jingwu.offices.views import norm_rows
from jingwu.offices.words import STATUS
from jingwu.terms.refusal import BadInput, Refusal


@allowed("norms.view")
@require_safe
def norms(request: HttpRequest) -> HttpResponse:
    """Show what holds on a day for a unit, by scheme, with search."""
    units = _units(request, "norms.view")
    unit, day = _unit(request, units), _day(request)
    book = queries.norm_book(unit.path)
    overtaken = set(book.overtaken(day))
    rows = norm_rows.rows(book, day, overtaken=overtaken, language=get_language() or "")
    chosen = norm_rows.chosen(
        rows, text=request.GET.get("q", "").strip()[:60], scheme=request.GET.get("scheme", ""),
        status=request.GET.get("status", ""),
    )  # fmt: skip
    context = {
        "sentence": _sentence(rows, len(overtaken), unit, day, queries.waiting_norms(request.user)),
        "rows": chosen, "units": units, "unit": unit, "day": day, "version": book.version(day),
        "schemes": norm_rows.schemes(rows), "statuses": STATUS.items(),
        "overtaken": [row for row in rows if row.is_overtaken], "query": norm_rows.query(unit, day),
        "sees_plans": may(request.user, "planning.view"),
    }  # fmt: skip
    return render(request, "offices/norms/list.html", context)


def _sentence(
    rows: Sequence[norm_rows.Row], overtaken: int, unit: queries.UnitFacts, day: date, waiting: int
) -> str:
    local = sum(row.is_local for row in rows)
    words = _("%(unit)s在 %(day)s 适用 %(count)s 条规范") % {
        "unit": unit.name,
        "day": day,
        "count": len(rows),
    }
    words += _(",其中 %(local)s 条是本地值") % {"local": local} if local else _(",全部是系统自带的值")
    if waiting:
        words += _(",%(waiting)s 条待第二人批准") % {"waiting": waiting}
    if overtaken:
        words += _(",%(count)s 条本地值比新版规范旧") % {"count": overtaken}
    return words + _("。")


@allowed("norms.view")
@require_safe
def norm(request: HttpRequest, key: str) -> HttpResponse:
    """Show one norm: its value on a day, its history, what is proposed, and the form to propose."""
    return _norm_page(request, key, None)


def _norm_page(request: HttpRequest, key: str, form: ProposalForm | None, status: int = 200) -> HttpResponse:
    units = _units(request, "norms.view")
    unit, day = _unit(request, units), _day(request)
    book = queries.norm_book(unit.path)
    if key not in book.norms:
        raise Http404
    language = get_language() or ""
    row = norm_rows.row(book, key, day, overtaken=set(book.overtaken(day)), language=language)
    may_propose = may(request.user, "norms.propose")
    context = {
        "row": row, "sentence": norm_rows.sentence(row, day), "unit": unit, "day": day, "units": units,
        "history": norm_rows.history(book, key, day), "proposals": _shown(request, book, key),
        "form": form or (_form(request, book, key) if may_propose else None), "may_propose": may_propose,
        "query": norm_rows.query(unit, day),
        "sees_plans": may(request.user, "planning.view"),
    }  # fmt: skip
    return render(request, "offices/norms/detail.html", context, status=status)


@allowed("norms.propose")
@require_POST
def propose(request: HttpRequest, key: str) -> HttpResponse:
    """Propose a dated local value; what does not fit comes back with the form."""
    units = _units(request, "norms.propose")
    book = queries.norm_book(units[0].path)
    if key not in book.norms:
        raise Http404
    form = _form(request, book, key, request.POST)
    if form.is_valid():
        found = form.cleaned_data
        try:
            actions.propose_norm(
                found["unit_code"], key=key, start=found["start"], value=found["new_value"],
                reference=found["reference"], reason=found["reason"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except BadInput as refusal:
            language = get_language() or ""
            for reason in [one.reason(language) for one in refusal.problems] or [refusal.message(language)]:
                form.add_error(None, reason)
        else:
            messages.success(request, _("已提出,另一位管理者批准后从生效日期起适用。"))
            return redirect("norms:norm", key)
    return _norm_page(request, key, form, status=422)


def _form(request: HttpRequest, book: NormBook, key: str, data: Any = None) -> ProposalForm:
    stated = [item.value for item in book.history(key) if item.value is not None]
    now = book.norm(key).at(timezone.localdate())
    value = now.value if now is not None and now.value is not None else next(iter(reversed(stated)), None)
    return ProposalForm(book.norm(key), value, _units(request, "norms.propose"), data)


@allowed("norms.view")
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """Show every local value, those waiting for a second person first."""
    book = queries.norm_book(_units(request, "norms.view")[0].path)
    shown = _shown(request, book, None)
    shown.sort(key=lambda one: not one.facts.is_waiting)
    waiting = sum(one.facts.is_waiting for one in shown)
    mine = sum(one.may_decide for one in shown)
    if waiting:
        sentence = _("%(count)s 条本地值待批准,其中 %(mine)s 条可由您决定。") % {
            "count": waiting,
            "mine": mine,
        }
    elif shown:
        sentence = _("没有待批准的本地值;共有 %(count)s 条记录。") % {"count": len(shown)}
    else:
        sentence = _("还没有人提出本地值,全部按系统自带的规范。")
    return render(request, "offices/norms/proposals.html", {"sentence": sentence, "proposals": shown})


def _shown(request: HttpRequest, book: NormBook, key: str | None) -> list[norm_rows.Proposal]:
    facts = queries.local_norms(request.user, key=key)
    return norm_rows.proposals(facts, book, by=request.user, language=get_language() or "")


@allowed("norms.approve")
@require_POST
def decide(request: HttpRequest, norm_id: int) -> HttpResponse:
    """Approve or refuse a proposed value."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        raise BadInput("norms.verdict", "请选择批准或不批准。", "Choose to approve or to refuse.")
    found = form.cleaned_data
    facts = queries.local_norm(request.user, norm_id)
    act = actions.approve_norm if found["verdict"] == "approve" else actions.refuse_norm
    act(norm_id, by=request.user, at=timezone.now(), reason=found["reason"])
    said = _("已批准,从 %(day)s 起适用。") if found["verdict"] == "approve" else _("未批准,理由已记录。")
    messages.success(request, said % {"day": facts.start} if found["verdict"] == "approve" else said)
    return redirect("norms:proposals")


@allowed("norms.propose")
@require_POST
def withdraw(request: HttpRequest, norm_id: int) -> HttpResponse:
    """Take one's own proposal back."""
    queries.local_norm(request.user, norm_id)
    actions.withdraw_norm(norm_id, by=request.user, at=timezone.now())
    messages.success(request, _("提议已撤回。"))
    return redirect("norms:proposals")


def _units(request: HttpRequest, verb: str) -> list[queries.UnitFacts]:
    units = queries.units(scope_paths(request.user, verb))
    if not units:
        raise Refusal("norms.no_unit", "您的管辖范围内没有单位。", "There is no unit within your scope.")
    return units


def _unit(request: HttpRequest, units: Sequence[queries.UnitFacts]) -> queries.UnitFacts:
    asked = request.GET.get("unit", "")
    return next((unit for unit in units if unit.code == asked), units[0])


def _day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return timezone.localdate()
