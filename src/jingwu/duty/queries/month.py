"""An office's month: counted minutes, shifts and nights of everybody, and the rest in lieu they are owed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from jingwu.duty import models
from jingwu.duty.queries.calendar import calendar
from jingwu.duty.queries.carried import carried
from jingwu.duty.queries.staff import MANY, ORDER
from jingwu.engines.rostering import Calendar
from jingwu.offices.local_norms import norms_for
from jingwu.people import queries as people
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class MonthRow:
    """One person's month; minutes are counted ones, ``owed_minutes`` the balance of the ledger."""

    person_id: int
    name: str
    category: PersonCategory
    shifts: int
    nights: int
    holidays: int
    minutes: int
    absences: int
    owed_minutes: int


@dataclass(frozen=True)
class Line:
    """One line of the ledger with whose it is."""

    id: int
    person_name: str
    day: date
    minutes: int
    reason: str
    by: str
    is_reversal: bool
    is_reversed: bool


def month(path: str, first: date, last: date) -> tuple[MonthRow, ...]:
    """Return the month of everybody of the office at ``path``, in a handful of statements."""
    staff = people.people([path], on=first)
    ids = [person.id for person in staff]
    cells = models.RosterCell.objects.filter(person_id__in=ids, is_live=True, day__gte=first, day__lte=last)
    worked: dict[int, list[models.RosterCell]] = defaultdict(list)
    for cell in cells.select_related("shift"):
        worked[cell.person_id].append(cell)
    sums = models.CompRestLine.objects.filter(person_id__in=ids).order_by().values_list("person_id")
    owed = dict(sums.annotate(Sum("minutes")))
    days_off = calendar(first, last, norms_for(path, first))
    staff.sort(
        key=lambda person: (ORDER.index(person.category) if person.category in ORDER else MANY, person.code)
    )
    return tuple(_row(person, worked[person.id], days_off, owed.get(person.id, 0)) for person in staff)


def _row(
    person: people.PersonFacts, cells: list[models.RosterCell], days_off: Calendar, owed: int
) -> MonthRow:
    done = [(cell.day, cell.shift) for cell in cells if not cell.is_absent]
    load = carried(done, days_off)
    return MonthRow(
        person.id,
        person.name,
        person.category,
        len(done),
        int(load.nights),
        int(load.holidays),
        int(load.minutes),
        len(cells) - len(done),
        owed,
    )


def lines(path: str, *, limit: int = 60) -> tuple[Line, ...]:
    """Return the newest lines of the office's ledger."""
    rows = models.CompRestLine.objects.filter(person__unit__path=path).order_by("-pk")
    found = list(rows.select_related("person", "created_by", "reversed_by")[:limit])
    return tuple(
        Line(
            row.pk,
            row.person.name,
            row.day,
            row.minutes,
            row.reason,
            row.created_by.label if row.created_by else "",
            row.reverses_id is not None,
            hasattr(row, "reversed_by"),
        )
        for row in found
    )
