"""Whom to send: the people on duty as the engine's candidates, and what it recommends."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone

from jingwu.duty import queries as duty
from jingwu.duty.queries import OnDuty
from jingwu.engines.response.travel import great_circle_km
from jingwu.engines.workflow import Candidate, CrewMember, Recommendation, TaskFacts, recommend
from jingwu.incidents.models import DispatchMember, Incident
from jingwu.norms import Norms
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.people import queries as people
from jingwu.terms.duty import DutyState
from jingwu.terms.incidents import AreaType
from jingwu.terms.people import PersonCategory

AUXILIARIES = (PersonCategory.AUX_DUTY, PersonCategory.AUX_CLERICAL)
BUSY_STATES = ("handling", "feedback")


@dataclass(frozen=True)
class Force:
    """Everybody on duty in a district as candidates, with the facts behind them by person's code."""

    candidates: tuple[Candidate, ...]
    on_duty: dict[str, OnDuty]
    travel_basis: str

    def name(self, code: str) -> str:
        """Return what a page calls the person."""
        return self.on_duty[code].person_name if code in self.on_duty else code


def task_of(incident: Incident) -> TaskFacts:
    """Return what the incident asks of a crew."""
    parties = {incident.office.unit.code}
    if incident.beat is not None:
        parties.add(incident.beat.code)
    return TaskFacts(frozenset(incident.tags), incident.needs_presence, frozenset(parties))


def force_for(incident: Incident, norms: Norms, *, at: datetime) -> Force:
    """Return the candidates of the incident's district at ``at``: who is on by the published rosters."""
    district = offices.district_of(incident.org_path)
    path = district.path if district else incident.org_path
    here = {facts.person_code: facts for facts in duty.on_duty(at, org_path=path, standby=True)}
    bound_here = DispatchMember.objects.filter(is_bound=True, person__code__in=here)
    bound = dict(bound_here.values_list("person__code", "dispatch__incident__number"))
    open_tasks = Counter(
        DispatchMember.objects.filter(
            person__code__in=here, dispatch__state="left", dispatch__incident__state__in=BUSY_STATES
        ).values_list("person__code", flat=True)
    )
    beats = {
        post.person_code: post.beat_code
        for post in people.assignments([path], on=timezone.localdate(at))
        if post.beat_code and post.person_code in here
    }
    minutes, basis = _travel(incident, here, beats, norms, path)
    leaders = _leaders(here.values())
    candidates = tuple(
        Candidate(
            member=member(facts, leaders.get(code)),
            state=facts.state,
            office=facts.office_code,
            beat=beats.get(code, ""),
            on_task=bound.get(code, ""),
            open_tasks=open_tasks.get(code, 0),
            travel_minutes=minutes.get(code),
            shift_ends_minutes=(facts.end_at - at).total_seconds() / 60,
        )
        for code, facts in here.items()
    )
    return Force(candidates, here, basis)


def member(facts: OnDuty, responsible_officer: str | None) -> CrewMember:
    """Return one person on duty as a member of a crew."""
    return CrewMember(
        person=facts.person_code,
        category=facts.category,
        on_duty=facts.state in (DutyState.ON_DUTY, DutyState.STANDBY),
        responsible_officer=responsible_officer if facts.category in AUXILIARIES else None,
        related_to=frozenset(facts.recused_from),
    )


def _leaders(on: Any) -> dict[str, str]:
    """Return each auxiliary's responsible officer: the officer on duty of the same 1+2 group and office."""
    groups: dict[tuple[str, str], list[OnDuty]] = defaultdict(list)
    for facts in on:
        if facts.group:
            groups[facts.office_code, facts.group].append(facts)
    leaders: dict[str, str] = {}
    for members in groups.values():
        officers = sorted(f.person_code for f in members if f.category is PersonCategory.OFFICER)
        for facts in members:
            if officers and facts.category in AUXILIARIES:
                leaders[facts.person_code] = officers[0]
    return leaders


