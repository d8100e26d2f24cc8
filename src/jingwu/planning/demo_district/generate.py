# catalogue: data - synthetic names
"""Puts the demo district together: same seed, same district."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jingwu.planning.demo_district import constants as c
from jingwu.planning.demo_district.chains import crews_by_habit, work_off
from jingwu.planning.demo_district.city import City, background, draw_city, ring_of, to_degrees
from jingwu.planning.demo_district.demand import draw_arrivals
from jingwu.planning.demo_district.staff import draw_people
from jingwu.planning.district import Beat, Calls, District, Office, Workload, write_district
from jingwu.planning.district.geometry import beats_at
from jingwu.sheets.clock import to_utc
from jingwu.terms.incidents import AreaType

ENDING = date(2026, 11, 1)
_ZONE = "Asia/Shanghai"
_OPEN_BY_DAY = ((510, 1050),) * 5 + ((540, 1020),) * 2
_STATIONS = ("云溪", "江北", "江南", "西园", "望江", "城东")
_DENSE_PER_KM2, _LOOSE_PER_KM2 = 4_000, 1_500


def generate(*, seed: int = 1, months: int = 12, ending: date = ENDING) -> District:
    """Return the demo district with ``months`` months of calls up to, not including, ``ending``."""
    return _district(24, sum(c.STAFF.values()), None, seed, months, ending)


def synthetic(*, offices: int, people: int, calls: int, seed: int = 1, ending: date = ENDING) -> District:
    """Return a district of any size with exactly so many calls over twelve months."""
    return _district(offices, people, calls, seed, 12, ending)


def write(target: str | Path, *, seed: int = 1, months: int = 12, ending: date = ENDING) -> District:
    """Write the demo district to a folder or a workbook (.xlsx) and return it."""
    district = generate(seed=seed, months=months, ending=ending)
    write_district(district, target)
    return district


def _district(
    office_count: int, people_count: int, call_count: int | None, seed: int, months: int, ending: date
) -> District:
    # One stream for each part: a change in one leaves the others as they were.
    for_city, for_beats, for_calls, for_chains, for_people, for_work = (
        np.random.default_rng([seed, part]) for part in range(6)
    )
    first = np.datetime64(ending, "M") - months
    days = int((np.datetime64(ending, "D") - first.astype("datetime64[D]")).astype(int))
    if call_count is None:
        call_count = round(c.CALLS_A_YEAR * office_count / 24 * days / 365)
    city = draw_city(office_count, round(c.BEATS_PER_OFFICE * office_count), for_city)
    population = _population(city, for_beats)
    offices, beats = _places(city, population)
    arrivals = draw_arrivals(city, population, first.astype("datetime64[D]"), days, call_count, for_calls)
    crews = crews_by_habit(office_count)
    degrees = to_degrees(arrivals.at)
    time = to_utc(arrivals.local, _ZONE)
    beat = beats_at(beats, degrees[:, 0], degrees[:, 1])
    stray = np.flatnonzero(beat < 0)  # on a border bent away from under the point
    centres = np.array([(b.lon, b.lat) for b in beats])
    for call in stray:
        beat[call] = int(((centres - degrees[call]) ** 2).sum(axis=1).argmin())
    chains = work_off(arrivals, city.office_of[beat], city.office_at, crews, for_chains)
    calls = Calls(
        time=time,
        lon=degrees[:, 0],
        lat=degrees[:, 1],
        beat=beat,
        category=arrivals.category,
        priority=arrivals.priority,
        dispatch=_after(time, chains.dispatch),
        enroute=_after(time, chains.enroute),
        arrive=_after(time, chains.arrive),
        clear=_after(time, chains.clear),
        code=_codes(arrivals.local),
    )
    people = draw_people(city, offices, beats, people_count, ending - timedelta(days=1), for_people)
    return District(
        calls=calls,
        offices=offices,
        beats=beats,
        people=people,
        workload=_workload(population, first, months, for_work),
        crews_today=crews,
        background=background(city),
        name=c.DISTRICT,
        city=c.CITY,
        time_zone=_ZONE,
    )


def _after(time: npt.NDArray[np.datetime64], seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.datetime64]:
    """Return the moments so many seconds after the calls, not-a-time where there is no number."""
    gone = np.isfinite(seconds)
    moments = np.full(time.shape, np.datetime64("NaT"), time.dtype)
    moments[gone] = time[gone] + seconds[gone].astype(np.int64)
    return moments


def _codes(local: npt.NDArray[np.datetime64]) -> npt.NDArray[np.str_]:
    """Return JQ + day + four digits counted anew each day."""
    days = local.astype("datetime64[D]")
    starts = np.flatnonzero(np.concatenate(([True], days[1:] != days[:-1])))
    counts = np.diff(np.append(starts, len(days)))
    within = np.arange(len(days)) - np.repeat(starts, counts) + 1
    texts = np.char.replace(np.datetime_as_string(days), "-", "")
    return np.char.add(np.char.add("JQ", texts), np.char.zfill(within.astype(np.str_), 4))


def _population(city: City, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    areas = np.array([cell.area for cell in city.cells])
    people = (areas * city.density) ** 0.8 * rng.lognormal(0, 0.16, len(areas))
    return np.rint(
        people / people.mean() * c.PEOPLE_PER_BEAT,
    ).astype(np.int64)


def _places(city: City, population: npt.NDArray[np.int64]) -> tuple[tuple[Office, ...], tuple[Beat, ...]]:
    office_degrees = to_degrees(city.office_at)
    areas = np.array([cell.area for cell in city.cells]) / 1e6
    offices, beats, number = [], [], {}
    for place, name in enumerate(city.office_names):
        mine = city.office_of == place
        crowd = population[mine].sum() / areas[mine].sum()
        area = AreaType.URBAN if crowd > _DENSE_PER_KM2 else AreaType.SUBURBAN
        area = AreaType.RURAL if crowd < _LOOSE_PER_KM2 else area
        lon, lat = map(float, office_degrees[place])
        station = f"{_STATIONS[place % len(_STATIONS)]}派出所"
        code = f"YX{place + 1:02d}" if len(city.office_names) < 100 else f"YX{place + 1:04d}"
        offices.append(Office(code, f"{name}警务室", lon, lat, station, _OPEN_BY_DAY, area))
    for place, cell in enumerate(city.cells):
        office = int(city.office_of[place])
        number[office] = number.get(office, 0) + 1
        centre = to_degrees(np.array(cell.representative_point().coords))[0]
        beats.append(
            Beat(
                code=f"{offices[office].code}-{number[office]:02d}",
                lon=float(centre[0]),
                lat=float(centre[1]),
                office=offices[office].code,
                population=int(population[place]),
                households=int(population[place] / 2.55),
                area_km2=round(float(cell.area) / 1e6, 3),
                polygon=(ring_of(cell),),
                name=f"{city.office_names[office]}{number[office]}号警格",
            )
        )
    return tuple(offices), tuple(beats)


def _workload(
    population: npt.NDArray[np.int64], first: np.datetime64, months: int, rng: np.random.Generator
) -> Workload:
    size = population / c.PEOPLE_PER_BEAT
    season = np.array(c.SEASON)[(first.astype(int) + np.arange(months)) % 12]
    level = np.outer(season, size * rng.lognormal(0, 0.25, len(size)))
    counts = [rng.poisson(level * mean).ravel() for mean in (c.DISPUTES, c.REQUESTS, c.HAZARDS, c.VISITS)]
    month = np.repeat(first + np.arange(months), len(size))
    return Workload(np.tile(np.arange(len(size)), months), month, *counts)
