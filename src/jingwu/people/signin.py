"""Signing in: the backend that locks accounts out, and the adapter that keeps sign-up closed."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from jingwu.people import actions
from jingwu.people.models import Account


class LockingBackend(ModelBackend):
    """Checks the password and counts failures; a locked account is refused whatever the password."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Account | None:
        name = username or kwargs.get(Account.USERNAME_FIELD)
        if not name or password is None:
            return None
        now = timezone.now()
        account = Account.objects.filter(sign_in_name=name).first()
        if account is None:
            # the same work as for a known name, so that the time taken does not tell which names exist
            Account().set_password(password)
            return None
        if account.locked_until is not None and account.locked_until > now:
            Account().set_password(password)
            raise PermissionDenied
        if not account.check_password(password):
            actions.count_failed_sign_in(account.pk, at=now)
            return None
        # a password everybody knows opens nothing once the data are no longer a demo
        if not self.user_can_authenticate(account) or (account.is_demo and not settings.DEMO):
            return None
        actions.forget_failed_sign_ins(account.pk)
        return account


class ClosedAdapter(DefaultAccountAdapter):
    """Sign-up is closed: the system administrator opens accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave lock-out to the backend, which counts in the database rather than in one process."""


def display(account: Account) -> str:
    """Return how allauth's pages name an account."""
    return account.label
