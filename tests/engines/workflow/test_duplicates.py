"""Duplicates by place, time and text, with reasons a person can check."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingwu.engines.workflow import DuplicateParams, Report, find_duplicates
from jingwu.norms import load

PARAMS = load().at(date(2026, 11, 1)).incidents.duplicates
NOW = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
METRE = 1 / 111_195
FIRST = Report("r1", NOW, "三号楼两家因为漏水吵架动手", 120.0, 30.0, "dispute")


def later(minutes: float, metres: float, text: str, id: str = "r2") -> Report:
    return Report(id, NOW + timedelta(minutes=minutes), text, 120.0, 30.0 + metres * METRE, "dispute")


def test_the_same_thing_told_by_a_neighbour() -> None:
    (match,) = find_duplicates(later(6, 40, "3号楼漏水,两家吵架还动手了"), [FIRST], PARAMS)
    assert match.id == "r1" and match.same_category
    assert match.metres == pytest.approx(40, abs=0.1) and match.minutes == 6
    assert match.text_likeness is not None and match.text_likeness == 0.5
    assert set(match.shared) == {"3号", "号楼", "漏水", "两家", "吵架", "动手"}
    assert match.zh.startswith("相距 40 米,相隔 6 分钟") and match.en.startswith("40 m apart, 6 min apart")


def test_score_is_the_weighted_sum() -> None:
    report = later(60, 250, FIRST.text)
    (match,) = find_duplicates(report, [FIRST], replace(PARAMS, min_score=0.1))
    assert match.score == pytest.approx(0.40 * 0.5 + 0.25 * 0.5 + 0.35, abs=1e-6)


@pytest.mark.parametrize(
    "other",
    [
        later(121, 0, FIRST.text),
        later(0, 501, FIRST.text),
        later(100, 400, "有人丢了一辆电动车"),
        replace(later(0, 0, FIRST.text), lon=121.0),
    ],
)
def test_far_late_or_different_is_not_shown(other: Report) -> None:
    assert find_duplicates(other, [FIRST], PARAMS) == ()


def test_the_whole_radius_and_window_count() -> None:
    lenient = replace(PARAMS, min_score=0.1)
    assert [m.metres for m in find_duplicates(later(0, 499, FIRST.text), [FIRST], lenient)] == [
        pytest.approx(499)
    ]
    assert find_duplicates(later(0, 501, FIRST.text), [FIRST], lenient) == ()
    east = replace(later(0, 0, FIRST.text), lon=120.0 + 400 * METRE / math.cos(math.radians(30)))
    assert [m.metres for m in find_duplicates(east, [FIRST], lenient)] == [pytest.approx(400)]
    assert find_duplicates(later(120, 0, FIRST.text), [FIRST], lenient) != ()
    assert find_duplicates(later(121, 0, FIRST.text), [FIRST], lenient) == ()


def test_missing_place_or_text() -> None:
    no_place = replace(later(5, 0, FIRST.text), lon=None, lat=None)
    (match,) = find_duplicates(no_place, [FIRST], PARAMS)
    assert match.metres is None and match.score == pytest.approx((0.25 * (1 - 5 / 120) + 0.35) / 0.60)
    no_text = later(5, 10, "")
    (match,) = find_duplicates(no_text, [FIRST], PARAMS)
    assert match.text_likeness is None and match.shared == ()
    neither = replace(no_text, lon=None, lat=None)
    assert find_duplicates(neither, [FIRST], PARAMS) == (), "time alone says nothing"


def test_width_case_and_punctuation_do_not_matter() -> None:
    other = replace(FIRST, id="r2", text="ABC 12号")
    (match,) = find_duplicates(other, [replace(FIRST, text="abc,12号!")], PARAMS)
    assert match.text_likeness == 1


def test_best_first_and_at_most_as_many_as_asked() -> None:
    others = [later(n, n, FIRST.text, f"r{n:02}") for n in range(2, 12)]
    found = find_duplicates(FIRST, others, PARAMS, limit_count=3)
    assert [match.id for match in found] == ["r02", "r03", "r04"]
    assert find_duplicates(FIRST, [FIRST], PARAMS) == (), "never a duplicate of itself"


REPORTS = st.builds(
    Report,
    id=st.sampled_from(["a", "b", "c"]),
    at=st.integers(0, 300).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    text=st.text(alphabet="漏水吵架楼12 ,", max_size=12),
    lon=st.integers(0, 600).map(lambda metres: 120 + metres * METRE),
    lat=st.just(30.0),
)


@given(REPORTS, REPORTS)
def test_likeness_is_mutual_and_between_nothing_and_one(a: Report, b: Report) -> None:
    a, b = replace(a, id="a"), replace(b, id="b")
    one, two = find_duplicates(a, [b], PARAMS), find_duplicates(b, [a], PARAMS)
    assert len(one) == len(two)
    if one:
        assert math.isclose(one[0].score, two[0].score) and PARAMS.min_score <= one[0].score <= 1 + 1e-9


@given(REPORTS, REPORTS)
def test_the_early_exit_never_hides_a_match(a: Report, b: Report) -> None:
    a, b = replace(a, id="a"), replace(b, id="b")
    everything = find_duplicates(a, [b], replace(PARAMS, min_score=0.0))
    expected = [match for match in everything if match.score >= PARAMS.min_score]
    assert list(find_duplicates(a, [b], PARAMS)) == expected


def test_ten_thousand_candidates_while_somebody_types() -> None:
    others = [
        replace(later(n % 110, (n * 37) % 20_000 - 10_000, f"第{n}号警情 漏水 吵架"), id=str(n))
        for n in range(10_000)
    ]
    started = time.perf_counter()
    assert find_duplicates(FIRST, others, replace(PARAMS, min_score=0.3))
    assert time.perf_counter() - started < 1.0


def test_impossible_reports_and_params() -> None:
    with pytest.raises(ValueError):
        Report("x", NOW.replace(tzinfo=None))
    with pytest.raises(ValueError):
        Report("x", NOW, lon=120.0)
    with pytest.raises(ValueError):
        DuplicateParams(500, 120, 0.5, 0.5, 0.5, 0.6)
    with pytest.raises(ValueError):
        DuplicateParams(0, 120, 0.4, 0.25, 0.35, 0.6)
