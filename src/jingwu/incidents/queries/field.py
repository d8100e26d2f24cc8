"""What the field app shows: today's tasks of one account, its group and office, and what it has handed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q

from jingwu.duty import queries as duty
from jingwu.engines.workflow import merge
from jingwu.incidents.models import (
    Dispatch,
    FieldChange,
    FieldFile,
    FieldRecord,
    FieldTask,
    Incident,
    PatrolPoint,
    PatrolVisit,
)
from jingwu.incidents.models.crews import ACTIVE_CREW_STATES
from jingwu.journal.access import scope_paths, within
from jingwu.offices import queries as offices
from jingwu.offices.queries import OfficeFacts

TASKS_AT_MOST = 60
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Group:
    """Who the account works with now: its 1+2 group from the published roster, empty when off duty."""

    name: str
    member_codes: tuple[str, ...]
    person_ids: tuple[int, ...]
    shift_name: str
    end_at: datetime | None


@dataclass(frozen=True)
class IncidentTask:
    """One incident to go to, with the clock that runs now and when that clock was started."""

    id: int
    number: str
    category: str
    text: str
    address: str
    lon: float | None
    lat: float | None
    priority: int | None
    state: str
    crew_state: str
    is_mine: bool
    crew: tuple[str, ...]
    clock: str
    clock_started_at: datetime | None
    clock_due_at: datetime | None
    check_in_due_at: datetime | None
    dispatched_at: datetime | None


@dataclass(frozen=True)
class PlainTask:
    """One task that is no incident."""

    id: int
    kind: str
    title: str
    place: str
    advice: str
    lon: float | None
    lat: float | None
    due_at: datetime | None


@dataclass(frozen=True)
class Point:
    """A patrol point of the office's round and whether it was met in this round."""

    code: str
    name: str
    route: str
    lon: float
    lat: float
    radius_metres: int
    visited_at: datetime | None


@dataclass(frozen=True)
class Colleague:
    """One person on duty now."""

    code: str
    name: str
    category: str
    group: str
    shift: str
    start_at: datetime
    end_at: datetime
    is_me: bool
    is_standby: bool


@dataclass(frozen=True)
class Record:
    """A record the account takes part in: its version, agreed values, conflicts and missing files."""

    key: str
    version: int
    values: dict[str, Any]
    conflicts: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Today:
    """Everything the app keeps for a day without network."""

    office: OfficeFacts
    group: Group
    incidents: tuple[IncidentTask, ...]
    tasks: tuple[PlainTask, ...]
    points: tuple[Point, ...]
    roster: tuple[Colleague, ...]
    records: tuple[Record, ...]


@dataclass(frozen=True)
class ConflictValue:
    """One of the values of a field in conflict, with who said it and when."""

    value: Any
    by_label: str
    device: str
    said_at: datetime | None
    at: datetime | None


@dataclass(frozen=True)
class Conflict:
    """A field with two values, for the desk."""

    record_id: int
    record_key: str
    incident_id: int | None
    incident_number: str
    org_path: str
    version: int
    name: str
    values: tuple[ConflictValue, ...]


def home_office(account: Any, *, at: datetime) -> OfficeFacts | None:
    """Return the office the account works in: the first one its attending role reaches."""
    found = offices.offices(scope_paths(account, "incidents.attend", at=at))
    return found[0] if found else None


def today(account: Any, *, at: datetime) -> Today | None:
    """Return the day of one account in about ten statements; None when no office is its own."""
    office = home_office(account, at=at)
    if office is None:
        return None
    on = duty.on_duty(at, office_ids=[office.id], standby=True)
    group = _group(account, on)
    incidents = _incidents(account, office, group, at)
    return Today(
        office=office,
        group=group,
        incidents=incidents,
        tasks=_tasks(account, office, group, at),
        points=_points(office, at),
        roster=tuple(_colleague(one, account.person_id) for one in on),
        records=_records(account, incidents, at),
    )


def _group(account: Any, on: Sequence[Any]) -> Group:
    mine = next((one for one in on if one.person_id == account.person_id), None)
    if mine is None:
        return Group("", (), (), "", None)
    members = [one for one in on if one.group == mine.group and mine.group] or [mine]
    return Group(
        mine.group,
        tuple(one.person_code for one in members),
        tuple(one.person_id for one in members),
        mine.shift_name,
        mine.end_at,
    )


