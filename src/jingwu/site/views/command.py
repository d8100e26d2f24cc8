"""What the command bar finds: offices, people and incidents within the account's scope."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from jingwu.incidents import queries as incidents
from jingwu.journal.access import may, scope_paths, signed_in
from jingwu.offices import queries as offices
from jingwu.people import queries as people

MOST_OF_A_KIND = 6
Item = dict[str, str]


@signed_in
@require_GET
def command(request: HttpRequest) -> JsonResponse:
    """Return up to six offices, people and incidents each that match ``?q=``."""
    words = request.GET.get("q", "").strip()[:80]
    if not words:
        return JsonResponse({"items": []})
    found = [*_actions(request, words), *_offices(request, words), *_people(request, words)]
    return JsonResponse({"items": [*found, *_incidents(request, words)]})


def _actions(request: HttpRequest, words: str) -> Iterator[Item]:
    label = _("新警情")
    if words.casefold() in label.casefold() and may(request.user, "incidents.register"):
        yield {"label": label, "url": reverse("incidents:intake"), "where": _("操作")}


def _offices(request: HttpRequest, words: str) -> list[Item]:
    at = timezone.now()
    if not may(request.user, "planning.view", at=at):  # the office page is the planning room's
        return []
    here = offices.offices(scope_paths(request.user, "planning.view", at=at))
    matching = [row for row in here if words.casefold() in f"{row.name} {row.code}".casefold()]
    return [
        {"label": row.name, "url": reverse("office", args=[row.code]), "where": _("警务室")}
        for row in matching[:MOST_OF_A_KIND]
    ]


def _people(request: HttpRequest, words: str) -> list[Item]:
    at = timezone.now()
    paths = scope_paths(request.user, "people.view", at=at)
    found = people.named(paths, words, on=timezone.localdate(at), limit=MOST_OF_A_KIND)
    return [
        {"label": name, "url": reverse("people:person", args=[code]), "where": unit}
        for code, name, unit in found
    ]


def _incidents(request: HttpRequest, words: str) -> list[Item]:
    at = timezone.now()
    if not may(request.user, "incidents.view", at=at):
        return []
    rows = incidents.board(request.user, incidents.BoardFilter(group="all", words=words), at=at)
    return [
        {
            "label": " ".join(part for part in (row.short_number, row.category_words, row.address) if part),
            "url": reverse("incidents:incident", args=[row.id]),
            "where": row.state_words,
        }
        for row in rows[:MOST_OF_A_KIND]
    ]
