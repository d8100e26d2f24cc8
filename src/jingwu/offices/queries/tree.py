"""What other rooms may know of the organisation: frozen facts, read in a handful of statements."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from jingwu.journal.access import within
from jingwu.offices.models import Beat, CellMapping, FunctionalZone, MapBackground, Office, OrgUnit
from jingwu.terms.incidents import AreaType
from jingwu.terms.people import OrgLevel
from jingwu.terms.places import ConnectionStatus, ZoneKind
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True)
class UnitFacts:
    """A unit of the organisation; ``path`` is "/province/…/own code/"."""

    id: int
    level: OrgLevel
    code: str
    name: str
    path: str
    version: int

    def __post_init__(self) -> None:
        if not self.path.endswith(f"/{self.code}/"):
            raise ValueError(f"unit {self.code}: the path {self.path} does not end with it")

    @property
    def org_path(self) -> str:
        """Return the path."""
        return self.path


@dataclass(frozen=True)
class OfficeFacts:
    """An office; ``lon``/``lat`` in degrees or None, ``opening_minutes`` seven [from, to) or empty."""

    id: int
    code: str
    name: str
    path: str
    station_name: str
    lon: float | None
    lat: float | None
    address: str
    opening_minutes: tuple[tuple[int, int], ...]
    area_type: AreaType
    connection_status: ConnectionStatus
    version: int

    @property
    def org_path(self) -> str:
        """Return the path."""
        return self.path


@dataclass(frozen=True)
class BeatFacts:
    """A beat and the office that answers for it; ``polygon`` is a GeoJSON geometry or None."""

    id: int
    code: str
    name: str
    office_id: int
    office_code: str
    path: str
    polygon: dict[str, Any] | None
    lon: float | None
    lat: float | None
    population: int | None
    households: int | None
    area_km2: float | None
    version: int

    @property
    def org_path(self) -> str:
        """Return the path."""
        return self.path


@dataclass(frozen=True)
class CellFacts:
    """三格融合: one grid cell with its beat and smart cell, by code ('' = no smart cell)."""

    grid_code: str
    grid_name: str
    beat_code: str
    smart_code: str


@dataclass(frozen=True)
class ZoneFacts:
    """A functional zone of an office."""

    office_code: str
    kind: ZoneKind
    name: str
    seats: int | None


@dataclass(frozen=True)
class MapFacts:
    """A district's vector background: lists of {"name", "points", "width"}."""

    outline: list[dict[str, Any]]
    water: list[dict[str, Any]]
    parks: list[dict[str, Any]]
    roads: list[dict[str, Any]]
    source: str


def unit(code: str) -> UnitFacts:
    """Return the unit with this code.

    Raises:
        BadInput: there is none.
    """
    row = OrgUnit.objects.filter(code=code).first()
    if row is None:
        raise _unknown(code)
    return _unit(row)


def unit_at(path: str) -> UnitFacts | None:
    """Return the unit at this path, if there is one."""
    row = OrgUnit.objects.filter(path=path).first()
    return _unit(row) if row else None


def units_by_code(codes: Collection[str]) -> dict[str, UnitFacts]:
    """Return the units with these codes; an unknown code is refused."""
    found = {row.code: _unit(row) for row in OrgUnit.objects.filter(code__in=codes)}
    for code in codes:
        if code not in found:
            raise _unknown(code)
    return found


def units(paths: Iterable[str], *, level: OrgLevel | None = None) -> list[UnitFacts]:
    """Return the units at and below ``paths``, parents before children."""
    rows = OrgUnit.objects.filter(within("path", paths))
    if level is not None:
        rows = rows.filter(level=level.value)
    return [_unit(row) for row in rows.order_by("path")]


def district_of(path: str) -> UnitFacts | None:
    """Return the district that the unit at ``path`` is or lies in."""
    parts = path.strip("/").split("/")
    above = ["/" + "".join(f"{code}/" for code in parts[:count]) for count in range(1, len(parts) + 1)]
    row = OrgUnit.objects.filter(path__in=above, level=OrgLevel.DISTRICT.value).first()
    return _unit(row) if row else None


