"""The demo's calls: weekly rhythm, seasons, hot places and bursts of near repeats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

from jingwu.planning.demo_district import constants as c
from jingwu.planning.demo_district.city import City
from jingwu.planning.district.columns import CATEGORIES
from jingwu.terms.incidents import IncidentCategory

Points = npt.NDArray[np.float64]
_REPEATING = (IncidentCategory.DISPUTE, IncidentCategory.PUBLIC_ORDER, IncidentCategory.CRIME)
_FAVOURITES = (*_REPEATING, IncidentCategory.HELP, IncidentCategory.TRAFFIC)


@dataclass(frozen=True)
class Arrivals:
    """Calls in time order: local times (datetime64[s]), metres (calls, 2), category index, priority."""

    local: npt.NDArray[np.datetime64]
    at: Points
    category: npt.NDArray[np.int8]
    priority: npt.NDArray[np.int8]


def draw_arrivals(
    city: City,
    population: npt.NDArray[np.int64],
    first: np.datetime64,
    days: int,
    count: int,
    rng: np.random.Generator,
) -> Arrivals:
    """Return exactly ``count`` calls over ``days`` local days from ``first``."""
    repeats = round(c.REPEAT_SHARE * count)
    kinds = list(c.KINDS)
    shares = np.array([c.KINDS[kind][0] for kind in kinds])
    hours = np.arange(days * 24)
    level = _day_levels(first, days, rng)[hours // 24]
    weights = population * np.exp(rng.normal(0, c.DEMAND_SPREAD, len(population)))
    hot_at, hot_weight, hot_kind = _hot_places(city, weights, rng)
    local, at, category = [], [], []
    for kind, number in zip(kinds, rng.multinomial(count - repeats, shares / shares.sum()), strict=True):
        chance = level * _rhythm(kind, first, hours)
        drawn = np.sort(rng.choice(len(hours), number, p=chance / chance.sum()))
        local.append(first.astype("datetime64[s]") + drawn * 3600 + rng.integers(0, 3600, number))
        at.append(
            _places(city, weights, hot_at, hot_weight * np.where(hot_kind == kind, 6.0, 1.0), number, rng)
        )
        category.append(np.full(number, CATEGORIES.index(kind), np.int8))
    times, points, categories = np.concatenate(local), np.vstack(at), np.concatenate(category)
    parents = _parents(categories, times, repeats, rng)
    later = times[parents] + (rng.exponential(c.REPEAT_DAYS_MEAN * 86_400, repeats)).astype(np.int64)
    end = first.astype("datetime64[s]") + days * 86_400
    later = np.where(later < end, later, times[parents])
    near = points[parents] + rng.normal(0, c.REPEAT_METRES / 2, (repeats, 2))
    outside = ~shapely.contains_xy(city.land, near[:, 0], near[:, 1])
    near[outside] = points[parents][outside]
    times, points = np.concatenate((times, later)), np.vstack((points, near))
    categories = np.concatenate((categories, categories[parents]))
    order = np.argsort(times, kind="stable")
    return Arrivals(times[order], points[order], categories[order], _priorities(categories[order], rng))


def _day_levels(first: np.datetime64, days: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    dates = first.astype("datetime64[D]") + np.arange(days)
    month = dates.astype("datetime64[M]").astype(int) % 12
    weekday = (dates.astype(int) + 3) % 7
    noise = rng.gamma(1 / c.DAY_NOISE**2, c.DAY_NOISE**2, days)
    return np.array(c.SEASON)[month] * np.array(c.WEEKDAYS)[weekday] * noise


def _rhythm(
    kind: IncidentCategory, first: np.datetime64, hours: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    shape = np.array(c.SHAPES.get(kind, c.EVENING), float)
    hour, weekday = hours % 24, ((first.astype("datetime64[D]").astype(int) + hours // 24) + 3) % 7
    level = (shape / shape.mean())[hour]
    weekend = weekday >= 5
    if shape.tolist() == list(c.BUSINESS):
        return np.where(weekend, level * c.WEEKEND_BUSINESS, level)
    late = ((weekday >= 4) & (weekday <= 5) & (hour >= 20)) | (weekend & (hour < 4))
    return np.where(late, level * c.WEEKEND_LATE, level)


def _hot_places(
    city: City, weights: npt.NDArray[np.float64], rng: np.random.Generator
) -> tuple[Points, npt.NDArray[np.float64], npt.NDArray[np.object_]]:
    number = round(c.HOT_PLACES_PER_OFFICE * len(city.office_at))
    chance = weights * city.density
    beats = rng.choice(len(weights), number, p=chance / chance.sum())
    at = np.vstack([points_within(city.cells[beat], 1, rng) for beat in beats])
    kinds = np.empty(number, object)
    kinds[:] = [_FAVOURITES[place] for place in rng.integers(0, len(_FAVOURITES), number)]
    return at, rng.pareto(2.2, number) + 0.35, kinds


def _places(
    city: City,
    weights: npt.NDArray[np.float64],
    hot_at: Points,
    hot_weight: npt.NDArray[np.float64],
    number: int,
    rng: np.random.Generator,
) -> Points:
    at = np.empty((number, 2))
    hot = rng.random(number) < c.HOT_SHARE
    chosen = rng.choice(len(hot_at), int(hot.sum()), p=hot_weight / hot_weight.sum())
    at[hot] = hot_at[chosen] + rng.normal(0, 45, (len(chosen), 2))
    beats = rng.choice(len(weights), number - len(chosen), p=weights / weights.sum())
    spread = np.empty((len(beats), 2))
    for beat in np.unique(beats):
        mine = beats == beat
        spread[mine] = points_within(city.cells[beat], int(mine.sum()), rng)
    at[~hot] = spread
    outside = ~shapely.contains_xy(city.land, at[:, 0], at[:, 1])
    replaced = rng.choice(np.flatnonzero(~outside), int(outside.sum())) if outside.any() else []
    at[outside] = at[replaced]
    return at


def points_within(cell: Polygon, number: int, rng: np.random.Generator) -> Points:
    """Return so many points spread over a polygon, a little denser towards its middle."""
    west, south, east, north = cell.bounds
    middle = np.array(cell.representative_point().coords[0])
    found = np.empty((0, 2))
    while len(found) < number:
        tried = rng.uniform((west, south), (east, north), (4 * number + 16, 2))
        tried = middle + (tried - middle) * rng.uniform(0.35, 1.0, len(tried))[:, None] ** 0.4
        found = np.vstack((found, tried[shapely.contains_xy(cell, tried[:, 0], tried[:, 1])]))
    return found[:number]


def _parents(
    categories: npt.NDArray[np.int8], times: npt.NDArray[np.datetime64], number: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return which calls are followed by others: a few quarrels come back many times."""
    able = np.flatnonzero(np.isin(categories, [CATEGORIES.index(kind) for kind in _REPEATING]))
    sources = rng.choice(able, max(1, number // 3))
    return rng.choice(sources, number)


def _priorities(categories: npt.NDArray[np.int8], rng: np.random.Generator) -> npt.NDArray[np.int8]:
    priority = np.empty(len(categories), np.int8)
    for kind, (_, shares, _) in c.KINDS.items():
        mine = categories == CATEGORIES.index(kind)
        priority[mine] = rng.choice(4, int(mine.sum()), p=np.array(shares) / sum(shares)) + 1
    return priority
