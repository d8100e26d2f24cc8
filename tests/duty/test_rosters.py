"""Rosters: drafted lawful, refused when unlawful, published over the old one, midnight, 29 February."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from jingwu.duty import actions, queries
from jingwu.duty.actions import CellChange
from jingwu.duty.models import Notice, Roster, RosterCell
from jingwu.duty.queries import board as boards
from jingwu.duty.queries.problem import sheet_of
from jingwu.engines.rostering import check
from jingwu.offices import actions as offices
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 29)


def test_a_draft_by_turns_is_lawful_and_covers_every_hour(draft: int, chief: Any) -> None:
    board = boards.board(chief, draft)
    assert not [b for b in board.breaches if b.severity is Severity.LAW]
    assert all(not day.is_short for day in board.cover)
    # four officers turn, so that every hour of an inner day has one
    assert all(min(day.supply_by_hour) >= 1 for day in board.cover[1:])


@pytest.mark.parametrize(
    ("system", "officers", "auxiliaries"),
    [
        ("four_crews_three_shifts", {"D", "E", "N"}, {"D", "E", "N"}),
        ("twelve_hours", {"D12", "N12"}, {"B"}),  # twelve hours are more than contract staff may work
        ("twenty_four_hours", {"H24"}, {"B"}),
        ("eight_hours", {"D"}, {"D"}),
    ],
)
def test_every_system_has_turns_of_its_own_that_are_lawful_and_leave_no_post_without_an_officer(
    system: str, officers: set[str], auxiliaries: set[str],
    crews: Any, kinds: None, chief: Any, tree: Any, now: datetime,
) -> None:  # fmt: skip
    draft = actions.draft_roster(tree.office, FIRST, LAST, system=system, by=chief, at=now)
    board = boards.board(chief, draft)
    assert not [b for b in board.breaches if b.severity is Severity.LAW]
    assert all(not day.is_short for day in board.cover[1:])  # a night before the first day is not on it
    worked: dict[PersonCategory, set[str]] = {}
    for row in board.rows:
        worked.setdefault(row.category, set()).update(cell.code for cell in row.cells if cell.code)
    assert worked[PersonCategory.OFFICER] == officers
    assert worked[PersonCategory.AUX_DUTY] == auxiliaries
    assert officers | {"B"} <= {kind.code for kind in board.kinds}


@pytest.mark.parametrize("places", [1, 2, 3, 4])
def test_turns_of_every_system_keep_the_firm_norms(places: int, chief: Any, tree: Any) -> None:
    """Two rounds of each cycle, for officers: rest between shifts, days and nights in a row, a free day."""
    from jingwu.offices.local_norms import norms_for

    norms = norms_for(tree.office_path, FIRST)
    kinds = norms.value("rostering.shifts.kinds")
    for system, turns in norms.value("duty.turns").items():
        cycle = [*turns[str(places)]]
        assert {code for code in cycle if code not in ("", "B", "S")} <= set(
            norms.value("duty.systems")[system]
        )
        twice = cycle * 3
        ends = -1e9
        for day, code in enumerate(twice):
            if code and code != "S":
                hour, minute = map(int, kinds[code]["start"].split(":"))
                begins = 1440 * day + 60 * hour + minute
                assert begins - ends >= 660, (system, places, day)
                ends = begins + int(kinds[code]["minutes"])
            if day and twice[day - 1] and kinds[twice[day - 1]]["night"]:
                assert not code or kinds[code]["night"], (system, places, day)
        assert max(len(run) for run in "".join("x" if code else " " for code in twice).split()) <= 6


def test_drafting_is_the_chiefs_and_of_the_own_office(
    crews: Any, kinds: None, auxiliary: Any, stranger: Any, tree: Any, now: datetime
) -> None:
    for somebody in (auxiliary, stranger):
        with pytest.raises(NotAllowed):
            actions.draft_roster(tree.office, FIRST, LAST, by=somebody, at=now)


def test_days_systems_and_needs_that_make_no_sense_are_refused(
    crews: Any, kinds: None, chief: Any, tree: Any, now: datetime
) -> None:
    bad = [
        {"first_day": LAST, "last_day": FIRST},
        {"first_day": FIRST, "last_day": FIRST + timedelta(days=90)},
        {"first_day": FIRST, "last_day": LAST, "system": "nine_shifts"},
        {"first_day": FIRST, "last_day": LAST, "need": {"crews_by_hour": [1] * 167}},
        {"first_day": FIRST, "last_day": LAST, "need": {"crews_by_hour": [-1] * 168}},
    ]
    for wrong in bad:
        with pytest.raises(BadInput):
            actions.draft_roster(tree.office, by=chief, at=now, **wrong)
    assert not Roster.objects.exists()


def test_an_office_without_people_or_kinds_is_told(
    chief: Any, manager: Any, tree: Any, now: datetime
) -> None:
    with pytest.raises(BadInput, match="班次"):
        actions.draft_roster(tree.office, FIRST, LAST, by=chief, at=now)
    actions.ensure_shift_kinds(tree.district, by=manager, at=now)
    assert actions.ensure_shift_kinds(tree.district, by=manager, at=now) == 0
    with pytest.raises(NotAllowed):
        actions.ensure_shift_kinds(tree.district, by=chief, at=now)


def test_29_february_is_a_day_like_others(
    crews: Any, kinds: None, chief: Any, tree: Any, now: datetime
) -> None:
    roster = actions.draft_roster(tree.office, date(2028, 2, 21), date(2028, 3, 5), by=chief, at=now)
    board = boards.board(chief, roster)
    assert date(2028, 2, 29) in board.days and len(board.days) == 14
    assert RosterCell.objects.filter(roster_id=roster, day=date(2028, 2, 29)).exists()
    assert board.calendar.known_until == date(2026, 12, 31)  # of later years no table is known: told


def test_a_plans_need_asks_for_more(draft: int, chief: Any, tree: Any, now: datetime) -> None:
    assert actions.publish_need(tree.office, {"crews_by_hour": [3.0] * 168}, plan_id=7, by=chief, at=now) == [
        draft
    ]
    board = boards.board(chief, draft)
    assert board.plan_id == 7 and board.version == 2
    assert all(day.is_short for day in board.cover)  # demand beyond strength: open, ranked, nothing lost
    assert board.open_shifts and board.open_shifts[0].harm >= board.open_shifts[-1].harm
    with pytest.raises(ChangedMeanwhile):
        actions.set_cell(draft, board.rows[0].person_id, FIRST, "", seen=1, by=chief, at=now)


def test_an_unlawful_drag_shows_and_cannot_be_published(
    draft: int, crews: dict[str, int], cells: Any, chief: Any, now: datetime
) -> None:
    found = cells(draft)
    # an auxiliary on an attended shift with no officer beside
    changes = [
        CellChange(person, FIRST, "D" if person == crews["auxiliary"] else "")
        for person in (crews["chief"], crews["officer"], crews["O3"], crews["O4"], crews["auxiliary"])
    ]
    version = actions.set_cells(draft, changes, seen=1, by=chief, at=now)
    laws = [b for b in boards.board(chief, draft).breaches if b.severity is Severity.LAW]
    assert any(b.kind == "officer_on_post" for b in laws)
    with pytest.raises(Refusal, match="没有民警") as refused:
        actions.publish_roster(draft, seen=version, reason="无论如何", by=chief, at=now)
    assert "without any officer" in refused.value.message_en
    assert Roster.objects.get(pk=draft).state == "draft"
    assert actions.undo(draft, seen=version, by=chief, at=now) == version + 1
    assert cells(draft) == found


def test_a_broken_norm_needs_a_reason(
    draft: int, crews: dict[str, int], cells: Any, chief: Any, now: datetime
) -> None:
    found = cells(draft)
    day = next(d for (p, d), code in sorted(found.items(), key=lambda x: x[0][1])
               if p == crews["officer"] and code == "E" and d < LAST)  # fmt: skip
    version = actions.set_cell(
        draft, crews["officer"], day + timedelta(days=1), "N", seen=1, by=chief, at=now
    )
    with pytest.raises(BadInput, match="休息不足"):
        actions.publish_roster(draft, seen=version, by=chief, at=now)
    actions.publish_roster(draft, seen=version, reason="大型活动", by=chief, at=now)
    row = Roster.objects.get(pk=draft)
    assert (row.state, row.published_reason) == ("published", "大型活动")


def test_publishing_tells_everybody_and_makes_on_duty_true(
    published: int, crews: dict[str, int], now: datetime
) -> None:
    on = queries.on_duty(now)
    assert on and {duty.office_code for duty in on} == {"9901010101"}
    assert any(duty.category is PersonCategory.OFFICER for duty in on)
    assert Notice.objects.filter(person_id=crews["auxiliary"]).count() == 1
    with pytest.raises(Refusal, match="已发布"):
        actions.set_cell(published, crews["auxiliary"], FIRST, "", seen=2, by=_chief(), at=now)


def _chief() -> Any:
    from jingwu.people import queries as people

    return people.account_named("chief")


def test_a_shift_that_crosses_midnight_belongs_to_its_first_day(
    crews: dict[str, int], kinds: None, chief: Any, tree: Any, now: datetime
) -> None:
    roster = actions.draft_roster(tree.office, FIRST, LAST, system="twelve_hours", by=chief, at=now)
    rows = RosterCell.objects.filter(roster_id=roster)
    changes = [CellChange(p, d, "") for p, d in rows.values_list("person_id", "day")]
    changes = [c for c in changes if (c.person_id, c.day) != (crews["officer"], date(2026, 3, 3))]
    version = actions.set_cells(
        roster, [*changes, CellChange(crews["officer"], date(2026, 3, 3), "N12")], seen=1, by=chief, at=now
    )
    actions.publish_roster(roster, seen=version, reason="试验", by=chief, at=now)
    two_at_night = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)  # 02:00 on 4 March in Shanghai
    assert [duty.person_id for duty in queries.on_duty(two_at_night)] == [crews["officer"]]
    assert queries.on_duty(datetime(2026, 3, 4, 0, 0, tzinfo=UTC)) == ()  # 08:00: over
    assert queries.on_duty(datetime(2026, 3, 3, 11, 59, tzinfo=UTC)) == ()


def test_staff_under_contract_work_eleven_hours_a_day_at_most_unless_the_unit_says_otherwise(
    draft: int, crews: dict[str, int], chief: Any, manager: Any, manager2: Any, tree: Any,
    client_for: Any, now: datetime,
) -> None:  # fmt: skip
    """Eight hours and three of overtime (Labour Law §41); officers are under their own rules."""
    day = FIRST + timedelta(days=6)

    def laws(person: int, code: str) -> list[str]:
        sheet = sheet_of(Roster.objects.select_related("office__unit").get(pk=draft))
        found = check(sheet.problem, sheet.with_cells({(person, day): code}))
        return [breach.words_zh for breach in found if breach.kind == "day_minutes"]

    def page(roster: int) -> str:
        return client_for(chief).get(f"/duty/rosters/{roster}/").content.decode()

    twelve = actions.draft_roster(
        tree.office,
        LAST + timedelta(days=1),
        LAST + timedelta(days=28),
        system="twelve_hours",
        by=chief,
        at=now,
    )
    assert "长白班、通宵班超过合同制人员一天 11 小时的上限" in page(twelve) and "上限" not in page(draft)
    (words,) = laws(crews["A2"], "D12")
    assert "12 小时" in words and "最多 11 小时" in words
    assert laws(crews["A2"], "E") == [] == laws(crews["officer"], "H24") == laws(crews["A2"], "S")
    asked = offices.propose_norm(
        tree.district, key="rostering.limits.contract_overtime_day_minutes", start=FIRST, value=240,
        reference="综合计算工时批复", reason="十二小时两班", by=manager, at=now,
    )  # fmt: skip
    offices.approve_norm(asked, by=manager2, at=now)
    assert laws(crews["A2"], "D12") == [] and "上限" not in page(twelve)


def test_a_new_roster_replaces_the_part_it_covers(
    published: int, chief: Any, tree: Any, now: datetime, cells: Any
) -> None:
    middle = date(2026, 3, 16)
    after = actions.draft_roster(tree.office, middle, LAST + timedelta(days=14), by=chief, at=now)
    actions.publish_roster(after, seen=1, reason="续排", by=chief, at=now)
    old = Roster.objects.get(pk=published)
    assert (old.state, old.last_day) == ("published", date(2026, 3, 15))
    live = RosterCell.objects.filter(is_live=True)
    assert not live.filter(roster_id=published, day__gte=middle).exists()
    assert live.filter(roster_id=published, day=date(2026, 3, 15)).exists()
    again = actions.revise_roster(after, by=chief, at=now)
    assert cells(again) == cells(after)
    actions.publish_roster(again, seen=1, reason="修订", by=chief, at=now)
    assert Roster.objects.get(pk=after).state == "replaced"  # kept, with its cells
    assert cells(after) == cells(again)


def test_two_live_shifts_at_once_are_refused_by_the_database(
    published: int, crews: dict[str, int], cells: Any, chief: Any, tree: Any, now: datetime
) -> None:
    # 24 h of duty from the last day of one roster run into the first morning of the next
    first = LAST + timedelta(days=1)
    RosterCell.objects.filter(roster_id=published, person_id=crews["officer"], day=LAST).delete()
    from jingwu.duty.actions.cells import new_cell
    from jingwu.duty.models import ShiftKind

    row = Roster.objects.get(pk=published)
    long = ShiftKind.objects.get(code="H24")
    new_cell(row, CellChange(crews["officer"], LAST, "H24"), long, is_live=True).save()
    nxt = actions.draft_roster(tree.office, first, first + timedelta(days=6), by=chief, at=now)
    version = actions.set_cell(nxt, crews["officer"], first, "N", seen=1, by=chief, at=now)
    with pytest.raises(Refusal, match=r"不能发布|同时上两个班"):
        actions.publish_roster(nxt, seen=version, reason="试验", by=chief, at=now)
    assert Roster.objects.get(pk=nxt).state == "draft"


def test_a_pin_survives_a_search_and_leave_is_kept_free(
    draft: int, crews: dict[str, int], cells: Any, chief: Any, second_chief: Any, officer: Any, now: datetime
) -> None:
    from jingwu.duty.queries.problem import sheet_of
    from jingwu.engines.rostering import solve

    leave = actions.request_leave(
        kind="annual", first_day=date(2026, 3, 10), last_day=date(2026, 3, 12), by=officer, at=now
    )
    actions.approve_leave(leave, by=second_chief, at=now)
    version = Roster.objects.get(pk=draft).version
    target = next(d for (p, d), code in sorted(cells(draft).items()) if p == crews["O3"] and code == "D")
    actions.pin_cell(draft, crews["O3"], target, is_pinned=True, seen=version, by=chief, at=now)
    row = Roster.objects.select_related("office__unit").get(pk=draft)
    sheet = sheet_of(row, pin_before=FIRST)
    found = solve(sheet.problem, seconds=3, seed=1, gap=0.5, start=sheet.roster)
    assert found.roster is not None and found.lawful
    assert found.roster.at(str(crews["O3"]), (target - FIRST).days) == "D"
    assert all(found.roster.at(str(crews["officer"]), day) == "" for day in (8, 9, 10))
    assert not [b for b in check(sheet.problem, found.roster) if b.severity is Severity.LAW]


def test_a_search_puts_up_only_kinds_that_are_asked_for(draft: int) -> None:
    from jingwu.duty.queries.problem import sheet_of

    row = Roster.objects.select_related("office__unit").get(pk=draft)
    searched, judged = sheet_of(row, pin_before=FIRST).problem, sheet_of(row).problem
    asked = {code for item in judged.demand for code in item.shifts}
    assert "H24" in judged.shift_by_code and "H24" not in asked
    assert "H24" not in searched.shift_by_code and asked <= set(searched.shift_by_code)


def test_a_clerk_or_grid_worker_never_stands_on_an_attended_post(
    draft: int, crews: dict[str, int], chief: Any, now: datetime
) -> None:
    version = actions.set_cell(draft, crews["grid"], FIRST, "D", seen=1, by=chief, at=now)
    with pytest.raises(Refusal, match="人员类别"):
        actions.publish_roster(draft, seen=version, reason="缺人", by=chief, at=now)


def test_the_quarter_before_counts_holidays_of_the_old_year_and_no_weekend_worked_instead(
    crews: Any, kinds: None, chief: Any, tree: Any, now: datetime
) -> None:
    first, last = date(2026, 10, 3), date(2026, 10, 11)  # 10 October is a Saturday worked instead
    published = actions.draft_roster(tree.office, first, last, by=chief, at=now)
    actions.publish_roster(published, seen=1, reason="照发", by=chief, at=now)
    roster = actions.draft_roster(tree.office, date(2027, 1, 1), date(2027, 1, 14), by=chief, at=now)
    days = RosterCell.objects.filter(roster_id=published)
    free = [date(2026, 10, 3), date(2026, 10, 4), date(2026, 10, 11)]
    for person in boards.board(chief, roster).problem.people:
        mine = days.filter(person_id=int(person.id))
        assert person.history.holidays == mine.filter(day__lte=date(2026, 10, 7)).count()
        weekends = {day.isocalendar().week for day in mine.filter(day__in=free).values_list("day", flat=True)}
        assert person.history.weekends == len(weekends)
    assert any(p.history.holidays for p in boards.board(chief, roster).problem.people)
