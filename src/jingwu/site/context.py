"""What every page's template may read: rail, tabs, language, demo mark."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from jingwu.incidents import queries as incidents
from jingwu.journal.language import is_english
from jingwu.people.access import may
from jingwu.site import navigation


def look(request: HttpRequest) -> dict[str, object]:
    """Return the frame's facts; the rail is worked out only by pages that draw it."""
    match = getattr(request, "resolver_match", None)
    view_name = match.view_name if match else ""
    user = getattr(request, "user", None) or AnonymousUser()

    def rail() -> tuple[navigation.LinkGroup, ...]:
        counts = {**_counts(user), **getattr(request, "rail_counts", {})}
        return navigation.rail(user, view_name=view_name, counts=counts)

    return {
        "rail": SimpleLazyObject(rail),
        "field_tabs": SimpleLazyObject(
            lambda: navigation.links(navigation.FIELD_TABS, user, view_name=view_name)
        ),
        "is_demo": settings.DEMO,
        "version": settings.VERSION,
        "is_english": is_english(),
        "has_overview": navigation.address_of("overview"),
        "sign_in_url": navigation.address_of("account_login"),
        "sign_out_url": navigation.address_of("account_logout"),
        "own_account_url": navigation.address_of("people:me"),
        "notices_url": navigation.address_of("notices"),
        "command_url": navigation.address_of("command"),
        "words_url": reverse("words", args=(get_language() or settings.LANGUAGE_CODE, settings.VERSION)),
    }


def _counts(user: Any) -> dict[str, int]:
    """Return the numbers that stand on the rail of every page."""
    if not user.is_authenticated or not may(user, "incidents.view"):
        return {}
    return {"incidents:board": incidents.pressing_count(user, at=timezone.now())}
