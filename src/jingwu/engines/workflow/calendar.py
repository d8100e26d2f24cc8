"""Working time: opening hours by weekday, holidays and make-up days, and arithmetic over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from jingwu.terms.refusal import BadInput

_DAY = timedelta(days=1)
_ZERO = timedelta(0)
# An empty stretch longer than this means that the calendar never opens again, whatever was asked.
_LONGEST_CLOSURE = timedelta(days=400)


class Basis(StrEnum):
    """Where the knowledge about a day comes from."""

    NOTICE = "notice"  # the year's holiday notice was uploaded
    FALLBACK = "fallback"  # it was not: fixed holidays only, no make-up days


@dataclass(frozen=True)
class WorkingCalendar:
    """When a clock runs.

    ``opening`` maps each weekday (1 = Monday … 7) to opening times of the local day, ascending; an end of
    00:00 means midnight. ``holidays`` are closed, ``make_up_days`` are open with the hours of
    ``make_up_weekday``. In a year not in ``noticed_years`` the month-days ``fixed_holidays`` are closed.

    Raises
        ValueError: no opening at all, overlapping or descending times, a day both closed and made up.
    """

    zone: tzinfo
    opening: Mapping[int, tuple[tuple[time, time], ...]]
    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()
    noticed_years: frozenset[int] = frozenset()
    fixed_holidays: frozenset[tuple[int, int]] = frozenset()
    make_up_weekday: int = 1
    _cache: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        if not any(self.opening.values()) or set(self.opening) - set(range(1, 8)):
            raise ValueError("a calendar opens on some weekday from 1 to 7")
        for spans in self.opening.values():
            marks = [mark for start, end in spans for mark in (_minutes(start), _minutes(end) or 1440)]
            if marks != sorted(set(marks)):
                raise ValueError("opening times ascend and do not touch")
        if self.holidays & self.make_up_days:
            raise ValueError("a day is both a holiday and a make-up day")

    @classmethod
    def always(cls, zone: tzinfo) -> WorkingCalendar:
        """Return the calendar of emergencies: every hour of every day."""
        return cls(zone, dict.fromkeys(range(1, 8), ((time(0), time(0)),)))

    def basis(self, day: date) -> Basis:
        """Return whether the day is known from a notice or assumed."""
        return Basis.NOTICE if day.year in self.noticed_years else Basis.FALLBACK

    def is_working_day(self, day: date) -> bool:
        """Return whether any opening time falls on ``day``."""
        return bool(self._spans(day))

    def is_open(self, instant: datetime) -> bool:
        """Return whether the clock runs at ``instant``."""
        moment = _in_utc(instant)
        return any(start <= moment < end for start, end in self._periods(self._local_day(moment)))

    def add(self, start: datetime, working: timedelta) -> datetime:
        """Return the earliest instant at which ``working`` time has passed since ``start``.

        Nothing to wait for is over at once: zero returns ``start``.
        """
        if working < _ZERO:
            raise ValueError("working time is not negative")
        left, moment = working, _in_utc(start)
        if left == _ZERO:
            return moment.astimezone(self.zone)
        day, last_open = self._local_day(moment), moment
        while True:
            for opens, closes in self._periods(day):
                begin = max(opens, moment)
                if begin >= closes:
                    continue
                last_open = closes
                if left <= closes - begin:
                    return (begin + left).astimezone(self.zone)
                left -= closes - begin
            day += _DAY
            if datetime.combine(day, time(0), self.zone) - last_open > _LONGEST_CLOSURE:
                raise BadInput(
                    "calendar.never_opens",
                    f"工作日历自 {day.year - 1} 年起不再开放",
                    f"the calendar never opens after {day.year - 1}",
                )

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from ``start`` to ``end``; zero when the end comes first."""
        first, last = _in_utc(start), _in_utc(end)
        total, day = _ZERO, self._local_day(first)
        while first < last and day <= self._local_day(last):
            for opens, closes in self._periods(day):
                total += max(_ZERO, min(closes, last) - max(opens, first))
            day += _DAY
        return total

    def next_opening(self, instant: datetime) -> datetime:
        """Return ``instant`` when the clock runs then, else the start of the next opening."""
        if self.is_open(instant):
            return instant
        step = timedelta(microseconds=1)
        return self.add(instant, step) - step

    def add_working_days(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day`` ('within 7 working days' ends on that day)."""
        if count < 0:
            raise ValueError("count is not negative")
        found, last = 0, day
        while found < count:
            last += _DAY
            if last - day > _LONGEST_CLOSURE * (count + 1):
                raise BadInput("calendar.never_opens", "工作日历不再开放", "the calendar never opens again")
            found += self.is_working_day(last)
        return last

    def _local_day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def _spans(self, day: date) -> tuple[tuple[time, time], ...]:
        if day in self.make_up_days:
            return self.opening.get(self.make_up_weekday, ())
        fixed = self.basis(day) is Basis.FALLBACK and (day.month, day.day) in self.fixed_holidays
        if day in self.holidays or fixed:
            return ()
        return self.opening.get(day.isoweekday(), ())

    def _periods(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return the opening times of ``day`` in UTC, so that clock changes cannot stretch an hour."""
        if day not in self._cache:
            self._cache[day] = tuple(
                (
                    datetime.combine(day, start, self.zone).astimezone(UTC),
                    datetime.combine(day if end > time(0) else day + _DAY, end, self.zone).astimezone(UTC),
                )
                for start, end in self._spans(day)
            )
        return self._cache[day]


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)
