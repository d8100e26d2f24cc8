"""The holiday table of a year, as uploaded from the State Council's notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from jingwu.duty.models import Holiday
from jingwu.duty.queries.calendar import DayFacts
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import BadInput, InputProblem

WEEKEND = 5


@transaction.atomic
def upload_holidays(year: int, days: Sequence[DayFacts], *, by: Acts, at: datetime) -> int:
    """Replace the table of a year and return how many days it has.

    Raises: BadInput with one problem a row: another year, a day twice, a worked day that is no weekend.
    """
    require(by, "duty.holidays")
    problems = _problems(year, days)
    if problems or not days:
        raise BadInput(
            "holidays.bad",
            f"{year} 年的表有 {len(problems) or 1} 处问题,没有保存。",
            f"The table of {year} has {len(problems) or 1} problems and was not stored.",
            problems=problems,
        )
    before = list(Holiday.objects.filter(day__year=year).values_list("day", "name", "is_working"))
    Holiday.objects.filter(day__year=year).delete()
    Holiday.objects.bulk_create(Holiday(day=d.day, name=d.name, is_working=d.is_working) for d in days)
    ref = journal.RecordRef("duty", "holidays", str(year))
    journal.record(
        "holidays.upload",
        by=by,
        at=at,
        record=ref,
        details={"days": len(days)},
        before={"days": [[str(day), name, work] for day, name, work in before]},
        after={"days": [[str(d.day), d.name, d.is_working] for d in days]},
    )
    return len(days)


def _problems(year: int, days: Sequence[DayFacts]) -> list[InputProblem]:
    found = []
    seen: set[date] = set()
    for number, facts in enumerate(days, 2):
        wrong = None
        if facts.day.year != year:
            wrong = ("holidays.year", f"不是 {year} 年的日子", f"is not in {year}")  # as is
        elif facts.day in seen:
            wrong = ("holidays.twice", "出现两次", "is stated twice")  # as is
        elif facts.is_working and facts.day.weekday() < WEEKEND:
            wrong = (
                "holidays.weekday",
                "调休上班日应是周末",  # as is
                "is worked instead but is no weekend day",
            )  # as is
        seen.add(facts.day)
        if wrong:
            found.append(InputProblem("holidays", number, "day", *wrong, str(facts.day), blocking=True))
    return found
