"""What each office is to expect by hour of the week: in all, by category and by beat, and how unevenly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import FloatArray, IntArray
from jingwu.engines.response.demand import CallHistory, fit, without_gaps
from jingwu.planning.district import CATEGORIES, District
from jingwu.terms.refusal import BadInput

AREAS_AT_ONCE = 400
"""Areas fitted together; the counts by area and hour are held as one table."""


@dataclass(frozen=True, eq=False)
class ExpectedCounts:
    """One cell's expectation; ``means`` and ``excesses`` (168,): mean count and variance beyond Poisson."""

    office: str
    kind: str
    code: str
    means: FloatArray
    excesses: FloatArray
    day_dispersion: float


def expected_counts(district: District) -> list[ExpectedCounts]:
    """Return every office's expectation of all calls in its beats, attended or not.

    Categories and beats are shrunk to the district's profile where they are thin (`engines.response.demand`).
    Empty for a district without offices or whose history is shorter than a week.
    """
    calls = district.calls
    office = np.where(calls.beat >= 0, district.beat_office[calls.beat], -1) if district.beats else None
    if office is None or not (office >= 0).any():
        return []
    use = office >= 0
    hour = district.local_times.astype("datetime64[h]").astype(np.int64)
    first = int(hour.min()) // 24 * 24
    minutes = (district.local_times - np.datetime64(first, "h")) / np.timedelta64(60, "s")
    hours = int(hour.max()) // 24 * 24 + 24 - first
    stretch = _Stretch(minutes[use], hours, (first + 72) % 168)  # 1970-01-01 was a Thursday
    kinds = len(CATEGORIES)
    category = calls.category[use]
    codes = [one.code for one in district.offices]
    found = list(_cells(stretch, "office", office[use], [(code, "") for code in codes]))
    by_category = np.where(category >= 0, office[use] * kinds + category, -1)
    names = [(code, kind.value) for code in codes for kind in CATEGORIES]
    found += _cells(stretch, "category", by_category, names)
    beats = [
        (codes[place] if place >= 0 else "", beat.code)
        for beat, place in zip(district.beats, district.beat_office, strict=True)
    ]
    found += _cells(stretch, "beat", calls.beat[use].astype(np.int64), beats)
    return found


@dataclass(frozen=True, eq=False)
class _Stretch:
    minutes: FloatArray
    hours: int
    first_hour_of_week: int


def _cells(
    stretch: _Stretch, kind: str, area: IntArray, names: Sequence[tuple[str, str]]
) -> Iterator[ExpectedCounts]:
    for start in range(0, len(names), AREAS_AT_ONCE):
        part = names[start : start + AREAS_AT_ONCE]
        inside = (area >= start) & (area < start + len(part))
        if not inside.any():
            continue
        history = CallHistory(
            areas=tuple(f"{office} {code}" for office, code in part),
            priorities=(1,),
            minutes=stretch.minutes[inside],
            area_index=(area[inside] - start).astype(np.int64),
            priority_index=np.zeros(int(inside.sum()), np.int64),
            hours=stretch.hours,
            first_hour_of_week=stretch.first_hour_of_week,
        )
        try:
            fitted = fit(without_gaps(history)[0])
        except BadInput:
            return  # too short a history: nothing to compare with is better than a guess
        means = fitted.model.calls_per_hour.sum(axis=1)
        excesses = means**2 * (fitted.model.cell_dispersion + 1.0 / np.maximum(fitted.cell_shape, 1e-9))
        for (office, code), mean, excess in zip(part, means, excesses, strict=True):
            if office:
                yield ExpectedCounts(office, kind, code, mean, excess, float(fitted.model.day_dispersion))
