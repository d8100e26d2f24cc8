"""Verbs of the room ``offices``: the tree of units and offices, zones and map backgrounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError, Value
from django.db.models.functions import Concat, Substr

from jingwu.journal import actions as journal
from jingwu.journal.access import EVERYWHERE, require
from jingwu.journal.actor import Acts
from jingwu.offices.actions.writing import changed_meanwhile, note_many, refuse_fields, update_seen
from jingwu.offices.models import (
    Beat,
    FunctionalZone,
    MapBackground,
    Office,
    OrgUnit,
)
from jingwu.offices.queries import tree as queries
from jingwu.terms.incidents import AreaType
from jingwu.terms.people import OrgLevel
from jingwu.terms.places import ConnectionStatus, ZoneKind
from jingwu.terms.refusal import BadInput, Refusal

LEVELS_TOP_DOWN = list(OrgLevel)
OFFICE_FIELDS = frozenset({"lon", "lat", "address", "opening_minutes", "area_type", "connection_status"})


@dataclass(frozen=True)
class NewOffice:
    """An office to be opened below a station (or straight below a district); position in degrees."""

    code: str
    name: str
    parent_code: str
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    opening_minutes: tuple[tuple[int, int], ...] = ()
    area_type: AreaType = AreaType.URBAN
    connection_status: ConnectionStatus = ConnectionStatus.NONE

    def __post_init__(self) -> None:
        if (self.lon is None) != (self.lat is None):
            raise ValueError(f"office {self.code} has half a position")
        if self.opening_minutes and (
            len(self.opening_minutes) != 7
            or any(not 0 <= start <= end <= 1440 for start, end in self.opening_minutes)
        ):
            raise ValueError(f"office {self.code}: opening must be seven spans within a day")


@transaction.atomic
def create_unit(
    *, level: OrgLevel, code: str, name: str, parent_code: str | None, by: Acts, at: datetime
) -> queries.UnitFacts:
    """Add a unit to the tree (offices are opened by ``open_offices``).

    Raises:
        NotAllowed: ``by`` does not configure the parent.
        BadInput: the code is taken or odd, or the level does not stand below the parent's.
    """
    if level is OrgLevel.OFFICE:
        raise ValueError("an office is opened by open_offices")
    parent = queries.unit(parent_code) if parent_code else None
    verb = "offices.open_station" if level is OrgLevel.STATION else "offices.configure"
    require(by, verb, org=parent.path if parent else EVERYWHERE, at=at)
    made = _create_units([(level, code, name, parent)])[0]
    journal.record("offices.create_unit", by=by, at=at, record=made, details={"code": code, "level": level})
    return queries.unit(code)


def _create_units(rows: Sequence[tuple[OrgLevel, str, str, queries.UnitFacts | None]]) -> list[OrgUnit]:
    units = []
    for level, code, name, parent in rows:
        if not code or "/" in code or "%" in code or code != code.strip():
            raise BadInput("offices.code", f"编号 {code!r} 不可用", f"The code {code!r} cannot be used")
        _refuse_wrong_level(level, parent)
        path = f"{parent.path if parent else '/'}{code}/"
        units.append(
            OrgUnit(level=level.value, code=code, name=name, parent_id=parent and parent.id, path=path)
        )
    try:
        with transaction.atomic():
            return OrgUnit.objects.bulk_create(units, batch_size=500)
    except IntegrityError as error:
        raise BadInput(
            "offices.code_taken", "单位编号已存在,没有写入。", "A unit's code exists; nothing was written."
        ) from error


def _refuse_wrong_level(level: OrgLevel, parent: queries.UnitFacts | None) -> None:
    above = -1 if parent is None else LEVELS_TOP_DOWN.index(parent.level)
    if (parent is None) != (level is OrgLevel.PROVINCE) or LEVELS_TOP_DOWN.index(level) <= above:
        raise BadInput(
            "offices.level", "单位层级与上级不相称。", "The unit's level does not fit below its parent."
        )


@transaction.atomic
def open_offices(rows: Sequence[NewOffice], *, by: Acts, at: datetime, reason: str = "") -> dict[str, int]:
    """Open offices, all or none; return their ids by code."""
    parents = queries.units_by_code({row.parent_code for row in rows})
    for path in sorted({parent.path for parent in parents.values()}):
        require(by, "offices.edit", org=path, at=at)
    units = _create_units([(OrgLevel.OFFICE, row.code, row.name, parents[row.parent_code]) for row in rows])
    ids = {unit.code: unit.pk for unit in units}
    Office.objects.bulk_create(
        [
            Office(
                unit_id=ids[row.code], lon=row.lon, lat=row.lat, address=row.address,
                opening_minutes=[list(span) for span in row.opening_minutes],
                area_type=row.area_type.value, connection_status=row.connection_status.value,
            )
            for row in rows
        ],
        batch_size=500,
    )  # fmt: skip
    note_many("offices.open", "office", sorted(ids), parents.values(), by=by, at=at, reason=reason)
    return ids


@transaction.atomic
def update_office(
    code: str, changes: Mapping[str, Any], *, seen: int, by: Acts, at: datetime, reason: str = ""
) -> None:
    """Change only the fields in ``changes``; ``seen`` is the version shown before.

    Raises:
        ChangedMeanwhile: somebody else changed the office since.
    """
    refuse_fields(changes, OFFICE_FIELDS)
    office = queries.office(code)
    require(by, "offices.edit", org=office, at=at)
    rows = Office.objects.filter(pk=office.id, version=seen)
    update_seen(rows, changes, "offices.update", "office", office, by=by, at=at, reason=reason)


@transaction.atomic
def move_unit(code: str, new_parent_code: str, *, seen: int, by: Acts, at: datetime, reason: str) -> None:
    """Hang a unit with everything below it under another parent; all paths below follow in one statement.

    Raises:
        ChangedMeanwhile: somebody else changed the unit since.
        BadInput: the parent lies below the unit, or on a level that does not fit.
    """
    unit, parent = queries.unit(code), queries.unit(new_parent_code)
    require(by, "offices.configure", org=unit, at=at)
    require(by, "offices.configure", org=parent, at=at)
    if parent.path.startswith(unit.path):
        raise BadInput("offices.own_child", "上级不能是自己的下级。", "A unit cannot be placed below itself.")
    _refuse_wrong_level(unit.level, parent)
    moved = OrgUnit.objects.filter(pk=unit.id, version=seen, path=unit.path)
    if moved.update(parent_id=parent.id, version=F("version") + 1) != 1:
        raise changed_meanwhile()
    new_path = f"{parent.path}{unit.code}/"
    tail = Substr("path", len(unit.path) + 1)
    below = OrgUnit.objects.filter(path__startswith=unit.path)
    count = below.update(path=Concat(Value(new_path), tail))
    record = journal.RecordRef("offices", "orgunit", str(unit.id), new_path)
    details = {"from": unit.path, "to": new_path, "units": count}
    journal.record("offices.move", by=by, at=at, record=record, reason=reason, details=details)


@transaction.atomic
def withdraw(
    *, office_codes: Sequence[str] = (), beat_codes: Sequence[str] = (), by: Acts, at: datetime, reason: str
) -> tuple[int, int]:
    """Remove offices and beats again that nothing else refers to (the undo of an import); return how many.

    Raises:
        Refusal: one of them is referred to by a record that must stay.
    """
    beats, units = queries.beats_by_code(beat_codes), queries.units_by_code(office_codes)
    for path in sorted({facts.path for facts in (*beats.values(), *units.values())}):
        require(by, "offices.edit", org=path, at=at)
        require(by, "offices.edit_beats", org=path, at=at)
    try:
        with transaction.atomic():
            Beat.objects.filter(code__in=beat_codes).delete()
            OrgUnit.objects.filter(code__in=office_codes, level=OrgLevel.OFFICE.value).delete()
    except (ProtectedError, IntegrityError) as error:
        raise Refusal(
            "offices.in_use",
            "其中有警务室或警格已被其他记录引用,不能撤回。",
            "Some of these offices or beats are referred to by other records and cannot be withdrawn.",
        ) from error
    codes = sorted([*office_codes, *beat_codes])
    both = (*beats.values(), *units.values())
    note_many("offices.withdraw", "office", codes, both, by=by, at=at, reason=reason)
    return len(units), len(beats)


@transaction.atomic
def add_zone(
    office_code: str, *, kind: ZoneKind, name: str, seats: int | None = None, by: Acts, at: datetime
) -> None:
    """Add a functional zone to an office."""
    office = queries.office(office_code)
    require(by, "offices.edit", org=office, at=at)
    try:
        with transaction.atomic():
            row = FunctionalZone.objects.create(office_id=office.id, kind=kind.value, name=name, seats=seats)
    except IntegrityError as error:
        raise BadInput("offices.zone_taken", "已有同名功能区。", "A zone of this name exists.") from error
    record = journal.RecordRef("offices", "zone", str(row.pk), office.path)
    journal.record("offices.add_zone", by=by, at=at, record=record, details={"kind": kind, "name": name})


@transaction.atomic
def set_map_background(district_code: str, facts: queries.MapFacts, *, by: Acts, at: datetime) -> None:
    """Store the vector background of a district's map."""
    district = queries.unit(district_code)
    require(by, "offices.edit", org=district, at=at)
    layers = {name: getattr(facts, name) for name in ("outline", "water", "parks", "roads", "source")}
    MapBackground.objects.update_or_create(district_id=district.id, defaults=layers)
    record = journal.RecordRef("offices", "map", str(district.id), district.path)
    details = {name: len(value) for name, value in layers.items()}
    journal.record("offices.set_map", by=by, at=at, record=record, details=details)
