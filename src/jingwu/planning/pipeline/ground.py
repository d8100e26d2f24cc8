# catalogue: data - both languages stand side by side
"""The ground a plan stands on: areas, offices, the ways between them, and the calls placed on both."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from jingwu.engines.response.siting.facts import Effort, SitingFacts
from jingwu.engines.response.siting.median import p_median
from jingwu.engines.staffing.assignment import distances_km
from jingwu.engines.staffing.facts import FloatArray, IntArray
from jingwu.engines.staffing.facts import Office as Place
from jingwu.norms import Norms
from jingwu.planning.district import District
from jingwu.planning.pipeline.norms import DeploymentNorms
from jingwu.planning.pipeline.params import PlanParams
from jingwu.terms.earth import METRES_PER_DEGREE
from jingwu.terms.incidents import AreaType
from jingwu.terms.refusal import BadInput

HOURS = 168
_MOST_AREAS = 3000
_SITING_EFFORT = Effort(rounds=200, bound_steps=0)


@dataclass(frozen=True, eq=False)
class Ground:
    """Offices and areas with what lies between them.

    ``travel_minutes`` (offices, areas) at mean speed; ``speed_factor`` (168); ``area_office`` (areas,) index
    of the office that answers for the area. ``call_area``, ``call_hour``, ``call_priority`` and ``call_day``
    (calls,): only calls somebody has to attend, by the norms or because somebody demonstrably did;
    ``call_index``: their rows in the district's table. ``exposure_weeks`` (168): how often each hour of the
    week lies in the period.
    """

    offices: tuple[Place, ...]
    office_names: tuple[str, ...]
    areas: tuple[str, ...]
    area_lon: FloatArray
    area_lat: FloatArray
    area_office: IntArray
    travel_minutes: FloatArray
    speed_factor: FloatArray
    priorities: tuple[int, ...]
    call_area: IntArray
    call_hour: IntArray
    call_priority: IntArray
    call_day: IntArray
    exposure_weeks: FloatArray
    sited: bool
    calls_total: int
    calls_unplaced: int
    calls_unattended: int
    call_index: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the offices' codes."""
        return tuple(office.code for office in self.offices)


def lay_ground(
    district: District, params: PlanParams, norms: Norms, deployment: DeploymentNorms, *, seed: int
) -> Ground:
    """Return the ground of a district; without offices they are sited, without beats calls are gathered
    in cells.

    Raises BadInput when no call can be placed, or when neither offices nor a number of them is given.
    """
    calls = district.calls
    attended = [int(p) for p in sorted(norms.response.arrival_minutes)]
    needs_crew = np.isin(calls.priority, attended) | np.isfinite(calls.minutes("time", "arrive"))
    areas, lon, lat, km2, area_of = _areas(district, deployment)
    placed = area_of >= 0
    use = placed & needs_crew
    if not use.any():
        raise BadInput(
            "plan.no_calls",
            "没有一条警情既有地点又需要到场,无法规划。",
            "No call has both a place and a need for somebody to come; there is nothing to plan for.",
        )
    weight = np.bincount(area_of[use], minlength=len(areas)).astype(np.float64)
    offices, names, sited = _offices(district, params, areas, lon, lat, weight, seed)
    distance = distances_km(lon, lat, offices).T
    travel = _travel(district, distance, km2, deployment)
    days = district.local_times.astype("datetime64[D]").astype(np.int64)
    used = np.unique(calls.priority[use]).tolist()
    return Ground(
        offices=offices,
        office_names=names,
        areas=areas,
        area_lon=lon,
        area_lat=lat,
        area_office=_own_office(district, travel),
        travel_minutes=travel,
        speed_factor=np.tile(np.array(deployment.speed_factor_by_hour), 7),
        priorities=tuple(used),
        call_area=area_of[use],
        call_hour=district.hour_of_week[use].astype(np.int64),
        call_priority=np.searchsorted(used, calls.priority[use]).astype(np.int64),
        call_day=days[use],
        exposure_weeks=_exposure(days),
        sited=sited,
        calls_total=len(calls),
        calls_unplaced=int((~placed).sum()),
        calls_unattended=int((placed & ~needs_crew).sum()),
        call_index=np.flatnonzero(use),
    )


_Areas = tuple[tuple[str, ...], FloatArray, FloatArray, FloatArray, IntArray]


def _areas(district: District, deployment: DeploymentNorms) -> _Areas:
    """Return codes, positions and km² of the areas, and every call's area (-1 = unknown)."""
    calls = district.calls
    if not district.beats:
        return _cells(calls.lon, calls.lat, deployment.site_cell_metres / 1000.0)
    lon = np.array([beat.lon for beat in district.beats])
    lat = np.array([beat.lat for beat in district.beats])
    km2 = np.array([beat.area_km2 or deployment.default_beat_km2 for beat in district.beats])
    area = calls.beat.astype(np.int64)
    lost = np.flatnonzero((area < 0) & np.isfinite(calls.lon) & np.isfinite(calls.lat))
    squeeze = np.cos(np.radians(lat.mean()))
    for start in range(0, len(lost), 4096):
        rows = lost[start : start + 4096]
        east = (calls.lon[rows, None] - lon[None, :]) * squeeze
        north = calls.lat[rows, None] - lat[None, :]
        area[rows] = np.argmin(east**2 + north**2, axis=1)
    return tuple(beat.code for beat in district.beats), lon, lat, km2, area


