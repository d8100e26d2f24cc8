# catalogue: data - headers and words of files, problems in both languages
"""Reads offices, beats, people and the smaller tables that refer to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import islice

import numpy as np
import numpy.typing as npt

from jingwu.planning.district.columns import MONTH, Workload
from jingwu.planning.district.frame import FINE, SWAPPED, ZERO, country_frame, frame_of_points, judge_points
from jingwu.planning.district.geometry import (
    read_points,
    read_polygon,
    ring_area_km2,
    ring_centre,
)
from jingwu.planning.district.opening import read_opening
from jingwu.planning.district.read_rows import Row, rows
from jingwu.planning.district.records import Beat, MapBackground, MapLine, Office, Ring
from jingwu.planning.district.vocabulary import AREA_WORDS
from jingwu.sheets.table_input import TableInput
from jingwu.sheets.words import words_of
from jingwu.terms.incidents import AreaType

_AREAS = words_of(AreaType, AREA_WORDS)
_WEEKDAYS = {
    word: day for day, names in enumerate(zip("1234567", "一二三四五六日", strict=True)) for word in names
}
_VERDICTS = {ZERO: "zero_point", SWAPPED: "swapped"}


class Codes:
    """Tells when a code comes a second time."""

    def __init__(self) -> None:
        self.rows: dict[object, int] = {}

    def first(self, row: Row, column: str, key: object, value: str) -> bool:
        """Return whether the key is new; otherwise note the repetition."""
        other = self.rows.setdefault(key, row.number)
        if other == row.number:
            return True
        row.bad(column, "duplicate", value, other=other)
        return False


def _judge(
    source: TableInput, zone: str, numbers: list[int], lon: list[float], lat: list[float], column: str
) -> None:
    """Note the positions that cannot belong to the bulk of the others."""
    lons, lats = np.array(lon, float), np.array(lat, float)
    verdicts = judge_points(lons, lats, frame_of_points(lons, lats, country_frame(zone, lons, lats)))
    for place in np.flatnonzero(verdicts != FINE):
        code = _VERDICTS.get(int(verdicts[place]), "outside")
        source.bad(numbers[place], column, code, f"{lon[place]:g}, {lat[place]:g}")


def read_offices(source: TableInput, zone: str) -> tuple[Office, ...]:
    """Return the usable offices in the file's order."""
    codes, found = Codes(), []
    for row in rows(source):
        code = row.code("code", required=True)
        name, station = row.text("name"), row.text("station")
        lon, lat = row.place("lon", "lat")
        if (lon is None or lat is None) and row.good:
            row.bad("lon", "required")
        area = row.member("area", _AREAS) or AreaType.URBAN
        try:
            opening = read_opening(row.text("opening"))
        except ValueError:
            row.bad("opening", "opening", row.text("opening"))
            continue
        if code and codes.first(row, "code", code, code) and lon is not None and lat is not None:
            found.append((row.number, code, name or code, lon, lat, station, opening, area))
    _judge(source, zone, [f[0] for f in found], [f[3] for f in found], [f[4] for f in found], "lon")
    return tuple(Office(*f[1:]) for f in found if f[0] not in source.bad_rows)


def read_beats(source: TableInput, offices: Mapping[str, int] | None, zone: str) -> tuple[Beat, ...]:
    """Return the usable beats in the file's order; ``offices`` None = there is no table of offices."""
    codes, found = Codes(), []
    for row in rows(source):
        code = row.code("code", required=True)
        if offices is None:
            office = None
        else:
            office = row.reference("office", offices, "unknown_office")
            if office is None and row.good:
                row.bad("office", "no_office")
        polygon, lon, lat, area = _shape(row)
        population, households = row.count("population"), row.count("households")
        if not (code and codes.first(row, "code", code, code)) or lon is None or lat is None:
            continue
        found.append(
            (
                row.number,
                Beat(code, lon, lat, office, population, households, area, polygon, row.text("name")),
            )
        )
    lons, lats = [beat.lon for _, beat in found], [beat.lat for _, beat in found]
    _judge(
        source,
        zone,
        [number for number, _ in found],
        lons,
        lats,
        "lon" if "lon" in source.places else "polygon",
    )
    return tuple(beat for number, beat in found if number not in source.bad_rows)


def _shape(row: Row) -> tuple[tuple[Ring, ...], float | None, float | None, float | None]:
    polygon: tuple[Ring, ...] = ()
    if text := row.text("polygon"):
        try:
            polygon = read_polygon(text)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            row.bad("polygon", "bad_polygon", text)
    lon, lat = row.place("lon", "lat")
    area = row.number_in("area_km2", 1e-6, 1e6)
    if polygon and lon is None:
        lon, lat = ring_centre(max(polygon, key=len))
    if polygon and area is None:
        area = sum(ring_area_km2(ring) for ring in polygon) or None
    if lon is None and row.good:
        row.bad("lon", "no_centre")
    if lon is not None and lat is not None and abs(lat) > 90:
        row.bad("lon", "swapped", f"{lon:g}, {lat:g}")
        return polygon, None, None, area
    return polygon, lon, lat, area


