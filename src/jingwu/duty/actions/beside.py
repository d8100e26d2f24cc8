"""What changes a roster beside the board is kept as a step too: versions tell it, undo leaves it alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import F

from jingwu.duty.models import Roster, RosterChange
from jingwu.journal.actor import Acts

CellStep = tuple[int, date, str, str]
"""Person, day, the shift before and the shift after ("" = off)."""


def keep_step(
    roster_id: int,
    verb: str,
    cells: Iterable[CellStep] = (),
    *,
    by: Acts,
    at: datetime,
    version: int | None = None,
) -> int:
    """Count one more change of a roster and keep it as a step; return the roster's new version.

    Live shifts that change hands, leave, a plan's need and publishing come this way. ``version`` is the
    new version where it is counted already.
    """
    rows = Roster.objects.filter(pk=roster_id)
    if version is None:
        rows.update(version=F("version") + 1)
        version = rows.values_list("version", flat=True).get()
    changed = sorted(cells)
    RosterChange.objects.create(
        roster_id=roster_id,
        version=version,
        verb=verb,
        before=[[person, day.isoformat(), was, False] for person, day, was, _ in changed],
        after=[[person, day.isoformat(), now, False] for person, day, _, now in changed],
        by_id=by.actor.account_id,
        at=at,
    )
    return version
