"""Tours of duty: the weeks that shift patterns allow, and the fewest of them that cover a need.

Source: G. B. Dantzig, 'A comment on Edie's Traffic delays at toll booths', Operations Research 2 (1954) 339.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from jingwu.engines.staffing.facts import HOURS_PER_WEEK, FloatArray, IntArray, ShiftPattern

_CUTOFFS = (0.0, 0.5, 0.3, 0.7, 0.1, 0.9)  # fractions above 1 - cutoff are rounded up


@dataclass(frozen=True)
class Tour:
    """One person's week: a pattern begun on ``first_day`` (0 = Monday) at ``start_hour``."""

    pattern: str
    first_day: int
    start_hour: int

    @property
    def code(self) -> str:
        """Return a stable, greppable name."""
        return f"{self.pattern}@{self.first_day}-{self.start_hour:02d}"


@dataclass(frozen=True)
class TourSet:
    """All tours the patterns allow; ``cover`` (tours, 168) is 1 in the hours on duty."""

    tours: tuple[Tour, ...]
    cover: FloatArray
    minutes: IntArray

    def index(self, code: str) -> int:
        """Return the position of the tour named ``code``."""
        return next(i for i, tour in enumerate(self.tours) if tour.code == code)


def tours_of(patterns: Sequence[ShiftPattern]) -> TourSet:
    """Return every distinct week the ``patterns`` allow; the first of identical weeks is kept."""
    seen: set[bytes] = set()
    tours, rows, minutes = [], [], []
    for pattern in patterns:
        for first_day in range(7):
            for start_hour in pattern.start_hours:
                row = np.zeros(HOURS_PER_WEEK)
                for offset in pattern.day_offsets:
                    begin = ((first_day + offset) % 7) * 24 + start_hour
                    row[np.arange(begin, begin + pattern.shift_hours) % HOURS_PER_WEEK] = 1.0
                key = row.tobytes()
                if key in seen:
                    continue
                seen.add(key)
                tours.append(Tour(pattern.code, first_day, start_hour))
                rows.append(row)
                minutes.append(pattern.weekly_minutes)
    cover = np.array(rows)
    cover.setflags(write=False)
    return TourSet(tuple(tours), cover, np.array(minutes, dtype=np.int64))


@dataclass(frozen=True)
class Covering:
    """How often each tour is worked (tours,), and the fewest people any covering can do with."""

    worked: IntArray
    bound: int

    @property
    def people(self) -> int:
        """Return the people the covering takes."""
        return int(self.worked.sum())

    @property
    def proved(self) -> bool:
        """Return whether nobody can do with fewer."""
        return self.people == self.bound


def fewest_tours(need: IntArray, tour_set: TourSet) -> Covering:
    """Return how often each tour is worked so that few people, by proof or nearly the fewest, cover
    ``need`` (168).

    The relaxed covering (HiGHS) gives the bound; its rounding down is completed greedily and then thinned
    out, from several cut-offs, until one meets the bound. Raises ValueError when no pattern reaches an hour
    in need.
    """
    if not np.any(need > 0):
        return Covering(np.zeros(len(tour_set.tours), dtype=np.int64), 0)
    if np.any((need > 0) & (tour_set.cover.sum(axis=0) == 0)):
        raise ValueError("no shift pattern covers an hour that needs a crew")
    rows = np.flatnonzero(need > 0)
    answer = linprog(
        np.ones(len(tour_set.tours)),
        A_ub=-tour_set.cover[:, rows].T,
        b_ub=-need[rows].astype(np.float64),
        method="highs-ds",
    )
    if answer.x is None:
        raise ValueError(f"the covering of a week failed: {answer.message}")
    bound = math.ceil(answer.fun - 1e-6)
    best: IntArray | None = None
    for cutoff in _CUTOFFS:
        worked = _thinned(
            _completed(np.floor(answer.x + cutoff).astype(np.int64), need, tour_set), need, tour_set
        )
        if best is None or worked.sum() < best.sum():
            best = worked
        if best.sum() <= bound:
            break
    assert best is not None
    return Covering(best, bound)


def _completed(worked: IntArray, need: IntArray, tour_set: TourSet) -> IntArray:
    """Add tours until ``need`` is covered, each time the one that covers most of what is still open."""
    left = need - worked @ tour_set.cover
    while np.any(left > 1e-9):
        best = int(np.argmax(tour_set.cover @ np.minimum(np.maximum(left, 0.0), 1.0)))
        worked[best] += 1
        left -= tour_set.cover[best]
    return worked


def _thinned(worked: IntArray, need: IntArray, tour_set: TourSet) -> IntArray:
    """Take away tours whose hours others cover too, the least needed first."""
    surplus = worked @ tour_set.cover - need
    for tour in sorted(
        np.flatnonzero(worked).tolist(), key=lambda t: float(tour_set.cover[t] @ (surplus <= 0))
    ):
        while worked[tour] and np.all(surplus[tour_set.cover[tour] > 0] >= 1):
            worked[tour] -= 1
            surplus -= tour_set.cover[tour]
    return worked
