"""Persons, their posts and certificates; looking at what is masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.utils import timezone

from jingwu.journal import actions as journal
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices
from jingwu.people.access import require
from jingwu.people.actions.looking import note_look
from jingwu.people.models import Assignment, Certificate, Person
from jingwu.people.vault import Sealed
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import FundingSource, PersonCategory, PostRole, StaffTier
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal

EXTENSION = frozenset(
    {
        PersonCategory.GRID_WORKER, PersonCategory.VOLUNTEER, PersonCategory.POLICE_ASSISTANT,
        PersonCategory.MEDIATOR, PersonCategory.LEGAL_ADVISER, PersonCategory.COUNSELLOR,
    }
)  # fmt: skip
OFFICER_POSTS = frozenset(
    {PostRole.LEAD, PostRole.RESPONSIBLE_OFFICER, PostRole.ORDER_CHIEF, PostRole.OFFICER}
)
UNMASK_FIELDS = ("id_number", "phone")
UNMASK_REASONS = ("verify_identity", "contact", "correct_record", "legal_request", "emergency")
EDITABLE = frozenset(
    {
        "name", "category", "funding_source", "tier", "employer", "birth_date", "rank", "grassroots_years",
        "has_police_background", "skills", "recused_from", "home_lon", "home_lat", "weekly_minutes",
        "id_number", "phone", "joined_on", "left_on",
    }
)  # fmt: skip


@dataclass(frozen=True)
class NewCertificate:
    """A certificate to be noted; ``expires_on`` None = it does not expire."""

    name: str
    issuer: str = ""
    issued_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class NewPerson:
    """A person to be added; ``unit_code`` is the unit (usually the office) they belong to.

    ``tier`` None = core, or extension for grid workers, volunteers and the like (reference 1.02);
    ``weekly_minutes`` None = what the unit's norms say of the category.
    """

    code: str
    name: str
    unit_code: str
    category: PersonCategory
    funding_source: FundingSource
    tier: StaffTier | None = None
    employer: str = ""
    birth_date: date | None = None
    rank: str = ""
    grassroots_years: float | None = None
    has_police_background: bool | None = None
    skills: tuple[str, ...] = ()
    recused_from: tuple[str, ...] = ()
    home_lon: float | None = None
    home_lat: float | None = None
    weekly_minutes: int | None = None
    certificates: tuple[NewCertificate, ...] = ()
    joined_on: date | None = None
    id_number: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.code or not self.name:
            raise ValueError("a person needs a code and a name")
        if self.weekly_minutes is not None and not 0 <= self.weekly_minutes <= 7 * 1440:
            raise ValueError(f"person {self.code}: weekly minutes out of range")


@dataclass(frozen=True)
class NewAssignment:
    """A post to be given: to whom, where, as what, from which day."""

    person_code: str
    office_code: str
    role: PostRole
    start_on: date
    end_on: date | None = None
    module: DutyModule | None = None
    beat_code: str | None = None
    group: str = ""
    acting: bool = False

    def __post_init__(self) -> None:
        if self.end_on is not None and self.end_on <= self.start_on:
            raise ValueError("a post must end after it starts")
        if self.role is PostRole.RESPONSIBLE_OFFICER and not self.beat_code:
            raise ValueError("a responsible officer answers for a beat")


@transaction.atomic
def create_people(rows: Sequence[NewPerson], *, by: Acts, at: datetime, reason: str = "") -> dict[str, int]:
    """Add persons with their certificates, all or none; return their ids by code.

    Raises:
        NotAllowed: ``by`` may not edit people in one of the units.
        BadInput: a code exists already or a unit does not.
    """
    units = offices.units_by_code({row.unit_code for row in rows})
    for path in sorted({unit.path for unit in units.values()}):
        require(by, "people.edit", org=path, at=at)
    told = _with_usual_minutes(rows, {code: unit.path for code, unit in units.items()}, at)
    people = [_person(row, units[row.unit_code].id) for row in told]
    try:
        with transaction.atomic():
            made = Person.objects.bulk_create(people, batch_size=500)
    except IntegrityError as error:
        raise BadInput(
            "people.code_taken",
            "人员编号重复,一个也没有写入。",
            "A person's code exists; nothing was written.",
        ) from error
    ids = {person.code: person.pk for person in made}
    Certificate.objects.bulk_create(
        [Certificate(person_id=ids[row.code], **asdict(paper)) for row in rows for paper in row.certificates],
        batch_size=1000,
    )
    paths = sorted({unit.path for unit in units.values()})
    record = journal.RecordRef("people", "person", ",".join(sorted(ids)[:20]), _common(paths))
    details = {"count": len(ids), "units": sorted(units)}
    journal.record("people.create", by=by, at=at, record=record, reason=reason, details=details)
    return ids


def _with_usual_minutes(rows: Sequence[NewPerson], paths: Mapping[str, str], at: datetime) -> list[NewPerson]:
    """Return the rows, each with its working time: the norm of the unit at ``paths`` where it tells none."""
    today = timezone.localdate(at)
    silent = {paths[row.unit_code] for row in rows if row.weekly_minutes is None}
    usual = {path: offices.norms_for(path, today).availability.weekly_minutes for path in silent}
    return [
        replace(row, weekly_minutes=usual[paths[row.unit_code]][row.category])
        if row.weekly_minutes is None
        else row
        for row in rows
    ]


def _person(row: NewPerson, unit_id: int) -> Person:
    values = asdict(row)
    for name in ("unit_code", "certificates"):
        del values[name]
    tier = row.tier or (StaffTier.EXTENSION if row.category in EXTENSION else StaffTier.CORE)
    values.update(
        unit_id=unit_id, category=row.category.value, funding_source=row.funding_source.value,
        tier=tier.value, skills=list(row.skills), recused_from=list(row.recused_from),
    )  # fmt: skip
    return Person(**values)


def _common(paths: Sequence[str]) -> str:
    """Return the path of the lowest unit above all ``paths``."""
    if not paths:
        return ""
    parts = [path.strip("/").split("/") for path in paths]
    shared: list[str] = []
    for step in zip(*parts, strict=False):
        if len(set(step)) > 1:
            break
        shared.append(step[0])
    return "/" + "".join(f"{code}/" for code in shared)


@transaction.atomic
def update_person(
    person_id: int, changes: Mapping[str, Any], *, seen: int, by: Acts, at: datetime, reason: str = ""
) -> int:
    """Change only the fields in ``changes`` and return the new version; ``seen`` is the version shown before.

    Raises:
        NotAllowed: outside the scope of ``by``.
        BadInput: a field that is not edited this way.
        ChangedMeanwhile: somebody else changed the person since.
    """
    unknown = set(changes) - EDITABLE
    if unknown:
        raise BadInput("people.field", f"不能修改:{sorted(unknown)}", f"Not editable: {sorted(unknown)}")
    person = Person.objects.select_related("unit").get(pk=person_id)
    require(by, "people.edit", org=person, at=at)
    before = _snapshot(person, changes)
    values = _with_indexes(changes)
    count = Person.objects.filter(pk=person_id, version=seen).update(**values, version=F("version") + 1)
    if count != 1:
        raise ChangedMeanwhile(
            "people.changed_meanwhile",
            "有人先改了这条记录,请刷新后再改。",
            "Somebody changed this record first; reload it and try again.",
        )
    person.refresh_from_db()
    journal.record(
        "people.update", by=by, at=at, record=person, reason=reason, details={"fields": sorted(changes)},
        before=before, after=_snapshot(person, changes),
    )  # fmt: skip
    return person.version


def _with_indexes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the blind indexes that a conditional update must set by itself."""
    values = dict(changes)
    for name in UNMASK_FIELDS:
        if name in values:
            index = Person._meta.get_field(f"{name}_index")
            values[f"{name}_index"] = index.digest(values[name]) if values[name] else None
    return values


