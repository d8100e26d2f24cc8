"""What is written reads back as the same facts, whatever the facts."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.planning.district import (
    CATEGORIES,
    Beat,
    Calls,
    Certificate,
    District,
    MapBackground,
    MapLine,
    Office,
    Person,
    Rank,
    Workload,
    read_district,
    write_district,
)
from jingwu.planning.district.geometry import read_polygon, ring_area_km2, write_polygon
from jingwu.planning.district.opening import read_opening, write_opening
from jingwu.sheets.clock import to_local, to_utc
from jingwu.terms.duty import DutyModule
from jingwu.terms.incidents import AreaType
from jingwu.terms.people import FundingSource, PersonCategory

TODAY = date(2026, 11, 1)
LETTERS = st.characters(whitelist_categories=("Lu", "Ll", "Lo", "Nd"), max_codepoint=0x9FFF)
WORDS = st.text(LETTERS, min_size=1, max_size=8).map(lambda word: f"字{word}")
SPANS = st.tuples(st.integers(0, 719), st.integers(720, 1440)) | st.just((0, 0))
WEEKS = st.tuples(*[SPANS] * 7)


@st.composite
def districts(draw: st.DrawFn) -> District:
    """Small districts with everything in them that the tables can hold."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    where = lambda: (118.2 + float(rng.normal(0, 0.02)), 30.4 + float(rng.normal(0, 0.02)))  # noqa: E731
    office_codes = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
    beat_codes = draw(st.lists(WORDS, min_size=1, max_size=6, unique=True))
    offices = tuple(
        Office(code, draw(WORDS), *where(), draw(WORDS), draw(WEEKS), draw(st.sampled_from(list(AreaType))))
        for code in office_codes
    )
    # All beats have a boundary or none has: a call is placed by boundaries as soon as there are some.
    beats = tuple(
        Beat(
            code,
            *where(),
            draw(st.sampled_from(office_codes)),
            draw(st.none() | st.integers(0, 10**6)),
            draw(st.none() | st.integers(0, 10**5)),
            draw(st.none() | st.floats(0.01, 900)),
        )
        for code in beat_codes
    )
    people = tuple(
        _person(draw, f"民警 {n:04d}", office_codes, beat_codes) for n in range(draw(st.integers(0, 5)))
    )
    return District(
        calls=_calls(draw, rng, len(beats)),
        offices=offices,
        beats=beats,
        people=people,
        workload=_workload(rng, len(beats)) if draw(st.booleans()) else Workload.empty(),
        travel_minutes=rng.uniform(0, 60, (len(offices), len(beats))) if draw(st.booleans()) else None,
        crews_today=rng.integers(0, 5, (len(offices), 168)) if draw(st.booleans()) else None,
        background=MapBackground(roads=(MapLine(draw(WORDS), (where(), where()), 2),))
        if draw(st.booleans())
        else None,
        name=draw(WORDS),
        city=draw(WORDS),
    )


def _person(draw: st.DrawFn, code: str, offices: list[str], beats: list[str]) -> Person:
    days = st.dates(date(1950, 1, 1), date(2005, 1, 1))
    return Person(
        code=code,
        category=draw(st.sampled_from(list(PersonCategory))),
        source=draw(st.sampled_from(list(FundingSource))),
        birth_date=draw(st.none() | days),
        rank=draw(st.none() | st.sampled_from(list(Rank))),
        grassroots_years=draw(st.none() | st.floats(0, 60)),
        police_background=draw(st.none() | st.booleans()),
        skills=tuple(draw(st.lists(WORDS, max_size=3))),
        certificates=tuple(draw(st.lists(st.builds(Certificate, WORDS, st.none() | days), max_size=2))),
        office=draw(st.none() | st.sampled_from(offices)),
        weekly_minutes=draw(st.none() | st.integers(0, 5000)),
        module=draw(st.none() | st.sampled_from(list(DutyModule))),
        role=draw(st.just("") | WORDS),
        beat=draw(st.none() | st.sampled_from(beats)),
        group=draw(st.none() | WORDS),
        is_lead=draw(st.booleans()),
        recused_from=tuple(draw(st.lists(WORDS, max_size=2))),
        id_number=draw(st.none() | st.just("11010519491231002X")) if draw(st.booleans()) else None,
    )


