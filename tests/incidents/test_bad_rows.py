"""The rows of a file that were left out: in clear for who brought them, masked for others, told each time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from jingwu.incidents import actions
from jingwu.incidents.models import ImportBatch
from jingwu.journal.models import Line
from jingwu.terms.people import AccountRole, PersonCategory

FILE = """外部编号,内容,级别,报警人,备注,电话,门牌
A1,积水,P9,报警人甲,回拨 13900005678,13800001234,3 栋 501
A2,积水,P9,报警人乙,,13800004321,,13700001111
A3,积水,P9
A4,积水,P3,报警人丁,,13600001111,
"""


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let the pages live at the moment of the cast."""
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def batch_id(chief: Any, now: datetime) -> int:
    """A file brought by the chief of an office; three of its rows cannot be taken."""
    return actions.receive_file("a.csv", FILE.encode(), by=chief, at=now)


def handed(client: Any, batch_id: int) -> list[list[str]]:
    text = client.get(f"/incidents/import/{batch_id}/bad-rows.csv").content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def looks() -> list[tuple[str, bool, int]]:
    rows = Line.objects.filter(verb="incidents.import_bad_rows", is_view=True).order_by("sequence")
    told = [(row.actor_label, json.loads(row.details_json)) for row in rows]
    return [(label, details["is_masked"], details["rows"]) for label, details in told]


@pytest.mark.parametrize("is_taken", [False, True])
def test_who_brought_no_file_reads_no_reporter_in_it(
    batch_id: int, chief: Any, manager: Any, client_for: Callable[..., Any], now: datetime, is_taken: bool
) -> None:
    if is_taken:
        actions.take_file(batch_id, only_good=True, by=chief, at=now)
    header, first, moved, short = handed(client_for(manager), batch_id)
    assert header == ["外部编号", "内容", "级别", "报警人", "备注", "电话", "门牌", "原因 / Reason"]
    assert first[:7] == ["A1", "积水", "P9", "报***", "***", "138****1234", "***"]
    assert "P1 to P4" in first[7]
    # one cell too many: nobody knows in which column the telephone stands
    assert moved[:8] == ["***", "***", "***", "***", "", "***", "", "***"] and "more cells" in moved[8]
    assert short[:3] == ["A3", "积水", "P9"]
    clear = handed(client_for(chief), batch_id)
    assert clear[1][3:7] == ["报警人甲", "回拨 13900005678", "13800001234", "3 栋 501"]
    assert looks() == [("manager", True, 3), ("chief", False, 3)]


def test_who_may_unmask_reads_the_file_of_a_colleague(
    batch_id: int, chief: Any, make_account: Callable[..., Any], tree: Any, client_for: Callable[..., Any]
) -> None:
    deputy = make_account("deputy", AccountRole.CHIEF, tree.office, PersonCategory.OFFICER)
    assert handed(client_for(deputy), batch_id)[1][5] == "13800001234"
    assert looks() == [("deputy", False, 3)]


def test_a_file_of_the_district_is_read_in_clear_by_the_manager_who_brought_it(
    manager: Any, manager2: Any, tree: Any, client_for: Callable[..., Any], now: datetime
) -> None:
    text = FILE.replace("外部编号,", "警务室编号,外部编号,").replace("\nA", f"\n{tree.office},A")
    batch_id = actions.receive_file("a.csv", text.encode(), by=manager, at=now)
    assert handed(client_for(manager), batch_id)[1][6] == "13800001234"
    assert handed(client_for(manager2), batch_id)[1][6] == "138****1234"


def test_the_page_repeats_no_cell_that_names_somebody(chief: Any, now: datetime) -> None:
    text = f"外部编号,内容,报警人,电话\nA1,积水,{'长' * 61},=13800001234\n"
    batch = ImportBatch.objects.get(pk=actions.receive_file("a.csv", text.encode(), by=chief, at=now))
    problems = batch.report["problems"]
    assert {row["column"] for row in problems} == {"报警人", "电话"}
    assert [row["value"] for row in problems] == ["", ""]
