"""Two people at once: real commits, one wins, the other is told; handover by two; holidays; feeds; files."""

from __future__ import annotations

import io
import re
import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from jingwu.duty import actions
from jingwu.duty.holiday_file import read_holidays, read_text
from jingwu.duty.models import Handover, RosterCell, SwapRequest
from jingwu.duty.queries import board as boards
from jingwu.duty.queries import calendar as calendars
from jingwu.duty.queries import handover as handovers
from jingwu.duty.queries.calendar import DayFacts
from jingwu.duty.workbook import write_workbook
from jingwu.norms import load
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal

FIRST = date(2026, 3, 2)


@pytest.mark.django_db(transaction=True)
def test_of_two_chiefs_at_once_one_wins_and_the_other_is_told(
    transactional_db: None, draft: int, crews: dict[str, int], chief: Any, second_chief: Any, now: datetime
) -> None:
    from django.db import connection

    gate = threading.Barrier(2)
    told: list[str] = []

    def edit(who: Any, code: str) -> None:
        gate.wait()
        try:
            actions.set_cell(draft, crews["C1"], FIRST, code, seen=1, by=who, at=now)
            told.append("done")
        except ChangedMeanwhile as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=edit, args=(who, code)) for who, code in ((chief, "B"), (second_chief, ""))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(told) == ["done", "roster.changed_meanwhile"]
    assert boards.board(chief, draft).version == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_swaps_of_one_shift_approved_at_once_one_is_refused(
    transactional_db: None, published: int, crews: dict[str, int], officer: Any, chief: Any,
    second_chief: Any, manager: Any, now: datetime,
) -> None:  # fmt: skip
    from django.db import connection, transaction

    day = date(2026, 3, 11)
    givers = {officer.person_id, crews["O3"], crews["O4"]}
    RosterCell.objects.filter(roster_id=published, day__gt=FIRST).delete()
    _shifted(published, officer.person_id, day, "D")
    swaps = []
    for taker in sorted(givers - {officer.person_id}):
        swap = actions.offer_swap(published, giver_day=day, taker_id=taker, taker_day=day, by=officer, at=now)
        SwapRequest.objects.filter(pk=swap).update(state="accepted")  # both takers have no account
        swaps.append(swap)
    moved, told = threading.Event(), []

    def first() -> None:
        with transaction.atomic():
            actions.approve_swap(swaps[0], by=second_chief, at=now)
            moved.set()
            time.sleep(0.5)  # the second approval begins while the first is not committed
        connection.close()

    def second() -> None:
        moved.wait(10)
        try:
            actions.approve_swap(swaps[1], by=manager, at=now)
        except Refusal as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for act in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert told == ["swap.no_shift"]
    assert RosterCell.objects.filter(roster_id=published, day=day, shift__code="D").count() == 1


def _shifted(published: int, person: int, day: date, code: str) -> None:
    """Give somebody a live shift of a kind on a day, whatever they had."""
    from jingwu.duty.actions import CellChange
    from jingwu.duty.actions.cells import write_cells
    from jingwu.duty.models import Roster

    row = Roster.objects.select_related("office__unit").get(pk=published)
    write_cells(row, [CellChange(person, day, code)], groups={}, is_live=True)


