"""Versions: undo and redo, two versions side by side, and the way back to an older one."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest

from jingwu.duty import actions
from jingwu.duty.models import Notice, Roster, RosterCell, SwapRequest
from jingwu.duty.queries import board as boards
from jingwu.duty.queries import swapping, versions
from jingwu.duty.queries.steps import cells_at
from jingwu.journal import queries as journal
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal

DAY = date(2026, 3, 5)


def test_undone_steps_are_taken_again_until_a_newer_step_makes_them_void(
    draft: int, crews: dict[str, int], cells: Any, chief: Any, now: datetime
) -> None:
    who = {"by": chief, "at": now}
    person, start = crews["C1"], cells(draft)
    seen = actions.set_cell(draft, person, DAY, "", seen=1, **who)
    seen = actions.set_cell(draft, person, date(2026, 3, 6), "D", seen=seen, **who)
    changed = cells(draft)
    with pytest.raises(Refusal, match="没有可重做"):
        actions.redo(draft, seen=seen, **who)
    seen = actions.undo(draft, seen=seen, **who)
    seen = actions.undo(draft, seen=seen, **who)
    assert cells(draft) == start
    board = boards.board(chief, draft)
    assert not board.can_undo and board.can_redo
    seen = actions.redo(draft, seen=seen, **who)
    assert (person, DAY) not in cells(draft) and cells(draft) != changed  # the first step first
    seen = actions.redo(draft, seen=seen, **who)
    assert cells(draft) == changed
    seen = actions.undo(draft, seen=seen, **who)
    seen = actions.set_cell(draft, person, date(2026, 3, 9), "", seen=seen, **who)
    with pytest.raises(Refusal, match="没有可重做"):
        actions.redo(draft, seen=seen, **who)


def test_two_versions_side_by_side_and_back_to_the_older(
    draft: int, crews: dict[str, int], cells: Any, chief: Any, auxiliary: Any, now: datetime
) -> None:
    who = {"by": chief, "at": now}
    start = cells(draft)
    free = next(date(2026, 3, n) for n in range(2, 29) if (crews["O3"], date(2026, 3, n)) not in start)
    seen = actions.set_cell(draft, crews["O3"], free, "N", seen=1, **who)
    seen = actions.set_cell(draft, crews["C1"], DAY, "", seen=seen, **who)
    found = versions.compare(chief, f"{draft}.1", f"{draft}.{seen}")
    assert (found.cells, found.people) == (2, 2)
    row = next(row for row in found.rows if row.person_id == crews["O3"])
    assert (row.differences, row.nights, row.minutes) == (1, 1, 480)
    assert ("", "N") in {(before, after) for _, before, after in row.cells}
    assert [line.verb for line in versions.lines(chief, draft)] == ["roster.set", "roster.set"]
    with pytest.raises(NotAllowed):
        actions.go_back(draft, 1, seen=seen, by=auxiliary, at=now)
    with pytest.raises(ChangedMeanwhile):
        actions.go_back(draft, 1, seen=seen - 1, **who)
    with pytest.raises(BadInput):
        actions.go_back(draft, seen, seen=seen, **who)
    after = cells(draft)
    seen = actions.go_back(draft, 1, seen=seen, **who)
    assert cells(draft) == start and Roster.objects.get(pk=draft).version == seen == 4
    assert journal.of_record("duty", "roster", draft)[0].verb == "roster.go_back"
    assert versions.compare(chief, f"{draft}.3", f"{draft}.4").cells == 2  # the version left is still there
    actions.undo(draft, seen=seen, **who)
    assert cells(draft) == after


def test_what_was_proved_is_told_until_a_shift_or_the_need_changes(
    draft: int, crews: dict[str, int], chief: Any, manager: Any, tree: Any, client_for: Any, now: datetime
) -> None:
    from jingwu.duty.actions import solving
    from jingwu.duty.models import SolveRun

    def told() -> bool:
        page = client_for(chief).get(f"/duty/rosters/{draft}/").content.decode()
        assert ("与最优至多差 0.9%" in page) is bool(boards.board(chief, draft).solved)
        return "与最优至多差 0.9%" in page

    who = {"by": chief, "at": now}

    def solved(seen: int) -> None:
        run = SolveRun.objects.create(
            roster_id=draft, seen_version=seen, seconds=1, created_at=now, state="running"
        )
        found = {"status": "feasible", "objective": 9, "gap": 0.009, "seconds": 3.9}
        solving.finish_solve(run.pk, {}, objective=9, gap=0.009, solved=found, **who)

    assert not told()
    solved(1)
    assert told()
    seen = actions.set_cell(draft, crews["C1"], DAY, "", seen=1, **who)
    assert not told()
    solved(seen)
    assert told()
    actions.publish_need(tree.office, {"crews_by_hour": [1] * 168}, plan_id=7, by=manager, at=now)
    assert not told()
    solved(seen + 1)
    actions.publish_roster(draft, seen=seen + 1, reason="试验", **who)
    assert told()


def test_the_way_back_is_offered_where_a_shift_differs(
    draft: int, crews: dict[str, int], chief: Any, client_for: Any, now: datetime
) -> None:
    who = {"by": chief, "at": now}
    seen = actions.relax_roster(
        draft, "min_rest", [], 1, seen=1, **who
    )  # no shift differs from the first version
    page = client_for(chief).get(f"/duty/rosters/{draft}/versions/").content.decode()
    assert "放宽" in page and "回到第" not in page
    seen = actions.set_cell(draft, crews["C1"], DAY, "", seen=seen, **who)
    seen = actions.set_cell(draft, crews["C1"], date(2026, 3, 6), "", seen=seen, **who)
    actions.undo(draft, seen=seen, **who)
    page = client_for(chief).get(f"/duty/rosters/{draft}/versions/").content.decode()
    offered = {int(number) for number in re.findall(r'name="version" value="(\d+)"', page)}
    assert offered == {1, 2, 4}  # the third is as now, for the step after it was taken back


def test_a_revision_is_compared_with_what_is_in_force(
    published: int, crews: dict[str, int], chief: Any, stranger: Any, client_for: Any, now: datetime
) -> None:
    revision = actions.revise_roster(published, by=chief, at=now)
    actions.set_cell(revision, crews["C1"], DAY, "", seen=1, by=chief, at=now)
    browser = client_for(chief)
    page = browser.get(f"/duty/rosters/{revision}/versions/").content.decode()
    assert "两个版本有 1 格不同,涉及 1 人" in page and "回到此版" in page
    assert browser.get(f"/duty/rosters/{revision}/versions/?a=x&b=1").status_code == 422
    assert client_for(stranger).get(f"/duty/rosters/{revision}/versions/").status_code == 403
    body = {"version": 1, "seen": 2}
    assert browser.post(f"/duty/rosters/{revision}/back/", body).status_code == 302
    assert "两个版本完全一样" in browser.get(f"/duty/rosters/{revision}/versions/").content.decode()


def test_a_revision_is_compared_with_what_is_in_force_not_with_what_was_replaced(
    published: int, chief: Any, client_for: Any, now: datetime
) -> None:
    second = actions.revise_roster(published, by=chief, at=now)
    actions.publish_roster(second, seen=1, reason="轮班", by=chief, at=now)
    third = actions.revise_roster(second, by=chief, at=now)
    browser = client_for(chief)
    page = browser.get(f"/duty/rosters/{third}/versions/")
    assert page.context["before"] == f"{second}.2" and page.context["after"] == f"{third}.1"
    assert browser.get(f"/duty/rosters/{second}/versions/").context["before"] == f"{second}.1"


def test_versions_say_what_gave_way_and_what_is_in_force_again(
    draft: int, chief: Any, client_for: Any, now: datetime
) -> None:
    who = {"by": chief, "at": now}
    actions.relax_roster(draft, "min_rest", [], 1, seen=1, **who)
    actions.relax_roster(draft, "cover", ["2026-03-12:N", "2026-03-13:N"], 2, seen=2, **who)
    actions.undo(draft, seen=3, **who)
    actions.redo(draft, seen=4, **who)
    actions.restore_rule(draft, "min_rest", seen=5, **who)

    def told(before: int, after: int) -> list[tuple[str, bool]]:
        found = versions.compare(chief, f"{draft}.{before}", f"{draft}.{after}").eased
        return [(one.rule_id, one.is_eased) for one in found]

    assert told(1, 2) == [("min_rest", True)] and told(2, 1) == [("min_rest", False)]
    assert told(1, 3) == [("min_rest", True), ("cover", True)]
    assert told(3, 4) == [("cover", False)]  # taken back, and taken again
    assert told(3, 5) == [] and told(4, 5) == [("cover", True)]
    assert told(5, 6) == [("min_rest", False)] and told(1, 6) == [("cover", True)]
    steps = [[(one.rule_id, one.is_eased) for one in line.eased] for line in versions.lines(chief, draft)]
    assert steps == [
        [("min_rest", False)],
        [("cover", True)],
        [("cover", False)],
        [("cover", True)],
        [("min_rest", True)],
    ]
    page = client_for(chief).get(f"/duty/rosters/{draft}/versions/?a={draft}.1&b={draft}.6").content.decode()
    assert "两个版本的班完全一样,放宽的不同。" in page and "放宽:2 个班次少排" in page
    assert "恢复:最短休息" in page and "放宽:最短休息" in page
    with pytest.raises(BadInput, match="各班与现在没有不同"):
        actions.go_back(draft, 1, seen=6, **who)


def test_a_roster_in_force_tells_every_change_since_and_what_it_was_before(
    draft: int, crews: dict[str, int], officer: Any, chief: Any, second_chief: Any, manager: Any, cells: Any,
    client_for: Any, now: datetime,
) -> None:  # fmt: skip
    who = {"by": chief, "at": now}
    was = {1: cells(draft)}

    def keep() -> None:
        was[Roster.objects.get(pk=draft).version] = cells(draft)

    actions.publish_roster(draft, seen=1, reason="轮班", **who)
    keep()
    clerk = RosterCell.objects.get(roster_id=draft, person_id=crews["C1"], day=DAY)
    actions.call_absent(clerk.pk, reason="发烧", **who)
    keep()
    free = next(p for p in crews.values() if (p, DAY) not in cells(draft) and p != crews["C1"])
    actions.take_open_shift(draft, day=DAY, code="B", person_id=free, **who)
    keep()
    mine = [day for (person, day) in cells(draft) if person == officer.person_id and day > date(2026, 3, 16)]
    leave = actions.request_leave(
        kind="annual", first_day=min(mine), last_day=min(mine), by=officer, at=now, reason="家事"
    )
    actions.approve_leave(leave, **who)
    keep()
    swap = next(
        day for (person, day), code in sorted(cells(draft).items(), key=lambda item: item[0][1])
        if person == officer.person_id and day > date(2026, 3, 4)
        and swapping.options(draft, person, day, now)
        and swapping.options(draft, person, day, now)[0].kind
    )  # fmt: skip
    option = swapping.options(draft, officer.person_id, swap, now)[0]
    offer = actions.offer_swap(
        draft, giver_day=swap, taker_id=option.person_id, taker_day=option.day, by=officer, at=now
    )
    SwapRequest.objects.filter(pk=offer).update(state="accepted")
    actions.approve_swap(offer, by=second_chief, at=now)
    keep()
    row = Roster.objects.get(pk=draft)
    assert sorted(was) == [1, 2, 3, 4, 5, 6] and row.version == 6
    for version, held in was.items():
        assert {key: code for key, (code, _) in cells_at(row, version).items()} == held, version
    verbs = [line.verb for line in versions.lines(chief, draft)]
    assert verbs == ["swap.approve", "leave.approve", "open.take", "absence.call", "roster.publish"]
    page = client_for(chief).get(f"/duty/rosters/{draft}/versions/?a={draft}.2&b={draft}.4").content.decode()
    assert "两个版本有 2 格不同,涉及 2 人" in page and "顶班" in page and "缺勤" in page


def test_going_back_or_undoing_puts_nobody_to_work_who_got_leave_meanwhile(
    draft: int, crews: dict[str, int], officer: Any, chief: Any, manager: Any, cells: Any, now: datetime
) -> None:
    who = {"by": chief, "at": now}
    mine = (officer.person_id, next(d for p, d in sorted(cells(draft)) if p == officer.person_id and d > DAY))
    clerk = (crews["C1"], DAY)
    changes = [actions.CellChange(*mine, ""), actions.CellChange(*clerk, "")]
    seen = actions.set_cells(draft, changes, seen=1, **who)
    seen = actions.set_cell(draft, *mine, "E", seen=seen, **who)
    leave = actions.request_leave(
        kind="annual", first_day=mine[1], last_day=mine[1], by=officer, at=now, reason="家事"
    )
    actions.approve_leave(leave, **who)
    assert mine not in cells(draft) and versions.lines(chief, draft)[0].verb == "leave.approve"
    seen = actions.undo(draft, seen=seen + 1, **who)  # the evening shift
    seen = actions.undo(draft, seen=seen, **who)  # both cells emptied
    assert mine not in cells(draft) and clerk in cells(draft)
    seen = actions.redo(draft, seen=seen, **who)
    seen = actions.go_back(draft, 1, seen=seen, **who)
    assert mine not in cells(draft) and clerk in cells(draft)
    with pytest.raises(BadInput, match="没有不同"):
        actions.go_back(draft, 1, seen=seen, **who)


def test_a_plans_need_is_told_among_the_versions_but_is_no_step_to_undo(
    draft: int, tree: Any, chief: Any, manager: Any, now: datetime
) -> None:
    actions.publish_need(tree.office, {"crews_by_hour": [1] * 168}, plan_id=7, by=manager, at=now)
    assert [line.verb for line in versions.lines(chief, draft)] == ["roster.need"]
    (told,) = Notice.objects.filter(person_id=chief.person_id)
    assert "方案已批准:03-02 起" in told.text_zh and told.url == f"/duty/rosters/{draft}/"
    with pytest.raises(Refusal, match="没有可撤销"):
        actions.undo(draft, seen=2, by=chief, at=now)
