"""What shifts come to for whoever worked them: nights, weekends, holidays, counted minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jingwu.duty import models
from jingwu.engines.rostering import Calendar


@dataclass(frozen=True)
class Carried:
    """Nights, weekends and holidays worked, and counted minutes; means of several people are fractions."""

    nights: float
    weekends: float
    holidays: float
    minutes: float


Worked = Sequence[tuple[date, models.ShiftKind]]
"""Somebody's shifts with their days; two of a day are two (one of them on loan)."""


def carried(worked: Worked, calendar: Calendar) -> Carried:
    """Return what somebody's shifts come to; a weekend worked instead of a holiday (调休) is none."""
    return Carried(
        sum(kind.is_night for _day, kind in worked),
        len({day - timedelta(days=day.weekday()) for day, _kind in worked if calendar.is_weekend(day)}),
        len({day for day, _kind in worked if day in calendar.holidays}),
        sum(kind.counted_minutes for _day, kind in worked),
    )
