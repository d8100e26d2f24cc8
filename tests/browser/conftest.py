"""A real Chromium over a live server; signed-in pages; nothing leaves the machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cast import CAST_PASSWORD
from playwright.sync_api import Browser, Page, sync_playwright

# Playwright's own event loop runs in the thread of the test, where the cast is made by the ORM.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("JINGWU_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desk": (1440, 900), "phone": (390, 844), "tablet": (820, 1180)}
DIST = Path(__file__).resolve().parents[2] / "src/jingwu/site/static/dist"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the machine's Chromium, started once."""
    if CHROMIUM is None:
        pytest.skip("no Chromium; `make browser` installs it, or name one in JINGWU_CHROMIUM")
    if not (DIST / "desk.js").exists():
        pytest.fail("the front end is not built; run `make setup`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site(settings: Any, live_server: Any) -> str:
    """Return the address of a live server that serves static files under their plain names."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    return live_server.url


@pytest.fixture
def open_page(chromium: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Return a way to open a page: size, language, scripts on or off, a finger; page errors are kept.

    ``page.problems`` collects errors of the console (a refusal by the content security policy among them) and
    uncaught exceptions. Requests to any other host are refused and collected too.
    """
    contexts = []

    def opened(
        path: str,
        *,
        size: str = "desk",
        language: str = "zh-hans",
        scripts: bool = True,
        touch: bool = False,
    ) -> Page:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            locale="zh-CN",
            has_touch=touch,
            is_mobile=touch,
        )
        contexts.append(context)
        context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        page = context.new_page()
        problems: list[str] = []
        page.problems = problems  # type: ignore[attr-defined]
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))

        def refuse(route: Any) -> None:
            problems.append(f"a request left the site: {route.request.url}")
            route.abort()

        context.route(lambda url: not url.startswith((site, "data:", "blob:")), refuse)
        page.goto(site + path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def signed_in_page(open_page: Callable[..., Page], site: str) -> Callable[..., Page]:
    """Return a way to open a page as an account of the cast, through the sign-in form."""

    def opened(account: Any, path: str, *, password: str = CAST_PASSWORD, **options: Any) -> Page:
        from django.urls import reverse

        page = open_page(reverse("account_login"), **options)
        page.fill("[name=login]", account.sign_in_name)
        page.fill("[name=password]", password)
        page.click("main [type=submit]")
        page.wait_for_load_state()
        page.goto(site + path)
        return page

    return opened
