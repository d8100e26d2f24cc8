"""The show: a chief's month in a real browser, from the approved plan to the signed handover."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from duty_show import account_of, crews_of, lawful_swaps, needed_officers, plan_for

from jingwu.duty.models import Handover, Notice, Roster, RosterCell, SolveRun, SwapRequest
from jingwu.terms.people import AccountRole, PersonCategory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 4, 2, 20, tzinfo=UTC)  # a Wednesday, 10:20 in Shanghai
TODAY = date(2026, 11, 4)
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 29)


class Show:
    """One chief's way through the room; every step is a method, so that a failure names the step."""

    def __init__(self, open_as: Any, tree: Any) -> None:
        self.open_as = open_as
        self.tree = tree
        self.accounts: dict[int, Any] = {}

    def account(self, person_id: int) -> Any:
        """Return the account of a person, made when first asked for."""
        if person_id not in self.accounts:
            person = next(p for found in self.crews.values() for p in found if p.pk == person_id)
            role = AccountRole.OFFICER if person.category == PersonCategory.OFFICER else AccountRole.AUXILIARY
            self.accounts[person_id] = account_of(person, role, NOW)
        return self.accounts[person_id]

    def approve_the_plan(self, plan: int, manager2: Any) -> None:
        """A second manager approves; the hours become the demand of the offices' drafts."""
        from jingwu.planning.jobs import hand_to_duty

        page = self.open_as(manager2, f"/planning/plans/{plan}/")
        page.locator("button[value=approve]").click()
        page.wait_for_load_state()
        confirm = page.locator("dialog [data-yes], dialog .primary")
        if confirm.count() and confirm.first.is_visible():
            confirm.first.click()
            page.wait_for_load_state()
        hand_to_duty(plan)
        rosters = Roster.objects.filter(plan_id=plan, state="draft").select_related("office__unit")
        assert rosters.count() == 3
        paths = [roster.office.unit.path for roster in rosters]
        path = max(paths, key=lambda p: len(crews_of(p).get(PersonCategory.OFFICER, ())))
        self.crews = crews_of(path)
        self.officers = self.crews[PersonCategory.OFFICER]
        assert len(self.officers) >= 4
        self.chief = account_of(self.officers[0], AccountRole.CHIEF, NOW)
        self.accounts[self.officers[0].pk] = self.chief
        self.code = path.strip("/").rsplit("/", 1)[-1]

    def make_a_roster(self) -> None:
        """The chief drafts this month by turns: it asks for what the plan asks for; then it is solved."""
        from jingwu.duty.jobs import solve_roster

        page = self.page = self.open_as(self.chief, f"/duty/offices/{self.code}/rosters/")
        page.fill("[name=first_day]", FIRST.isoformat())
        page.fill("[name=last_day]", LAST.isoformat())
        page.get_by_role("button", name="排草稿").click()
        page.wait_for_url(re.compile(r"/duty/rosters/\d+/"))
        self.roster = int(page.url.rstrip("/").rsplit("/", 1)[-1])
        assert "需求来自“冬季方案”" in page.locator("main").inner_text()
        page.get_by_role("button", name="求解").click()
        page.wait_for_load_state()
        SolveRun.objects.filter(roster_id=self.roster).update(seconds=3)  # the test has less patience
        solve_roster(SolveRun.objects.get(roster_id=self.roster).pk)
        page.goto(page.url)
        assert SolveRun.objects.get(roster_id=self.roster).state == "done"
        assert "秒" in page.locator(".page-head").inner_text()

    def break_a_rule_by_dragging(self) -> None:
        """A night dragged behind an evening shows the breach before it is let go; undo takes it back."""
        cells = {
            (p, d): code
            for p, d, code in RosterCell.objects.filter(roster_id=self.roster).values_list(
                "person_id", "day", "shift__code"
            )
        }
        person, evening, night = next(
            (p, d, other)
            for (p, d), code in sorted(cells.items(), key=lambda item: item[0][1])
            if code == "E" and d > TODAY and (p, d + timedelta(days=1)) not in cells
            for (q, other), late in sorted(cells.items(), key=lambda item: item[0][1])
            if q == p and late == "N" and d < other
        )
        target_key = f"{person}:{evening + timedelta(days=1)}"
        source = self.page.locator(f'[data-cell="{person}:{night}"]')
        target = self.page.locator(f'[data-cell="{target_key}"]')
        source.hover()
        self.page.mouse.down()
        target.hover()
        target.hover(position={"x": 9, "y": 9})
        tip = self.page.locator("[data-tip]")
        tip.wait_for(state="visible", timeout=5000)
        assert "休息不足" in tip.inner_text()
        self.page.mouse.up()
        self.page.locator(f'[data-cell="{target_key}"].night.pinned').wait_for(timeout=5000)
        self.page.locator("[data-step=undo]").click()
        self.page.locator(f'[data-cell="{person}:{night}"].night').wait_for(timeout=5000)

    def publish(self) -> None:
        """The roster is put in force, with a reason for what is off the norms."""
        reason = self.page.locator("#publish [name=reason]")
        if reason.count():
            reason.fill("按方案首期试行")
        self.page.locator("#publish button[type=submit]").click()
        self.page.locator("dialog[open] button", has_text="发布").click()
        self.page.locator("main", has_text="已发布").wait_for(timeout=5000)
        assert Roster.objects.get(pk=self.roster).state == "published"

    def call_somebody_sick(self) -> None:
        """An officer cannot come: the least disturbance is shown, and written when it is confirmed."""
        page = self.page
        page.goto(page.url.split("/duty/")[0] + "/duty/today/")
        sick = needed_officers(self.roster, NOW)[0]
        link = page.locator(f'a[href$="/today/{sick.pk}/absent/"]')
        if link.count():
            link.first.click()
        else:  # of a later shift than the next: the address is the same
            page.goto(page.url + f"{sick.pk}/absent/")
        confirm = page.get_by_role("button", name="记缺勤并照此调整")
        confirm.wait_for(timeout=15_000)
        rows = page.locator(".repair table tbody tr")
        assert "最小扰动" in page.locator(".repair h2").first.inner_text()
        assert all(row.locator("td").last.inner_text().strip() for row in rows.all())  # a reason each
        assert page.locator(".repair .todo .why").count()  # others who could come, with reasons
        sick.refresh_from_db()
        assert not sick.is_absent  # nothing is written before it is confirmed
        page.fill("[name=reason]", "发烧")
        confirm.click()
        page.locator("main", has_text="带班领导").wait_for(timeout=5000)
        sick.refresh_from_db()
        assert sick.is_absent
        assert Notice.objects.filter(text_zh__contains="因有人缺勤").exists()

    def swap_on_the_phone(self) -> None:
        """Offered, accepted and approved at 390 px, each by its own person; both are told."""
        people = [p.pk for p in self.officers[1:]]
        people += [p.pk for p in self.crews.get(PersonCategory.AUX_DUTY, ())]
        giver, taker, day = next(lawful_swaps(self.roster, people, TODAY))
        before = RosterCell.objects.get(roster_id=self.roster, person_id=giver, day=day).shift_id
        page = self.open_as(self.account(giver), "/duty/mine/swap/", size="phone")
        page.select_option("#day", day.isoformat())
        page.get_by_role("button", name="看", exact=True).click()
        asked = (
            page.locator("li.with-shift form")
            .filter(has=page.locator(f'[name=taker][value="{taker}"]'))
            .filter(has=page.locator(f'[name=taker_day][value="{day.isoformat()}"]'))
        )
        asked.get_by_role("button", name="问对方").click()
        page.wait_for_url("**/duty/mine/")
        page = self.open_as(self.account(taker), "/duty/mine/", size="phone")
        page.get_by_role("button", name="同意").click()
        page.wait_for_load_state()
        page = self.open_as(self.chief, "/duty/requests/", size="phone")
        button = page.get_by_role("button", name="批准", exact=True)
        assert button.bounding_box()["height"] >= 44
        button.click()
        page.wait_for_load_state()
        assert SwapRequest.objects.get().state == "approved"
        assert RosterCell.objects.get(roster_id=self.roster, person_id=taker, day=day).shift_id == before
        for person in (giver, taker):
            assert Notice.objects.filter(person_id=person, text_zh__contains="换班已批准").exists()

    def print_it(self) -> None:
        """The board prints on one landscape page, A4 or A3, under its title with a line to sign."""
        page = self.page
        base = page.url.split("/duty/")[0]
        for paper, points in (("a4", (842, 595)), ("a3", (1191, 842))):
            page.goto(f"{base}/duty/rosters/{self.roster}/?paper={paper}")
            page.emulate_media(media="print")
            assert page.locator(".wall-title").is_visible() and page.locator(".wall-sign").is_visible()
            assert page.locator(".page-head").is_hidden() and page.locator(".cards").is_hidden()
            sheet = page.pdf(prefer_css_page_size=True)
            page.emulate_media(media="screen")
            assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
            box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", sheet)
            assert box is not None and (round(float(box[1])), round(float(box[2]))) == points

    def hand_over(self) -> None:
        """Somebody of the leaving shift signs, then somebody of the coming one."""
        from jingwu.duty.queries.handover import change_near, handover

        office = Roster.objects.get(pk=self.roster).office_id
        change = change_near(office, NOW)
        assert change is not None
        facts = handover(office, change)
        crew = {p.pk for found in (PersonCategory.OFFICER, PersonCategory.AUX_DUTY)
                for p in self.crews.get(found, ())}  # fmt: skip
        out = next(d.person_id for d in facts.leaving if d.person_id in crew)
        into = next(d.person_id for d in facts.coming if d.person_id in crew and d.person_id != out)
        page = self.open_as(self.account(out), "/duty/handover/", size="phone")
        page.fill("[name=notes]", "三号楼电梯困人已处置")
        page.get_by_role("button", name="我交班").click()
        page.wait_for_load_state()
        page = self.open_as(self.account(into), "/duty/handover/", size="phone")
        assert "三号楼电梯困人已处置" in page.locator("main").inner_text()
        page.get_by_role("button", name="我接班").click()
        page.wait_for_load_state()
        row = Handover.objects.get()
        assert (row.out_by_id, row.in_by_id) == (self.account(out).pk, self.account(into).pk)


def test_from_the_approved_plan_to_the_signed_handover(
    transactional_db: None, tree: Any, manager: Any, manager2: Any, signed_in_page: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    plan = plan_for(tree, manager, NOW)
    pages: list[Any] = []

    def open_as(account: Any, path: str, **options: Any) -> Any:
        pages.append(signed_in_page(account, path, **options))
        return pages[-1]

    show = Show(open_as, tree)
    show.approve_the_plan(plan, manager2)
    show.make_a_roster()
    show.break_a_rule_by_dragging()
    show.publish()
    show.call_somebody_sick()
    show.swap_on_the_phone()
    show.print_it()
    show.hand_over()
    assert [problem for page in pages for problem in page.problems] == []
