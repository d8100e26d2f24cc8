"""What signing in and out sets going."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from jingwu.people import actions
from jingwu.people.middleware import client_address


@receiver(user_logged_in)
def _started(sender: object, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    if request is None:
        return
    if not request.session.session_key:
        request.session.save()
    actions.start_session(
        user.pk,
        str(request.session.session_key),
        address=client_address(request),
        device=request.headers.get("User-Agent", "")[:200],
        at=timezone.now(),
    )


@receiver(user_logged_out)
def _ended(sender: object, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    if request is not None and user is not None and request.session.session_key:
        actions.end_session(user.pk, request.session.session_key, reason="signed_out", at=timezone.now())
