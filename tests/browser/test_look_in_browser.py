"""The look in a real browser: plots and map drawn under the strict policy, phone and desk, keys, paper."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "site"))

Page = Any
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def style_guide(settings: Any) -> None:
    from csp.constants import NONCE, SELF

    settings.ROOT_URLCONF = "look_urls"
    # stricter than what is served: no inline style attribute either
    directives = {**settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]}
    directives |= {"style-src": [SELF], "script-src": [SELF, NONCE], "worker-src": [SELF]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}


def wait_for_drawings(page: Page) -> None:
    page.wait_for_selector("[data-map][data-drawn]", timeout=20_000)
    page.wait_for_function("document.querySelectorAll('.plot .canvas svg').length === 4")


@pytest.mark.parametrize(("size", "language"), [("desk", "zh-hans"), ("phone", "en")])
def test_everything_is_drawn_and_nothing_sticks_out(
    open_page: Callable[..., Page], size: str, language: str
) -> None:
    page = open_page("/_look/", size=size, language=language)
    wait_for_drawings(page)
    assert page.problems == []
    assert page.locator(".map-office").count() == 24
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for path in ("field", "public", "404", "503"):
        page.goto(page.url.split("/_look/")[0] + f"/_look/{path}/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_map_is_svg_without_webgl(open_page: Callable[..., Page]) -> None:
    page = open_page("/_look/field/")
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(page.url.replace("field/", ""))
    page.wait_for_selector("[data-map][data-drawn=svg]")
    assert page.locator("[data-map] svg path.beat").count() > 90


def test_the_map_becomes_svg_on_paper(open_page: Callable[..., Page]) -> None:
    page = open_page("/_look/")
    page.wait_for_selector("[data-map][data-drawn=gl]", timeout=20_000)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.get_attribute("[data-map]", "data-drawn") == "svg"


def test_a_table_sorts_and_turns_pages_without_a_reload(open_page: Callable[..., Page]) -> None:
    page = open_page("/_look/")
    page.evaluate("window.sameDocument = true")
    page.click("#moves th a.sort >> nth=1")
    page.wait_for_url("**sort=distance_km**")
    page.click("#moves .pager a:text-is('2')")
    page.wait_for_url("**page=2**")
    assert page.evaluate("window.sameDocument") is True
    assert page.locator("#moves").count() == 1
    distances = page.locator("#moves tbody td.number").all_inner_texts()
    numbers = [float(text.replace("km", "")) for text in distances]
    assert numbers == sorted(numbers) and len(numbers) == 8


def test_a_table_works_without_scripts(open_page: Callable[..., Page]) -> None:
    page = open_page("/_look/", scripts=False)
    page.click("#moves .pager a:text-is('3')")
    assert "page=3" in page.url and page.inner_text("#moves .pager [aria-current]") == "3"


def test_slash_opens_the_command_bar_and_typing_a_slash_in_a_field_does_not(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("/_look/")
    page.focus("textarea")
    page.keyboard.type("/")
    assert page.evaluate("document.getElementById('command').open") is False
    page.locator("textarea").blur()
    page.keyboard.press("/")
    assert page.evaluate("document.getElementById('command').open") is True
    assert page.evaluate("document.activeElement.id") == "command-words"
    page.keyboard.press("Escape")
    assert page.evaluate("document.getElementById('command').open") is False


def test_a_question_comes_before_what_cannot_be_undone(open_page: Callable[..., Page]) -> None:
    page = open_page("/_look/")
    page.evaluate(
        "window.clicks = 0;"
        "document.querySelector('[data-confirm]').addEventListener('click', () => { window.clicks += 1 })"
    )
    page.click("[data-confirm]")
    assert page.inner_text("#ask-title") == "送第二人审批?"
    page.click("#ask [value=no]")
    assert page.evaluate("window.clicks") == 0
    page.click("[data-confirm]")
    page.click("#ask-yes")
    page.wait_for_function("window.clicks === 1")


def test_a_plot_can_be_taken_away_as_csv(open_page: Callable[..., Page]) -> None:
    page = open_page("/_look/")
    page.click("#compare .plot summary")
    with page.expect_download() as waiting:
        page.click("#compare [data-download]")
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert text.splitlines()[:2] == ["人数 (人),5 分钟到场率", "300,52"]


def test_the_rail_is_a_drawer_on_the_phone(open_page: Callable[..., Page]) -> None:
    page = open_page("/_look/", size="phone")
    assert not page.is_visible("#rail")
    page.click("[data-rail-open]")
    assert page.is_visible("#rail")
    page.keyboard.press("Escape")
    page.wait_for_selector("#rail", state="hidden")


def test_a_job_is_asked_after_and_can_be_stopped(open_page: Callable[..., Page]) -> None:
    page = open_page("/_look/")
    with page.expect_response("**/_look/job/", timeout=5000):
        pass
    page.click(".job button")
    page.wait_for_selector(".job >> text=已停止")


def test_a_chief_finds_the_rail_after_signing_in(chief: Any, signed_in_page: Callable[..., Page]) -> None:
    page = signed_in_page(chief, "/_look/")
    assert page.is_visible("#rail >> text=人员")
    assert page.locator("#rail >> text=审计").count() == 0