def _incidents(account: Any, office: OfficeFacts, group: Group, at: datetime) -> tuple[IncidentTask, ...]:
    crews = Dispatch.objects.filter(state__in=ACTIVE_CREW_STATES)
    if account.person_id is None:
        crews = crews.filter(office_id=office.id)
    else:
        crews = crews.filter(members__person_id__in={account.person_id, *group.person_ids}).distinct()
    rows = crews.prefetch_related("members__person").select_related("incident")
    rows = rows.defer("incident__grams", "recommendation").order_by("incident__due_at", "pk")
    return tuple(_incident(row, account.person_id) for row in rows[:TASKS_AT_MOST])


def _incident(crew: Dispatch, person_id: int | None) -> IncidentTask:
    row, members = crew.incident, list(crew.members.all())
    clock, started_at, due_at = _clock(row)
    own = next((one for one in members if one.person_id == person_id), None)
    return IncidentTask(
        id=row.pk, number=row.number, category=str(row.get_category_display()) or str(row.category),
        text=row.text, address=row.address, lon=row.lon, lat=row.lat, priority=row.priority,
        state=row.state, crew_state=crew.state, is_mine=own is not None,
        crew=tuple(one.person.code for one in members), clock=clock, clock_started_at=started_at,
        clock_due_at=due_at, check_in_due_at=own.check_in_due_at if own else None,
        dispatched_at=row.dispatched_at,
    )  # fmt: skip


def _clock(row: Incident) -> tuple[str, datetime | None, datetime | None]:
    """Return which clock presses now, when it was started and when it is due."""
    if row.arrive_due_at is not None:
        return "arrive", row.dispatched_at, row.arrive_due_at
    if row.ack_due_at is not None:
        return "ack", row.dispatched_at, row.ack_due_at
    if row.feedback_due_at is not None:
        return "feedback", row.left_at or row.arrived_at, row.feedback_due_at
    return "", None, None


def _tasks(account: Any, office: OfficeFacts, group: Group, at: datetime) -> tuple[PlainTask, ...]:
    rows = FieldTask.objects.filter(office_id=office.id, done_at=None)
    rows = rows.filter(Q(due_at=None) | Q(due_at__lte=at + DAY))
    if account.person_id is not None:
        rows = rows.filter(Q(person=None) | Q(person_id=account.person_id))
        rows = rows.filter(Q(group="") | Q(group=group.name))
    return tuple(
        PlainTask(
            row.pk, row.kind, row.title, row.place, row.advice, row.lon, row.lat, row.due_at
        )
        for row in rows.order_by("due_at", "pk")[:TASKS_AT_MOST]
    )  # fmt: skip


def _points(office: OfficeFacts, at: datetime) -> tuple[Point, ...]:
    rows = PatrolPoint.objects.filter(route__office_id=office.id, route__is_retired=False)
    found = list(rows.select_related("route").order_by("route_id", "position"))
    visits = PatrolVisit.objects.filter(point__in=found, at__gt=at - DAY / 2, at__lte=at)
    last = dict(visits.values_list("point_id").annotate(Max("at")))
    return tuple(
        Point(
            row.code, row.name, row.route.name, row.lon, row.lat, row.radius_metres, last.get(row.pk)
        )
        for row in found
    )  # fmt: skip


def _colleague(one: Any, person_id: int | None) -> Colleague:
    return Colleague(
        one.person_code, one.person_name, one.category.value, one.group, one.shift_name, one.start_at,
        one.end_at, one.person_id == person_id, one.state.value == "standby",
    )  # fmt: skip


def _records(account: Any, incidents: Sequence[IncidentTask], at: datetime) -> tuple[Record, ...]:
    mine = FieldChange.objects.filter(account_id=account.pk, received_at__gt=at - 2 * DAY)
    keys = mine.exclude(record=None).values("record_id")
    rows = FieldRecord.objects.filter(Q(pk__in=keys) | Q(incident_id__in=[one.id for one in incidents]))
    rows = rows.order_by("-changed_at")[:TASKS_AT_MOST]
    return tuple(record_facts(rows))


