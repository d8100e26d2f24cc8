"""What offices are to expect: the same calls by office, category and beat, and nothing from too little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jingwu.planning.demo_district import synthetic
from jingwu.planning.district import Calls, District
from jingwu.planning.pipeline.expectation import ExpectedCounts, expected_counts


@pytest.fixture(scope="module")
def district() -> District:
    """Three offices with a year of calls."""
    return synthetic(offices=3, people=42, calls=6_000)


@pytest.fixture(scope="module")
def found(district: District) -> list[ExpectedCounts]:
    """What is to be expected of it."""
    return expected_counts(district)


def weekly(found: list[ExpectedCounts], kind: str) -> float:
    return float(sum(cell.means.sum() for cell in found if cell.kind == kind))


def test_offices_categories_and_beats_tell_the_same_calls(
    district: District, found: list[ExpectedCounts]
) -> None:
    first, last = district.period or (None, None)
    assert first is not None and last is not None
    recorded = len(district.calls) / ((last - first).days + 1) * 7
    for kind in ("office", "category", "beat"):
        assert weekly(found, kind) == pytest.approx(recorded, rel=0.03), kind
    assert {cell.office for cell in found} == {office.code for office in district.offices}
    assert {cell.code for cell in found if cell.kind == "beat"} == {beat.code for beat in district.beats}


def test_counts_vary_more_than_poisson_and_the_thin_more_than_the_busy(found: list[ExpectedCounts]) -> None:
    for cell in found:
        assert cell.means.shape == cell.excesses.shape == (168,)
        assert (cell.means >= 0).all() and (cell.excesses >= 0).all() and cell.day_dispersion >= 0

    def spread(kind: str) -> float:
        cells = [cell for cell in found if cell.kind == kind]
        return float(np.mean([(cell.excesses / np.maximum(cell.means, 1e-12) ** 2).mean() for cell in cells]))

    assert spread("category") > spread("beat") > spread("office") > 0


def test_three_days_of_calls_promise_nothing(district: District) -> None:
    calls = district.calls
    early = calls.time < calls.time[0] + np.timedelta64(3, "D")
    names = ("time", "lon", "lat", "beat", "category", "priority")
    short = Calls(**{name: getattr(calls, name)[early] for name in names})
    assert expected_counts(replace(district, calls=short)) == []
