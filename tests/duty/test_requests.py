"""Leave, swaps, absence, open shifts, 补休: every step accepted once, refused where it must be, and told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jingwu.duty import actions, queries
from jingwu.duty.models import CompRestLine, Leave, Notice, RosterCell, SwapRequest
from jingwu.duty.queries import own
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal

DAY = date(2026, 3, 18)


def ask(by: Any, at: datetime, first: date = DAY, days: int = 2, kind: str = "annual") -> int:
    return actions.request_leave(
        kind=kind, first_day=first, last_day=first + timedelta(days=days), by=by, at=at, reason="家事"
    )


def test_leave_is_asked_for_approved_by_another_and_opens_the_shifts(
    published: int, officer: Any, chief: Any, now: datetime
) -> None:
    worked = RosterCell.objects.filter(
        roster_id=published, person_id=officer.person_id, day__gte=DAY, day__lte=DAY + timedelta(days=2)
    )
    before = worked.count()
    leave = ask(officer, now)
    with pytest.raises(NotAllowed):
        actions.approve_leave(leave, by=officer, at=now)
    assert own.pending(chief).count == 1
    assert actions.approve_leave(leave, by=chief, at=now) == before > 0
    assert not worked.filter(is_absent=False).exists()
    assert "已批准" in own.notices(officer.person_id)[0].zh
    with pytest.raises(ChangedMeanwhile):
        actions.approve_leave(leave, by=chief, at=now)


def test_overlapping_leave_backwards_days_and_the_past_are_refused(
    crews: Any, officer: Any, now: datetime
) -> None:
    ask(officer, now)
    with pytest.raises(BadInput, match="重叠"):
        ask(officer, now, DAY + timedelta(days=1))
    ask(officer, now, DAY + timedelta(days=3))  # the next day does not overlap
    with pytest.raises(BadInput, match="开始日"):
        ask(officer, now, days=-1)
    with pytest.raises(BadInput, match="过去"):
        ask(officer, now, date(2026, 1, 5))
    small_hours = datetime(2026, 3, 17, 16, 30, tzinfo=UTC)  # 00:30 of the 18th in the offices
    with pytest.raises(BadInput, match="过去"):
        ask(officer, small_hours, date(2026, 3, 17), days=0)
    with pytest.raises(BadInput, match="没有这种假"):
        ask(officer, now, kind="sabbatical")
    assert Leave.objects.count() == 2


def test_a_chiefs_own_leave_is_decided_by_somebody_else(
    crews: Any, chief: Any, manager: Any, stranger: Any, now: datetime
) -> None:
    leave = ask(chief, now)
    with pytest.raises(NotAllowed, match="别人"):
        actions.approve_leave(leave, by=chief, at=now)
    with pytest.raises(NotAllowed):
        actions.approve_leave(leave, by=stranger, at=now)
    with pytest.raises(BadInput, match="理由"):
        actions.refuse_leave(leave, reason=" ", by=manager, at=now)
    actions.refuse_leave(leave, reason="当日有安保", by=manager, at=now)
    assert "当日有安保" in own.notices(chief.person_id)[0].zh


def test_only_a_waiting_request_of_ones_own_is_withdrawn(
    crews: Any, officer: Any, auxiliary: Any, chief: Any, now: datetime
) -> None:
    leave = ask(officer, now)
    with pytest.raises(NotAllowed):
        actions.withdraw_leave(leave, by=auxiliary, at=now)
    actions.withdraw_leave(leave, by=officer, at=now)
    with pytest.raises(ChangedMeanwhile):
        actions.approve_leave(leave, by=chief, at=now)
    ask(officer, now)  # the days are free again


def lawful_swap(roster: int, officer: Any, taker: int, cells: dict[Any, str], now: datetime) -> int:
    """Offer the first swap of two officers' shifts of the same day that the rules allow."""
    for (person, day), code in sorted(cells.items(), key=lambda item: item[0][1]):
        if person != officer.person_id or day <= date(2026, 3, 4):
            continue
        theirs = cells.get((taker, day))
        if theirs and theirs != code:
            try:
                return actions.offer_swap(
                    roster, giver_day=day, taker_id=taker, taker_day=day, by=officer, at=now
                )
            except Refusal:
                continue
    raise AssertionError("no lawful swap in the fixture")


