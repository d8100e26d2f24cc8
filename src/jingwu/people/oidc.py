"""Single sign-on: it proves who somebody is; whether they have an account stays our own decision."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from jingwu.people.models import Account


class KnownAccountsOnly(DefaultSocialAccountAdapter):
    """Connects an identity to the account whose sign-in name its ``preferred_username`` claim gives."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing:
            return
        name = sociallogin.account.extra_data.get("preferred_username", "")
        account = Account.objects.filter(sign_in_name=name, is_active=True).first() if name else None
        if account is None:
            messages.error(request, _("统一身份中没有对应的账号,请联系系统管理员。"))
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, account)
