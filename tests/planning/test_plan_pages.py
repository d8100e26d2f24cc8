"""From facts to a plan on the page: computed, read in two languages, scoped, cheap, downloadable."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from jingwu.journal import queries as journal
from jingwu.journal.actor import SYSTEM
from jingwu.planning import actions, queries
from jingwu.planning.demo_district import synthetic
from jingwu.planning.district import FactReport
from jingwu.planning.jobs import compute_plan, hand_to_duty
from jingwu.planning.models import Plan

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
QUERIES_PER_PAGE = 40


@pytest.fixture
def facts(tree: Any) -> int:
    district = synthetic(offices=4, people=60, calls=4000)
    fact_set = actions.bring_in_facts(
        district,
        FactReport(accepted=True),
        org_code=tree.district,
        name="试算",
        source="合成",
        by=SYSTEM,
        at=NOW,
    )
    actions.adopt_facts(fact_set, by=SYSTEM, at=NOW)
    return fact_set


@pytest.fixture
def browser(manager: Any, client_for: Callable[[Any], Client]) -> Client:
    return client_for(manager)


@pytest.fixture
def plan(facts: int, manager: Any, browser: Client) -> int:
    form = {
        "fact_set": facts,
        "name": "试算方案",
        "replications": 3,
        "seed": 7,
        "target_minutes": 8,
        "target_percent": 80,
    }
    response = browser.post("/planning/plans/new/", form)
    assert response.status_code == 302, response.content.decode()
    plan_id = Plan.objects.get().pk
    assert "排队中" in browser.get(f"/planning/plans/{plan_id}/").content.decode()
    compute_plan(plan_id)
    assert Plan.objects.get().state == "ready", Plan.objects.get().failure
    return plan_id


def test_the_plan_is_read_in_both_languages_and_every_list(
    plan: int, browser: Client, django_assert_max_num_queries: Any
) -> None:
    headline = queries.plan_facts(Plan.objects.select_related("org", "fact_set", "created_by").get())
    page = browser.get(f"/planning/plans/{plan}/").content.decode()
    assert headline.headline_zh in page
    assert "目标 8 分钟 / 80%" in page
    for tab in ("moves", "posts", "people", "groups", "beats", "rules"):
        with django_assert_max_num_queries(QUERIES_PER_PAGE):
            response = browser.get(f"/planning/plans/{plan}/?tab={tab}")
        assert response.status_code == 200
    browser.cookies["django_language"] = "en"
    assert headline.headline_en in browser.get(f"/planning/plans/{plan}/").content.decode()


def test_overview_and_office_rest_on_the_plan(
    plan: int, browser: Client, chief: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    assert browser.get("/").headers["Location"] == "/overview/"
    for show in ("today", "plan"):
        with django_assert_max_num_queries(QUERIES_PER_PAGE):
            page = browser.get(f"/overview/?show={show}").content.decode()
        assert "缺口" in page
    code = json.loads(queries.result_json(SYSTEM, plan))["offices"][0]["code"]
    with django_assert_max_num_queries(QUERIES_PER_PAGE):
        assert browser.get(f"/offices/{code}/").status_code == 200
    other = client_for(chief)  # sees the own office, and nobody else's
    assert other.get("/overview/").headers["Location"] == "/offices/9901010101/"
    assert other.get("/offices/9901010101/").status_code == 200
    assert other.get(f"/offices/{code}/").status_code == 404


def test_the_workbook_and_the_json_say_what_the_page_says(plan: int, browser: Client) -> None:
    book = load_workbook(io.BytesIO(browser.get(f"/planning/plans/{plan}/excel/").content))
    assert {"摘要", "岗位", "人员安排", "调动", "规则"} <= set(book.sheetnames)
    told = json.loads(browser.get(f"/planning/plans/{plan}/json/").content)
    assert told["digest"] == Plan.objects.get().digest
    assert len(list(book["人员安排"].rows)) >= len(told["people"])
    assert [line.verb for line in journal.of_record("planning", "plan", plan)].count("plan.download") == 2


def test_the_same_facts_norms_and_seed_give_the_same_plan(plan: int, facts: int, manager: Any) -> None:
    first = Plan.objects.get(pk=plan)
    second_id = actions.request_plan(
        facts, name="再算", params=first.params, seed=first.seed, by=manager, at=first.created_at
    )
    compute_plan(second_id)
    second = Plan.objects.get(pk=second_id)
    assert second.digest == first.digest
    one, other = (json.loads(queries.result_json(manager, pk)) for pk in (plan, second_id))
    one.pop("steps"), other.pop("steps")
    assert one == other


def test_two_plans_side_by_side(plan: int, facts: int, manager: Any, browser: Client) -> None:
    assert "比较需要两个算好的方案" in browser.get("/planning/plans/compare/").content.decode()
    more = {"replications": 3, "target_minutes": 8, "strength": {"officer": 40}}
    other = actions.request_plan(facts, name="多派民警", params=more, seed=7, by=manager, at=NOW)
    compute_plan(other)
    page = browser.get(f"/planning/plans/compare/?a={plan}&b={other}").content.decode()
    assert "“多派民警”比“试算方案”平均到场" in page


def test_submit_and_decide_by_the_page(plan: int, browser: Client, manager2: Any, client_for: Any) -> None:
    assert browser.post(f"/planning/plans/{plan}/submit/").status_code == 302
    assert browser.post(f"/planning/plans/{plan}/decide/", {"decision": "approve"}).status_code == 403
    second = client_for(manager2)
    assert "请您审批" in second.get(f"/planning/plans/{plan}/").content.decode()
    assert second.post(f"/planning/plans/{plan}/decide/", {"decision": "reject"}).status_code == 422
    assert second.post(f"/planning/plans/{plan}/decide/", {"decision": "approve"}).status_code == 302
    assert Plan.objects.get().state == "approved"


def test_bad_wishes_are_refused_by_field(facts: int, browser: Client) -> None:
    form = {"fact_set": facts, "name": "", "replications": 1, "seed": -1, "target_percent": 120}
    response = browser.post("/planning/plans/new/", form)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name", "replications", "seed", "target_percent"}
    assert not Plan.objects.exists()


def test_a_plan_that_cannot_be_computed_says_why(facts: int, manager: Any, browser: Client) -> None:
    plan_id = actions.request_plan(facts, name="坏参数", params={"offices": -3}, seed=1, by=manager, at=NOW)
    compute_plan(plan_id)
    plan = Plan.objects.get()
    assert plan.state == "failed" and plan.failure["zh"]
    assert plan.failure["zh"] in browser.get(f"/planning/plans/{plan_id}/").content.decode()


def test_an_approved_plan_becomes_the_need_of_the_rosters(
    plan: int, manager: Any, manager2: Any, tree: Any
) -> None:
    from jingwu.duty import actions as duty
    from jingwu.duty.models import Roster

    duty.ensure_shift_kinds(tree.district, by=SYSTEM, at=NOW)
    hand_to_duty(plan)
    assert not Roster.objects.exists()  # not approved yet
    actions.submit_plan(plan, by=manager, at=NOW)
    actions.approve_plan(plan, reason="", by=manager2, at=NOW)
    hand_to_duty(plan)
    offices = json.loads(queries.result_json(SYSTEM, plan))["offices"]
    rosters = Roster.objects.filter(plan_id=plan, state="draft")
    assert rosters.count() == len(offices)
    by_code = {office["code"]: office["plan_by_hour"] for office in offices}
    for roster in rosters.select_related("office__unit"):
        assert roster.need["crews_by_hour"] == by_code[roster.office.unit.code]
        assert roster.first_day.weekday() == 0
    hand_to_duty(plan)  # again: the drafts there get it, no new ones
    assert rosters.count() == len(offices)
