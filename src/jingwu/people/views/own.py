"""Signing in, and one's own account: password, second factor, sessions."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from jingwu.people import actions, queries
from jingwu.people.access import signed_in
from jingwu.people.forms import PasswordForm
from jingwu.terms.refusal import BadInput


class SignIn(LoginView):
    """The sign-in page; in demo mode it offers the demo accounts with one click."""

    template_name = "people/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["demo_accounts"] = queries.demo_accounts()
        context["demo_password"] = actions.DEMO_PASSWORD if settings.DEMO else ""
        context["failures"] = settings.SIGN_IN_FAILURES_BEFORE_LOCK
        context["lock_minutes"] = settings.SIGN_IN_LOCK_MINUTES
        return context


sign_in = SignIn.as_view()
sign_in.verb = "anyone"


def closed(request: HttpRequest) -> HttpResponse:
    """Lead addresses that only an open sign-up would need (e-mail, reset by mail) to the sign-in page."""
    return redirect("people:me" if request.user.is_authenticated else "account_login")


closed.verb = "anyone"  # type: ignore[attr-defined]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """Show one's own account; POST changes the password."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _change_password(request, form)
        except BadInput as refusal:
            for name in refusal.fields or {"new": ""}:
                field = {"password": "new"}.get(name, name)
                form.add_error(field, refusal.message(get_language() or ""))
    context = {
        "form": form,
        "sessions": queries.sessions(request.user.pk),
        "here": request.session.session_key,
        "has_mfa": is_mfa_enabled(request.user),
        "account": queries.account_facts(request.user.pk, at=timezone.now()),
    }
    return render(request, "people/me.html", context, status=422 if form.errors else 200)


def _change_password(request: HttpRequest, form: PasswordForm) -> HttpResponseRedirect:
    old_key = str(request.session.session_key)
    actions.change_password(
        request.user.pk,
        old=form.cleaned_data["old"],
        new=form.cleaned_data["new"],
        session_key=old_key,
        at=timezone.now(),
    )
    request.user.refresh_from_db()
    update_session_auth_hash(request, request.user)
    request.session.save()
    actions.follow_session(request.user.pk, old_key, str(request.session.session_key))
    messages.success(request, _("密码已修改,其他设备上的登录已结束。"))
    return redirect("people:me")


@signed_in
@require_POST
def end_own_session(request: HttpRequest) -> HttpResponse:
    """End one of one's own sessions on another device, named by the number of its row."""
    asked = request.POST.get("session", "")
    key = next((s.session_key for s in queries.sessions(request.user.pk) if str(s.id) == asked), "")
    if actions.end_session(request.user.pk, key, reason="by_owner", at=timezone.now()):
        messages.success(request, _("该设备上的登录已结束。"))
    return redirect("people:me")
