"""What cannot be used is named and explained in words, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jingwu.duty import actions
from jingwu.duty.models import Leave, Roster, RosterCell, ShiftKind
from jingwu.duty.queries import board as boards
from jingwu.duty.queries import relaxing
from jingwu.duty.queries.problem import sheet_of
from jingwu.journal.actor import SYSTEM
from jingwu.terms.people import FundingSource, PersonCategory
from jingwu.terms.refusal import BadInput, Refusal

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 29)


def _row(roster: int) -> Any:
    return Roster.objects.select_related("office__unit").get(pk=roster)


def test_demand_beyond_strength_is_told_on_the_board_and_solved_as_far_as_it_goes(
    draft: int, chief: Any, tree: Any, cells: Any, client_for: Any, now: datetime
) -> None:
    from jingwu.engines.rostering import solve

    actions.publish_need(tree.office, {"crews_by_hour": [9.0] * 168}, plan_id=7, by=chief, at=now)
    page = client_for(chief).get(f"/duty/rosters/{draft}/").content.decode()
    assert "要您决定" in page and "民警不足" in page
    said = [breach.words_en for breach in boards.board(chief, draft).breaches if breach.kind == "cover"]
    assert any("officers" in words for words in said) and not any("警" in words for words in said)
    before = cells(draft)
    sheet = sheet_of(_row(draft), pin_before=FIRST)
    found = solve(sheet.problem, seconds=20, seed=1, gap=0.9, start=sheet.roster)
    assert found.roster is not None and found.lawful and found.open_shifts  # a partial roster, ranked
    assert found.open_shifts[0].harm >= found.open_shifts[-1].harm
    assert "空缺" in found.open_shifts[0].words_zh and cells(draft) == before


def test_people_without_a_category_are_named_and_nothing_is_drafted(
    crews: dict[str, int], kinds: None, chief: Any, tree: Any, client_for: Any, now: datetime
) -> None:
    from jingwu.people.models import Person

    Person.objects.filter(pk=crews["A3"]).update(category="")
    with pytest.raises(BadInput, match=r"没有人员类别.*人员 A3") as refused:
        actions.draft_roster(tree.office, FIRST, LAST, by=chief, at=now)
    assert "A3" in refused.value.message_en and not Roster.objects.exists()
    body = {"first_day": "2026-03-02", "last_day": "2026-03-29", "system": "eight_hours"}
    answer = client_for(chief).post(f"/duty/offices/{tree.office}/rosters/", body)
    assert answer.status_code == 422 and "没有人员类别" in answer.content.decode()


def test_overlapping_leave_names_the_days_and_keeps_the_first(
    crews: dict[str, int], officer: Any, client_for: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: now)
    browser = client_for(officer)
    body = {"kind": "annual", "first_day": "2026-03-10", "last_day": "2026-03-12", "reason": "家事"}
    assert browser.post("/duty/mine/leave/", body).status_code == 302
    answer = browser.post("/duty/mine/leave/", {**body, "first_day": "2026-03-12", "last_day": "2026-03-14"})
    assert answer.status_code == 422 and "重叠" in answer.content.decode()
    assert Leave.objects.get().first_day == date(2026, 3, 10)


def test_a_rule_set_that_contradicts_itself_names_the_rules(draft: int, chief: Any) -> None:
    row = _row(draft)
    sheet = sheet_of(row, pin_before=FIRST)

    def asking(days_off: int) -> Any:
        rules = tuple(
            replace(rule, parameters={"minimum": days_off})
            for rule in sheet.problem.rules
            if rule.kind == "weekly_rest"
        )
        return replace(sheet, problem=replace(sheet.problem, rules=rules))

    with pytest.raises(BadInput, match="weekly_rest_officer"):
        asking(7)  # a week without work is no rule for a roster
    found = relaxing.answer(row, asking(6))  # one shift a week, and every post filled
    assert not found.is_possible and not found.is_lawless
    named = {reason.rule_id for reason in found.reasons}
    assert "cover" in named and named & {"weekly_rest_officer", "weekly_rest_contract"}
    assert all(reason.words.zh and reason.words.en for reason in found.reasons)


@pytest.mark.parametrize("minutes", [0, 1800])
def test_a_shift_of_no_length_or_of_thirty_hours_is_named(
    tree: Any, now: datetime, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    from jingwu.duty.actions import kinds
    from jingwu.norms import Norms

    real = Norms.value

    def value(self: Any, key: str) -> Any:
        found = real(self, key)
        return (
            {**found, "D": {**found["D"], "minutes": minutes}} if key == "rostering.shifts.kinds" else found
        )

    monkeypatch.setattr(kinds.Norms, "value", value)
    with pytest.raises(BadInput, match=f"“D”时长 {minutes // 60} 小时") as refused:
        actions.ensure_shift_kinds(tree.district, by=SYSTEM, at=now)
    assert refused.value.problems[0].column == "minutes" and not ShiftKind.objects.exists()


def test_a_skill_nobody_has_is_named_where_it_is_asked_for(
    draft: int, chief: Any, client_for: Any, now: datetime
) -> None:
    ShiftKind.objects.filter(code="N").update(skills=["水上救生"])
    board = boards.board(chief, draft)
    assert any("水上救生" in breach.words_zh for breach in board.breaches)
    with pytest.raises(Refusal, match="水上救生"):
        actions.publish_roster(draft, seen=1, reason="照发", by=chief, at=now)
    assert "水上救生" in client_for(chief).get(f"/duty/rosters/{draft}/").content.decode()


def test_29_february_is_on_the_board_the_page_and_in_the_sheet(
    crews: Any, kinds: None, chief: Any, tree: Any, client_for: Any, now: datetime
) -> None:
    roster = actions.draft_roster(tree.office, date(2028, 2, 1), date(2028, 2, 29), by=chief, at=now)
    browser = client_for(chief)
    page = browser.get(f"/duty/rosters/{roster}/").content.decode()
    assert ":2028-02-29" in page and ":2028-03-01" not in page
    assert browser.get(f"/duty/rosters/{roster}/excel/").status_code == 200
    body = {"first_day": "2027-02-29", "last_day": "2027-03-05", "system": "eight_hours"}
    answer = browser.post(f"/duty/offices/{tree.office}/rosters/", body)  # no such day in 2027
    assert answer.status_code == 422 and "2027-02-29" in answer.content.decode()


def test_a_month_with_a_holiday_nobody_uploaded_says_so_and_assumes_the_fixed_days(
    crews: Any, kinds: None, chief: Any, tree: Any, client_for: Any, now: datetime
) -> None:
    roster = actions.draft_roster(tree.office, date(2027, 1, 1), date(2027, 1, 31), by=chief, at=now)
    page = client_for(chief).get(f"/duty/rosters/{roster}/").content.decode()
    assert "只按固定日期推算" in page and "上传放假表" in page
    assert date(2027, 1, 1) in boards.board(chief, roster).calendar.holidays


def test_the_second_of_two_chiefs_is_told_on_the_page_and_loses_nothing(
    draft: int, crews: dict[str, int], chief: Any, second_chief: Any, client_for: Any, cells: Any
) -> None:
    key = f"{crews['C1']}:{FIRST}"
    first = {"what": "set", "to": key, "code": "", "seen": 1}
    address = f"/duty/rosters/{draft}/change/"
    assert client_for(chief).post(address, first, content_type="application/json").status_code == 200
    after = cells(draft)
    second = client_for(second_chief).post(
        address, {**first, "code": "B"}, content_type="application/json", HTTP_ACCEPT="application/json"
    )
    assert second.status_code == 409 and "刚被别人改过" in second.json()["message"]
    assert cells(draft) == after


def test_the_boards_statements_do_not_grow_with_the_people(
    draft: int, chief: Any, tree: Any, client_for: Callable[[Any], Any], now: datetime
) -> None:
    from jingwu.people import actions as people

    browser = client_for(chief)

    def count() -> tuple[int, int]:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert browser.get(f"/duty/rosters/{draft}/").status_code == 200
        return len(seen), len(boards.board(chief, draft).rows)

    count()
    statements, rows = count()
    more = [
        people.NewPerson(f"Z{n:03}", f"人员 Z{n:03}", tree.office, PersonCategory.AUX_DUTY,
                         FundingSource.SOCIAL, birth_date=date(1990, 1, 1))
        for n in range(40)
    ]  # fmt: skip
    ids = people.create_people(more, by=SYSTEM, at=now)
    kind = ShiftKind.objects.get(code="B")
    from jingwu.duty.actions.cells import CellChange, new_cell

    RosterCell.objects.bulk_create(
        new_cell(_row(draft), CellChange(person, FIRST + timedelta(days=n), "B"), kind)
        for person in ids.values()
        for n in range(5)
    )
    again, more_rows = count()
    assert more_rows == rows + 40
    assert again == statements


def test_days_out_of_reach_and_posts_that_are_none_are_told(
    draft: int, chief: Any, tree: Any, client_for: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: now)
    browser = client_for(chief)
    for month in ("0001-01", "9999-12", "x"):
        assert browser.get(f"/duty/ledger/?month={month}").context["first"] == date(2026, 3, 1)
    body = {"first_day": "9999-12-01", "last_day": "9999-12-31", "system": "eight_hours"}
    assert browser.post(f"/duty/offices/{tree.office}/rosters/", body).status_code == 422
    for page in ("mine/leave/", "ledger/", f"offices/{tree.office}/rosters/"):
        assert 'type="date"' in browser.get(f"/duty/{page}").content.decode()
    for subjects in (["2026-03-05:X"], ["2027-03-05:N"], ["N"]):
        with pytest.raises(BadInput, match="读不懂"):
            actions.relax_roster(draft, "cover", subjects, 1, seen=1, by=chief, at=now)
    address, kind = f"/duty/rosters/{draft}/change/", "application/json"
    for content in (
        '{"seen": Infinity}',
        "[" * 100_000,
        '{"seen": 1, "cells": [[1e999, "2026-03-05", "N"]]}',
    ):
        assert browser.post(address, content, content_type=kind).status_code == 422
