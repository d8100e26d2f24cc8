"""Times nobody can mean: refused at every door, because one of them stored makes its row unreadable."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from incident_case import Case
from phone import Phone

from jingwu.incidents import actions
from jingwu.incidents.actions.imports import Source, take_rows
from jingwu.incidents.models import FieldChange, ImportBatch, Incident
from jingwu.journal.actor import Actor
from jingwu.terms.refusal import BadInput

# what .NET has for 'no time', a spreadsheet's nought, and an end of the calendar that no zone east can show
NOBODYS = ("0001-01-01T00:00:00", "0001-01-01T00:00:00+08:00", "1999-12-31T12:00:00Z", "9999-12-31T23:59:59Z")


@pytest.mark.parametrize("text", NOBODYS)
@pytest.mark.parametrize("name", ["reported_at", "occurred_at"])
def test_a_row_of_another_system_is_refused_and_the_others_are_taken(
    tree: Any, now: datetime, text: str, name: str
) -> None:
    rows = [
        {"external_id": "A", "office_code": tree.office, "text": "积水", name: text},
        {"external_id": "B", "office_code": tree.office, "text": "积水"},
    ]
    source = Source("cad", tree.district_path, Actor(None, "接警系统", "source:cad"))
    first, second = take_rows(rows, by=source, at=now)
    assert (first.state, second.state) == ("refused", "taken")
    assert name in first.zh and "2000" in first.zh and "2000" in first.en
    assert Incident.objects.get().source_key == "import:cad:B"


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")), datetime(1999, 12, 31, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)  # fmt: skip
def test_a_report_of_no_time_is_no_report(report: Callable[..., Any], moment: datetime) -> None:
    for name in ("reported_at", "occurred_at"):
        with pytest.raises(BadInput) as caught:
            report(**{name: moment})
        assert set(caught.value.fields) == {name}


def test_a_file_names_row_and_column(tree: Any, chief: Any, now: datetime) -> None:
    text = "外部编号,内容,报警时间,发生时间\nA1,积水,1999-12-31 12:00,\n"
    text += "A2,积水,2026-03-02 08:00,1900-01-01 00:00\n"
    text += "A3,积水,2026-03-02 08:00,0001-01-01 00:00\nA4,积水,2000-01-01 08:00,\n"
    batch = ImportBatch.objects.get(pk=actions.receive_file("a.csv", text.encode(), by=chief, at=now))
    told = [(row["row"], row["column"]) for row in batch.report["problems"]]
    assert told == [(2, "报警时间"), (3, "发生时间"), (4, "发生时间")]
    assert "before 2000" in batch.report["problems"][0]["en"] and batch.good_count == 1


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("name", ["said_at", "sent_at"])
def test_a_phone_is_told_that_its_clock_is_wrong(
    case: Case, officer: Any, client_for: Callable[..., Any], now: datetime, text: str, name: str
) -> None:
    phone = Phone(officer)
    plain = phone.plain(now, phone.change(f"scene:{case.id}", now, facts="x"))
    (plain if name == "sent_at" else plain["changes"][0])[name] = text
    answer = client_for(officer).post(reverse("field:sync"), json.dumps(plain), "application/json")
    assert answer.status_code == 422 and "时钟" in answer.json()["message"]
    assert set(answer.json()["fields"]) == {name}
    assert not FieldChange.objects.exists()


def test_a_phone_whose_clock_began_anew_hands_in_all_the_same(
    case: Case, officer: Any, client_for: Callable[..., Any]
) -> None:
    # an empty battery puts a clock back to 1970; what was written then must not wait on the phone for ever
    phone, then = Phone(officer), datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    plain = phone.plain(then + timedelta(minutes=1), phone.change(f"scene:{case.id}", then, facts="x"))
    answer = client_for(officer).post(reverse("field:sync"), json.dumps(plain), "application/json")
    assert answer.json()["answers"][0]["outcome"] == "merged"
    row = FieldChange.objects.get()
    assert row.said_at == then and row.received_at - row.at == timedelta(minutes=1)
