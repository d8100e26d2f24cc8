"""One network of streets: joined at ends or at points, entered anywhere along a piece, walked to or not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.response.streets import StreetNetwork
from jingwu.engines.response.travel import travel_by_streets
from jingwu.terms.refusal import BadInput


def grid(side: int) -> list[np.ndarray]:
    """Return the streets of a town of ``side`` × ``side`` crossings, 100 m apart."""
    steps = np.arange(side) * 100.0
    rows = [np.stack([steps, np.full(side, y)], axis=1) for y in steps]
    return rows + [line[:, ::-1] for line in rows]


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_on_a_grid_the_way_is_rectilinear(x1: int, y1: int, x2: int, y2: int) -> None:
    network = StreetNetwork.from_lines(grid(6), joined_at="points")
    way = network.ways(np.array([[x1, y1]]) * 100.0, np.array([[x2, y2]]) * 100.0)
    assert way[0, 0] == pytest.approx(100.0 * (abs(x1 - x2) + abs(y1 - y2)))


def test_streets_agree_with_a_dense_search_and_obey_the_triangle() -> None:
    rng = np.random.default_rng(3)
    places = rng.random((30, 2)) * 1000.0
    ends = rng.integers(0, 30, (70, 2))
    network = StreetNetwork.from_lines([places[pair] for pair in ends])
    dense = np.full((30, 30), np.inf)
    np.fill_diagonal(dense, 0.0)
    for a, b in ends:
        dense[a, b] = dense[b, a] = min(dense[a, b], np.linalg.norm(places[a] - places[b]))
    for middle in range(30):  # Floyd–Warshall
        dense = np.minimum(dense, dense[:, [middle]] + dense[[middle], :])
    used = np.unique(ends)
    assert np.allclose(network.ways(places[used], places[used], detached=True), dense[np.ix_(used, used)])


def test_detached_streets_are_no_way_unless_the_whole_is_asked() -> None:
    island = [np.array([[5000.0, 5000.0], [5100.0, 5000.0]])]
    network = StreetNetwork.from_lines(grid(4) + island, joined_at="points")
    point, far = np.array([[0.0, 0.0]]), np.array([[5000.0, 5000.0]])
    assert np.isinf(network.ways(point, far, detached=True)[0, 0])
    assert np.isfinite(network.ways(point, far)[0, 0])  # by the nearest street of the town
    model = travel_by_streets(
        ("p",), ("a",), network, point, np.array([[300.0, 0.0]]), speed_km_per_hour=36.0
    )
    assert model.minutes[0, 0] == pytest.approx(0.5)
    with pytest.raises(BadInput):
        StreetNetwork.from_lines([np.array([[1.0, 1.0], [1.0, 1.0]])])


def test_streets_meet_at_their_ends_and_not_at_a_bridge() -> None:
    lines = [
        np.array([[0.0, 0.0], [10.0, 0.0]]),
        np.array([[10.0, 0.0], [10.0, 10.0]]),
        np.array([[5.0, -5.0], [5.0, 0.0], [5.0, 5.0]]),  # passes over the first street at its inner point
        np.array([[5.0, 5.0], [10.0, 10.0]]),
    ]
    network = StreetNetwork.from_lines(lines, [1.0, 1.0, 1.0, 1.0], tolerance=0.1)
    places = np.array([[5.0, 0.01], [5.0, -5.0], [5.0, 5.0], [2.0, 0.0]])
    ways = network.ways(places, places)
    assert ways == pytest.approx(ways.T)
    assert ways[2, 1] == pytest.approx(1.0, abs=1e-6)
    assert ways[3, 1] == pytest.approx(0.8 + 1 + 1 + 1, abs=1e-6)
    with pytest.raises(BadInput, match="道路"):
        StreetNetwork.from_lines([], [])


def test_two_places_on_one_piece_need_not_go_round_by_its_end() -> None:
    network = StreetNetwork.from_lines([np.array([[0.0, 0.0], [100.0, 0.0]])])
    here, there = np.array([[40.0, 3.0]]), np.array([[60.0, -4.0]])
    assert network.ways(here, there)[0, 0] == pytest.approx(20.0)
    assert network.ways(here, here)[0, 0] == 0.0
    assert network.ways(here, there, walk_cost=1.0)[0, 0] == pytest.approx(3.0 + 20.0 + 4.0)
