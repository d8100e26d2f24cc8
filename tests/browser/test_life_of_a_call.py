"""The whole life of a call: a resident without scripts, two desks, a phone that loses its network."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from cast import CAST_PASSWORD
from django.core.cache import cache
from incident_desk import now, on_duty, sent  # fixtures
from playwright.sync_api import Page

from jingwu.incidents.models import FollowUp, Incident
from jingwu.incidents.models.sync import FieldChange
from jingwu.journal.models import Line
from jingwu.terms.people import AccountRole, PersonCategory

__all__ = ["now", "on_duty", "sent"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT_MS = 15_000
SCENE_SECONDS = 40


@pytest.fixture(autouse=True)
def no_limit_from_before() -> None:
    """Forget how often this address reported in other tests."""
    cache.clear()


@pytest.fixture
def reviewer(make_account: Any, tree: Any) -> Any:
    """An officer of the same office who was not there."""
    return make_account("officer2", AccountRole.OFFICER, tree.office, PersonCategory.OFFICER)


def report_without_scripts(open_page: Any, tree: Any, site: str) -> tuple[str, str]:
    """Report as a resident whose browser runs no scripts; return number and where its progress is told."""
    page = open_page("/public/report/", scripts=False)
    page.select_option("[name=office]", tree.office)
    page.fill("[name=text]", "三号楼两户因噪声争吵,吵了一个小时")
    page.fill("[name=address]", "望江路 12 号")
    page.fill("[name=reporter_phone]", "13800001234")
    page.check("[name=not_urgent]")
    page.click("main [type=submit]")
    number = page.locator("main b").first.inner_text()
    progress = page.locator("main a[href*='/public/report/JQ']").get_attribute("href")
    assert progress is not None and not page.problems
    return number, progress.removeprefix(site)


def installed(phone: Page) -> Page:
    """Wait until the app is kept on the phone."""
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.wait_for_function("caches.keys().then((names) => names.length > 0)", timeout=WAIT_MS)
    phone.wait_for_timeout(1500)
    return phone


def count_on_the_analysis(desk: Page, site: str) -> int:
    desk.goto(f"{site}/incidents/analysis/?period=hour")
    found = re.search(r"\d+", desk.locator("h1").inner_text().partition("接警")[2])
    assert found is not None
    return int(found[0])


def test_from_the_residents_report_to_the_closed_incident(
    tree: Any, chief: Any, on_duty: Any, reviewer: Any, open_page: Any, signed_in_page: Any, site: str
) -> None:
    desk = signed_in_page(chief, "/incidents/")
    assert count_on_the_analysis(desk, site) == 0
    # the resident reports, and the board has it
    number, progress = report_without_scripts(open_page, tree, site)
    assert "等待警务室查看" in open_page(progress, scripts=False).locator("h1").inner_text()
    desk.goto(f"{site}/incidents/")
    desk.locator("#board td.lead a").first.click()
    # the desk grades it and is told whom to send, and why
    desk.select_option("#id_category", "dispute")
    desk.select_option("#id_priority", "2")
    desk.locator("#triage [data-main]").click()
    desk.locator("#dispatch .crew-choice", has_text=on_duty.person.name).wait_for(timeout=WAIT_MS)
    desk.locator("#dispatch .crew-choice .btn").first.click()
    desk.locator("h1", has_text="派警").wait_for(timeout=WAIT_MS)
    row = Incident.objects.get(number=number)
    # the officer accepts in the hand
    phone = signed_in_page(on_duty, "/field/", size="phone")
    phone.locator("text=三号楼两户因噪声争吵").first.wait_for(timeout=WAIT_MS)
    installed(phone)
    phone.locator("button", has_text="接受并导航").first.click()
    phone.locator("button", has_text="已到场").first.wait_for(timeout=WAIT_MS)
    phone.locator("[data-outbox]", has_text="未上传").wait_for(state="hidden", timeout=WAIT_MS)
    assert "警务室正在办理" in open_page(progress, scripts=False).locator("h1").inner_text()
    # the network is cut: arrival, the scene and leaving it are written down all the same
    phone.context.set_offline(True)
    phone.locator("button", has_text="已到场").first.click()
    phone.locator("a", has_text="现场记录").first.wait_for(timeout=WAIT_MS)
    began = time.monotonic()
    phone.locator(".task a.primary", has_text="现场记录").first.click()
    phone.locator("textarea#facts").fill("两户因装修噪声争吵,已劝开,无人受伤")
    phone.locator("#measures").fill("分别询问,约定装修时间")
    phone.locator("button", has_text="保存").first.click()
    phone.locator("[data-outbox]", has_text="未上传").wait_for(timeout=WAIT_MS)
    assert time.monotonic() - began <= SCENE_SECONDS
    phone.locator("button", has_text="离开现场").first.click()
    assert Incident.objects.get(pk=row.pk).state == "en_route"
    # the network is back: every change arrives once and in its order
    phone.context.set_offline(False)
    phone.locator("[data-outbox]", has_text="未上传").wait_for(state="hidden", timeout=WAIT_MS)
    phone.wait_for_timeout(500)
    assert set(FieldChange.objects.values_list("outcome", flat=True)) <= {"done", "merged"}
    assert Incident.objects.get(pk=row.pk).state == "handling"
    feed_back_and_finish(row, phone, signed_in_page, open_page, reviewer, site)
    # the trail in the journal, and the figures that moved
    lines = Line.objects.filter(record_type="incident", record_id=str(row.pk)).order_by("sequence")
    verbs = [verb.removeprefix("incidents.") for verb in lines.values_list("verb", flat=True)]
    told = [verb for verb in verbs if verb not in ("field_state", "leave")]
    assert told == [
        "register", "triage", "dispatch", "ack", "depart", "arrive", "handle", "feed_back", "review",
        "issue_link", "record_answer", "follow_up", "close",
    ], verbs  # fmt: skip
    assert count_on_the_analysis(desk, site) == 1
    assert "已办理完毕" in open_page(progress, scripts=False).locator("h1").inner_text()
    for page in (desk, phone):
        # the test server cannot stream, and the phone had no network: anything else is a fault of a script
        assert not [line for line in page.problems if "Failed to load resource" not in line], page.problems


def feed_back_and_finish(
    row: Incident, phone: Page, signed_in_page: Any, open_page: Any, reviewer: Any, site: str
) -> None:
    """Let the officer report, another review, the resident rate by the link, and the reviewer close."""
    phone.goto(f"{site}/incidents/{row.pk}/")
    phone.locator("#feedback [name=facts]").fill("两户因装修噪声争吵,已劝开")
    phone.locator("#feedback [name=measures]").fill("分别询问,约定装修时间")
    phone.select_option("#feedback [name=result]", "mediated")
    phone.locator("#feedback [name=next_step]").fill("三日后回访")
    phone.locator("#feedback [name=no_recording_reason]").fill("记录仪没电")
    phone.locator("#feedback [data-main]").click()
    phone.locator("h1", has_text="反馈").wait_for(timeout=WAIT_MS)
    second = signed_in_page(reviewer, f"/incidents/{row.pk}/")
    second.locator("button", has_text="审核").first.click()
    second.locator("#answer").wait_for(timeout=WAIT_MS)
    second.locator("button", has_text="生成评价链接").click()
    link = second.locator("code.address").inner_text()
    resident = open_page(link.removeprefix(site), size="phone", scripts=False)
    resident.check("[name=satisfaction][value='1']")
    resident.click("main [type=submit]")
    assert "谢谢" in resident.locator("h1").inner_text()
    assert FollowUp.objects.get(incident=row).kind == "survey"
    second.goto(f"{site}/incidents/{row.pk}/")
    second.locator("button", has_text="办结").first.click()
    second.locator("h1", has_text="办结").wait_for(timeout=WAIT_MS)
    assert Incident.objects.get(pk=row.pk).state == "closed"


def sign_out_and_in(phone: Page, account: Any, site: str) -> None:
    """Hand the phone to somebody else."""
    phone.context.clear_cookies()
    phone.goto(f"{site}/sign-in/?next=/field/")
    phone.fill("[name=login]", account.sign_in_name)
    phone.fill("[name=password]", CAST_PASSWORD)
    with phone.expect_navigation(wait_until="commit"):
        phone.click("main [type=submit]")
    phone.goto(f"{site}/field/")
    phone.locator("[data-drawn='1']").wait_for(timeout=WAIT_MS)


def test_a_second_account_on_the_phone_cannot_touch_the_firsts_outbox(
    sent: Incident, officer: Any, reviewer: Any, signed_in_page: Any, site: str
) -> None:
    phone = signed_in_page(officer, "/field/", size="phone")
    phone.locator("text=三号楼有人打架").first.wait_for(timeout=WAIT_MS)
    is_cut = True
    phone.context.route("**/field/api/sync/", lambda route: route.abort() if is_cut else route.continue_())
    phone.locator("button", has_text="接受并导航").first.click()
    phone.locator("[data-outbox]", has_text="2 条未上传").wait_for(timeout=WAIT_MS)
    sign_out_and_in(phone, reviewer, site)
    is_cut = False
    phone.locator("[data-outbox]", has_text="另有他人 2 项未上传").wait_for(timeout=WAIT_MS)
    phone.evaluate("window.dispatchEvent(new Event('online'))")  # what makes a phone upload
    phone.goto(f"{site}/field/outbox/")
    phone.locator("[data-drawn='1']").wait_for(timeout=WAIT_MS)
    phone.wait_for_timeout(1500)
    assert "签收" not in phone.locator("#field-page").inner_text()
    assert not FieldChange.objects.exists() and Incident.objects.get(pk=sent.pk).state == "dispatched"
    # what lies on the phone is sealed: neither the second account nor its page can read a word of it
    rows = phone.evaluate(
        """() => new Promise((resolve) => { const ask = indexedDB.open("jingwu-field");
        ask.onsuccess = () => { const all = ask.result.transaction("outbox").objectStore("outbox").getAll();
        all.onsuccess = () => resolve(JSON.stringify(all.result)); }; })"""
    )
    assert rows.count('"account"') == 2 and "ack" not in rows and "depart" not in rows
    sign_out_and_in(phone, officer, site)
    phone.locator("[data-outbox]", has_text="未上传").wait_for(state="hidden", timeout=WAIT_MS)
    phone.locator("button", has_text="已到场").first.wait_for(timeout=WAIT_MS)
    assert Incident.objects.get(pk=sent.pk).state == "en_route"
    assert set(FieldChange.objects.values_list("account_id", flat=True)) == {officer.pk}


def test_a_phone_in_the_pocket_asks_nothing(sent: Incident, officer: Any, signed_in_page: Any) -> None:
    phone = signed_in_page(officer, "/field/", size="phone")
    asked: list[str] = []
    phone.on("request", lambda one: asked.append(one.url) if one.url.endswith("/api/today/") else None)
    phone.clock.install()
    phone.reload()
    phone.locator("text=三号楼有人打架").first.wait_for(timeout=WAIT_MS)
    phone.wait_for_timeout(500)

    def asks_in(seconds: int) -> int:
        before = len(asked)
        phone.clock.run_for(seconds * 1000)
        phone.wait_for_timeout(800)
        return len(asked) - before

    assert asks_in(61) == 1
    show(phone, hidden=True)
    assert asks_in(300) == 0
    before = len(asked)
    show(phone, hidden=False)
    phone.wait_for_timeout(800)
    assert len(asked) - before == 1
    assert asks_in(61) == 1


def show(phone: Page, *, hidden: bool) -> None:
    """Put the phone into the pocket, or take it out."""
    phone.evaluate(
        "(is) => { Object.defineProperty(document, 'hidden', { value: is, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )
