"""Columns against a solver that knows none of them: the same optimum, proved by both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.rostering import solve
from jingwu.engines.rostering.columns.core import build_core
from jingwu.engines.rostering.columns.diving import Dive
from jingwu.engines.rostering.columns.generation import Generation
from jingwu.engines.rostering.columns.master import Master
from jingwu.engines.rostering.curtois_qu import BEST_KNOWN, parse, problem_of
from tests.engines.rostering.instances import proved_roster, root_of, small_instance, three_people


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_dives_prove_the_optimum_the_general_solver_finds(seed: int) -> None:
    problem = problem_of(small_instance(seed))
    best = proved_roster(problem)
    ours = solve(problem, seconds=30, seed=seed)
    assert (best is None) == (ours.roster is None)
    if best is not None:
        assert ours.objective == best[1]
        assert ours.bound == ours.objective


@pytest.fixture
def relaxation() -> Generation:
    """Return the solved relaxation of the three people below, two of whom are wanted on nine days."""
    return root_of(build_core(problem_of(three_people())))


def test_the_bound_is_the_relaxation_and_closed_cells_can_only_raise_it(relaxation: Generation) -> None:
    assert relaxation.converged and relaxation.centre is not None
    assert relaxation.bound == pytest.approx(relaxation.value)
    # Eighteen places, twelve shifts at most: six remain open whatever is done.
    assert relaxation.master.shortage() == pytest.approx(6)
    root, core = relaxation.bound, relaxation.master.core
    closed = np.zeros((core.people, core.days, core.kinds + 1), np.bool_)
    closed[0, :, 0] = True
    relaxation.close(closed, relaxation.centre, 1.0)
    relaxation.run(should_stop=lambda: False)
    assert relaxation.bound == pytest.approx(relaxation.value) and relaxation.bound > root + 399
    relaxation.close(np.zeros_like(closed), relaxation.centre, 1.0)
    relaxation.run(should_stop=lambda: False)
    assert relaxation.bound == pytest.approx(root)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), excess=st.floats(0.0, 40.0))
def test_schedules_written_down_price_as_the_programme_does_up_to_their_limit(
    seed: int, excess: float
) -> None:
    core = build_core(problem_of(small_instance(seed)))
    if any(core.pricers[person].cheapest(core.base[person])[0] > 1e16 for person in range(core.people)):
        return
    root = root_of(core)
    limit, start = root.bound + excess, root.centre
    assert start is not None
    root.enumerate(limit, 100_000)
    stock = root.stock
    assert stock is not None
    random = np.random.default_rng(seed)
    for share in (0.0, 0.05, 0.2):
        closed = random.random((core.people, core.days, core.kinds + 1)) < share
        bounds = []
        for written in (None, stock):
            root.close(closed, start, 5.0)
            root.stock = written
            root.run(should_stop=lambda: False)
            bounds.append(root.bound)
            root.enumerate(limit, 100_000)  # thinned, or written down anew: the bound stays
            root.run(should_stop=lambda: False)
            bounds.append(root.bound)
        assert all(bound > limit for bound in bounds) or bounds == pytest.approx([bounds[0]] * 4, abs=1e-5)


def test_places_left_open_are_whole_and_that_proves_the_first_instance(shared_data: Path) -> None:
    text = (shared_data / "rostering" / "curtois_qu" / "Instance1.txt").read_text()
    core = build_core(problem_of(parse(text)))
    generation = root_of(core)
    assert generation.master.shortage() == pytest.approx(5.5)
    assert generation.bound + core.constant == pytest.approx(558)
    # Nothing is raised while any price would be paid for five; below 607 there is no such roster.
    assert not generation.round_shortage(1e6, lambda: False)
    assert generation.master.least_shortage == 0
    assert generation.round_shortage(606.0 - core.constant, lambda: False)
    assert generation.master.least_shortage == 6
    generation.run(should_stop=lambda: False)
    assert 606 < generation.bound + core.constant <= BEST_KNOWN[1] + 1e-6


def test_a_relaxation_that_is_whole_at_once_gives_its_roster(shared_data: Path) -> None:
    text = (shared_data / "rostering" / "curtois_qu" / "Instance2.txt").read_text()
    core = build_core(problem_of(parse(text)))
    root = root_of(core)
    known = list(root.master.columns)
    # Dive by dive more columns are known from the start, until the first solution is the best roster.
    for seed in range(12):
        master = Master(core, list(range(core.people)), np.zeros(core.rows, np.int64))
        for column in known:
            master.add(column.person, column.schedule)
        generation = Generation(master, bound=root.bound)
        generation.centre = root.centre
        found: list[np.ndarray] = []
        dive = Dive(generation, seed, cutoff=900.0 - core.constant, noise=0.2)
        assert dive.run(should_stop=lambda: False, patience=1000, on_found=found.append)
        assert core.total(found[-1]) == BEST_KNOWN[2] == dive.cutoff + core.constant
        known = list(master.columns)
    assert dive.nodes == 1
