"""The 168 hours of a week as seven rows of 24 cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEFT, TOP, CELL_WIDTH, CELL_HEIGHT = 40, 4, 22, 24
WIDTH = LEFT + 24 * CELL_WIDTH + 2
HEIGHT = TOP + 7 * CELL_HEIGHT + 22


@dataclass(frozen=True)
class Cell:
    """One hour: its place, its colour step, the words shown on hover."""

    x: int
    y: int
    tint: str
    words: str


@dataclass(frozen=True)
class WeekStrip:
    """All cells, and where the labels stand."""

    cells: tuple[Cell, ...]
    days: tuple[tuple[str, int], ...]
    hours: tuple[tuple[int, int], ...]


def tint_of_gap(gap: float | None, steps: Sequence[float]) -> str:
    """Return the colour step of a gap (need − supply); ``steps`` are the three borders of shortage, rising.

    Below minus the first border is spare; between is even.
    """
    if gap is None:
        return "unknown"
    first, second, third = steps
    if gap > third:
        return "short-3"
    if gap > second:
        return "short-2"
    if gap > first:
        return "short-1"
    return "spare" if gap < -first else "even"


def week_strip(
    gaps: Sequence[float | None], day_names: Sequence[str], steps: Sequence[float], unit: str
) -> WeekStrip:
    """Return the strip for 168 gaps, Monday 00:00 first.

    Raises: ValueError when there are not 168 values, 7 day names and 3 rising steps.
    """
    if len(gaps) != 168 or len(day_names) != 7 or len(steps) != 3 or sorted(steps) != list(steps):
        raise ValueError("a week has 168 hours and 7 names, and its colours 3 rising steps")
    cells = []
    for hour_of_week, gap in enumerate(gaps):
        day, hour = divmod(hour_of_week, 24)
        shown = "–" if gap is None else f"{gap:+.1f} {unit}".strip()
        cells.append(
            Cell(
                LEFT + hour * CELL_WIDTH,
                TOP + day * CELL_HEIGHT,
                tint_of_gap(gap, steps),
                f"{day_names[day]} {hour:02d}:00  {shown}",
            )
        )
    days = tuple((name, TOP + place * CELL_HEIGHT + 16) for place, name in enumerate(day_names))
    hours = tuple((hour, LEFT + hour * CELL_WIDTH + CELL_WIDTH // 2) for hour in range(24))
    return WeekStrip(tuple(cells), days, hours)