def _travel(
    incident: Incident, here: dict[str, OnDuty], beats: dict[str, str], norms: Norms, path: str
) -> tuple[dict[str, float], str]:
    """Return minutes to the scene by person: great circle × detour ÷ speed, from the beat or the office.

    A scene without coordinates is taken to lie at its beat or office.
    """
    places = {office.code: (office.lon, office.lat) for office in offices.offices([path])}
    centres = {beat.code: (beat.lon, beat.lat) for beat in offices.beats([path])}
    scene, basis = (incident.lon, incident.lat), "point"
    if scene[0] is None and incident.beat is not None:
        scene, basis = centres.get(incident.beat.code, (None, None)), "beat"
    if scene[0] is None:
        scene, basis = places.get(incident.office.unit.code, (None, None)), "office"
    if scene[0] is None or not here:
        return {}, "unknown"
    speeds = norms.value("deployment.speed_km_per_hour")
    per_hour = float(speeds[AreaType(incident.area_type).value])
    detour = float(norms.value("deployment.detour_factor"))
    known: dict[str, tuple[float, float]] = {}
    for code, facts in here.items():
        place = centres.get(beats.get(code, ""), (None, None))
        if place[0] is None or facts.is_attended:
            place = places.get(facts.office_code, (None, None))
        if place[0] is not None and place[1] is not None:
            known[code] = (place[0], place[1])
    if not known:
        return {}, "unknown"
    km = great_circle_km(np.array(list(known.values())), np.array([scene], dtype=float))[:, 0]
    return dict(zip(known, (km * detour / per_hour * 60).tolist(), strict=True)), basis


def recommendation_for(incident: Incident, *, at: datetime) -> tuple[Recommendation, Force]:
    """Return the engine's recommendation for the incident now, and the force it chose from."""
    norms = norms_for(incident.org_path, timezone.localdate(at))
    force = force_for(incident, norms, at=at)
    place = (incident.office.unit.code, incident.beat.code if incident.beat else "")
    rules = norms.incidents.recommend_rules(norms.groups)
    crew_rules = norms.incidents.crew_rules(norms.groups)
    return recommend(task_of(incident), place, force.candidates, rules, crew_rules), force


def as_stored(
    found: Recommendation, force: Force, *, at: datetime, most_left_out: int = 40
) -> dict[str, Any]:
    """Return the recommendation as it is stored with the dispatch: what was shown, in both languages.

    Of the people left out, those near enough to ask about come first; the rest is counted.
    """
    minutes = {candidate.person: candidate.travel_minutes for candidate in force.candidates}
    left = sorted(
        found.left_out, key=lambda row: (minutes.get(row.person) is None, minutes.get(row.person) or 0)
    )
    return {
        "at": at.isoformat(),
        "zh": found.zh,
        "en": found.en,
        "travel_basis": force.travel_basis,
        "proposals": [
            {
                "arrival_minutes": round(proposal.arrival_minutes, 1),
                "score_minutes": round(proposal.score_minutes, 1),
                "members": [
                    _ranked(row.person, row.score_minutes, row.reasons, force) for row in proposal.members
                ],
                "breaches": [{"code": b.code, "zh": b.zh, "en": b.en} for b in proposal.verdict.breaches],
            }
            for proposal in found.proposals
        ],
        "left_out": [_ranked(row.person, None, row.reasons, force) for row in left[:most_left_out]],
        "left_out_count": len(left),
    }


def _ranked(code: str, score: float | None, reasons: Sequence[Any], force: Force) -> dict[str, Any]:
    facts = force.on_duty[code]
    return {
        "person": code,
        "person_id": facts.person_id,
        "name": facts.person_name,
        "category": facts.category.value,
        "office": facts.office_name,
        "shift": facts.shift_name,
        "score_minutes": None if score is None else round(score, 1),
        "reasons": [asdict(reason) for reason in reasons],
    }
