"""The quick approximation beside the simulation it stands in for."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from jingwu.engines.response.facts import CrewSchedule, DispatchKind, DispatchRule, SquareRootLaw
from jingwu.engines.response.simulation import physical_limit, run
from jingwu.engines.response.steady import approximate_response
from jingwu.engines.response.synthetic import square_city
from jingwu.terms.refusal import BadInput


@pytest.mark.parametrize("crews", [2, 3])
def test_the_approximation_is_near_the_simulation(crews: int) -> None:
    city = dataclasses.replace(square_city(8, 4000), warm_up_hours=24.0)
    case = dataclasses.replace(city, schedule=CrewSchedule(city.posts, np.full((8, 168), crews)))
    quick, slow = approximate_response(case), run(case, replications=6, seed=1)
    assert quick.overall.mean_minutes.value == pytest.approx(slow.overall.mean_minutes.value, rel=0.03)
    for threshold in case.thresholds_minutes:
        assert quick.overall.share_within(threshold).value == pytest.approx(
            slow.overall.share_within(threshold).value, abs=0.03
        )
    assert np.allclose(quick.workload.mean(axis=1), slow.workload.mean(axis=1), atol=0.03)
    assert quick.overall.calls_per_week == pytest.approx(case.demand.calls_per_week)


def test_one_crew_more_shortens_the_response_and_never_beats_the_limit() -> None:
    city = square_city(8, 4000)
    crews = np.full((8, 168), 2)
    before = approximate_response(dataclasses.replace(city, schedule=CrewSchedule(city.posts, crews)))
    crews[0] += 1
    after = approximate_response(dataclasses.replace(city, schedule=CrewSchedule(city.posts, crews)))
    limit = physical_limit(city).overall.mean_minutes.value
    assert limit < after.overall.mean_minutes.value < before.overall.mean_minutes.value


def test_overload_and_hours_without_crews_are_said() -> None:
    city = square_city(4, 2000)
    crews = np.ones((4, 168), dtype=np.int64)
    crews[1:, 10] = 0
    crews[:, 20] = 0
    report = approximate_response(dataclasses.replace(city, schedule=CrewSchedule(city.posts, crews)))
    assert len(report.notes_en) == 2
    assert report.unserved_calls_per_week.value == pytest.approx(city.demand.calls_per_hour[:, :, 20].sum())
    assert np.all(report.workload <= 1.0)


def test_offices_on_their_own_are_solved_apart() -> None:
    city = square_city(2, 2000)
    near = np.argmin(city.travel.minutes, axis=0)
    own = np.zeros((6, 2), dtype=np.bool_)
    own[np.arange(6), near] = True
    crews = CrewSchedule(city.posts, np.full((2, 168), 4))
    rule = DispatchRule(DispatchKind.OWN_ONLY, own=own)
    report = approximate_response(dataclasses.replace(city, dispatch=rule, schedule=crews))
    shared = approximate_response(dataclasses.replace(city, schedule=crews))
    assert report.overall.queue_wait_minutes.value > shared.overall.queue_wait_minutes.value
    assert report.overall.travel_minutes.value == pytest.approx(
        physical_limit(city).overall.mean_minutes.value
    )


def test_without_places_it_is_refused() -> None:
    city = dataclasses.replace(square_city(3, 500), travel=SquareRootLaw(0.63, 30.0, 20.0))
    with pytest.raises(BadInput):
        approximate_response(city)
