"""A radar of dimensions: several shapes over the same axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

CENTRE_X, CENTRE_Y, RADIUS = 170.0, 128.0, 92.0


@dataclass(frozen=True)
class Axis:
    """One dimension: the end of its axis and its label."""

    label: str
    x: str
    y: str
    label_x: str
    label_y: str
    anchor: str


@dataclass(frozen=True)
class Radar:
    """Axes, rings at quarters, and one polygon per series (role, name, points)."""

    axes: tuple[Axis, ...]
    rings: tuple[str, ...]
    shapes: tuple[tuple[str, str, str], ...]


def _point(place: int, count: int, share: float) -> tuple[float, float]:
    angle = -math.pi / 2 + 2 * math.pi * place / count
    return CENTRE_X + RADIUS * share * math.cos(angle), CENTRE_Y + RADIUS * share * math.sin(angle)


def radar(
    labels: Sequence[str], series: Sequence[tuple[str, str, Sequence[float]]], *, full: float = 100.0
) -> Radar:
    """Return the radar of ``series`` (role, name, one value per label; 0 … ``full``).

    Raises: ValueError with fewer than 3 labels or a series of another length.
    """
    count = len(labels)
    if count < 3 or any(len(values) != count for _, _, values in series):
        raise ValueError("a radar has at least 3 dimensions and each series one value for each")
    axes = []
    for place, label in enumerate(labels):
        x, y = _point(place, count, 1.0)
        label_x, label_y = _point(place, count, 1.13)
        anchor = "middle" if abs(label_x - CENTRE_X) < 12 else "start" if label_x > CENTRE_X else "end"
        axes.append(Axis(label, f"{x:.1f}", f"{y:.1f}", f"{label_x:.1f}", f"{label_y + 4:.1f}", anchor))
    rings = tuple(
        " ".join("{:.1f},{:.1f}".format(*_point(place, count, share)) for place in range(count))
        for share in (0.25, 0.5, 0.75, 1.0)
    )
    shapes = tuple(
        (
            role,
            name,
            " ".join(
                "{:.1f},{:.1f}".format(*_point(place, count, min(max(value / full, 0.0), 1.0)))
                for place, value in enumerate(values)
            ),
        )
        for role, name, values in series
    )
    return Radar(tuple(axes), rings, shapes)
