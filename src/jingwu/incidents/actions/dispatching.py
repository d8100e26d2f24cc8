"""Send a crew and follow it: dispatch, acknowledge, depart, arrive, handle, leave; refuse and recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jingwu.engines import workflow
from jingwu.engines.workflow import DISPATCH, IncidentFacts, check_crew, decided_by_lead
from jingwu.incidents.actions import clockwork
from jingwu.incidents.actions.notices import Message, tell
from jingwu.incidents.actions.steps import (
    acting_id,
    change,
    crew_of,
    engine_actor,
    guarded,
    load,
    plausible,
    require_here,
    take,
)
from jingwu.incidents.models import Dispatch, DispatchMember, Incident, Notice
from jingwu.incidents.queries.recommendation import Force, as_stored, member, recommendation_for, task_of
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices.local_norms import norms_for
from jingwu.terms.incidents import Priority
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal, Unknown


@dataclass(frozen=True)
class CrewChoice:
    """Whom the desk sends: a proposal of the recommendation, or people by code put together by hand.

    ``responsible`` maps an auxiliary's code to its officer's; ``overrides`` a breach's code to the reason.
    """

    proposal: int | None = None
    persons: tuple[str, ...] = ()
    responsible: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.proposal is None) == (not self.persons):
            raise BadInput(
                "dispatch.no_crew", "请选择推荐力量或指定人员。", "Choose a proposal or name the crew.",
                fields={"crew": "必填 / required"},
            )  # fmt: skip
        if len(set(self.persons)) != len(self.persons):
            raise BadInput("dispatch.twice", "同一人被指定两次。", "Somebody is named twice.")


@guarded("dispatch")
def dispatch(incident_id: int, choice: CrewChoice, *, by: Acts, at: datetime) -> Dispatch:
    """Send a crew: only people on duty, only a lawful crew; the recommendation is stored as it stood.

    Raises
        Refusal: the crew is not lawful (rules 1, 2 and 4 whatever reasons are given), or somebody on it
            is bound to another incident; ChangedMeanwhile: somebody dispatched first.
    """
    incident = Incident.objects.select_related("office__unit", "beat").filter(pk=incident_id).first()
    if incident is None:
        raise Unknown("incident.unknown", "没有这起警情。", "There is no such incident.")
    require(by, "incidents.dispatch", org=incident, at=at)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    found, force = recommendation_for(incident, at=at)
    if choice.proposal is not None:
        if not 0 <= choice.proposal < len(found.proposals):
            raise ChangedMeanwhile(
                "dispatch.proposal_gone",
                "推荐已变化,请看最新推荐。",
                "The recommendation has changed; look again.",
            )
        persons = found.proposals[choice.proposal].persons
        minutes: float | None = found.proposals[choice.proposal].arrival_minutes
    else:
        persons, minutes = choice.persons, _first_arrival(choice.persons, force)
    crew = _members(persons, choice, force)
    verdict = check_crew(task_of(incident), crew, norms.incidents.crew_rules(norms.groups))
    verdict.require(choice.overrides)
    _refuse_bound(persons, force, choice)
    incident = take(
        incident_id, "dispatch", by=by, at=at, given={"crew": verdict},
        details={"persons": list(persons), "proposal": choice.proposal}, columns={"is_with_lead": False},
    )  # fmt: skip
    row = _store(incident, crew, choice, as_stored(found, force, at=at), force, minutes, by=by, at=at)
    _tell_crew(incident, row, at=at)
    return row


def _first_arrival(persons: Sequence[str], force: Force) -> float | None:
    there = [
        c.travel_minutes
        for c in force.candidates
        if c.person in persons
        and c.member.category is PersonCategory.OFFICER
        and c.travel_minutes is not None
    ]
    return min(there, default=None)


def _members(persons: Sequence[str], choice: CrewChoice, force: Force) -> tuple[workflow.CrewMember, ...]:
    """Return the crew as the validators look at it; nobody off duty can be named."""
    away = [code for code in persons if code not in force.on_duty]
    if away:
        raise Refusal(
            "crew.off_duty", f"不在岗,不能派警:{'、'.join(away)}", f"not on duty: {', '.join(away)}",
            fields={"crew": "不在岗 / not on duty"},
        )  # fmt: skip
    leads = {c.person: c.member.responsible_officer for c in force.candidates}
    return tuple(
        member(force.on_duty[code], choice.responsible.get(code) or leads.get(code)) for code in persons
    )


def _refuse_bound(persons: Sequence[str], force: Force, choice: CrewChoice) -> None:
    busy = {c.person: c.on_task for c in force.candidates if c.person in persons and c.on_task}
    if busy:
        told = "、".join(f"{force.name(code)}({number})" for code, number in busy.items())
        raise Refusal(
            "crew.busy", f"正在处置其他警情:{told}", f"bound to other incidents: {told}",
            fields={"crew": "正忙 / busy"},
        )  # fmt: skip


def _store(
    incident: Incident,
    crew: Sequence[workflow.CrewMember],
    choice: CrewChoice,
    recommendation: dict[str, Any],
    force: Force,
    minutes: float | None,
    *,
    by: Acts,
    at: datetime,
) -> Dispatch:
    try:
        with transaction.atomic():
            row = Dispatch.objects.create(
                incident=incident, office_id=incident.office_id, recommendation=recommendation,
                chosen=choice.proposal, overrides=dict(choice.overrides), expected_minutes=minutes,
                by_id=by.actor.account_id, offered_at=at,
            )  # fmt: skip
            ids = {code: facts.person_id for code, facts in force.on_duty.items()}
            DispatchMember.objects.bulk_create(
                DispatchMember(
                    dispatch=row, person_id=ids[m.person], category=m.category.value, position=place,
                    responsible_officer_id=ids.get(m.responsible_officer or ""),
                )
                for place, m in enumerate(crew)
            )  # fmt: skip
    except IntegrityError as error:
        raise ChangedMeanwhile(
            "dispatch.taken", "其中有人刚被派往另一起警情,请重新选择。",
            "Somebody of the crew has just been sent elsewhere; choose again.",
        ) from error  # fmt: skip
    return row


def _tell_crew(incident: Incident, row: Dispatch, *, at: datetime) -> None:
    priority = f"P{incident.priority}" if incident.priority else ""
    text = f"{priority} {incident.get_category_display()} {incident.address}".strip()
    people = row.members.values_list("person_id", flat=True)
    tell(incident, [Message(Notice.Kind.DISPATCH, text, person_id=person) for person in people], at=at)


@guarded("ack")
def ack(incident_id: int, *, by: Acts, at: datetime, happened_at: datetime | None = None) -> Incident:
    """Take the task on."""
    return _crew_step(incident_id, "ack", by=by, at=at, happened_at=happened_at)


@guarded("depart")
def depart(incident_id: int, *, by: Acts, at: datetime, happened_at: datetime | None = None) -> Incident:
    """Set out."""
    return _crew_step(incident_id, "depart", by=by, at=at, happened_at=happened_at)


@guarded("arrive")
def arrive(incident_id: int, *, by: Acts, at: datetime, happened_at: datetime | None = None) -> Incident:
    """Reach the scene; the crew's check-in timers start."""
    incident = _crew_step(incident_id, "arrive", by=by, at=at, happened_at=happened_at)
    _start_timers(incident, at=at)
    return incident


