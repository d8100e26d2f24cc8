"""What the engine's guards look at: who acts, with which roles, and the facts of the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from jingwu.engines import workflow
from jingwu.engines.workflow import IncidentFacts
from jingwu.incidents.models import Dispatch, Feedback, FollowUp, Incident, IncidentEvent
from jingwu.journal.actor import SYSTEM, Acts
from jingwu.norms import Norms
from jingwu.terms.incidents import Priority
from jingwu.terms.people import PersonCategory


def acting_id(by: Acts) -> str:
    """Return how the engine's guards name who acts: the person, or the account when it has none."""
    person_id = getattr(by, "person_id", None)
    return f"p{person_id}" if person_id else f"a{by.actor.account_id or 0}"


def crew_of(incident_id: int) -> Dispatch | None:
    """Return the latest crew that was not refused or recalled, with its members."""
    crews = Dispatch.objects.filter(incident_id=incident_id).exclude(state__in=("refused", "recalled"))
    return crews.prefetch_related("members__person").order_by("-pk").first()


def engine_actor(by: Acts, incident: Incident, *, at: datetime, is_on_crew: bool) -> workflow.Actor:
    """Return who acts with the roles that count here; being on the crew carries one's roles to the task."""
    if by is SYSTEM:
        return workflow.Actor("system", frozenset({"system"}))
    grants = by.grants_at(at) if hasattr(by, "grants_at") else ()
    roles = {g.role.value for g in grants if is_on_crew or incident.org_path.startswith(g.path)}
    return workflow.Actor(acting_id(by), frozenset(roles))


def facts_of(incident: Incident, crew: Dispatch | None, norms: Norms) -> IncidentFacts:
    """Return what the guards look at, from the record alone; a step adds what its form brought."""
    members = list(crew.members.all()) if crew else []
    officers = {f"p{m.person_id}" for m in members if m.category == PersonCategory.OFFICER}
    tags = set(incident.tags)
    if incident.is_domestic_violence:
        tags.add("domestic_violence")
    if incident.is_anonymous:
        tags.add("anonymous")
    facts = IncidentFacts(
        priority=Priority(incident.priority) if incident.priority else None,
        category=incident.category,
        needs_presence=incident.needs_presence,
        crew_persons=frozenset(f"p{member.person_id}" for member in members),
        crew_officers=frozenset(officers),
        open_conflicts=incident.open_conflicts_count,
        missing_attachments=incident.missing_attachments_count,
        domestic_violence=incident.is_domestic_violence,
        dv_checklist_done=bool(incident.dv_checklist.get("done_at")),
        survey_barred=not tags.isdisjoint(norms.incidents.no_survey_tags),
        satisfaction=incident.satisfaction,
        reported_at=incident.reported_at,
        future_tolerance=timedelta(minutes=norms.incidents.future_tolerance_minutes),
    )
    if incident.state in ("handling", "feedback", "reviewed", "followed_up"):
        facts = replace(facts, **_late_facts(incident))
    return facts


def _late_facts(incident: Incident) -> dict[str, Any]:
    """Return what only the later steps ask: everybody who handled it, the result, the call-back."""
    sent = Dispatch.objects.filter(incident=incident).exclude(state__in=("refused", "recalled"))
    handlers = {f"p{person}" for person in sent.values_list("members__person_id", flat=True) if person}
    remote = IncidentEvent.objects.filter(incident=incident, verb__in=("handle_remotely", "feed_back"))
    for details in remote.values_list("details", flat=True):
        if details.get("actor"):
            handlers.add(details["actor"])
    back = FollowUp.objects.filter(incident=incident, kind=FollowUp.Kind.CALL_BACK).order_by("-at", "-pk")
    last = back.select_related("by").first()
    written = Feedback.objects.filter(incident=incident, is_draft=False).order_by("-number").first()
    return {
        "handlers": frozenset(handlers),
        "result": written.result_code if written else "",
        "call_back_by": acting_id(last.by) if last and last.by else "",
        "satisfaction_verified": bool(last and last.is_verified),
    }
