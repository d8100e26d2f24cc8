"""Between the district's own clock and UTC, for whole columns of times at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.datetime64]
TIME = np.dtype("datetime64[s]")
_HOUR = np.timedelta64(3600, "s")
_MONDAY = np.datetime64("1970-01-05", "s")


def to_local(utc: Times, zone: str) -> Times:
    """Return UTC times (datetime64[s], NaT passes) as the clock on the wall shows them in ``zone``."""
    return utc + _offsets(utc, zone, wall=False)


def to_utc(local: Times, zone: str) -> Times:
    """Return times of the wall clock as UTC; an hour that happens twice is taken as its first."""
    return local - _offsets(local, zone, wall=True)


def _offsets(times: Times, zone: str, *, wall: bool) -> npt.NDArray[np.timedelta64]:
    # Offsets change on the quarter hour at most, so one look-up serves all times within it.
    quarters = times.astype("datetime64[s]").astype(np.int64) // 900
    known = ~np.isnat(times)
    seen, where = np.unique(quarters[known], return_inverse=True)
    info = ZoneInfo(zone)
    table = np.empty(len(seen), np.int64)
    for place, quarter in enumerate(seen):
        instant = datetime.fromtimestamp(int(quarter) * 900, UTC)
        aware = instant.replace(tzinfo=info) if wall else instant.astimezone(info)
        offset = aware.utcoffset()
        assert offset is not None
        table[place] = int(offset.total_seconds())
    offsets = np.zeros(times.shape, np.int64)
    offsets[known] = table[where]
    return offsets.astype("timedelta64[s]")


def days_covered(local: Times) -> tuple[date, date] | None:
    """Return the first and the last day of times of the wall clock; None when there are none."""
    if not len(local):
        return None
    days = local.astype("datetime64[D]")
    return days.min().astype(date), days.max().astype(date)


def hour_of_week(local: Times) -> npt.NDArray[np.int16]:
    """Return 0 (Monday 00:00) … 167 (Sunday 23:00) for times of the wall clock."""
    return (((local.astype("datetime64[s]") - _MONDAY) // _HOUR) % 168).astype(np.int16)