def _cells(lon: FloatArray, lat: FloatArray, edge_km: float) -> _Areas:
    """Gather calls in square cells; a cell stands at the mean of its calls. The edge grows until cells
    are few."""
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    area = np.full(len(lon), -1, dtype=np.int64)
    if not len(known):
        return (), np.zeros(0), np.zeros(0), np.zeros(0), area
    squeeze = np.cos(np.radians(np.median(lat[known])))
    while True:
        step = edge_km * 1000 / METRES_PER_DEGREE
        column = np.floor((lon[known] - lon[known].min()) * squeeze / step).astype(np.int64)
        row = np.floor((lat[known] - lat[known].min()) / step).astype(np.int64)
        key, cell = np.unique(row * (column.max() + 1) + column, return_inverse=True)
        if len(key) <= _MOST_AREAS:
            break
        edge_km *= 1.5
    area[known] = cell
    count = np.bincount(cell)
    codes = tuple(f"R{k // (column.max() + 1):03d}C{k % (column.max() + 1):03d}" for k in key.tolist())
    centre_lon = np.bincount(cell, lon[known]) / count
    centre_lat = np.bincount(cell, lat[known]) / count
    return codes, centre_lon, centre_lat, np.full(len(key), edge_km**2), area


def _offices(
    district: District,
    params: PlanParams,
    areas: tuple[str, ...],
    lon: FloatArray,
    lat: FloatArray,
    weight: FloatArray,
    seed: int,
) -> tuple[tuple[Place, ...], tuple[str, ...], bool]:
    if district.offices:
        return (
            tuple(Place(office.code, office.lon, office.lat) for office in district.offices),
            tuple(office.name for office in district.offices),
            False,
        )
    if params.offices is None:
        raise BadInput(
            "plan.no_offices",
            "资料中没有警务室:请用 --offices 给出要设的个数。",
            "The facts hold no offices: say how many to site with --offices.",
            fields={"offices": "required"},
        )
    if params.offices > len(areas):
        raise BadInput(
            "plan.too_many_offices",
            f"有警情的区域只有 {len(areas)} 个,不能设 {params.offices} 个警务室。",
            f"Only {len(areas)} areas have calls; {params.offices} offices cannot be sited.",
            fields={"offices": f"<= {len(areas)}"},
        )
    everywhere = [Place(code, x, y) for code, x, y in zip(areas, lon.tolist(), lat.tolist(), strict=True)]
    distance = distances_km(lon, lat, everywhere)
    facts = SitingFacts(distance, np.maximum(weight, 1e-6))
    chosen = sorted(p_median(facts, params.offices, seed=seed, effort=_SITING_EFFORT).sites)
    width = max(2, len(str(params.offices)))
    offices = tuple(
        Place(f"S{number + 1:0{width}d}", float(lon[site]), float(lat[site]))
        for number, site in enumerate(chosen)
    )
    return offices, tuple(f"拟设警务室 {office.code[1:]}" for office in offices), True


def _travel(
    district: District, distance_km: FloatArray, km2: FloatArray, deployment: DeploymentNorms
) -> FloatArray:
    """Return minutes (offices, areas): measured where measured, else way by road and within the area ÷
    speed."""
    kinds = [office.area for office in district.offices] or [AreaType.URBAN] * len(distance_km)
    speed = np.array([deployment.speed_km_per_hour[kind] for kind in kinds])
    within = deployment.within_beat_factor * np.sqrt(km2)
    road = np.hypot(distance_km, within[None, :]) * deployment.detour_factor
    minutes = road / speed[:, None] * 60.0
    if district.travel_minutes is not None:
        minutes = np.where(np.isnan(district.travel_minutes), minutes, district.travel_minutes)
    return np.asarray(minutes)


def _own_office(district: District, travel: FloatArray) -> IntArray:
    nearest = np.argmin(travel, axis=0).astype(np.int64)
    if district.beats and district.offices:
        stated = district.beat_office.astype(np.int64)
        return np.where(stated >= 0, stated, nearest)
    return nearest


def _exposure(days: npt.NDArray[np.int64]) -> FloatArray:
    """Return how many times each hour of the week (168) lies in the period; day 0 of Unix time is a
    Thursday."""
    span = np.arange(days.min(), days.max() + 1)
    by_weekday = np.bincount((span + 3) % 7, minlength=7).astype(np.float64)
    return np.repeat(by_weekday, 24)
