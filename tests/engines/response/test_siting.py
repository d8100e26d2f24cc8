"""Siting against published optima, enumeration, its own laws, and bad input."""

from __future__ import annotations

import json
import time
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.response.siting import (
    Effort,
    Proof,
    SitingFacts,
    bacop,
    dsm,
    lscp,
    mclp,
    mexclp,
    p_median,
)
from jingwu.engines.response.siting.formats import parse_covering_file, parse_median_file
from jingwu.site.commands.bench_siting import siting as bench_siting
from jingwu.terms.refusal import BadInput

PMED = (
    5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255,
    7696, 6634, 4374, 2968, 1729, 8162, 6999, 4809, 2845, 1789,
)  # fmt: skip
COVER = {"SJC324": (5461, 8790, 11604, 12106, 12152), "SJC402": (6555, 11339, 14690, 15658, 15970, 15984)}
QUICK = Effort(rounds=40, bound_steps=200)
EXACT = Effort(rounds=20, bound_steps=200, exact_seconds=20.0)


def random_facts(seed: int, clients: int = 12, sites: int = 7, **more: object) -> SitingFacts:
    rng = np.random.default_rng(seed)
    client, site = rng.random((clients, 2)) * 10, rng.random((sites, 2)) * 10
    distance = np.hypot(client[:, None, 0] - site[:, 0], client[:, None, 1] - site[:, 1])
    return SitingFacts(distance, rng.integers(1, 9, clients).astype(float), **more)  # type: ignore[arg-type]


def brute_median(facts: SitingFacts, p: int) -> float:
    return min(
        float((facts.distance[:, list(c)].min(axis=1) * facts.demand).sum())
        for c in combinations(range(facts.sites), p)
        if set(facts.fixed_sites) <= set(c)
    )


def brute_cover(facts: SitingFacts, p: int, value) -> float:
    """Return the best ``value(units)`` over all choices of p different sites."""
    best = -np.inf
    for chosen in combinations(range(facts.sites), p):
        units = np.zeros(facts.sites, dtype=int)
        units[list(chosen)] = 1
        best = max(best, value(units))
    return best


def test_pmed_1_to_20_reach_the_published_optima_in_time(shared_data: Path) -> None:
    p_median(random_facts(1), 2, effort=QUICK)  # compile
    instances = [parse_median_file((shared_data / f"orlib/pmed{k}.txt").read_text()) for k in range(1, 21)]
    begin = time.process_time()
    found = [p_median(SitingFacts(one.distance), one.p) for one in instances]
    seconds = time.process_time() - begin
    assert all(r.objective <= 1.01 * best for r, best in zip(found, PMED, strict=True))
    assert sum(r.objective == best for r, best in zip(found, PMED, strict=True)) == 20
    assert all(r.bound is not None and r.bound <= best for r, best in zip(found, PMED, strict=True))
    assert sum(r.proof is Proof.OPTIMAL for r in found) >= 10
    assert seconds < 20


@pytest.mark.parametrize("name", COVER)
def test_covering_of_sao_jose_dos_campos(shared_data: Path, name: str) -> None:
    instance = parse_covering_file((shared_data / f"mclp/{name}.txt").read_text())
    facts = SitingFacts(instance.distances(), instance.demand)
    for p, best in enumerate(COVER[name], start=1):
        result = mclp(facts, p, 800.0, effort=Effort(rounds=200))
        assert result.objective == best
        assert result.bound is not None and result.bound >= best
    assert lscp(facts, 800.0).objective == len(COVER[name])


@pytest.mark.parametrize("p", [1, 3, 6, 7])
@pytest.mark.parametrize("seed", [3, 4])
def test_p_median_equals_enumeration(seed: int, p: int) -> None:
    facts = random_facts(seed)
    result = p_median(facts, p, effort=EXACT)
    assert result.objective == pytest.approx(brute_median(facts, p), rel=1e-9)
    assert result.proof is Proof.OPTIMAL
    assert result.gap_share == pytest.approx(0, abs=1e-9)