def test_a_handover_is_signed_by_the_leaving_then_the_coming_shift(
    published: int, crews: dict[str, int], officer: Any, auxiliary: Any, chief: Any, second_chief: Any,
    stranger: Any, tree: Any, now: datetime,
) -> None:  # fmt: skip
    for person in crews.values():
        RosterCell.objects.filter(roster_id=published, person_id=person, day=FIRST).delete()
    _shifted(published, officer.person_id, FIRST, "D")
    _shifted(published, auxiliary.person_id, FIRST, "E")
    _shifted(published, crews["C1"], FIRST, "B")  # day work goes on until half past four
    change = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai
    sign = {"change_at": change, "content": {"items": []}, "notes": "三号楼电梯困人已处置", "at": now}
    with pytest.raises(NotAllowed):
        actions.sign_out(tree.office, by=stranger, **sign)
    with pytest.raises(NotAllowed, match="由当班的人签字"):
        actions.sign_out(tree.office, by=auxiliary, **sign)  # of the coming shift
    with pytest.raises(BadInput, match="代签"):
        actions.sign_out(tree.office, by=chief, **sign)  # not on that shift, and gives no reason
    with pytest.raises(BadInput, match="没有班次交替"):
        actions.sign_out(tree.office, by=officer, **{**sign, "change_at": datetime(2027, 1, 1, tzinfo=UTC)})
    with pytest.raises(BadInput, match="没有班次交替"):  # in the middle of a shift
        actions.sign_out(tree.office, by=officer, **{**sign, "change_at": change - timedelta(hours=1)})
    facts = handovers.handover(RosterCell.objects.filter(roster_id=published)[0].roster.office_id, change)
    assert [duty.person_id for duty in facts.leaving] == [officer.person_id]
    assert [duty.person_id for duty in facts.coming] == [auxiliary.person_id]
    handover = actions.sign_out(tree.office, by=officer, **sign)
    with pytest.raises(ChangedMeanwhile):
        actions.sign_out(tree.office, by=officer, **sign)
    with pytest.raises(NotAllowed, match="另一个人"):
        actions.sign_in(handover, by=officer, at=now)
    actions.sign_in(handover, by=auxiliary, at=now)
    row = Handover.objects.get(pk=handover)
    assert (row.out_by_id, row.in_by_id, row.notes) == (officer.pk, auxiliary.pk, "三号楼电梯困人已处置")
    assert (row.out_stand_in, row.in_stand_in) == ("", "")
    with pytest.raises(ChangedMeanwhile):
        actions.sign_in(handover, by=second_chief, at=now, stand_in="晚到")


def test_who_may_not_see_incidents_is_told_nothing_of_the_handover(
    published: int, volunteer: Any, grid_worker: Any, auxiliary: Any, client_for: Any
) -> None:
    for account in (volunteer, grid_worker):
        assert client_for(account).get("/duty/handover/").status_code == 403
        assert "/duty/handover/" not in client_for(account).get("/duty/today/").content.decode()
    assert "/duty/handover/" in client_for(auxiliary).get("/duty/today/").content.decode()


def test_the_chief_signs_for_an_absent_side_with_a_reason_but_never_both(
    published: int, officer: Any, chief: Any, second_chief: Any, tree: Any, now: datetime
) -> None:
    change = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    sign = {"change_at": change, "content": {}, "notes": "", "at": now}
    out = actions.sign_out(tree.office, by=second_chief, stand_in="出警未归", **sign)
    with pytest.raises(NotAllowed, match="另一个人"):
        actions.sign_in(out, by=second_chief, at=now, stand_in="还是我")
    actions.sign_in(out, by=chief, at=now, stand_in="手机没电")
    row = Handover.objects.get(pk=out)
    assert (row.out_stand_in, row.in_by_id) == ("出警未归", chief.pk)


def test_a_years_holidays_are_uploaded_and_what_is_unknown_is_said(
    db: None, manager: Any, chief: Any, now: datetime
) -> None:
    norms = load().at(date(2026, 3, 2))
    assert calendars.year_source(2026, norms).source == "notice"
    assert calendars.year_source(2027, norms).source == "fixed"
    known = calendars.calendar(date(2026, 12, 21), date(2027, 1, 17), norms)
    assert known.known_until == date(2026, 12, 31) and date(2027, 1, 1) in known.holidays
    days = read_text("2027-01-01,元旦,休\n2027/1/2\t元旦\t休\n2027年1月3日,元旦,休\n2027-01-09,,班\n")
    with pytest.raises(NotAllowed):
        actions.upload_holidays(2027, days, by=chief, at=now)
    assert actions.upload_holidays(2027, days, by=manager, at=now) == 4
    known = calendars.calendar(date(2026, 12, 21), date(2027, 1, 17), norms)
    assert known.known_until == date(2027, 12, 31) and date(2027, 1, 9) in known.working_weekends
    assert {date(2027, 1, n) for n in (1, 2, 3)} <= known.holidays
    bad = [DayFacts(date(2026, 1, 1), "", False), DayFacts(date(2027, 1, 4), "", True)]
    with pytest.raises(BadInput) as refused:
        actions.upload_holidays(2027, bad, by=manager, at=now)
    assert [p.code for p in refused.value.problems] == ["holidays.year", "holidays.weekday"]
    assert len(calendars.holidays(2027)) == 4  # nothing lost


