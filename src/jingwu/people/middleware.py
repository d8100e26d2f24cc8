"""What every request passes: limits of its session, and the address its journal lines carry."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jingwu.journal.actor import from_address
from jingwu.people import actions

Next = Callable[[HttpRequest], HttpResponseBase]


class SessionLimits:
    """Ends sessions that were idle or lived too long, or that somebody ended elsewhere."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            key = request.session.session_key or ""
            reason = actions.touch_session(request.user.pk, key, at=timezone.now())
            if reason:
                return self._end(request, reason)
        return self.get_response(request)

    def _end(self, request: HttpRequest, reason: str) -> HttpResponseBase:
        logout(request)
        said = {
            "idle": _("长时间没有操作,已自动退出,请重新登录。"),
            "absolute": _("登录已满时限,请重新登录。"),
            "ended": _("本次登录已在别处结束,请重新登录。"),
        }[reason]
        if request.headers.get("HX-Request") == "true":
            # a partial answer must not hold the sign-in page: htmx goes there with the whole window
            return HttpResponse(status=204, headers={"HX-Redirect": f"{settings.LOGIN_REDIRECT_URL}"})
        if hasattr(request, "_messages"):
            messages.info(request, said)
        return redirect_to_login(request.get_full_path())


class JournalAddress:
    """Lets the journal lines of a request carry the address it came from."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with from_address(client_address(request)):
            return self.get_response(request)


def client_address(request: HttpRequest) -> str:
    """Return the client's address; X-Forwarded-For is believed from a trusted proxy only."""
    peer = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "")
    if forwarded and peer in settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in forwarded.split(",")]
        while len(hops) > 1 and hops[-1] in settings.TRUSTED_PROXIES:
            hops.pop()
        return hops[-1][:64]
    return peer[:64]


class FirstPassword:
    """Leads an account with a password somebody else chose to the page where it chooses its own."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.must_change_password:
            own = reverse("people:me")
            free = (own, reverse("account_logout"), reverse("language"), settings.STATIC_URL, "/words/")
            if not request.path.startswith(free):
                messages.warning(request, _("请先设置自己的密码。"))
                return redirect(own)
        return self.get_response(request)
