"""Groups and beats (1+2, 包片): no group without an officer, one responsible officer per beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jingwu.engines.staffing.assignment import Placement
from jingwu.engines.staffing.facts import Beat, Office, Person, StaffingParams
from jingwu.engines.staffing.roles import CREW_ROLE, LEAD_ROLE, ROLES
from jingwu.terms.people import PersonCategory

_AUXILIARIES = (PersonCategory.AUX_DUTY, PersonCategory.AUX_CLERICAL)


@dataclass(frozen=True)
class Group:
    """A duty group: exactly one officer, at most the norm's auxiliaries; ``tour`` is its week, if it has
    one."""

    code: str
    office: str
    officer: str
    auxiliaries: tuple[str, ...]
    tour: str | None = None

    def __post_init__(self) -> None:
        if not self.officer:
            raise ValueError(f"group {self.code} has no officer")


@dataclass(frozen=True)
class BeatDuty:
    """Who answers for a beat; ``kept`` when the same officer did before, ``officer`` None when there is
    none."""

    beat: str
    office: str
    officer: str | None
    before: str | None

    @property
    def kept(self) -> bool:
        """Return whether the beat stays with its officer."""
        return self.officer is not None and self.officer == self.before


@dataclass(frozen=True)
class Grouping:
    """Groups, beats, and for every auxiliary the officer who leads the work."""

    groups: tuple[Group, ...]
    beats: tuple[BeatDuty, ...]
    responsible: Mapping[str, str]


def make_groups(
    placements: Sequence[Placement],
    people: Mapping[str, Person],
    offices: Sequence[Office],
    beats: Sequence[Beat],
    tours: Mapping[str, Sequence[str]],
    params: StaffingParams,
) -> Grouping:
    """Form the groups of every office and give out the beats.

    ``tours``: tour codes by office, one per crew officer. The lead leads no group unless the office has no
    other officer; auxiliaries beyond the norm's number, and all outside patrol, answer to the lead.
    """
    by_office: dict[str, list[Placement]] = {office.code: [] for office in offices}
    for placement in sorted(placements, key=lambda placement: placement.person):
        by_office[placement.office].append(placement)
    groups: list[Group] = []
    responsible: dict[str, str] = {}
    officers: dict[str, list[str]] = {}
    for office in offices:
        staff = by_office[office.code]
        made = _groups_of(office.code, staff, people, list(tours.get(office.code, ())), params)
        groups.extend(made)
        officers[office.code] = _beat_officers(staff)
        responsible.update(_responsible(staff, made))
    return Grouping(tuple(groups), _give_beats(beats, offices, officers, people), responsible)


def _groups_of(
    office: str,
    staff: Sequence[Placement],
    people: Mapping[str, Person],
    tours: list[str],
    params: StaffingParams,
) -> list[Group]:
    def minutes(placement: Placement) -> int:
        return people[placement.person].weekly_minutes or 0

    crews = sorted((p for p in staff if p.role == CREW_ROLE), key=lambda p: (-minutes(p), p.person))
    leaders = [*crews, *(p for p in staff if p.role == "relief_officer")]
    leaders = leaders or [p for p in staff if p.category is PersonCategory.OFFICER and p.role != LEAD_ROLE]
    leaders = leaders or [p for p in staff if p.role == LEAD_ROLE]
    patrol = [p.person for p in staff if p.role == "patrol_aux"]
    most = params.group_max_aux
    return [
        Group(
            f"{office}-{number + 1}组",
            office,
            leader.person,
            tuple(patrol[number * most : (number + 1) * most]),
            tours[number] if leader.role == CREW_ROLE and number < len(tours) else None,
        )
        for number, leader in enumerate(leaders)
    ]


def _beat_officers(staff: Sequence[Placement]) -> list[str]:
    officers = [p for p in staff if p.category is PersonCategory.OFFICER]
    others = [p.person for p in officers if p.role != LEAD_ROLE]
    return others or [p.person for p in officers]


def _responsible(staff: Sequence[Placement], groups: Sequence[Group]) -> dict[str, str]:
    """Return the responsible officer of every auxiliary of an office."""
    officers = [p for p in staff if p.category is PersonCategory.OFFICER]
    if not officers:
        return {}
    head = next((p.person for p in officers if p.role == LEAD_ROLE), officers[0].person)
    answer = {aux: group.officer for group in groups for aux in group.auxiliaries}
    for placement in staff:
        if placement.category in _AUXILIARIES and ROLES[placement.role].needs_officer:
            answer.setdefault(placement.person, head)
    return answer


def _give_beats(
    beats: Sequence[Beat],
    offices: Sequence[Office],
    officers: Mapping[str, Sequence[str]],
    people: Mapping[str, Person],
) -> tuple[BeatDuty, ...]:
    """Give every beat to its present officer where possible, the rest by falling work to the least loaded.

    Source: longest processing time first (Graham 1969).
    """
    load = {officer: 0.0 for staff in officers.values() for officer in staff}
    places = {office.code: office for office in offices}
    given: dict[str, str | None] = {}

    def may(officer: str, beat: Beat) -> bool:
        barred = people[officer].barred_offices
        return beat.code not in barred and beat.office not in barred

    open_beats = []
    for beat in beats:
        if beat.responsible in officers.get(beat.office, ()) and may(str(beat.responsible), beat):
            given[beat.code] = beat.responsible
            load[str(beat.responsible)] += beat.weekly_hours
        else:
            open_beats.append(beat)
    for beat in sorted(open_beats, key=lambda b: (-b.weekly_hours, b.code)):
        staff = [officer for officer in officers.get(beat.office, ()) if may(officer, beat)]
        if not staff and beat.office in places:
            staff = _nearest_staff(beat, offices, officers, may)
        best = min(staff, key=lambda officer: (load[officer], officer), default=None)
        given[beat.code] = best
        if best is not None:
            load[best] += beat.weekly_hours
    return tuple(BeatDuty(b.code, b.office, given[b.code], b.responsible) for b in beats)


def _nearest_staff(
    beat: Beat, offices: Sequence[Office], officers: Mapping[str, Sequence[str]], may: object
) -> list[str]:
    """Return the officers of the nearest office that has any who may hold the beat."""
    assert callable(may)
    for office in sorted(offices, key=lambda o: ((o.lon - beat.lon) ** 2 + (o.lat - beat.lat) ** 2, o.code)):
        staff = [officer for officer in officers.get(office.code, ()) if may(officer, beat)]
        if staff:
            return staff
    return []
