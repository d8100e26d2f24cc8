"""Half-open stretches of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, order=True)
class Period:
    """The stretch from ``start`` up to but not including ``end``; both carry a time zone."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a Period needs times with a time zone")
        if self.end <= self.start:
            raise ValueError(f"a Period must end after it starts: {self.start} … {self.end}")

    @property
    def duration(self) -> timedelta:
        """Return the length of the stretch."""
        return self.end - self.start

    def overlaps(self, other: Period) -> bool:
        """Return whether the two stretches share any instant."""
        return self.start < other.end and other.start < self.end

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end
