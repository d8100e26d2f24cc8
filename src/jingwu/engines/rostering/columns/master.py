"""The restricted master problem: one schedule for each person, needs with priced heads below and above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np

from jingwu.engines.rostering.columns.core import Core
from jingwu.engines.rostering.columns.programme import INFINITE, Bools, Floats, Ints, Schedules
from jingwu.engines.rostering.columns.stock import reduced_costs
from jingwu.numerics.highs import quiet_highs

PRIMAL, DUAL = 4, 1
"""Strategies of the simplex method: primal after new columns, dual after closed cells."""

ACTIVE_MOST = 20
"""Columns of one person that come back into the relaxation at once."""


@dataclass(frozen=True)
class CoverRow:
    """One row of the master: demand index, need, price of each head below and above the need."""

    demand: int
    need: int
    under: float
    over: float


@dataclass(frozen=True)
class Column:
    """One schedule of one person with its own cost and the demands it feeds."""

    person: int
    schedule: Ints
    cost: float
    feeds: Ints


def cover_rows(core: Core) -> list[CoverRow]:
    """Return the master's rows: bounds of a demand that lie on the same need share one."""
    rows = []
    for index, item in enumerate(core.demand):
        prices: dict[int, list[float]] = {}
        for need, under, over in (
            (item.minimum, item.weight_minimum, 0),
            (item.preferred, item.weight_preferred, 0),
            (item.maximum, 0, item.weight_over),
        ):
            held = prices.setdefault(need, [0.0, 0.0])
            held[0] += under
            held[1] += over
        rows += [CoverRow(index, need, u, o) for need, (u, o) in prices.items() if u or o]
    return rows


@dataclass(frozen=True)
class Basis:
    """Where a solution of the master stood: status of its rows and fixed variables, and its basic columns."""

    rows: list[highspy.HighsBasisStatus]
    others: list[highspy.HighsBasisStatus]
    columns: frozenset[int]


