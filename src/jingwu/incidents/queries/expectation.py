"""What the demand model expects in a stretch of time, summed over the offices in scope."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Max

from jingwu.engines.response.demand import Expected, Window, expected_over
from jingwu.incidents.models import ExpectedCell
from jingwu.incidents.queries.board_filter import ZONE
from jingwu.journal.access import EVERYWHERE, scope_paths, within
from jingwu.journal.actor import Acts

CACHE_SECONDS = 300.0
Expectations = Mapping[tuple[str, str], Expected]
"""Kind ("" the total, office, category, beat, hour) and code → the count to expect."""


@dataclass(frozen=True, eq=False)
class _Cells:
    """Summed cells of one scope by kind and code: means and excesses (168,) and the spread of days."""

    by_key: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray, float]]


_kept: dict[tuple[tuple[str, ...], int], tuple[float, _Cells]] = {}


def expectation_of(by: Acts, since: datetime, until: datetime, *, with_hours: bool) -> Expectations:
    """Return the counts to expect, empty when none is stored; hours that are covered in part count so."""
    cells = _cells(scope_paths(by, "incidents.analyse", at=until))
    window = window_of(since, until)
    found = {key: expected_over(window, *cell) for key, cell in cells.by_key.items()}
    total = cells.by_key.get(("", ""))
    if total is not None and with_hours:
        hour_of_day = window.hour_of_week % 24
        for hour in range(24):
            inside = hour_of_day == hour
            part = Window(window.hour_of_week[inside], window.share[inside], window.day[inside])
            found["hour", str(hour)] = expected_over(part, *total)
    return found


def window_of(since: datetime, until: datetime) -> Window:
    """Return the hours of the week between two moments, on the offices' own clock."""
    hours: list[int] = []
    shares: list[float] = []
    days: list[int] = []
    start = since
    first = since.astimezone(ZONE).date().toordinal()
    while start < until:
        local = start.astimezone(ZONE)
        whole = local.replace(minute=0, second=0, microsecond=0)
        end = min((whole + timedelta(hours=1)).astimezone(start.tzinfo), until)
        hours.append(local.weekday() * 24 + local.hour)
        shares.append((end - start).total_seconds() / 3600)
        days.append(local.date().toordinal() - first)
        start = end
    return Window(np.array(hours, np.int64), np.array(shares), np.array(days, np.int64))


def _cells(paths: tuple[str, ...]) -> _Cells:
    rows = ExpectedCell.objects.all()
    if EVERYWHERE not in paths:
        rows = rows.filter(within("office__unit__path", paths))
    newest = rows.aggregate(newest=Max("pk"))["newest"] or 0
    kept = _kept.get((paths, newest))
    if kept is not None and time.monotonic() - kept[0] < CACHE_SECONDS:
        return kept[1]
    found: dict[tuple[str, str], tuple[np.ndarray, np.ndarray, float]] = {}
    named = rows.values_list("kind", "code", "office__unit__code", "means", "excesses", "day_dispersion")
    for kind, code, office, means, excesses, spread in named.iterator():
        mean, excess = np.asarray(means), np.asarray(excesses)
        keys = [(kind, code)] if kind != "office" else [("office", office), ("", "")]
        for key in keys:
            before = found.get(key)
            if before is None:
                found[key] = (mean, excess, spread)
            else:
                # the factor of a day is the district's: what offices share does not average out
                found[key] = (before[0] + mean, before[1] + excess, max(before[2], spread))
    cells = _Cells(found)
    if len(_kept) > 64:
        _kept.clear()
    _kept[paths, newest] = (time.monotonic(), cells)
    return cells
