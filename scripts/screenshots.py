"""Take the pictures of docs/pictures from a running demo: ``python scripts/screenshots.py [ADDRESS]``."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
DESK, PHONE = (1440, 900), (390, 844)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
# file, account, size, address, what to press before the picture (a selector, or nothing)
SHOTS = (
    ("overview", "manager", DESK, "/overview/", ""),
    ("plan", "manager", DESK, "/planning/plans/1/", ""),
    ("deployment", "manager", DESK, "/planning/deployment/", ""),
    ("roster", "chief", DESK, "/duty/roster/", ""),
    ("incidents", "chief", DESK, "/incidents/", ""),
    ("incident", "chief", DESK, "/incidents/?group=waiting", "#board tbody a"),
    ("analysis", "chief", DESK, "/incidents/analysis/?period=week", ""),
    ("overview-phone", "manager", PHONE, "/overview/", ""),
    ("field-phone", "officer", PHONE, "/field/", ""),
)


def signed_in(browser: Browser, base: str, account: str, size: tuple[int, int]) -> Page:
    """Return a page on which the demo's account is signed in."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": base}])
    page = context.new_page()
    page.goto(f"{base}/sign-in/")
    page.locator(f"form:has(input[name=login][value={account}]) button").click()
    page.wait_for_load_state()
    return page


def main(base: str) -> None:
    """Take every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for name, account, size, address, press in SHOTS:
            page = signed_in(browser, base, account, size)
            page.goto(base + address)
            if press:
                page.locator(press).first.click()
                page.wait_for_load_state()
            page.wait_for_timeout(2000)  # maps and plots draw themselves
            picture = Image.open(io.BytesIO(page.screenshot()))
            # few colours are enough for a page, and a third of the bytes
            picture.convert("RGB").quantize(128).save(PICTURES / f"{name}.png", optimize=True)
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
