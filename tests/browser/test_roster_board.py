"""The board in a real browser: drag a shift, see the breach before letting go, change by keyboard, undo."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from duty_office import FIRST, fill_office

from jingwu.duty.models import RosterCell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def roster(transactional_db: None, tree: Any, chief: Any, officer: Any, auxiliary: Any, now: Any) -> int:
    """Draft the first office's roster."""
    return fill_office(tree, chief, now)


def test_dragging_shows_the_breach_and_undo_takes_the_step_back(
    roster: int, chief: Any, officer: Any, signed_in_page: Any
) -> None:
    found = {
        (p, d): code
        for p, d, code in RosterCell.objects.filter(roster_id=roster).values_list(
            "person_id", "day", "shift__code"
        )
    }
    person = officer.person_id
    # an evening, the day after it free, and a night of the same person to drag there
    evening = next(d for (p, d), c in sorted(found.items()) if p == person and c == "E"
                   and (p, d + timedelta(days=1)) not in found and d > FIRST)  # fmt: skip
    night = next(d for (p, d), c in sorted(found.items()) if p == person and c == "N" and d > evening)
    page = signed_in_page(chief, f"/duty/rosters/{roster}/")
    source = page.locator(f'[data-cell="{person}:{night}"]')
    target = page.locator(f'[data-cell="{person}:{evening + timedelta(days=1)}"]')
    source.hover()
    page.mouse.down()
    target.hover()
    target.hover(position={"x": 9, "y": 9})  # a drag needs a second move
    tip = page.locator("[data-tip]")
    tip.wait_for(state="visible", timeout=5000)
    assert "休息不足" in tip.inner_text()
    assert "bad-" in (target.get_attribute("class") or "")
    page.mouse.up()
    moved = page.locator(f'[data-cell="{person}:{evening + timedelta(days=1)}"].night.pinned')
    moved.wait_for(timeout=5000)
    assert "soon" in (moved.get_attribute("class") or "")
    page.locator("[data-step=undo]").click()
    page.locator(f'[data-cell="{person}:{night}"].night').wait_for(timeout=5000)
    assert page.problems == []


def test_the_board_works_by_keyboard(roster: int, chief: Any, officer: Any, signed_in_page: Any) -> None:
    cell = RosterCell.objects.filter(roster_id=roster, person_id=officer.person_id, day__gt=FIRST).first()
    assert cell is not None
    key = f"{cell.person_id}:{cell.day}"
    page = signed_in_page(chief, f"/duty/rosters/{roster}/")
    page.locator(f'[data-cell="{key}"]').focus()
    page.keyboard.press("p")
    page.locator(f'[data-cell="{key}"].pinned').wait_for(timeout=5000)
    page.keyboard.press("Delete")
    page.locator(f'[data-cell="{key}"].off').wait_for(timeout=5000)
    page.keyboard.press("Enter")
    page.locator("[data-board] [data-menu] button").first.wait_for(timeout=5000)
    page.locator("[data-board] [data-menu] button", has_text="白班").click()
    page.locator(f'[data-cell="{key}"].day').wait_for(timeout=5000)
    assert RosterCell.objects.get(roster_id=roster, person_id=cell.person_id, day=cell.day).shift.code == "D"
    assert isinstance(cell.day, date) and page.problems == []


def test_undo_and_redo_keep_the_focus(roster: int, chief: Any, officer: Any, signed_in_page: Any) -> None:
    cell = RosterCell.objects.filter(roster_id=roster, person_id=officer.person_id, day__gt=FIRST).first()
    assert cell is not None
    key, code = f"{cell.person_id}:{cell.day}", cell.shift.code
    page = signed_in_page(chief, f"/duty/rosters/{roster}/")
    focused = "document.activeElement.dataset.cell || document.activeElement.dataset.step"
    page.locator(f'[data-cell="{key}"]').focus()
    page.keyboard.press("Delete")
    page.locator(f'[data-cell="{key}"].off').wait_for(timeout=5000)
    page.keyboard.press("z")
    page.locator(f'[data-cell="{key}"][data-code="{code}"]').wait_for(timeout=5000)
    assert page.evaluate(focused) == key
    page.keyboard.press("y")
    page.locator(f'[data-cell="{key}"].off').wait_for(timeout=5000)
    assert page.evaluate(focused) == key
    page.locator("[data-step=undo]").focus()
    page.keyboard.press("Enter")
    page.locator(f'[data-cell="{key}"][data-code="{code}"]').wait_for(timeout=5000)
    assert page.evaluate(focused) == "redo"  # undo is spent; its neighbour takes the focus
    page.keyboard.press("Enter")
    page.locator(f'[data-cell="{key}"].off').wait_for(timeout=5000)
    assert page.evaluate(focused) == "undo"
    assert page.problems == []


@pytest.mark.parametrize("size", ["phone", "tablet"])
def test_a_finger_moves_a_shift(
    roster: int, chief: Any, officer: Any, signed_in_page: Any, size: str
) -> None:
    found = {
        (p, d): code
        for p, d, code in RosterCell.objects.filter(roster_id=roster).values_list(
            "person_id", "day", "shift__code"
        )
    }
    person = officer.person_id
    evening = next(d for (p, d), c in sorted(found.items()) if p == person and c == "E"
                   and (p, d + timedelta(days=1)) not in found and d > FIRST)  # fmt: skip
    night = next(d for (p, d), c in sorted(found.items()) if p == person and c == "N" and d > evening)
    target_key = f"{person}:{evening + timedelta(days=1)}"
    page = signed_in_page(chief, f"/duty/rosters/{roster}/", size=size, touch=True)
    source = page.locator(f'[data-cell="{person}:{night}"]')
    assert min(source.bounding_box()["width"], source.bounding_box()["height"]) >= 44
    source.tap()
    entry = page.locator("[data-menu] button", has_text="移动")
    assert entry.bounding_box()["height"] >= 44
    entry.tap()
    bar = page.locator("[data-bar]")
    assert "点要放到的格子" in bar.inner_text() and bar.locator("[data-drop]").is_disabled()
    page.locator(f'[data-cell="{target_key}"]').tap()
    bar.locator("li", has_text="休息不足").first.wait_for(timeout=5000)  # told before it is let go
    bar.locator("[data-cancel]").tap()
    assert (
        bar.is_hidden() and RosterCell.objects.filter(roster_id=roster, day=night, person_id=person).exists()
    )
    source.tap()
    entry.tap()
    page.locator(f'[data-cell="{target_key}"]').tap()
    bar.locator("li", has_text="休息不足").first.wait_for(timeout=5000)
    bar.locator("[data-drop]").tap()
    page.locator(f'[data-cell="{target_key}"].night.pinned').wait_for(timeout=5000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.problems == []