def _calls(draw: st.DrawFn, rng: np.random.Generator, beats: int) -> Calls:
    count = draw(st.integers(1, 30))
    time = np.sort(np.datetime64("2026-01-01", "s") + rng.integers(0, 10**7, count))
    steps = np.cumsum(rng.integers(0, 3000, (4, count)), axis=0)
    chain = [np.where(rng.random(count) < 0.2, np.datetime64("NaT"), time + step) for step in steps]
    placed = rng.random(count) < 0.8
    return Calls(
        time,
        np.where(placed, 118.2 + rng.normal(0, 0.02, count), np.nan),
        np.where(placed, 30.4 + rng.normal(0, 0.02, count), np.nan),
        rng.integers(0, beats, count),
        rng.integers(-1, len(CATEGORIES), count),
        rng.integers(1, 5, count),
        *chain,
        code=np.array([f"{n:05d}" for n in range(count)]),
    )


def _workload(rng: np.random.Generator, beats: int) -> Workload:
    months = np.repeat(np.datetime64("2026-01", "M") + np.arange(3), beats)
    return Workload(np.tile(np.arange(beats), 3), months, *rng.integers(0, 90, (4, 3 * beats)))


def _normal(district: District) -> District:
    """ID numbers tell a birth date; where both stand they must agree, so drop what draws at random."""
    from dataclasses import replace

    people = tuple(
        replace(p, birth_date=date(1949, 12, 31) if p.id_number else p.birth_date) for p in district.people
    )
    return replace(district, people=people)


@settings(max_examples=20, deadline=None)
@given(drawn=districts(), english=st.booleans(), book=st.booleans())
def test_written_facts_read_back_the_same(drawn: District, english: bool, book: bool) -> None:
    district = _normal(drawn)
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / ("facts.xlsx" if book else "facts")
        write_district(district, target, english=english)
        again, report = read_district(target, today=TODAY)
    assert report.clean, report.problems
    assert again == district
    assert again is not None and again.digest == district.digest


@given(WEEKS)
def test_opening_hours_read_back(week: tuple[tuple[int, int], ...]) -> None:
    assert read_opening(write_opening(week)) == week


@pytest.mark.parametrize(
    ("text", "monday", "sunday"),
    [
        ("08:30-17:30", (510, 1050), (510, 1050)),
        ("周一至周五 8:30至17:30;周六 休;星期日 09:00-12:00", (510, 1050), (540, 720)),
        ("24小时", (0, 1440), (0, 1440)),
    ],
)
def test_opening_hours_as_people_write_them(
    text: str, monday: tuple[int, int], sunday: tuple[int, int]
) -> None:
    week = read_opening(text)
    assert (week[0], week[6]) == (monday, sunday)


@pytest.mark.parametrize("text", ["早上", "25:00-26:00", "17:30-08:30", "08:70-09:00"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_opening(text)


@given(st.integers(0, 2**31), st.sampled_from(["Asia/Shanghai", "America/Chicago", "UTC", "Asia/Kolkata"]))
def test_the_wall_clock_and_utc_agree(second: int, zone: str) -> None:
    utc = np.array([second], "datetime64[s]")
    wall = to_local(utc, zone)
    again = to_utc(wall, zone)
    # An hour that happens twice may come back as its first.
    assert abs((again - utc)[0].astype(int)) in (0, 3600)
    assert (to_local(again, zone) == wall).all()


def test_a_polygon_in_three_writings_is_one() -> None:
    ring = ((118.0, 30.0), (118.01, 30.0), (118.01, 30.01), (118.0, 30.01), (118.0, 30.0))
    wkt = "POLYGON((118 30, 118.01 30, 118.01 30.01, 118 30.01, 118 30))"
    geojson = '{"type":"Polygon","coordinates":[[[118,30],[118.01,30],[118.01,30.01],[118,30.01],[118,30]]]}'
    assert read_polygon(wkt) == read_polygon(geojson) == read_polygon(write_polygon((ring,))) == (ring,)
    # hundredths of a degree of latitude and of longitude at 30° on the ellipsoid of WGS 84
    assert ring_area_km2(ring) == pytest.approx(1.10852 * 0.96486, rel=2e-3)
    two = (ring, tuple((lon + 1, lat) for lon, lat in ring))
    assert read_polygon(write_polygon(two)) == two


@pytest.mark.parametrize(
    "text", ["POLYGON((1 2))", "POINT(1 2)", '{"type":"Point"}', "POLYGON((1 2, x 3, 4 5))"]
)
def test_what_is_no_polygon_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_polygon(text)
