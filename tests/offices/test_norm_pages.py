"""The norms pages: read, propose in the right controls, decide as the second person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jingwu.norms import freeze, load
from jingwu.offices.forms import ProposalForm
from jingwu.offices.local_norms import norms_for
from jingwu.offices.models import LocalNorm
from jingwu.offices.norm_words import form_of

# five lines that stand for twenty thousand words; each one more would stand for ten times as many
MULTIPLIED = "a0: &a0 [甲, 甲]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 10}]\n" for n in range(1, 5))


@pytest.fixture
def later() -> date:
    """Return a day on which proposals of this test begin."""
    return timezone.localdate() + timedelta(days=10)


def words(later: date, **value: str) -> dict[str, str]:
    return {
        "unit_code": "990101", "start": later.isoformat(), "reference": "局发〔2026〕1号", "reason": "试点",
        **value,
    }  # fmt: skip


def test_every_norm_is_listed_and_found(client_for: Callable[..., Client], manager: Any) -> None:
    browser = client_for(manager)
    page = browser.get("/norms/").content.decode()
    count = len(load().in_force(timezone.localdate()))
    assert f"{count} 条规范" in page and "全部是系统自带的值" in page
    found = browser.get("/norms/", {"q": "三三制 机动"}).content.decode()
    assert "机动储备占比" in found and "警务长岗位" not in found
    only = browser.get("/norms/", {"scheme": "modules"}).content.decode()
    assert "治安防控 35%" in only and "机动储备占比" not in only
    assert "没有符合条件的规范" in browser.get("/norms/", {"q": "无此规范"}).content.decode()


def test_every_norm_has_its_page(client_for: Callable[..., Client], manager: Any) -> None:
    browser = client_for(manager)
    for key in load().norms:
        assert browser.get(f"/norms/{key}/").status_code == 200, key
    assert browser.get("/norms/no.such/").status_code == 404


def test_from_the_form_to_the_second_person(
    client_for: Callable[..., Client], manager: Any, manager2: Any, tree: Any, later: date
) -> None:
    mine, other = client_for(manager), client_for(manager2)
    answer = mine.post("/norms/mix.reserve_share/propose/", words(later, value="8"))
    assert answer.status_code == 302
    row = LocalNorm.objects.get()
    assert (row.value, row.start, row.state) == (0.08, later, "proposed")
    assert "/decide/" not in mine.get("/norms/proposals/").content.decode()
    assert f"/norms/proposals/{row.pk}/decide/" in other.get("/norms/proposals/").content.decode()
    assert mine.post(f"/norms/proposals/{row.pk}/decide/", {"verdict": "approve"}).status_code == 403
    assert other.post(f"/norms/proposals/{row.pk}/decide/", {"verdict": "refuse"}).status_code == 422
    assert other.post(f"/norms/proposals/{row.pk}/decide/", {"verdict": "approve"}).status_code == 302
    assert norms_for(tree.office_path, later).value("mix.reserve_share") == 0.08
    page = mine.get("/norms/mix.reserve_share/", {"day": later.isoformat()}).content.decode()
    assert f"8%,自 {later.isoformat()} 起" in page and "局发〔2026〕1号" in page
    assert other.post(f"/norms/proposals/{row.pk}/decide/", {"verdict": "approve"}).status_code in (409, 422)


def test_one_takes_ones_own_back(client_for: Callable[..., Client], manager: Any, later: date) -> None:
    browser = client_for(manager)
    browser.post("/norms/team.auxiliaries/propose/", words(later, value="6"))
    row = LocalNorm.objects.get()
    assert row.value == 6 and isinstance(row.value, int)
    assert browser.post(f"/norms/proposals/{row.pk}/withdraw/").status_code == 302
    assert LocalNorm.objects.get().state == "withdrawn"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "modules.hours_share",
            {"part_security": "40", "part_service": "30", "part_mediation": "25", "part_digital": "10"},
            "自相矛盾",
        ),
        ("modules.hours_share", {"part_security": "100"}, "请填写新值"),
        ("mix.reserve_share", {"value": ""}, "请填写新值"),
        ("mix.reserve_share", {"value": "120"}, "不在"),
        ("deployment.patterns", {"value": "- code: [1\n  x: 2"}, "不是有效的 YAML"),
        ("deployment.patterns", {"value": "8x5"}, "应为"),
        ("deployment.patterns", {"value": "&a [*a]"}, "不能用别名"),
        ("deployment.patterns", {"value": MULTIPLIED}, "不能用别名"),
        ("deployment.patterns", {"value": "[" * 9000 + "]" * 9000}, "嵌套超过"),
        ("deployment.patterns", {"value": "? [a]\n: 1"}, "键应为"),
    ],
)
def test_what_does_not_fit_comes_back_in_words(
    client_for: Callable[..., Client], manager: Any, later: date, key: str, value: dict[str, str], said: str
) -> None:
    answer = client_for(manager).post(f"/norms/{key}/propose/", words(later, **value))
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not LocalNorm.objects.exists()


def test_a_day_in_the_past_comes_back_in_words(client_for: Callable[..., Client], manager: Any) -> None:
    answer = client_for(manager).post("/norms/team.auxiliaries/propose/", words(date(2025, 1, 1), value="6"))
    assert answer.status_code == 422 and "生效日期不能早于今天" in answer.content.decode()


def test_roles(client_for: Callable[..., Client], chief: Any, auditor: Any, later: date) -> None:
    browser = client_for(chief)
    page = browser.get("/norms/team.auxiliaries/")
    assert page.status_code == 200 and "提出本地值" not in page.content.decode()
    assert browser.post("/norms/team.auxiliaries/propose/", words(later, value="6")).status_code == 403
    assert client_for(auditor).get("/norms/").status_code == 403


def test_every_value_comes_back_from_its_own_form_unchanged(db: None) -> None:
    """Whatever the controls of a norm are: handed in as shown, they give the value that holds."""
    today = timezone.localdate()
    kinds = set()
    for key, norm in load().norms.items():
        stated = norm.at(today)
        if stated is None or stated.value is None:
            continue
        shown = ProposalForm(norm, stated.value, [])
        data = {name: field.initial for name, field in shown.fields.items() if field.initial is not None}
        form = ProposalForm(norm, stated.value, [], data)
        form.is_valid()
        kinds.add(form_of(norm, stated.value))
        names = [name for name in form.fields if name == "value" or name.startswith("part_")]
        assert not set(names) & set(form.errors), (key, form.errors)
        expected = stated.value
        if isinstance(expected, float):
            expected = pytest.approx(expected)
        assert freeze(form.cleaned_data["new_value"]) == expected, key
    assert kinds == {"share", "number", "boolean", "text", "parts", "lines", "yaml"}
