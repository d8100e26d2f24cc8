"""The design of beats: centres by p-median, growth, annealed flips, and an injected scorer's last word."""

from __future__ import annotations

import numpy as np

from jingwu.engines.response.arrays import IntArray
from jingwu.engines.response.districting.facts import BeatRules, DistrictFacts, DistrictResult, Scorer
from jingwu.engines.response.districting.flips import anneal, stays_whole
from jingwu.engines.response.districting.shape import (
    count_pieces,
    grow,
    mend_pieces,
    number_as_today,
    refuse_separate_parts,
)
from jingwu.engines.response.siting.facts import Effort, Proof, SitingFacts, gap_of
from jingwu.engines.response.siting.median import p_median
from jingwu.terms.refusal import BadInput

_BALANCED = 1e-6
"""Excess load below which a map counts as balanced: rounding."""

_EXTRA_STARTS = 10
"""Further starts while no map within the load limits has been found."""


def design_beats(
    facts: DistrictFacts, rules: BeatRules, *, seed: int = 1, scorer: Scorer | None = None
) -> DistrictResult:
    """Draw ``rules.beats`` contiguous beats with loads within the tolerance and little weighted travel.

    With ``rules.today`` and a ``change_price`` the search starts from today's map and pays for every unit of
    load that changes hands. ``scorer`` judges boundary flips last, within the same limits; the travel search
    has then chosen the map the scorer starts from.
    Raises: BadInput when there are fewer areas than beats, when the map is not in one piece, or when a single
    area is heavier than a beat may be. A result whose ``balanced`` is False says by how much it fails.
    Source: Wheeler (2019), Policing 42:318–333 (p-median with load limits, contiguity).
    """
    _refuse_rules(facts, rules)
    refuse_separate_parts(facts)
    weighted = np.ascontiguousarray(facts.travel.T * facts.load[:, None])
    start, near = _neighbours(facts)
    mean = float(facts.load.sum()) / rules.beats
    limits = (mean * (1 - rules.tolerance_share), mean * (1 + rules.tolerance_share))
    today = np.full(facts.areas, -1) if rules.today is None else np.array(rules.today)
    change = rules.change_price * facts.load
    centres, bound = _centres(facts, rules.beats, seed)
    best: tuple[float, float] | None = None
    best_map = np.zeros(0, dtype=np.int64)
    for attempt in range(rules.starts + _EXTRA_STARTS):
        if attempt >= rules.starts and best is not None and best[0] <= _BALANCED:
            break  # extra starts are for maps that are hard to balance
        first = _first_map(facts, rules, centres, attempt)
        found, cost, excess = anneal(
            weighted, facts.load, start, near, first, rules.beats, limits, change, today, rules.steps,
            seed * 1000 + attempt,
        )  # fmt: skip
        if best is None or (max(excess, _BALANCED), cost) < best:
            best, best_map = (max(excess, _BALANCED), cost), found
    if rules.today is not None:
        best_map = number_as_today(facts, best_map, np.array(rules.today), rules.beats)
    score = None
    if scorer is not None:
        best_map, score = _polish(facts, rules, best_map, limits, start, near, scorer)
    return describe_map(facts, rules, best_map, bound=bound, score=score, seed=seed)


def describe_map(
    facts: DistrictFacts,
    rules: BeatRules,
    beat_of_area: IntArray,
    *,
    bound: float | None = None,
    score: float | None = None,
    seed: int = 1,
) -> DistrictResult:
    """Measure any map of beats, today's included: centres, travel, loads, pieces, moves.

    Raises: ValueError when a beat has no area.
    """
    beats = rules.beats
    beat_of_area = np.asarray(beat_of_area, dtype=np.int64)
    centres, travel_by_beat = [], []
    for beat in range(beats):
        members = np.flatnonzero(beat_of_area == beat)
        if not members.size:
            raise ValueError(f"beat {beat} has no area")
        costs = facts.travel[np.ix_(members, members)] @ facts.load[members]
        centres.append(int(members[costs.argmin()]))
        travel_by_beat.append(float(costs.min()))
    loads = np.bincount(beat_of_area, weights=facts.load, minlength=beats)
    mean = loads.sum() / beats
    balance = float(np.abs(loads / mean - 1).max())
    pieces = count_pieces(facts.adjacent, beat_of_area, beats)
    moved = np.zeros(0, int) if rules.today is None else np.flatnonzero(beat_of_area != rules.today)
    travel = float(sum(travel_by_beat))
    gap = gap_of(travel, bound)
    tight = gap is not None and gap < 1e-9
    balanced = balance <= rules.tolerance_share + 1e-9
    words_zh, words_en = _words(rules, travel, balance, balanced, pieces, moved.size, gap)
    return DistrictResult(
        beat_of_area=beat_of_area,
        centres=tuple(centres),
        travel=travel,
        bound=bound,
        gap_share=gap,
        proof=Proof.OPTIMAL if tight else Proof.HEURISTIC if bound is None else Proof.BOUND,
        load_by_beat=tuple(float(value) for value in loads),
        travel_by_beat=tuple(travel_by_beat),
        balance_share=balance,
        pieces=pieces,
        balanced=balanced,
        moved=tuple(int(area) for area in moved),
        moved_load_share=float(facts.load[moved].sum() / facts.load.sum()),
        score=score,
        words_zh=words_zh,
        words_en=words_en,
        seed=seed,
    )


