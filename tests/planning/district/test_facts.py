"""The frozen district: what it refuses to be, and what its digest depends on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from jingwu.planning.district import Beat, Calls, Certificate, District, Office, Person, Rank
from jingwu.terms.people import FundingSource, PersonCategory

T0 = np.datetime64("2026-10-05T00:00:00")  # Monday 08:00 in China
OFFICE = Office("A", "甲警务室", 118.2, 30.4)
BEAT = Beat("A-1", 118.2, 30.4, "A")
PERSON = Person("民警 0001", PersonCategory.OFFICER, FundingSource.ESTABLISHMENT, office="A", beat="A-1")


def calls(**steps: object) -> Calls:
    time = T0 + np.array([0, 60]).astype("timedelta64[s]")
    ones = np.ones(2)
    return Calls(time, 118.2 * ones, 30.4 * ones, 0 * ones, 0 * ones, 3 * ones, **steps)  # type: ignore[arg-type]


def district() -> District:
    return District(calls=calls(), offices=(OFFICE,), beats=(BEAT,), people=(PERSON,))


def test_places_and_hours_are_told_as_arrays() -> None:
    facts = district()
    assert facts.beat_office.tolist() == [0] and facts.person_office.tolist() == [0]
    assert facts.person_beat.tolist() == [0] and facts.hour_of_week.tolist() == [8, 8]
    assert facts.period == (date(2026, 10, 5), date(2026, 10, 5))


def test_arrays_cannot_be_changed() -> None:
    facts = district()
    with pytest.raises(ValueError):
        facts.calls.lon[0] = 0
    mine = np.zeros((1, 168), np.int16)
    kept = replace(facts, crews_today=mine)
    mine[0, 0] = 9
    assert kept.crews_today is not None and kept.crews_today[0, 0] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"name": "乙"},
        {"offices": (replace(OFFICE, lon=118.3),)},
        {"beats": (replace(BEAT, population=5),)},
        {"people": (replace(PERSON, rank=Rank.SECTION),)},
        {"people": (replace(PERSON, certificates=(Certificate("执法资格", date(2027, 1, 1)),)),)},
        {"crews_today": np.ones((1, 168), np.int16)},
        {"travel_minutes": np.ones((1, 1))},
        {"calls": calls(arrive=T0 + np.array([600, 660]).astype("timedelta64[s]"))},
    ],
)
def test_every_fact_changes_the_digest(change: dict[str, object]) -> None:
    facts = district()
    assert replace(facts, **change).digest != facts.digest  # type: ignore[arg-type]


def test_an_id_number_stays_outside_the_digest_but_not_of_equality() -> None:
    facts = district()
    told = replace(facts, people=(replace(PERSON, id_number="11010519491231002X"),))
    assert told.digest == facts.digest and told != facts


def test_numpy_numbers_are_the_same_facts() -> None:
    facts = district()
    again = replace(facts, offices=(replace(OFFICE, lon=np.float64(118.2)),))
    assert again == facts


@pytest.mark.parametrize(
    "broken",
    [
        {"offices": (OFFICE, OFFICE)},
        {"beats": (replace(BEAT, office="B"),)},
        {"people": (replace(PERSON, beat="B-1"),)},
        {"crews_today": np.ones((1, 24), np.int16)},
        {"crews_today": -np.ones((1, 168), np.int16)},
        {"travel_minutes": np.ones((2, 1))},
        {"beats": (), "people": ()},
    ],
)
def test_a_district_that_does_not_hang_together_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(district(), **broken)  # type: ignore[arg-type]


def test_a_chain_cannot_run_backwards_nor_calls_out_of_order() -> None:
    before = T0 - np.array([600, 660]).astype("timedelta64[s]")
    with pytest.raises(ValueError):
        calls(arrive=before)
    good = calls()
    with pytest.raises(ValueError):
        replace(good, time=good.time[::-1])


def test_a_step_over_a_gap_still_counts() -> None:
    none = np.array(["NaT", "NaT"], "datetime64[s]")
    late = T0 + np.array([600, 660]).astype("timedelta64[s]")
    early = T0 + np.array([300, 360]).astype("timedelta64[s]")
    assert np.isnan(calls(dispatch=none, arrive=late).minutes("dispatch", "arrive")).all()
    assert calls(dispatch=early, arrive=late).minutes("dispatch", "arrive").tolist() == [5.0, 5.0]
    with pytest.raises(ValueError):
        calls(dispatch=late, enroute=none, arrive=early)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1", " a", "a\x00b"])
def test_text_a_spreadsheet_would_run_is_no_code(text: str) -> None:
    with pytest.raises(ValueError):
        replace(OFFICE, code=text)
    with pytest.raises(ValueError):
        replace(OFFICE, name=text)
