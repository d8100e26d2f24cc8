"""The integer master: one column for each person such that the cover costs least, by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

from jingwu.engines.rostering.columns.generation import Column, Master
from jingwu.engines.rostering.columns.pricing import Ints


def choose_columns(
    master: Master, columns: Sequence[Column], *, seconds: float, cutoff: float, seed: int, gap: float = 0.0
) -> list[Column] | None:
    """Return the best choice of one column a member that costs less than ``cutoff``, None when none is found.

    ``seconds`` limits the search; ``cutoff`` excludes the constant of the core, like the master's own value.
    """
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.silent()
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", seed % (1 << 31))
    highs.setOptionValue("time_limit", float(seconds))
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", 0.999)
    if cutoff < 1e15:
        highs.setOptionValue("objective_bound", float(cutoff))
    members, rows = len(master.members), len(master.rows)
    base_of: dict[int, list[int]] = {}
    for place, row in enumerate(master.rows):
        base_of.setdefault(row.demand, []).append(members + place)
    lp = highspy.HighsLp()
    lp.num_row_ = members + rows
    bounds = np.concatenate([np.ones(members), master.need])
    lp.row_lower_ = bounds
    lp.row_upper_ = bounds
    cost: list[float] = []
    start, index, value = [0], [], []
    for column in columns:
        where = [master.place[column.person]]
        for demand in column.feeds.tolist():
            where += base_of.get(demand, [])
        index += where
        value += [1.0] * len(where)
        start.append(len(index))
        cost.append(column.cost)
    for place, row in enumerate(master.rows):
        for price, sign in ((row.under, 1.0), (row.over, -1.0)):
            index.append(members + place)
            value.append(sign)
            start.append(len(index))
            cost.append(price)
    lp.num_col_ = len(cost)
    lp.col_cost_ = np.array(cost)
    lp.col_lower_ = np.zeros(len(cost))
    lp.col_upper_ = np.concatenate([np.ones(len(columns)), np.full(2 * rows, highspy.kHighsInf)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.array(start, np.int32)
    lp.a_matrix_.index_ = np.array(index, np.int32)
    lp.a_matrix_.value_ = np.array(value)
    integer = highspy.HighsVarType.kInteger
    lp.integrality_ = [integer] * len(columns) + [highspy.HighsVarType.kContinuous] * (2 * rows)
    highs.passModel(lp)
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status != 2 or info.objective_function_value > cutoff - 1e-6:
        return None
    picked = np.asarray(highs.getSolution().col_value)[: len(columns)]
    chosen = [columns[i] for i in np.flatnonzero(picked > 0.5).tolist()]
    return chosen if len(chosen) == members else None


def place_columns(schedules: Ints, chosen: Sequence[Column]) -> Ints:
    """Return schedules with the chosen columns put in."""
    placed = schedules.copy()
    for column in chosen:
        placed[column.person] = column.schedule
    return placed
