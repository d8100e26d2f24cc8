"""Rings and lines as text (WKT or GeoJSON), and the little plane geometry a district needs."""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from jingwu.planning.district.records import Beat, Point, Ring
from jingwu.terms.earth import METRES_PER_DEGREE

_KM_PER_DEGREE = METRES_PER_DEGREE / 1000
MAX_RING_POINTS = 20_000
_PAIR = re.compile(r"\s*(-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)\s+(-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)(?:\s+-?[\d.]+)?\s*")


def read_points(text: str) -> Ring:
    """Return the points of ``lon lat, lon lat, …``.

    Raises ValueError.
    """
    points: list[Point] = []
    for pair in text.split(","):
        match = _PAIR.fullmatch(pair)
        if match is None:
            raise ValueError(f"not a pair of numbers: {pair[:40]!r}")
        points.append(_checked(float(match[1]), float(match[2])))
    if len(points) > MAX_RING_POINTS:
        raise ValueError("too many points")
    return tuple(points)


def _checked(lon: float, lat: float) -> Point:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("a point lies off the globe")
    return lon, lat


def read_polygon(text: str) -> tuple[Ring, ...]:
    """Return the outer rings of a WKT or GeoJSON polygon or multipolygon, each closed.

    Holes are left out: a beat within a beat is drawn above it. Raises ValueError.
    """
    text = text.strip()
    if text.startswith("{"):
        shape = json.loads(text)
        kind, coordinates = shape.get("type"), shape.get("coordinates")
        if kind not in ("Polygon", "MultiPolygon") or not coordinates:
            raise ValueError("a Polygon or MultiPolygon is wanted")
        parts = [coordinates] if kind == "Polygon" else coordinates
        rings = [tuple(_checked(float(p[0]), float(p[1])) for p in part[0]) for part in parts]
    else:
        match = re.fullmatch(r"(?:SRID=\d+;)?\s*(MULTI)?POLYGON\s*(?:Z\s*)?\((.*)\)", text, re.I | re.S)
        if match is None:
            raise ValueError("WKT POLYGON wanted")
        parts = re.split(r"\)\s*\)\s*,\s*\(\s*\(", match[2]) if match[1] else [match[2]]
        outer = [re.split(r"\)\s*,\s*\(", part.strip().strip("()"))[0] for part in parts]
        rings = [read_points(ring.strip("() ")) for ring in outer]
    closed = tuple(ring if ring[0] == ring[-1] else (*ring, ring[0]) for ring in rings if ring)
    if not closed or any(len(ring) < 4 for ring in closed):
        raise ValueError("a ring needs three corners")
    return closed


def write_points(ring: Ring) -> str:
    """Return ``lon lat, lon lat, …`` that reads back to the same numbers."""
    return ", ".join(f"{lon!r} {lat!r}" for lon, lat in ring)


def write_polygon(rings: tuple[Ring, ...]) -> str:
    """Return the rings as WKT, an empty text when there are none."""
    if not rings:
        return ""
    if len(rings) == 1:
        return f"POLYGON (({write_points(rings[0])}))"
    return "MULTIPOLYGON (" + ", ".join(f"(({write_points(ring)}))" for ring in rings) + ")"


def ring_area_km2(ring: Ring) -> float:
    """Return the area of a small ring on a plane that touches the globe at its middle."""
    points = np.asarray(ring)
    x, y = _plane(points, float(points[:, 1].mean()))
    return abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2


def ring_centre(ring: Ring) -> Point:
    """Return the centre of gravity of a ring; its mean corner when it encloses nothing."""
    points = np.asarray(ring)
    origin = points[0]
    x, y = (points - origin).T
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    total = float(cross.sum())
    if abs(total) < 1e-14:
        lon, lat = points[:-1].mean(axis=0)
        return float(lon), float(lat)
    lon = origin[0] + float(((x[:-1] + x[1:]) * cross).sum()) / (3 * total)
    lat = origin[1] + float(((y[:-1] + y[1:]) * cross).sum()) / (3 * total)
    return float(lon), float(lat)


def _plane(points: npt.NDArray[np.float64], latitude: float) -> tuple[npt.NDArray[np.float64], ...]:
    squeeze = math.cos(math.radians(latitude))
    return points[:, 0] * _KM_PER_DEGREE * squeeze, points[:, 1] * _KM_PER_DEGREE


def inside(ring: Ring, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which points lie within the ring, by counting the edges a ray to the east crosses."""
    corners = np.asarray(ring)
    answer = np.zeros(len(lon), bool)
    box = (lon >= corners[:, 0].min()) & (lon <= corners[:, 0].max())
    box &= (lat >= corners[:, 1].min()) & (lat <= corners[:, 1].max())
    x, y = lon[box], lat[box]
    odd = np.zeros(len(x), bool)
    for (x1, y1), (x2, y2) in pairwise(corners):
        if y1 == y2:
            continue
        spans = (y1 > y) != (y2 > y)
        odd ^= spans & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    answer[box] = odd
    return answer


def beats_at(
    beats: tuple[Beat, ...], lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> npt.NDArray[np.int32]:
    """Return the beat each point lies in: by boundary where beats have one, else by the nearest centre.

    -1 where the position is NaN, or where beats have boundaries and none holds the point.
    """
    answer = np.full(len(lon), -1, np.int32)
    known = ~np.isnan(lon)
    if not beats or not known.any():
        return answer
    if any(beat.polygon for beat in beats):
        for place, beat in enumerate(beats):
            for ring in beat.polygon:
                answer[(answer < 0) & inside(ring, lon, lat)] = place
        return answer
    centres = np.array([(beat.lon, beat.lat) for beat in beats])
    latitude = float(centres[:, 1].mean())
    from scipy.spatial import cKDTree

    tree = cKDTree(np.column_stack(_plane(centres, latitude)))
    points = np.column_stack((lon[known], lat[known]))
    answer[known] = tree.query(np.column_stack(_plane(points, latitude)))[1]
    return answer
