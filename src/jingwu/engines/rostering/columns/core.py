"""What columns can express of a roster problem: limits of each person, costs per cell, cover rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from jingwu.engines.rostering.columns.pricing import PersonLimits, Pricer
from jingwu.engines.rostering.columns.programme import Bools, Floats, Ints
from jingwu.engines.rostering.problem import OFF, Demand, Person, RosterProblem

if TYPE_CHECKING:
    from jingwu.engines.rostering.solution import Roster


@dataclass
class Core:
    """Arrays of a problem; people × days × kinds, kind index ``kinds`` means a day off.

    ``base`` holds the costs of single cells, ``succession`` (people × kinds × kinds) what may come on the day
    after a kind, ``cell_rows`` (days × kinds × k) the cover rows a cell feeds
    (padded with ``rows``, a row that costs nothing), ``counts`` (people × rows) who counts for which.
    ``complete`` is False when a rule of the problem is not expressed here: then bounds stay valid as those
    of a relaxation, but a roster may still break that rule.
    """

    problem: RosterProblem
    base: Floats
    limits: list[PersonLimits]
    succession: Bools
    weekend_part: Ints
    minutes: Ints
    demand: tuple[Demand, ...]
    cell_rows: Ints
    counts: Bools
    constant: int = 0
    complete: bool = True
    unexpressed: list[str] = field(default_factory=list)
    pricers: list[Pricer] = field(default_factory=list)

    @property
    def people(self) -> int:
        """Return the number of people."""
        return len(self.limits)

    @property
    def kinds(self) -> int:
        """Return the number of shift kinds."""
        return len(self.minutes)

    @property
    def days(self) -> int:
        """Return the number of days."""
        return self.problem.days

    @property
    def endless(self) -> int:
        """Return a run, days before the horizon included, that nothing limits."""
        return self.days + max((len(limits.history) for limits in self.limits), default=0)

    @property
    def rows(self) -> int:
        """Return the number of cover rows."""
        return len(self.demand)

    def prepare(self) -> None:
        """Make the pricers and the cost tables of the cover rows, once the limits are settled."""
        for person, limits in enumerate(self.limits):
            self.pricers.append(Pricer(limits, self.minutes, self.succession[person], self.weekend_part))
        self._minimum = np.array([item.minimum for item in self.demand] + [0], np.int64)
        self._preferred = np.array([item.preferred for item in self.demand] + [0], np.int64)
        self._maximum = np.array([item.maximum for item in self.demand] + [1 << 30], np.int64)
        self._w_min = np.array([item.weight_minimum for item in self.demand] + [0], np.float64)
        self._w_pref = np.array([item.weight_preferred for item in self.demand] + [0], np.float64)
        self._w_over = np.array([item.weight_over for item in self.demand] + [0], np.float64)
        self._counts_padded = np.concatenate(
            [self.counts, np.zeros((self.people, 1), np.bool_)], axis=1
        ).astype(np.float64)
        self._all_count = bool(self.counts.all())

    def copy(self) -> Core:
        """Return the same arrays with pricers of its own: a pricer learns and so serves one thread only."""
        twin = replace(self, pricers=[])
        twin.prepare()
        return twin

    def row_cost(self, cover: Ints) -> float:
        """Return the cost of the cover counts (one per row)."""
        n = self.rows
        return float(
            (
                self._w_min[:n] * np.maximum(0, self._minimum[:n] - cover)
                + self._w_pref[:n] * np.maximum(0, self._preferred[:n] - cover)
                + self._w_over[:n] * np.maximum(0, cover - self._maximum[:n])
            ).sum()
        )

    def marginal(self, person: int, cover: Ints) -> Floats:
        """Return days × (kinds + 1) costs of one more shift of this person on top of ``cover``."""
        padded = np.append(cover, 0)
        delta = (
            -self._w_min * (padded < self._minimum)
            - self._w_pref * (padded < self._preferred)
            + self._w_over * (padded >= self._maximum)
        ) * self._counts_padded[person]
        cost = self.base[person].copy()
        cost[:, : self.kinds] += delta[self.cell_rows].sum(axis=2)
        return cost

    def dual_costs(self, people: Sequence[int], duals: Floats) -> Floats:
        """Return people × days × (kinds + 1) reduced costs of the cells under cover duals (one per row)."""
        costs = self.base[people]
        padded = np.append(duals, 0.0)
        if self._all_count:
            costs[:, :, : self.kinds] -= padded[self.cell_rows].sum(axis=2)
        else:
            costs[:, :, : self.kinds] -= (padded * self._counts_padded[people])[:, self.cell_rows].sum(axis=3)
        return costs

    def cover_of(self, person: int, schedule: Ints) -> Ints:
        """Return how much each row gets from this person's schedule."""
        worked = np.flatnonzero(schedule >= 0)
        fed = self.cell_rows[worked, schedule[worked]].ravel()
        found = np.bincount(fed, minlength=self.rows + 1)[: self.rows]
        return (found * self.counts[person]).astype(np.int64)

    def own_cost(self, person: int, schedule: Ints) -> float:
        """Return the cost of the cells of a schedule alone."""
        kinds = np.where(schedule < 0, self.kinds, schedule)
        return float(self.base[person][np.arange(self.days), kinds].sum())

    def total(self, schedules: Ints) -> float:
        """Return the objective of people × days schedules."""
        cover = np.zeros(self.rows, np.int64)
        value = float(self.constant)
        for person in range(self.people):
            cover += self.cover_of(person, schedules[person])
            value += self.own_cost(person, schedules[person])
        return value + self.row_cost(cover)

    def roster(self, schedules: Ints) -> Roster:
        """Return the schedules as a roster."""
        from jingwu.engines.rostering.solution import Roster

        codes = [shift.code for shift in self.problem.shifts] + [OFF]
        return Roster(
            self.problem.start,
            tuple(person.id for person in self.problem.people),
            tuple(tuple(codes[kind] for kind in row) for row in schedules.tolist()),
        )

    def schedules(self, roster: Roster) -> Ints:
        """Return a roster as people × days kinds."""
        index = {shift.code: place for place, shift in enumerate(self.problem.shifts)} | {OFF: -1}
        return np.array([[index[code] for code in row] for row in roster.cells], np.int64)


