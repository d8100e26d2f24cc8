"""One incident: facts, trail, clocks, crews, what may be done now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from jingwu.engines.workflow import INCIDENT, Option, options
from jingwu.incidents.models import (
    CancelRequest,
    Dispatch,
    Feedback,
    FollowUp,
    Incident,
    IncidentEvent,
)
from jingwu.incidents.queries.board import BoardRow, as_rows, clock_words, level_of, visible
from jingwu.incidents.queries.guards import acting_id, crew_of, engine_actor, facts_of
from jingwu.journal.actor import Acts
from jingwu.offices.local_norms import norms_for
from jingwu.people.vault import Sealed, mask_phone
from jingwu.terms.refusal import Unknown


@dataclass(frozen=True)
class MemberFacts:
    """One person on a crew, with the check-in timer."""

    person_id: int
    code: str
    name: str
    category: str
    responsible_officer: str
    check_in_due_at: datetime | None
    alerted_at: datetime | None


@dataclass(frozen=True)
class CrewFacts:
    """One crew that was sent."""

    id: int
    state: str
    members: tuple[MemberFacts, ...]
    offered_at: datetime
    acked_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    left_at: datetime | None
    clause: str
    reason: str
    chosen: int | None
    expected_minutes: float | None
    recommendation: Mapping[str, Any]
    overrides: Mapping[str, str]


@dataclass(frozen=True)
class TrailLine:
    """One line of the trail."""

    at: datetime
    recorded_at: datetime
    verb: str
    source: str
    target: str
    by: str
    reason: str
    details: Mapping[str, Any]

    @property
    def is_late(self) -> bool:
        """Return whether the server learned of it more than a minute after it happened."""
        return (self.recorded_at - self.at).total_seconds() > 60


@dataclass(frozen=True)
class IncidentFactsheet:
    """Everything the page of one incident shows; contact of the reporter masked."""

    row: BoardRow
    org_path: str
    subcategory: str
    tags: tuple[str, ...]
    needs_presence: bool
    is_anonymous: bool
    source_words: str
    occurred_at: datetime | None
    registered_by: str
    reporter_masked: str
    has_reporter: bool
    has_address_detail: bool
    pause_reason: str
    receiver: str
    merged_into_id: int | None
    merged_into_number: str
    refusals_count: int
    open_conflicts_count: int
    missing_attachments_count: int
    dv_checklist: Mapping[str, str]
    result_code: str
    due: tuple[tuple[str, datetime], ...]
    norms_version: str
    trail: tuple[TrailLine, ...]
    crews: tuple[CrewFacts, ...]
    feedbacks: tuple[Feedback, ...]
    follow_ups: tuple[FollowUp, ...]
    cancel_request: CancelRequest | None


def find(by: Acts, incident_id: int, *, at: datetime) -> Incident:
    """Return the row of an incident in scope; there is none and out of scope look alike on purpose."""
    rows = Incident.objects.filter(visible(by, at=at), pk=incident_id).defer("grams")
    row = rows.select_related("office__unit", "beat", "registered_by", "merged_into").first()
    if row is None:
        raise Unknown("incident.unknown", "没有这起警情。", "There is no such incident.")
    return row


def incident(by: Acts, incident_id: int, *, at: datetime) -> IncidentFactsheet:
    """Return one incident with its trail and crews.

    Raises
        Refusal: there is none, or it lies outside the scope.
    """
    row = find(by, incident_id, at=at)
    phone = row.reporter_phone
    due = [
        (name, getattr(row, f"{name}_due_at")) for name in ("ack", "arrive", "feedback", "reply", "call_back")
    ]
    return IncidentFactsheet(
        row=as_rows([row], at=at)[0], org_path=row.org_path, subcategory=row.subcategory,
        tags=tuple(row.tags), needs_presence=row.needs_presence, is_anonymous=row.is_anonymous,
        source_words=str(row.get_source_display()), occurred_at=row.occurred_at,
        registered_by=row.registered_by.label if row.registered_by else "",
        reporter_masked=phone.masked(mask_phone) if isinstance(phone, Sealed) else "",
        has_reporter=bool(row.reporter_name or phone), has_address_detail=bool(row.address_detail),
        pause_reason=row.pause_reason, receiver=row.receiver, merged_into_id=row.merged_into_id,
        merged_into_number=row.merged_into.number if row.merged_into else "",
        refusals_count=row.refusals_count, open_conflicts_count=row.open_conflicts_count,
        missing_attachments_count=row.missing_attachments_count, dv_checklist=row.dv_checklist,
        result_code=row.result_code, due=tuple((name, moment) for name, moment in due if moment),
        norms_version=row.norms_version, trail=trail(row.pk), crews=crews(row.pk),
        feedbacks=tuple(Feedback.objects.filter(incident=row)),
        follow_ups=tuple(FollowUp.objects.filter(incident=row)),
        cancel_request=CancelRequest.objects.filter(incident=row, decided_at=None).first(),
    )  # fmt: skip


def trail(incident_id: int) -> tuple[TrailLine, ...]:
    """Return what happened, in order."""
    return tuple(
        TrailLine(
            e.at, e.recorded_at, e.verb, e.source_state, e.target_state, e.by_label, e.reason, e.details
        )
        for e in IncidentEvent.objects.filter(incident_id=incident_id)
    )


def crews(incident_id: int) -> tuple[CrewFacts, ...]:
    """Return every crew that was sent, the latest first."""
    rows = Dispatch.objects.filter(incident_id=incident_id).order_by("-pk")
    rows = rows.prefetch_related("members__person", "members__responsible_officer")
    return tuple(_crew(row) for row in rows)


def _crew(row: Dispatch) -> CrewFacts:
    members = tuple(
        MemberFacts(
            m.person_id, m.person.code, m.person.name, m.category,
            m.responsible_officer.name if m.responsible_officer else "", m.check_in_due_at, m.alerted_at,
        )
        for m in row.members.all()
    )  # fmt: skip
    return CrewFacts(
        row.pk, row.state, members, row.offered_at, row.acked_at, row.departed_at, row.arrived_at,
        row.left_at, row.clause, row.reason, row.chosen, row.expected_minutes, row.recommendation,
        row.overrides,
    )  # fmt: skip


# what a form will bring is taken as brought: a button asks for it, it does not hide
_TO_COME: dict[str, Any] = {
    "reason": "…", "clause": "…", "receiver": "…", "merge_into": "…", "approver": "…", "result": "…",
}  # fmt: skip


def options_for(by: Acts, incident_id: int, *, at: datetime) -> tuple[Option, ...]:
    """Return what ``by`` could do next with an incident, and if not, why not."""
    row = find(by, incident_id, at=at)
    crew = crew_of(row.pk)
    is_on_crew = crew is not None and acting_id(by) in {f"p{m.person_id}" for m in crew.members.all()}
    norms = norms_for(row.org_path, timezone.localdate(at))
    facts = replace(facts_of(row, crew, norms), **_TO_COME)
    found = options(
        INCIDENT, row.state, actor=engine_actor(by, row, at=at, is_on_crew=is_on_crew), facts=facts, now=at
    )
    # grading and the crew are given in the step's own form
    open_guards = {"triage", "dispatch"}
    return tuple(
        replace(o, permitted=True, reasons_zh=(), reasons_en=()) if o.verb in open_guards else o
        for o in found
    )


__all__ = [
    "CrewFacts", "IncidentFactsheet", "MemberFacts", "TrailLine", "clock_words", "crews", "find",
    "incident", "level_of", "options_for", "trail",
]  # fmt: skip
