"""What one person carried in the rolling quarter, beside the mean of their colleagues."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from jingwu.duty import models
from jingwu.duty.queries.calendar import calendar
from jingwu.offices.local_norms import norms_for

SATURDAY = 5


@dataclass(frozen=True)
class Carried:
    """Nights, weekends and holidays worked, and counted minutes; means of colleagues are fractions."""

    nights: float
    weekends: float
    holidays: float
    minutes: float


@dataclass(frozen=True)
class Quarter:
    """The days from ``first`` to ``last``: one's own load and the mean of ``people`` of the same category."""

    first: date
    last: date
    own: Carried
    mean: Carried | None
    people: int


def quarter(person_id: int, path: str, last: date) -> Quarter:
    """Return somebody's load of the rolling quarter that ends on ``last``, in a few statements."""
    norms = norms_for(path, last)
    first = last - timedelta(days=int(norms.value("duty.history_days")) - 1)
    cells = models.RosterCell.objects.filter(
        roster__office__unit__path=path, is_live=True, is_absent=False, day__gte=first, day__lte=last
    ).select_related("shift", "person")
    holidays = calendar(first, last, norms).holidays
    worked: dict[int, list[models.RosterCell]] = defaultdict(list)
    for cell in cells:
        worked[cell.person_id].append(cell)
    own = _carried(worked.get(person_id, []), holidays)
    mine = next((cell.person.category for cell in worked.get(person_id, [])), "")
    others = [_carried(found, holidays) for found in worked.values() if found[0].person.category == mine]
    return Quarter(first, last, own, _mean(others) if others else None, len(others))


def _carried(cells: list[models.RosterCell], holidays: frozenset[date]) -> Carried:
    weekends = {
        cell.day - timedelta(days=cell.day.weekday()) for cell in cells if cell.day.weekday() >= SATURDAY
    }
    return Carried(
        sum(cell.shift.is_night for cell in cells),
        len(weekends),
        sum(cell.day in holidays for cell in cells),
        sum(round(cell.shift.minutes * cell.shift.counted_share) for cell in cells),
    )


def _mean(found: list[Carried]) -> Carried:
    n = len(found)
    return Carried(
        sum(one.nights for one in found) / n,
        sum(one.weekends for one in found) / n,
        sum(one.holidays for one in found) / n,
        sum(one.minutes for one in found) / n,
    )
