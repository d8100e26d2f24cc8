"""Hot places and hours of a district's calls: where, when, whether by chance, and how well it foretells.

Places and times alone: no column about a person is read. Small counts are not told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from jingwu.engines.response.hotspots import (
    EventFacts,
    Grid,
    backtest,
    hot_window,
    kernel_density,
    local_clusters,
    metres_of,
    near_repeats,
)
from jingwu.engines.response.hotspots.score import DAYS_PER_YEAR
from jingwu.engines.staffing.facts import FloatArray
from jingwu.planning.district import District
from jingwu.planning.district.columns import CATEGORIES
from jingwu.terms.earth import METRES_PER_DEGREE
from jingwu.terms.refusal import BadInput

Progress = Callable[[str, float], None]

SHARES = (0.01, 0.025, 0.05)
"""Shares of the area that the three classes of the map take."""
_FEWEST_EVENTS = 200
_REPEAT_EVENTS = 20_000
_PERMUTATIONS = 99
_HELD_WEEKS = 8
_LONGEST_HOURS = 12


@dataclass(frozen=True)
class HotParams:
    """Which calls and how fine: ``category`` of the dictionary or 'all', ``cell_metres`` the edge of a cell.

    Raises: BadInput for an unknown category or an edge outside 100–1000 m.
    """

    category: str = "all"
    cell_metres: int = 250

    def __post_init__(self) -> None:
        if self.category != "all" and self.category not in {str(one) for one in CATEGORIES}:
            raise BadInput(
                "hot.category", f"没有“{self.category}”这一类警情。", f"No category '{self.category}'."
            )
        if not 100 <= self.cell_metres <= 1000:
            raise BadInput("hot.cell", "格子边长须在 100 到 1000 米之间。", "Cells are 100 to 1000 m wide.")


def hot_places(
    district: District, params: HotParams, *, fewest_told: int, progress: Progress
) -> dict[str, Any]:
    """Return hot cells, the week's heat, near repeats and the score on weeks not seen, ready for JSON.

    Counts below ``fewest_told`` are left out: a single call could be somebody's.

    Raises:
        BadInput: fewer than 200 calls with a place.
    """
    calls = district.calls
    wanted = np.ones(len(calls), dtype=bool)
    if params.category != "all":
        wanted = calls.category == [str(one) for one in CATEGORIES].index(params.category)
    placed = wanted & np.isfinite(calls.lon) & np.isfinite(calls.lat)
    if placed.sum() < _FEWEST_EVENTS:
        raise BadInput(
            "hot.too_few",
            f"有地点的这类警情只有 {int(placed.sum())} 起,不足 {_FEWEST_EVENTS} 起,看不出热点。",
            f"Only {int(placed.sum())} such calls have a place; below {_FEWEST_EVENTS} nothing can be seen.",
        )
    lon, lat = calls.lon[placed], calls.lat[placed]
    x, y = metres_of(lon, lat)
    day = district.local_times[placed].astype("datetime64[s]").astype(np.int64) / 86_400.0
    events = EventFacts(x, y, day)
    now = float(np.floor(day.max())) + 1.0
    recent = events.between(now - DAYS_PER_YEAR, now + 1.0)
    grid = Grid.over(events, float(params.cell_metres))
    progress("density", 0.1)
    cells = _cells(district, recent, grid, float(lon.mean()), float(lat.mean()), fewest_told)
    progress("hours", 0.35)
    week = np.bincount(district.hour_of_week[placed].astype(np.int64), minlength=168)
    windows = _windows(week)
    progress("repeats", 0.45)
    repeats = _repeats(recent)
    progress("score", 0.7)
    return {
        "calls": int(placed.sum()),
        "unplaced": int((wanted & ~placed).sum()),
        "period": [str(day_) for day_ in district.period or ()],
        "cell_metres": params.cell_metres,
        "category": params.category,
        "fewest_told": fewest_told,
        "shares": list(SHARES),
        **cells,
        "week": [None if 0 < n < fewest_told else int(n) for n in week],
        "windows": windows,
        "repeats": repeats,
        "score": _score(events, grid, now),
    }


def _cells(
    district: District, events: EventFacts, grid: Grid, lon_0: float, lat_0: float, fewest_told: int
) -> dict[str, Any]:
    """Return the cells worth drawing, hottest first, with corner positions, counts and Gi*."""
    counts = grid.counts(events)
    density = kernel_density(events, grid, 2.0 * grid.size_metres)
    local = local_clusters(counts.astype(np.float64), grid, 1.5 * grid.size_metres)
    inside = np.flatnonzero(grid.inside.ravel())
    order = inside[np.argsort(-density.ravel()[inside], kind="stable")]
    bounds = [max(1, round(share * inside.size)) for share in SHARES]
    columns = grid.inside.shape[1]
    squeeze = METRES_PER_DEGREE * np.cos(np.radians(lat_0))
    names = [beat.name or beat.code for beat in district.beats]
    centres = np.array([(beat.lon, beat.lat) for beat in district.beats]) if names else np.zeros((0, 2))
    rows = []
    for rank, cell in enumerate(order.tolist()):
        significant = bool(local.significant.ravel()[cell])
        if rank >= bounds[-1] and not significant:
            continue
        row, column = divmod(cell, columns)
        west = lon_0 + (grid.left + column * grid.size_metres) / squeeze
        south = lat_0 + (grid.bottom + row * grid.size_metres) / METRES_PER_DEGREE
        east, north = west + grid.size_metres / squeeze, south + grid.size_metres / METRES_PER_DEGREE
        count = int(counts.ravel()[cell])
        rows.append(
            {
                "id": f"R{row}C{column}",
                "box": [round(v, 6) for v in (west, south, east, north)],
                "rank": rank + 1,
                "class": sum(rank >= bound for bound in bounds),
                "count": count if count >= fewest_told else None,
                "z": round(float(local.z.ravel()[cell]), 2),
                "significant": significant,
                "place": _nearest(names, centres, (west + east) / 2, (south + north) / 2),
            }
        )
    told = np.array([counts.ravel()[cell] for cell in order[: bounds[-1]]])
    return {
        "cells": rows,
        "area_cells": int(inside.size),
        "significant_cells": int(local.significant.sum()),
        "top_share_of_calls": [
            round(float(counts.ravel()[order[:bound]].sum()) / max(1, int(counts.sum())), 4)
            for bound in bounds
        ],
        "top_cells": bounds,
        "top_calls": int(told.sum()),
    }


def _nearest(names: list[str], centres: FloatArray, lon: float, lat: float) -> str:
    if not names:
        return ""
    squeeze = np.cos(np.radians(lat))
    return names[int(np.argmin(((centres[:, 0] - lon) * squeeze) ** 2 + (centres[:, 1] - lat) ** 2))]


def _windows(week: np.ndarray) -> list[dict[str, Any]]:
    """Return the stretch of the week with the most calls, and the one that tops its day's ordinary rhythm."""
    found = []
    table = week.reshape(7, 24).astype(np.float64)
    rhythm = (table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True)).ravel()
    for kind, expected in (("peak", None), ("beyond", rhythm)):
        window = hot_window(week.astype(np.float64), expected, longest=_LONGEST_HOURS, circular=True)
        found.append(
            {
                "kind": kind,
                "first": window.first,
                "hours": window.length,
                "observed": int(window.observed),
                "expected": round(window.expected, 1),
                "ratio": round(window.ratio, 3),
                "p_value": window.p_value,
            }
        )
    return found


