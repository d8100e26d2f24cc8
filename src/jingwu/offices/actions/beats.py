"""Verbs of the room ``offices``: beats and the cells that lie in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices.actions.writing import note_many, refuse_fields, update_seen
from jingwu.offices.models import Beat, CellMapping, GridCell, SmartCell
from jingwu.offices.queries import tree as queries
from jingwu.terms.people import OrgLevel
from jingwu.terms.refusal import BadInput

BEAT_FIELDS = frozenset({"name", "polygon", "lon", "lat", "population", "households", "area_km2"})


@dataclass(frozen=True)
class NewBeat:
    """A beat to be drawn; ``polygon`` is a GeoJSON geometry."""

    code: str
    name: str
    office_code: str
    polygon: Mapping[str, Any] | None = None
    lon: float | None = None
    lat: float | None = None
    population: int | None = None
    households: int | None = None
    area_km2: float | None = None

    def __post_init__(self) -> None:
        if not self.code:
            raise ValueError("a beat needs a code")
        if min(self.population or 0, self.households or 0) < 0:
            raise ValueError(f"beat {self.code}: a negative count")


@dataclass(frozen=True)
class NewCell:
    """A grid cell, the beat it lies in, and its smart cell by code ('' = none)."""

    grid_code: str
    grid_name: str
    beat_code: str
    smart_code: str = ""
    smart_name: str = ""
    sources: tuple[Mapping[str, Any], ...] = field(default=())


@transaction.atomic
def create_beats(rows: Sequence[NewBeat], *, by: Acts, at: datetime, reason: str = "") -> dict[str, int]:
    """Draw beats, all or none; return their ids by code."""
    units = _office_units({row.office_code for row in rows})
    for path in sorted({unit.path for unit in units.values()}):
        require(by, "offices.edit_beats", org=path, at=at)
    beats = [
        Beat(
            code=row.code, name=row.name or row.code, office_id=units[row.office_code].id,
            polygon=dict(row.polygon) if row.polygon else None, lon=row.lon, lat=row.lat,
            population=row.population, households=row.households, area_km2=row.area_km2,
        )
        for row in rows
    ]  # fmt: skip
    try:
        with transaction.atomic():
            made = Beat.objects.bulk_create(beats, batch_size=500)
    except IntegrityError as error:
        raise BadInput(
            "offices.beat_taken", "警格编号已存在,没有写入。", "A beat's code exists; nothing was written."
        ) from error
    ids = {beat.code: beat.pk for beat in made}
    note_many("offices.create_beats", "beat", sorted(ids), units.values(), by=by, at=at, reason=reason)
    return ids


def _office_units(codes: set[str]) -> dict[str, queries.UnitFacts]:
    units = queries.units_by_code(codes)
    for unit in units.values():
        if unit.level is not OrgLevel.OFFICE:
            raise BadInput("offices.no_office", f"{unit.code} 不是警务室", f"{unit.code} is not an office")
    return units


@transaction.atomic
def update_beat(
    code: str, changes: Mapping[str, Any], *, seen: int, by: Acts, at: datetime, reason: str = ""
) -> None:
    """Change only the fields in ``changes``; ``seen`` is the version shown before."""
    refuse_fields(changes, BEAT_FIELDS)
    beat = queries.beats_by_code([code])[code]
    require(by, "offices.edit_beats", org=beat, at=at)
    rows = Beat.objects.filter(pk=beat.id, version=seen)
    update_seen(rows, changes, "offices.update_beat", "beat", beat, by=by, at=at, reason=reason)


@transaction.atomic
def move_beat(code: str, office_code: str, *, seen: int, by: Acts, at: datetime, reason: str) -> None:
    """Let another office answer for a beat."""
    beat = queries.beats_by_code([code])[code]
    unit = _office_units({office_code})[office_code]
    require(by, "offices.edit_beats", org=beat, at=at)
    require(by, "offices.edit_beats", org=unit, at=at)
    rows = Beat.objects.filter(pk=beat.id, version=seen)
    changes = {"office_id": unit.id}
    update_seen(rows, changes, "offices.move_beat", "beat", beat, by=by, at=at, reason=reason)


@transaction.atomic
def map_cells(rows: Sequence[NewCell], *, by: Acts, at: datetime, reason: str = "") -> int:
    """State which grid cells and smart cells lie in which beats, replacing what was stated before."""
    beats = queries.beats_by_code({row.beat_code for row in rows})
    for path in sorted({beat.path for beat in beats.values()}):
        require(by, "offices.edit_beats", org=path, at=at)
    for row in rows:
        beat = beats[row.beat_code]
        grid, _ = GridCell.objects.update_or_create(
            code=row.grid_code, defaults={"name": row.grid_name, "office_id": beat.office_id}
        )
        smart = None
        if row.smart_code:
            defaults = {
                "name": row.smart_name or row.smart_code,
                "office_id": beat.office_id,
                "sources": [dict(source) for source in row.sources],
            }
            smart, _ = SmartCell.objects.update_or_create(code=row.smart_code, defaults=defaults)
        mapping = {"beat_id": beat.id, "smart_cell": smart}
        CellMapping.objects.update_or_create(grid_cell=grid, defaults=mapping)
    codes = sorted(row.grid_code for row in rows)
    note_many("offices.map_cells", "gridcell", codes, beats.values(), by=by, at=at, reason=reason)
    return len(rows)
