"""Messages: written with their cause, sent by a job, so that a dead provider never holds anybody up."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from procrastinate.contrib.django import app as jobs

from jingwu.incidents.answer_links import answer_proof
from jingwu.incidents.models import Incident, Notice
from jingwu.incidents.providers import provider

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Message:
    """Who is told what: a person, a role of the office, or the phone of who reported."""

    kind: str
    text: str
    person_id: int | None = None
    role: str = ""
    phone: str | None = None
    not_before: datetime | None = None
    link_id: int | None = None

    def __post_init__(self) -> None:
        if not (self.person_id or self.role or self.phone):
            raise ValueError("a message goes to somebody")


def tell(incident: Incident, messages: Iterable[Message], *, at: datetime) -> None:
    """Write messages and queue their sending, both in the transaction of the cause."""
    rows = [
        Notice(
            incident=incident, kind=message.kind, person_id=message.person_id, role=message.role,
            phone=message.phone, text=message.text[:300], created_at=at, not_before=message.not_before or at,
            link_id=message.link_id,
        )
        for message in messages
    ]  # fmt: skip
    Notice.objects.bulk_create(rows)
    if any(row.not_before <= at for row in rows):
        # by name: jobs stand above actions
        jobs.configure_task("incidents.send_notices", queue="incidents").defer()


def send_waiting(*, at: datetime, limit: int = 100) -> Sequence[int]:
    """Hand waiting messages to the provider and return the ids of those it took.

    Each message is a transaction of its own: what was sent stays sent when the next one fails.
    """
    waiting = Notice.objects.filter(state=Notice.State.WAITING, not_before__lte=at).order_by(
        "not_before", "pk"
    )
    sent = []
    for row in waiting.select_related("link")[:limit]:
        try:
            provider().send(_with_address(row))
        except Exception as error:  # whatever the provider's library raises, the message waits
            log.warning("notice %s was not sent: %s", row.pk, error)
            _note_failure(row, str(error), at=at)
            continue
        Notice.objects.filter(pk=row.pk, state=Notice.State.WAITING).update(
            state=Notice.State.SENT, sent_at=at, attempts=row.attempts + 1, failure=""
        )
        sent.append(row.pk)
    return sent


def _with_address(row: Notice) -> Notice:
    """Return the message as it goes out: a link's address is put in on the way and stored nowhere."""
    if row.link is not None:
        path = reverse("incidents:public_answer", args=[row.link.code, answer_proof(row.link.code)])
        row.text = f"{row.text} {settings.PUBLIC_ADDRESS}{path}"
    return row


def _note_failure(row: Notice, failure: str, *, at: datetime) -> None:
    attempts = row.attempts + 1
    state = Notice.State.FAILED if attempts >= MOST_ATTEMPTS else Notice.State.WAITING
    Notice.objects.filter(pk=row.pk).update(
        state=state, attempts=attempts, failure=failure[:200], not_before=at + RETRY_AFTER * attempts
    )


def mark_seen(notice_ids: Sequence[int], *, person_id: int, at: datetime) -> None:
    """Note that a person has seen messages of its own."""
    Notice.objects.filter(pk__in=notice_ids, person_id=person_id, seen_at=None).update(seen_at=at)
