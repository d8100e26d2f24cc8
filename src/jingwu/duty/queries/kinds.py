"""A shift kind as pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from jingwu.duty import models
from jingwu.terms.duty import DutyState


@dataclass(frozen=True)
class KindFacts:
    """One shift kind as a cell and the legend show it; minutes from midnight."""

    code: str
    sign: str
    name_zh: str
    name_en: str
    start_minute: int
    minutes: int
    look: str

    @property
    def hours(self) -> str:
        """Return the time of day as text; an end past midnight counts on."""
        end = (self.start_minute + self.minutes) % 1440
        start = self.start_minute
        return f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02}"


def on_the_clock(kind: models.ShiftKind, day: date) -> tuple[datetime, datetime]:
    """Return when a shift of ``day`` starts and ends."""
    midnight = datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
    start = midnight + timedelta(minutes=kind.start_minute)
    return start, start + timedelta(minutes=kind.minutes)


def kind_facts(kind: models.ShiftKind) -> KindFacts:
    """Return a shift kind as pages show it; ``look`` is its class of colour."""
    if kind.state == DutyState.STANDBY:
        look = "standby"
    elif kind.is_night:
        look = "night"
    elif kind.start_minute >= 14 * 60:
        look = "evening"
    else:
        look = "day" if kind.is_attended else "work"
    return KindFacts(
        kind.code,
        kind.sign or kind.code,
        kind.name,
        kind.name_en or kind.name,
        kind.start_minute,
        kind.minutes,
        look,
    )
