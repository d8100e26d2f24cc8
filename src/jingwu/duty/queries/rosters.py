"""Which rosters there are: one by its id, an office's, those in force on a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jingwu.duty import models
from jingwu.journal.access import require, scope_paths, within
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import Unknown


@dataclass(frozen=True)
class RosterLine:
    """A roster in a list of versions."""

    id: int
    office_code: str
    office_name: str
    first_day: date
    last_day: date
    state: str
    state_words: str
    version: int
    created_at: datetime
    created_by: str
    published_at: datetime | None
    published_by: str


def roster_row(by: Acts, roster_id: int) -> models.Roster:
    """Return the roster's row for those who may see it.

    Raises: Refusal when there is none; NotAllowed outside the scope.
    """
    rows = models.Roster.objects.select_related("office__unit", "published_by")
    row = rows.filter(pk=roster_id).first()
    if row is None:
        raise Unknown("roster.unknown", "没有这份班表。", "There is no such roster.")
    require(by, "duty.view", org=row)
    return row


def rosters(by: Acts, office_code: str, *, limit: int = 30) -> list[RosterLine]:
    """Return an office's rosters, the newest first."""
    rows = models.Roster.objects.filter(
        within("office__unit__path", scope_paths(by, "duty.view")), office__unit__code=office_code
    )
    rows = rows.select_related("office__unit", "created_by", "published_by").order_by("-pk")
    return [_line(row) for row in rows[:limit]]


def rosters_at(by: Acts, day: date) -> dict[str, list[RosterLine]]:
    """Return, by office code, the rosters in force on ``day`` or later, and the drafts."""
    rows = models.Roster.objects.filter(
        within("office__unit__path", scope_paths(by, "duty.view")),
        last_day__gte=day - timedelta(days=1),
        state__in=["draft", "published"],
    )
    found: dict[str, list[RosterLine]] = defaultdict(list)
    for row in rows.select_related("office__unit", "created_by", "published_by").order_by("first_day", "-pk"):
        found[row.office.unit.code].append(_line(row))
    return found


def current(by: Acts, office_code: str, day: date) -> int | None:
    """Return the roster a chief wants to see first: the newest draft, else the one in force on ``day``."""
    lines = [line for line in rosters(by, office_code) if line.state != "replaced"]
    drafts = [line for line in lines if line.state == "draft" and line.last_day >= day]
    if drafts:
        return drafts[0].id
    running = [line for line in lines if line.first_day <= day <= line.last_day]
    return (running or lines)[0].id if lines else None


def _line(row: models.Roster) -> RosterLine:
    return RosterLine(
        row.pk,
        row.office.unit.code,
        row.office.unit.name,
        row.first_day,
        row.last_day,
        row.state,
        str(row.get_state_display()),
        row.version,
        row.created_at,
        row.created_by.label if row.created_by else "",
        row.published_at,
        row.published_by.label if row.published_by else "",
    )
