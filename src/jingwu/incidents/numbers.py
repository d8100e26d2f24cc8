"""The running number of an incident: JQ, twelve signs of the office, the day, four digits."""

from __future__ import annotations

from datetime import date

from django.db import connection

_NEXT = (
    "INSERT INTO incidents_incidentcounter (office_id, day, last) VALUES (%s, %s, %s) ON CONFLICT"
    " (office_id, day) DO UPDATE SET last = incidents_incidentcounter.last + EXCLUDED.last RETURNING last"
)


def next_number(office_id: int, office_code: str, day: date) -> str:
    """Return the office's next number of ``day``; two at once wait for each other and never get the same."""
    return next_numbers(office_id, office_code, day, 1)[0]


def next_numbers(office_id: int, office_code: str, day: date, count: int) -> list[str]:
    """Return the office's next ``count`` numbers of ``day``, in order, taken at once."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [office_id, day, count])
        (last,) = cursor.fetchone()
    stem = f"JQ{office_code[-12:].ljust(12, '0')}{day:%Y%m%d}"
    return [f"{stem}{running:04d}" for running in range(last - count + 1, last + 1)]
