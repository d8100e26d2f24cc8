"""A plan's life: asked for in scope, computed once, decided by a second person, first one wins."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from jingwu.journal import queries as journal
from jingwu.journal.actor import SYSTEM
from jingwu.planning import actions, queries
from jingwu.planning.district import Calls, District, FactReport
from jingwu.planning.models import Plan
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal


def few_calls() -> District:
    times = np.array(["2026-01-05T01:00:00", "2026-01-06T12:30:00"], "datetime64[s]")
    point = np.array([104.01, 104.02])
    return District(
        calls=Calls(times, point, point - 73.5, np.array([-1, -1]), np.array([2, 3]), np.array([1, 3]))
    )


@pytest.fixture
def facts(tree: Any, now: datetime) -> int:
    district = few_calls()
    report = FactReport(accepted=True, digest=district.digest)
    fact_set = actions.bring_in_facts(
        district, report, org_code=tree.district, name="一季度", source="calls.csv", by=SYSTEM, at=now
    )
    actions.adopt_facts(fact_set, by=SYSTEM, at=now)
    return fact_set


def ask(facts: int, by: Any, at: datetime) -> int:
    return actions.request_plan(facts, name="方案", params={}, seed=1, by=by, at=at)


@pytest.fixture
def ready(facts: int, manager: Any, now: datetime) -> int:
    plan = ask(facts, manager, now)
    finish(plan, now)
    return plan


def finish(plan: int, at: datetime) -> None:
    actions.start_plan(plan, by=SYSTEM, at=at)
    actions.finish_plan(
        plan, result="{}", digest="d", headline_zh="一句话", headline_en="One sentence", figures={},
        by=SYSTEM, at=at,
    )  # fmt: skip


def test_the_facts_come_back_as_they_went_in(facts: int) -> None:
    assert queries.district_of(facts) == few_calls()


def test_a_plan_is_asked_for_in_scope_only(
    facts: int, manager: Any, chief: Any, stranger: Any, assessor: Any, now: datetime
) -> None:
    plan = ask(facts, manager, now)
    assert queries.plan(manager, plan).state == "queued"
    for somebody in (chief, stranger, assessor):
        with pytest.raises(NotAllowed):
            ask(facts, somebody, now)
    assert queries.plan(chief, plan).id == plan  # the office lives under its district's plan
    with pytest.raises(Refusal, match="没有这个方案"):
        queries.plan(stranger, plan)


def test_a_plan_needs_adopted_facts_and_a_name(tree: Any, facts: int, manager: Any, now: datetime) -> None:
    preview = actions.bring_in_facts(
        few_calls(), FactReport(accepted=True), org_code=tree.district, name="", source="x.csv", by=manager,
        at=now,
    )  # fmt: skip
    with pytest.raises(BadInput, match="尚未采用"):
        ask(preview, manager, now)
    with pytest.raises(BadInput, match="名字"):
        actions.request_plan(facts, name="  ", params={}, seed=1, by=manager, at=now)


def test_the_second_person_decides(ready: int, manager: Any, manager2: Any, now: datetime) -> None:
    actions.submit_plan(ready, by=manager, at=now)
    with pytest.raises(NotAllowed, match="另一位"):
        actions.approve_plan(ready, reason="", by=manager, at=now)
    actions.approve_plan(ready, reason="同意", by=manager2, at=now)
    decided = queries.plan(manager, ready)
    assert (decided.state, decided.decided_by, decided.decision_reason) == ("approved", "manager2", "同意")
    lines = journal.of_record("planning", "plan", ready)
    assert {line.verb for line in lines} >= {"plan.request", "plan.submit", "plan.approve"}


def test_sending_back_takes_a_reason_and_can_be_submitted_again(
    ready: int, manager: Any, manager2: Any, now: datetime
) -> None:
    actions.submit_plan(ready, by=manager, at=now)
    with pytest.raises(BadInput, match="理由"):
        actions.reject_plan(ready, reason=" ", by=manager2, at=now)
    actions.reject_plan(ready, reason="夜间不足", by=manager2, at=now)
    actions.submit_plan(ready, by=manager, at=now)
    assert queries.plan(manager, ready).decision_reason == ""


def test_a_reason_too_long_is_refused_and_decides_nothing(
    ready: int, manager: Any, manager2: Any, now: datetime
) -> None:
    actions.submit_plan(ready, by=manager, at=now)
    for decide in (actions.approve_plan, actions.reject_plan):
        with pytest.raises(BadInput, match="501 字"):
            decide(ready, reason="长" * 501, by=manager2, at=now)
    assert queries.plan(manager, ready).state == "submitted"
    actions.reject_plan(ready, reason=f" {'长' * 500} ", by=manager2, at=now)
    assert queries.plan(manager, ready).decision_reason == "长" * 500


def test_a_cancelled_calculation_is_no_longer_wanted(facts: int, manager: Any, now: datetime) -> None:
    plan = ask(facts, manager, now)
    actions.start_plan(plan, by=SYSTEM, at=now)
    assert actions.note_progress(plan, step="仿真", share=0.5, at=now)
    actions.cancel_plan(plan, by=manager, at=now)
    assert not actions.note_progress(plan, step="仿真", share=0.6, at=now)
    with pytest.raises(ChangedMeanwhile):
        finish_only(plan, now)


def finish_only(plan: int, at: datetime) -> None:
    actions.finish_plan(
        plan, result="{}", digest="d", headline_zh="", headline_en="", figures={}, by=SYSTEM, at=at
    )


def test_a_plan_of_a_dead_worker_is_queued_again_once(facts: int, manager: Any, now: datetime) -> None:
    plan = ask(facts, manager, now)
    actions.start_plan(plan, by=SYSTEM, at=now)
    later = now + timedelta(minutes=5)
    assert queries.silent_plans(later) == [plan]
    actions.requeue_plan(plan, silent_since=now, by=SYSTEM, at=later)
    assert queries.plan(manager, plan).state == "running"  # it was heard of at that very time
    actions.requeue_plan(plan, silent_since=later, by=SYSTEM, at=later)
    assert queries.plan(manager, plan).state == "queued"


def test_facts_under_a_plan_cannot_be_undone(facts: int, manager: Any, now: datetime) -> None:
    plan = ask(facts, manager, now)
    with pytest.raises(Refusal, match="已有方案"):
        actions.undo_facts(facts, reason="错了", by=manager, at=now)
    actions.cancel_plan(plan, by=manager, at=now)
    actions.undo_facts(facts, reason="错了", by=manager, at=now)
    assert queries.fact_set(manager, facts).state == "undone"


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_at_once_one_wins_and_the_other_is_told(
    transactional_db: None,
    ready: int,
    manager: Any,
    manager2: Any,
    make_account: Any,
    tree: Any,
    now: datetime,
) -> None:
    from django.db import connection

    from jingwu.terms.people import AccountRole

    manager3 = make_account("manager3", AccountRole.DISTRICT_MANAGER, tree.district)
    actions.submit_plan(ready, by=manager, at=now)
    gate = threading.Barrier(2)
    told: list[str] = []

    def decide(verb: Any, who: Any) -> None:
        gate.wait()
        try:
            verb(ready, reason="理由", by=who, at=now)
            told.append("done")
        except ChangedMeanwhile as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    deciders = [
        threading.Thread(target=decide, args=(actions.approve_plan, manager2)),
        threading.Thread(target=decide, args=(actions.reject_plan, manager3)),
    ]
    for thread in deciders:
        thread.start()
    for thread in deciders:
        thread.join(20)
    assert sorted(told) == ["done", "plan.changed_meanwhile"]
    assert Plan.objects.get(pk=ready).state in ("approved", "rejected")