def test_fixed_sites_stay_and_cost_what_enumeration_says() -> None:
    facts = random_facts(5, fixed_sites=(2, 6))
    for p in (2, 3, 4):
        result = p_median(facts, p, effort=EXACT)
        assert {2, 6} <= set(result.sites)
        assert result.objective == pytest.approx(brute_median(facts, p), rel=1e-9)
    assert {2, 6} <= set(mclp(facts, 3, 2.0, effort=QUICK).sites)


def test_capacities_hold_and_equal_enumeration() -> None:
    facts = random_facts(8, clients=6, sites=4)
    capacity = np.full(4, facts.demand.sum() * 0.6)
    tight = SitingFacts(facts.distance, facts.demand, capacity=capacity)
    best = np.inf
    for chosen in combinations(range(4), 2):
        for split in range(2**6):
            at = np.array([chosen[split >> i & 1] for i in range(6)])
            loads = np.bincount(at, weights=facts.demand, minlength=4)
            if (loads <= capacity + 1e-9).all():
                best = min(best, float((facts.distance[range(6), at] * facts.demand).sum()))
    result = p_median(tight, 2, effort=EXACT)
    assert result.objective == pytest.approx(best, rel=1e-9)
    assert result.proof is Proof.OPTIMAL
    assert (np.bincount(result.assignment, weights=facts.demand, minlength=4) <= capacity + 1e-9).all()
    heuristic = p_median(tight, 2, effort=QUICK)
    assert heuristic.objective >= best - 1e-9
    with pytest.raises(BadInput, match="容量"):
        p_median(SitingFacts(facts.distance, facts.demand, capacity=capacity / 10), 2)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_coverage_models_equal_enumeration(seed: int) -> None:
    facts = random_facts(seed, clients=14, sites=8)
    radius, demand = 4.0, facts.demand
    within = facts.distance <= radius
    if not within.any(axis=1).all():
        radius = float(facts.distance.min(axis=1).max()) + 0.5
        within = facts.distance <= radius
    counts = lambda units: within @ units  # noqa: E731
    once = lambda u: float(demand[counts(u) >= 1].sum())  # noqa: E731
    twice = lambda u: float(demand[counts(u) >= 2].sum())  # noqa: E731
    for effort in (EXACT, Effort(rounds=300)):
        assert mclp(facts, 2, radius, effort=effort).objective == brute_cover(facts, 2, once)
        mixed = bacop(facts, 3, radius, first_weight_share=0.6, effort=effort)
        assert mixed.objective == pytest.approx(
            brute_cover(facts, 3, lambda u: 0.6 * once(u) + 0.4 * twice(u))
        )
        busy = mexclp(facts, 3, radius, 0.4, crews_per_site=1, effort=effort)
        assert busy.objective == pytest.approx(
            brute_cover(facts, 3, lambda u: float((demand * (1 - 0.4 ** counts(u))).sum()))
        )
        all_once = lambda u: twice(u) if (counts(u) >= 1).all() else -np.inf  # noqa: E731
        secure = bacop(facts, 5, radius, effort=effort)
        best = brute_cover(facts, 5, all_once)
        assert secure.feasible == np.isfinite(best)
        if secure.feasible:
            assert secure.objective == best


def test_double_standard_model_equals_enumeration() -> None:
    facts = random_facts(21, clients=14, sites=8)
    far = float(facts.distance.min(axis=1).max()) + 1.5
    near = 0.6 * far
    inner, outer = facts.distance <= near, facts.distance <= far
    for share in (0.3, 0.7):

        def value(units: np.ndarray, share: float = share) -> float:
            covered = inner @ units
            if not ((outer @ units) >= 1).all():
                return -np.inf
            if facts.demand[covered >= 1].sum() < share * facts.demand.sum() - 1e-9:
                return -np.inf
            return float(facts.demand[covered >= 2].sum())

        best = brute_cover(facts, 5, value)
        result = dsm(facts, 5, near, far, share, effort=EXACT)
        assert np.isfinite(best)
        assert result.feasible
        assert result.objective == best
        assert result.proof is Proof.OPTIMAL


