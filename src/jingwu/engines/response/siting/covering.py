"""Coverage models: MCLP, LSCP, BACOP, DSM and MEXCLP, each with a fast search and an exact proof.

Sources: Church & ReVelle (1974), Papers of the Regional Science Association 32:101–118 (MCLP); Toregas,
Swain, ReVelle & Bergman (1971), Operations Research 19:1363–1373 (LSCP); Hogan & ReVelle (1986), Management
Science 32:1434–1444 (BACOP1, BACOP2); Gendreau, Laporte & Semet (1997), Location Science 5:75–88 (DSM);
Daskin
(1983), Transportation Science 17:48–70 (MEXCLP).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray
from jingwu.engines.response.siting.coverage import CoverModel, Criterion, cover_program, program_point
from jingwu.engines.response.siting.coversearch import search_crews
from jingwu.engines.response.siting.facts import (
    Effort,
    Proof,
    SitingFacts,
    SitingResult,
    gap_of,
    refuse_site_count,
)
from jingwu.engines.response.siting.solver import MixedProgram, Outcome, solve
from jingwu.terms.refusal import BadInput

_RELAXED_SECONDS = 60.0
"""Far above what the linear relaxation takes; only a guard, an unfinished relaxation gives no bound."""


def mclp(
    facts: SitingFacts, p: int, radius: float, *, seed: int = 1, effort: Effort | None = None
) -> SitingResult:
    """Choose ``p`` sites that cover the most demand within ``radius`` (in the unit of the distances).

    Raises: BadInput when p does not fit the candidates or the radius is not a number ≥ 0.
    """
    refuse_site_count(facts, p)
    goal = Criterion(_within(facts, radius), facts.demand, (0.0, 1.0))
    model = _model(facts, (goal,), p, 1)
    return _run(facts, model, "mclp", radius, seed, effort or Effort())


def bacop(
    facts: SitingFacts,
    p: int,
    radius: float,
    *,
    first_weight_share: float | None = None,
    seed: int = 1,
    effort: Effort | None = None,
) -> SitingResult:
    """Choose ``p`` sites for the most demand covered twice within ``radius``.

    ``first_weight_share`` None is BACOP1: everybody must be covered once, demand covered twice is maximised.
    A share θ is BACOP2: θ × demand covered once + (1 − θ) × demand covered twice.
    Raises: BadInput as for :func:`mclp`, and for BACOP1 when a client has no site within the radius.
    """
    refuse_site_count(facts, p)
    within = _within(facts, radius)
    if first_weight_share is None:
        needs = (facts.demand > 0).astype(np.float64)
        _refuse_uncoverable(within, needs, radius)
        criteria: tuple[Criterion, ...] = (
            Criterion(within, needs, (0.0, 1.0), target=float(needs.sum())),
            Criterion(within, facts.demand, (0.0, 0.0, 1.0)),
        )
        name = "bacop1"
    else:
        if not 0 <= first_weight_share <= 1:
            raise _out_of_range("first_weight_share", first_weight_share)
        criteria = (Criterion(within, facts.demand, (0.0, first_weight_share, 1.0)),)
        name = "bacop2"
    return _run(facts, _model(facts, criteria, p, 1), name, radius, seed, effort or Effort())


def dsm(
    facts: SitingFacts,
    crews: int,
    near: float,
    far: float,
    near_share: float,
    *,
    crews_per_site: int = 1,
    seed: int = 1,
    effort: Effort | None = None,
) -> SitingResult:
    """Place ``crews`` so that all are within ``far``, a share within ``near``, most of it twice.

    ``near_share`` of the demand must have a crew within ``near``; demand with two there is maximised.

    Raises: BadInput for radii or shares out of order and for clients without a site within ``far``.
    """
    _refuse_crews(facts, crews, crews_per_site)
    if not near <= far:
        raise _out_of_range("near", near)
    if not 0 <= near_share <= 1:
        raise _out_of_range("near_share", near_share)
    inner, outer = _within(facts, near), _within(facts, far)
    needs = (facts.demand > 0).astype(np.float64)
    _refuse_uncoverable(outer, needs, far)
    criteria = (
        Criterion(outer, needs, (0.0, 1.0), target=float(needs.sum())),
        Criterion(inner, facts.demand, (0.0, 1.0), target=near_share * float(facts.demand.sum())),
        Criterion(inner, facts.demand, (0.0, 0.0, 1.0)),
    )
    return _run(facts, _model(facts, criteria, crews, crews_per_site), "dsm", far, seed, effort or Effort())


def mexclp(
    facts: SitingFacts,
    crews: int,
    radius: float,
    busy_share: float,
    *,
    crews_per_site: int | None = None,
    seed: int = 1,
    effort: Effort | None = None,
) -> SitingResult:
    """Place ``crews`` for the most expected demand in reach when each crew is busy ``busy_share``.

    A client with m crews within ``radius`` counts 1 − busy_share^m of its demand. ``crews_per_site`` None:
    no limit.
    Raises: BadInput for a busy share outside [0, 1).
    """
    limit = crews if crews_per_site is None else crews_per_site
    _refuse_crews(facts, crews, limit)
    if not 0 <= busy_share < 1:
        raise _out_of_range("busy_share", busy_share)
    gains = tuple(1.0 - busy_share**m if m else 0.0 for m in range(crews + 1))
    goal = Criterion(_within(facts, radius), facts.demand, gains)
    return _run(facts, _model(facts, (goal,), crews, limit), "mexclp", radius, seed, effort or Effort())


def lscp(facts: SitingFacts, radius: float, *, seed: int = 1, effort: Effort | None = None) -> SitingResult:
    """Choose the fewest sites (fixed ones included) so that every client with demand is within ``radius``.

    Raises: BadInput when a client has no site within the radius.
    """
    effort = effort or Effort()
    within = _within(facts, radius)
    needs = (facts.demand > 0).astype(np.float64)
    _refuse_uncoverable(within, needs, radius)
    relaxed = solve(_set_cover(facts, within, needs, whole=False), seconds=_RELAXED_SECONDS)
    bound = None if relaxed.objective is None else float(np.ceil(relaxed.objective - 1e-6))
    units = _fewest(facts, within, needs, seed, effort, int(bound or 1))
    count = int(units.sum())
    proved = bound is not None and bound >= count
    if effort.exact_seconds > 0 and not proved:
        answer = solve(
            _set_cover(facts, within, needs, whole=True), seconds=effort.exact_seconds,
            threads=effort.threads, seed=seed, start=units.astype(np.float64),
        )  # fmt: skip
        if answer.values is not None and answer.values.round().sum() < count:
            units = answer.values.round().astype(np.int64)
            count = int(units.sum())
        if answer.bound is not None:
            bound = max(bound or 0.0, float(np.ceil(answer.bound - 1e-6)))
        proved = answer.outcome is Outcome.OPTIMAL or (bound is not None and bound >= count)
    return _result(
        facts, units, "lscp", radius, float(count), float(count) if proved else bound, proved, seed
    )


def _within(facts: SitingFacts, radius: float) -> BoolArray:
    if not (np.isfinite(radius) and radius >= 0):
        raise _out_of_range("radius", radius)
    return np.asarray(facts.distance <= radius)


def _out_of_range(name: str, value: float) -> BadInput:
    return BadInput(
        f"siting.{name}_out_of_range",
        f"参数 {name} = {value} 超出允许范围。",
        f"The parameter {name} = {value} is out of range.",
    )


def _refuse_crews(facts: SitingFacts, crews: int, per_site: int) -> None:
    least = len(facts.fixed_sites)
    if crews < max(1, least) or per_site < 1 or crews > facts.sites * per_site:
        raise BadInput(
            "siting.crews_out_of_range",
            f"{crews} 个警组无法安排在 {facts.sites} 个点(每点至多 {per_site} 个,固定点 {least} 个)。",
            f"{crews} crews do not fit {facts.sites} sites with at most {per_site} each and {least} fixed.",
        )


def _refuse_uncoverable(within: BoolArray, needs: FloatArray, radius: float) -> None:
    lost = np.flatnonzero((needs > 0) & ~within.any(axis=1))
    if lost.size:
        shown = "、".join(str(index) for index in lost[:10])
        raise BadInput(
            "siting.uncoverable_clients",
            f"有 {lost.size} 个需求点在 {radius:g} 以内没有任何候选点(序号 {shown})。",
            f"{lost.size} clients have no candidate site within {radius:g} (indices {shown}).",
        )


def _model(facts: SitingFacts, criteria: tuple[Criterion, ...], units: int, per_site: int) -> CoverModel:
    least = np.zeros(facts.sites, dtype=np.int64)
    least[list(facts.fixed_sites)] = 1
    return CoverModel(criteria, units, least, np.full(facts.sites, per_site, dtype=np.int64))


def _run(
    facts: SitingFacts, model: CoverModel, name: str, radius: float, seed: int, effort: Effort
) -> SitingResult:
    """Bound by the linear relaxation, search up to it, and let HiGHS prove the rest when asked."""
    whole = model.whole_objective()
    bound: float | None = None
    hopeless = False
    program = cover_program(model)
    if effort.bound_steps:
        relaxed = solve(replace(program, whole=np.zeros_like(program.whole)), seconds=_RELAXED_SECONDS)
        hopeless = relaxed.outcome is Outcome.INFEASIBLE
        bound = relaxed.objective if relaxed.outcome is Outcome.OPTIMAL else None
        if bound is not None and whole:
            bound = float(np.floor(bound + 1e-6))
    units = search_crews(model, seed, effort.rounds, bound)
    objective, feasible = model.objective(units), model.is_feasible(units)
    if hopeless:
        return _result(facts, units, name, radius, objective, None, False, seed, feasible=False)
    proved = feasible and bound is not None and bound <= objective + 1e-9 * (1 + abs(objective))
    if effort.exact_seconds > 0 and not proved:
        start = program_point(model, units) if feasible else None
        answer = solve(program, seconds=effort.exact_seconds, threads=effort.threads, seed=seed, start=start)
        if answer.outcome is Outcome.INFEASIBLE:
            return _result(facts, units, name, radius, objective, None, False, seed, feasible=False)
        if answer.values is not None:
            exact = answer.values[: facts.sites].round().astype(np.int64)
            if model.is_feasible(exact) and (not feasible or model.objective(exact) > objective):
                units, objective, feasible = exact, model.objective(exact), True
        if answer.bound is not None:
            bound = answer.bound if bound is None else min(bound, answer.bound)
        proved = feasible and answer.outcome is Outcome.OPTIMAL
    if proved:
        bound = objective
    return _result(facts, units, name, radius, objective, bound, proved, seed, feasible=feasible)


def _fewest(
    facts: SitingFacts, within: BoolArray, needs: FloatArray, seed: int, effort: Effort, least: int
) -> IntArray:
    """Cover everybody greedily, then ask the search for ever fewer sites, ``least`` at best."""
    units = np.zeros(facts.sites, dtype=np.int64)
    units[list(facts.fixed_sites)] = 1
    open_needs = needs * ~within[:, units > 0].any(axis=1)
    while open_needs.any():
        site = int((open_needs @ within).argmax())
        units[site] = 1
        open_needs = open_needs * ~within[:, site]
    while units.sum() - 1 >= max(least, len(facts.fixed_sites)):
        goal = Criterion(within, needs, (0.0, 1.0))
        fewer = search_crews(
            _model(facts, (goal,), int(units.sum()) - 1, 1), seed, max(1, effort.rounds // 4)
        )
        if goal.total(fewer) < needs.sum():
            return units
        units = fewer
    return units


def _set_cover(facts: SitingFacts, within: BoolArray, needs: FloatArray, *, whole: bool) -> MixedProgram:
    rows = sparse.csr_matrix(within[needs > 0].astype(np.float64))
    lower = np.zeros(facts.sites)
    lower[list(facts.fixed_sites)] = 1.0
    return MixedProgram(
        np.ones(facts.sites), np.ones(facts.sites), np.full(facts.sites, whole), rows, np.ones(rows.shape[0]),
        np.full(rows.shape[0], np.inf), lower=lower, whole_objective=whole,
    )  # fmt: skip


def _result(
    facts: SitingFacts,
    units: IntArray,
    name: str,
    radius: float,
    objective: float,
    bound: float | None,
    proved: bool,
    seed: int,
    *,
    feasible: bool = True,
) -> SitingResult:
    opened = np.flatnonzero(units)
    nearest = opened[facts.distance[:, opened].argmin(axis=1)]
    reached = facts.distance[np.arange(facts.clients), nearest] <= radius
    share = float(facts.demand[reached].sum() / facts.demand.sum())
    gap = gap_of(objective, bound)
    proof = Proof.OPTIMAL if proved else Proof.HEURISTIC if bound is None else Proof.BOUND
    zh, en = {
        Proof.OPTIMAL: ("已证明最优", "proved optimal"),
        Proof.BOUND: (f"与界相差不超过 {gap or 0:.2%}", f"at most {gap or 0:.2%} from the bound"),
        Proof.HEURISTIC: ("启发式结果,未得到界", "heuristic, no bound is known"),
    }[proof]
    if not feasible:
        zh, en = (
            "未能满足模型的硬性条件,请增加数量或放宽半径",
            ("the hard conditions are not met; add sites or widen the radius"),
        )
    return SitingResult(
        model=name,
        sites=tuple(int(site) for site in opened),
        units=tuple(int(units[site]) for site in opened),
        assignment=np.where(reached, nearest, -1),
        objective=objective,
        bound=bound,
        gap_share=gap,
        proof=proof,
        words_zh=f"{name.upper()}:{int(units.sum())} 个点位,目标值 {objective:,.6g},"
        f"{share:.1%} 的需求在 {radius:g} 以内;{zh}。",
        words_en=f"{name.upper()}: {int(units.sum())} placed, objective {objective:,.6g}, "
        f"{share:.1%} of demand within {radius:g}; {en}.",
        feasible=feasible,
        covered_share=share,
        seed=seed,
    )
