# catalogue: data - both languages stand side by side
"""People and beats as the staffing engine sees them; posts to be filled where the facts name nobody."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np

from jingwu.engines.staffing.facts import Beat, FloatArray, Person, PlannedWork, StaffingParams
from jingwu.engines.staffing.roles import CATEGORY_NAMES
from jingwu.norms import Norms
from jingwu.planning.district import District
from jingwu.planning.district import Person as PersonRecord
from jingwu.planning.pipeline.ground import Ground
from jingwu.planning.pipeline.params import PlanParams
from jingwu.terms.people import PersonCategory

_WEEKS_PER_MONTH = 365.25 / 12 / 7


def plan_day(district: District, params: PlanParams) -> date:
    """Return the day ages and certificates are judged on: as asked, else the last day with a call."""
    period = district.period
    return params.day or (period[1] if period else date.min)


def people_of(
    district: District, ground: Ground, params: PlanParams, norms: Norms, day: date
) -> tuple[tuple[Person, ...], bool]:
    """Return the people to place, and whether they are posts yet to be filled rather than people on record.

    Without people the team template times the offices is taken. A strength asked for adds posts to be filled,
    or takes people away: those without an office first, then the last by code.
    """
    people = [_person(record, norms, day) for record in district.people]
    wanted: dict[PersonCategory, int] = dict(params.strength)
    assumed = not people
    if assumed and not wanted:
        wanted = {category: heads * len(ground.offices) for category, heads in norms.team.posts.items()}
    for category, heads in wanted.items():
        own = [person for person in people if person.category is category]
        if len(own) > heads:
            own.sort(key=lambda person: (person.office is None, person.code))
            gone = {person.code for person in own[heads:]}
            people = [person for person in people if person.code not in gone]
        zh = CATEGORY_NAMES[category][0]
        people.extend(
            Person(f"{'' if assumed else '新增'}{zh} {number:04d}", category)
            for number in range(1, heads - len(own) + 1)
        )
    return tuple(people), assumed


def _person(record: PersonRecord, norms: Norms, day: date) -> Person:
    valid = {c.name for c in record.certificates if c.expires is None or c.expires >= day}
    rank = record.rank.value if record.rank else None
    order = norms.lead.rank_order
    age = record.age_on(day)
    usual = norms.availability.weekly_minutes[record.category]
    return Person(
        code=record.code,
        category=record.category,
        office=record.office,
        source=record.source,
        age_years=float(age) if age is not None and 18 <= age <= 120 else None,
        rank_level=order.index(rank) if rank in order else None,
        grassroots_years=record.grassroots_years,
        police_background=record.police_background,
        skills=frozenset(record.skills),
        certificates=frozenset(valid),
        expired_certificates=frozenset(c.name for c in record.certificates) - valid,
        lon=record.home_lon,
        lat=record.home_lat,
        weekly_minutes=usual if record.weekly_minutes is None else record.weekly_minutes,
        barred_offices=frozenset(record.recused_from),
        exclusive_roles=frozenset({record.role} & {"social_supervisor"}),
    )


def beat_hours(district: District, norms: Norms) -> FloatArray:
    """Return the weekly person-hours of an officer's beat work, (beats,): visits, hazards, disputes,
    follow-ups."""
    per_week = work_per_week(district)
    standard = norms.workload
    minutes = (
        per_week["visits"] * standard.household_visit_minutes
        + per_week["hazards"] * (standard.hazard_inspection_minutes + standard.hazard_reinspection_minutes)
        + per_week["disputes"] * standard.follow_up_visit_minutes * standard.follow_up_visits_per_dispute
    )
    if not minutes.any():  # no workload on record: beats weigh by their people, else alike
        people = np.array([beat.population or 0 for beat in district.beats], dtype=np.float64)
        return people / max(people.mean(), 1.0) if people.any() else np.ones(len(district.beats))
    return np.asarray(minutes / 60.0)


def work_per_week(district: District) -> dict[str, FloatArray]:
    """Return disputes, service requests, hazards and visits a week by beat, (beats,) each."""
    work, beats = district.workload, len(district.beats)
    months = max(1, len(np.unique(work.month))) if len(work) else 1
    weeks = months * _WEEKS_PER_MONTH
    known = work.beat >= 0
    return {
        name: np.bincount(work.beat[known], getattr(work, name)[known].astype(np.float64), beats) / weeks
        if beats
        else np.zeros(0)
        for name in ("disputes", "service_requests", "hazards", "visits")
    }


def beats_of(district: District, ground: Ground, norms: Norms) -> tuple[Beat, ...]:
    """Return the beats with their office, weekly work and the officer who holds them today."""
    holder = {
        person.beat: person.code
        for person in sorted(district.people, key=lambda p: p.code, reverse=True)
        if person.beat is not None and person.category is PersonCategory.OFFICER
    }
    hours = beat_hours(district, norms) if district.beats else []
    return tuple(
        Beat(
            beat.code,
            ground.offices[int(ground.area_office[index])].code,
            float(hours[index]),
            beat.lon,
            beat.lat,
            holder.get(beat.code),
        )
        for index, beat in enumerate(district.beats)
    )


def planned_work(
    district: District, ground: Ground, norms: Norms, crew_hours: FloatArray, params: StaffingParams
) -> tuple[PlannedWork, ...]:
    """Return the work of every office that no call brings, as person-hours a week by role.

    ``crew_hours`` (offices,): hours of crews needed, each of which asks for its auxiliaries.
    """
    per_week, standard = work_per_week(district), norms.workload
    by_office = {name: np.zeros(len(ground.offices)) for name in per_week}
    if district.beats:
        for name, counts in per_week.items():
            np.add.at(by_office[name], ground.area_office, counts)
    disputes, requests, visits = by_office["disputes"], by_office["service_requests"], by_office["visits"]
    rows: list[PlannedWork] = []
    for index, office in enumerate(ground.codes):
        told = (
            (
                "patrol_aux",
                float(crew_hours[index]) * params.group_max_aux,
                f"每组 {params.group_max_aux} 名辅警",
                f"{params.group_max_aux} auxiliaries a crew",
            ),
            (
                "mediation_aux",
                float(disputes[index]) * standard.mediation_minutes * (standard.mediation_staff - 1) / 60,
                f"每周 {disputes[index]:.1f} 起纠纷",
                f"{disputes[index]:.1f} disputes a week",
            ),
            (
                "front_desk",
                float(requests[index]) * standard.service_request_minutes / 60
                + standard.reception_minutes_week / 60 * bool(district.beats),
                f"每周 {requests[index]:.1f} 件服务事项和固定接待",
                f"{requests[index]:.1f} requests a week and reception",
            ),
            (
                "grid_service",
                float(visits[index]) * standard.household_visit_minutes / 60,
                f"每周走访 {visits[index]:.1f} 户",
                f"{visits[index]:.1f} visits a week",
            ),
            (
                "digital_specialist",
                (standard.analysis_minutes_week + standard.equipment_upkeep_minutes_week) / 60,
                "警情分析和设备维护",
                "analysis and upkeep",
            ),
        )
        rows.extend(PlannedWork(office, role, hours, zh, en) for role, hours, zh, en in told if hours > 0)
    return tuple(rows)


def today_heads(people: tuple[Person, ...]) -> dict[tuple[str, PersonCategory], int]:
    """Return heads by office and category as they stand today."""
    return dict(Counter((p.office, p.category) for p in people if p.office is not None))
