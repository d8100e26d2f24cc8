"""Notices: one sentence to each person it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.urls import NoReverseMatch, reverse

from jingwu.duty.models import Notice


def notify(
    person_ids: Iterable[int],
    *,
    zh: str,
    en: str,
    at: datetime,
    url_name: str = "",
    args: tuple[object, ...] = (),
) -> int:
    """Leave a notice for every person and return how many; inside the caller's transaction.

    A notice is no fact about the world and leaves no journal line of its own: the deed it tells of has one.
    """
    try:
        url = reverse(url_name, args=args) if url_name else ""
    except NoReverseMatch:
        url = ""
    rows = [
        Notice(person_id=person, text_zh=zh[:300], text_en=en[:400], url=url, at=at)
        for person in sorted(set(person_ids))
    ]
    Notice.objects.bulk_create(rows)
    return len(rows)


@transaction.atomic
def read_notices(person_id: int, *, at: datetime) -> int:
    """Mark all notices of a person as read and return how many were new."""
    return Notice.objects.filter(person_id=person_id, read_at=None).update(read_at=at)
