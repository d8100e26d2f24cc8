"""The frame and its parts: both languages, no inline styles or scripts, refusals and errors in words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client, RequestFactory
from django.utils import translation

from jingwu.site import navigation
from jingwu.site.middleware import RefusalMiddleware
from jingwu.site.views.style_guide import ERRORS

SITE = Path(navigation.__file__).parent
PACKAGE = SITE.parent
CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture
def look(settings: Any, db: None) -> Client:
    settings.ROOT_URLCONF = "look_urls"
    return Client(raise_request_exception=False)


def render(source: str, request: Any = None, **facts: Any) -> str:
    return Template("{% load i18n look tables plots %}" + source).render(
        Context({"request": request, **facts})
    )


@pytest.mark.parametrize("page", ["", "field/", "public/", *(f"{name}/" for name in ERRORS)])
def test_every_page_is_wholly_english_when_asked(look: Client, page: str) -> None:
    look.cookies["django_language"] = "en"
    text = look.get(f"/_look/{page}").content.decode()
    assert 'lang="en"' in text
    # left over: the name of the other language, and files as their owner named them
    seen = re.sub(r"切换到中文|中 / EN|人员\.xlsx|\[身份证号\]|\[出生日期\]", "", text)
    assert CHINESE.findall(seen) == []


def test_chinese_is_the_source_language(look: Client) -> None:
    text = look.get("/_look/", headers={"accept-language": "zh-CN"}).content.decode()
    assert 'lang="zh-hans"' in text and "不增一人,重排 21 人" in text and "非公安机关官方系统" in text


def test_switching_the_language_lasts_and_comes_back_to_the_page(look: Client) -> None:
    answer = look.post("/language/", {"language": "en", "next": "/_look/?page=2"})
    assert answer.status_code == 302 and answer["Location"] == "/_look/?page=2"
    assert 'lang="en"' in look.get("/_look/").content.decode()


def test_no_template_carries_inline_styles_or_scripts() -> None:
    wrong = re.compile(r"""\sstyle=|\son[a-z]+=["']|javascript:|<script(?![^>]*\ssrc=)""")
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in PACKAGE.rglob("templates/**/*.html")
        for line in path.read_text().splitlines()
        if wrong.search(line)
    ]
    assert found == []


def test_a_refusal_is_a_page_a_box_for_htmx_and_data_for_json(look: Client) -> None:
    page = look.get("/_look/refuse/")
    assert page.status_code == 409 and "方案已由另一人批准。" in page.content.decode()
    box = look.get("/_look/refuse/", headers={"hx-request": "true"})
    assert box["HX-Retarget"] == "#refusals" and b"<html" not in box.content
    data = look.get("/_look/refuse/", headers={"accept": "application/json"})
    assert data.json()["code"] == "plan.approved"
    look.cookies["django_language"] = "en"
    assert b"Somebody else has approved the plan." in look.get("/_look/refuse/").content


def test_errors_say_what_happened_and_how_to_mend_it(look: Client) -> None:
    missing = look.get("/nowhere/")
    assert missing.status_code == 404 and "没有这一页" in missing.content.decode()
    failed = look.get("/_look/fail/")
    assert failed.status_code == 500 and "程序出错了" in failed.content.decode()
    assert "programmer" not in failed.content.decode()


def test_a_database_out_of_reach_is_503_and_any_other_error_stays_an_error() -> None:
    middleware = RefusalMiddleware(lambda request: None)  # type: ignore[arg-type,return-value]
    request = RequestFactory().get("/")
    answer = middleware.process_exception(request, OperationalError("no connection"))
    assert answer is not None and answer.status_code == 503 and answer["Retry-After"] == "10"
    assert middleware.process_exception(request, ValueError("a bug")) is None


def test_the_rail_shows_what_the_views_let_the_account_into(chief: Any, look: Client) -> None:
    look.force_login(chief)
    shown = {link.url for group in navigation.rail(chief) for link in group.links}
    assert navigation.address_of("people:people") in shown
    # accounts are for administrators, the audit for the audit administrator
    assert navigation.address_of("people:accounts") not in shown
    assert navigation.address_of("journal:entries") not in shown


@pytest.mark.parametrize(
    ("page", "entry"),
    [
        ("duty:today", "duty:today"),
        ("duty:handover", "duty:today"),
        ("duty:board", "duty:roster"),
        ("duty:versions", "duty:roster"),
        ("duty:ledger", "duty:roster"),
        ("people:person", "people:people"),
        ("planning:beats", "planning:deployment"),
    ],
)
def test_a_page_lights_the_one_entry_it_belongs_to(chief: Any, look: Client, page: str, entry: str) -> None:
    look.force_login(chief)
    rail = navigation.rail(chief, view_name=page)
    lit = [link.url for group in rail for link in group.links if link.is_here]
    assert lit == [navigation.address_of(entry)]


def test_every_icon_of_the_navigation_exists() -> None:
    for entry in (*navigation.FIELD_TABS, *(entry for group in navigation.RAIL for entry in group.entries)):
        assert render("{% icon name %}", name=entry.icon)


@pytest.mark.parametrize(
    "source", ['{% icon "no-such-icon" %}', '{% status "red" "x" %}', '{% badge "bad" "x" %}']
)
def test_a_wrong_icon_or_level_is_loud(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(source)


def test_parts_escape_what_they_are_given() -> None:
    evil = "<b onload=x>&"
    for source in (
        "{% page_head evil evil %}{% endpage_head %}",
        "{% card evil note=evil more=evil more_url=evil %}{{ evil }}{% endcard %}",
        '{% figure evil evil evil note=evil %}{% status "act" evil %}{% badge "act" evil %}',
        "{% change evil evil evil %}{% empty evil evil %}{% endempty %}{% crumb evil evil %}",
    ):
        assert "<b onload" not in render(source, evil=evil)


def test_a_small_sample_is_grey_and_says_so() -> None:
    few = render('{% figure "满意度" 84 "%" level="fine" n=19 n_needed=30 %}')
    assert "few" in few and "n = 19,不足 30" in few and "level-fine" not in few
    enough = render('{% figure "满意度" 84 "%" level="fine" n=30 n_needed=30 %}')
    assert "few" not in enough and "level-fine" in enough


def test_words_for_scripts_are_cached_under_their_version(look: Client) -> None:
    answer = look.get("/words/en-1.2.3.js")
    assert "immutable" in answer["Cache-Control"] and "Zoom in" in answer.content.decode()
    assert look.get("/words/xx-1.2.3.js").status_code == 404


def test_minutes_in_words() -> None:
    with translation.override("en"):
        shown = [render("{{ seconds|minutes }}", seconds=value) for value in (None, 119, 120, 7199, 7200)]
    assert shown == ["–", "119 s", "2 min", "120 min", "2.0 h"]
