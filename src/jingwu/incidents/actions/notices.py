"""Messages: written with their cause, sent by a job, so that a dead provider never holds anybody up."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import connections
from django.urls import reverse
from procrastinate.contrib.django import app as jobs

from jingwu.incidents.answer_links import answer_proof
from jingwu.incidents.models import Incident, Notice
from jingwu.incidents.providers import NoticeProvider, answer_seconds, provider

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=1)
SENT_AT_ONCE = 8
HANGING_AT_MOST = 16
# for how long a message is one round's; longer than any provider is waited for
CLAIM = timedelta(minutes=5)


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


@dataclass(frozen=True)
class _Sent:
    """What became of one sending: who took it, or why not."""

    row: Notice
    failure: str = ""


def send_waiting(*, at: datetime, limit: int = 100) -> Sequence[int]:
    """Hand waiting messages to the provider and return the ids of those it took.

    Each message is a transaction of its own: what was sent stays sent when the next one fails. A provider
    that does not answer costs its own message the time-out and the others nothing; it may have sent the
    message all the same, so that one can arrive twice, never not at all.
    """
    waiting = Notice.objects.filter(state=Notice.State.WAITING, not_before__lte=at).order_by(
        "not_before", "pk"
    )
    post, sent = _Post(provider(), answer_seconds()), []
    for row in waiting.select_related("link")[:limit]:
        while post.is_full:
            sent += _settle(post.next(), at=at)
        if not post.may_begin:
            break  # the provider hangs: what is left waits for the next round
        if _claim(row, at=at):
            post.begin(_with_address(row))
    while post.is_busy:
        sent += _settle(post.next(), at=at)
    return sent


class _Post:
    """Messages under way, some at once, each in a thread of its own that is left behind when it hangs."""

    hanging: ClassVar[list[threading.Thread]] = []

    def __init__(self, carrier: NoticeProvider, seconds: float) -> None:
        self.carrier, self.seconds = carrier, seconds
        self._done: queue.SimpleQueue[_Sent] = queue.SimpleQueue()
        self._under_way: dict[int, tuple[float, Notice, threading.Thread]] = {}

    @property
    def is_busy(self) -> bool:
        return bool(self._under_way)

    @property
    def is_full(self) -> bool:
        return len(self._under_way) >= SENT_AT_ONCE

    @property
    def may_begin(self) -> bool:
        """Return whether the threads left behind are few enough for another one."""
        _Post.hanging = [thread for thread in _Post.hanging if thread.is_alive()]
        return len(_Post.hanging) < HANGING_AT_MOST

    def begin(self, row: Notice) -> None:
        # a daemon: a provider that hangs must not keep the worker from stopping
        thread = threading.Thread(target=self._send, args=(row,), daemon=True)
        self._under_way[row.pk] = (time.monotonic() + self.seconds, row, thread)
        thread.start()

    def _send(self, row: Notice) -> None:
        try:
            self.carrier.send(row)
        except Exception as error:  # whatever the provider's library raises, the message waits
            self._done.put(_Sent(row, str(error) or type(error).__name__))
        else:
            self._done.put(_Sent(row))
        finally:
            connections.close_all()  # of this thread, if the provider asked the database

    def next(self) -> _Sent:
        """Return the next sending that ended, or the oldest one whose time is up."""
        while True:
            until, row, thread = next(iter(self._under_way.values()))
            try:
                found = self._done.get(timeout=max(until - time.monotonic(), 0.0))
            except queue.Empty:
                del self._under_way[row.pk]
                _Post.hanging.append(thread)
                return _Sent(row, f"no answer within {self.seconds:g} s")
            # one that answers after its time was given up already
            if self._under_way.pop(found.row.pk, None) is not None:
                return found


def _claim(row: Notice, *, at: datetime) -> bool:
    """Take the message for this round; another worker's round, or one after a kill, finds it later."""
    free = Notice.objects.filter(pk=row.pk, state=Notice.State.WAITING, not_before=row.not_before)
    return free.update(not_before=at + CLAIM) == 1


def _settle(done: _Sent, *, at: datetime) -> list[int]:
    row = done.row
    if done.failure:
        log.warning("notice %s was not sent: %s", row.pk, done.failure)
        _note_failure(row, done.failure, at=at)
        return []
    Notice.objects.filter(pk=row.pk, state=Notice.State.WAITING).update(
        state=Notice.State.SENT, sent_at=at, attempts=row.attempts + 1, failure=""
    )
    return [row.pk]


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
