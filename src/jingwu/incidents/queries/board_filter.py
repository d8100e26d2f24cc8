"""Which incidents a board shows, read from a query string: whatever cannot be read is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from jingwu.terms.numbers import whole_number

ZONE = ZoneInfo("Asia/Shanghai")
# the steps whose time is measured: from which stamp to which
MEASURES: Mapping[str, tuple[str, str]] = {
    "ack": ("dispatched_at", "acked_at"),
    "depart": ("dispatched_at", "departed_at"),
    "arrive": ("dispatched_at", "arrived_at"),
    "handle": ("arrived_at", "left_at"),
    "feedback": ("left_at", "feedback_at"),
}


@dataclass(frozen=True)
class BoardFilter:
    """What the board shows; ``group`` is open, overdue, risk, waiting, all or one state.

    ``since`` and ``until`` bound the moment of the report (after the one, up to the other), ``hour`` is its
    hour of the day; ``step`` names one of `MEASURES` that took more than ``over_minutes`` and at most
    ``upto_minutes``; ``category`` may be "none".
    """

    group: str = "open"
    words: str = ""
    category: str = ""
    priority: int | None = None
    office: str = ""
    beat: str = ""
    first_day: date | None = None
    last_day: date | None = None
    ids: tuple[int, ...] | None = None
    batch: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    hour: int | None = None
    step: str = ""
    over_minutes: float | None = None
    upto_minutes: float | None = None

    @staticmethod
    def from_query(query: Mapping[str, str]) -> BoardFilter:
        """Return the filter of a query string; what cannot be read is left out."""
        priority = query.get("priority", "")
        return BoardFilter(
            group=query.get("group", "open") or "open",
            words=query.get("q", "").strip()[:80],
            category=query.get("category", ""),
            priority=int(priority) if priority in ("1", "2", "3", "4") else None,
            office=query.get("office", "")[:40],
            beat=query.get("beat", "")[:40],
            first_day=_day(query.get("from", "")),
            last_day=_day(query.get("to", "")),
            since=_moment(query.get("since", "")),
            until=_moment(query.get("until", "")),
            hour=_hour(query.get("hour", "")),
            step=query.get("step", "") if query.get("step", "") in MEASURES else "",
            over_minutes=_minutes(query.get("over", "")),
            upto_minutes=_minutes(query.get("upto", "")),
            batch=whole_number(query.get("batch", "")),
        )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        # a moment at the edge of the calendar has no hour on the offices' clock
        return moment.astimezone(ZONE) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _hour(text: str) -> int | None:
    hour = whole_number(text)
    return hour if hour is not None and hour <= 23 else None


def _minutes(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e6 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