def test_a_holiday_file_may_be_gbk_and_bad_rows_are_named() -> None:
    found = read_holidays("日期,名称,类型\n2027-05-01,劳动节,休\n".encode("gb18030"), "a.csv")
    assert found == [DayFacts(date(2027, 5, 1), "劳动节", False)]
    with pytest.raises(BadInput) as refused:
        read_text("2027-01-01,元旦,休\n2027-02-30,怪日,休\n2027-03-01,x,?\n")
    assert [(p.row, p.code) for p in refused.value.problems] == [(2, "holidays.date"), (3, "holidays.kind")]
    with pytest.raises(BadInput, match="Excel"):
        read_holidays(b"not a workbook", "a.xlsx")


def test_the_calendar_feed_parses_back_and_a_new_key_ends_the_old(
    published: int, officer: Any, client_for: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.test import Client
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: now)
    key = actions.make_feed_key(by=officer, at=now)
    answer = Client().get(f"/duty/calendar/{key}.ics")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    cells = RosterCell.objects.filter(person_id=officer.person_id, is_live=True).order_by("start_at")
    assert [(e.decoded("dtstart"), e.decoded("dtend")) for e in events] == [
        (c.start_at, c.end_at) for c in cells
    ]
    assert len({str(e["uid"]) for e in events}) == len(events) > 10
    second = actions.make_feed_key(by=officer, at=now)
    assert Client().get(f"/duty/calendar/{key}.ics").status_code == 404
    assert Client().get(f"/duty/calendar/{second}.ics").status_code == 200
    browser = client_for(officer)
    assert "停用地址" in browser.get("/duty/mine/").content.decode()
    assert browser.post("/duty/mine/calendar/", {"what": "revoke"}).status_code == 302
    assert Client().get(f"/duty/calendar/{second}.ics").status_code == 404
    with pytest.raises(Refusal, match="没有订阅地址"):
        actions.revoke_feed_key(by=officer, at=now)


