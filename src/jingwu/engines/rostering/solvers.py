"""The two general solvers, CP-SAT and HiGHS, on the same neutral model."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import highspy
import numpy as np
from ortools.sat.python import cp_model

from jingwu.engines.rostering.columns.programme import Floats
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.problem import OFF
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.solution import Roster
from jingwu.numerics.highs import quiet_highs

WORKERS = 8
"""CP-SAT's bounds collapse with fewer, even on two cores."""


def roster_from(model: LinearModel, value: Callable[[int], float]) -> Roster:
    """Return the roster of a solution; ``value(variable)`` gives each cell's value."""
    problem = model.problem
    codes = [shift.code for shift in problem.shifts]
    cells = []
    for row in range(len(problem.people)):
        line = []
        for day in range(problem.days):
            worked = [k for k in range(model.kinds) if value(model.cell(row, day, k)) > 0.5]
            line.append(codes[worked[0]] if worked else OFF)
        cells.append(tuple(line))
    return Roster(problem.start, tuple(person.id for person in problem.people), tuple(cells))


@dataclass(frozen=True)
class CpForm:
    """A model for CP-SAT: its variables in the model's order, and the objective."""

    cp: cp_model.CpModel
    variables: list[cp_model.IntVar]
    cost: cp_model.LinearExprT


def to_cp(model: LinearModel) -> CpForm:
    """Return the model for CP-SAT with its variables in the same order."""
    cp = cp_model.CpModel()
    variables = [cp.new_int_var(lo, hi, "") for lo, hi in zip(model.lower, model.upper, strict=True)]
    for row in model.rows:
        _cp_row(cp, variables, row.terms, row.lower, row.upper)
    priced = [(cost, variables[i]) for i, cost in enumerate(model.cost) if cost]
    total = cp_model.LinearExpr.weighted_sum([v for _, v in priced], [c for c, _ in priced])
    cp.minimize(total + model.constant)
    return CpForm(cp, variables, total + model.constant)


def _cp_row(
    cp: cp_model.CpModel,
    variables: list[cp_model.IntVar],
    terms: list[tuple[int, int]],
    lower: int | None,
    upper: int | None,
) -> cp_model.Constraint:
    total = cp_model.LinearExpr.weighted_sum([variables[v] for _, v in terms], [c for c, _ in terms])
    if lower is None:
        return cp.add(total <= upper)
    if upper is None:
        return cp.add(total >= lower)
    return cp.add_linear_constraint(total, lower, upper)


def run_cp_sat(
    model: LinearModel,
    race: Race,
    *,
    seed: int,
    work_limit: float | None = None,
    hint: Roster | None = None,
) -> None:
    """Search with CP-SAT until the race is over; with ``work_limit`` the run repeats exactly for a seed."""
    form = to_cp(model)
    cp, variables = form.cp, form.variables
    if hint is not None:
        _hint(cp, variables, model, hint)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.relative_gap_limit = race.gap
    if work_limit is None:
        solver.parameters.max_time_in_seconds = max(0.01, race.left())
    else:
        solver.parameters.max_deterministic_time = work_limit
        solver.parameters.interleave_search = True
    solver.best_bound_callback = race.raise_bound
    if work_limit is None:
        with stops_with(solver, race.over):
            status = solver.solve(cp, offer_found(model, race, variables, "CP-SAT"))
    else:
        status = solver.solve(cp)
    if status == cp_model.INFEASIBLE:
        race.impossible = True
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        race.offer(roster_from(model, lambda index: solver.value(variables[index])), "CP-SAT")
        race.raise_bound(solver.best_objective_bound)


