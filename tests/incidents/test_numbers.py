"""Running numbers: one after the other by office and day, and never the same one twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from jingwu.incidents import actions, queries
from jingwu.incidents.actions import NewIncident, intake
from jingwu.incidents.models import Incident
from jingwu.journal.actor import SYSTEM
from jingwu.offices.actions import NewOffice, open_offices
from jingwu.terms.people import AccountRole, PersonCategory


@pytest.fixture
def alike(tree: Any, now: datetime) -> tuple[str, ...]:
    """Offices that their codes' twelve signs do not tell apart, and one that is close."""
    codes = ("1", "10", "A-12345678901234", "B-12345678901234", "3456789012340")
    made = [NewOffice(code, f"警务室 {code}", tree.station, 104.0, 30.5) for code in codes]
    open_offices(made, by=SYSTEM, at=now)
    return codes


def test_offices_that_look_alike_never_give_the_same_number(alike: tuple[str, ...], now: datetime) -> None:
    rows = [
        actions.register(NewIncident(code, "路口积水", source_key=f"x:{code}"), by=SYSTEM, at=now)
        for code in alike * 2
    ]
    numbers = [row.number for row in rows]
    assert numbers[:5] == numbers[5:] and len(set(numbers)) == 5
    assert numbers[:2] == ["JQ100000000000202603020001", "JQ100000000000202603020002"]
    assert all(re.fullmatch(r"JQ.{12}20260302\d{4}", number) for number in numbers)


def test_a_number_is_found_and_merged_into_however_it_is_typed(
    tree: Any, make_account: Any, client_for: Callable[..., Any], now: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)
    open_offices([NewOffice("ab-c1", "警务室 ab-c1", tree.station, 104.0, 30.5)], by=SYSTEM, at=now)
    lead = make_account("lead", AccountRole.CHIEF, "ab-c1", PersonCategory.OFFICER)
    row, other = (actions.register(NewIncident("ab-c1", "路口积水"), by=lead, at=now) for _ in range(2))
    assert row.number == "JQAB-C10000000202603020001"
    for typed in (row.number, row.number.lower()):
        found = queries.board(lead, queries.BoardFilter(group="all", words=typed), at=now)
        assert [line.id for line in found] == [row.pk]
    given = {"into": row.number.lower(), "reason": "重复报警"}
    client_for(lead).post(f"/incidents/{other.pk}/step/merge/", given)
    assert Incident.objects.get(pk=other.pk).merged_into_id == row.pk


def test_a_file_of_offices_that_look_alike_is_taken(
    alike: tuple[str, ...], manager: Any, now: datetime
) -> None:
    rows = [f"N{number},{code},积水" for number, code in enumerate(alike * 2)]
    batch_id = actions.receive_file(
        "a.csv", "\n".join(["外部编号,警务室编号,内容", *rows]).encode(), by=manager, at=now
    )
    assert actions.take_file(batch_id, only_good=False, by=manager, at=now) == 10
    assert len(set(Incident.objects.values_list("number", flat=True))) == 10


def test_a_fault_of_the_database_is_no_report_known_already(
    report: Callable[..., NewIncident], chief: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = actions.register(report(), by=chief, at=now)
    monkeypatch.setattr(intake, "next_number", lambda *_: first.number)
    with pytest.raises(IntegrityError):
        actions.register(report(source_key="x:1"), by=chief, at=now)
