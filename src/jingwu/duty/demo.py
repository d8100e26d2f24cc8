# catalogue: data - both languages stand side by side
"""Rosters for a demo district: made by turns and published, quick enough for the first start."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from jingwu.duty import actions
from jingwu.duty.models import Roster
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices

WEEKS_BEFORE = 2
WEEKS = 6
DRAFT_WEEKS = 4
REASON = "演示班表:按轮班循环生成"


@transaction.atomic
def ensure_demo(district_code: str, *, by: Acts, at: datetime, draft_office: str = "") -> int:
    """Make shift kinds and publish a lawful roster for every office of the district; return how many.

    The rosters run from the Monday two weeks ago for six weeks. ``draft_office`` also gets a draft for
    the four weeks after. Offices that have a roster for today are left alone, so it may be called again.
    """
    unit = offices.unit(district_code)
    actions.ensure_shift_kinds(district_code, by=by, at=at)
    today = timezone.localdate(at)
    first = _monday(today) - timedelta(weeks=WEEKS_BEFORE)
    last = first + timedelta(weeks=WEEKS, days=-1)
    made = 0
    for office in offices.offices([unit.path]):
        covered = Roster.objects.filter(
            office_id=office.id, state=Roster.State.PUBLISHED, first_day__lte=today, last_day__gte=today
        )
        if covered.exists():
            continue
        roster_id = actions.draft_roster(office.code, first, last, by=by, at=at)
        actions.publish_roster(roster_id, seen=1, reason=REASON, by=by, at=at)
        made += 1
        if office.code == draft_office:
            begin = last + timedelta(days=1)
            actions.draft_roster(
                office.code, begin, begin + timedelta(weeks=DRAFT_WEEKS, days=-1), by=by, at=at
            )
    return made


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