@dataclass
class Master:
    """The restricted master problem over the people ``members``; ``fixed_cover`` is what others give.

    ``columns`` are all that are known; the relaxation holds the active ones only, since columns that no
    solution of the problem at hand can use make it slow. The last row bounds the shortage, the sum of all
    priced heads below a need: it is a whole number, which the relaxation does not know. So are the heads
    below and above each need (two by two, in the order of ``rows``): ``bound_heads`` branches on them.
    """

    core: Core
    members: list[int]
    fixed_cover: Ints
    columns: list[Column] = field(default_factory=list)
    least_shortage: float = 0.0
    most_shortage: float = highspy.kHighsInf

    def __post_init__(self) -> None:
        self.rows = cover_rows(self.core)
        self._row_of_demand: dict[int, list[int]] = {}
        for place, row in enumerate(self.rows):
            self._row_of_demand.setdefault(row.demand, []).append(place)
        self._demand_of_row = np.array([row.demand for row in self.rows], np.int64)
        self.place = {person: index for index, person in enumerate(self.members)}
        self.need = np.array([row.need - self.fixed_cover[row.demand] for row in self.rows], np.float64)
        self.under = np.array([row.under for row in self.rows])
        self.over = np.array([row.over for row in self.rows])
        self._known: dict[tuple[int, bytes], int] = {}
        self._schedules = np.zeros((0, self.core.days), np.int16)
        self._people = np.zeros(0, np.int64)
        self._active: list[int] = []
        self._active_set: set[int] = set()
        self._first_column = 4 * len(self.rows) + len(self.members) + 1
        self.least_heads = np.zeros(2 * len(self.rows))
        self.most_heads = np.full(2 * len(self.rows), highspy.kHighsInf)
        self._dear = 10.0 * float(max(1.0, self.under.max(initial=1.0))) * self.core.days
        self.highs = self._empty_relaxation()

    def _empty_relaxation(self) -> highspy.Highs:
        highs = quiet_highs()
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("presolve", "off")
        # New columns leave the basis primal feasible.
        highs.setOptionValue("simplex_strategy", PRIMAL)
        nothing = np.array([], np.int32)
        for _ in self.members:
            highs.addRow(1.0, 1.0, 0, nothing, nothing.astype(np.float64))
        for need in self.need:
            highs.addRow(need, need, 0, nothing, nothing.astype(np.float64))
        highs.addRow(self.least_shortage, self.most_shortage, 0, nothing, nothing.astype(np.float64))
        base, last = len(self.members), len(self.members) + len(self.rows)
        for place, row in enumerate(self.rows):
            where = np.array([base + place, last], np.int32)
            short = 2 if row.under else 1
            highs.addCol(row.under, 0.0, highspy.kHighsInf, short, where[:short], np.ones(short))
            highs.addCol(row.over, 0.0, highspy.kHighsInf, 1, where[:1], np.array([-1.0]))
        # A person without a column yet: too dear to stay, cheap enough to keep numbers tame.
        dear = self._dear
        for person in range(base):
            highs.addCol(dear, 0.0, highspy.kHighsInf, 1, np.array([person], np.int32), np.array([1.0]))
        # The same for a shortage that no schedules known yet can keep to.
        highs.addCol(dear, 0.0, highspy.kHighsInf, 1, np.array([last], np.int32), np.array([-1.0]))
        # And for bounds on heads that they cannot keep to; dearer than a shortage, which is to show as one.
        both = 2 * len(self.rows)
        starts = np.arange(both, dtype=np.int32)
        where, signs = base + starts // 2, np.tile([1.0, -1.0], len(self.rows))
        most = np.full(both, highspy.kHighsInf)
        highs.addCols(both, np.full(both, 2 * dear), np.zeros(both), most, both, starts, where, signs)
        return highs

    def add(self, person: int, schedule: Ints) -> bool:
        """Add a schedule to the relaxation; False when it is there already."""
        key = (person, schedule.astype(np.int16).tobytes())
        known = self._known.get(key)
        if known is not None:
            if known in self._active_set:
                return False
            self._activate([known])
            return True
        self._known[key] = len(self.columns)
        core = self.core
        feeds = np.flatnonzero(core.cover_of(person, schedule))
        self.columns.append(Column(person, schedule.copy(), core.own_cost(person, schedule), feeds))
        self._activate([len(self.columns) - 1])
        return True

    def _activate(self, indices: Sequence[int]) -> None:
        columns = [self.columns[index] for index in indices]
        base = len(self.members)
        where: list[int] = []
        starts = np.zeros(len(columns), np.int32)
        for number, column in enumerate(columns):
            starts[number] = len(where)
            where.append(self.place[column.person])
            for demand in column.feeds.tolist():
                where += [base + place for place in self._row_of_demand.get(demand, ())]
        self.highs.addCols(
            len(columns), np.array([column.cost for column in columns]), np.zeros(len(columns)),
            np.full(len(columns), highspy.kHighsInf), len(where), starts, np.array(where, np.int32),
            np.ones(len(where)),
        )  # fmt: skip
        self._active += indices
        self._active_set.update(indices)

    def close(self, closed: Bools, duals: Floats, slack: float, basis: Basis | None = None) -> None:
        """Keep columns active that take no cell of ``closed`` (people × days × kinds + 1) and are cheap.

        Cheap: their reduced cost under ``duals`` of the rows lies within ``slack`` of their person's least.
        At most ``ACTIVE_MOST`` of a person come back that were not active. The next solution begins from
        ``basis``, or from the last.
        """
        if not self.columns:
            return
        core = self.core
        schedules, people = self._stacked()
        costs = np.zeros(closed.shape)
        costs[self.members] = core.dual_costs(self.members, self.demand_duals(duals))
        costs[closed] = INFINITE
        reduced, least, _ = reduced_costs(costs, people, schedules)
        barred = reduced >= INFINITE
        poor: Bools = np.logical_or(barred, reduced > least[people] + slack)
        active = np.zeros(len(people), np.bool_)
        active[self._active] = True
        if basis is not None:
            self.begin_from(basis)
            active[self._active] = True
        self._deactivate(barred, poor, self.basis() if basis is None else basis)
        order = np.lexsort((reduced, people))
        order = order[~(poor | active)[order]]
        first = np.searchsorted(people[order], people[order])
        self._activate(order[np.arange(len(order)) - first < ACTIVE_MOST].tolist())

    def _stacked(self) -> tuple[Schedules, Ints]:
        """Return all columns' schedules (columns × days) and people; only those new since are put in."""
        fresh = self.columns[len(self._people) :]
        if fresh:
            self._schedules = np.concatenate(
                [self._schedules, np.array([one.schedule for one in fresh], np.int16)]
            )
            self._people = np.append(self._people, [one.person for one in fresh])
        return self._schedules, self._people

    def _deactivate(self, barred: Bools, poor: Bools, basis: Basis) -> None:
        """Take poor columns out of the relaxation; barred ones in its basis stay at zero for now."""
        held = np.array(self._active, np.int64)
        if not len(held):
            return
        basic = np.isin(held, list(basis.columns))
        upper = np.where(barred[held], 0.0, highspy.kHighsInf)
        where = np.arange(len(held), dtype=np.int32) + self._first_column
        self.highs.changeColsBounds(len(held), where, np.zeros(len(held)), upper)
        gone = poor[held] & ~basic
        if gone.any():
            self.highs.deleteCols(int(gone.sum()), where[gone])
            self._active = held[~gone].tolist()
            self._active_set = set(self._active)

    def bound_shortage(self, least: float, most: float = highspy.kHighsInf) -> None:
        """Ask for a shortage between ``least`` and ``most`` from now on."""
        self.least_shortage, self.most_shortage = least, most
        self.highs.changeRowBounds(len(self.members) + len(self.rows), least, most)

    def bound_heads(self, least: Floats, most: Floats) -> None:
        """Ask for so many heads below and above each need, two by two in the order of the rows."""
        self.least_heads, self.most_heads = least, most
        self.highs.changeColsBounds(len(least), np.arange(len(least), dtype=np.int32), least, most)

    def free_heads(self) -> None:
        """Ask for no number of heads any more."""
        self.bound_heads(np.zeros(2 * len(self.rows)), np.full(2 * len(self.rows), highspy.kHighsInf))

    def heads(self) -> Floats:
        """Return the heads below and above each need in the last solution, two by two."""
        return np.asarray(self.highs.getSolution().col_value, np.float64)[: 2 * len(self.rows)]

    def shortage(self) -> float:
        """Return the shortage of the last solution, heads."""
        return float(self.heads()[::2][self.under > 0].sum())

    def within_prices(self, row_duals: Floats) -> tuple[Floats, float]:
        """Return the nearest feasible duals of the rows, and what needs, heads and shortage give for them."""
        short = self.under > 0
        last = float(row_duals[-1])
        last = min(last, float((self.under + self.over)[short].min(initial=np.inf)))
        last = max(last, 0.0) if self.most_shortage >= highspy.kHighsInf else max(min(last, 0.0), -self._dear)
        # Heads without a limit hold the duals between their prices; others answer for what is beyond.
        limited = self.most_heads < highspy.kHighsInf
        least = np.where(limited[1::2], -2 * self._dear, -self.over)
        most = np.where(limited[::2], 2 * self._dear, self.under - last * short)
        duals = np.clip(row_duals[:-1], least, most)
        reduced = np.column_stack((self.under - last * short - duals, self.over + duals)).ravel()
        held = np.where((reduced < 0) & limited, self.most_heads, self.least_heads)
        worth = last * (self.least_shortage if last > 0 else self.most_shortage) if last else 0.0
        return np.append(duals, last), float(duals @ self.need) + worth + float(reduced @ held)

    def missing(self) -> float:
        """Return how many people have no schedule in the last solution, plus how far its shortage is off."""
        values = np.asarray(self.highs.getSolution().col_value, np.float64)
        return float(values[2 * len(self.rows) : self._first_column].sum())

    def solve(self, strategy: int = PRIMAL) -> tuple[float, Floats, Floats, Floats]:
        """Solve the relaxation; return its value, the duals of people and of rows, and the column values."""
        self.highs.setOptionValue("simplex_strategy", strategy)
        self.highs.run()
        answer = self.highs.getSolution()
        duals = np.asarray(answer.row_dual, np.float64)
        values = np.zeros(len(self.columns))
        values[self._active] = np.asarray(answer.col_value, np.float64)[self._first_column :]
        members = len(self.members)
        return self.highs.getInfo().objective_function_value, duals[:members], duals[members:], values

    def basis(self) -> Basis:
        """Return the basis of the last solution, to begin from again."""
        held = self.highs.getBasis()
        status = held.col_status
        first = self._first_column
        basic = frozenset(
            index
            for index, one in zip(self._active, status[first:], strict=True)
            if one == highspy.HighsBasisStatus.kBasic
        )
        return Basis(held.row_status, status[:first], basic)

    def begin_from(self, basis: Basis) -> None:
        """Let the next solution begin from a basis; columns that are not in it stand at zero."""
        missing = sorted(basis.columns - self._active_set)
        if missing:
            self._activate(missing)
        zero, basic = highspy.HighsBasisStatus.kLower, highspy.HighsBasisStatus.kBasic
        whole = highspy.HighsBasis()
        whole.row_status = basis.rows
        whole.col_status = [
            *basis.others,
            *(basic if index in basis.columns else zero for index in self._active),
        ]
        whole.valid = True
        self.highs.setBasis(whole)

    def demand_duals(self, row_duals: Floats) -> Floats:
        """Return the duals summed over the rows of each demand."""
        summed = np.bincount(self._demand_of_row, row_duals[: len(self.rows)], minlength=self.core.rows)
        return summed.astype(np.float64)