def test_the_calendar_feed_ends_with_the_account_and_with_the_person(
    published: int, officer: Any, chief: Any, secadmin: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.test import Client
    from django.utils import timezone

    from jingwu.people import actions as people

    monkeypatch.setattr(timezone, "now", lambda: now)
    address = f"/duty/calendar/{actions.make_feed_key(by=officer, at=now)}.ics"

    def status() -> int:
        return Client().get(address).status_code

    people.freeze_account(officer.pk, by=secadmin, at=now, reason="疑似被盗用")
    assert status() == Client().get("/duty/calendar/unknown.ics").status_code == 404
    people.unfreeze_account(officer.pk, by=secadmin, at=now, reason="核实")
    assert status() == 200
    for seen, (day, answer) in enumerate(((FIRST + timedelta(days=1), 200), (FIRST, 404)), start=1):
        people.update_person(officer.person_id, {"left_on": day}, seen=seen, by=chief, at=now)
        assert status() == answer


def test_the_wall_sheet_opens_with_everybody_on_it(published: int, chief: Any) -> None:
    board = boards.board(chief, published)
    sheet = load_workbook(io.BytesIO(write_workbook(board, english=False))).active
    assert "甲一警务室" in sheet["A1"].value
    names = [sheet.cell(row, 2).value for row in range(5, 5 + len(board.rows))]
    assert names == [row.name for row in board.rows]
    signs = [sheet.cell(5, 4 + n).value for n in range(len(board.days))]
    by_code = {kind.code: kind.sign for kind in board.kinds}
    assert signs == [by_code.get(cell.code, "休") for cell in board.rows[0].cells]
    assert sheet.page_setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage
    heads = [sheet.cell(3, 4 + n).value for n in range(len(board.days))]
    assert heads[0] == "3/2" and heads[1:] == [day.day for day in board.days[1:]]
    assert [sheet.cell(4, 4 + n).value for n in range(7)] == list("一二三四五六日")
    below = [sheet.cell(row, 1).value for row in range(5 + len(board.rows), sheet.max_row + 1)]
    assert below[0] == "民警在岗" and "图例" in below[1] and "审核(警务长)" in below[3]
    english = load_workbook(io.BytesIO(write_workbook(board, english=True, paper="a3"))).active
    assert "duty roster" in english["A1"].value and english.page_setup.paperSize == 8
    texts = [cell.value for row in english.iter_rows() for cell in row if isinstance(cell.value, str)]
    names_of = {row.name for row in board.rows}
    assert not [
        t
        for t in texts
        if t not in names_of
        and "甲一" not in t
        and re.search(r"[一-鿿]", t)
        and t not in {row.group.rsplit("-", 1)[-1] for row in board.rows}
        and t != texts[1]
    ]


def test_pages_open_for_who_may_and_the_board_needs_no_query_a_row(
    published: int, chief: Any, officer: Any, manager: Any, stranger: Any, client_for: Any,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    browser = client_for(chief)
    with django_assert_max_num_queries(45):
        page = browser.get(f"/duty/rosters/{published}/")
    assert page.status_code == 200 and "已发布" in page.content.decode()
    for path in ("/duty/today/", "/duty/mine/", "/duty/handover/", "/duty/holidays/", "/duty/requests/",
                 "/notices/",
                 f"/duty/rosters/{published}/?view=week", f"/duty/rosters/{published}/why/",
                 f"/duty/rosters/{published}/excel/", "/duty/mine/leave/", "/duty/mine/swap/"):  # fmt: skip
        assert browser.get(path).status_code == 200, path
    assert client_for(stranger).get(f"/duty/rosters/{published}/").status_code == 403
    assert client_for(manager).get("/duty/roster/").status_code == 200
    assert browser.get("/duty/roster/").status_code == 302


def test_the_check_answers_while_dragging_and_changes_nothing(
    draft: int, crews: dict[str, int], cells: Any, client_for: Any, chief: Any
) -> None:
    found = cells(draft)
    day = next(
        d
        for (p, d), code in sorted(found.items(), key=lambda x: x[0][1])
        if p == crews["officer"] and code == "E" and (p, d + timedelta(days=1)) not in found
    )
    body = {"what": "set", "to": f"{crews['officer']}:{day + timedelta(days=1)}", "code": "N", "seen": 1}
    answer = client_for(chief).post(f"/duty/rosters/{draft}/check/", body, content_type="application/json")
    words = [item["words"] for item in answer.json()["breaches"]]
    assert any("休息不足" in text for text in words)
    assert cells(draft) == found


def test_the_quarter_is_told_to_each_person_beside_the_mean(
    published: int, officer: Any, chief: Any, tree: Any, client_for: Any, now: datetime
) -> None:
    from jingwu.duty.queries.quarter import quarter

    last = date(2026, 3, 29)
    found = quarter(officer.person_id, tree.office_path, last)
    cells = RosterCell.objects.filter(person_id=officer.person_id, is_live=True).select_related("shift")
    assert found.own.nights == sum(cell.shift.is_night for cell in cells) > 0
    assert found.own.minutes == sum(cell.shift.minutes for cell in cells)
    assert found.people == 4 and found.mean is not None and found.mean.nights > 0
    page = client_for(chief).get(f"/duty/rosters/{published}/")
    load = next(r.load for r in boards.board(chief, published).rows if r.person_id == officer.person_id)
    row = next(row for row in page.context["fairness"] if row["name"] == officer.person.name)
    assert row["nights"] == (load.nights, load.nights_total) and "连前季" in page.content.decode()