def record_facts(rows: Iterable[FieldRecord]) -> list[Record]:
    """Return the facts of these records."""
    found = list(rows)
    missing: dict[int, list[str]] = {}
    waiting = FieldFile.objects.filter(record__in=found, arrived_at=None)
    for record_id, file_id in waiting.values_list("record_id", "pk"):
        missing.setdefault(record_id, []).append(file_id)
    return [
        Record(
            row.key,
            row.version,
            dict(merge.from_plain(row.state).settled) if row.state else {},
            tuple(row.conflict_fields),
            tuple(missing.get(row.pk, ())),
        )
        for row in found
    ]


def conflicts(account: Any, *, at: datetime, limit: int = 200) -> list[Conflict]:
    """Return the fields in conflict where the account may settle, the latest first."""
    paths = scope_paths(account, "incidents.dispatch", at=at)
    rows = FieldRecord.objects.filter(within("org_path", paths)).exclude(conflict_fields=[])
    found = []
    for row in rows.select_related("incident").order_by("-changed_at")[:limit]:
        state = merge.from_plain(row.state)
        ids = [head.change for name in row.conflict_fields for head in state.fields[name].heads]
        said = {
            one.pk: one for one in FieldChange.objects.filter(pk__in=ids).select_related("account", "device")
        }
        found += [_conflict(row, name, state, said) for name in row.conflict_fields]
    return found


def _conflict(row: FieldRecord, name: str, state: merge.Record, said: dict[str, FieldChange]) -> Conflict:
    heads = state.fields[name].heads
    values = []
    for value in state.fields[name].values:
        head = next(one for one in heads if one.value == value)
        change = said.get(head.change)
        values.append(
            ConflictValue(
                value,
                change.account.label if change else "",
                change.device.code[:8] if change else "",
                change.said_at if change else None,
                change.at if change else None,
            )
        )
    number = row.incident.number if row.incident else ""
    return Conflict(
        row.pk, row.key, row.incident_id, number, row.org_path, row.version, name, tuple(values)
    )  # fmt: skip


def scenes_of(incident_id: int) -> list[Record]:
    """Return what phones recorded at the scene of an incident, for its page at the desk."""
    return record_facts(FieldRecord.objects.filter(incident_id=incident_id))


def incomplete(account: Any, *, at: datetime, limit: int = 200) -> list[tuple[str, str, int]]:
    """Return records whose announced files have not arrived: key, incident's number, how many are missing."""
    paths = scope_paths(account, "incidents.dispatch", at=at)
    rows = FieldRecord.objects.filter(within("org_path", paths), missing_count__gt=0)
    rows = rows.select_related("incident").order_by("-changed_at")[:limit]
    return [(row.key, row.incident.number if row.incident else "", row.missing_count) for row in rows]


def skewed_devices(account: Any, *, at: datetime) -> list[tuple[str, str, int, datetime]]:
    """Return phones whose clock is wrong: code, account, seconds behind the server (negative: ahead)."""
    paths = scope_paths(account, "incidents.dispatch", at=at)
    changed = FieldChange.objects.filter(received_at__gt=at - 7 * DAY).exclude(device__skew_seconds=0)
    changed = changed.filter(within("record__org_path", paths))
    rows = changed.values_list(
        "device__code", "account__label", "device__skew_seconds", "device__last_seen_at"
    )
    return [(code[:8], label, seconds, seen) for code, label, seconds, seen in rows.distinct()]


def points_of(account: Any, *, at: datetime) -> list[Point]:
    """Return every patrol point where the account may send people, to print their codes."""
    paths = scope_paths(account, "incidents.dispatch", at=at)
    rows = PatrolPoint.objects.filter(within("route__office__unit__path", paths), route__is_retired=False)
    return [
        Point(row.code, row.name, row.route.name, row.lon, row.lat, row.radius_metres, None)
        for row in rows.select_related("route").order_by("route__office_id", "route_id", "position")
    ]


def file_of(file_id: str) -> FieldFile | None:
    """Return an arrived file's row, for the view that shows it to whoever may see its record."""
    return FieldFile.objects.filter(pk=file_id, arrived_at__isnull=False).select_related("record").first()
