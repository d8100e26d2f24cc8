"""The running number of an incident: JQ, twelve signs of the office, the day, four digits."""

from __future__ import annotations

from datetime import date

from django.db import connection

_NEXT = (
    "INSERT INTO incidents_incidentcounter (stem, day, last) VALUES (%s, %s, %s) ON CONFLICT"
    " (stem, day) DO UPDATE SET last = incidents_incidentcounter.last + EXCLUDED.last RETURNING last"
)


def stem_of(office_code: str) -> str:
    """Return the twelve signs that stand for an office; codes that are no twelve digits may share them.

    In capitals: a number that is typed is looked up in capitals.
    """
    return office_code.upper()[-12:].ljust(12, "0")


def next_number(office_code: str, day: date) -> str:
    """Return the office's next number of ``day``; two at once wait for each other and never get the same."""
    return next_numbers(office_code, day, 1)[0]


def next_numbers(office_code: str, day: date, count: int) -> list[str]:
    """Return the office's next ``count`` numbers of ``day``, in order, taken at once.

    The count goes by the signs that are shown and not by the office: codes have 1 to 40 signs of any kind, so
    no twelve can tell all of them apart ("1" and "10"). Offices that look alike count on together.
    """
    stem = stem_of(office_code)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [stem, day, count])
        (last,) = cursor.fetchone()
    return [f"JQ{stem}{day:%Y%m%d}{running:04d}" for running in range(last - count + 1, last + 1)]
