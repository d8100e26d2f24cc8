"""The cheapest lawful schedule of one person, exactly: limits, kinds that are alike, and counts that bind.

Kinds that bear the same successions, length and scarcity form one group of the dynamic programme
(``programme``).

Source: resource-constrained shortest path with decremental state space (Righini & Salani 2008); a count limit
enters the state only once a schedule has broken it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from jingwu.engines.rostering.columns.programme import (
    INFINITE,
    Bools,
    Floats,
    Horizon,
    Ints,
    Schedules,
    best_of_groups,
    cheapest_choice,
    costs_to_come,
    reaches_of,
    strides_of,
    write_schedules,
)

STEPS_PER_DAY, STEPS_LEAST = 3, 10_000
"""Steps of the search allowed for each day of each schedule that may be written down, and in any case.

Only counts that are not in the state lead it to beginnings without an end.
"""

LAYER_LIMIT = 30_000
"""States of one day beyond which a count limit is priced instead of counted: some 10 ms a schedule."""


@dataclass
class PersonLimits:
    """Hard limits of one person's horizon; ``allowed`` is days × (kinds + 1), the last column is a day off.

    ``units`` are the minutes of each kind divided by their greatest common divisor ``unit_minutes``. The
    dynamic programme does not know ``max_nights`` in a row; ``walks`` do.
    """

    allowed: Bools
    max_work: int
    min_work: int
    min_off: int
    max_weekends: int
    min_minutes: int
    max_minutes: int
    max_counts: Ints
    history: tuple[bool, ...] = ()
    history_last: int = -1
    max_nights: int = 10_000


@dataclass
class Pricer:
    """Prices schedules of one person; learns which counts are scarce for them as it goes.

    ``succession[a, b]`` says that kind b may come on the day after kind a; ``weekend_part`` is per day.
    """

    limits: PersonLimits
    minutes: Ints
    succession: Bools
    weekend_part: Ints
    scarce: list[int] = field(default_factory=list)
    layer_limit: int = LAYER_LIMIT

    def __post_init__(self) -> None:
        limits = self.limits
        kinds = len(self.minutes)
        usable = limits.allowed[:, :kinds].any(axis=0) & (limits.max_counts > 0)
        self._usable = usable
        lengths = [int(x) for x in self.minutes[usable] if x > 0]
        self.unit_minutes = int(np.gcd.reduce(lengths)) if lengths else 1
        unit = self.unit_minutes
        longest_work = int(self.minutes[usable].max(initial=0)) * limits.allowed.shape[0]
        self._max_units = max(0, min(limits.max_minutes, longest_work)) // unit
        self._min_units = -(-max(0, limits.min_minutes) // unit)
        if limits.min_minutes <= 0 and limits.max_minutes >= longest_work:
            # No limit can bind: leave the minutes out of the state.
            self._units = np.zeros(kinds, np.int64)
            self._max_units = self._min_units = 0
        else:
            self._units = (self.minutes // unit).astype(np.int64)
        self.blocked = ~limits.allowed.copy()
        self.blocked[:, :kinds] |= ~usable
        self.bound = -INFINITE
        self._prices = np.zeros(kinds)
        self._regroup()

    def _regroup(self) -> None:
        kinds = len(self.minutes)
        classes: dict[bytes, int] = {}
        class_of = np.zeros(kinds, np.int64)
        rows: list[int] = []
        usable = np.flatnonzero(self._usable)
        for kind in usable.tolist():
            key = self.succession[kind, usable].tobytes()
            if key not in classes:
                classes[key] = len(rows)
                rows.append(kind)
            class_of[kind] = classes[key]
        groups: dict[tuple[object, ...], int] = {}
        members: list[int] = []
        group_of = np.zeros(kinds, np.int64)
        for kind in range(kinds):
            if not self._usable[kind]:
                continue
            scarce = self.scarce.index(kind) if kind in self.scarce else -1
            key2 = (class_of[kind], self.succession[usable, kind].tobytes(), int(self._units[kind]), scarce)
            if key2 not in groups:
                groups[key2] = len(members)
                members.append(kind)
            group_of[kind] = groups[key2]
        chosen = np.array(members, np.int64)
        self.group_of = group_of
        self._class = class_of[chosen] if members else np.zeros(0, np.int64)
        self._group_units = self._units[chosen] if members else np.zeros(0, np.int64)
        self._group_scarce = np.array(
            [self.scarce.index(kind) if kind in self.scarce else -1 for kind in members], np.int64
        )
        follow = np.ones((max(1, len(rows)), len(members)), np.bool_)
        for index, kind in enumerate(rows):
            follow[index] = self.succession[kind, chosen]
        self.follow = follow
        self.scarce_limits = np.array([self.limits.max_counts[kind] for kind in self.scarce], np.int64)
        self.first_mode = self._start(class_of)

    def _start(self, class_of: Ints) -> int:
        """Return the mode in which the horizon begins, from the days before it."""
        history = self.limits.history
        if not history:
            return self.limits.min_off - 1
        run = 1
        while run < len(history) and history[-1 - run] == history[-1]:
            run += 1
        if not history[-1]:
            return min(run, self.limits.min_off) - 1
        last = int(class_of[self.limits.history_last]) if self.limits.history_last >= 0 else 0
        return self.limits.min_off + last * self.limits.max_work + min(run, self.limits.max_work) - 1

    def _solve(self, table: Floats, choice: Ints) -> float:
        limits = self.limits
        return cheapest_choice(
            table,
            self.group_of,
            self.groups,
            self.follow,
            self.state_limits,
            self.scarce_limits,
            self.weekend_part,
            self.first_mode,
            not limits.history,
            choice,
        )

    @property
    def groups(self) -> tuple[Ints, Ints, Ints]:
        """Return class, units and place among the scarce kinds (−1: none) of every group."""
        return self._class, self._group_units, self._group_scarce

    @property
    def state_limits(self) -> tuple[int, int, int, int, int, int]:
        """Return longest and shortest work, shortest rest, weekends, least and most units."""
        limits = self.limits
        return (
            limits.max_work,
            limits.min_work,
            limits.min_off,
            limits.max_weekends,
            self._min_units,
            self._max_units,
        )

    def _states(self) -> int:
        """Return the size of one layer of the dynamic programme."""
        limits = self.limits
        modes = limits.min_off + self.follow.shape[0] * limits.max_work
        return (
            modes
            * max(1, limits.max_weekends + 1)
            * (self._max_units + 1)
            * int(np.prod(self.scarce_limits + 1))
        )

    def cheapest(self, cost: Floats, exact: bool = False) -> tuple[float, Ints]:
        """Return the cost of the best schedule found and the schedule (kind per day, −1 off).

        ``bound`` then holds a lower bound on every lawful schedule's cost; it equals the cost unless a count
        limit had to be priced (Lagrange) because its place in the state would be too large and ``exact`` is
        not asked for. The cost is INFINITE when no schedule is lawful.
        """
        table = np.where(self.blocked, INFINITE, cost)
        choice = np.full(table.shape[0], -1, np.int64)
        self.bound = -INFINITE
        while True:
            value = self._solve(table, choice)
            self.bound = max(self.bound, value)
            if value >= INFINITE:
                return value, choice
            used = np.bincount(choice[choice >= 0], minlength=len(self.minutes))
            over = used - self.limits.max_counts
            worst = int(over.argmax())
            if over[worst] <= 0:
                return value, choice
            if not exact and self._states() * (int(self.limits.max_counts[worst]) + 1) > self.layer_limit:
                found = self._priced(table)
                if found is not None:
                    return found
            self.scarce.append(worst)
            self._regroup()

    def below(self, cost: Floats, limit: float, most: int) -> Schedules | None:
        """Return every lawful schedule whose cost is at most ``limit`` (schedules × days, off as ``kinds``).

        ``cost`` is days × (kinds + 1). None when there are more than ``most``, or they are too long to find.
        """
        table = np.where(self.blocked, INFINITE, cost)
        limits, days = self.state_limits, len(table)
        strides = strides_of(self.scarce_limits)
        shape = (max(limits[3], 0) + 1, limits[5] + 1, int(strides[-1]))
        horizon = Horizon(
            self.groups, self.follow, limits, self.scarce_limits, strides, self.weekend_part,
            not self.limits.history, shape, reaches_of(days, limits, self._group_units),
        )  # fmt: skip
        modes = limits[2] + len(self.follow) * limits[0]
        to_come = np.empty((days + 1, modes, int(np.prod(shape))))
        best_cost, _ = best_of_groups(table, self.group_of, len(self._class))
        costs_to_come(best_cost, table[:, -1].copy(), horizon, to_come)
        if to_come[0, self.first_mode, 0] > limit:
            return np.empty((0, days), np.int16)
        found = np.empty((most, days), np.int16)
        steps = STEPS_PER_DAY * days * most + STEPS_LEAST
        number = write_schedules(
            table,
            self.group_of,
            self.first_mode,
            self.limits.max_counts,
            limit,
            steps,
            horizon,
            to_come,
            found,
        )
        return None if number < 0 else found[:number].copy()

    def _priced(self, table: Floats) -> tuple[float, Ints] | None:
        """Return a lawful schedule found by pricing the counts; None when pricing does not find one.

        Prices are kept from call to call: duals move little between the rounds of column generation.
        """
        kinds = len(self.minutes)
        prices = self._prices
        finite = table[table < INFINITE]
        step = max(1.0, float(np.ptp(finite)) if finite.size else 1.0) * 0.05
        choice = np.full(table.shape[0], -1, np.int64)
        for _ in range(12):
            priced = table.copy()
            priced[:, :kinds] += prices
            value = self._solve(priced, choice)
            used = np.bincount(choice[choice >= 0], minlength=kinds)
            excess = used - self.limits.max_counts
            self.bound = max(self.bound, value - float(prices @ self.limits.max_counts))
            if (excess <= 0).all():
                own = float(table[np.arange(len(choice)), np.where(choice < 0, kinds, choice)].sum())
                # Prices that did not bind this time fade, so that they cannot stay too high for ever.
                self._prices = np.where(excess < 0, prices * 0.7, prices)
                return own, choice
            prices = prices + step * (excess > 0)
            step *= 1.5
        return None