def _snapshot(person: Person, names: Mapping[str, Any]) -> dict[str, str]:
    """Return the named fields as text for the digests; a sealed value stands as its blind index."""
    found = {name: getattr(person, name) for name in names}
    return {
        name: str(getattr(person, f"{name}_index") if isinstance(value, Sealed) else value)
        for name, value in found.items()
    }


@transaction.atomic
def withdraw_people(codes: Sequence[str], *, by: Acts, at: datetime, reason: str) -> int:
    """Remove persons again that nothing else refers to (the undo of an import); return how many.

    Raises:
        Refusal: somebody is referred to by a record that must stay.
    """
    rows = Person.objects.filter(code__in=codes).select_related("unit")
    paths = sorted({person.unit.path for person in rows})
    for path in paths:
        require(by, "people.edit", org=path, at=at)
    ids = [person.pk for person in rows]
    try:
        with transaction.atomic():
            Person.objects.filter(pk__in=ids).delete()
    except (ProtectedError, IntegrityError) as error:
        raise Refusal(
            "people.in_use",
            "其中有人已被其他记录引用,不能撤回;可改填离岗日期。",
            "Some of them are referred to by other records and stay; set a leaving date instead.",
        ) from error
    record = journal.RecordRef("people", "person", ",".join(sorted(codes)[:20]), _common(paths))
    journal.record("people.withdraw", by=by, at=at, record=record, reason=reason, details={"count": len(ids)})
    return len(ids)


