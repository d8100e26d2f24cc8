"""Dives for heads: whole, never cheaper than proved, as cheap where that is proved, the same for a seed."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from office import crews
from test_common_walks import cheapest_heads, counted, drawn

from jingwu.engines.rostering.common_walks import CommonWalks, common_walks
from jingwu.engines.rostering.demonstration import crew_office
from jingwu.engines.rostering.head_dives import HeadDives


def dived(common: CommonWalks, improvements: int, seed: int = 1) -> HeadDives:
    """Return dives that found heads, begun again where stuck, and then tried for cheaper ones so often."""
    dives = HeadDives(common, seed)
    assert any(dives.begin(lambda: False) for _ in range(5))
    for _ in range(improvements):
        dives.improve(lambda: False)
    return dives


def cost_with_whole_walkers(common: CommonWalks, dives: HeadDives) -> int:
    """Return what the heads found cost by another solver, which lets no walker go in halves."""
    assert dives.heads is not None
    for variable, count in zip(dives.cells.ravel().tolist(), dives.heads.ravel().tolist(), strict=True):
        common.model.add([(1, variable)], lower=int(count), upper=int(count))
    return cheapest_heads(common)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_heads_dived_for_are_whole_and_cost_what_they_say(data: st.DataObject) -> None:
    common = common_walks(counted(drawn(data)))
    assert common is not None
    common.relax(20.0)
    best = cheapest_heads(common)
    dives = dived(common, 12)
    assert dives.heads is not None and (dives.heads == np.rint(dives.heads)).all()
    assert common.bound - 1e-4 <= best <= dives.cost == cost_with_whole_walkers(common, dives)


def test_heads_of_four_weeks_are_the_cheapest_there_are() -> None:
    common = common_walks(crew_office(seed=2))
    assert common is not None
    common.relax(20.0)
    assert dived(common, 60).cost == common.round_up(common.bound)


def test_freed_days_only_make_heads_cheaper() -> None:
    common = common_walks(crew_office(seed=2))
    assert common is not None
    dives = dived(common, 0)
    costs = [dives.cost]
    for _ in range(25):
        found = dives.improve(lambda: False)
        assert found is (dives.cost < costs[-1])
        costs.append(dives.cost)
    assert costs == sorted(costs, reverse=True) and costs[-1] < costs[0]


def test_beginning_again_leads_to_other_heads() -> None:
    """Where heads cannot be had, others must come: the relaxation is stirred."""
    common = common_walks(crew_office(seed=3))
    assert common is not None
    dives, found = dived(common, 0), set()
    for _ in range(4):
        assert dives.begin(lambda: False) and dives.heads is not None
        found.add(dives.heads.tobytes())
    assert len(found) > 2


def test_the_same_seed_finds_the_same_heads() -> None:
    first, second = (
        dived(common, 10) for common in (common_walks(crews(14)), common_walks(crews(14))) if common
    )
    assert first.heads is not None and second.heads is not None
    assert (first.heads == second.heads).all() and first.cost == second.cost


def test_dives_that_are_over_find_nothing() -> None:
    common = common_walks(crews(7))
    assert common is not None
    dives = HeadDives(common, 1)
    assert not dives.begin(lambda: True) and not dives.improve(lambda: False) and dives.heads is None
