"""Kernel density of events on a grid, compiled.

f(s) = Σ_i w_i · 3 / (π h²) · (1 − d_i²/h²)², over the events within the bandwidth h (quartic kernel).
Source: Silverman (1986), Density Estimation for Statistics and Data Analysis, §4.2; Chainey, Tompson & Uhlig
(2008), Security Journal 21:4–28 (use and score for hot places).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import FloatArray
from jingwu.engines.response.hotspots.facts import EventFacts, Grid
from jingwu.terms.refusal import BadInput


@njit(cache=True)
def _spread(
    x: FloatArray, y: FloatArray, weight: FloatArray, rows: int, columns: int, size: float, bandwidth: float
) -> FloatArray:
    """Add each event's kernel to the cell centres around it; x, y count from the grid's corner."""
    field = np.zeros((rows, columns))
    scale = 3.0 / (np.pi * bandwidth * bandwidth)
    for i in range(x.size):
        low_r = max(0, int(np.floor((y[i] - bandwidth) / size)))
        high_r = min(rows - 1, int(np.floor((y[i] + bandwidth) / size)))
        low_c = max(0, int(np.floor((x[i] - bandwidth) / size)))
        high_c = min(columns - 1, int(np.floor((x[i] + bandwidth) / size)))
        for r in range(low_r, high_r + 1):
            dy = (r + 0.5) * size - y[i]
            for c in range(low_c, high_c + 1):
                dx = (c + 0.5) * size - x[i]
                u = 1.0 - (dx * dx + dy * dy) / (bandwidth * bandwidth)
                if u > 0.0:
                    field[r, c] += weight[i] * scale * u * u
    return field


def kernel_density(
    events: EventFacts,
    grid: Grid,
    bandwidth_metres: float,
    *,
    now_day: float | None = None,
    half_life_days: float | None = None,
) -> FloatArray:
    """Return events per square metre at each cell's centre, shape (rows, columns).

    With ``half_life_days`` an event of age a at ``now_day`` weighs 0.5^(a ÷ half life).
    Raises: BadInput for a bandwidth or a half life that is not positive.
    """
    if not bandwidth_metres > 0 or (half_life_days is not None and not half_life_days > 0):
        raise BadInput(
            "hotspots.bandwidth",
            "带宽和半衰期必须为正数。",
            "The bandwidth and the half life must be positive.",
        )
    weight = np.ones(events.count)
    if half_life_days is not None:
        now = float(events.day.max()) if now_day is None else now_day
        weight = 0.5 ** (np.maximum(now - events.day, 0.0) / half_life_days)
    rows, columns = grid.inside.shape
    x, y = events.x - grid.left, events.y - grid.bottom
    return np.asarray(_spread(x, y, weight, rows, columns, grid.size_metres, float(bandwidth_metres)))