def test_a_swap_goes_through_three_people_and_reaches_the_notice(
    published: int, officer: Any, chief: Any, second_chief: Any, auxiliary: Any, cells: Any, now: datetime
) -> None:
    found = cells(published)
    swap = lawful_swap(published, officer, chief.person_id, found, now)
    row = SwapRequest.objects.get(pk=swap)
    with pytest.raises(NotAllowed, match="不是问您"):
        actions.accept_swap(swap, by=auxiliary, at=now)
    with pytest.raises(ChangedMeanwhile):
        actions.approve_swap(swap, by=second_chief, at=now)  # not accepted yet
    actions.accept_swap(swap, by=chief, at=now)
    with pytest.raises(NotAllowed, match="别人"):
        actions.approve_swap(swap, by=chief, at=now)  # one of the two
    actions.approve_swap(swap, by=second_chief, at=now)
    after = cells(published)
    day = row.giver_day
    assert after[chief.person_id, day] == found[officer.person_id, day]
    assert after[officer.person_id, day] == found[chief.person_id, day]
    assert after.keys() == found.keys()
    for person in (officer.person_id, chief.person_id):
        assert "换班已批准" in own.notices(person)[0].zh
        assert "Swap approved" in own.notices(person)[0].en
    middle = RosterCell.objects.get(roster_id=published, person_id=officer.person_id, day=day)
    assert officer.person_id in {duty.person_id for duty in queries.on_duty(middle.start_at)}


def test_a_swap_that_leaves_a_post_without_an_officer_is_refused(
    published: int, officer: Any, auxiliary: Any, cells: Any, now: datetime
) -> None:
    found = cells(published)
    aux = auxiliary.person_id
    day = next(
        d for p, d in sorted(found, key=lambda key: key[1])
        if p == officer.person_id and d > date(2026, 3, 4) and (aux, d) not in found
    )  # fmt: skip
    with pytest.raises(Refusal, match="不合法"):
        actions.offer_swap(published, giver_day=day, taker_id=aux, taker_day=day, by=officer, at=now)
    free = next(date(2026, 3, n) for n in range(5, 29) if (officer.person_id, date(2026, 3, n)) not in found)
    with pytest.raises(BadInput, match="没有您的班"):
        actions.offer_swap(published, giver_day=free, taker_id=aux, taker_day=free, by=officer, at=now)
    with pytest.raises(BadInput, match="另一人"):
        actions.offer_swap(
            published, giver_day=day, taker_id=officer.person_id, taker_day=day, by=officer, at=now
        )
    assert not SwapRequest.objects.exists()


def test_a_declined_or_withdrawn_swap_changes_nothing(
    published: int, officer: Any, chief: Any, second_chief: Any, cells: Any, now: datetime
) -> None:
    found = cells(published)
    swap = lawful_swap(published, officer, chief.person_id, found, now)
    actions.decline_swap(swap, by=chief, at=now)
    with pytest.raises(ChangedMeanwhile):
        actions.accept_swap(swap, by=chief, at=now)
    again = lawful_swap(published, officer, chief.person_id, found, now)
    actions.accept_swap(again, by=chief, at=now)
    with pytest.raises(BadInput, match="理由"):
        actions.refuse_swap(again, reason="", by=second_chief, at=now)
    actions.refuse_swap(again, reason="人手不够", by=second_chief, at=now)
    assert cells(published) == found


def test_somebody_called_absent_is_off_duty_and_a_lawful_stand_in_takes_over(
    published: int, crews: dict[str, int], officer: Any, chief: Any, now: datetime
) -> None:
    cell = RosterCell.objects.filter(roster_id=published, shift__code="B", day=date(2026, 3, 5)).first()
    assert cell is not None
    actions.call_absent(cell.pk, reason="发烧", by=chief, at=now)
    assert cell.person_id not in {duty.person_id for duty in queries.on_duty(cell.start_at)}
    with pytest.raises(ChangedMeanwhile):
        actions.call_absent(cell.pk, reason="发烧", by=chief, at=now)
    busy = RosterCell.objects.filter(roster_id=published, day=cell.day, is_absent=False).first()
    assert busy is not None
    with pytest.raises(BadInput, match="已有班"):
        actions.take_open_shift(published, day=cell.day, code="B", person_id=busy.person_id, by=chief, at=now)
    working = set(
        RosterCell.objects.filter(roster_id=published, day=cell.day).values_list("person_id", flat=True)
    )
    free = next(person for person in crews.values() if person not in working)
    actions.take_open_shift(published, day=cell.day, code="B", person_id=free, by=chief, at=now)
    assert free in {duty.person_id for duty in queries.on_duty(cell.start_at)}
    assert Notice.objects.filter(person_id=free, text_zh__contains="顶").exists()


