"""Deployments tried out on pages: answered at once, refused in words, kept, confirmed, scoped."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from deployed import bring_in, finish_studies
from django.test import Client

from jingwu.engines.response.stability import Unstable
from jingwu.planning import actions, deployment_queries, jobs
from jingwu.planning.deployment import check_crews, load_by_hour
from jingwu.planning.models import Scenario, Study
from jingwu.terms.people import AccountRole

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
QUERIES_PER_PAGE = 40
DAY = [1 if 8 <= hour % 24 < 20 else 0 for hour in range(168)]


@pytest.fixture
def facts(tree: Any) -> int:
    return bring_in(tree, NOW)


@pytest.fixture
def browser(manager: Any, client_for: Callable[[Any], Client]) -> Client:
    return client_for(manager)


@pytest.fixture
def prepared(facts: int, browser: Client) -> int:
    """Have the scene computed, as the first visit asks for it."""
    assert "正在准备部署底图" in browser.get("/planning/deployment/").content.decode()
    finish_studies()
    return facts


def ask(browser: Client, facts: int, changes: dict[str, Any], **more: Any) -> Any:
    question = {"facts": facts, "base": "today", "changes": changes, **more}
    return browser.post(
        "/planning/deployment/try/",
        json.dumps(question),
        "application/json",
        headers={"Accept": "application/json"},
    )


def shown(browser: Client) -> Any:
    return browser.get("/planning/deployment/").context["data"]


def test_the_first_visit_waits_and_the_next_shows_the_map_with_few_queries(
    prepared: int, browser: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(QUERIES_PER_PAGE):
        response = browser.get("/planning/deployment/")
    data = response.context["data"]
    assert len(data["codes"]) == 4 and len(data["map"]["beats"]["features"]) == len(data["areas"])
    assert all(len(week) == 168 for week in data["crews"])
    assert "分钟到场" in response.context["sentence"]
    assert response.context["checks"]  # today's deployment is confirmed by the long simulation already
    browser.cookies["django_language"] = "en"
    assert "deployment arrives in" in browser.get("/planning/deployment/").content.decode()


def test_crews_added_and_an_office_switched_off_are_answered_within_a_second(
    prepared: int, browser: Client
) -> None:
    data = shown(browser)
    code = data["codes"][0]
    today = ask(browser, prepared, {}).json()
    more = ask(browser, prepared, {code: [n + 2 for n in data["crews"][0]]}).json()
    began = time.perf_counter()
    off = ask(browser, prepared, {code: [0] * 168}).json()
    assert time.perf_counter() - began < 1.0
    assert off["seconds"] < 1.0
    mean = {name: told["figures"]["mean"][0] for name, told in (("t", today), ("m", more), ("o", off))}
    assert mean["m"] < mean["t"] < mean["o"]
    for told in (today, more, off):
        assert {"p50", "p90", "within"} <= told["figures"].keys()
        assert {"5", "18"} <= told["figures"]["within"].keys()
    assert more["sentence"] != today["sentence"] and "每周多 336 组时" in more["sentence"]
    assert off["load"][code] == 0.0
    assert ask(browser, prepared, {code: [0] * 168}).json()["figures"] == off["figures"]


def test_what_cannot_be_is_refused_in_words(prepared: int, browser: Client) -> None:
    codes = shown(browser)["codes"]
    for changes, words in (
        ({"nowhere": DAY}, "没有编码为“nowhere”的警务室"),
        ({codes[0]: DAY[:-1]}, "收到 167 个"),
        ({codes[0]: [-1] * 168}, "0 到 99 的整数"),
        (dict.fromkeys(codes, DAY), "没有一个处警组"),
    ):
        response = ask(browser, prepared, changes)
        assert response.status_code == 422
        assert words in response.json()["message"]
    for body in ("[", "[]", '{"facts": true}', '{"facts": 1, "changes": []}'):
        response = browser.post("/planning/deployment/try/", body, "application/json")
        assert response.status_code == 422
    assert ask(browser, prepared, {}, base="plan:999999").status_code in (404, 422)


def test_more_work_than_crews_says_by_how_much_and_what_mends_it(prepared: int, manager: Any) -> None:
    found = deployment_queries.find_study(manager, prepared, "ground", {"offices": None})
    assert found is not None
    scene = deployment_queries.stand(found).scene
    busy = dataclasses.replace(scene.stage.demand, calls_per_hour=scene.stage.demand.calls_per_hour * 200)
    scene = dataclasses.replace(scene, stage=dataclasses.replace(scene.stage, demand=busy))
    with pytest.raises(Unstable) as caught:
        check_crews(scene, scene.crews_today)
    assert caught.value.load_crews == pytest.approx(float(load_by_hour(scene).mean()))
    needed = caught.value.crews_needed
    assert str(needed) in caught.value.message_zh and needed > caught.value.load_crews
    enough = np.zeros_like(scene.crews_today)
    enough[0] = needed
    check_crews(scene, enough)
    enough[0] = needed - 1
    with pytest.raises(Unstable):
        check_crews(scene, enough)


def test_a_scenario_is_kept_confirmed_in_the_background_and_never_overwritten(
    prepared: int, browser: Client, manager2: Any, client_for: Any
) -> None:
    data = shown(browser)
    code = data["codes"][1]
    question = {"facts": prepared, "base": "today", "changes": {code: [3] * 168}}
    saved = browser.post("/planning/deployment/save/", {"name": "多三组", "deployment": json.dumps(question)})
    scenario = Scenario.objects.get()
    assert saved.status_code == 302 and f"scenario={scenario.pk}" in saved["Location"]
    assert scenario.changes == {code: [3] * 168}
    assert "confirmation" in Study.objects.filter(state="queued").values_list("kind", flat=True)
    finish_studies()
    page = browser.get(saved["Location"])
    assert len(page.context["checks"]) >= 5 and "多三组" in page.content.decode()
    # other calls, many more of them, and yet what was told at once holds
    trusted = {row["label"] for row in page.context["checks"] if row["quick_agrees"]}
    assert trusted >= {"平均到场", "中位数 P50", "P90", "5 分钟到场率"}
    # two managers change the same scenario: the second is told
    form = {"name": "多三组", "deployment": json.dumps(question), "scenario": scenario.pk, "revision": 1}
    assert client_for(manager2).post("/planning/deployment/save/", form).status_code == 302
    late = browser.post("/planning/deployment/save/", form)
    assert late.status_code == 409 and "先保存了这个情景" in late.content.decode()
    dropped = browser.post(f"/planning/deployment/scenarios/{scenario.pk}/drop/")
    assert dropped.status_code == 302
    assert not deployment_queries.scenario_rows(manager2).exists()


def test_a_worker_whose_study_was_queued_again_lets_go_of_it(
    prepared: int, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = browser.post("/planning/hot-places/", {"facts": prepared, "category": "all", "cell": "500"})
    study = Study.objects.get(state="queued")
    note, steps = actions.note_study, []

    def note_too_late(study_id: int, **more: Any) -> bool:
        steps.append(more["step"])
        actions.requeue_study(study_id, silent_since=more["at"] + timedelta(days=1))
        return note(study_id, **more)

    with monkeypatch.context() as slow:
        slow.setattr(actions, "note_study", note_too_late)
        slow.setattr(jobs, "PROGRESS_EVERY_SECONDS", 0.0)
        jobs.run_study(study.pk)
    study.refresh_from_db()
    assert steps == ["facts"]  # it stops where it is told, and computes nothing in vain
    assert (study.state, study.failure, study.result) == ("queued", {}, None)
    finish_studies()
    assert browser.get(asked["Location"]).context["result"]


def test_a_confirmation_says_where_the_approximation_left_its_ground(tree: Any, browser: Client) -> None:
    facts = bring_in(tree, NOW, calls=8000)
    browser.get("/planning/deployment/")
    finish_studies()
    data = shown(browser)
    assert not browser.get("/planning/deployment/").context["approximation_notes"]
    # one crew for the whole district: enough over the week, too few of an evening
    changes = {code: [int(code == data["codes"][0])] * 168 for code in data["codes"]}
    question = json.dumps({"facts": facts, "base": "today", "changes": changes})
    saved = browser.post("/planning/deployment/save/", {"name": "一组", "deployment": question})
    finish_studies()
    for language, words in (("zh-hans", "按 98% 负荷估算"), ("en", "were estimated at 98 % load")):
        browser.cookies["django_language"] = language
        page = browser.get(saved["Location"]).content.decode()
        assert words in page[page.index('id="confirmation"') :]


def test_the_day_is_replayed_the_same_and_can_be_taken_away(prepared: int, browser: Client) -> None:
    one, other = (browser.get("/planning/deployment/replay/?day=5&week=2") for _ in range(2))
    assert one.context["data"] == other.context["data"]
    day = one.context["data"]["day"]
    for call in day["calls"]:
        for _post, _crew, leaves, arrives, clears in call["crews"]:
            assert call["at"] <= leaves <= (arrives or leaves) <= (clears or arrives or leaves)
    assert day["figures"]["calls"] == sum(call["at"] >= 0 for call in day["calls"])
    table = browser.get("/planning/deployment/replay/?day=5&week=2&csv=1")
    assert table["Content-Type"].startswith("text/csv")
    assert len(table.content.decode("utf-8-sig").splitlines()) == len(one.context["events"]) + 1
    assert browser.get("/planning/deployment/replay/?day=9").status_code == 422


def test_beats_and_hot_places_are_asked_for_computed_and_downloaded(
    prepared: int, browser: Client, django_assert_max_num_queries: Any
) -> None:
    for address, form in (
        ("/planning/beats/", {"facts": prepared, "tolerance": "30", "keep": "0.5"}),
        ("/planning/hot-places/", {"facts": prepared, "category": "all", "cell": "500"}),
    ):
        assert browser.get(address).status_code == 200
        asked = browser.post(address, form)
        assert asked.status_code == 302
        assert Study.objects.filter(state="queued").count() == 1
        waiting = browser.get(asked["Location"])
        assert "result" not in waiting.context and 'class="job"' in waiting.content.decode()
        finish_studies()
        with django_assert_max_num_queries(QUERIES_PER_PAGE):
            page = browser.get(asked["Location"])
        assert page.status_code == 200 and page.context["result"]
        table = browser.get(asked["Location"] + "&csv=1").content.decode("utf-8-sig")
        assert len(table.splitlines()) >= 1 and "," in table.splitlines()[0]
        browser.cookies["django_language"] = "en"
        assert browser.get(asked["Location"]).status_code == 200
        browser.cookies["django_language"] = "zh-hans"
    score = page.context["score"]
    assert "同样的格子" in score["rows"][0]["label"]  # the yardstick stands first
    for address, form in (
        ("/planning/beats/", {"facts": prepared, "tolerance": "nan", "keep": "0.5"}),
        ("/planning/hot-places/", {"facts": prepared, "category": "persons", "cell": "500"}),
        ("/planning/hot-places/", {"facts": prepared, "category": "all", "cell": "1"}),
    ):
        assert browser.post(address, form).status_code == 422


def test_small_counts_are_told_from_the_units_own_norm_on(
    facts: int, browser: Client, tree: Any, local_norm: Callable[..., None]
) -> None:
    local_norm("appraisal.scoring.public_suppression_below", 50, unit=tree.district)
    browser.get("/planning/deployment/")
    finish_studies()
    form = {"facts": facts, "category": "all", "cell": "250"}
    asked = browser.post("/planning/hot-places/", form)
    finish_studies()
    page = browser.get(asked["Location"])
    counts = [cell["count"] for cell in page.context["result"]["cells"]]
    assert None in counts and min(n for n in counts if n is not None) >= 50
    assert "少于 50 起的不显示数字" in page.content.decode() and "&lt; 50" in page.content.decode()
    assert "< 50" in browser.get(asked["Location"] + "&csv=1").content.decode()


def test_who_may_look_and_who_may_deploy(
    prepared: int, chief: Any, tree: Any, make_account: Any, client_for: Any
) -> None:
    assert ask(client_for(chief), prepared, {}).status_code == 403
    stranger = client_for(make_account("elsewhere", AccountRole.DISTRICT_MANAGER, tree.other_district))
    assert "试算" not in stranger.get("/planning/deployment/").content.decode()
    assert ask(stranger, prepared, {}).status_code in (403, 404)
    assert Client().get("/planning/deployment/").status_code == 302
