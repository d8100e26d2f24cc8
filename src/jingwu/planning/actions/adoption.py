"""From imported facts to the organisation: offices, beats and people are added or brought up to date.

What was there before is returned, so that the adoption can be undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from jingwu.journal.actor import Acts
from jingwu.offices import actions as offices
from jingwu.offices import queries as office_queries
from jingwu.people import actions as people
from jingwu.people import queries as people_queries
from jingwu.planning.district import Beat, District, Person
from jingwu.terms.people import OrgLevel, PersonCategory, PostRole
from jingwu.terms.refusal import BadInput

POST_BY_CATEGORY: dict[PersonCategory, PostRole] = {
    PersonCategory.OFFICER: PostRole.OFFICER,
    PersonCategory.AUX_DUTY: PostRole.AUXILIARY,
    PersonCategory.AUX_CLERICAL: PostRole.AUXILIARY,
    PersonCategory.GRID_WORKER: PostRole.GRID_WORKER,
    PersonCategory.VOLUNTEER: PostRole.VOLUNTEER,
    PersonCategory.POLICE_ASSISTANT: PostRole.VOLUNTEER,
    PersonCategory.MEDIATOR: PostRole.MEDIATOR,
    PersonCategory.LEGAL_ADVISER: PostRole.LEGAL_ADVISER,
    PersonCategory.COUNSELLOR: PostRole.COUNSELLOR,
    PersonCategory.TECH_SPECIALIST: PostRole.DIGITAL_SPECIALIST,
}


@dataclass(frozen=True)
class Adoption:
    """What an adoption did: codes added, and the former values of what was changed."""

    offices: tuple[str, ...]
    beats: tuple[str, ...]
    people: tuple[str, ...]
    changed_offices: dict[str, dict[str, Any]]
    changed_beats: dict[str, dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "offices": list(self.offices),
            "beats": list(self.beats),
            "people": list(self.people),
            "changed_offices": self.changed_offices,
            "changed_beats": self.changed_beats,
        }


def adopt(
    district: District,
    org: office_queries.UnitFacts,
    *,
    id_numbers: Mapping[str, str],
    by: Acts,
    at: datetime,
) -> Adoption:
    """Bring offices, beats and people of ``district`` into the organisation below ``org``.

    ``id_numbers``: by person's code, kept apart from the facts.
    """
    known_offices = {facts.code: facts for facts in office_queries.offices([org.path])}
    known_beats = {facts.code: facts for facts in office_queries.beats([org.path])}
    known_people = {facts.code for facts in people_queries.people([org.path], on=timezone.localdate(at))}
    new_offices = _open_offices(district, org, set(known_offices), by=by, at=at)
    changed_offices = _update_offices(district, known_offices, by=by, at=at)
    new_beats = _draw_beats(district, set(known_beats), by=by, at=at)
    changed_beats = _update_beats(district, known_beats, by=by, at=at)
    new_people = _add_people(district, org, known_people, id_numbers, by=by, at=at)
    if district.background is not None:
        offices.set_map_background(org.code, _map_facts(district), by=by, at=at)
    return Adoption(new_offices, new_beats, new_people, changed_offices, changed_beats)


def _open_offices(
    district: District, org: office_queries.UnitFacts, known: set[str], *, by: Acts, at: datetime
) -> tuple[str, ...]:
    fresh = [office for office in district.offices if office.code not in known]
    if not fresh:
        return ()
    stations = _stations(sorted({office.station for office in fresh if office.station}), org, by=by, at=at)
    rows = [
        offices.NewOffice(
            code=office.code,
            name=office.name,
            parent_code=stations.get(office.station, org.code),
            lon=office.lon,
            lat=office.lat,
            opening_minutes=office.opening,
            area_type=office.area,
        )
        for office in fresh
    ]
    return tuple(offices.open_offices(rows, by=by, at=at))


def _stations(names: list[str], org: office_queries.UnitFacts, *, by: Acts, at: datetime) -> dict[str, str]:
    """Return the code of each station, creating those that are not there."""
    known = {unit.name: unit.code for unit in office_queries.units([org.path], level=OrgLevel.STATION)}
    for name in names:
        if name not in known:
            code = f"{org.code}-{len(known) + 1:02d}"
            offices.create_unit(
                level=OrgLevel.STATION, code=code, name=name, parent_code=org.code, by=by, at=at
            )
            known[name] = code
    return known


def _update_offices(
    district: District, known: dict[str, office_queries.OfficeFacts], *, by: Acts, at: datetime
) -> dict[str, dict[str, Any]]:
    changed: dict[str, dict[str, Any]] = {}
    for office in district.offices:
        facts = known.get(office.code)
        if facts is None:
            continue
        wanted = {"lon": office.lon, "lat": office.lat}
        before = {name: getattr(facts, name) for name in wanted if getattr(facts, name) != wanted[name]}
        if before:
            changes = {name: wanted[name] for name in before}
            offices.update_office(office.code, changes, seen=facts.version, by=by, at=at)
            changed[office.code] = before
    return changed


def _draw_beats(district: District, known: set[str], *, by: Acts, at: datetime) -> tuple[str, ...]:
    fresh = [beat for beat in district.beats if beat.code not in known and beat.office is not None]
    if not fresh:
        return ()
    rows = [
        offices.NewBeat(
            code=beat.code,
            name=beat.name or beat.code,
            office_code=str(beat.office),
            polygon=_geometry(beat),
            lon=beat.lon,
            lat=beat.lat,
            population=beat.population,
            households=beat.households,
            area_km2=beat.area_km2,
        )
        for beat in fresh
    ]
    return tuple(offices.create_beats(rows, by=by, at=at))


def _update_beats(
    district: District, known: dict[str, office_queries.BeatFacts], *, by: Acts, at: datetime
) -> dict[str, dict[str, Any]]:
    changed: dict[str, dict[str, Any]] = {}
    for beat in district.beats:
        facts = known.get(beat.code)
        if facts is None:
            continue
        wanted = {"population": beat.population, "households": beat.households, "area_km2": beat.area_km2}
        before = {
            name: getattr(facts, name)
            for name, value in wanted.items()
            if value is not None and getattr(facts, name) != value
        }
        if before:
            changes = {name: wanted[name] for name in before}
            offices.update_beat(beat.code, changes, seen=facts.version, by=by, at=at)
            changed[beat.code] = before
    return changed


def _add_people(
    district: District,
    org: office_queries.UnitFacts,
    known: set[str],
    id_numbers: Mapping[str, str],
    *,
    by: Acts,
    at: datetime,
) -> tuple[str, ...]:
    fresh = [person for person in district.people if person.code not in known]
    if not fresh:
        return ()
    made = people.create_people(
        [_new_person(person, org.code, id_numbers.get(person.code)) for person in fresh], by=by, at=at
    )
    today = timezone.localdate(at)
    posts = [_post(person, today) for person in fresh if person.office is not None]
    if posts:
        people.assign(posts, by=by, at=at)
    return tuple(made)


def _new_person(person: Person, district_code: str, id_number: str | None) -> people.NewPerson:
    return people.NewPerson(
        code=person.code,
        name=person.code,
        unit_code=person.office or district_code,
        category=person.category,
        funding_source=person.source,
        birth_date=person.birth_date,
        rank=person.rank or "",
        grassroots_years=person.grassroots_years,
        has_police_background=person.police_background,
        skills=person.skills,
        recused_from=person.recused_from,
        home_lon=person.home_lon,
        home_lat=person.home_lat,
        weekly_minutes=person.weekly_minutes,
        certificates=tuple(
            people.NewCertificate(name=paper.name, expires_on=paper.expires) for paper in person.certificates
        ),
        id_number=id_number,
    )


def _post(person: Person, today: date) -> people.NewAssignment:
    role = POST_BY_CATEGORY[person.category]
    is_officer = person.category is PersonCategory.OFFICER
    if person.is_lead and is_officer:
        role = PostRole.LEAD
    elif is_officer and person.beat is not None:
        role = PostRole.RESPONSIBLE_OFFICER
    return people.NewAssignment(
        person_code=person.code,
        office_code=str(person.office),
        role=role,
        start_on=today,
        module=person.module,
        beat_code=person.beat,
        group=person.group or "",
    )


def _geometry(beat: Beat) -> dict[str, Any] | None:
    if not beat.polygon:
        return None
    rings = [[list(point) for point in ring] for ring in beat.polygon]
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}


def _map_facts(district: District) -> office_queries.MapFacts:
    background = district.background
    if background is None:
        raise BadInput("facts.no_map", "没有地图底图。", "There is no map background.")
    layers = {
        layer: [
            {"name": line.name, "points": [list(point) for point in line.points], "width": line.width}
            for line in getattr(background, layer)
        ]
        for layer in ("outline", "water", "parks", "roads")
    }
    return office_queries.MapFacts(**layers, source=district.name)
