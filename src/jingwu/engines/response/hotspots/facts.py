"""Events as points in place and time, and the grid they are counted on; never a fact about a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray, frozen
from jingwu.terms.earth import METRES_PER_DEGREE
from jingwu.terms.refusal import BadInput


def metres_of(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return x, y in metres east and north of the mean place, good to 1 % over a city of 100 km."""
    middle = float(np.mean(lat))
    x = (lon - float(np.mean(lon))) * METRES_PER_DEGREE * np.cos(np.radians(middle))
    return np.asarray(x), np.asarray((lat - middle) * METRES_PER_DEGREE)


@dataclass(frozen=True, eq=False)
class EventFacts:
    """Events: ``x``, ``y`` in metres and ``day`` in days since any midnight (with fractions).

    Raises: BadInput when there is no event or a number is missing.
    """

    x: FloatArray
    y: FloatArray
    day: FloatArray

    def __post_init__(self) -> None:
        shape = (len(self.x),)
        arrays = [frozen(self, name, np.float64, shape) for name in ("x", "y", "day")]
        if not shape[0]:
            raise BadInput("hotspots.no_events", "没有任何事件。", "There are no events.")
        bad = int(np.count_nonzero(~np.isfinite(np.array(arrays)).all(axis=0)))
        if bad:
            raise BadInput(
                "hotspots.events_bad",
                f"有 {bad} 个事件缺少坐标或时间;请先剔除并说明数量。",
                f"{bad} events lack a place or a time; leave them out first and say how many.",
            )

    @property
    def count(self) -> int:
        """Return the number of events."""
        return int(self.x.size)

    def between(self, first_day: float, last_day: float) -> EventFacts:
        """Return the events with first_day ≤ day < last_day.

        Raises: BadInput when there is none.
        """
        keep = (self.day >= first_day) & (self.day < last_day)
        return EventFacts(self.x[keep], self.y[keep], self.day[keep])


@dataclass(frozen=True, eq=False)
class Grid:
    """Square cells of ``size_metres``; ``inside``: shape (rows, columns), the cells that count as area."""

    left: float
    bottom: float
    size_metres: float
    inside: BoolArray

    def __post_init__(self) -> None:
        if not self.size_metres > 0:
            raise BadInput("hotspots.cell_size", "网格边长必须为正数。", "The cell size must be positive.")
        frozen(self, "inside", np.bool_, np.shape(self.inside))

    @classmethod
    def over(cls, events: EventFacts, size_metres: float) -> Grid:
        """Return a grid over ``events`` whose area is the cells with an event and their eight neighbours.

        Water, fields and the land beyond the border hold no events; counting them as area would flatter
        every index.
        Raises: BadInput for a size that makes more than 4 million cells.
        """
        if not size_metres > 0:
            raise BadInput("hotspots.cell_size", "网格边长必须为正数。", "The cell size must be positive.")
        left, bottom = float(events.x.min()) - size_metres, float(events.y.min()) - size_metres
        columns = int((events.x.max() - left) // size_metres) + 2
        rows = int((events.y.max() - bottom) // size_metres) + 2
        if rows * columns > 4_000_000:
            raise BadInput(
                "hotspots.too_many_cells",
                f"网格边长 {size_metres:g} 米会产生 {rows * columns:,} 个格子,请加大边长或剔除异常坐标。",
                f"Cells of {size_metres:g} m are {rows * columns:,}; enlarge them or drop stray points.",
            )
        seen = np.zeros((rows, columns), dtype=np.bool_)
        r = ((events.y - bottom) // size_metres).astype(int)
        c = ((events.x - left) // size_metres).astype(int)
        for up in (-1, 0, 1):
            for right in (-1, 0, 1):
                seen[np.clip(r + up, 0, rows - 1), np.clip(c + right, 0, columns - 1)] = True
        return cls(left, bottom, size_metres, seen)

    @property
    def cells(self) -> int:
        """Return the number of cells inside."""
        return int(self.inside.sum())

    def counts(self, events: EventFacts) -> IntArray:
        """Return the number of events per cell, shape (rows, columns), leaving out those off the grid."""
        rows, columns = self.inside.shape
        r = np.floor((events.y - self.bottom) / self.size_metres).astype(np.int64)
        c = np.floor((events.x - self.left) / self.size_metres).astype(np.int64)
        keep = (r >= 0) & (r < rows) & (c >= 0) & (c < columns)
        flat = np.bincount(r[keep] * columns + c[keep], minlength=rows * columns)
        return flat.reshape(rows, columns).astype(np.int64)
