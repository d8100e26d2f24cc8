"""Looking at what is masked: a line in the journal each time, and an alarm when somebody looks too often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Model

from jingwu.journal import actions as journal
from jingwu.journal import queries as journal_queries
from jingwu.journal.actor import Acts
from jingwu.journal.permissions import PERMISSIONS

UNMASKING = tuple(verb for verb in PERMISSIONS if verb.endswith(".unmask"))
"""The verbs of every room that show a masked value: they count together, as they are one pair of eyes."""


def note_look(
    verb: str,
    *,
    by: Acts,
    at: datetime,
    record: journal.RecordRef | Model,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write that ``by`` looked at a masked value (reference R11); ``verb`` is one of `UNMASKING`.

    Too many in an hour ring the alarm: a line ``people.unmask_alarm`` in the journal.
    """
    if verb not in UNMASKING:
        raise LookupError(f"{verb!r} unmasks nothing")
    journal.record_view(verb, by=by, at=at, record=record, reason=reason, details=details)
    since = at - timedelta(hours=1)
    count = journal_queries.count_since(UNMASKING, actor_id=by.actor.account_id, since=since)
    if count > settings.UNMASK_ALARM_PER_HOUR:
        told = {"unmasked_last_hour": count, "limit": settings.UNMASK_ALARM_PER_HOUR}
        journal.record("people.unmask_alarm", by=by, at=at, record=record, details=told)