def test_a_shift_left_is_open_for_one_other_and_over_when_it_has_ended(
    published: int, crews: dict[str, int], auxiliary: Any, chief: Any, now: datetime
) -> None:
    cell = RosterCell.objects.filter(
        roster_id=published, shift__code="B", day=date(2026, 3, 5), person_id=crews["C1"]
    ).get()
    actions.call_absent(cell.pk, reason="发烧", by=chief, at=now)
    RosterCell.objects.filter(roster_id=published, day=cell.day).exclude(pk=cell.pk).delete()
    take = {"day": cell.day, "code": "B"}
    over = cell.end_at + timedelta(minutes=1)
    with pytest.raises(BadInput, match="已经结束"):
        actions.take_open_shift(published, by=auxiliary, at=over, **take)
    # who decides for the office may note afterwards who stood in; nobody else then finds it open
    actions.take_open_shift(published, person_id=crews["A2"], by=chief, at=over, **take)
    with pytest.raises(BadInput, match="没有空缺"):
        actions.take_open_shift(published, person_id=crews["A3"], by=chief, at=now, **take)
    with pytest.raises(BadInput, match="没有空缺"):
        actions.take_open_shift(published, by=auxiliary, at=now, **take)
    stand_in = RosterCell.objects.get(roster_id=published, person_id=crews["A2"], day=cell.day)
    actions.call_absent(stand_in.pk, reason="也发烧", by=chief, at=now)
    actions.take_open_shift(published, person_id=crews["A3"], by=chief, at=now, **take)


def test_a_shift_that_is_over_is_not_shown_as_open(
    published: int, chief: Any, tree: Any, now: datetime
) -> None:
    from jingwu.duty.models import Roster
    from jingwu.duty.queries.today import open_now

    RosterCell.objects.filter(roster_id=published, day=date(2026, 3, 5)).delete()
    office = Roster.objects.get(pk=published).office_id
    morning = datetime(2026, 3, 4, 22, tzinfo=UTC)  # six o'clock of the fifth in the offices
    opened = {(row.day.day, row.kind.code) for row in open_now(chief, office, morning, days=1)}
    assert opened == {(5, "N"), (5, "D"), (5, "E")}
    late = open_now(chief, office, morning + timedelta(hours=11), days=1)
    assert {(row.day.day, row.kind.code) for row in late} == {(5, "E")}


def test_a_shift_that_is_not_open_is_not_taken(
    published: int, officer: Any, cells: Any, now: datetime
) -> None:
    found = cells(published)
    free = next(date(2026, 3, n) for n in range(5, 29) if (officer.person_id, date(2026, 3, n)) not in found)
    with pytest.raises(BadInput, match="没有空缺"):
        actions.take_open_shift(published, day=free, code="N", by=officer, at=now)


def test_rest_in_lieu_is_credited_once_and_reversed_not_edited(
    crews: Any, officer: Any, chief: Any, auxiliary: Any, now: datetime
) -> None:
    line = {"day": date(2026, 3, 1), "minutes": 180, "reason": "安保", "key": "e-1"}
    first = actions.add_comp_rest(officer.person_id, **line, by=chief, at=now)
    assert actions.add_comp_rest(officer.person_id, **line, by=chief, at=now) == first  # sent twice
    with pytest.raises(BadInput, match="另一笔"):
        actions.add_comp_rest(officer.person_id, **{**line, "minutes": 200}, by=chief, at=now)
    with pytest.raises(NotAllowed):
        actions.add_comp_rest(officer.person_id, **{**line, "key": "e-2"}, by=auxiliary, at=now)
    with pytest.raises(BadInput, match="分钟"):
        actions.add_comp_rest(officer.person_id, **{**line, "minutes": 0, "key": "e-3"}, by=chief, at=now)
    assert own.balance_minutes(officer.person_id) == 180
    actions.reverse_comp_rest(first, reason="重复申报", by=chief, at=now)
    assert own.balance_minutes(officer.person_id) == 0 and CompRestLine.objects.count() == 2
    with pytest.raises(ChangedMeanwhile):
        actions.reverse_comp_rest(first, reason="再来", by=chief, at=now)


