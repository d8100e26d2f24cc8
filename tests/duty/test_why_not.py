"""'Why not' with a way out for each: fewer places, a norm that gives way, pins let go, leave taken back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from jingwu.duty import actions
from jingwu.duty.actions import CellChange
from jingwu.duty.models import Leave, Notice, Roster, RosterCell
from jingwu.duty.queries import board as boards
from jingwu.duty.queries import relaxing
from jingwu.journal import queries as journal
from jingwu.terms.refusal import ChangedMeanwhile, NotAllowed, Refusal

FIRST = date(2026, 3, 2)


def _version(roster: int) -> int:
    return Roster.objects.get(pk=roster).version


def _apply(roster: int, way: Any, by: Any, now: datetime) -> int:
    return actions.relax_roster(
        roster, way.rule_id, way.subjects, way.amount, seen=_version(roster), by=by, at=now
    )


def test_demand_beyond_strength_names_the_shifts_and_asking_for_less_answers_again(
    draft: int, chief: Any, officer: Any, tree: Any, now: datetime
) -> None:
    actions.publish_need(tree.office, {"crews_by_hour": [2.0] * 168}, plan_id=7, by=chief, at=now)
    found = relaxing.ask(chief, draft, today=FIRST)
    assert not found.is_possible and not found.is_lawless
    assert any(reason.rule_id == "cover" and "班" in reason.words.zh for reason in found.reasons)
    assert any("shift" in reason.words.en for reason in found.reasons)  # in English without Chinese shifts
    way = next(way for way in found.ways if way.rule_id == "cover")
    assert way.can_apply and all(post.count(":") == 1 for post in way.subjects)
    with pytest.raises(NotAllowed):
        _apply(draft, way, officer, now)  # an officer drafts, the chief decides what gives way
    with pytest.raises(ChangedMeanwhile):
        actions.relax_roster(draft, "cover", way.subjects, 1, seen=1, by=chief, at=now)
    before = len(boards.board(chief, draft).open_shifts)
    _apply(draft, way, chief, now)
    board = boards.board(chief, draft)
    assert len(board.open_shifts) < before and set(board.relaxed["cover"]) == set(way.subjects)
    again = relaxing.ask(chief, draft, today=FIRST)
    assert again.version == board.version and again.ways != found.ways
    actions.restore_rule(draft, "cover", seen=board.version, by=chief, at=now)
    assert len(boards.board(chief, draft).open_shifts) == before


def test_what_gave_way_is_a_step_to_undo_and_only_who_decides_undoes_it(
    draft: int, crews: dict[str, int], chief: Any, officer: Any, now: datetime
) -> None:
    def relaxed() -> Any:
        return Roster.objects.get(pk=draft).relaxed

    asked: dict[str, Any] = {"by": chief, "at": now}
    actions.set_cell(draft, crews["O3"], date(2026, 3, 11), "E", seen=1, **asked)
    posts = ["2026-03-12:N"]
    actions.relax_roster(draft, "cover", posts, 1, seen=2, **asked)
    actions.relax_roster(draft, "min_rest", [], 1, seen=3, **asked)
    actions.restore_rule(draft, "cover", seen=4, **asked)
    with pytest.raises(NotAllowed):
        actions.undo(draft, seen=5, by=officer, at=now)
    assert relaxed() == {"rules": ["min_rest"]} and _version(draft) == 5
    actions.undo(draft, seen=5, **asked)
    assert relaxed() == {"cover": {posts[0]: 1}, "rules": ["min_rest"]}
    actions.undo(draft, seen=6, **asked)
    actions.undo(draft, seen=7, **asked)
    assert relaxed() == {} and RosterCell.objects.filter(roster_id=draft, day=date(2026, 3, 11)).exists()
    with pytest.raises(NotAllowed):
        actions.redo(draft, seen=8, by=officer, at=now)  # taking it again lets it give way again
    actions.redo(draft, seen=8, **asked)
    actions.redo(draft, seen=9, **asked)
    assert relaxed() == {"cover": {posts[0]: 1}, "rules": ["min_rest"]}
    board = boards.board(chief, draft)
    assert board.can_undo and board.version == 10


def test_pins_that_contradict_a_norm_are_named_and_either_may_give_way(
    draft: int, crews: dict[str, int], chief: Any, now: datetime
) -> None:
    person, day = crews["O3"], date(2026, 3, 11)
    changes = [CellChange(person, day, "E", True), CellChange(person, day + timedelta(days=1), "N", True)]
    actions.set_cells(draft, changes, seen=1, by=chief, at=now)
    found = relaxing.ask(chief, draft, today=FIRST)
    assert found.is_lawless and found.is_minimal
    assert {reason.rule_id for reason in found.reasons} == {"pins", "min_rest"}
    by_rule = {way.rule_id: way for way in found.ways}
    assert by_rule["pins"].can_apply and by_rule["min_rest"].can_apply
    assert "法定" not in by_rule["min_rest"].words.zh  # a firm norm is no law
    _apply(draft, by_rule["min_rest"], chief, now)
    assert Roster.objects.get(pk=draft).relaxed["rules"] == ["min_rest"]
    assert not relaxing.ask(chief, draft, today=FIRST).is_lawless
    actions.restore_rule(draft, "min_rest", seen=_version(draft), by=chief, at=now)
    _apply(draft, by_rule["pins"], chief, now)
    assert not RosterCell.objects.filter(roster_id=draft, is_pinned=True).exists()
    assert not relaxing.ask(chief, draft, today=FIRST).is_lawless
    verbs = [line.verb for line in journal.of_record("duty", "roster", draft)]
    assert verbs.count("roster.relax") == 2 and verbs.count("roster.restore_rule") == 1


def test_a_law_never_gives_way_and_leave_only_with_notice(
    draft: int, officer: Any, chief: Any, second_chief: Any, now: datetime
) -> None:
    with pytest.raises(Refusal, match="法定"):
        actions.relax_roster(draft, "officer_on_post", [], 1, seen=1, by=chief, at=now)
    leave = actions.request_leave(
        kind="annual", first_day=date(2026, 3, 10), last_day=date(2026, 3, 12), by=officer, at=now
    )
    actions.approve_leave(leave, by=second_chief, at=now)
    person = str(officer.person_id)
    actions.relax_roster(draft, "leave", [person], 3, seen=_version(draft), by=second_chief, at=now)
    assert Leave.objects.get(pk=leave).state == "refused"
    assert Notice.objects.filter(person_id=officer.person_id, text_zh__contains="已收回").exists()
    with pytest.raises(Refusal, match="没有可调整"):
        actions.relax_roster(draft, "leave", [person], 3, seen=_version(draft), by=second_chief, at=now)


def test_the_page_asks_relaxes_and_restores(
    draft: int, chief: Any, auxiliary: Any, tree: Any, client_for: Any, now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: now)
    actions.publish_need(tree.office, {"crews_by_hour": [2.0] * 168}, plan_id=7, by=chief, at=now)
    browser = client_for(chief)
    page = browser.get(f"/duty/rosters/{draft}/ask/")
    assert page.status_code == 200 and "排不满" in page.content.decode()
    way = next(way for way in page.context["ways"] if way["rule"] == "cover")
    body = {"rule": "cover", "subjects": way["subjects"], "amount": way["amount"], "seen": 2}
    assert client_for(auxiliary).post(f"/duty/rosters/{draft}/relax/", body).status_code == 403
    assert browser.post(f"/duty/rosters/{draft}/relax/", body).status_code == 302
    board = browser.get(f"/duty/rosters/{draft}/").content.decode()
    assert "已放宽" in board and "追问" in board
    assert browser.post(f"/duty/rosters/{draft}/restore/", {"rule": "cover", "seen": 3}).status_code == 302
    assert "已放宽" not in browser.get(f"/duty/rosters/{draft}/").content.decode().split("toast")[0]


def test_a_search_that_finds_nothing_says_why_on_the_board(
    draft: int,
    crews: dict[str, int],
    chief: Any,
    client_for: Any,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from django.utils import timezone

    from jingwu.duty.jobs import solve_roster
    from jingwu.duty.models import SolveRun

    monkeypatch.setattr(timezone, "localdate", lambda *_: FIRST)
    person, day = crews["O3"], date(2026, 3, 11)
    changes = [CellChange(person, day, "E", True), CellChange(person, day + timedelta(days=1), "N", True)]
    version = actions.set_cells(draft, changes, seen=1, by=chief, at=now)
    run = actions.request_solve(draft, seen=version, by=chief, at=now, seconds=3)
    solve_roster.func(run)
    row = SolveRun.objects.get(pk=run)
    assert row.state == "failed" and row.failure["code"] == "solve.impossible"
    page = client_for(chief).get(f"/duty/rosters/{draft}/").content.decode()
    assert "求解没有结果" in page and "已固定的班次" in page and "追问" in page
    actions.undo(draft, seen=version, by=chief, at=now)
    assert "求解没有结果" not in client_for(chief).get(f"/duty/rosters/{draft}/").content.decode()
