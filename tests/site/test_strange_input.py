"""What no page of ours sends, but anybody can: it is refused in words, or means nothing, and never a 500."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from jingwu.incidents import actions as incidents
from jingwu.journal import queries as journal

Browser = Callable[[Any], Client]
MANY_DIGITS = "9" * 5000  # more than Python reads as a number


def test_nul_in_what_the_journal_keeps_as_json_is_refused_in_words(
    officer: Any, tree: Any, now: datetime, client_for: Browser
) -> None:
    report = incidents.NewIncident(office_code=tree.office, text="打架", address="望江路")
    incident = incidents.register(report, by=officer, at=now)
    answer = client_for(officer).post(f"/incidents/{incident.pk}/unmask/", {"reason": "x\x00"})
    assert answer.status_code == 422 and "空字符" in answer.content.decode()


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31", f"before={MANY_DIGITS}"])
def test_the_first_and_last_day_there_is_bound_nothing(query: str, auditor: Any, client_for: Browser) -> None:
    answer = client_for(auditor).get(f"/journal/?{query}")
    assert answer.status_code == 200 and "accounts.grant" in answer.content.decode()


def test_accounts_and_grants_nobody_has_are_unknown(
    sysadmin: Any, secadmin: Any, chief: Any, tree: Any, client_for: Browser
) -> None:
    role = {"role": "officer", "unit_code": tree.office, "reason": "到岗"}
    reason, reset = {"reason": "离岗"}, {"password": "yet another 8 words", "reason": "忘记"}
    granting, opening = client_for(secadmin), client_for(sysadmin)
    before = journal.head()
    for browser, address, form in (
        (granting, "/accounts/999999/grant/", role),
        (granting, "/accounts/999999/freeze/", reason),
        (granting, f"/accounts/{chief.pk}/revoke/999999/", reason),
        (opening, "/accounts/999999/reset/", reset),
    ):
        assert browser.post(address, form).status_code == 404, address
    assert journal.head() == before


def test_records_are_not_looked_for_by_endless_numbers(manager: Any, client_for: Browser) -> None:
    browser = client_for(manager)
    assert browser.get(f"/planning/plans/compare/?a={MANY_DIGITS}&b={MANY_DIGITS}").status_code == 200
    assert browser.get("/planning/plans/compare/?a=1&b=2").status_code == 404
    for page in ("deployment", "deployment/replay"):
        assert browser.get(f"/planning/{page}/?scenario={MANY_DIGITS}").status_code == 404
    for page in ("beats", "hot-places"):
        assert browser.post(f"/planning/{page}/", {"facts": MANY_DIGITS}).status_code == 200
