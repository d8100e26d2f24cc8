"""Check-in timers for people on scene: who has to report, and who is told when nobody does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class CheckInState(StrEnum):
    """Where the timer stands."""

    QUIET = "quiet"
    DUE = "due"  # the person is reminded
    MISSED = "missed"  # partner and chief are alerted
    ENDED = "ended"


@dataclass(frozen=True)
class CheckInReading:
    """One person's timer: last sign of life, when the next is due, when others are alerted."""

    person: str
    state: CheckInState
    last_at: datetime
    due_at: datetime | None
    alert_at: datetime | None
    tell: tuple[str, ...]


def read_check_in(
    person: str,
    *,
    on_scene_at: datetime,
    signs: Iterable[datetime],
    interval: timedelta,
    grace: timedelta,
    partners: Iterable[str],
    chief: str,
    now: datetime,
    left_at: datetime | None = None,
) -> CheckInReading:
    """Return where one person's check-in timer stands at ``now``.

    ``signs`` are the times at which the server received a check-in or any other act of that person:
    a phone's own clock may be wrong by a day. Signs before the arrival or after ``now`` do not count.

    Raises
        ValueError: the interval is not longer than nothing.
    """
    if interval <= timedelta(0) or grace < timedelta(0):
        raise ValueError("the interval is longer than nothing and the grace not negative")
    last = max([on_scene_at, *(sign for sign in signs if on_scene_at < sign <= now)])
    if left_at is not None and left_at <= now:
        return CheckInReading(person, CheckInState.ENDED, last, None, None, ())
    due_at, alert_at = last + interval, last + interval + grace
    if now >= alert_at:
        told = dict.fromkeys([*sorted(set(partners)), chief])
        told.pop(person, None)
        return CheckInReading(person, CheckInState.MISSED, last, due_at, alert_at, tuple(told))
    if now >= due_at:
        return CheckInReading(person, CheckInState.DUE, last, due_at, alert_at, (person,))
    return CheckInReading(person, CheckInState.QUIET, last, due_at, alert_at, ())
