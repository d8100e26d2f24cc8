"""The p-median: p sites with the least total weighted distance to every client's nearest one.

    min Σ_i Σ_j w_i d_ij x_ij,  Σ_j x_ij = 1,  x_ij ≤ y_j,  Σ_j y_j = p,  y_j ∈ {0, 1}
and with capacities Σ_i w_i x_ij ≤ c_j y_j, x_ij ∈ {0, 1}: a client is served by one site.

Source: Hakimi (1964), Operations Research 12:450–459; ReVelle & Swain (1970), Geographical Analysis 2:30–42.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import FloatArray, IntArray
from jingwu.engines.response.siting.capacity import refuse_capacity, search_capacitated
from jingwu.engines.response.siting.facts import (
    Effort,
    Proof,
    SitingFacts,
    SitingResult,
    gap_of,
    refuse_site_count,
)
from jingwu.engines.response.siting.interchange import greedy_median, search_median
from jingwu.engines.response.siting.program import MedianProgram, solve_median
from jingwu.engines.response.siting.relaxation import lagrangian_bound
from jingwu.engines.response.siting.solver import Outcome
from jingwu.terms.refusal import BadInput


@dataclass
class _Search:
    """The state of one run: the best sites, who serves whom, and the best bound so far."""

    sites: IntArray
    assignment: IntArray
    cost: float
    feasible: bool = True
    bound: float | None = None
    price: FloatArray | None = None
    solved: bool = False


def p_median(facts: SitingFacts, p: int, *, seed: int = 1, effort: Effort | None = None) -> SitingResult:
    """Choose ``p`` sites (fixed ones included) so that the total weighted distance is least.

    Returns: objective in weight × distance; the bound is a proven lower one.
    Raises: BadInput when p does not fit the candidates, when the capacities cannot hold the demand, or when
    the p sites found leave clients unreached.
    """
    refuse_site_count(facts, p)
    effort = effort or Effort()
    cost, unreached_cost = weighted_costs(facts)
    whole = bool(np.all(cost == np.rint(cost)))
    state = _first_search(facts, cost, p, seed, effort)
    if effort.bound_steps:
        _improve_bound(facts, cost, p, state, effort.bound_steps, whole)
    if not _is_tight(state, whole):
        _second_search(facts, cost, p, state, seed, effort, whole)
    if effort.exact_seconds > 0 and not _is_tight(state, whole):
        _prove(facts, cost, p, state, seed, effort, whole)
    if state.cost >= unreached_cost:
        raise _unreached(facts, state)
    return _result(facts, state, p, seed, whole)


def weighted_costs(facts: SitingFacts) -> tuple[FloatArray, float]:
    """Return weight × distance, shape (sites, clients), and the stand-in cost of an unreachable pair.

    The stand-in exceeds the cost of any choice that reaches everybody.
    """
    cost = np.ascontiguousarray((facts.distance * facts.demand[:, None]).T)
    closed = np.isinf(facts.distance).T
    if not closed.any():
        return cost, float("inf")
    cost[closed] = 0.0
    stand_in = float(np.floor(cost.max(axis=0).sum()) + 1.0)
    cost[closed] = stand_in
    return cost, stand_in


def _first_search(facts: SitingFacts, cost: FloatArray, p: int, seed: int, effort: Effort) -> _Search:
    fixed = np.array(facts.fixed_sites, dtype=np.int64)
    if p == 1 and not fixed.size:
        sites = np.array([int(cost.sum(axis=1).argmin())])
    else:
        sites = greedy_median(cost, fixed, p)
        if p > 1:
            sites, _, _ = search_median(cost, sites, fixed.size, seed, max(1, effort.rounds // 8), -np.inf)
    if facts.capacity is None:
        return _nearest(cost, sites)
    refuse_capacity(facts, p)
    return _capacitated(facts, cost, sites, seed, effort.rounds)


def _nearest(cost: FloatArray, sites: IntArray) -> _Search:
    at = cost[sites].argmin(axis=0)
    return _Search(np.sort(sites), sites[at], float(cost[sites].min(axis=0).sum()))


def _capacitated(facts: SitingFacts, cost: FloatArray, sites: IntArray, seed: int, rounds: int) -> _Search:
    assert facts.capacity is not None
    fixed = len(facts.fixed_sites)
    chosen, at, total, overload = search_capacitated(
        cost, facts.demand, facts.capacity, sites, fixed, seed, rounds
    )
    return _Search(np.sort(chosen), chosen[at], float(total), feasible=overload <= 1e-9)


def _improve_bound(
    facts: SitingFacts, cost: FloatArray, p: int, state: _Search, steps: int, whole: bool
) -> None:
    """Raise the bound; the relaxation without capacities is a bound with them too."""
    is_fixed = np.zeros(facts.sites, dtype=np.bool_)
    is_fixed[list(facts.fixed_sites)] = True
    bound, price, _ = lagrangian_bound(cost, is_fixed, p, state.cost, steps, whole)
    if state.bound is None or bound > state.bound:
        state.bound, state.price = float(bound), price


def _is_tight(state: _Search, whole: bool) -> bool:
    if state.bound is None or not state.feasible:
        return False
    reached = np.ceil(state.bound - 1e-6) if whole else state.bound
    return state.solved or bool(reached >= state.cost - 1e-9 * (1.0 + abs(state.cost)))


def _second_search(
    facts: SitingFacts, cost: FloatArray, p: int, state: _Search, seed: int, effort: Effort, whole: bool
) -> None:
    """Spend the remaining rounds from the best sites on, then bring the bound up to what was found."""
    if facts.capacity is not None or p < 2:
        return
    fixed = np.array(facts.fixed_sites, dtype=np.int64)
    free = np.setdiff1d(state.sites, fixed)
    target = -np.inf if state.bound is None else float(np.ceil(state.bound - 1e-6) if whole else state.bound)
    before = state.cost
    sites, _, _ = search_median(
        cost, np.concatenate([fixed, free]), fixed.size, seed + 1, effort.rounds, target
    )
    found = _nearest(cost, sites)
    if found.cost < before:
        state.sites, state.assignment, state.cost = found.sites, found.assignment, found.cost
        if effort.bound_steps:
            _improve_bound(facts, cost, p, state, effort.bound_steps, whole)


def _prove(
    facts: SitingFacts, cost: FloatArray, p: int, state: _Search, seed: int, effort: Effort, whole: bool
) -> None:
    """Let HiGHS close what gap is left, over the sites and pairs the bound could not rule out."""
    if state.price is None:
        _improve_bound(facts, cost, p, state, max(effort.bound_steps, 300), whole)
    assert state.bound is not None
    assert state.price is not None
    program = MedianProgram(
        cost=cost,
        p=p,
        fixed_sites=facts.fixed_sites,
        demand=facts.demand,
        capacity=facts.capacity,
        price=state.price,
        bound=state.bound,
        upper=state.cost if state.feasible else float("inf"),
        sites=state.sites,
        assignment=state.assignment,
        whole=whole,
    )
    answer = solve_median(program, seconds=effort.exact_seconds, threads=effort.threads, seed=seed)
    if answer.outcome is Outcome.INFEASIBLE:
        if not state.feasible:
            raise _no_room(facts, p, proved=True)
        # Nothing within the incumbent's cost was left over: the incumbent is the optimum.
        state.bound, state.solved = state.cost, True
        return
    if answer.sites is not None and (not state.feasible or answer.cost < state.cost):
        assert answer.assignment is not None
        state.sites, state.assignment = answer.sites, answer.assignment
        state.cost, state.feasible = answer.cost, True
    if answer.bound is not None:
        state.bound = min(max(state.bound, answer.bound), state.cost)
    if answer.outcome is Outcome.OPTIMAL:
        state.bound, state.solved = state.cost, True


def _unreached(facts: SitingFacts, state: _Search) -> BadInput:
    pairs = facts.distance[np.arange(facts.clients), state.assignment]
    count = int(np.isinf(pairs).sum())
    return BadInput(
        "siting.clients_left_unreached",
        f"找到的最好选址仍有 {count} 个需求点无路可达;请增加点数或补全道路。",
        f"The best choice found leaves {count} clients out of reach; open more sites or mend the roads.",
    )


def _no_room(facts: SitingFacts, p: int, *, proved: bool) -> BadInput:
    how_zh = "已证明" if proved else "未能找到可行解"
    how_en = "this is proved" if proved else "no way was found"
    return BadInput(
        "siting.capacity_too_small",
        f"{p} 个点的容量装不下全部需求(每个需求点只由一个点服务;{how_zh})。",
        f"The capacities of {p} sites cannot hold the demand with each client at one site ({how_en}).",
    )


def _result(facts: SitingFacts, state: _Search, p: int, seed: int, whole: bool) -> SitingResult:
    if not state.feasible:
        raise _no_room(facts, p, proved=False)
    tight = _is_tight(state, whole)
    bound = state.cost if tight else state.bound
    proof = Proof.OPTIMAL if tight else Proof.HEURISTIC if bound is None else Proof.BOUND
    gap = gap_of(state.cost, bound)
    mean = state.cost / float(facts.demand.sum())
    zh, en = {
        Proof.OPTIMAL: ("已证明最优", "proved optimal"),
        Proof.BOUND: (f"与下界相差不超过 {gap or 0:.2%}", f"at most {gap or 0:.2%} above the lower bound"),
        Proof.HEURISTIC: ("启发式结果,未计算下界", "heuristic, no bound was computed"),
    }[proof]
    return SitingResult(
        model="p-median",
        sites=tuple(int(site) for site in state.sites),
        units=(1,) * state.sites.size,
        assignment=state.assignment,
        objective=state.cost,
        bound=bound,
        gap_share=gap,
        proof=proof,
        words_zh=f"开设 {p} 个点,加权距离合计 {state.cost:,.6g},平均每单位需求 {mean:,.4g};{zh}。",
        words_en=f"{p} sites, weighted distance {state.cost:,.6g}, mean per unit {mean:,.4g}; {en}.",
        seed=seed,
    )
