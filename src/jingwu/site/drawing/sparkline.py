"""A trend the size of a word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 84.0, 28.0, 3.0


@dataclass(frozen=True)
class Sparkline:
    """SVG coordinates in a box of 84 × 28: the line, and its last point."""

    line: str
    last_x: str
    last_y: str


def sparkline_points(values: Iterable[float | None]) -> Sparkline | None:
    """Return the line through ``values``, oldest first; fewer than two known ones give None."""
    values = list(values)
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return None
    low = min(value for _, value in known)
    span = max(value for _, value in known) - low
    across = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    points = []
    for place, value in known:
        # a flat series runs through the middle instead of dividing by its span
        height = (value - low) / span if span else 0.5
        points.append(f"{MARGIN + place * across:.1f},{HEIGHT - MARGIN - height * (HEIGHT - 2 * MARGIN):.1f}")
    last_x, last_y = points[-1].split(",")
    return Sparkline(" ".join(points), last_x, last_y)
