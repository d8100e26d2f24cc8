"""Ways out of the ordinary life: passed on, merged, false, cancelled by two people; and the ways back."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from jingwu.engines import workflow
from jingwu.incidents.actions.dispatching import release
from jingwu.incidents.actions.steps import (
    REQUIRED_REASON,
    acting_id,
    change,
    crew_of,
    engine_actor,
    guarded,
    load,
    take,
)
from jingwu.incidents.models import CancelRequest, Incident
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices
from jingwu.people import queries as people
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal


@guarded("transfer_12345")
def transfer_12345(incident_id: int, *, reason: str, by: Acts, at: datetime) -> Incident:
    """Pass a matter that is no police work to the 12345 line; never an urgent one."""
    return take(incident_id, "transfer_12345", by=by, at=at, reason=reason, columns={"receiver": "12345"})


@guarded("transfer_station")
def transfer_station(incident_id: int, *, receiver: str, reason: str, by: Acts, at: datetime) -> Incident:
    """Hand the incident to the police station (a case is opened there)."""
    crew = crew_of(incident_id)
    incident = take(
        incident_id, "transfer_station", by=by, at=at, reason=reason, given={"receiver": receiver},
        columns={"receiver": receiver.strip()[:120]}, details={"receiver": receiver.strip()[:120]},
    )  # fmt: skip
    release(incident, crew, reason=reason, by=by, at=at)
    return incident


@guarded("take_back")
def take_back(incident_id: int, *, reason: str, by: Acts, at: datetime) -> Incident:
    """Take an incident back that was passed on."""
    return take(incident_id, "take_back", by=by, at=at, reason=reason, columns={"receiver": ""})


@guarded("merge")
def merge(incident_id: int, *, into_id: int, by: Acts, at: datetime, reason: str = "") -> Incident:
    """Merge a repeated report into the incident it repeats; its own trail and drafts stay.

    Raises
        BadInput: the other one is itself merged, over, the same, or in another district.
    """
    incident, other = load(incident_id), load(into_id)
    require(by, "incidents.view", org=other, at=at)
    here, there = offices.district_of(incident.org_path), offices.district_of(other.org_path)
    if other.pk == incident.pk or not other.is_open or (here and there and here.code != there.code):
        raise BadInput(
            "incident.merge_target", "只能并入同一区县另一起未结警情。",
            "Merge into another open incident of the same district.",
            fields={"into": "不可并入 / not possible"},
        )  # fmt: skip
    crew = crew_of(incident_id)
    merged = take(
        incident_id, "merge", by=by, at=at, reason=reason, given={"merge_into": other.number},
        columns={"merged_into_id": other.pk}, details={"into": other.number},
    )  # fmt: skip
    release(merged, crew, reason=other.number, by=by, at=at)
    change(other, "merged_in", {}, by=by, at=at, details={"number": merged.number})
    return merged


@guarded("unmerge")
def unmerge(incident_id: int, *, reason: str, by: Acts, at: datetime) -> Incident:
    """Split a merged report off again."""
    return take(incident_id, "unmerge", by=by, at=at, reason=reason, columns={"merged_into_id": None})


@guarded("mark_false")
def mark_false(incident_id: int, *, reason: str, by: Acts, at: datetime) -> Incident:
    """Mark a report as a false alarm."""
    crew = crew_of(incident_id)
    incident = take(incident_id, "mark_false", by=by, at=at, reason=reason)
    release(incident, crew, reason=reason, by=by, at=at)
    return incident


@guarded("ask_cancel")
def ask_cancel(incident_id: int, *, reason: str, by: Acts, at: datetime) -> int:
    """Ask for a cancellation, which somebody else decides; return the request's id."""
    incident = load(incident_id)
    require(by, "incidents.dispatch", org=incident, at=at)
    if workflow.INCIDENT.rule(incident.state, "cancel") is None:
        raise Refusal(
            "incident.wrong_state", "这起警情已不能撤销。", "This incident can no longer be cancelled."
        )
    if not reason.strip():
        raise BadInput(
            "incident.reason_given",
            "撤销须写理由。",
            "A cancellation takes a reason.",
            fields=REQUIRED_REASON,
        )
    try:
        with transaction.atomic():
            row = CancelRequest.objects.create(
                incident=incident, reason=reason.strip()[:300], asked_by_id=by.actor.account_id,
                asked_by_label=by.actor.label, asked_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise ChangedMeanwhile(
            "cancel.waiting", "已有一条撤销申请待批。", "A cancellation is already waiting for approval."
        ) from error
    change(incident, "ask_cancel", {}, by=by, at=at, reason=reason.strip())
    return row.pk


@guarded("cancel")
def decide_cancel(
    incident_id: int, *, is_approved: bool, by: Acts, at: datetime, reason: str = ""
) -> Incident:
    """Approve or turn down the waiting cancellation, as somebody other than who asked."""
    incident = load(incident_id)
    require(by, "incidents.approve_cancel", org=incident, at=at)
    row = CancelRequest.objects.filter(incident=incident, decided_at=None).first()
    if row is None:
        raise ChangedMeanwhile("cancel.gone", "没有待批的撤销申请。", "No cancellation is waiting.")
    asker = people.account(row.asked_by_id) if row.asked_by_id else None
    if asker is not None and (asker.pk == by.actor.account_id or acting_id(asker) == acting_id(by)):
        raise NotAllowed(
            "incident.approved_by_another", "自己申请的撤销要由另一人批准。",
            "A cancellation is approved by somebody other than who asked for it.",
        )  # fmt: skip
    decided = CancelRequest.objects.filter(pk=row.pk, decided_at=None)
    if decided.update(decided_by_id=by.actor.account_id, decided_at=at, is_approved=is_approved) != 1:
        raise ChangedMeanwhile("cancel.gone", "撤销申请刚被处理。", "The request has just been decided.")
    if not is_approved:
        change(incident, "cancel_turned_down", {}, by=by, at=at, reason=reason)
        return incident
    crew = crew_of(incident_id)
    roles = engine_actor(by, incident, at=at, is_on_crew=False).roles
    asked_by = workflow.Actor(acting_id(asker) if asker else "system", roles)
    cancelled = take(
        incident_id, "cancel", by=by, at=at, reason=row.reason, actor=asked_by,
        given={"approver": acting_id(by)}, details={"asked_by": row.asked_by_label},
    )  # fmt: skip
    release(cancelled, crew, reason=row.reason, by=by, at=at)
    return cancelled
