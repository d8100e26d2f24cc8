"""Heads by dives: the surest cells of the relaxation are fixed, the rest solved again, until all are whole.

The flow's relaxation is so near to whole heads that a dive needs some twenty linear programmes of a hundredth
of a second each. A dive that gets stuck frees the days about it. Then a few days of the best heads are freed
at a time: one linear programme tells whether anything cheaper is there at all, a short dive finds it.

Source: diving with limited backtracking (Sadykov et al. 2019), and relax-and-fix by days as a neighbourhood
(Pochet & Wolsey 2006, ch. 3.6).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import highspy
import numpy as np

from jingwu.engines.rostering.columns.programme import Bools, Floats
from jingwu.engines.rostering.common_walks import CommonWalks
from jingwu.engines.rostering.solvers import run, to_highs
from jingwu.numerics.highs import quiet_highs

LARGEST_BATCH = 0.25
"""Share of the free cells that is fixed at once at most; smaller where that led nowhere."""

NOISE, SWAY = 0.15, 0.3
"""How much less whole a cell may seem by chance, and how far off the middle it may be rounded wrongly."""

REPAIRS, REPAIRED_DAYS = 30, 4
"""How often a dive that is stuck frees days, and how many on either side."""

LEAST_DAYS, MOST_DAYS = 5, 24
"""Days that are freed at a time to make heads cheaper."""

LEVEL_SHARE = 0.3
"""How often heads of the same cost will do: others may be better to go on from."""

STIR_SHARE = 0.4
"""Share of the step between costs that stirring may come to in all: whole heads within it cost the same."""

WHOLE, HAIR = 1e-6, 1e-4
NO_LIMIT = 1e12


class HeadDives:
    """Dives over one relaxation, kept warm on one thread; ``heads`` (days × cells of a day) are the best.

    The cells of a day are those of every group and kind; in ``heads`` they count people, and ``cost`` is what
    they cost.
    """

    def __init__(self, common: CommonWalks, seed: int) -> None:
        model = common.model
        form = to_highs(model)
        form.integrality_ = []
        self._highs = quiet_highs()
        self._highs.setOptionValue("threads", 1)
        self._highs.passModel(form)
        self._random = np.random.default_rng(seed)
        self._step = common.step
        self._cost = np.array(model.cost, np.float64)
        self._constant = float(model.constant)
        self._slack = 0.0
        self._stir_most = STIR_SHARE * self._step / max(1, len(model.problem.people) * model.problem.days)
        days, kinds = range(model.problem.days), range(model.kinds)
        self.cells = np.array(
            [[model.cell(members[0], day, k) for members in common.groups for k in kinds] for day in days],
            np.int32,
        )
        self._least = np.array(model.lower, np.float64)[self.cells]
        self._most = np.array(model.upper, np.float64)[self.cells]
        self._lower, self._upper = self._least.copy(), self._most.copy()
        self._everything = np.ones(self.cells.shape, np.bool_)
        self._value, self._now = self._least, math.inf
        self.heads: Floats | None = None
        self.cost: float = math.inf

    def begin(self, over: Callable[[], bool]) -> bool:
        """Look for heads whatever they cost, others than before if any were; return whether there are."""
        self._stir(0.0 if self.heads is None else self._stir_most)
        self._free(self._everything)
        if self._solve() < math.inf and self._dive(NO_LIMIT, REPAIRS, over):
            self._keep()
        return self.heads is not None

    def improve(self, over: Callable[[], bool]) -> bool:
        """Free some days of the best heads; return whether cheaper ones were found."""
        if self.heads is None:
            return False
        self._set(self._everything, self.heads[self._everything], self.heads[self._everything])
        self._free(self._some_days())
        level = self._random.random() < LEVEL_SHARE
        limit = self.cost if level else self.cost - self._step
        before = self.cost
        if self._within(limit) and self._dive(limit, 0, over):
            self._keep()
        return self.cost < before

    def _some_days(self) -> Bools:
        days = len(self.cells)
        chosen = np.zeros(self.cells.shape, np.bool_)
        length = int(self._random.integers(LEAST_DAYS, MOST_DAYS))
        first = int(self._random.integers(LEAST_DAYS - length, max(LEAST_DAYS - length + 1, days - 2)))
        chosen[max(0, first) : first + length] = True
        return chosen

    def _keep(self) -> None:
        self.heads = np.rint(self._value)
        self.cost = round(self._now)

    def _set(self, chosen: Bools, lower: Floats, upper: Floats) -> None:
        self._lower[chosen], self._upper[chosen] = lower, upper
        columns = self.cells[chosen]
        self._highs.changeColsBounds(len(columns), columns, self._lower[chosen], self._upper[chosen])

    def _free(self, chosen: Bools) -> None:
        self._set(chosen, self._least[chosen], self._most[chosen])

    def _stir(self, most: float) -> None:
        """Charge every cell up to ``most`` at random: of all heads of one cost others are found each time."""
        self._slack = STIR_SHARE * self._step if most else 0.0
        stirred = self._cost[self.cells] + self._random.random(self.cells.shape) * most
        self._highs.changeColsCost(self.cells.size, self.cells.ravel(), stirred.ravel())

    def _solve(self) -> float:
        """Solve the relaxation as it is bounded and stirred; return what it costs, ∞ where there is none."""
        run(self._highs)
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return math.inf
        value = np.array(self._highs.getSolution().col_value)
        self._value, self._now = value[self.cells], float(self._cost @ value) + self._constant
        return self._now

    def _within(self, limit: float) -> bool:
        """Return whether whole heads may still cost at most ``limit``; stirring can hide less than a step."""
        return self._solve() <= limit + self._slack + HAIR

    def _dive(self, limit: float, repairs: int, over: Callable[[], bool]) -> bool:
        """Fix cells until all are whole at a cost within ``limit``; return False where it is stuck."""
        batch = LARGEST_BATCH
        while not over():
            free = self._upper - self._lower > 0.5
            if not (free & (np.abs(self._value - np.rint(self._value)) > WHOLE)).any():
                return True
            chosen = self._surest(free, batch)
            value, lower, upper = self._value, self._lower[chosen], self._upper[chosen]
            sway = self._random.uniform(-SWAY, SWAY, len(lower))
            wanted = np.clip(np.maximum(1, np.rint(value[chosen] + sway)), lower, upper)
            self._set(chosen, wanted, wanted)
            if self._within(limit):
                batch = min(LARGEST_BATCH, 1.5 * batch)
                continue
            self._value = value
            if len(wanted) > 1:
                self._set(chosen, lower, upper)
                batch /= 3
            elif not self._forbid(chosen, wanted, lower, upper, limit):
                if not repairs or not self._repair(chosen, wanted, limit):
                    return False
                repairs -= 1
        return False

    def _surest(self, free: Bools, batch: float) -> Bools:
        """Return the free cells that are surely worked; none sure, the one nearest to it.

        Cells at nought are never fixed: once all others are whole, they are too.
        """
        places = np.argwhere(free)
        value = self._value[free]
        doubt = np.abs(value - np.rint(value)) + self._random.random(len(value)) * NOISE
        order = np.argsort(doubt)
        worked = order[np.rint(value[order]) >= 1]
        picked = worked[: max(1, int(batch * len(places)))] if len(worked) else [int(np.argmax(value))]
        chosen = np.zeros(free.shape, np.bool_)
        chosen[tuple(places[picked].T)] = True
        return chosen

    def _forbid(self, chosen: Bools, wanted: Floats, lower: Floats, upper: Floats, limit: float) -> bool:
        """Keep a single cell off a value that leads nowhere; return whether anything is left."""
        if wanted[0] >= self._value[chosen][0]:
            upper = wanted - 1
        else:
            lower = wanted + 1
        if lower[0] > upper[0]:
            return False
        self._set(chosen, lower, upper)
        return self._within(limit)

    def _repair(self, chosen: Bools, wanted: Floats, limit: float) -> bool:
        """Free ever more days about a cell that is stuck, not the cell itself, until there is a way on."""
        day, width = int(np.argwhere(chosen)[0][0]), REPAIRED_DAYS
        while width < 4 * len(self.cells):
            about = np.zeros(chosen.shape, np.bool_)
            about[max(0, day - width) : day + width + 1] = True
            self._free(about)
            self._set(chosen, wanted, wanted)
            if self._within(limit):
                return True
            width *= 2
        return False