def test_an_absence_shows_the_least_disturbance_first_and_writes_it_when_confirmed(
    published: int, crews: dict[str, int], chief: Any, auxiliary: Any, cells: Any, now: datetime
) -> None:
    from jingwu.duty.queries import absence

    cell = RosterCell.objects.filter(
        roster_id=published, day=date(2026, 3, 5), shift__code="E", person_id__in=_officers(crews)
    ).get()
    before = cells(published)
    facts = absence.repair(chief, cell.pk, datetime(2026, 3, 5, 1, 0, tzinfo=UTC))
    assert cells(published) == before and not RosterCell.objects.get(pk=cell.pk).is_absent  # only shown
    assert facts.is_found and facts.changes and facts.people == len({c.person_id for c in facts.changes})
    assert all(change.reasons for change in facts.changes)
    assert any(change.code == "E" for change in facts.changes)  # an officer takes the evening over
    repair = [actions.CellChange(c.person_id, c.day, c.code) for c in facts.changes]
    written = {"repair": repair, "seen": facts.absent.version, "at": now}
    if facts.bends:
        with pytest.raises(BadInput, match="理由"):
            actions.call_absent(cell.pk, reason=" ", by=chief, **written)
    with pytest.raises(NotAllowed):
        actions.call_absent(cell.pk, reason="发烧", by=auxiliary, **written)
    with pytest.raises(ChangedMeanwhile):
        actions.call_absent(cell.pk, reason="发烧", by=chief, **{**written, "seen": 1})
    actions.call_absent(cell.pk, reason="发烧", by=chief, **written)
    after = cells(published)
    assert (cell.person_id, cell.day) not in after
    assert all(after.get((c.person_id, c.day), "") == c.code for c in facts.changes)
    assert all(
        Notice.objects.filter(person_id=c.person_id, text_zh__contains="缺勤").exists() for c in repair
    )


def _officers(crews: dict[str, int]) -> list[int]:
    return [crews[name] for name in ("chief", "officer", "O3", "O4")]