@guarded("handle")
def handle(incident_id: int, *, by: Acts, at: datetime, happened_at: datetime | None = None) -> Incident:
    """Begin to handle the matter on scene."""
    incident = take(incident_id, "handle", by=by, at=at, happened_at=happened_at)
    sign_of_life(incident_id, by=by, at=at)
    return incident


@guarded("handle_remotely")
def handle_remotely(incident_id: int, *, by: Acts, at: datetime, reason: str = "") -> Incident:
    """Handle a matter by telephone or counter, where nobody needs to go."""
    return take(incident_id, "handle_remotely", by=by, at=at, reason=reason)


@guarded("leave")
def leave(incident_id: int, *, by: Acts, at: datetime, happened_at: datetime | None = None) -> Incident:
    """Leave the scene: the crew is free again, the feedback's clock starts."""
    incident, crew = load(incident_id), crew_of(incident_id)
    if crew is None:
        raise Refusal("incident.on_crew", "本警情没有出警力量。", "No crew is on this incident.")
    require_here(by, "incidents.attend", incident, crew, at=at)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    moment = plausible(happened_at, incident, norms, at=at)
    step_crew(crew, "leave", incident, by=by, at=at, moment=moment)
    columns = {"left_at": moment, **clockwork.after_step(incident, "leave", at=moment, now=at, norms=norms)}
    change(incident, "leave", columns, by=by, at=at, moment=moment)
    return incident


@guarded("refuse")
def refuse(incident_id: int, *, clause: str, by: Acts, at: datetime, reason: str = "") -> Incident:
    """Send the task back; only with the duty clause, and the second time the lead decides."""
    incident, crew = load(incident_id), crew_of(incident_id)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    refusals = incident.refusals_count + 1
    is_with_lead = decided_by_lead(refusals, norms.incidents.bounces_before_escalation)
    incident = take(
        incident_id, "refuse", by=by, at=at, reason=reason, given={"clause": clause},
        columns={"refusals_count": refusals, "is_with_lead": is_with_lead},
        details={"clause": clause.strip(), "refusals": refusals},
    )  # fmt: skip
    if crew is not None:
        step_crew(crew, "refuse", incident, by=by, at=at, given={"clause": clause}, clause=clause[:300])
    if is_with_lead:
        text = f"{incident.number} 已退单 {refusals} 次,请警务长决定"  # as is
        tell(incident, [Message(Notice.Kind.BOUNCED, text, role="chief")], at=at)
    return incident


@guarded("recall")
def recall(incident_id: int, *, reason: str, by: Acts, at: datetime) -> Incident:
    """Call the crew back in order to send another."""
    crew = crew_of(incident_id)
    incident = take(incident_id, "recall", by=by, at=at, reason=reason)
    release(incident, crew, reason=reason, by=by, at=at)
    return incident


