"""Geometry of the server's drawings: bars as long as their values, waterfalls that close, weeks in order."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingwu.site.drawing.bars import horizontal_bars, waterfall_bars
from jingwu.site.drawing.plot_table import plot_table
from jingwu.site.drawing.radar import CENTRE_X, CENTRE_Y, RADIUS, radar
from jingwu.site.drawing.sparkline import HEIGHT, WIDTH, sparkline_points
from jingwu.site.drawing.week import tint_of_gap, week_strip

finite = st.floats(-1e6, 1e6)


@given(st.lists(st.none() | finite, min_size=2, max_size=40))
def test_a_trend_stays_in_its_box(values: list[float | None]) -> None:
    drawn = sparkline_points(values)
    if sum(value is not None for value in values) < 2:
        assert drawn is None
        return
    assert drawn is not None
    for point in drawn.line.split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= WIDTH and 0 <= y <= HEIGHT


@given(st.lists(st.floats(0.1, 1000), min_size=1, max_size=9))
def test_bars_are_as_long_as_their_values(values: list[float]) -> None:
    drawing = horizontal_bars([{"label": "x", "value": value} for value in values])
    longest = max(values)
    full = float(drawing.bars[values.index(longest)].width)
    for bar, value in zip(drawing.bars, values, strict=True):
        assert float(bar.width) == pytest.approx(max(full * value / longest, 1.0), abs=0.11)


def test_bars_left_and_right_of_zero_meet_there() -> None:
    left, right = horizontal_bars([{"label": "a", "value": -2}, {"label": "b", "value": 4}]).bars
    assert float(left.x) + float(left.width) == pytest.approx(float(right.x), abs=0.11)


@given(st.floats(-100, 100), st.lists(st.floats(-50, 50), max_size=8))
def test_a_waterfall_ends_at_the_sum(start: float, changes: list[float]) -> None:
    steps = [{"label": "x", "change": change} for change in changes]
    bars = waterfall_bars(steps, start_label="s", start=start, end_label="e", digits=6).bars
    assert float(bars[-1].value) == pytest.approx(start + math.fsum(changes), abs=1e-5)
    assert len(bars) == len(changes) + 2 and bars[-1].link_y == ""


def test_a_week_runs_from_monday_midnight() -> None:
    gaps: list[float | None] = [0.0] * 168
    gaps[0], gaps[25], gaps[167] = 3.0, None, -1.0
    strip = week_strip(gaps, list("一二三四五六日"), (0.5, 1.5, 2.5), "组")
    assert strip.cells[0].tint == "short-3" and strip.cells[0].words.startswith("一 00:00")
    assert strip.cells[25].tint == "unknown" and strip.cells[25].words.startswith("二 01:00")
    assert strip.cells[167].tint == "spare" and strip.cells[167].words.startswith("日 23:00")


def test_a_week_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="168"):
        week_strip([0.0] * 167, list("一二三四五六日"), (0.5, 1.5, 2.5), "")


@pytest.mark.parametrize(
    ("gap", "tint"),
    [(2.51, "short-3"), (2.5, "short-2"), (1.5, "short-1"), (0.5, "even"), (-0.5, "even"), (-0.51, "spare")],
)
def test_the_borders_of_the_colour_steps(gap: float, tint: str) -> None:
    assert tint_of_gap(gap, (0.5, 1.5, 2.5)) == tint


@given(st.lists(st.floats(0, 100), min_size=3, max_size=9))
def test_a_radar_places_each_value_at_its_share_of_the_radius(values: list[float]) -> None:
    ((_role, _name, points),) = radar(["x"] * len(values), [("plan", "p", values)]).shapes
    for point, value in zip(points.split(), values, strict=True):
        x, y = map(float, point.split(","))
        assert math.hypot(x - CENTRE_X, y - CENTRE_Y) == pytest.approx(RADIUS * value / 100, abs=0.15)


def test_the_table_of_a_plot_joins_series_by_x() -> None:
    table = plot_table(
        {
            "kind": "lines",
            "x": {"name": "人数", "unit": "人"},
            "series": [{"name": "甲", "points": [[1, 5.0], [2, 6.0]]}, {"name": "乙", "points": [[2, 7.25]]}],
        }
    )
    assert table.header == ("人数 (人)", "甲", "乙")
    assert table.rows == (("1", "5", "–"), ("2", "6", "7.25"))


def test_the_table_of_a_heat_map_has_a_row_for_each_y() -> None:
    data = {
        "kind": "heat",
        "x": {"categories": ["0", "2"]},
        "y": {"name": "星期", "categories": ["一", "二"]},
        "values": [[1, None], [0.5, 2]],
    }
    assert plot_table(data).rows == (("一", "1", "–"), ("二", "0.5", "2"))