def _repeats(events: EventFacts) -> dict[str, Any]:
    order = np.argsort(events.day)[-_REPEAT_EVENTS:]
    latest = EventFacts(events.x[order], events.y[order], events.day[order])
    found = near_repeats(latest, permutations=_PERMUTATIONS)
    return {
        "events": latest.count,
        "permutations": found.permutations,
        "metres": list(found.metres),
        "days": list(found.days),
        "observed": found.observed.tolist(),
        "expected": np.round(found.expected, 1).tolist(),
        "ratio": [[None if np.isnan(v) else round(float(v), 3) for v in row] for row in found.ratio],
        "p_value": np.round(found.p_value, 4).tolist(),
    }


def _score(events: EventFacts, grid: Grid, now: float) -> dict[str, Any] | None:
    """Return PAI and PEI of each way of choosing cells on the last weeks; None for too short a period."""
    span_weeks = int((now - float(np.floor(events.day.min()))) // 7)
    weeks = min(_HELD_WEEKS, span_weeks // 3)
    if weeks < 1:
        return None
    first = now - weeks * 7
    seen = int((events.day < first).sum())
    try:
        found = backtest(events, grid, first, weeks, area_share=SHARES[1])
    except BadInput:
        return None
    return {
        "weeks": found.weeks,
        "weeks_before": int((first - float(np.floor(events.day.min()))) // 7),
        "events_before": seen,
        "area_share": found.area_share,
        "methods": [
            {
                "name": name,
                "hit_share": round(score.hit_share, 4),
                "pai": round(score.pai, 3),
                "pei": round(score.pei, 4),
                "advantage": round(found.advantage[name], 2),
                "half_width": round(found.half_width[name], 2),
            }
            for name, score in found.scores.items()
        ],
    }
