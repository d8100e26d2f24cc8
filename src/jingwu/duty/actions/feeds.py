"""The secret address of a personal calendar."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from jingwu.duty.actions.guarding import own_person
from jingwu.duty.models import FeedKey
from jingwu.journal import actions as journal
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import Refusal

KEY_BYTES = 24


def key_hash(key: str) -> str:
    """Return what is stored of a key: whoever reads the table learns no address."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def revoke_feed_key(*, by: Acts, at: datetime) -> None:
    """Make the account's own calendar address stop working, without a new one.

    Raises: Refusal when there is none.
    """
    person = own_person(by)
    if FeedKey.objects.filter(person_id=person).delete()[0] != 1:
        raise Refusal("feed.none", "没有订阅地址可停用。", "There is no calendar address to stop.")
    journal.record("feed.revoke_key", by=by, at=at, record=journal.RecordRef("duty", "feedkey", str(person)))


@transaction.atomic
def make_feed_key(*, by: Acts, at: datetime) -> str:
    """Make the account's own calendar key and return it once; an older address stops working."""
    person = own_person(by)
    key = secrets.token_urlsafe(KEY_BYTES)
    FeedKey.objects.update_or_create(person_id=person, defaults={"key_hash": key_hash(key), "created_at": at})
    ref = journal.RecordRef("duty", "feedkey", str(person))
    journal.record("feed.make_key", by=by, at=at, record=ref)
    return key
