"""The linear relaxation of a model, with bounds that do not lean on a solver's tolerances."""

from __future__ import annotations

import math
from collections.abc import Sequence

import highspy
import numpy as np

from jingwu.engines.rostering.columns.programme import Floats
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.solvers import run, to_highs
from jingwu.numerics.highs import quiet_highs


class Relaxation:
    """A model's relaxation by the simplex method: later questions begin from the last basis.

    The value of every answer is computed here from the row prices. Weak duality makes it a lower bound
    whatever those prices are. Asked ``once``, it is solved by the interior point method and left there, which
    takes a tenth of the time for everybody's walks: its values are no vertex then, its bound a hair lower.
    """

    def __init__(self, model: LinearModel, *, once: bool = False) -> None:
        form = to_highs(model)
        form.integrality_ = []
        self.cost = np.array(model.cost, np.float64)
        self.constant = float(model.constant)
        self._box = np.array(model.lower, np.float64), np.array(model.upper, np.float64)
        self._sides = np.array(form.row_lower_), np.array(form.row_upper_)
        lengths = np.diff(
            np.append(np.array(form.a_matrix_.start_[: form.num_row_]), form.a_matrix_.start_[-1])
        )
        self._row = np.repeat(np.arange(form.num_row_), lengths)
        self._column = np.array(form.a_matrix_.index_, np.int64)
        self._coefficient = np.array(form.a_matrix_.value_, np.float64)
        self._highs = quiet_highs()
        self._highs.setOptionValue("threads", 1)
        if once:
            self._highs.setOptionValue("solver", "ipm")
            self._highs.setOptionValue("run_crossover", "off")
        self._highs.passModel(form)

    def minimise(self, seconds: float, cost: Floats | None = None) -> tuple[float, Floats, Floats]:
        """Return a lower bound on the cost, every variable's reduced cost, and its value in the optimum.

        ``cost`` stands in for that of the model (without its constant). The bound is −inf, the rest empty,
        when the time is not enough.
        """
        highs, empty = self._highs, np.zeros(0)
        asked = self.cost if cost is None else cost
        highs.changeColsCost(len(asked), np.arange(len(asked), dtype=np.int32), asked)
        # HiGHS counts the time of all its runs.
        highs.setOptionValue("time_limit", highs.getRunTime() + max(0.01, seconds))
        run(highs)
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return -math.inf, empty, empty
        solution = highs.getSolution()
        lower, upper = self._sides
        prices = np.array(solution.row_dual, np.float64)
        prices[((prices > 0) & np.isinf(lower)) | ((prices < 0) & np.isinf(upper))] = 0.0
        share = np.bincount(self._column, self._coefficient * prices[self._row], minlength=len(asked))
        reduced = asked - share
        priced = prices != 0
        sides = np.where(prices > 0, lower, upper)
        at_bounds = np.minimum(reduced * self._box[0], reduced * self._box[1])
        value = float(prices[priced] @ sides[priced]) + float(at_bounds.sum())
        return value + (self.constant if cost is None else 0.0), reduced, np.array(solution.col_value)

    def at_least(self, variables: Sequence[int], least: int) -> None:
        """Add the row Σ variables ≥ least."""
        columns, ones = np.array(variables, np.int32), np.ones(len(variables))
        self._highs.addRow(float(least), highspy.kHighsInf, len(columns), columns, ones)
        self._row = np.append(self._row, np.full(len(columns), len(self._sides[0])))
        self._column = np.append(self._column, columns)
        self._coefficient = np.append(self._coefficient, ones)
        self._sides = np.append(self._sides[0], least), np.append(self._sides[1], math.inf)
