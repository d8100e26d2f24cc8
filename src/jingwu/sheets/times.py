# catalogue: data - headers and words of files, problems in both languages
"""Reads columns of dates and times as people write them; one column, one way of writing."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from jingwu.sheets.clock import TIME, Times, to_utc

OK, EMPTY, BAD, MIXED = 0, 1, 2, 3
MAX_TIME_LENGTH = 40
_FIRST_YEAR, _LAST_YEAR = 1900, 2199

_CLOCK = r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp][Mm])?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
_CLOCK_ZH = r"(?:\s*(\d{1,2})[:：时点](\d{1,2})(?:[:：分](\d{1,2})?秒?)?)?()()$"
_CLOCK_COMPACT = r"(?:[T\s]?(\d{2})(\d{2})(\d{2})?)?()()$"


@dataclass(frozen=True)
class Writing:
    """One way of writing a date: its pattern and which groups are year, month, day."""

    shown: str
    pattern: re.Pattern[str]
    order: tuple[int, int, int]
    layout: str = ""  # of the zero-padded date, for reading whole columns at once


def _writing(shown: str, date: str, order: str, layout: str = "", clock: str = _CLOCK) -> Writing:
    return Writing(shown, re.compile(date + clock), tuple(order.index(part) + 1 for part in "ymd"), layout)  # type: ignore[arg-type]


WRITINGS: tuple[Writing, ...] = (
    _writing("YYYY-MM-DD", r"(\d{4})-(\d{1,2})-(\d{1,2})", "ymd", "yyyy-mm-dd"),
    _writing("YYYY/MM/DD", r"(\d{4})/(\d{1,2})/(\d{1,2})", "ymd", "yyyy/mm/dd"),
    _writing("YYYY.MM.DD", r"(\d{4})\.(\d{1,2})\.(\d{1,2})", "ymd", "yyyy.mm.dd"),
    _writing("YYYY年M月D日", r"(\d{4})年(\d{1,2})月(\d{1,2})日", "ymd", clock=_CLOCK_ZH),
    _writing("YYYYMMDD", r"(\d{4})(\d{2})(\d{2})", "ymd", clock=_CLOCK_COMPACT),
    _writing("DD/MM/YYYY", r"(\d{1,2})/(\d{1,2})/(\d{4})", "dmy", "dd/mm/yyyy"),
    _writing("MM/DD/YYYY", r"(\d{1,2})/(\d{1,2})/(\d{4})", "mdy", "mm/dd/yyyy"),
    _writing("DD.MM.YYYY", r"(\d{1,2})\.(\d{1,2})\.(\d{4})", "dmy", "dd.mm.yyyy"),
)
BY_SHOWN: dict[str, Writing] = {writing.shown: writing for writing in WRITINGS}
_DMY, _MDY = BY_SHOWN["DD/MM/YYYY"], BY_SHOWN["MM/DD/YYYY"]
_SAMPLE = 2000


class AmbiguousWriting(Exception):
    """Day/month/year and month/day/year both fit every value seen."""


def find_writing(texts: Sequence[str]) -> Writing | None:
    """Return the way most of the first values are written, None when none is a date.

    Raises AmbiguousWriting.
    """
    seen: Counter[str] = Counter()
    filled = 0
    for text in texts:
        if not text:
            continue
        filled += 1
        for writing in WRITINGS:
            if _parts(text, writing) is not None:
                seen[writing.shown] += 1
        if filled == _SAMPLE:
            break
    if not seen:
        return None
    shown, count = seen.most_common(1)[0]
    if shown in (_DMY.shown, _MDY.shown) and seen[_DMY.shown] == seen[_MDY.shown] == count:
        raise AmbiguousWriting
    return BY_SHOWN[shown]


def _parts(text: str, writing: Writing) -> tuple[np.datetime64, int | None, bool] | None:
    """Return the wall time, the offset in minutes if one is written, and whether a time of day is."""
    match = writing.pattern.match(text)
    if match is None:
        return None
    year, month, day = (int(match[group]) for group in writing.order)
    has_clock = match[4] is not None
    hour, minute, second = (int(match[group] or 0) for group in (4, 5, 6))
    half = (match[7] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if (
        not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12)
        or hour > 23
        or minute > 59
        or second > 59
    ):
        return None
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    wall = np.datetime64(datetime(year, month, day, hour, minute, second), "s")
    zone = match[8] or ""
    if not zone:
        return wall, None, has_clock
    if zone == "Z":
        return wall, 0, has_clock
    digits = zone[1:].replace(":", "")
    return wall, (-1 if zone[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:])), has_clock


def read_times(
    texts: Sequence[str], writing: Writing, zone: str, *, needs_clock: bool = True
) -> tuple[Times, npt.NDArray[np.int8]]:
    """Return the values as UTC (datetime64[s], NaT where unusable) and OK, EMPTY, BAD or MIXED for each."""
    array = np.array([text[:MAX_TIME_LENGTH] for text in texts], dtype=np.str_)
    wall, done = _read_padded(array, writing)
    status = np.where(done, OK, BAD).astype(np.int8)
    status[array == ""] = EMPTY
    offsets = {}
    for place in np.flatnonzero(status == BAD).tolist():
        text = str(array[place])
        parts = _parts(text, writing) if len(texts[place]) <= MAX_TIME_LENGTH else None
        if parts is not None and (parts[2] or not needs_clock):
            wall[place], status[place] = parts[0], OK
            if parts[1] is not None:
                offsets[place] = parts[1]
        elif any(_parts(text, other) for other in WRITINGS if other is not writing):
            status[place] = MIXED
    utc = to_utc(wall, zone)
    for place, minutes in offsets.items():
        utc[place] = wall[place] - np.timedelta64(minutes, "m")
    return utc, status


def read_dates(texts: Sequence[str], writing: Writing) -> tuple[Times, npt.NDArray[np.int8]]:
    """Return the values as days (datetime64[D], NaT where unusable) and OK, EMPTY, BAD or MIXED for each."""
    utc, status = read_times(texts, writing, "UTC", needs_clock=False)
    return utc.astype("datetime64[D]"), status


def _read_padded(array: npt.NDArray[np.str_], writing: Writing) -> tuple[Times, npt.NDArray[np.bool_]]:
    """Read the cells written zero-padded with hours and minutes (seconds optional) all at once."""
    wall = np.full(len(array), np.datetime64("NaT"), TIME)
    width = array.dtype.itemsize // 4
    if not writing.layout or width < 16 or not len(array):
        return wall, np.zeros(len(array), bool)
    letters = np.zeros((len(array), 20), np.int32)
    seen = np.ascontiguousarray(array).view(np.int32).reshape(len(array), width)[:, :20]
    letters[:, : seen.shape[1]] = seen
    digits = letters - 48
    is_digit = (digits >= 0) & (digits <= 9)
    layout = writing.layout
    good = np.ones(len(array), bool)
    for place, letter in enumerate(layout):
        good &= is_digit[:, place] if letter in "ymd" else letters[:, place] == ord(letter)
    good &= (letters[:, 10] == ord(" ")) | (letters[:, 10] == ord("T"))
    good &= is_digit[:, [11, 12, 14, 15]].all(axis=1) & (letters[:, 13] == ord(":"))
    with_seconds = (letters[:, 16] == ord(":")) & is_digit[:, 17] & is_digit[:, 18] & (letters[:, 19] == 0)
    good &= with_seconds | (letters[:, 16] == 0)

    def number(first: int, count: int) -> npt.NDArray[np.int64]:
        total = np.zeros(len(array), np.int64)
        for place in range(first, first + count):
            total = total * 10 + digits[:, place]
        return total

    year, month, day = (number(layout.index(part), layout.count(part)) for part in "ymd")
    hour, minute = number(11, 2), number(14, 2)
    second = np.where(with_seconds, number(17, 2), 0)
    good &= (year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= (hour <= 23) & (minute <= 59) & (second <= 59)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(good, day, 1) - 1)
    good &= days.astype("datetime64[M]") == months
    seconds = np.where(good, hour * 3600 + minute * 60 + second, 0)
    wall[good] = (days.astype(TIME) + seconds.astype("timedelta64[s]"))[good]
    return wall, good
