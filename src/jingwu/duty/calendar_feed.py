"""A person's shifts as an iCalendar file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from icalendar import Calendar, Event

from jingwu.duty.queries.own import ShiftFacts


def feed(name: str, shifts: Iterable[ShiftFacts], *, stamp: datetime, english: bool = False) -> bytes:
    """Return the calendar of one person's shifts; an event keeps its id when the shift is moved in time."""
    calendar = Calendar()
    calendar.add("prodid", "-//jingwu//duty//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{name} duty" if english else f"{name} 班表")
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    for shift in shifts:
        event = Event()
        event.add("uid", f"shift-{shift.roster_id}-{shift.day.isoformat()}-{name}@jingwu")
        event.add("dtstamp", stamp)
        event.add("dtstart", shift.start_at)
        event.add("dtend", shift.end_at)
        event.add("summary", shift.kind.name_en if english else shift.kind.name_zh)
        event.add("location", shift.office_name)
        if shift.group:
            event.add("description", shift.group)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
