"""Which plans were computed with which norms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jingwu.journal.access import allowed
from jingwu.offices.local_norms import norm_book
from jingwu.offices.norm_words import in_words
from jingwu.planning import queries


@allowed("planning.view")
@require_safe
def norm_use(request: HttpRequest) -> HttpResponse:
    """Show each plan with its version of the norms, and with ``?key=`` the value that one norm had then."""
    key = request.GET.get("key", "")
    plans = list(queries.plan_rows(request.user))
    rows = [_row(plan, key) for plan in plans]
    context = {"rows": rows, "key": key, "sentence": _sentence(rows)}
    # asked for by a norm's page: the card alone
    part = request.htmx and not request.htmx.history_restore_request and request.GET.get("page") is None
    template = "planning/norm_use_card.html" if part else "planning/norm_use.html"
    return render(request, template, context)


def _row(plan: Any, key: str) -> dict[str, Any]:
    book = norm_book(plan.org.path)
    if key and key not in book.norms:
        raise Http404
    # local values never begin before they are approved, so the book of today still tells that day's value
    stated = book.norm(key).at(timezone.localdate(plan.created_at)) if key else None
    return {
        "plan": plan,
        "version": plan.norms_version,
        "is_current": plan.norms_version == str(book.version(timezone.localdate()))
        if plan.norms_version
        else False,
        "value": in_words(book, key, stated.value).text if stated else "–",
    }


def _sentence(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return _("还没有方案用过规范。")
    older = sum(not row["is_current"] for row in rows)
    versions = len({row["version"] for row in rows})
    if older:
        words = _("%(plans)s 个方案用了 %(versions)s 版规范,其中 %(older)s 个与今天的规范不同。")
        return words % {"plans": len(rows), "versions": versions, "older": older}
    return _("%(plans)s 个方案都按今天的规范计算。") % {"plans": len(rows)}
