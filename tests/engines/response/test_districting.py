"""Beats: Carrollton against the published figures, contiguity and balance always, change on demand."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.response.districting import (
    BeatRules,
    DistrictFacts,
    bridge_parts,
    count_pieces,
    describe_map,
    design_beats,
)
from jingwu.engines.response.streets import StreetNetwork
from jingwu.terms.refusal import BadInput

PUBLISHED_TODAY, PUBLISHED_BEST = 248_680.0, 198_758.0  # Wheeler (2019), weighted minutes


@dataclass(frozen=True)
class Carrollton:
    """The reporting areas: minutes between them, calls, contiguity, names and today's beats."""

    minutes: np.ndarray
    calls: np.ndarray
    touching: np.ndarray
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    today: np.ndarray


@pytest.fixture(scope="module")
def carrollton(shared_data: Path) -> Carrollton:
    import shapefile

    folder = shared_data / "carrollton"
    with shapefile.Reader(str(folder / "StreetCenterlines.shp")) as reader:
        lines, minutes = [], []
        for item in reader.iterShapeRecords():
            edges = [*item.shape.parts, len(item.shape.points)]
            total = item.record["Shape_Leng"]
            for first, last in pairwise(edges):
                line = np.array(item.shape.points[first:last])[:, :2]
                length = float(np.hypot(*np.diff(line, axis=0).T).sum())
                lines.append(line)
                minutes.append(item.record["Minutes"] * length / total)
    with (folder / "RA_Centroids.dbf").open("rb") as file:
        areas = [record.as_dict() for record in shapefile.Reader(dbf=file).iterRecords()]
    places = np.array([[area["XFeet"], area["YFeet"]] for area in areas])
    index = {area["NumberId"]: k for k, area in enumerate(areas)}
    touching = np.zeros((len(areas), len(areas)), dtype=bool)
    with (folder / "RA_ContMat.dbf").open("rb") as file:
        for pair in shapefile.Reader(dbf=file).iterRecords():
            touching[index[pair["NUMBERID"]], index[pair["NID"]]] = True
    letters = [area["PDGrid"][:2] for area in areas]
    beats = sorted(set(letters) - {"5C"})  # 5C lies in the next county and belongs to none of the twelve
    return Carrollton(
        StreetNetwork.from_lines(lines, minutes, tolerance=0.1).ways(places, places),
        np.array([float(area["Cnt_ra"] or 0) for area in areas]),
        touching,
        tuple(area["PDGrid"] for area in areas),
        tuple(str(area["NumberId"]) for area in areas),
        np.array([beats.index(name) if name in beats else -1 for name in letters]),
    )


@pytest.mark.parametrize(
    ("file", "source", "target", "minutes", "key"),
    [
        ("GLPK_Output5hours.csv", "Source", "Dest", "Dist", "names"),
        ("PMed_Results1.csv", "source", "dest", "dist", "numbers"),
    ],
)
def test_network_minutes_are_those_of_the_published_assignments(
    shared_data: Path, carrollton: Carrollton, file: str, source: str, target: str, minutes: str, key: str
) -> None:
    index = {name: k for k, name in enumerate(getattr(carrollton, key))}
    with (shared_data / "carrollton" / file).open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    ours = np.array([carrollton.minutes[index[row[source]], index[row[target]]] for row in rows])
    theirs = np.array([float(row[minutes]) for row in rows])
    assert len(rows) >= 320
    assert (np.abs(ours - theirs) < 0.01).mean() > 0.95
    assert np.corrcoef(ours, theirs)[0, 1] > 0.98
    calls = carrollton.calls[[index[row[target]] for row in rows]]
    assert float(ours @ calls) == pytest.approx(float(theirs @ calls), rel=0.01)


def test_carrollton_beats_travel_a_fifth_less_with_loads_within_five_percent(carrollton: Carrollton) -> None:
    inside = carrollton.today >= 0
    own = sum(
        min(carrollton.minutes[np.ix_(members, members)] @ carrollton.calls[members])
        for members in (np.flatnonzero(carrollton.today == beat) for beat in range(12))
    )
    assert own == pytest.approx(PUBLISHED_TODAY, rel=0.005)
    assert carrollton.calls[~inside].sum() < 0.002 * carrollton.calls.sum()
    touching, bridges = bridge_parts(carrollton.touching, carrollton.minutes)
    assert len(bridges) == 1
    facts = DistrictFacts(carrollton.minutes, carrollton.calls, touching, carrollton.names)
    result = design_beats(facts, BeatRules(beats=12), seed=1)
    assert result.contiguous and result.pieces == (1,) * 12
    assert result.balanced and result.balance_share <= 0.05
    assert result.travel < PUBLISHED_BEST
    assert result.travel < 0.8 * own
    assert result.bound is not None and result.bound < result.travel
    assert sum(result.load_by_beat) == pytest.approx(carrollton.calls.sum())
    with pytest.raises(BadInput) as refusal:
        design_beats(
            DistrictFacts(carrollton.minutes, carrollton.calls, carrollton.touching, carrollton.names),
            BeatRules(beats=12),
        )
    assert refusal.value.code == "districting.separate_parts"
    assert carrollton.names[bridges[0][0]] in refusal.value.message_en


