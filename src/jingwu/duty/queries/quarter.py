"""What one person carried in the rolling quarter, beside the mean of their colleagues."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from jingwu.duty import models
from jingwu.duty.queries.calendar import calendar
from jingwu.duty.queries.carried import Carried, carried
from jingwu.offices.local_norms import norms_for


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
    days_off = calendar(first, last, norms)
    worked: dict[int, list[tuple[date, models.ShiftKind]]] = defaultdict(list)
    categories: dict[int, str] = {}
    for cell in cells:
        worked[cell.person_id].append((cell.day, cell.shift))
        categories[cell.person_id] = cell.person.category
    own = carried(worked[person_id], days_off)
    mine = categories.get(person_id)
    alike = [carried(worked[person], days_off) for person, category in categories.items() if category == mine]
    return Quarter(first, last, own, _mean(alike) if alike else None, len(alike))


def _mean(found: list[Carried]) -> Carried:
    n = len(found)
    return Carried(
        sum(one.nights for one in found) / n,
        sum(one.weekends for one in found) / n,
        sum(one.holidays for one in found) / n,
        sum(one.minutes for one in found) / n,
    )
