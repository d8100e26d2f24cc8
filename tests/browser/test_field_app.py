"""The field app in a real browser: tasks without a network, accepted and recorded, uploaded exactly once."""

from __future__ import annotations

import hashlib
import io
import time
from typing import Any

import pytest
from django.core.signals import request_started
from incident_desk import now, on_duty, sent  # fixtures
from PIL import Image
from playwright.sync_api import Page

from jingwu.incidents.models import Incident
from jingwu.incidents.models.sync import FieldChange, FieldFile

__all__ = ["now", "on_duty", "sent"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT_MS = 15_000


def photo() -> bytes:
    """Return a photo that says where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif.get_ifd(0x8825)[1] = "N"
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(kept, "JPEG", exif=exif)
    return kept.getvalue()


@pytest.fixture
def phone(sent: Incident, officer: Any, signed_in_page: Any) -> Page:
    """The officer's phone with the app installed and the day read."""
    page = signed_in_page(officer, "/field/", size="phone")
    page.locator("text=三号楼有人打架").first.wait_for(timeout=WAIT_MS)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("caches.keys().then((names) => names.length > 0)", timeout=WAIT_MS)
    page.wait_for_timeout(1500)  # the worker keeps the pages
    return page


def test_accepted_without_a_network_and_uploaded_once(phone: Page, sent: Incident) -> None:
    phone.context.set_offline(True)
    phone.reload()
    phone.locator("text=三号楼有人打架").first.wait_for(timeout=WAIT_MS)
    phone.locator("button", has_text="接受并导航").first.click()
    phone.locator("[data-outbox]", has_text="未上传").wait_for(timeout=WAIT_MS)
    phone.goto(phone.url.split("/field/")[0] + "/field/")  # another page, still without a network
    phone.locator("[data-outbox]", has_text="未上传").wait_for(timeout=WAIT_MS)
    assert Incident.objects.get(pk=sent.pk).state == "dispatched"
    phone.context.set_offline(False)
    phone.locator("[data-outbox]", has_text="未上传").wait_for(state="hidden", timeout=WAIT_MS)
    phone.locator("button", has_text="已到场").first.wait_for(timeout=WAIT_MS)
    row = Incident.objects.get(pk=sent.pk)
    assert row.state == "en_route" and row.events.filter(verb="ack").count() == 1
    phone.reload()
    phone.locator("button", has_text="已到场").first.wait_for(timeout=WAIT_MS)
    assert FieldChange.objects.filter(outcome="done").count() == 2  # accepted, departed: each once


def test_a_scene_record_with_its_photo_survives_a_reload_and_loses_its_exif(phone: Page) -> None:
    phone.context.set_offline(True)
    phone.goto(phone.url.split("/field/")[0] + "/field/record/")
    phone.locator("textarea").first.fill("双方已劝开,无人受伤")
    phone.locator("input[type=file]").first.set_input_files(
        {"name": "scene.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    phone.locator("button", has_text="保存").first.click()
    phone.locator("[data-outbox]", has_text="未上传").wait_for(timeout=WAIT_MS)
    phone.reload()
    phone.locator("[data-outbox]", has_text="未上传").wait_for(timeout=WAIT_MS)
    assert not FieldFile.objects.exists()
    phone.context.set_offline(False)
    phone.locator("[data-outbox]", has_text="未上传").wait_for(state="hidden", timeout=WAIT_MS)
    phone.wait_for_timeout(500)
    (kept,) = FieldFile.objects.all()
    assert kept.arrived_at is not None
    # what left the phone is not the file that was chosen: it was drawn anew, without place and device
    assert kept.upload_sha256 not in ("", hashlib.sha256(photo()).hexdigest())


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(phone: Page, sent: Incident) -> None:
    asked: list[float] = []

    def busy(route: Any) -> None:
        asked.append(time.monotonic())
        if len(asked) > 1:
            route.continue_()
        else:
            words = '{"code": "field.busy", "message": "服务器正忙", "fields": {}}'
            route.fulfill(
                status=503, headers={"Retry-After": "2"}, content_type="application/json", body=words
            )

    phone.route("**/field/api/sync/", busy)
    phone.locator("button", has_text="接受并导航").first.click()
    phone.locator("[data-outbox]", has_text="未上传").wait_for(timeout=WAIT_MS)
    phone.wait_for_timeout(1500)
    assert len(asked) == 1
    phone.locator("[data-outbox]", has_text="未上传").wait_for(state="hidden", timeout=WAIT_MS)
    assert 2.0 <= asked[1] - asked[0] < 4.5
    assert Incident.objects.get(pk=sent.pk).state == "en_route"


def test_a_busy_server_takes_nothing_off_the_phones_page(phone: Page) -> None:
    phone.route(
        "**/field/api/today/",
        lambda route: route.fulfill(status=503, headers={"Retry-After": "60"}, json={"message": "正忙"}),
    )
    phone.evaluate("window.dispatchEvent(new Event('online'))")
    phone.wait_for_timeout(500)
    assert phone.locator("text=三号楼有人打架").count() and not phone.locator("text=正忙").count()


def test_a_day_that_could_not_be_read_at_first_comes_by_itself(
    sent: Incident, officer: Any, signed_in_page: Any, open_page: Any
) -> None:
    phone = signed_in_page(officer, "/me/", size="phone")
    answers = iter([lambda route: route.abort(), lambda route: route.fulfill(status=502, body="<html>")])
    phone.route("**/field/api/today/", lambda route: next(answers, lambda one: one.continue_())(route))
    phone.clock.install()
    phone.goto(phone.url.split("/me/")[0] + "/field/")
    phone.locator("text=还没有可离线使用的任务").wait_for(timeout=WAIT_MS)
    phone.clock.run_for(14_000)
    phone.locator("text=警务室的服务器正忙").wait_for(timeout=WAIT_MS)
    phone.clock.run_for(14_000)
    phone.locator("text=三号楼有人打架").first.wait_for(timeout=WAIT_MS)


def test_pages_kept_while_nobody_is_signed_in_leave_the_cookies_alone(phone: Page) -> None:
    """What the worker fetches late must not change the token of a sign-in form that is open by then."""
    asked: list[str] = []

    def note(environ: Any, **_rest: Any) -> None:
        asked.append(environ["PATH_INFO"])

    request_started.connect(note)
    phone.context.clear_cookies()
    phone.evaluate(
        "async () => (await navigator.serviceWorker.ready).active.postMessage("
        "{ type: 'keep', pages: ['/field/map/', '/field/me/'] })"
    )
    until = time.monotonic() + WAIT_MS / 1000
    while not {"/field/map/", "/field/me/"} <= set(asked) and time.monotonic() < until:
        phone.wait_for_timeout(100)
    phone.wait_for_timeout(500)
    assert {"/field/map/", "/field/me/"} <= set(asked)
    assert not any(path.startswith("/sign-in/") for path in asked)
    assert "csrftoken" not in {cookie["name"] for cookie in phone.context.cookies()}


def test_a_form_on_a_kept_page_is_accepted(phone: Page) -> None:
    phone.locator(".field-head button", has_text="中 / EN").click()
    phone.locator("html[lang='en']").wait_for(timeout=WAIT_MS)
    phone.goto(phone.url.split("/field/")[0] + "/field/me/")
    phone.locator("button", has_text="Sign out").click()
    phone.wait_for_url("**/sign-in/**", timeout=WAIT_MS)