def test_lscp_equals_enumeration() -> None:
    facts = random_facts(31, clients=14, sites=9)
    radius = float(facts.distance.min(axis=1).max()) + 0.1
    within = facts.distance <= radius
    fewest = next(
        k
        for k in range(1, 10)
        if any(within[:, list(c)].any(axis=1).all() for c in combinations(range(9), k))
    )
    result = lscp(facts, radius, effort=EXACT)
    assert result.objective == fewest
    assert result.proof is Proof.OPTIMAL
    assert result.covered_share == 1.0


def test_the_hard_conditions_of_a_hopeless_case_are_said_to_be_broken() -> None:
    distance = np.where(np.eye(4, dtype=bool), 0.0, 100.0)
    result = bacop(SitingFacts(distance), 2, 1.0, effort=EXACT)
    assert not result.feasible
    assert "未能满足" in result.words_zh
    assert result.proof is Proof.HEURISTIC


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_one_site_more_never_worsens_and_the_bound_never_lies(seed: int, p: int) -> None:
    facts = random_facts(seed)
    fewer, more = p_median(facts, p, effort=EXACT), p_median(facts, p + 1, effort=EXACT)
    assert more.objective <= fewer.objective + 1e-9
    heuristic = p_median(facts, p, effort=QUICK)
    assert heuristic.objective >= fewer.objective - 1e-9
    assert heuristic.bound is not None
    assert heuristic.bound <= fewer.objective + 1e-6
    assert (
        mclp(facts, p + 1, 3.0, effort=EXACT).objective >= mclp(facts, p, 3.0, effort=EXACT).objective - 1e-9
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_clients_does_not_matter(seed: int) -> None:
    facts = random_facts(seed)
    order = np.random.default_rng(seed).permutation(facts.clients)
    mixed = SitingFacts(facts.distance[order], facts.demand[order])
    one, other = p_median(facts, 3, effort=EXACT), p_median(mixed, 3, effort=EXACT)
    assert one.objective == pytest.approx(other.objective, rel=1e-12)
    covered = mclp(facts, 2, 3.0, effort=EXACT).objective
    assert covered == pytest.approx(mclp(mixed, 2, 3.0, effort=EXACT).objective)


def test_the_same_seed_gives_the_same_answer_and_the_assignment_is_the_nearest_site() -> None:
    facts = random_facts(41, clients=80, sites=40)
    one, other = p_median(facts, 6, seed=7, effort=QUICK), p_median(facts, 6, seed=7, effort=QUICK)
    assert one.sites == other.sites
    assert one.objective == other.objective
    opened = np.array(one.sites)
    assert (one.assignment == opened[facts.distance[:, opened].argmin(axis=1)]).all()
    nearest = facts.distance[np.arange(80), one.assignment]
    assert one.objective == pytest.approx(float(nearest @ facts.demand))


def test_a_stopped_solver_never_claims_the_optimum() -> None:
    rng = np.random.default_rng(2)
    facts = SitingFacts(rng.random((150, 150)) * 100)  # no geometry: a wide gap
    result = p_median(facts, 10, effort=Effort(rounds=5, bound_steps=50, exact_seconds=0.05))
    assert result.proof is Proof.BOUND
    assert result.gap_share is not None
    assert result.gap_share > 0.01
    assert "最优" not in result.words_zh


def test_bad_input_is_refused_in_words() -> None:
    square = np.ones((3, 3))
    with pytest.raises(BadInput, match="距离"):
        SitingFacts(np.where(np.eye(3, dtype=bool), np.nan, 1.0))
    with pytest.raises(BadInput, match="需求量都为零"):
        SitingFacts(square, np.zeros(3))
    lost = square.copy()
    lost[1] = np.inf
    with pytest.raises(BadInput, match="无法到达") as refusal:
        SitingFacts(lost)
    assert "1 clients" in refusal.value.message_en
    for p in (0, 4):
        with pytest.raises(BadInput) as refusal:
            p_median(SitingFacts(square), p)
        assert refusal.value.code == "siting.p_out_of_range"
    with pytest.raises(BadInput) as refusal:
        p_median(SitingFacts(square, fixed_sites=(0, 1)), 1)
    assert refusal.value.code == "siting.p_below_fixed"
    with pytest.raises(BadInput, match="没有任何候选点"):
        lscp(SitingFacts(square * 5), 1.0)
    islands = np.where(np.eye(3, dtype=bool), 0.0, np.inf)
    with pytest.raises(BadInput, match="无路可达"):
        p_median(SitingFacts(islands), 2)
    assert p_median(SitingFacts(islands), 3).objective == 0


def test_the_last_of_duplicate_edges_counts() -> None:
    instance = parse_median_file("3 3 1\n1 2 9\n2 3 1\n2 1 4\n")
    assert instance.distance[0].tolist() == [0, 4, 5]
    for text, line in (("3 2 1\n1 2 4\n", 2), ("2 1 1\n1 5 4\n", 2), ("2 1 1\n1 x 4\n", 2)):
        with pytest.raises(BadInput, match=f"第 {line} 行"):
            parse_median_file(text)


def test_the_command_line_prints_rows_and_json(shared_data: Path) -> None:
    runner = CliRunner()
    files = [str(shared_data / "orlib/pmed1.txt"), str(shared_data / "mclp/SJC324.txt")]
    answer = runner.invoke(bench_siting, [*files, "--radius", "800", "--seconds", "0", "--json"])
    assert answer.exit_code == 0, answer.output
    rows = json.loads(answer.output)
    assert [row["objective"] for row in rows] == [5819, *COVER["SJC324"]]
    assert rows[0]["p"] == 5 and rows[0]["ratio"] == 1.0 and len(rows[0]["sites"]) == 5
    assert {"file", "kind", "p", "objective", "seconds", "proof", "gap", "sites"} <= rows[0].keys()
    table = runner.invoke(bench_siting, [files[0], "--p", "3", "--seconds", "0"])
    assert "pmed1.txt" in table.output and "p-median" in table.output
    refused = runner.invoke(bench_siting, [files[1]])
    assert isinstance(refused.exception, BadInput)


def test_the_command_line_names_the_bad_file_and_line(tmp_path: Path, shared_data: Path) -> None:
    runner = CliRunner()
    for name, content, options, words in (
        ("words.txt", b"hello world\n", ["--radius", "5"], "words.txt 第 1 行"),
        ("empty.txt", b"", [], "empty.txt 第 1 行:文件为空"),
        ("noise.bin", bytes(range(128, 256)) * 9, ["--radius", "5"], "noise.bin 第 1 行"),
        ("short.txt", b"3 2 1\n1 2 4\n", [], "short.txt 第 2 行:应有 2 条边"),
        ("point.txt", b"1 2 3\n4 5 x\n", ["--radius", "5"], "point.txt 第 2 行:应为“x y 需求量”"),
        ("torn.txt", b"5 1 2\n1 2 4\n", [], "torn.txt:"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        refused = runner.invoke(bench_siting, [str(file), *options])
        assert isinstance(refused.exception, BadInput), refused.output
        assert words in refused.exception.message_zh
    too_many = runner.invoke(bench_siting, [str(shared_data / "orlib/pmed1.txt"), "--p", "500"])
    assert isinstance(too_many.exception, BadInput) and "pmed1.txt" in too_many.exception.message_en
    points = tmp_path / "points.txt"
    points.write_text("0 0 3\n0 1 2\n9 9 1\n")
    answer = runner.invoke(bench_siting, [str(points), "--radius", "2", "--json", "--seconds", "1"])
    assert [row["objective"] for row in json.loads(answer.output)] == [5, 6]
