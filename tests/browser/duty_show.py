"""A small district with a plan, for the show of the duty room: facts, accounts, who swaps with whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from cast import CAST_PASSWORD

from jingwu.journal.actor import SYSTEM
from jingwu.terms.people import AccountRole, PersonCategory


def plan_for(tree: Any, manager: Any, at: datetime) -> int:
    """Bring in a synthetic district, compute a plan and submit it for approval; return its id."""
    from jingwu.duty import actions as duty
    from jingwu.planning import actions
    from jingwu.planning.demo_district import synthetic
    from jingwu.planning.district import FactReport
    from jingwu.planning.jobs import compute_plan

    facts = actions.bring_in_facts(
        synthetic(offices=3, people=60, calls=1500), FactReport(accepted=True), org_code=tree.district,
        name="演示", source="合成", by=SYSTEM, at=at,
    )  # fmt: skip
    actions.adopt_facts(facts, by=SYSTEM, at=at)
    duty.ensure_shift_kinds(tree.district, by=SYSTEM, at=at)
    params = {"replications": 3, "target_minutes": 8}
    plan = actions.request_plan(facts, name="冬季方案", params=params, seed=7, by=manager, at=at)
    compute_plan(plan)
    actions.submit_plan(plan, by=manager, at=at)
    return plan


def account_of(person: Any, role: AccountRole, at: datetime) -> Any:
    """Make the account of somebody on the staff."""
    from jingwu.people import actions

    account = actions.create_account(
        sign_in_name=person.code, label=person.name, password=CAST_PASSWORD, person_id=person.pk, by=SYSTEM,
        at=at, must_change_password=False,
    )  # fmt: skip
    actions.grant_role(account.pk, role, unit_code=person.unit.code, by=SYSTEM, at=at)
    account.forget_grants()
    return account


def crews_of(path: str) -> dict[PersonCategory, list[Any]]:
    """Return the officers and duty auxiliaries of an office."""
    from jingwu.people.models import Person

    rows = Person.objects.filter(unit__path=path).select_related("unit").order_by("code")
    found: dict[PersonCategory, list[Any]] = {}
    for row in rows:
        found.setdefault(PersonCategory(row.category), []).append(row)
    return found


def lawful_swaps(roster_id: int, people: list[int], after: date) -> Iterator[tuple[int, int, date]]:
    """Yield (giver, taker, day): two of one category whose different shifts of a day may be exchanged."""
    from jingwu.duty.actions.guarding import new_breaches
    from jingwu.duty.models import Roster
    from jingwu.duty.queries.problem import sheet_of

    sheet = sheet_of(Roster.objects.select_related("office__unit").get(pk=roster_id))
    category = {person.id: person.category for person in sheet.team}
    for day in (after + timedelta(days=n) for n in range(1, 20)):
        for giver in people:
            for taker in (one for one in people if category[one] is category[giver]):
                mine, theirs = sheet.cells.get((giver, day)), sheet.cells.get((taker, day))
                if giver == taker or not mine or not theirs or mine == theirs:
                    continue
                if not new_breaches(sheet, {(giver, day): theirs, (taker, day): mine}):
                    yield giver, taker, day


def needed_officers(roster_id: int, now: datetime) -> list[Any]:
    """Return the coming cells whose officer is the only one of a shift that needs one, by time."""
    from jingwu.duty.models import Roster, RosterCell
    from jingwu.duty.queries.cover import cover
    from jingwu.duty.queries.problem import sheet_of

    sheet = sheet_of(Roster.objects.select_related("office__unit").get(pk=roster_id))
    alone = {
        (item.day, post.code)
        for item in cover(sheet)
        for post in item.posts
        if post.officers == post.officers_least == 1
    }
    cells = RosterCell.objects.filter(
        roster_id=roster_id, is_absent=False, person__category=PersonCategory.OFFICER,
        end_at__gt=now, start_at__lte=now + timedelta(hours=30),
    )  # fmt: skip
    found = cells.select_related("shift").order_by("start_at")
    return [cell for cell in found if (cell.day, cell.shift.code) in alone]
