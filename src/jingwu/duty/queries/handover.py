"""The page at the change of shift: what is open, who goes, who comes, what was told before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from jingwu.duty import models
from jingwu.duty.queries.presence import OnDuty, on_duty

NEAR = timedelta(hours=14)
A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True)
class HandoverFacts:
    """One change of shift; ``id`` is None before anybody signed."""

    id: int | None
    change_at: datetime
    notes: str
    content: dict[str, Any]
    out_by_id: int | None
    out_by: str
    out_at: datetime | None
    in_by_id: int | None
    in_by: str
    in_at: datetime | None
    out_stand_in: str
    in_stand_in: str
    leaving: tuple[OnDuty, ...]
    coming: tuple[OnDuty, ...]


def change_near(office_id: int, at: datetime) -> datetime | None:
    """Return the change of attended shifts nearest to ``at``, within fourteen hours.

    A change that nobody signed out of stays the one to be handed over until the next is nearer.
    """
    times = _attended(office_id).filter(start_at__gte=at - NEAR, start_at__lte=at + NEAR)
    starts = sorted(set(times.order_by().values_list("start_at", flat=True)))
    return min(starts, key=lambda moment: abs(moment - at), default=None)


def is_change(office_id: int, at: datetime) -> bool:
    """Return whether attended shifts change at exactly ``at``."""
    return _attended(office_id).filter(start_at=at).exists()


def _attended(office_id: int) -> QuerySet[models.RosterCell]:
    return models.RosterCell.objects.filter(
        roster__office_id=office_id, is_live=True, shift__is_attended=True
    )


def handover(office_id: int, change_at: datetime) -> HandoverFacts:
    """Return the handover at ``change_at``: who leaves, who comes, and who has signed.

    Day work goes on across the change and has no part in it.
    """
    rows = models.Handover.objects.select_related("out_by", "in_by")
    row = rows.filter(office_id=office_id, at=change_at).first()
    leaving = _leaving(office_id, change_at)
    coming = _on_post(office_id, change_at + A_MOMENT)
    if row is None:
        return HandoverFacts(None, change_at, "", {}, None, "", None, None, "", None, "", "", leaving, coming)
    return HandoverFacts(
        row.pk,
        change_at,
        row.notes,
        row.content,
        row.out_by_id,
        row.out_by.label if row.out_by else "",
        row.out_at,
        row.in_by_id,
        row.in_by.label if row.in_by else "",
        row.in_at,
        row.out_stand_in,
        row.in_stand_in,
        leaving,
        coming,
    )


def _leaving(office_id: int, change_at: datetime) -> tuple[OnDuty, ...]:
    """Return who leaves: whoever is on just before, else (closed at night) the last crew before."""
    found = _on_post(office_id, change_at - A_MOMENT)
    if found:
        return found
    before = _attended(office_id).filter(is_absent=False, end_at__gt=change_at - NEAR, end_at__lte=change_at)
    last = before.order_by("-end_at").values_list("end_at", flat=True).first()
    return _on_post(office_id, last - A_MOMENT) if last else ()


def _on_post(office_id: int, at: datetime) -> tuple[OnDuty, ...]:
    return tuple(duty for duty in on_duty(at, office_ids=[office_id]) if duty.is_attended)


def past_handovers(office_id: int, *, limit: int = 10) -> list[dict[str, Any]]:
    """Return the last handovers of an office."""
    rows = models.Handover.objects.filter(office_id=office_id).select_related("out_by", "in_by")[:limit]
    return [
        {
            "at": row.at,
            "out_by": row.out_by.label if row.out_by else "",
            "in_by": row.in_by.label if row.in_by else "",
            "notes": row.notes,
            "is_signed": row.in_by_id is not None,
        }
        for row in rows
    ]
