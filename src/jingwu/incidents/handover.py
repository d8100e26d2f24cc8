"""What the next shift must know of incidents: open ones, promises to people who wait, check-ins due."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from jingwu.duty.sources import OpenItem
from jingwu.incidents.models import DispatchMember, Incident
from jingwu.incidents.models.incident import OPEN_STATES
from jingwu.incidents.queries.board import BoardRow, as_rows, shown

MOST_ITEMS = 30
LEVELS = {"act": "act", "soon": "soon", "": "know"}
PROMISES = ("reply_due_at", "call_back_due_at")


def items(office_id: int, at: datetime) -> tuple[OpenItem, ...]:
    """Return the office's open incidents and check-ins due, the most pressing first, in both languages."""
    found = shown(Incident.objects.filter(office_id=office_id, state__in=OPEN_STATES))
    incidents = list(found.order_by(F("due_at").asc(nulls_last=True), "priority")[:MOST_ITEMS])
    with translation.override("zh-hans"):
        chinese = {row.id: _told(row) for row in as_rows(incidents, at=at)}
    with translation.override("en"):
        english = {row.id: _told(row) for row in as_rows(incidents, at=at)}
    lines = [
        OpenItem(
            kind="promise" if incident.due_at and _is_promise(incident) else "incident",
            level=LEVELS[chinese[incident.pk][1]],
            zh=chinese[incident.pk][0],
            en=english[incident.pk][0],
            due_at=incident.due_at,
            url=reverse("incidents:incident", args=[incident.pk]),
        )
        for incident in incidents
    ]
    return (*lines, *_check_ins(office_id, at))


def _told(row: BoardRow) -> tuple[str, str]:
    parts = (
        row.short_number,
        row.category_words or _("未分级"),
        row.address,
        row.state_words,
        row.clock_words,
    )
    return " · ".join(part for part in parts if part), row.level


def _is_promise(incident: Incident) -> bool:
    return incident.due_at in [getattr(incident, name) for name in PROMISES]


def _check_ins(office_id: int, at: datetime) -> list[OpenItem]:
    members = DispatchMember.objects.filter(
        dispatch__incident__office_id=office_id, is_bound=True, check_in_due_at__isnull=False
    )
    return [
        OpenItem(
            kind="timer",
            level="act" if member.check_in_due_at < at else "know",
            zh=f"{member.person.name} 在现场,等报平安",  # as is
            en=f"{member.person.name} is on scene; a check-in is awaited",
            due_at=member.check_in_due_at,
            url=reverse("incidents:incident", args=[member.dispatch.incident_id]),
        )
        for member in members.select_related("person", "dispatch").order_by("check_in_due_at")
    ]
