# catalogue: data - headers and words of files, problems in both languages
"""Opening hours as people write them: ``08:30-17:30``, ``24小时``, ``周一至周五 08:30-17:30; 周六 休``."""

from __future__ import annotations

import re

from jingwu.planning.district.records import ALWAYS_OPEN, MINUTES_A_DAY, Span

_DAYS = "一二三四五六日"
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~至到]\s*(\d{1,2})[:：](\d{2})")
_RANGE = re.compile(
    r"(?:周|星期|每周)([一二三四五六日天])(?:\s*[至到\-–—~]\s*(?:周|星期)?([一二三四五六日天]))?"
)
_ALWAYS = ("24小时", "全天", "24h", "24/7", "always")


def read_opening(text: str) -> tuple[Span, ...]:
    """Return seven spans of minutes, Monday first; a day not named is closed, no day named means every day.

    Raises ValueError.
    """
    if not text or text.lower() in _ALWAYS:
        return ALWAYS_OPEN
    week: list[Span] = [(0, 0)] * 7
    for part in re.split(r"[;；]", text):
        if not part.strip():
            continue
        days = _days(part)
        clock = _CLOCK.search(part)
        if clock is None:
            if not any(word in part for word in (*_ALWAYS, "休", "closed")):
                raise ValueError(f"no hours in {part!r}")
            span = (0, 0) if ("休" in part or "closed" in part) else (0, MINUTES_A_DAY)
        else:
            first_hour, first_minute, last_hour, last_minute = (int(group) for group in clock.groups())
            span = (first_hour * 60 + first_minute, last_hour * 60 + last_minute)
            if first_minute > 59 or last_minute > 59 or not span[0] < span[1] <= MINUTES_A_DAY:
                raise ValueError(f"not a stretch within a day: {part!r}")
        for day in days:
            week[day] = span
    return tuple(week)


def _days(part: str) -> range | list[int]:
    found = _RANGE.search(part)
    if found is None:
        return range(7)
    first = _DAYS.index(found[1].replace("天", "日"))
    last = _DAYS.index(found[2].replace("天", "日")) if found[2] else first
    return [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]


def write_opening(week: tuple[Span, ...]) -> str:
    """Return text that `read_opening` reads back to the same spans."""
    if week == ALWAYS_OPEN:
        return "24小时"
    if len(set(week)) == 1 and week[0] != (0, 0):
        return _clock(week[0])
    return ";".join(f"周{_DAYS[day]} {_clock(span)}" for day, span in enumerate(week))


def _clock(span: Span) -> str:
    if span[0] == span[1]:
        return "休"
    return f"{span[0] // 60:02d}:{span[0] % 60:02d}-{span[1] // 60:02d}:{span[1] % 60:02d}"
