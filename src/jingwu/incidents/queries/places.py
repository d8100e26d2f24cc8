"""Where a report lies: beat by point, whether it is inside the district, known addresses."""

from __future__ import annotations

import time
from dataclasses import dataclass

from shapely import STRtree
from shapely.geometry import Point, shape

from jingwu.incidents.models import Incident
from jingwu.incidents.search import grams
from jingwu.journal.access import within
from jingwu.offices import queries as offices
from jingwu.offices.queries import BeatFacts

CACHE_SECONDS = 30.0
NEAR_DEGREES = 0.02  # about 2 km: the ground just outside the outermost beats still counts as the district


@dataclass(frozen=True)
class Ground:
    """The beats of a district, ready to be asked for a point."""

    beats: tuple[BeatFacts, ...]
    tree: STRtree
    with_shape: tuple[BeatFacts, ...]

    def beat_at(self, lon: float, lat: float) -> BeatFacts | None:
        """Return the beat that holds the point."""
        found = self.tree.query(Point(lon, lat), predicate="intersects")
        return self.with_shape[int(min(found))] if len(found) else None

    def is_near(self, lon: float, lat: float) -> bool:
        """Return whether the point lies in or just beside the district; True while no shapes are known."""
        if not self.with_shape:
            return True
        return len(self.tree.query(Point(lon, lat).buffer(NEAR_DEGREES), predicate="intersects")) > 0


_grounds: dict[str, tuple[float, Ground]] = {}
_districts: dict[str, tuple[float, str]] = {}


def ground_of(district_path: str) -> Ground:
    """Return the district's beats; what is read stands for half a minute."""
    kept = _grounds.get(district_path)
    if kept is not None and time.monotonic() - kept[0] < CACHE_SECONDS:
        return kept[1]
    beats = tuple(offices.beats([district_path]))
    shaped = tuple(beat for beat in beats if beat.polygon)
    ground = Ground(beats, STRtree([shape(beat.polygon) for beat in shaped]), shaped)
    _grounds[district_path] = (time.monotonic(), ground)
    return ground


def ground_around(org_path: str) -> Ground:
    """Return the ground of the district that the unit at ``org_path`` lies in, which stands as long."""
    kept = _districts.get(org_path)
    if kept is None or time.monotonic() - kept[0] >= CACHE_SECONDS:
        district = offices.district_of(org_path)
        kept = _districts[org_path] = (time.monotonic(), district.path if district else org_path)
    return ground_of(kept[1])


def forget_grounds() -> None:
    """Read the beats again next time."""
    _districts.clear()
    _grounds.clear()


@dataclass(frozen=True)
class KnownAddress:
    """An address the type-ahead offers, with what it stands for."""

    label: str
    office_code: str
    beat_code: str
    lon: float | None
    lat: float | None


def known_addresses(paths: tuple[str, ...], words: str, *, limit: int = 8) -> list[KnownAddress]:
    """Return addresses of earlier incidents and names of beats that hold ``words``, most recent first."""
    wanted = words.strip()
    if not wanted:
        return []
    rows = Incident.objects.filter(within("org_path", paths), address__icontains=wanted)
    pairs = grams(wanted)
    if pairs:
        rows = rows.filter(grams__contains=pairs)
    found: dict[str, KnownAddress] = {}
    names = ("address", "office__unit__code", "beat__code", "lon", "lat")
    for address, office, beat, lon, lat in rows.order_by("-reported_at").values_list(*names)[:200]:
        found.setdefault(address, KnownAddress(address, office, beat or "", lon, lat))
        if len(found) == limit:
            break
    for beat_facts in offices.beats(paths) if len(found) < limit else ():
        if wanted in beat_facts.name:
            found.setdefault(
                beat_facts.name,
                KnownAddress(
                    beat_facts.name, beat_facts.office_code, beat_facts.code, beat_facts.lon, beat_facts.lat
                ),
            )
    return list(found.values())[:limit]
