"""What the desk asks beside the board: duplicates, drafts, saved searches, the follow-up list."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from jingwu.engines.workflow import Match, Report, find_duplicates
from jingwu.incidents.models import AnswerLink, Draft, Incident, SavedSearch
from jingwu.incidents.queries.board import BoardRow, as_rows, shown, visible
from jingwu.journal.access import scope_paths
from jingwu.journal.actor import Acts
from jingwu.norms import Norms
from jingwu.offices.local_norms import norms_for
from jingwu.people.vault import Sealed


@dataclass(frozen=True)
class Duplicate:
    """An incident that may be the same, with the reasons."""

    row: BoardRow
    match: Match


def duplicates_of(
    by: Acts,
    norms: Norms,
    *,
    at: datetime,
    text: str,
    lon: float | None = None,
    lat: float | None = None,
    category: str = "",
    reported_at: datetime | None = None,
    but_not: int | None = None,
) -> Sequence[Duplicate]:
    """Return recent incidents in scope that may tell of the same thing, the likeliest first."""
    moment = reported_at or at
    window = timedelta(minutes=norms.incidents.duplicates.window_minutes)
    rows = Incident.objects.filter(
        visible(by, at=at), reported_at__gte=moment - window, reported_at__lte=moment + window
    ).exclude(state__in=("merged", "cancelled"))
    names = ("pk", "reported_at", "text", "lon", "lat", "category")
    recent = rows.exclude(pk=but_not).order_by("-reported_at").values_list(*names)[:2000]
    others = [Report(str(pk), when, words, x, y, kind) for pk, when, words, x, y, kind in recent]
    report = Report("new", moment, text, lon, lat, category)
    matches = {int(m.id): m for m in find_duplicates(report, others, norms.incidents.duplicates)}
    found = shown(Incident.objects.filter(pk__in=matches))
    pairs = [Duplicate(row, matches[row.id]) for row in as_rows(found, at=at)]
    return sorted(pairs, key=lambda pair: -pair.match.score)


@dataclass(frozen=True)
class DraftFacts:
    """One's own draft."""

    kind: str
    key: str
    title: str
    saved_at: datetime
    content: Mapping[str, Any]


def drafts(by: Acts, kind: str) -> Sequence[DraftFacts]:
    """Return one's own drafts that have not become a record yet, newest first."""
    rows = Draft.objects.filter(account_id=by.actor.account_id, kind=kind, used_at=None)
    return [_draft(row) for row in rows[:20]]


def draft(by: Acts, kind: str, key: str) -> DraftFacts | None:
    """Return one of one's own drafts."""
    row = Draft.objects.filter(account_id=by.actor.account_id, kind=kind, key=key, used_at=None).first()
    return _draft(row) if row else None


def _draft(row: Draft) -> DraftFacts:
    content = json.loads(row.content.reveal()) if isinstance(row.content, Sealed) else {}
    return DraftFacts(row.kind, row.key, row.title, row.saved_at, content)


def saved_searches(by: Acts) -> Sequence[tuple[int, str, str]]:
    """Return one's own saved searches: id, name, query string."""
    rows = SavedSearch.objects.filter(account_id=by.actor.account_id)
    return list(rows.values_list("pk", "name", "query"))


def follow_up_desk(by: Acts, *, at: datetime, limit: int = 200) -> Sequence[BoardRow]:
    """Return reviewed incidents whose answer or call-back is still due, call-backs first."""
    rows = Incident.objects.filter(
        visible(by, at=at, verb="incidents.follow_up"), state__in=("reviewed", "followed_up")
    )
    rows = rows.order_by(F("call_back_due_at").asc(nulls_last=True), "reviewed_at")
    return as_rows(shown(rows)[:limit], at=at)


def call_back_hours(by: Acts, *, at: datetime) -> tuple[float, ...]:
    """Return within how many hours the units in scope owe a call-back, each figure once, ascending.

    Of the units that owe one now, or of the whole scope where none does.
    """
    verb = "incidents.follow_up"
    owed = Incident.objects.filter(visible(by, at=at, verb=verb), state="reviewed", satisfaction=3)
    paths = list(owed.order_by().values_list("org_path", flat=True).distinct())
    day = timezone.localdate(at)
    units = paths or scope_paths(by, verb, at=at)
    return tuple(sorted({norms_for(path, day).incidents.call_back_hours for path in units}))


def public_state(number: str) -> str:
    """Return new, working, done or passed_on for a resident's own report, '' when there is none."""
    state = Incident.objects.filter(number=number, source="online").values_list("state", flat=True).first()
    if state is None or state in ("received", "triaged"):
        return "" if state is None else "new"
    if state.startswith("transferred"):
        return "passed_on"
    working = ("dispatched", "acked", "en_route", "on_scene", "handling", "feedback", "reopened", "merged")
    return "working" if state in working else "done"


def path_of_open_link(code: str, *, at: datetime) -> str | None:
    """Return the unit whose handling an answer link rates, None when the link cannot be used any more."""
    open_links = AnswerLink.objects.filter(code=code, used_at=None, expires_at__gt=at)
    asked = open_links.filter(incident__state="reviewed", incident__satisfaction=None)
    return asked.values_list("incident__org_path", flat=True).first()
