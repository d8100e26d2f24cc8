"""The desk in a real browser: a report by keyboard alone, whom to send in one click, a list that follows."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from incident_desk import now, on_duty  # fixtures

from jingwu.incidents import actions
from jingwu.incidents.actions import NewIncident
from jingwu.incidents.models import Draft, Incident

__all__ = ["now", "on_duty"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT_MS = 15_000


def test_a_report_by_keyboard_and_a_crew_in_one_click(chief: Any, on_duty: Any, signed_in_page: Any) -> None:
    page = signed_in_page(chief, "/incidents/new/")
    page.keyboard.type("三号楼两户因噪声争吵,有人受伤流血")
    page.locator(".warn-line", has_text="110").wait_for(timeout=WAIT_MS)  # told while typing
    assert Draft.objects.count() == 1
    page.reload()  # nothing typed is lost
    page.locator(".todo a", has_text="三号楼").click()
    page.locator("#id_text").wait_for()
    assert "噪声" in page.locator("#id_text").input_value()
    page.locator("#id_text").focus()
    for keys in (["Tab"], ["Tab"], ["Tab"]):
        page.keyboard.press(*keys)
    page.keyboard.press("Tab")
    page.keyboard.type("纠")  # a list box takes the first sign
    page.locator("#id_category").select_option("dispute")
    page.locator("#id_priority").select_option("2")
    page.locator("#id_priority").press("Control+Enter")
    page.locator("#dispatch .crew-choice .btn").first.wait_for(timeout=WAIT_MS)
    assert on_duty.person.name in page.locator("#dispatch").inner_text()
    page.locator("#dispatch .crew-choice .btn").first.click()
    page.locator("h1", has_text="派警").wait_for(timeout=WAIT_MS)
    assert Incident.objects.get().state == "dispatched"


def test_the_board_reads_itself_again_and_keeps_what_was_ticked(
    chief: Any, on_duty: Any, tree: Any, signed_in_page: Any
) -> None:
    at = timezone.now()
    first = actions.register(NewIncident(tree.office, "第一起"), by=chief, at=at)
    page = signed_in_page(chief, "/incidents/")
    page.wait_for_load_state()
    for _ in range(40):  # the keys work once the page's own module has run
        page.keyboard.press("j")
        if page.locator("#board tr.picked").count():
            break
        page.wait_for_timeout(100)
    page.keyboard.press("x")
    assert page.locator(f"input[name=ids][value='{first.pk}']").is_checked()
    actions.register(NewIncident(tree.office, "第二起"), by=chief, at=at)
    # the test server cannot stream; what the stream sets off is this event
    page.evaluate("document.body.dispatchEvent(new CustomEvent('incidents-changed'))")
    page.locator("#board", has_text="第二起").wait_for(timeout=WAIT_MS)
    assert page.locator(f"input[name=ids][value='{first.pk}']").is_checked()
    assert "未结 2 起" in page.locator("h1").inner_text()
    page.keyboard.press("n")
    page.locator("#id_text").wait_for(timeout=WAIT_MS)