def test_the_swap_page_offers_only_what_is_lawful_and_asks_with_one_press(
    published: int, crews: dict[str, int], officer: Any, client_for: Any, cells: Any, now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from jingwu.duty.queries.swapping import options

    monkeypatch.setattr(timezone, "now", lambda: now)
    day = next(d for p, d in sorted(cells(published), key=lambda key: key[1])
               if p == officer.person_id and d > date(2026, 3, 4))  # fmt: skip
    found = options(published, officer.person_id, day, now)
    assert found and {one.person_id for one in found} <= set(_officers(crews)) - {officer.person_id}
    assert [len(one.norms) for one in found] == sorted(len(one.norms) for one in found)
    browser = client_for(officer)
    page = browser.get(f"/duty/mine/swap/?day={day.isoformat()}")
    assert 'type="date" name="taker_day"' in page.content.decode()
    assert [one["person"] for one in page.context["options"]] == [one.person_id for one in found]
    for one in found:  # every offer shown is accepted by the rules
        body = {"giver_day": day.isoformat(), "taker": one.person_id, "taker_day": one.day.isoformat()}
        assert browser.post("/duty/mine/swap/", body).status_code == 302
    assert SwapRequest.objects.count() == len(found)


def test_a_shift_that_has_begun_is_neither_offered_nor_swapped(
    published: int, crews: dict[str, int], officer: Any, chief: Any, now: datetime
) -> None:
    from jingwu.duty.queries.swapping import options

    live = RosterCell.objects.filter(roster_id=published, day__gte=date(2026, 3, 5))
    nights = live.filter(person_id__in=set(_officers(crews)) - {officer.person_id}, shift__code="N")

    def offered(mine: RosterCell, night: RosterCell, at: datetime) -> bool:
        found = options(published, officer.person_id, mine.day, at)
        return (night.person_id, night.day) in {(one.person_id, one.day) for one in found}

    night, mine = next(
        (night, mine)
        for night in nights
        for mine in live.filter(person_id=officer.person_id, start_at__gt=night.end_at)[:3]
        if offered(mine, night, night.start_at - timedelta(minutes=1))
    )
    begun = night.start_at + timedelta(minutes=1)
    assert timezone.localdate(begun) == night.day > begun.astimezone(UTC).date()  # UTC still has yesterday
    assert not offered(mine, night, begun)
    swap = {"giver_day": mine.day, "taker_id": night.person_id, "taker_day": night.day, "by": officer}
    with pytest.raises(BadInput, match="已开始"):
        actions.offer_swap(published, **swap, at=begun)
    assert options(published, officer.person_id, mine.day, mine.start_at) == ()
    with pytest.raises(BadInput, match="已开始"):
        actions.offer_swap(
            published, giver_day=mine.day, taker_id=night.person_id, taker_day=mine.day, by=officer,
            at=mine.start_at,
        )  # fmt: skip


def test_a_shift_that_is_over_is_not_told_as_running(
    published: int, officer: Any, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = RosterCell.objects.filter(
        roster_id=published, person_id=officer.person_id, shift__code="N", day__gt=date(2026, 3, 4)
    ).first()
    assert night is not None
    after = night.end_at + timedelta(hours=3)
    monkeypatch.setattr(timezone, "now", lambda: after)
    page = client_for(officer).get("/duty/mine/").content.decode()
    assert "您正在上" not in page and "下一个班" in page
    monkeypatch.setattr(timezone, "now", lambda: night.start_at + timedelta(hours=1))
    assert "您正在上夜班" in client_for(officer).get("/duty/mine/").content.decode()


def test_the_ledger_page_shows_the_month_credits_once_and_reverses(
    published: int, officer: Any, chief: Any, stranger: Any, client_for: Any, now: datetime, tree: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from jingwu.duty.queries.month import month

    monkeypatch.setattr(timezone, "now", lambda: now)
    rows = month(tree.office_path, date(2026, 3, 1), date(2026, 3, 31))
    mine = next(row for row in rows if row.person_id == officer.person_id)
    cells = RosterCell.objects.filter(person_id=officer.person_id, is_live=True).select_related("shift")
    assert (mine.shifts, mine.minutes) == (cells.count(), sum(cell.shift.minutes for cell in cells))
    browser = client_for(chief)
    key = browser.get("/duty/ledger/").context["form"].initial["key"]
    body = {"office": tree.office, "person": officer.person_id, "kind": "owed", "day": "2026-03-01",
            "minutes": 180, "reason": "安保加班", "key": key}  # fmt: skip
    assert browser.post("/duty/ledger/", body).status_code == 302
    assert browser.post("/duty/ledger/", body).status_code == 302  # sent twice, written once
    line = CompRestLine.objects.get()
    assert line.minutes == 180 and "安保加班" in browser.get("/duty/ledger/").content.decode()
    given = {**body, "kind": "given", "minutes": 60, "key": "another"}
    assert browser.post("/duty/ledger/", given).status_code == 302
    assert own.balance_minutes(officer.person_id) == 120
    assert browser.post("/duty/ledger/", {**body, "minutes": 0, "key": "x"}).status_code == 422
    assert client_for(officer).get("/duty/ledger/").status_code == 403
    wrong = client_for(stranger).post(f"/duty/ledger/{line.pk}/reverse/", {"reason": "试"})
    assert wrong.status_code in (403, 404)
    assert browser.post(f"/duty/ledger/{line.pk}/reverse/", {"reason": "重复"}).status_code == 302
    assert own.balance_minutes(officer.person_id) == -60


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin the turns where an officer free on 5 March has no night after it, whatever the office's id."""
    from jingwu.duty.actions import rosters

    turn = rosters.turn
    monkeypatch.setattr(rosters, "turn", lambda *given, **more: turn(*given, **{**more, "shift_days": 4}))


@pytest.mark.usefixtures("turns")
def test_the_least_disturbance_does_not_mend_what_was_open_before(
    published: int, crews: dict[str, int], chief: Any, now: datetime
) -> None:
    from jingwu.duty.queries import absence

    evening = {"roster_id": published, "shift__code": "E", "person_id__in": _officers(crews)}
    actions.call_absent(
        RosterCell.objects.get(day=date(2026, 3, 6), **evening).pk, reason="", by=chief, at=now
    )
    cell = RosterCell.objects.get(day=date(2026, 3, 5), **evening)
    facts = absence.repair(chief, cell.pk, datetime(2026, 3, 5, 1, 0, tzinfo=UTC))
    taken = [change for change in facts.changes if change.code == "E"]
    assert [change.day for change in taken] == [date(2026, 3, 5)]  # this evening, not the next
    assert not facts.still_open
