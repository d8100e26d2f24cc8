"""The deployment in a real browser: crews moved by drag and keys, an office off, confirmed, replayed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from deployed import bring_in, finish_studies
from playwright.sync_api import expect

from jingwu.planning import actions
from jingwu.planning.models import Scenario

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def facts(transactional_db: None, tree: Any, manager: Any, now: Any) -> int:
    """Adopt a small district and have its scene ready."""
    fact_set = bring_in(tree, now)
    actions.request_study(fact_set, kind="ground", params={"offices": None}, by=manager, at=now)
    finish_studies()
    return fact_set


def answered(page: Any) -> str:
    """Wait for the server's answer and return the page's sentence."""
    page.locator("[data-deploy][data-state=answered]").wait_for(timeout=10_000)
    return page.locator(".page-head h1").inner_text()


def hours(page: Any, place: int) -> int:
    return int(page.locator("tr[data-office] [data-cell=hours]").nth(place).inner_text())


def again(page: Any) -> None:
    """Forget the last answer, so that the next can be waited for."""
    page.evaluate("document.querySelector('[data-deploy]').dataset.state = 'ready'")


def test_a_crew_is_moved_by_drag_and_by_keys_and_an_office_switched_off(
    facts: int, manager: Any, signed_in_page: Any
) -> None:
    page = signed_in_page(manager, "/planning/deployment/")
    posts = page.locator("[data-post]")
    assert posts.count() == 4
    today = page.locator(".page-head h1").inner_text()
    before = [hours(page, place) for place in range(4)]
    colours = page.locator("path.beat").evaluate_all("all => all.map(one => one.getAttribute('fill'))")
    assert len(set(colours)) > 1

    def middle(place: int) -> tuple[float, float]:
        box = posts.nth(place).locator("circle").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.mouse.move(*middle(0))
    page.mouse.down()
    page.mouse.move(*middle(1), steps=8)
    assert "aimed" in posts.nth(1).get_attribute("class")
    page.mouse.up()
    dragged = answered(page)
    assert dragged != today
    moved = before[0] - hours(page, 0)
    assert moved > 0 and hours(page, 1) == before[1] + moved
    assert float(page.locator("[data-deploy]").get_attribute("data-seconds")) < 1.0

    again(page)
    posts.nth(1).focus()
    page.keyboard.press("Enter")
    assert "拿起了" in page.locator("[data-deploy-hint]").inner_text()
    posts.nth(2).focus()
    page.keyboard.press("Enter")
    answered(page)
    assert hours(page, 2) > before[2]
    posts.nth(3).focus()
    again(page)
    page.keyboard.press("+")
    answered(page)
    assert hours(page, 3) == before[3] + 168

    again(page)
    page.locator("tr[data-office] [data-open]").nth(1).uncheck()
    closed = answered(page)
    assert hours(page, 1) == 0 and closed != dragged
    assert "closed" in posts.nth(1).get_attribute("class")

    page.locator(".map-table summary").click()
    expect(page.locator("[data-areas-table] tbody tr")).to_have_count(len(colours))
    for _step in range(4):
        again(page)
        page.locator("[data-deploy-undo]").click()
        answered(page)
    assert [hours(page, place) for place in range(4)] == before
    assert page.locator("[data-deploy-undo]").is_disabled()
    assert page.problems == []


def test_a_scenario_is_saved_and_confirmed_by_the_worker(
    facts: int, manager: Any, signed_in_page: Any
) -> None:
    page = signed_in_page(manager, "/planning/deployment/")
    page.locator("[data-more]").nth(2).click()
    answered(page)
    page.locator("[data-deploy-save]").click()
    page.fill("#scenario-name", "多一组")
    page.locator("[data-save-dialog] .primary").click()
    page.wait_for_url("**scenario=*")
    assert page.locator("#confirmation .job").count() == 1
    finish_studies()
    page.reload()
    assert page.locator("#confirmation tbody tr").count() >= 5
    assert Scenario.objects.get().name == "多一组"
    assert page.problems == []


def test_one_hour_is_changed_in_the_week_and_the_phone_has_room(
    facts: int, manager: Any, signed_in_page: Any
) -> None:
    page = signed_in_page(manager, "/planning/deployment/", size="phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cell = page.locator("[data-week-grid] button[data-hour='20']")
    was = int(cell.inner_text())
    cell.focus()
    page.keyboard.press("+")
    answered(page)
    assert int(cell.inner_text()) == was + 1
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.hour") == "21"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.problems == []


def test_a_day_is_replayed_with_play_pause_speed_and_keys(
    facts: int, manager: Any, signed_in_page: Any
) -> None:
    page = signed_in_page(manager, "/planning/deployment/replay/", language="en")
    clock = page.locator("[data-clock]")
    assert clock.inner_text() == "18:00"
    page.select_option("[data-speed]", "60")
    page.locator("[data-play]").click()
    expect(clock).to_have_text(re.compile("18:[345]|19:"), timeout=10_000)
    assert page.locator("[data-play]").inner_text().strip() == "Pause"
    page.locator("[data-play]").click()
    stopped = clock.inner_text()
    page.wait_for_timeout(300)
    assert clock.inner_text() == stopped
    page.locator("h1").click()
    page.keyboard.press("Home")
    assert clock.inner_text() == "00:00"
    page.keyboard.press("Shift+ArrowRight")
    assert clock.inner_text() == "01:00"
    assert "waiting" in page.locator("[data-now]").inner_text()
    last = page.locator("[data-log] li").last
    last.locator("button").click()
    assert clock.inner_text() == last.locator("time").inner_text()
    assert page.problems == []