def offices(paths: Iterable[str]) -> list[OfficeFacts]:
    """Return the offices at and below ``paths``, by code."""
    rows = Office.objects.filter(within("unit__path", paths)).select_related("unit__parent")
    return [_office(row) for row in rows.order_by("unit__code")]


# every intake asks for one office: a third of the ORM's time
_OFFICE = """
SELECT o.unit_id, u.code, u.name, u.path, CASE WHEN above.level = %s THEN above.name ELSE '' END,
    o.lon, o.lat, o.address, o.opening_minutes, o.area_type, o.connection_status, o.version
FROM offices_office o JOIN offices_orgunit u ON u.id = o.unit_id
LEFT JOIN offices_orgunit above ON above.id = u.parent_id WHERE u.code = %s
"""


def office(code: str) -> OfficeFacts:
    """Return the office with this code; BadInput when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_OFFICE, [OrgLevel.STATION.value, code])
        row = cursor.fetchone()
    if row is None:
        raise _unknown(code)
    *names, hours, area, status, version = row
    return OfficeFacts(*names, _hours(json.loads(hours)), AreaType(area), ConnectionStatus(status), version)


def beats(paths: Iterable[str]) -> list[BeatFacts]:
    """Return the beats of the offices at and below ``paths``, by code."""
    return _beats(Beat.objects.filter(within("office__unit__path", paths)))


def beats_by_code(codes: Collection[str]) -> dict[str, BeatFacts]:
    """Return the beats with these codes; an unknown code is refused."""
    found = {facts.code: facts for facts in _beats(Beat.objects.filter(code__in=codes))}
    for code in codes:
        if code not in found:
            raise BadInput("offices.unknown_beat", f"没有警格 {code}", f"There is no beat {code}")
    return found


def cells(paths: Iterable[str]) -> list[CellFacts]:
    """Return which grid cell, beat and smart cell are the same ground."""
    rows = CellMapping.objects.filter(within("beat__office__unit__path", paths))
    rows = rows.select_related("grid_cell", "beat", "smart_cell").order_by("grid_cell__code")
    return [
        CellFacts(
            row.grid_cell.code,
            row.grid_cell.name,
            row.beat.code,
            row.smart_cell.code if row.smart_cell else "",
        )
        for row in rows
    ]


def zones(paths: Iterable[str]) -> list[ZoneFacts]:
    """Return the functional zones of the offices at and below ``paths``."""
    rows = FunctionalZone.objects.filter(within("office__unit__path", paths)).select_related("office__unit")
    return [
        ZoneFacts(row.office.unit.code, ZoneKind(row.kind), row.name, row.seats)
        for row in rows.order_by("office__unit__code", "name")
    ]


def map_background(district_code: str) -> MapFacts | None:
    """Return the district's vector background, if one was stored."""
    row = MapBackground.objects.filter(district__code=district_code).first()
    return MapFacts(row.outline, row.water, row.parks, row.roads, row.source) if row else None


def _unknown(code: str) -> BadInput:
    return BadInput("offices.unknown_unit", f"没有编号为 {code} 的单位", f"There is no unit with code {code}")


def _unit(row: OrgUnit) -> UnitFacts:
    return UnitFacts(row.pk, OrgLevel(row.level), row.code, row.name, row.path, row.version)


def _hours(pairs: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in pairs)


def _office(row: Office) -> OfficeFacts:
    parent = row.unit.parent
    station = parent.name if parent is not None and parent.level == OrgLevel.STATION else ""
    return OfficeFacts(
        id=row.pk, code=row.unit.code, name=row.unit.name, path=row.unit.path, station_name=station,
        lon=row.lon, lat=row.lat, address=row.address,
        opening_minutes=_hours(row.opening_minutes),
        area_type=AreaType(row.area_type), connection_status=ConnectionStatus(row.connection_status),
        version=row.version,
    )  # fmt: skip


def _beats(rows: QuerySet[Beat]) -> list[BeatFacts]:
    return [
        BeatFacts(
            id=row.pk, code=row.code, name=row.name, office_id=row.office_id,
            office_code=row.office.unit.code, path=row.office.unit.path, polygon=row.polygon, lon=row.lon,
            lat=row.lat, population=row.population, households=row.households, area_km2=row.area_km2,
            version=row.version,
        )
        for row in rows.select_related("office__unit").order_by("code")
    ]  # fmt: skip