def release(incident: Incident, crew: Dispatch | None, *, reason: str, by: Acts, at: datetime) -> None:
    """Free an active crew because the incident goes another way, and tell it."""
    if crew is None or DISPATCH.rule(crew.state, "recall") is None:
        return
    step_crew(crew, "recall", incident, by=by, at=at, given={"reason": reason or "—"}, reason=reason[:300])
    people = [row.person_id for row in crew.members.all()]
    text = f"{incident.number} 已召回" + (f":{reason}" if reason else "")  # as is
    tell(incident, [Message(Notice.Kind.RECALL, text, person_id=person) for person in people], at=at)


def _crew_step(
    incident_id: int, verb: str, *, by: Acts, at: datetime, happened_at: datetime | None
) -> Incident:
    crew = crew_of(incident_id)
    incident = take(incident_id, verb, by=by, at=at, happened_at=happened_at)
    if crew is not None:
        norms = norms_for(incident.org_path, timezone.localdate(at))
        moment = plausible(happened_at, incident, norms, at=at)
        step_crew(crew, verb, incident, by=by, at=at, moment=moment)
    return incident


def step_crew(
    crew: Dispatch,
    verb: str,
    incident: Incident,
    *,
    by: Acts,
    at: datetime,
    moment: datetime | None = None,
    given: Mapping[str, Any] | None = None,
    **columns: Any,
) -> None:
    """Take one step of the engine's table DISPATCH; a crew that ends is bound no longer."""
    members = list(crew.members.all())
    persons = frozenset(f"p{row.person_id}" for row in members)
    officers = frozenset(f"p{row.person_id}" for row in members if row.category == PersonCategory.OFFICER)
    facts = IncidentFacts(crew_persons=persons, crew_officers=officers, **(given or {}))
    is_on_crew = acting_id(by) in persons
    who = engine_actor(by, incident, at=at, is_on_crew=is_on_crew)
    step = workflow.apply(DISPATCH, crew.state, verb, actor=who, facts=facts, now=at)
    stamps = dict.fromkeys(step.stamps, moment or at)
    changed = Dispatch.objects.filter(pk=crew.pk, state=step.source)
    if changed.update(state=step.target, **stamps, **columns) != 1:
        raise ChangedMeanwhile(
            "dispatch.changed_meanwhile",
            "出警力量状态刚被他人改变。",
            "The crew's state has just been changed.",
        )
    if DISPATCH.state(step.target).final:
        DispatchMember.objects.filter(dispatch=crew).update(
            is_bound=False, check_in_due_at=None, alert_at=None
        )
    else:
        sign_of_life(incident.pk, by=by, at=at)


def _start_timers(incident: Incident, *, at: datetime) -> None:
    columns = _timer(incident, at=at)
    if columns:
        DispatchMember.objects.filter(dispatch__incident=incident, is_bound=True).update(**columns)


def _timer(incident: Incident, *, at: datetime) -> dict[str, Any]:
    """Return a check-in timer's columns after a sign of life at ``at``; empty where nobody has to report."""
    rules = norms_for(incident.org_path, timezone.localdate(at)).incidents
    minutes = rules.check_in_minutes.get(Priority(incident.priority)) if incident.priority else None
    if not minutes:
        return {}
    reading = workflow.read_check_in(
        "", on_scene_at=at, signs=(), interval=timedelta(minutes=minutes),
        grace=timedelta(minutes=rules.check_in_grace_minutes), partners=(), chief="", now=at,
    )  # fmt: skip
    return {
        "last_sign_at": reading.last_at, "check_in_due_at": reading.due_at, "alert_at": reading.alert_at,
        "alerted_at": None,
    }  # fmt: skip


def sign_of_life(incident_id: int, *, by: Acts, at: datetime) -> None:
    """Let any act of a person on scene start that person's check-in timer anew."""
    person_id = getattr(by, "person_id", None)
    if person_id is None:
        return
    row = DispatchMember.objects.filter(
        dispatch__incident_id=incident_id, is_bound=True, person_id=person_id, alert_at__isnull=False
    ).first()
    columns = _timer(load(incident_id), at=at) if row else {}
    if row and columns:
        DispatchMember.objects.filter(pk=row.pk).update(**columns)


@guarded("check_in")
def check_in(incident_id: int, *, by: Acts, at: datetime) -> Incident:
    """Say that one is all right on scene."""
    incident, crew = load(incident_id), crew_of(incident_id)
    if crew is None or acting_id(by) not in {f"p{row.person_id}" for row in crew.members.all()}:
        raise Refusal(
            "incident.on_crew", "您不在本警情的出警力量中。", "You are not on the crew of this incident."
        )
    require_here(by, "incidents.attend", incident, crew, at=at)
    sign_of_life(incident_id, by=by, at=at)
    change(incident, "check_in", {}, by=by, at=at)
    return incident
