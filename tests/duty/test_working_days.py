"""Day work belongs to those who take no turn: no volunteer and no crew with hours to spare frees a clerk."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from jingwu.duty import actions
from jingwu.duty.actions import CellChange
from jingwu.duty.models import Roster, RosterCell
from jingwu.duty.queries.problem import sheet_of
from jingwu.engines.rostering import Demand, solve
from jingwu.engines.rostering.rules import active_rules
from jingwu.engines.rostering.rules.fairness import Fairness
from jingwu.journal.actor import SYSTEM
from jingwu.people import actions as people
from jingwu.terms.people import FundingSource, PersonCategory

MONDAY = date(2026, 3, 9)


def places(draft: int) -> dict[date, int]:
    """Return how many are wanted for day work on each day."""
    return {day: one.preferred for day, one in day_work(draft).items()}


def day_work(draft: int) -> dict[date, Demand]:
    """Return what is asked of day work on each day."""
    problem = sheet_of(Roster.objects.get(pk=draft)).problem
    return {problem.dates[one.day]: one for one in problem.demand if one.shifts == ("B",)}


def test_leave_lowers_what_is_wanted_and_a_sudden_absence_leaves_a_place_open(
    draft: int, crews: dict[str, int], chief: Any, second_chief: Any, now: datetime
) -> None:
    wanted = places(draft)
    assert wanted[MONDAY] == 2 and wanted[MONDAY + timedelta(days=5)] == 0
    asked: dict[str, Any] = {"by": chief, "at": now, "person_id": crews["grid"]}
    leave = actions.request_leave(kind="annual", first_day=MONDAY, last_day=MONDAY, **asked)
    actions.approve_leave(leave, by=second_chief, at=now)
    assert places(draft) == {**wanted, MONDAY: 1}
    next_day = RosterCell.objects.filter(
        roster_id=draft, person_id=crews["grid"], day=MONDAY + timedelta(days=1)
    )
    assert next_day.update(is_absent=True) == 1
    assert places(draft) == {**wanted, MONDAY: 1}
    other = {**asked, "person_id": crews["C1"]}
    actions.approve_leave(
        actions.request_leave(kind="annual", first_day=MONDAY, last_day=MONDAY, **other),
        by=second_chief, at=now,
    )  # fmt: skip
    # nobody left to want, and still no price on whoever comes on an ordinary day
    assert places(draft)[MONDAY] == 0 and day_work(draft)[MONDAY].maximum == 2


def test_a_search_keeps_day_staff_at_work_beside_a_volunteer(
    draft: int, crews: dict[str, int], chief: Any, tree: Any, now: datetime
) -> None:
    volunteer = people.create_people(
        [
            people.NewPerson(
                "V1", "人员 V1", tree.office, PersonCategory.VOLUNTEER, FundingSource.SOCIAL,
                birth_date=date(1960, 1, 1),
            )
        ], by=SYSTEM, at=now,
    )["V1"]  # fmt: skip
    days = [MONDAY + timedelta(days=step) for step in range(5)]
    changes = [CellChange(volunteer, day, "B") for day in days]
    actions.set_cells(draft, changes, seen=1, by=chief, at=now)
    sheet = sheet_of(Roster.objects.get(pk=draft), pin_before=date(2026, 3, 2))
    roster = solve(sheet.problem, seconds=8).roster
    assert roster is not None
    working = [index for index, day in enumerate(sheet.days) if day.weekday() < 5]
    for name in ("C1", "grid"):
        cells = roster.cells[roster.people.index(str(crews[name]))]
        assert all(cells[index] == "B" for index in working)


def test_what_is_shared_fairly_is_compared_among_those_who_take_turns(
    draft: int, crews: dict[str, int], chief: Any
) -> None:
    """Nights, weekends, holidays and hours; a clerk's hours are not an auxiliary's to make up for."""
    problem = sheet_of(Roster.objects.get(pk=draft)).problem
    fair = {rule.spec.id: rule for rule in active_rules(problem) if isinstance(rule, Fairness)}
    assert {(rule.what, rule.tolerance) for rule in fair.values()} == {
        ("nights", 2),
        ("weekends", 1),
        ("holidays", 1),
        ("minutes", 16),
    }
    compared = {int(person.id) for _, person in fair["fair_minutes_contract"].compared(problem)}
    assert {crews["A2"], crews["A3"]} <= compared and not compared & {crews["C1"], crews["grid"]}
