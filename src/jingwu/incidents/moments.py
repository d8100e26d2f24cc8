"""Which times can be meant: what lies outside is a field that was never filled in, or a clock at fault."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No report is older; programs write 0001-01-01 or 1900-01-01 for a time they do not have."""
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Far enough from the end of the calendar that every time zone and every correction of a clock has room."""
PHONES_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Where the clock of a phone begins anew after its battery was empty: it is measured and put right."""


def can_be_meant(moment: datetime, earliest: datetime = EARLIEST) -> bool:
    """Return whether a time (with a zone) is one that can be stored, shown anywhere, and meant.

    Year 1 in Shanghai is 1 BC in UTC: PostgreSQL stores it, and every later read of the row fails.
    """
    return earliest <= moment < LATEST
