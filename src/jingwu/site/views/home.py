"""The address of the site itself: everybody is sent to the first page their roles open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from jingwu.journal.access import signed_in
from jingwu.site.context import look


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Send the account to the first link of its rail, or to its own page when it has none."""
    for group in look(request).get("rail", ()):
        for link in group.links:
            return redirect(link.url)
    return redirect("people:me")
