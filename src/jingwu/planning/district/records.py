"""The rows of a district that come by the dozen or the hundred: offices, beats, people, map background."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from jingwu.terms.duty import DutyModule
from jingwu.terms.incidents import AreaType
from jingwu.terms.people import FundingSource, PersonCategory

Point = tuple[float, float]  # (longitude, latitude) in degrees, CGCS2000
Ring = tuple[Point, ...]  # closed: the last point equals the first; GeoJSON order
Span = tuple[int, int]  # minutes after local midnight, [start, end); (0, 0) = closed

MINUTES_A_DAY = 1440
ALWAYS_OPEN: tuple[Span, ...] = ((0, MINUTES_A_DAY),) * 7
SEPARATORS = ";；、,，"  # part the words of one cell, so no word may hold them
_UNSAFE = re.compile(r"^[=+\-@\t\r]|[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Rank(StrEnum):
    """职级, lowest first; compare by ``level``."""

    CLERK = "clerk"  # 科员及以下
    DEPUTY_SECTION = "deputy_section"  # 副科级
    SECTION = "section"  # 正科级
    DEPUTY_DIVISION = "deputy_division"  # 副处级
    DIVISION = "division"  # 正处级及以上

    @property
    def level(self) -> int:
        """Return the place in the order, 0 = lowest."""
        return list(Rank).index(self)


def check_text(what: str, text: str) -> None:
    """Refuse text that a spreadsheet program would run, or that no table can hold.

    Raises ValueError.
    """
    if _UNSAFE.search(text) or text != text.strip():
        raise ValueError(f"{what} holds text that cannot stand in a table: {text!r}")


def _check_code(what: str, code: str) -> None:
    if not code:
        raise ValueError(f"{what} needs a code")
    check_text(what, code)


def _check_point(what: str, lon: float | None, lat: float | None) -> None:
    if (lon is None) != (lat is None):
        raise ValueError(f"{what} has half a position")
    if lon is not None and lat is not None and not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"{what} lies off the globe: {lon}, {lat}")


def _plain(row: object, *, floats: tuple[str, ...] = (), ints: tuple[str, ...] = ()) -> None:
    """Make the numbers Python's own: NumPy's print otherwise and would change the digest."""
    for names, kind in ((floats, float), (ints, int)):
        for name in names:
            if (value := getattr(row, name)) is not None:
                object.__setattr__(row, name, kind(value))


@dataclass(frozen=True)
class Office:
    """One community police office (社区警务室) and where its crews start from.

    ``opening``: seven spans of minutes, Monday first; (0, 0) = closed that day.
    """

    code: str
    name: str
    lon: float
    lat: float
    station: str = ""
    opening: tuple[Span, ...] = ALWAYS_OPEN
    area: AreaType = AreaType.URBAN

    def __post_init__(self) -> None:
        _check_code("office", self.code)
        _plain(self, floats=("lon", "lat"))
        object.__setattr__(self, "area", AreaType(self.area))
        check_text("office name", self.name)
        check_text("station", self.station)
        _check_point(f"office {self.code}", self.lon, self.lat)
        if len(self.opening) != 7 or any(not 0 <= a <= b <= MINUTES_A_DAY for a, b in self.opening):
            raise ValueError(f"office {self.code}: opening must be seven spans within a day")


@dataclass(frozen=True)
class Beat:
    """One beat (警格): where its people live and which office answers for it.

    ``polygon``: outer rings in GeoJSON order, empty when only the centre is known; ``area_km2`` > 0 or None.
    """

    code: str
    lon: float
    lat: float
    office: str | None = None
    population: int | None = None
    households: int | None = None
    area_km2: float | None = None
    polygon: tuple[Ring, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        _check_code("beat", self.code)
        _plain(self, floats=("lon", "lat", "area_km2"), ints=("population", "households"))
        check_text("beat name", self.name)
        _check_point(f"beat {self.code}", self.lon, self.lat)
        if min(self.population or 0, self.households or 0) < 0:
            raise ValueError(f"beat {self.code}: a negative count")
        if self.area_km2 is not None and not self.area_km2 > 0:
            raise ValueError(f"beat {self.code}: the area must be above zero")
        for ring in self.polygon:
            if len(ring) < 4 or ring[0] != ring[-1]:
                raise ValueError(f"beat {self.code}: a ring needs four points and must close")


@dataclass(frozen=True)
class Certificate:
    """A certificate by name, with the last day it holds (None = it does not expire)."""

    name: str
    expires: date | None = None

    def __post_init__(self) -> None:
        _check_code("certificate", self.name)
        if any(mark in self.name for mark in (*SEPARATORS, *":：")):
            raise ValueError(f"certificate {self.name!r}: the name may not hold : or a separator")


@dataclass(frozen=True)
class Person:
    """One member of staff; told by code, never by name.

    None = not stated. ``weekly_minutes`` are contract minutes (not stated: the norm of the category);
    ``recused_from`` are codes of offices or beats the person must not serve; ``id_number`` is sensitive:
    never shown, logged or digested.
    """

    code: str
    category: PersonCategory
    source: FundingSource
    birth_date: date | None = None
    rank: Rank | None = None
    grassroots_years: float | None = None
    police_background: bool | None = None
    skills: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    office: str | None = None
    home_lon: float | None = None
    home_lat: float | None = None
    weekly_minutes: int | None = None
    module: DutyModule | None = None
    role: str = ""
    beat: str | None = None
    group: str | None = None
    is_lead: bool = False
    recused_from: tuple[str, ...] = ()
    id_number: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _check_code("person", self.code)
        _plain(self, floats=("home_lon", "home_lat", "grassroots_years"), ints=("weekly_minutes",))
        for name, kind in (("rank", Rank), ("module", DutyModule)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, kind(getattr(self, name)))
        check_text("role", self.role)
        _check_point(f"person {self.code}", self.home_lon, self.home_lat)
        for word in (*self.skills, *self.recused_from, *([self.group] if self.group is not None else [])):
            _check_code(f"person {self.code}", word)
        if any(mark in word for word in (*self.skills, *self.recused_from) for mark in SEPARATORS):
            raise ValueError(f"person {self.code}: a skill or recusal may not hold a separator")
        object.__setattr__(self, "skills", tuple(sorted(set(self.skills))))
        object.__setattr__(self, "recused_from", tuple(sorted(set(self.recused_from))))
        in_order = sorted(set(self.certificates), key=lambda c: (c.name, c.expires or date.max))
        object.__setattr__(self, "certificates", tuple(in_order))
        if self.grassroots_years is not None and not 0 <= self.grassroots_years < 80:
            raise ValueError(f"person {self.code}: grass-roots years out of range")
        if self.weekly_minutes is not None and not 0 <= self.weekly_minutes <= 7 * MINUTES_A_DAY:
            raise ValueError(f"person {self.code}: weekly minutes out of range")

    def age_on(self, day: date) -> int | None:
        """Return the completed years of age on ``day``."""
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True)
class MapLine:
    """A named line or ring of the map background; ``width`` is 1 (narrow) … 3 (wide)."""

    name: str
    points: Ring
    width: int = 1

    def __post_init__(self) -> None:
        check_text("map line", self.name)
        if len(self.points) < 2:
            raise ValueError("a map line needs two points")


@dataclass(frozen=True)
class MapBackground:
    """What the map shows beneath the beats: closed rings and open lines, all (lon, lat).

    ``outline``: the district's ring(s); ``water``: closed rings (rivers, lakes); ``parks``: closed rings;
    ``roads``: open lines, main roads widest.
    """

    outline: tuple[MapLine, ...] = ()
    water: tuple[MapLine, ...] = ()
    parks: tuple[MapLine, ...] = ()
    roads: tuple[MapLine, ...] = ()
