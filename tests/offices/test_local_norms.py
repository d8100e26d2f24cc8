"""Local norms: proposed by one, approved by another, in force from their day for a unit and all below it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from jingwu.journal import queries as journal
from jingwu.norms import LocalValue, load
from jingwu.offices import actions, queries
from jingwu.offices.local_norms import norm_book, norms_for
from jingwu.offices.models import LocalNorm
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal

START = date(2026, 4, 1)
BEFORE = START - timedelta(days=1)
KEY = "mix.reserve_share"
PACKAGED = load().at(START).value(KEY)


@pytest.fixture
def propose(tree: Any, manager: Any, now: datetime) -> Callable[..., int]:
    """Return a proposer: one value for the first district unless said otherwise."""

    def make(key: str = KEY, value: Any = 0.08, **other: Any) -> int:
        words = {"start": START, "reference": "局发〔2026〕1号", "reason": "试点", "by": manager, "at": now}
        return actions.propose_norm(
            other.pop("unit", tree.district), key=key, value=value, **{**words, **other}
        )

    return make


def test_in_force_from_its_day_for_the_unit_and_below_only(
    propose: Callable[..., int], tree: Any, manager2: Any, now: datetime
) -> None:
    norm_id = propose()
    assert norms_for(tree.district_path, START).value(KEY) == PACKAGED  # a proposal alone changes nothing
    actions.approve_norm(norm_id, by=manager2, at=now, reason="同意")
    assert norms_for(tree.district_path, START).value(KEY) == 0.08
    assert norms_for(tree.office_path, START).value(KEY) == 0.08
    assert norms_for(tree.office_path, BEFORE).value(KEY) == PACKAGED
    assert norms_for(tree.other_office_path, START).value(KEY) == PACKAGED
    assert norms_for("/99/9901/", START).value(KEY) == PACKAGED
    stated = norm_book(tree.office_path).norm(KEY).at(START)
    assert stated is not None and (stated.reference, stated.status) == ("局发〔2026〕1号", "local")
    assert norms_for(tree.office_path, START).version != norms_for(tree.other_office_path, START).version


def test_a_lower_units_value_lies_over_its_superiors(
    propose: Callable[..., int], tree: Any, manager2: Any, now: datetime
) -> None:
    # the office's is older than the district's and holds all the same: the nearer word counts
    actions.approve_norm(propose(unit=tree.office, value=0.05), by=manager2, at=now)
    actions.approve_norm(propose(start=START + timedelta(days=9)), by=manager2, at=now)
    later = START + timedelta(days=30)
    assert norms_for(tree.office_path, later).value(KEY) == 0.05
    assert norms_for(tree.office2_path, later).value(KEY) == 0.08


def test_every_step_leaves_its_line(
    propose: Callable[..., int], manager: Any, manager2: Any, now: datetime
) -> None:
    approved, refused, withdrawn = propose(), propose(start=date(2026, 5, 1)), propose(start=date(2026, 6, 1))
    actions.approve_norm(approved, by=manager2, at=now)
    actions.refuse_norm(refused, by=manager2, at=now, reason="依据不足")
    actions.withdraw_norm(withdrawn, by=manager, at=now)
    lines = [line for line in journal.page(journal.LineFilter()).lines if line.verb.startswith("norms.")]
    assert [line.verb for line in reversed(lines)] == [
        "norms.propose", "norms.propose", "norms.propose", "norms.approve", "norms.refuse", "norms.withdraw",
    ]  # fmt: skip
    assert lines[-1].details == {"key": KEY, "start": "2026-04-01", "value": 0.08}
    states = {facts.id: facts.state for facts in queries.local_norms(manager)}
    assert states == {approved: "approved", refused: "refused", withdrawn: "withdrawn"}
    assert queries.local_norm(manager, refused).decision_reason == "依据不足"


def test_nobody_decides_on_his_own_proposal(
    propose: Callable[..., int], manager: Any, manager2: Any, now: datetime
) -> None:
    norm_id = propose()
    for decide in (actions.approve_norm, actions.refuse_norm):
        with pytest.raises(NotAllowed) as refusal:
            decide(norm_id, by=manager, at=now, reason="自批")
        assert refusal.value.code == "norms.second_person"
    with pytest.raises(NotAllowed) as refusal:
        actions.withdraw_norm(norm_id, by=manager2, at=now)
    assert refusal.value.code == "norms.not_own"
    # and the database itself would not take it
    with pytest.raises(IntegrityError), transaction.atomic():
        LocalNorm.objects.filter(pk=norm_id).update(state="approved", decided_by_id=manager.pk)


def test_only_roles_that_answer_for_the_unit(
    propose: Callable[..., int], tree: Any, chief: Any, stranger: Any, manager: Any, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        propose(by=chief, unit=tree.office)
    with pytest.raises(NotAllowed):
        propose(unit=tree.other_district)
    norm_id = propose()
    with pytest.raises(NotAllowed):
        actions.approve_norm(norm_id, by=chief, at=now)
    assert queries.local_norms(stranger) == []
    with pytest.raises(Refusal):
        queries.local_norm(stranger, norm_id)
    assert [facts.id for facts in queries.local_norms(manager, key=KEY)] == [norm_id]
    assert queries.local_norms(manager, key="team.auxiliaries") == []


def test_the_past_is_not_rewritten(propose: Callable[..., int], manager2: Any, now: datetime) -> None:
    with pytest.raises(BadInput) as refusal:
        propose(start=date(2026, 3, 1))
    assert refusal.value.code == "norms.past"
    # half past midnight in Shanghai is still yesterday in UTC
    with pytest.raises(BadInput):
        propose(start=date(2026, 3, 2), at=datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    # decided too late: its day has come and gone while it lay waiting
    norm_id = propose()
    with pytest.raises(BadInput) as refusal:
        actions.approve_norm(norm_id, by=manager2, at=now + timedelta(days=60))
    assert refusal.value.code == "norms.past"
    actions.refuse_norm(norm_id, by=manager2, at=now + timedelta(days=60), reason="已过期")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("mix.no_such_norm", 0.1, "norms.unknown_key"),
        (KEY, 1.5, "norms.bounds"),
        (KEY, "0.1", "norms.kind"),
        (KEY, {1, 2}, "norms.kind"),
        (
            "modules.hours_share",
            {"security": 0.4, "service": 0.3, "mediation": 0.25, "digital": 0.1},
            "norms.scheme",
        ),
        ("modules.hours_share", {"security": 0.5, "service": 0.5}, "norms.part"),
        ("deployment.on_scene_minutes", {"P1": 35.0, "P2": 30.0, "P3": "长", "P4": 15.0}, "norms.kind"),
        ("team.auxiliaries", None, "norms.ended"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    propose: Callable[..., int], key: str, value: Any, code: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        propose(key, value)
    codes = {problem.code for problem in refusal.value.problems} | {refusal.value.code}
    assert code in codes
    assert LocalNorm.objects.count() == 0


def test_source_and_reason_are_asked_for(propose: Callable[..., int]) -> None:
    for gap in ({"reference": " "}, {"reason": ""}):
        with pytest.raises(BadInput):
            propose(**gap)


def test_one_value_a_day(propose: Callable[..., int], manager: Any, now: datetime) -> None:
    first = propose()
    with pytest.raises(BadInput) as refusal:
        propose(value=0.05)
    assert refusal.value.code == "norms.taken"
    actions.withdraw_norm(first, by=manager, at=now)
    propose(value=0.05)


def test_two_that_fit_alone_but_not_together(
    propose: Callable[..., int], tree: Any, manager2: Any, now: datetime
) -> None:
    # P1 may take 8 minutes while P2 has 10; P2 may be 6 while P1 has 5; both together turn the order round
    slow = propose("response.arrival_minutes.P1", {"urban": 8, "suburban": 10, "rural": 30})
    quick = propose(
        "response.arrival_minutes.P2", {"urban": 6, "suburban": 15, "rural": 30}, unit=tree.office
    )
    actions.approve_norm(quick, by=manager2, at=now)
    with pytest.raises(BadInput) as refusal:
        actions.approve_norm(slow, by=manager2, at=now)
    assert refusal.value.code == "norms.bad_below" and "甲一警务室" in refusal.value.message_zh
    assert norms_for(tree.office_path, START).response is not None


def test_an_old_value_never_blocks_the_pages(tree: Any, manager: Any, manager2: Any, now: datetime) -> None:
    district = queries.unit(tree.district)
    for key, value in (("gone.since_the_upgrade", 3), ("team.auxiliaries", "五")):
        LocalNorm.objects.create(
            unit_id=district.id, key=key, start=date(2026, 1, 1), value=value, reference="r", reason="r",
            state="approved", proposed_by_id=manager.pk, proposed_by_label="a", proposed_at=now,
            decided_by_id=manager2.pk, decided_by_label="b", decided_at=now,
        )  # fmt: skip
    norms = norms_for(tree.office_path, START)
    assert norms.value(KEY) == PACKAGED and norms.modules.hours_share
    with pytest.raises(BadInput):
        _ = norms.team  # only the scheme it belongs to says no
    assert norm_book(tree.office_path).in_force(START)["team.auxiliaries"].value == "五"


@pytest.mark.django_db(transaction=True)
def test_two_deciders_at_once(
    propose: Callable[..., int], manager2: Any, make_account: Any, tree: Any
) -> None:
    from jingwu.terms.people import AccountRole

    now = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    third = make_account("manager3", AccountRole.DISTRICT_MANAGER, tree.district)
    norm_id = propose()
    starting, results = threading.Barrier(2), []

    def decide(act: Callable[..., None], by: Any) -> None:
        starting.wait(5)
        try:
            act(norm_id, by=by, at=now, reason="决定")
            results.append(act.__name__)
        except ChangedMeanwhile:
            results.append("too late")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=(actions.approve_norm, manager2)),
        threading.Thread(target=decide, args=(actions.refuse_norm, third)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results)[-1] == "too late" and len(results) == 2
    winner = min(results)
    assert (
        LocalNorm.objects.get(pk=norm_id).state
        == {"approve_norm": "approved", "refuse_norm": "refused"}[winner]
    )
    lines = [line.verb for line in journal.page(journal.LineFilter()).lines if line.record_id == str(norm_id)]
    assert len(lines) == 2


@pytest.mark.django_db(transaction=True)
def test_a_cached_book_knows_what_another_process_approved(
    propose: Callable[..., int], tree: Any, manager2: Any
) -> None:
    now = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    first, second = propose(), propose("team.auxiliaries", 6)
    assert norms_for(tree.office_path, START).value(KEY) == PACKAGED
    # past the actions, as another process would: nothing in this one hears of it; the same instant twice
    for norm_id, key, expected in ((first, KEY, 0.08), (second, "team.auxiliaries", 6)):
        LocalNorm.objects.filter(pk=norm_id).update(
            state="approved", decided_by_id=manager2.pk, decided_by_label="b", decided_at=now
        )
        assert norms_for(tree.office_path, START).value(key) == expected
    assert norms_for(tree.office_path, START).value(KEY) == 0.08


def test_what_was_rolled_back_is_not_in_the_cache(
    propose: Callable[..., int], tree: Any, manager2: Any, now: datetime
) -> None:
    norm_id = propose()
    with transaction.atomic():
        actions.approve_norm(norm_id, by=manager2, at=now)
        assert norms_for(tree.office_path, START).value(KEY) == 0.08
        transaction.set_rollback(True)
    assert norms_for(tree.office_path, START).value(KEY) == PACKAGED


def test_asking_again_is_one_short_statement(
    propose: Callable[..., int], tree: Any, manager2: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    actions.approve_norm(propose(), by=manager2, at=now)
    norms_for(tree.office_path, START)
    with django_assert_num_queries(1):
        norms_for(tree.office_path, START)


def test_dates_come_back_from_the_table_as_dates(
    propose: Callable[..., int], tree: Any, manager2: Any, now: datetime
) -> None:
    # years of the holiday calendar hold dates, which JSON knows as text
    value = load().at(START).value("calendar.years.2026")
    norm_id = propose("calendar.years.2026", value)
    actions.approve_norm(norm_id, by=manager2, at=now)
    packaged = load().at(START).calendar
    assert norms_for(tree.office_path, START).calendar == packaged


def test_local_values_are_proved_from_their_own_day() -> None:
    book = load().with_values([LocalValue(KEY, START, 0.05, "r")])
    assert book.at(BEFORE).value(KEY) == PACKAGED
