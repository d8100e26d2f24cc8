"""Mixed-integer programs handed to HiGHS; status, bound and gap are read from the solver itself.

Source: Huangfu & Hall (2018), Mathematical Programming Computation 10:119–142 (HiGHS).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import highspy
import numpy as np
from scipy import sparse

from jingwu.engines.response.arrays import BoolArray, FloatArray
from jingwu.numerics.highs import quiet_highs


class Outcome(StrEnum):
    """What the solver says of its own run."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    LIMIT = "limit"


@dataclass(frozen=True, eq=False)
class MixedProgram:
    """Minimise (or maximise) cost·x subject to row_lower ≤ A x ≤ row_upper, 0 ≤ x ≤ upper.

    ``rows``: sparse matrix (rows, columns). ``whole``: columns that must be integer. ``whole_objective``: the
    objective of every solution is a whole number, so a gap below 1 is already a proof.
    """

    cost: FloatArray
    upper: FloatArray
    whole: BoolArray
    rows: sparse.csr_matrix
    row_lower: FloatArray
    row_upper: FloatArray
    lower: FloatArray | None = None
    maximise: bool = False
    whole_objective: bool = False


@dataclass(frozen=True, eq=False)
class SolverAnswer:
    """The best point found (None = none), its objective, and the bound the solver vouches for."""

    outcome: Outcome
    values: FloatArray | None
    objective: float | None
    bound: float | None


def solve(
    program: MixedProgram, *, seconds: float, threads: int = 1, seed: int = 1, start: FloatArray | None = None
) -> SolverAnswer:
    """Run HiGHS for at most ``seconds`` from the point ``start`` (None = none) on.

    The solver's default relative gap of 1e-4 is switched off: 'optimal' means optimal.
    """
    engine = quiet_highs()
    engine.setOptionValue("time_limit", float(seconds))
    engine.setOptionValue("threads", int(threads))
    engine.setOptionValue("random_seed", int(seed))
    engine.setOptionValue("mip_rel_gap", 0.0)
    engine.setOptionValue("mip_abs_gap", 0.999 if program.whole_objective else 1e-6)
    engine.passModel(_model(program))
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        engine.setSolution(solution)
    engine.run()
    status = engine.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return SolverAnswer(Outcome.INFEASIBLE, None, None, None)
    info = engine.getInfo()
    has_point = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(engine.getSolution().col_value) if has_point else None
    objective = float(info.objective_function_value) if has_point else None
    optimal = status == highspy.HighsModelStatus.kOptimal and has_point
    integer = bool(program.whole.any())
    bound: float | None = float(info.mip_dual_bound) if integer else (objective if optimal else None)
    if bound is not None and not np.isfinite(bound):
        bound = None
    if optimal and program.whole_objective:
        assert objective is not None
        objective = float(round(objective))
        bound = objective
    return SolverAnswer(Outcome.OPTIMAL if optimal else Outcome.LIMIT, values, objective, bound)


def _model(program: MixedProgram) -> highspy.HighsLp:
    columns = program.cost.size
    rows = sparse.csr_matrix(program.rows)
    model = highspy.HighsLp()
    model.num_col_ = columns
    model.num_row_ = rows.shape[0]
    model.col_cost_ = program.cost.astype(np.float64)
    model.col_lower_ = np.zeros(columns) if program.lower is None else program.lower
    model.col_upper_ = program.upper.astype(np.float64)
    model.row_lower_ = program.row_lower.astype(np.float64)
    model.row_upper_ = program.row_upper.astype(np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.indptr.astype(np.int32)
    model.a_matrix_.index_ = rows.indices.astype(np.int32)
    model.a_matrix_.value_ = rows.data.astype(np.float64)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[int(flag)] for flag in program.whole]
    model.sense_ = highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize
    return model
