"""The journal's page, for the audit administrator alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jingwu.journal import queries
from jingwu.journal.access import allowed
from jingwu.journal.forms import FilterForm
from jingwu.terms.numbers import whole_number

PAGE_LINES = 50


@allowed("journal.read")
@require_safe
def entries(request: HttpRequest) -> HttpResponse:
    """Show the lines that match, newest first, fifty at a time."""
    form = FilterForm(request.GET)
    before = whole_number(request.GET.get("before", ""))
    page = queries.page(form.wanted(), before=before, size=PAGE_LINES)
    query = request.GET.copy()
    query.pop("before", None)
    is_filtered = any(value for value in query.values())
    context = {"form": form, "page": page, "query": query.urlencode(), "head": queries.head()}
    return render(request, "journal/entries.html", {**context, "is_filtered": is_filtered})