@transaction.atomic
def assign(
    rows: Sequence[NewAssignment], *, by: Acts, at: datetime, reason: str = "", replace: bool = False
) -> list[int]:
    """Give posts, all or none; with ``replace`` the persons' and beats' running posts end the same day.

    A beat never has two responsible officers at once, nor an office two leads: the database refuses it.

    Raises:
        NotAllowed: outside the scope of ``by``.
        Refusal: the post is taken, or asks for an officer and the person is none.
    """
    units = offices.units_by_code({row.office_code for row in rows})
    for path in sorted({unit.path for unit in units.values()}):
        require(by, "people.assign", org=path, at=at)
    people = {row.code: row for row in Person.objects.filter(code__in={row.person_code for row in rows})}
    beats = offices.beats_by_code({row.beat_code for row in rows if row.beat_code})
    for row in rows:
        _refuse_unfit(row, people, beats)
    if replace:
        _end_running(rows, people, beats)
    try:
        with transaction.atomic():
            made = Assignment.objects.bulk_create(
                [_assignment(row, people, beats, units[row.office_code].id) for row in rows], batch_size=500
            )
    except IntegrityError as error:
        raise Refusal(
            "people.post_taken",
            "同一警格同一时间只能有一名主责民警,同一警务室只能有一名警务长。",
            "A beat has one responsible officer at a time, an office one lead.",
        ) from error
    paths = sorted({unit.path for unit in units.values()})
    record = journal.RecordRef("people", "assignment", str(made[0].pk) if made else "", _common(paths))
    details = {"count": len(made), "persons": sorted({row.person_code for row in rows})[:50]}
    journal.record("people.assign", by=by, at=at, record=record, reason=reason, details=details)
    return [row.pk for row in made]


def _refuse_unfit(
    row: NewAssignment, people: Mapping[str, Person], beats: Mapping[str, offices.BeatFacts]
) -> None:
    person = people.get(row.person_code)
    if person is None:
        raise BadInput("people.unknown", f"没有人员 {row.person_code}", f"No person {row.person_code}")
    if row.role in OFFICER_POSTS and person.category != PersonCategory.OFFICER:
        raise Refusal(
            "people.needs_officer",
            f"{row.person_code} 不是民警,不能担任主责、警务长等民警岗位。",
            f"{row.person_code} is not an officer and cannot hold an officer's post.",
        )
    if row.beat_code and beats[row.beat_code].office_code != row.office_code:
        raise Refusal(
            "people.beat_elsewhere",
            f"警格 {row.beat_code} 不属于警务室 {row.office_code}。",
            f"Beat {row.beat_code} does not belong to office {row.office_code}.",
        )


def _end_running(
    rows: Sequence[NewAssignment], people: Mapping[str, Person], beats: Mapping[str, offices.BeatFacts]
) -> None:
    """End on the new post's first day what the same person, or the same beat's officer, holds until then."""
    for row in rows:
        running = Assignment.objects.filter(start_on__lt=row.start_on).exclude(end_on__lte=row.start_on)
        running.filter(person=people[row.person_code]).update(end_on=row.start_on)
        if row.role is PostRole.RESPONSIBLE_OFFICER and row.beat_code:
            running.filter(beat_id=beats[row.beat_code].id, role=row.role.value).update(end_on=row.start_on)


def _assignment(
    row: NewAssignment,
    people: Mapping[str, Person],
    beats: Mapping[str, offices.BeatFacts],
    office_id: int,
) -> Assignment:
    return Assignment(
        person=people[row.person_code],
        office_id=office_id,
        role=row.role.value,
        module=row.module.value if row.module else "",
        beat_id=beats[row.beat_code].id if row.beat_code else None,
        group=row.group,
        acting=row.acting,
        start_on=row.start_on,
        end_on=row.end_on,
    )


@transaction.atomic
def end_assignment(assignment_id: int, *, end_on: date, by: Acts, at: datetime, reason: str = "") -> None:
    """End a post on a day (the first day it is no longer held)."""
    row = Assignment.objects.select_related("office__unit").get(pk=assignment_id)
    require(by, "people.assign", org=row.office.unit.path, at=at)
    open_then = Assignment.objects.filter(pk=assignment_id, start_on__lt=end_on).exclude(end_on__lte=end_on)
    if open_then.update(end_on=end_on) != 1:
        raise ChangedMeanwhile("people.post_over", "该岗位任职已结束。", "The post has ended already.")
    record = journal.RecordRef("people", "assignment", str(assignment_id), row.office.unit.path)
    details = {"end_on": end_on}
    journal.record("people.end_assignment", by=by, at=at, record=record, reason=reason, details=details)


@transaction.atomic
def unmask(
    person_id: int, field_name: str, *, by: Acts, at: datetime, reason_code: str, reason: str = ""
) -> str:
    """Return one sensitive value of one person in plain, for a stated reason that the journal keeps.

    Raises:
        NotAllowed: the role may not see plain values, or the person lies outside its scope.
        BadInput: an unknown field or reason code.
    """
    if field_name not in UNMASK_FIELDS or reason_code not in UNMASK_REASONS:
        raise BadInput("people.unmask_reason", "请选择查看的事由。", "State a reason for looking.")
    person = Person.objects.select_related("unit").get(pk=person_id)
    require(by, "people.unmask", org=person, at=at)
    value = getattr(person, field_name)
    details = {"field": field_name, "reason_code": reason_code}
    note_look("people.unmask", by=by, at=at, record=person, reason=reason, details=details)
    return value.reveal() if value is not None else ""