def counts_for(item: Demand, person: Person) -> bool:
    """Return whether somebody counts for a demand."""
    if item.skill and item.skill not in person.skills:
        return False
    return not item.categories or person.category in item.categories


def build_core(problem: RosterProblem) -> Core:
    """Return the column form of a problem, narrowed by every rule that knows how."""
    from jingwu.engines.rostering.rules import active_rules

    days, kinds = problem.days, len(problem.shifts)
    place = {shift.code: index for index, shift in enumerate(problem.shifts)}
    feeding: list[list[list[int]]] = [[[] for _ in range(kinds)] for _ in range(days)]
    for row, item in enumerate(problem.demand):
        for code in item.shifts:
            feeding[item.day][place[code]].append(row)
    width = max(1, max((len(cell) for day in feeding for cell in day), default=1))
    cell_rows = np.full((days, kinds, width), len(problem.demand), np.int64)
    for day in range(days):
        for kind in range(kinds):
            cell_rows[day, kind, : len(feeding[day][kind])] = feeding[day][kind]
    weekend_part = np.zeros(days, np.int64)
    for weekend in problem.weekends:
        for position, day in enumerate(weekend):
            weekend_part[day] = 1 if position == 0 else 2
    endless = days + max((len(person.history.last_shifts) for person in problem.people), default=0)
    minutes = np.array([shift.counted_minutes for shift in problem.shifts], np.int64)
    core = Core(
        problem=problem,
        base=np.zeros((len(problem.people), days, kinds + 1)),
        limits=[
            PersonLimits(
                allowed=np.ones((days, kinds + 1), np.bool_),
                max_work=endless,
                min_work=1,
                min_off=1,
                max_weekends=-1,
                min_minutes=0,
                max_minutes=days * 1440,
                max_counts=np.full(kinds, days, np.int64),
                max_nights=endless,
                history=tuple(code != OFF for code in person.history.last_shifts),
                history_last=place.get(person.history.last_shifts[-1], -1)
                if person.history.last_shifts
                else -1,
            )
            for person in problem.people
        ],
        succession=np.ones((len(problem.people), kinds, kinds), np.bool_),
        weekend_part=weekend_part,
        minutes=minutes,
        demand=problem.demand,
        cell_rows=cell_rows,
        counts=np.array(
            [[counts_for(item, person) for item in problem.demand] for person in problem.people], np.bool_
        ).reshape(len(problem.people), len(problem.demand)),
    )
    # a rule may follow from the limits another one sets, whichever is named first
    waiting = [rule for rule in active_rules(problem) if not rule.narrow(core)]
    core.unexpressed = [rule.spec.id for rule in waiting if not rule.narrow(core)]
    core.complete = not core.unexpressed
    core.prepare()
    return core
