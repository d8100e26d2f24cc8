"""Sessions: started, touched, ended; how long and how many is the settings' business."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction

from jingwu.journal import actions as journal
from jingwu.people.models import Account, AccountSession

TOUCH_EVERY = timedelta(seconds=60)


@transaction.atomic
def start_session(account_id: int, session_key: str, *, address: str, device: str, at: datetime) -> None:
    """Note a sign-in; the oldest sessions above the allowed number are ended."""
    account = Account.objects.select_for_update().get(pk=account_id)
    AccountSession.objects.update_or_create(
        session_key=session_key,
        defaults={
            "account": account, "started_at": at, "last_seen_at": at, "address": address, "device": device,
            "ended_at": None, "end_reason": "",
        },
    )  # fmt: skip
    live = AccountSession.objects.filter(account=account, ended_at=None).order_by("-started_at", "-pk")
    for row in live[settings.SESSIONS_AT_ONCE :]:
        _end(row, "superseded", at)
    details = {"address": address, "device": device}
    journal.record("accounts.sign_in", by=account, at=at, record=account, details=details, address=address)


def touch_session(account_id: int, session_key: str, *, at: datetime) -> str:
    """Return '' while the session may go on, else why not ("idle", "absolute", "ended"); note it was used."""
    row = AccountSession.objects.filter(session_key=session_key, account_id=account_id).first()
    if row is None or row.ended_at is not None:
        return "ended"
    idle, age = at - row.last_seen_at, at - row.started_at
    reason = ""
    if idle > timedelta(minutes=settings.SESSION_IDLE_MINUTES):
        reason = "idle"
    elif age > timedelta(hours=settings.SESSION_ABSOLUTE_HOURS):
        reason = "absolute"
    if reason:
        end_session(account_id, session_key, reason=reason, at=at)
    elif idle > TOUCH_EVERY:
        AccountSession.objects.filter(pk=row.pk, ended_at=None).update(last_seen_at=at)
    return reason


@transaction.atomic
def end_session(account_id: int, session_key: str, *, reason: str, at: datetime) -> bool:
    """End one session of the account; return whether it was still open."""
    row = AccountSession.objects.filter(session_key=session_key, account_id=account_id, ended_at=None).first()
    if row is None or not _end(row, reason, at):
        return False
    account = row.account
    journal.record("accounts.sign_out", by=account, at=at, record=account, details={"reason": reason})
    return True


def follow_session(account_id: int, old_key: str, new_key: str) -> None:
    """Keep hold of a session whose key Django changed (after a change of password)."""
    AccountSession.objects.filter(account_id=account_id, session_key=old_key).update(session_key=new_key)


def end_all(account_id: int, *, reason: str, at: datetime, keep: str = "") -> int:
    """End every session of the account but ``keep``; return how many there were."""
    rows = AccountSession.objects.filter(account_id=account_id, ended_at=None).exclude(session_key=keep)
    return sum(_end(row, reason, at) for row in rows)


def _end(row: AccountSession, reason: str, at: datetime) -> bool:
    count = AccountSession.objects.filter(pk=row.pk, ended_at=None).update(ended_at=at, end_reason=reason)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    store(session_key=row.session_key).delete()
    return count == 1