def offer_found(
    model: LinearModel, race: Race, variables: list[cp_model.IntVar], source: str
) -> cp_model.CpSolverSolutionCallback:
    """Return a callback that offers the race every roster CP-SAT finds."""

    class Watch(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            race.offer(roster_from(model, lambda index: self.value(variables[index])), source)

    return Watch()


@contextmanager
def stops_with(solver: cp_model.CpSolver, over: Callable[[], bool]) -> Iterator[None]:
    """Stop CP-SAT once ``over`` says so."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            if over():
                solver.stop_search()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()


def _hint(cp: cp_model.CpModel, variables: list[cp_model.IntVar], model: LinearModel, roster: Roster) -> None:
    for row in range(len(model.problem.people)):
        for day in range(model.problem.days):
            for code, kind in model.place.items():
                cp.add_hint(variables[model.cell(row, day, kind)], int(roster.cells[row][day] == code))


def to_highs(model: LinearModel) -> highspy.HighsLp:
    """Return the model for HiGHS with its variables in the same order."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.cost), len(model.rows)
    lp.col_cost_ = np.array(model.cost, np.float64)
    lp.col_lower_ = np.array(model.lower, np.float64)
    lp.col_upper_ = np.array(model.upper, np.float64)
    lp.offset_ = float(model.constant)
    infinity = highspy.kHighsInf
    lp.row_lower_ = np.array(
        [-infinity if row.lower is None else row.lower for row in model.rows], np.float64
    )
    lp.row_upper_ = np.array([infinity if row.upper is None else row.upper for row in model.rows], np.float64)
    start, index, value = [0], [], []
    for row in model.rows:
        merged: dict[int, int] = {}
        for coefficient, variable in row.terms:
            merged[variable] = merged.get(variable, 0) + coefficient
        index += list(merged.keys())
        value += list(merged.values())
        start.append(len(index))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(start, np.int32)
    lp.a_matrix_.index_ = np.array(index, np.int32)
    lp.a_matrix_.value_ = np.array(value, np.float64)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(model.cost)
    return lp


HAIR = 1e-2
"""What HiGHS's bounds are lowered by before they are rounded up to whole costs.

Its interior point method was seen to leave a bound 1e-5 too high; where the costs have a common divisor,
HiGHS itself rounds such a bound up to the next multiple when it ends (1715 for an optimum of 1710). So bounds
are taken while it runs, and at its end only from the simplex method's proof.
"""

ROOT_ONLY: dict[str, bool | float | str] = {
    "mip_lp_solver": "ipm",
    "mip_max_nodes": 1,
    "mip_allow_restart": False,
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
}
"""Options with which HiGHS works on the root alone: interior point method, cuts, no rosters, no tree."""


def run_highs(model: LinearModel, race: Race, *, seed: int, threads: int = 1) -> None:
    """Search with HiGHS until the race is over.

    ``objective_bound`` would cut it off above the best roster, but is documented for the dual simplex alone:
    what it then called infeasible would be no proof.
    """
    _run_highs(to_highs(model), model, race, seed, race.left(), {"threads": threads, "mip_rel_gap": race.gap})


def bound_by_highs(
    model: LinearModel, race: Race, *, seed: int, share: float, continuous_from: int | None = None
) -> None:
    """Raise the bound by the root relaxation and its cuts, in about ``share`` of the time left.

    Variables from ``continuous_from`` on are arcs of walks. A round of cuts is not interrupted, so the share
    should leave some room. The simplex method takes ten times as long as the interior point method here, and
    a tree of a minute does not raise the bound of the root.
    """
    form = to_highs(model)
    if continuous_from is not None:
        arcs = len(model.cost) - continuous_from
        form.integrality_ = form.integrality_[:continuous_from] + [highspy.HighsVarType.kContinuous] * arcs
    _run_highs(form, model, race, seed, share * race.left(), {"threads": 1, **ROOT_ONLY})


def _run_highs(
    form: highspy.HighsLp,
    model: LinearModel,
    race: Race,
    seed: int,
    seconds: float,
    options: Mapping[str, bool | float | str],
) -> None:
    def found(values: Floats) -> None:
        race.offer(roster_from(model, values.__getitem__), "HiGHS")

    status = minimise_by_highs(
        form,
        seed=seed,
        seconds=seconds,
        options=options,
        found=found,
        bounded=race.raise_bound,
        over=race.over,
    )
    if status == highspy.HighsModelStatus.kInfeasible:
        race.impossible = race.objective is None


def minimise_by_highs(
    form: highspy.HighsLp,
    *,
    seed: int,
    seconds: float,
    options: Mapping[str, bool | float | str],
    found: Callable[[Floats], None],
    bounded: Callable[[float], None],
    over: Callable[[], bool],
) -> highspy.HighsModelStatus:
    """Minimise with HiGHS and return how it ended; better values and bounds are told on the way."""
    highs = quiet_highs()
    highs.setOptionValue("random_seed", seed % (1 << 31))
    highs.setOptionValue("time_limit", max(0.01, seconds))
    highs.setOptionValue("mip_abs_gap", 0.999)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(form)

    def improving(event: highspy.HighsCallbackEvent) -> None:
        found(np.array(event.data_out.mip_solution))

    def interrupt(event: highspy.HighsCallbackEvent) -> None:
        bounded(_bounded(event.data_out.mip_dual_bound))
        if over():
            event.interrupt()

    highs.cbMipImprovingSolution += improving
    highs.cbMipInterrupt += interrupt
    run(highs)
    info = highs.getInfo()
    status = highs.getModelStatus()
    if info.primal_solution_status == highspy.kSolutionStatusFeasible:
        found(np.array(highs.getSolution().col_value))
    if status == highspy.HighsModelStatus.kOptimal and options.get("mip_lp_solver") != "ipm":
        bounded(_bounded(info.mip_dual_bound))
    return status


def run(highs: highspy.Highs) -> None:
    """Run HiGHS.

    Raises: RuntimeError when it refuses, as on a thread on which it once ran with another number of threads.
    """
    if highs.run() == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refused to run; is its number of threads that of earlier runs?")


def _bounded(bound: float) -> float:
    """Return the bound less ``HAIR``, or none where the solver has none yet."""
    return bound - HAIR if math.isfinite(bound) and abs(bound) < 1e15 else -math.inf