def _refuse_rules(facts: DistrictFacts, rules: BeatRules) -> None:
    if not 1 <= rules.beats <= facts.areas:
        raise BadInput(
            "districting.beats_out_of_range",
            f"要划分 {rules.beats} 个警格,但只有 {facts.areas} 个区域。",
            f"{rules.beats} beats are asked for, but there are {facts.areas} areas.",
        )
    if rules.today is not None and rules.today.shape != (facts.areas,):
        raise ValueError("today needs one beat per area")
    high = float(facts.load.sum()) / rules.beats * (1 + rules.tolerance_share)
    heaviest = int(facts.load.argmax())
    if facts.load[heaviest] > high * (1 + 1e-12):
        raise BadInput(
            "districting.area_too_heavy",
            f"区域 {facts.name(heaviest)} 的工作量 {facts.load[heaviest]:,.6g} 已超过警格上限 {high:,.6g};"
            "请拆分该区域、放宽容差或减少警格数。",
            f"Area {facts.name(heaviest)} alone has load {facts.load[heaviest]:,.6g}, above the limit "
            f"of {high:,.6g} per beat; split it, widen the tolerance or draw fewer beats.",
        )


def _neighbours(facts: DistrictFacts) -> tuple[IntArray, IntArray]:
    rows, columns = np.nonzero(facts.adjacent & ~np.eye(facts.areas, dtype=bool))
    start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=facts.areas))]).astype(np.int64)
    return start, columns.astype(np.int64)


def _centres(facts: DistrictFacts, beats: int, seed: int) -> tuple[IntArray, float | None]:
    """Return centres and a lower bound on weighted travel: the p-median without balance and contiguity."""
    result = p_median(
        SitingFacts(np.ascontiguousarray(facts.travel.T), facts.load),
        beats,
        seed=seed,
        effort=Effort(rounds=60),
    )
    return np.array(result.sites, dtype=np.int64), result.bound


def _first_map(facts: DistrictFacts, rules: BeatRules, centres: IntArray, attempt: int) -> IntArray:
    """Start from today's map where change has a price, else from the centres; odd starts mix the two."""
    from_today = rules.today is not None and (rules.change_price > 0 or attempt % 2 == 1)
    if from_today:
        assert rules.today is not None
        return mend_pieces(facts, np.array(rules.today), rules.beats)
    return grow(facts, centres)


def _polish(
    facts: DistrictFacts,
    rules: BeatRules,
    beat_of_area: IntArray,
    limits: tuple[float, float],
    start: IntArray,
    near: IntArray,
    scorer: Scorer,
) -> tuple[IntArray, float]:
    """Make the boundary flips the scorer likes, cheapest in travel first, until none helps."""
    here = np.array(beat_of_area, dtype=np.int64)
    score = float(scorer(here.copy()))
    calls, improved = 1, True
    while improved:
        improved = False
        for area, beat in _legal_flips(facts, rules, here, limits, start, near):
            if calls >= rules.scorer_calls:
                return here, score
            trial = here.copy()
            trial[area] = beat
            value = float(scorer(trial.copy()))
            calls += 1
            if value < score - 1e-9 * (1 + abs(score)):
                here, score, improved = trial, value, True
                break
    return here, score


def _legal_flips(
    facts: DistrictFacts,
    rules: BeatRules,
    here: IntArray,
    limits: tuple[float, float],
    start: IntArray,
    near: IntArray,
) -> list[tuple[int, int]]:
    """Return the flips that keep contiguity and do not leave the load limits, cheapest in travel first."""
    loads = np.bincount(here, weights=facts.load, minlength=rules.beats)
    centres = describe_map(facts, rules, here).centres
    seen, queue = np.full(facts.areas, -1, np.int64), np.zeros(facts.areas, np.int64)
    flips: list[tuple[float, int, int]] = []
    for area in range(facts.areas):
        a, weight = int(here[area]), float(facts.load[area])
        beats_near = sorted(set(here[near[start[area] : start[area + 1]]].tolist()) - {a})
        if not beats_near or not stays_whole(area, here, start, near, seen, area, queue):
            continue
        for b in beats_near:
            after = (float(loads[a]) - weight, float(loads[b]) + weight)
            if after[0] >= min(limits[0], loads[a]) - 1e-9 and after[1] <= max(limits[1], loads[b]) + 1e-9:
                more = weight * float(facts.travel[centres[b], area] - facts.travel[centres[a], area])
                flips.append((more, area, b))
    return [(area, beat) for _, area, beat in sorted(flips)]


def _words(
    rules: BeatRules,
    travel: float,
    balance: float,
    balanced: bool,
    pieces: tuple[int, ...],
    moved: int,
    gap: float | None,
) -> tuple[str, str]:
    zh = [f"{rules.beats} 个警格,加权行程合计 {travel:,.0f},工作量最大偏差 {balance:.1%}"]
    en = [f"{rules.beats} beats, weighted travel {travel:,.0f}, largest deviation of load {balance:.1%}"]
    if not balanced:
        zh.append(f"未能达到 {rules.tolerance_share:.1%} 的均衡要求")
        en.append(f"the tolerance of {rules.tolerance_share:.1%} is not met")
    broken = sum(count > 1 for count in pieces)
    if broken:
        zh.append(f"{broken} 个警格不连片")
        en.append(f"{broken} beats are not in one piece")
    if rules.today is not None:
        zh.append(f"与现状相比移动 {moved} 个区域")
        en.append(f"{moved} areas change hands")
    if gap is not None:
        zh.append(f"至多比不计均衡与连片的下界高 {gap:.1%}")
        en.append(f"at most {gap:.1%} of it above a lower bound that ignores balance and contiguity")
    return ";".join(zh) + "。", "; ".join(en) + "."
