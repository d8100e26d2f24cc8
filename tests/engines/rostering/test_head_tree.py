"""The tree of whole heads: its bounds never lie above a roster, and its leaves are whole."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.rostering.columns.core import Core, build_core
from jingwu.engines.rostering.columns.head_tree import HeadTree
from jingwu.engines.rostering.columns.master import Master
from jingwu.engines.rostering.columns.search import State
from jingwu.engines.rostering.curtois_qu import BEST_KNOWN, parse, problem_of
from tests.engines.rostering.instances import proved_roster, root_of, small_instance, three_people


def never() -> bool:
    """Stop at nothing."""
    return False


def heads_of(core: Core, state: State, master: Master) -> list[int]:
    """Return the heads below and above each need of a roster, two by two."""
    gaps = [row.need - int(state.cover[row.demand]) for row in master.rows]
    return [part for gap in gaps for part in (max(0, gap), max(0, -gap))]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_no_bound_of_the_tree_lies_above_the_best_roster(seed: int) -> None:
    problem = problem_of(small_instance(seed))
    proved = proved_roster(problem)
    if proved is None:
        return
    core = build_core(problem)
    root = root_of(core)
    begun, best = root.bound, proved[1] - core.constant
    assert root.centre is not None
    tree = HeadTree(root, root.centre)
    tree.run(limit=lambda: best + 1e-6, should_stop=never)
    # nodes that may hold the best roster stay; opened to the end, they are leaves
    assert begun - 1e-6 <= tree.bound <= best + 1e-6
    assert tree.leaves and all(not leaf.split() for leaf in tree.leaves)
    heads = heads_of(core, State.of(core, core.schedules(proved[0])), root.master)
    assert any(
        (leaf.least <= heads).all() and (leaf.most >= heads).all() and leaf.bound <= best + 1e-6
        for leaf in tree.leaves
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), data=st.data())
def test_any_duals_give_a_bound_below_the_relaxation_with_bounded_heads(
    seed: int, data: st.DataObject
) -> None:
    core = build_core(problem_of(small_instance(seed)))
    if any(core.pricers[person].cheapest(core.base[person])[0] > 1e16 for person in range(core.people)):
        return
    generation = root_of(core)
    master = generation.master
    random = np.random.default_rng(data.draw(st.integers(0, 1000)))
    least = random.integers(0, 2, 2 * len(master.rows)).astype(np.float64)
    most = np.where(random.random(len(least)) < 0.5, least + random.integers(0, 3, len(least)), math.inf)
    master.bound_heads(least, most)
    generation.bound, generation.centre = -math.inf, None
    generation.run(should_stop=never)
    value = generation.value
    assert generation.bound <= value + 1e-6
    assert abs(generation.bound - value) <= 1e-6 * max(1.0, abs(value))
    for _ in range(5):
        generation.bound = -math.inf
        generation._price(random.normal(0, 150, len(master.rows) + 1))
        assert generation.bound <= value + 1e-6


def test_heads_that_nobody_can_keep_to_are_dear_and_not_an_error() -> None:
    generation = root_of(build_core(problem_of(three_people())))
    master = generation.master
    begun = generation.bound
    master.bound_heads(np.zeros(2 * len(master.rows)), np.zeros(2 * len(master.rows)))
    generation.bound, generation.centre = -math.inf, None
    generation.run(should_stop=never)
    # eighteen places for twelve shifts: six stay open, whatever is asked
    assert master.missing() > 5 and generation.bound > 10 * begun
    master.free_heads()
    generation.bound, generation.centre = -math.inf, None
    generation.run(should_stop=never)
    assert master.missing() < 1e-6 and abs(generation.bound - begun) < 1e-6


def test_a_stopped_tree_goes_on_where_it_was() -> None:
    core = build_core(problem_of(small_instance(7)))
    root, other = root_of(core), root_of(core)
    assert root.centre is not None and other.centre is not None
    whole, halting = HeadTree(root, root.centre), HeadTree(other, other.centre)
    limit = root.bound + 120
    whole.run(limit=lambda: limit, should_stop=never)
    assert halting.bound == -math.inf
    for patience in range(1, 400):
        left = [0] * patience
        halting.run(limit=lambda: limit, should_stop=lambda left=left: not left or left.pop() > 0)
        assert halting.bound <= whole.bound + 1e-6 or halting.bound > limit
    assert abs(halting.bound - whole.bound) < 1e-6


def test_whole_heads_alone_prove_the_fifth_instance(shared_data: Path) -> None:
    text = (shared_data / "rostering" / "curtois_qu" / "Instance5.txt").read_text()
    core = build_core(problem_of(parse(text)))
    root = root_of(core)
    assert root.centre is not None
    # half a place here and half there: the relaxation alone says 1140.6
    assert 1140 < root.bound + core.constant < 1141
    tree = HeadTree(root, root.centre)
    tree.run(limit=lambda: BEST_KNOWN[5] - core.constant - 1 + 1e-6, should_stop=never)
    assert math.ceil(tree.bound + core.constant - 1e-4) == BEST_KNOWN[5]
