"""Take in what phones changed while they could not ask: every change once, whatever order it comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from jingwu.incidents.actions import sync_acts
from jingwu.incidents.actions.sync_scenes import merge_all
from jingwu.incidents.actions.sync_work import ROOM, Work, digest_of, home_of
from jingwu.incidents.field.protocol import Answer, Batch, PhoneChange
from jingwu.incidents.models import FieldChange, FieldDevice
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import NotAllowed, Refusal

TRIES = 3


@dataclass(frozen=True)
class Handed:
    """What became of a batch; ``missing`` lists by record the announced files that have not arrived."""

    answers: tuple[Answer, ...]
    skew_seconds: int
    versions: dict[str, int]
    missing: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Brought:
    """Who brought a batch as a file when the phone had no network, and how many photos and voice notes."""

    by: Any
    files_count: int


def hand_in(batch: Batch, *, by: Any, at: datetime, brought: Brought | None = None) -> Handed:
    """Take in a batch of ``by``'s phone and return what became of every change.

    All of a batch stands or falls together with its answers: what was answered is stored. A change that is
    refused is stored too, with the reason, and refuses nothing but itself.

    Raises
        NotAllowed: the account attends no incidents, or the outbox is another account's.
    """
    try:
        require(by, "incidents.attend", at=at)
        if batch.account_id != by.pk:
            raise NotAllowed(
                "field.other_account", "这是另一个账号的未上传内容,只能由其本人登录后上传。",
                "This outbox belongs to another account; only its owner can upload it.",
            )  # fmt: skip
    except NotAllowed as refusal:
        with transaction.atomic():
            ref = journal.RecordRef(ROOM, "field_outbox", str(batch.account_id))
            journal.record("field.refused", by=by, at=at, record=ref, details={"code": refusal.code})
        raise
    for last in (False,) * (TRIES - 1) + (True,):
        try:
            with transaction.atomic(), journal.gathered():
                return _hand_in(batch, by=by, at=at, brought=brought)
        except IntegrityError:
            # the same change came twice at once (a retry overtook its first try): now it is known
            if last:
                raise
        except OperationalError as error:
            # two that wait for each other: the database has ended this one, nothing of it is stored
            if last or not isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
                raise
    raise AssertionError("the last try returns or raises")


def _hand_in(batch: Batch, *, by: Any, at: datetime, brought: Brought | None) -> Handed:
    norms = norms_for(home_of(by, at).org_path, timezone.localdate(at))
    skew = at - batch.sent_at
    if brought is not None or abs(skew) <= timedelta(minutes=norms.incidents.future_tolerance_minutes):
        skew = timedelta(0)
    work = Work(by, at, _device(batch, skew, by=by, at=at), skew, brought.by if brought else None)
    fresh = _unknown(batch.changes, work)
    acts = [change for change in fresh if change.act]
    ids = {
        int(change.target_id[:18])
        for change in acts if change.kind == "incident" and change.target_id.isdecimal()
    }  # fmt: skip
    touched, missing = merge_all(
        [change for change in fresh if not change.act], work, norms, incident_ids=ids
    )
    for change in acts:
        _act(change, work)
    FieldChange.objects.bulk_create(work.rows)
    if brought is not None:
        ref = journal.RecordRef(ROOM, "field_outbox", str(batch.account_id))
        details = {"changes": len(batch.changes), "files": brought.files_count}
        journal.record("field.import", by=brought.by, at=at, record=ref, details=details)
    return Handed(
        tuple(work.answers[change.id] for change in batch.changes),
        round(skew.total_seconds()),
        {record.key: record.version for record in touched},
        {record.key: missing.get(record.pk, ()) for record in touched},
    )


def _device(batch: Batch, skew: timedelta, *, by: Any, at: datetime) -> FieldDevice:
    seconds = max(-(2**31), min(2**31 - 1, round(skew.total_seconds())))
    values = {"last_seen_at": at, "skew_seconds": seconds, "label": batch.label}
    device, _ = FieldDevice.objects.update_or_create(
        code=batch.device, account=by, defaults=values, create_defaults={**values, "first_seen_at": at}
    )
    return device


def _unknown(changes: Sequence[PhoneChange], work: Work) -> list[PhoneChange]:
    """Answer the changes known already and return the others, each id once."""
    known = {row.pk: row for row in FieldChange.objects.filter(pk__in=[change.id for change in changes])}
    fresh: dict[str, PhoneChange] = {}
    for change in changes:
        row = known.get(change.id)
        if row is None:
            fresh.setdefault(change.id, change)
        elif row.digest != digest_of(change, work.by.pk):
            # answered, not stored: the id is taken by another change, which stays what it is
            work.answers[change.id] = Answer(
                change.id, change.target, "refused", code="field.id_reused",
                message_zh="同一编号的修改内容不同。",
                message_en="A different change came under the same id.",
            )  # fmt: skip
        else:
            said = row.answer
            outcome = "refused" if row.outcome == FieldChange.Outcome.REFUSED else "already"
            work.answers[change.id] = Answer(
                change.id, change.target, outcome, row.version, tuple(said.get("conflicts", ())),
                said.get("code", ""), said.get("message_zh", ""), said.get("message_en", ""),
            )  # fmt: skip
    return list(fresh.values())


def _act(change: PhoneChange, work: Work) -> None:
    try:
        with transaction.atomic(), journal.gathered():
            sync_acts.act(change, by=work.by, at=work.at, moment=work.moment(change))
    except Refusal as refusal:
        work.refuse(change, refusal)
        return
    work.store(change, FieldChange.Outcome.DONE)
