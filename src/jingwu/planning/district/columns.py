"""The rows of a district that come by the hundred thousand, held as columns: calls and workload."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from jingwu.sheets.clock import TIME, Times
from jingwu.terms.incidents import IncidentCategory

CATEGORIES: tuple[IncidentCategory, ...] = tuple(IncidentCategory)
"""``Calls.category`` is an index into this tuple; -1 = not stated."""

MONTH = np.dtype("datetime64[M]")


def frozen(values: npt.ArrayLike, dtype: npt.DTypeLike) -> npt.NDArray[np.generic]:
    """Return ``values`` as a read-only array of ``dtype``; a copy unless it is read-only already."""
    array = np.asarray(values, dtype=dtype)
    if array.flags.writeable:
        array = array.copy() if array is values else array
        array.flags.writeable = False
    return array


def _freeze_columns(table: object, dtypes: dict[str, npt.DTypeLike], optional: frozenset[str]) -> None:
    length = None
    for column in fields(table):  # type: ignore[arg-type]
        value = getattr(table, column.name)
        if value is None and column.name in optional:
            continue
        array = frozen(value, dtypes[column.name])
        if array.ndim != 1:
            raise ValueError(f"{column.name} must be one-dimensional")
        if length is not None and len(array) != length:
            raise ValueError(f"{column.name} has {len(array)} rows, expected {length}")
        length = len(array)
        object.__setattr__(table, column.name, array)


@dataclass(frozen=True, eq=False)
class Calls:
    """Calls for service as columns of one length, ordered by ``time``.

    ``time``, ``dispatch``, ``enroute``, ``arrive``, ``clear``: UTC, datetime64[s], NaT = not recorded
    (``time`` always is); ``lon``, ``lat``: degrees, NaN = unknown; ``beat``: index into ``District.beats``,
    -1 = unknown; ``category``: index into `CATEGORIES`, -1 = not stated; ``priority``: 1 … 4;
    ``code``: the file's own id as text, or None when it has none.

    Raises ValueError when lengths differ or a chain runs backwards.
    """

    time: Times
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    beat: npt.NDArray[np.int32]
    category: npt.NDArray[np.int8]
    priority: npt.NDArray[np.int8]
    dispatch: Times | None = None
    enroute: Times | None = None
    arrive: Times | None = None
    clear: Times | None = None
    code: npt.NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        chain = ("dispatch", "enroute", "arrive", "clear")
        dtypes: dict[str, npt.DTypeLike] = dict.fromkeys(("time", *chain), TIME)
        dtypes |= {"lon": np.float64, "lat": np.float64, "beat": np.int32}
        dtypes |= {"category": np.int8, "priority": np.int8, "code": np.str_}
        _freeze_columns(self, dtypes, frozenset((*chain, "code")))
        if not len(self):
            return
        if np.isnat(self.time).any():
            raise ValueError("every call needs a time")
        if (self.time[1:] < self.time[:-1]).any():
            raise ValueError("calls must be ordered by time")
        if self.priority.min() < 1 or self.priority.max() > 4:
            raise ValueError("priorities run from 1 to 4")
        if self.category.min() < -1 or self.category.max() >= len(CATEGORIES):
            raise ValueError("a category index lies outside CATEGORIES")
        before = self.time
        for name in chain:
            step = getattr(self, name)
            if step is None:
                continue
            if (step < before).any():  # a comparison with NaT is False: a gap is no breach
                raise ValueError(f"a call's {name} lies before the step that precedes it")
            before = np.where(np.isnat(step), before, step)

    def __len__(self) -> int:
        return len(self.time)

    def minutes(self, start: str, end: str) -> npt.NDArray[np.float64]:
        """Return the minutes from one step to another by column name; NaN where either is unknown."""
        first, last = getattr(self, start), getattr(self, end)
        if first is None or last is None:
            return np.full(len(self), np.nan)
        gap = last - first
        minutes = gap.astype(np.int64) / 60.0
        minutes[np.isnat(gap)] = np.nan
        return minutes

    @staticmethod
    def empty() -> Calls:
        """Return a table without rows."""
        none: list[float] = []
        return Calls(np.array([], TIME), *(np.array(none) for _ in range(5)))


@dataclass(frozen=True, eq=False)
class Workload:
    """Planned and answered work that is no call: counts by beat and local calendar month, as columns.

    ``beat``: index into ``District.beats``; ``month``: datetime64[M]; the rest: counts of the month.
    """

    beat: npt.NDArray[np.int32]
    month: Times
    disputes: npt.NDArray[np.int32]
    service_requests: npt.NDArray[np.int32]
    hazards: npt.NDArray[np.int32]
    visits: npt.NDArray[np.int32]

    def __post_init__(self) -> None:
        dtypes: dict[str, npt.DTypeLike] = {column.name: np.int32 for column in fields(self)}
        _freeze_columns(self, dtypes | {"month": MONTH}, frozenset())
        for name in ("disputes", "service_requests", "hazards", "visits"):
            if len(self) and getattr(self, name).min() < 0:
                raise ValueError(f"{name}: a negative count")

    def __len__(self) -> int:
        return len(self.beat)

    @staticmethod
    def empty() -> Workload:
        """Return a table without rows."""
        return Workload(*(np.array([], MONTH if place == 1 else np.int32) for place in range(6)))
