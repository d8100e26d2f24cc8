"""Solve a roster: general solvers side by side, or columns where people are many; best roster, best bound."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from jingwu.engines.rostering.checking import loads, open_shifts
from jingwu.engines.rostering.columns.campaign import Campaign
from jingwu.engines.rostering.columns.core import Core, build_core
from jingwu.engines.rostering.columns.programme import Ints
from jingwu.engines.rostering.columns.surrogate import quick_roster
from jingwu.engines.rostering.common_walks import add_whole_sums, common_walks
from jingwu.engines.rostering.fix_and_optimise import FixAndOptimise
from jingwu.engines.rostering.heads import HeadSearch
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import RosterProblem
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.relaxation import Relaxation
from jingwu.engines.rostering.rules import active_rules
from jingwu.engines.rostering.solution import Improvement, Roster, Solution, Status
from jingwu.engines.rostering.solvers import bound_by_highs, run_cp_sat, run_highs, to_cp
from jingwu.engines.rostering.walks import write_walks

HIGHS_CELLS = 5_000
"""Cells (people × days × kinds) up to which HiGHS on the plain model is worth a core beside the columns."""

QUICK_SHARE = 0.15
"""Share of the time the quick first roster may take."""

PROOF_GAP = 0.01
"""Gap of the column bound above which the plain model is asked for a proof."""

PROOF_AFTER_SHARE = 0.4
"""Share of the time the neighbourhoods get both cores for, before the plain model takes part of one."""

AROUND_SHARE, AROUND_PATIENCE = 0.6, 25
"""Share of the time neighbourhoods have to themselves, and how many in a row may find nothing."""

WALK_ARCS = 30_000
"""Arcs of everybody's walks up to which their relaxation is solved in seconds."""

WALK_SHARE, PLAIN_SHARE = 0.75, 0.2
"""Shares of the time a bound may take a core for: one by walks is near, that of the plain model is not."""

RELAX_SHARE = 0.1
"""Share of the time one relaxation of the common walks may take."""

BOUND_SECONDS = 5.0
"""Seconds of a search from which a bound is worth them."""

SMALL_CELLS = 1_000
"""Cells below which the plain model is asked at once: it is done in seconds."""


def build_model(
    problem: RosterProblem, harden: frozenset[str] = frozenset(), *, tight: bool = False
) -> LinearModel:
    """Return the linear model of a problem, written by all its rules; ``tight`` for a bound."""
    model = LinearModel(problem, harden, tight=tight)
    for rule in active_rules(problem):
        first = len(model.cost)
        rule.add(model)
        if rule.of_heads:
            model.of_heads += range(first, len(model.cost))
    return model


