"""Who can stand on an office's roster, in the order of the board, and how crews are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from jingwu.people import queries as people
from jingwu.terms.people import PersonCategory, PostRole

MANY = 10_000

LABOUR_STATUS: dict[PersonCategory, str] = {
    PersonCategory.OFFICER: "officer",
    PersonCategory.AUX_DUTY: "contract",
    PersonCategory.AUX_CLERICAL: "contract",
    PersonCategory.GRID_WORKER: "contract",
    PersonCategory.TECH_SPECIALIST: "contract",
}
"""Which limits of working time cover a category; nobody else is under any."""

APPOINTED = "appointed"
"""People who come by appointment: volunteers, experts; their days are agreed with them, not solved."""

ORDER = (
    PersonCategory.OFFICER,
    PersonCategory.AUX_DUTY,
    PersonCategory.AUX_CLERICAL,
    PersonCategory.GRID_WORKER,
    PersonCategory.TECH_SPECIALIST,
)


@dataclass(frozen=True)
class StaffFacts:
    """One person of the roster: ``group`` is the 1+2 group, ``labour_status`` picks the limits."""

    id: int
    code: str
    name: str
    category: PersonCategory
    labour_status: str
    is_lead: bool
    is_responsible: bool
    group: str
    skills: tuple[str, ...]
    weekly_minutes: int
    certificates: tuple[people.CertificateFacts, ...]

    @property
    def is_crew(self) -> bool:
        """Return whether the person takes turns on attended posts."""
        return self.category in (PersonCategory.OFFICER, PersonCategory.AUX_DUTY)


def staff(path: str, *, on: date, part_time_minutes: int, also: Iterable[int] = ()) -> tuple[StaffFacts, ...]:
    """Return the people of the office at ``path`` on a day, the lead first, then group by group.

    ``also`` are people (by id) with shifts on the roster who belong elsewhere or have left.
    """
    found = [_staff(row, part_time_minutes) for row in people.people([path], on=on)]
    known = {row.id for row in found}
    strangers = [person for person in also if person not in known]
    if strangers:
        found += [_staff(row, part_time_minutes) for row in people.people(["/"], on=date.min, ids=strangers)]
    return tuple(sorted(found, key=_place))


def leads(path: str, *, on: date) -> list[int]:
    """Return the ids of those who lead an office."""
    return [
        row.id for row in people.people([path], on=on) if PostRole.LEAD in {post.role for post in row.posts}
    ]


def _place(person: StaffFacts) -> tuple[object, ...]:
    rank = ORDER.index(person.category) if person.category in ORDER else len(ORDER)
    if person.labour_status == APPOINTED:
        rank = len(ORDER) + 1
    crew = 0 if person.is_crew and person.group else 1
    first = 0 if person.is_lead else 1
    in_group = rank if crew == 0 and first else 0
    return (first, rank if crew else 0, crew, person.group, in_group, rank, person.code)


def _staff(row: people.PersonFacts, part_time_minutes: int) -> StaffFacts:
    status = LABOUR_STATUS.get(row.category, APPOINTED)
    if row.weekly_minutes <= part_time_minutes:
        status = APPOINTED
    roles = {post.role for post in row.posts}
    return StaffFacts(
        id=row.id,
        code=row.code,
        name=row.name,
        category=row.category,
        labour_status=status,
        is_lead=PostRole.LEAD in roles,
        is_responsible=PostRole.RESPONSIBLE_OFFICER in roles,
        group=next((post.group for post in row.posts if post.group), ""),
        skills=row.skills,
        weekly_minutes=row.weekly_minutes,
        certificates=row.certificates,
    )


@dataclass(frozen=True)
class Crew:
    """People who turn together: at least one officer, and the auxiliaries one officer may lead."""

    name: str
    members: tuple[int, ...]


def crews(team: tuple[StaffFacts, ...], *, per_officer: int) -> tuple[tuple[Crew, ...], tuple[int, ...]]:
    """Return the crews and the auxiliaries left without an officer (they do day work).

    Groups come first; an office of at most four officers needs its lead in the turn, a larger one keeps
    the lead on days. Auxiliaries without a group fill the smallest crew.
    """
    turning = [p for p in team if p.is_crew and p.labour_status != APPOINTED]
    officers = [p for p in turning if p.category is PersonCategory.OFFICER]
    if len(officers) > 4:
        officers = [p for p in officers if not p.is_lead]
    members: dict[int, list[int]] = {officer.id: [officer.id] for officer in officers}
    of_group = {officer.group: officer.id for officer in officers if officer.group}
    names = {officer.id: officer.group or officer.name for officer in officers}
    left: list[int] = []
    helpers = [p for p in turning if p.category is PersonCategory.AUX_DUTY]
    for helper in sorted(helpers, key=lambda p: (p.group not in of_group, p.code)):
        home = of_group.get(helper.group)
        if home is None or len(members[home]) > per_officer:
            room = [key for key, found in members.items() if len(found) <= per_officer]
            home = min(room, key=lambda key: len(members[key])) if room else None
        if home is None:
            left.append(helper.id)
        else:
            members[home].append(helper.id)
    return tuple(Crew(names[key], tuple(found)) for key, found in members.items()), tuple(left)


def turn(
    team: tuple[StaffFacts, ...],
    days: tuple[date, ...],
    turns: Mapping[str, tuple[str, ...]],
    *,
    per_officer: int,
    free_days: frozenset[date],
    shift_days: int,
    barred: Mapping[int, frozenset[str]],
) -> dict[tuple[int, date], str]:
    """Return a first roster by cycles of crews: shift codes by person and day.

    The cycle is anchored to the calendar, so that the next month goes on where this one ends. Day staff
    work on ordinary weekdays, people by appointment one weekday a week. Limits are not looked at, but who may
    not work a shift of the cycle (``barred``, codes by person) is day staff too.
    ``shift_days`` moves the cycle, so that the leads of neighbouring offices are not all off at once.
    """
    made: dict[tuple[int, date], str] = {}
    found, _left = crews(team, per_officer=per_officer)
    places = min(len(found), max(int(key) for key in turns))
    cycle = turns[str(places)] if places else ()
    turning = {person for crew in found for person in crew.members if barred[person].isdisjoint(cycle)}
    for number, crew in enumerate(found):
        offset = (number % places) * len(cycle) // places
        if places == 1:
            offset -= shift_days  # a single crew keeps to the week
        for day in days:
            code = cycle[(day.toordinal() - 1 + offset + shift_days) % len(cycle)]
            if code:
                made.update({(person, day): code for person in crew.members if person in turning})
    for row, person in enumerate(team):
        if person.id in turning:
            continue
        for day in days:
            if day in free_days:
                continue
            by_appointment = person.labour_status == APPOINTED
            if not by_appointment or day.weekday() == row % 5:
                made[person.id, day] = "D" if person.is_lead else "B"
    return made
