"""Sharing the strength out: law holds, one more officer never hurts, conflicts are named and irreducible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staffing_cast import make_params, make_requirement

from jingwu.engines.staffing.allocation import Allocation, allocate
from jingwu.engines.staffing.allocation_model import AllocationCase, Budget, Build
from jingwu.engines.staffing.roles import CREW_ROLE, LEAD_ROLE
from jingwu.terms.people import PersonCategory

OFFICER, AUX, GRID = PersonCategory.OFFICER, PersonCategory.AUX_DUTY, PersonCategory.GRID_WORKER


def case_of(
    tours: list[int], strength: dict[PersonCategory, int], tours_total: int, **changes
) -> AllocationCase:
    gains = np.tile(10.0 / (1 + np.arange(12.0)), (len(tours), 1))
    told = {"today": {}, "params": make_params(), "tours_total": tours_total} | changes
    return AllocationCase(make_requirement(tours), strength, gains, **told)


def heads(answer: Allocation, office: str, *categories: PersonCategory) -> int:
    return sum(n for (o, _, c), n in answer.posts.items() if o == office and c in categories)


def test_everybody_gets_a_post_and_every_office_its_lead() -> None:
    answer = allocate(case_of([3, 3], {OFFICER: 6, AUX: 10}, 4))
    assert sum(answer.posts.values()) == 16
    assert [answer.of(office, LEAD_ROLE) for office in ("O0", "O1")] == [1, 1]


def test_worst_shortfall_comes_before_calls_answered() -> None:
    gains = np.array([[100.0] * 8, [1.0] * 8])
    answer = allocate(
        case_of([4, 4], {OFFICER: 8}, 4).__class__(
            make_requirement([4, 4]), {OFFICER: 8}, gains, 4, {}, make_params()
        )
    )
    assert answer.tours == {"O0": 2, "O1": 2} and answer.worst_crew_shortfall_share == pytest.approx(0.5)


def test_spare_tours_go_where_they_answer_most() -> None:
    gains = np.array([[9.0, 8.0, 7.0, 6.0], [5.0, 1.0, 0.5, 0.1]])
    answer = allocate(AllocationCase(make_requirement([1, 1]), {OFFICER: 8}, gains, 4, {}, make_params()))
    assert answer.tours == {"O0": 3, "O1": 1}


def test_nobody_moves_without_need() -> None:
    today = {("O0", OFFICER): 2, ("O1", OFFICER): 4}
    answer = allocate(case_of([1, 2], {OFFICER: 6}, 3, today=today))
    moved = sum(max(0, n - heads(answer, office, OFFICER)) for (office, _), n in today.items())
    assert dict(answer.objectives)["moves"] == pytest.approx(moved)
    assert moved <= 1


def test_auxiliaries_without_any_officer_are_a_named_conflict() -> None:
    answer = allocate(case_of([1], {AUX: 4}, 0))
    assert answer.conflict is not None and not answer.posts
    assert "law.aux_under_officer" in answer.conflict.rules
    assert "fact.strength.aux_duty" in answer.conflict.rules
    assert "辅警" in answer.conflict.message_zh and answer.conflict.ways_zh


def test_conflict_is_irreducible() -> None:
    case = case_of([1, 1, 1], {OFFICER: 2, AUX: 3}, 2, strict=frozenset({"norm.one_lead"}))
    answer = allocate(case)
    assert answer.conflict is not None
    core = set(answer.conflict.rules)
    assert "norm.one_lead" in core
    model = Build(case).model
    others = set(model.rules()) - core - {"fact.tours_need_officers"}
    assert not model.feasible(without=others)
    for rule in core:
        assert model.feasible(without=others | {rule}), f"{rule} is not needed for the conflict"


def test_budget_buys_only_what_it_can_pay() -> None:
    budget = Budget(10.0, {OFFICER: 2.0, AUX: 1.0})
    answer = allocate(case_of([2, 2], {OFFICER: 10, AUX: 10}, 10, budget=budget))
    spent = sum(n * budget.unit_cost[c] for (_, _, c), n in answer.posts.items())
    assert 0 < spent <= 10.0


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=4),
    st.integers(1, 12),
    st.integers(0, 12),
    st.integers(0, 4),
)
def test_law_holds_and_one_more_officer_never_worsens_the_worst(
    tours: list[int], officers: int, auxiliaries: int, grid: int
) -> None:
    strength = {OFFICER: officers, AUX: auxiliaries, GRID: grid}
    answer = allocate(case_of(tours, strength, officers))
    more = allocate(case_of(tours, strength | {OFFICER: officers + 1}, officers + 1))
    assert answer.conflict is None and more.conflict is None
    assert more.worst_crew_shortfall_share <= answer.worst_crew_shortfall_share + 1e-9
    for office in make_requirement(tours).offices:
        has_officer = heads(answer, office, OFFICER) > 0
        assert has_officer or heads(answer, office, AUX) == 0
        assert has_officer or answer.of(office, "grid_mediation") == 0
        assert answer.tours[office] <= heads(answer, office, OFFICER)
        assert answer.of(office, CREW_ROLE) <= answer.tours[office]
    for category, number in strength.items():
        assert sum(n for (_, _, c), n in answer.posts.items() if c is category) == number


def test_rising_gains_are_refused() -> None:
    with pytest.raises(ValueError, match="more than the one before"):
        AllocationCase(make_requirement([1]), {}, np.array([[1.0, 2.0]]), 1, {}, make_params())