def read_workload(source: TableInput, beats: Mapping[str, int]) -> Workload:
    """Return the counts by beat and month, ordered by month and beat."""
    names = ("disputes", "service_requests", "hazards", "visits")
    codes, found = Codes(), []
    for row in rows(source):
        beat = row.reference("beat", beats, "unknown_beat")
        if beat is None and row.good:
            row.bad("beat", "required")
        month = _month(row)
        counts = [row.count(name) or 0 for name in names]
        complete = beat is not None and month is not None and row.good
        if complete and codes.first(row, "beat", (beat, month), str(beat)):
            found.append((month, beats[str(beat)], *counts))
    found.sort()
    if not found:
        return Workload.empty()
    months, places, *columns = zip(*found, strict=True)
    return Workload(np.array(places), np.array(months, MONTH), *(np.array(c, np.int32) for c in columns))


def _month(row: Row) -> np.datetime64 | None:
    text = row.text("month", required=True)
    digits = text.replace("年", "-").replace("月", "").replace("/", "-").replace(".", "-").strip("-")
    parts = digits.split("-")
    if len(parts) == 1 and len(digits) == 6:
        parts = [digits[:4], digits[4:]]
    try:
        first = date(int(parts[0]), int(parts[1]), 1)
        if not 1900 <= first.year <= 2199 or len(parts) > 3:
            raise ValueError(text)
    except (ValueError, IndexError):
        if text:
            row.bad("month", "bad_time", text)
        return None
    return np.datetime64(f"{first.year:04d}-{first.month:02d}", "M")


def read_travel(
    source: TableInput, offices: Mapping[str, int], beats: Mapping[str, int]
) -> npt.NDArray[np.float64]:
    """Return minutes (offices, beats), NaN where the table says nothing."""
    matrix = np.full((len(offices), len(beats)), np.nan)
    codes = Codes()
    for row in rows(source):
        office = row.reference("office", offices, "unknown_office")
        beat = row.reference("beat", beats, "unknown_beat")
        minutes = row.number_in("minutes", 0, 1440)
        if row.good and (office is None or beat is None or minutes is None):
            row.bad("minutes", "required")
        if row.good and codes.first(row, "office", (office, beat), f"{office}, {beat}"):
            matrix[offices[str(office)], beats[str(beat)]] = minutes
    return matrix


def read_crews(source: TableInput, offices: Mapping[str, int]) -> npt.NDArray[np.int16]:
    """Return crews (offices, 168), 0 where the table says nothing."""
    matrix = np.zeros((len(offices), 168), np.int16)
    codes = Codes()
    for row in rows(source):
        office = row.reference("office", offices, "unknown_office")
        text = row.text("weekday", required=True).removeprefix("周").removeprefix("星期").replace("天", "日")
        if text and text not in _WEEKDAYS:
            row.bad("weekday", "unknown_value", text)
        hour, crews = row.count("hour", 23), row.count("crews", 10_000)
        if row.good and (office is None or hour is None or crews is None):
            row.bad("crews", "required")
        if row.good and codes.first(row, "office", (office, text, hour), f"{office}, {text}, {hour}"):
            matrix[offices[str(office)], _WEEKDAYS[text] * 24 + int(hour or 0)] = crews
    return matrix


def read_background(source: TableInput) -> MapBackground:
    """Return the map's rings and lines in the file's order."""
    kinds: dict[str, list[MapLine]] = {"outline": [], "water": [], "parks": [], "roads": []}
    words = {kind: kind for kind in kinds} | {
        "轮廓": "outline",
        "水系": "water",
        "绿地": "parks",
        "道路": "roads",
    }
    for row in rows(source):
        kind = words.get(row.text("kind", required=True))
        if kind is None:
            if row.good:
                row.bad("kind", "unknown_value", row.text("kind"))
            continue
        try:
            points = read_points(row.text("geometry", required=True))
            line = MapLine(row.text("name"), points, row.count("width") or 1)
        except ValueError:
            row.bad("geometry", "bad_polygon", row.text("geometry"))
            continue
        if row.good:
            kinds[kind].append(line)
    return MapBackground(**{kind: tuple(lines) for kind, lines in kinds.items()})


def read_names(source: TableInput) -> dict[str, str]:
    """Return name, city and time zone from the one row of the table about the district itself."""
    names = ("name", "city", "time_zone")
    for row in islice(rows(source), 1):
        return {name: row.text(name) for name in names if row.text(name)}
    return {}
