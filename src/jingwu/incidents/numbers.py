"""The running number of an incident: JQ, twelve signs of the office, the day, four digits."""

from __future__ import annotations

from datetime import date

from django.db import connection

_NEXT = (
    "INSERT INTO incidents_incidentcounter (office_id, day, last) VALUES (%s, %s, 1)"
    " ON CONFLICT (office_id, day) DO UPDATE SET last = incidents_incidentcounter.last + 1 RETURNING last"
)


def next_number(office_id: int, office_code: str, day: date) -> str:
    """Return the office's next number of ``day``; two at once wait for each other and never get the same."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [office_id, day])
        (running,) = cursor.fetchone()
    return f"JQ{office_code[-12:].ljust(12, '0')}{day:%Y%m%d}{running:04d}"