def solve(
    problem: RosterProblem,
    *,
    seconds: float,
    seed: int = 0,
    gap: float = 0.0,
    work_limit: float | None = None,
    start: Roster | None = None,
    on_improvement: Callable[[Improvement], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Solution:
    """Return the best roster found within ``seconds``; partial rosters leave shifts open rather than fail.

    ``gap`` (share) is good enough; ``start`` is a roster to begin from. With ``work_limit`` (CP-SAT's
    deterministic seconds) the same seed gives the same roster on any machine, whatever the clock does;
    ``seconds`` then only guards. ``on_improvement`` hears every better roster, from other threads;
    ``should_stop`` is polled. IMPOSSIBLE comes without a roster: ask ``why_not``.
    """
    race = Race(problem, seconds if work_limit is None else math.inf, gap, on_improvement, should_stop)
    if start is not None:
        race.offer(start, "start")
    if work_limit is not None:
        run_cp_sat(build_model(problem), race, seed=seed, work_limit=work_limit, hint=start)
        race.seconds_by_step["search"] = race.clock()
        return _solution(race, seed)
    core = build_core(problem)
    if core.complete and core.rows:
        _by_columns(race, core, seed)
    else:
        _by_solvers(race, seed)
    return _solution(race, seed)


def _by_solvers(race: Race, seed: int) -> None:
    """Search the model of all rules: heads or a quick roster, neighbourhoods, CP-SAT; a bound beside."""
    model = build_model(race.problem)
    bound, heads = _bound(race, model, seed)
    form = to_cp(model)
    around = [FixAndOptimise(model, form, race, seed * 17 + worker) for worker in range(2)]
    race.seconds_by_step["model"] = race.clock()

    with ThreadPoolExecutor(1) as threads:
        # A bound takes seconds of its own core; the search gets the core afterwards, one step after another.
        second = [threads.submit(bound)]
        if heads is not None:
            began = race.clock()
            heads.run(model, form)
            race.seconds_by_step["heads"] = race.clock() - began
        hint = race.roster if race.source == "heads" else _first(race, seed)
        began = race.clock()
        latest = began + AROUND_SHARE * race.left()

        def improve(one: FixAndOptimise) -> None:
            if race.roster is not None:
                one.run(patience=AROUND_PATIENCE, latest=latest)

        second.append(threads.submit(improve, around[1]))
        improve(around[0])
        race.seconds_by_step["around"] = race.clock() - began
        began = race.clock()
        second.append(threads.submit(around[0].run, patience=math.inf, latest=math.inf))
        run_cp_sat(model, race, seed=seed, hint=race.roster or hint)
        if race.good_enough() or race.impossible:
            race.halt()
        for part in second:
            part.result()
        race.seconds_by_step["search"] = race.clock() - began


def _bound(race: Race, model: LinearModel, seed: int) -> tuple[Callable[[], None], HeadSearch | None]:
    """Return how to raise the bound, and the search for heads where people are alike.

    The bound is that of heads, then that of walks, or of the plain model where walks are too many. What the
    relaxation of heads proves of open places becomes rows of ``model``, too.
    """
    if race.left() < BOUND_SECONDS:
        return (lambda: None), None
    walked = build_model(race.problem, tight=True)
    first_arc = write_walks(walked)
    heads = None
    common = common_walks(race.problem)
    if common is not None:
        common.relax(RELAX_SHARE * race.left())
        if math.isfinite(common.bound):
            race.raise_bound(common.round_up(common.bound))
            heads = HeadSearch(race, common, seed)
            for other in (model, walked):
                add_whole_sums(other, common.whole_sums)
    by_walks = len(walked.cost) <= first_arc + WALK_ARCS

    def bound() -> None:
        if by_walks:
            race.raise_bound(Relaxation(walked, once=True).minimise(RELAX_SHARE * race.seconds)[0])
        if heads is not None:
            heads.beside()
        if not by_walks:
            bound_by_highs(model, race, seed=seed, share=PLAIN_SHARE)
            return
        if heads is not None:
            # What heads cost at least leaves what names cost on top to the walks.
            least = heads.bound - heads.common.model.constant
            walked.add([(walked.cost[one], one) for one in walked.of_heads], lower=least)
        bound_by_highs(walked, race, seed=seed, share=WALK_SHARE, continuous_from=first_arc)

    return bound, heads


def _first(race: Race, seed: int) -> Roster | None:
    """Return a roster to begin from, offered if it is lawful.

    One is looked for beside that which the caller gave, for an empty board is lawful too; not where little
    may change.
    """
    if race.roster is not None and any(spec.kind == "steadiness" for spec in race.problem.rules):
        return race.roster
    share = min(1.5, QUICK_SHARE * race.left())
    began = race.clock()
    found = quick_roster(
        race.problem,
        seed=seed,
        progress=lambda: 1.0 if race.over() else (race.clock() - began) / share,
    )
    if found is not None:
        race.offer(found, "quick")
    race.seconds_by_step["quick"] = race.clock() - began
    return found


def _by_columns(race: Race, core: Core, seed: int) -> None:
    def better(schedules: Ints, _value: float, source: str) -> None:
        race.offer(core.roster(schedules), source)

    campaign = Campaign(core, seed, race.seconds, race.clock, race.over, better)
    cells = core.people * core.days * core.kinds
    proof: threading.Thread | None = None
    starting = threading.Lock()

    def prove() -> None:
        run_highs(build_model(race.problem), race, seed=seed)
        if race.good_enough():
            race.halt()

    def bound_known(bound: float) -> None:
        nonlocal proof
        race.raise_bound(bound)
        if proof is not None or not campaign.rooted or cells > HIGHS_CELLS or race.objective is None:
            return
        waited = cells <= SMALL_CELLS or race.clock() > PROOF_AFTER_SHARE * race.seconds
        if waited and race.objective - race.bound > PROOF_GAP * race.objective and not race.over():
            with starting:
                if proof is None:
                    proof = threading.Thread(target=prove, daemon=True)
                    proof.start()

    campaign.on_bound = bound_known
    campaign.run()
    if campaign.best is None:
        # Not even one person's schedule exists, or time ran out: let the plain model decide which.
        if not race.over():
            _by_solvers(race, seed)
    elif proof is not None:
        proof.join()
    race.seconds_by_step.update(campaign.seconds_by_step)


def _solution(race: Race, seed: int) -> Solution:
    if race.roster is None or race.objective is None:
        status = Status.IMPOSSIBLE if race.impossible else Status.STOPPED
        return Solution(
            status, None, None, race.bound, 1.0, (), (), (), race.seconds_by_step, race.source, seed
        )
    bound = min(race.bound, float(race.objective))
    gap = (race.objective - bound) / max(1, race.objective) if math.isfinite(bound) else 1.0
    return Solution(
        status=Status.OPTIMAL if race.objective - bound < 1 - 1e-6 else Status.FEASIBLE,
        roster=race.roster,
        objective=race.objective,
        bound=bound,
        gap=gap,
        breaches=race.breaches,
        open_shifts=open_shifts(race.problem, race.roster),
        loads=loads(race.problem, race.roster),
        seconds_by_step=dict(race.seconds_by_step),
        source=race.source,
        seed=seed,
    )
