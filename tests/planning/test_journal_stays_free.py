"""Work for a whole district takes long: meanwhile others sign in, take calls and write the journal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from jingwu.duty import actions as duty
from jingwu.journal import actions as journal
from jingwu.journal import queries as lines
from jingwu.journal.actor import SYSTEM
from jingwu.offices import actions as offices
from jingwu.planning import actions
from jingwu.planning.actions import facts as fact_actions
from jingwu.planning.demo_district import synthetic
from jingwu.planning.district import FactReport
from jingwu.planning.models import FactSet, Plan

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = date(2026, 3, 16)
OTHERS = journal.RecordRef("test", "thing", "1")


def write_meanwhile(at: datetime) -> str:
    """Write a line over a connection of its own; return whether the chain's end was free."""
    told: list[str] = []

    def write() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
                journal.record("test.meanwhile", by=SYSTEM, at=at, record=OTHERS)
            told.append("written")
        except OperationalError as error:
            told.append(str(error))
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(20)
    return told[0]


def then_others_write(act: Callable[..., Any], at: datetime, told: list[str]) -> Callable[..., Any]:
    """Return ``act`` with somebody else writing the journal once it is done."""

    def acted(*args: Any, **kwargs: Any) -> Any:
        try:
            return act(*args, **kwargs)
        finally:
            told.append(write_meanwhile(at))

    return acted


@pytest.fixture
def preview(tree: Any, now: datetime) -> int:
    return actions.bring_in_facts(
        synthetic(offices=2, people=28, calls=300), FactReport(accepted=True), org_code=tree.district,
        name="甲区", source="合成", by=SYSTEM, at=now,
    )  # fmt: skip


def verbs() -> list[str]:
    return [line.verb for line in lines.page(lines.LineFilter(), size=200).lines][::-1]


def test_others_write_while_facts_are_adopted_and_undone(
    transactional_db: None, preview: int, manager: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(fact_actions, "adopt", then_others_write(fact_actions.adopt, now, told))
    monkeypatch.setattr(offices, "withdraw", then_others_write(offices.withdraw, now, told))
    actions.adopt_facts(preview, by=manager, at=now)
    actions.undo_facts(preview, reason="传错了", by=manager, at=now)
    assert told == ["written", "written"]
    found = verbs()
    others = [place for place, verb in enumerate(found) if verb == "test.meanwhile"]
    assert others[0] < found.index("facts.adopt") < found.index("people.create")
    assert others[1] < found.index("facts.undo") and lines.verify().intact


def test_others_write_while_rosters_are_drafted_and_an_office_left_out_leaves_no_line(
    transactional_db: None, preview: int, manager: Any, tree: Any, now: datetime, monkeypatch: Any
) -> None:
    duty.ensure_shift_kinds(tree.district, by=SYSTEM, at=now)
    actions.adopt_facts(preview, by=manager, at=now)
    plan = Plan.objects.create(
        org_id=FactSet.objects.get(pk=preview).org_id, fact_set_id=preview, name="方案", params={}, seed=1,
        norms_version="1", state="approved", created_at=now,
    )  # fmt: skip
    made = FactSet.objects.get(pk=preview).adoption["offices"]
    need = {code: [1.0] * 168 for code in (tree.office2, *made)}  # nobody works at the first one
    told: list[str] = []
    monkeypatch.setattr(duty, "draft_roster", then_others_write(duty.draft_roster, now, told))
    assert actions.hand_to_duty(plan.pk, need, first_day=FIRST, by=SYSTEM, at=now) == len(made)
    assert told == ["written"] * len(need)
    drafted = [line for line in verbs() if line in ("test.meanwhile", "roster.need", "roster.draft")]
    assert drafted == ["test.meanwhile"] * len(need) + ["roster.need", "roster.draft"] * len(made)
    assert lines.verify().intact