def lattice(side: int, seed: int) -> DistrictFacts:
    """Return side × side areas that touch left, right, up and down, with loads 1 … 5."""
    place = np.array([(r, c) for r in range(side) for c in range(side)], dtype=float)
    apart = np.abs(place[:, None] - place[None]).sum(axis=2)
    load = np.random.default_rng(seed).integers(1, 6, side * side).astype(float)
    return DistrictFacts(apart, load, apart == 1)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_beats_stay_in_one_piece_within_their_limits(seed: int, beats: int) -> None:
    facts = lattice(8, seed)
    rules = BeatRules(beats=beats, tolerance_share=0.1, steps=30_000, starts=1)
    result = design_beats(facts, rules, seed=seed)
    assert result.contiguous
    assert result.balanced
    mean = facts.load.sum() / beats
    assert np.abs(np.array(result.load_by_beat) - mean).max() <= 0.1 * mean + 1e-9
    assert set(result.beat_of_area.tolist()) == set(range(beats))
    assert result.bound is not None
    assert result.bound <= result.travel + 1e-9
    assert sum(result.travel_by_beat) == pytest.approx(result.travel)
    again = design_beats(facts, rules, seed=seed)
    assert (again.beat_of_area == result.beat_of_area).all()


def test_four_quarters_of_an_even_square_are_found() -> None:
    facts = lattice(6, 0)
    even = DistrictFacts(facts.travel, np.ones(36), facts.adjacent)
    result = design_beats(even, BeatRules(beats=4, tolerance_share=0.01, steps=100_000, starts=3))
    assert result.load_by_beat == (9.0,) * 4
    assert result.travel == 4 * 12  # a 3 × 3 block round its middle: four at 1, four at 2


def test_a_price_on_change_keeps_more_of_todays_map() -> None:
    facts = lattice(8, 5)
    today = np.repeat(np.arange(4), 16)  # four strips, each in one piece
    free = design_beats(facts, BeatRules(4, 0.03, today, steps=60_000, starts=2))
    dear = design_beats(facts, BeatRules(4, 0.03, today, change_price=50.0, steps=60_000, starts=2))
    assert dear.balanced and dear.contiguous
    assert 0 < len(dear.moved) < len(free.moved)
    assert dear.travel >= free.travel - 1e-9
    # Numbering alone moves nothing: the same map under other numbers counts as unchanged.
    same = design_beats(facts, BeatRules(4, 0.5, (today + 1) % 4, change_price=1e6, steps=1000, starts=1))
    assert not same.moved
    assert f"移动 {len(dear.moved)} 个区域" in dear.words_zh
    before = describe_map(facts, BeatRules(4, 0.03, today), today)
    assert not before.balanced and not before.moved
    assert "未能达到" in before.words_zh


def test_todays_detached_pieces_are_mended_before_the_search() -> None:
    facts = lattice(6, 2)
    today = np.repeat(np.arange(3), 12)
    today[0], today[35] = 2, 0
    assert count_pieces(facts.adjacent, today, 3) == (2, 1, 2)
    result = design_beats(facts, BeatRules(3, 0.1, today, change_price=5.0, steps=40_000, starts=1))
    assert result.contiguous and result.balanced


def test_the_injected_scorer_has_the_last_word_within_the_limits() -> None:
    facts = lattice(8, 9)
    rules = BeatRules(4, 0.15, steps=30_000, starts=1, scorer_calls=300)
    plain = design_beats(facts, rules)
    calls = []

    def scorer(beat_of_area: np.ndarray) -> float:
        calls.append(1)
        return -float(np.bincount(beat_of_area, weights=facts.load, minlength=4)[2])  # a heavy beat 2, please

    scored = design_beats(facts, rules, scorer=scorer)
    assert scored.score is not None
    assert scored.load_by_beat[2] > plain.load_by_beat[2]
    assert -scored.score == scored.load_by_beat[2]
    assert scored.balanced and scored.contiguous
    assert len(calls) <= 300


def test_bad_input_is_refused_in_words() -> None:
    facts = lattice(3, 1)
    with pytest.raises(BadInput, match="行程"):
        DistrictFacts(np.full((9, 9), np.nan), facts.load, facts.adjacent)
    with pytest.raises(BadInput, match="工作量都为零"):
        DistrictFacts(facts.travel, np.zeros(9), facts.adjacent)
    with pytest.raises(BadInput) as refusal:
        design_beats(facts, BeatRules(10))
    assert refusal.value.code == "districting.beats_out_of_range"
    heavy = facts.load.copy()
    heavy[4] = 1000
    with pytest.raises(BadInput, match="区域 4"):
        design_beats(DistrictFacts(facts.travel, heavy, facts.adjacent), BeatRules(3))


def test_a_balance_out_of_reach_is_said_and_not_hidden() -> None:
    facts = lattice(2, 1)
    uneven = DistrictFacts(facts.travel, np.array([3.0, 3.0, 3.0, 1.0]), facts.adjacent)
    result = design_beats(uneven, BeatRules(2, 0.05, steps=2000, starts=1))
    assert not result.balanced
    assert result.balance_share == pytest.approx(0.2)
    assert "未能达到 5.0%" in result.words_zh
