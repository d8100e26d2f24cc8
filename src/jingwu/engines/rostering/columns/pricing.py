"""The cheapest lawful schedule of one person, exactly, by dynamic programming over the horizon.

State after each day: a *mode* (days off in a row, or the class of the last shift with the days worked in a
row) and a *resource* (weekends worked, minutes worked, counts of the scarce kinds). Kinds that bear the
same successions, length and scarcity form one group, of which only the cheapest matters on each day.

Source: resource-constrained shortest path with decremental state space (Righini & Salani 2008); a count limit
enters the state only once a schedule has broken it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from numba import njit

INFINITE = 1e17

LAYER_LIMIT = 30_000
"""States of one day beyond which a count limit is priced instead of counted: some 10 ms a schedule."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass
class PersonLimits:
    """Hard limits of one person's horizon; ``allowed`` is days × (kinds + 1), the last column is a day off.

    ``units`` are the minutes of each kind divided by their greatest common divisor ``unit_minutes``.
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


@njit(cache=True, nogil=True)
def _best_of_groups(cost: Floats, group_of: Ints, groups: int) -> tuple[Floats, Ints]:
    """Return the cheapest kind of each group on each day: cost and kind, days × groups."""
    days, kinds = cost.shape[0], cost.shape[1] - 1
    best_cost = np.full((days, groups), INFINITE)
    best_kind = np.zeros((days, groups), np.int64)
    for d in range(days):
        for s in range(kinds):
            g = group_of[s]
            if cost[d, s] < best_cost[d, g]:
                best_cost[d, g] = cost[d, s]
                best_kind[d, g] = s
    return best_cost, best_kind


@njit(cache=True, nogil=True)
def runs_of(
    mode: int, day: int, max_work: int, min_work: int, min_off: int, edge_free: bool
) -> tuple[int, int, bool, bool, int]:
    """Return a mode's last class (−1 off), days on in a row, and what may follow: rest, work, mode off."""
    is_off = mode < min_off
    run = mode + 1 if is_off else (mode - min_off) % max_work + 1
    last = -1 if is_off else (mode - min_off) // max_work
    # A run that fills the horizon so far touches its open edge and need not reach its minimum.
    excused = edge_free and (run == day or day == 0)
    may_rest = is_off or run >= min_work or excused
    may_work = (run >= min_off or excused) if is_off else run < max_work
    off_mode = min(run, min_off - 1) if is_off and not (edge_free and day == 0) else 0
    return last, (0 if is_off else run), may_rest, may_work, off_mode


@njit(cache=True, nogil=True)
def _advance(
    value: Floats,
    after: Floats,
    came: Ints,
    best_cost: Floats,
    off_cost: float,
    day: int,
    reach: int,
    weekend_part: int,
    groups: tuple[Ints, Ints, Ints],
    may_follow: Bools,
    limits: tuple[int, int, int, int, int, int],
    edge_free: bool,
    scarce_limits: Ints,
    strides: Ints,
    parts: tuple[Ints, Ints, Ints],
    shape: tuple[int, int, int],
) -> None:
    """Carry the values of one day's states (modes × resources) over to the next day's."""
    group_class, group_units, group_scarce = groups
    max_work, min_work, min_off, max_weekends, min_units, max_units = limits
    weekend_of, minute_of, count_of = parts
    weekends, minutes, counts = shape
    number = group_class.shape[0]
    open_groups = np.empty(number, np.int64)
    after[:, :] = INFINITE
    for mode in range(value.shape[0]):
        last, run, may_rest, may_work, off_mode = runs_of(mode, day, max_work, min_work, min_off, edge_free)
        may_rest = may_rest and off_cost < INFINITE
        counted = max_weekends >= 0 and (weekend_part == 1 or (weekend_part == 2 and last < 0))
        ways = 0
        for g in range(number):
            if may_work and best_cost[g] < INFINITE and (last < 0 or may_follow[last, g]):
                open_groups[ways] = g
                ways += 1
        for r in range(value.shape[1]):
            v = value[mode, r]
            if v >= INFINITE:
                continue
            m = minute_of[r]
            if may_rest and m + reach >= min_units and v + off_cost < after[off_mode, r]:
                after[off_mode, r] = v + off_cost
                came[off_mode, r] = mode * (number + 1) + number
            w = weekend_of[r] + (1 if counted else 0)
            if w >= weekends:
                continue
            for way in range(ways):
                g = open_groups[way]
                nm = m + group_units[g]
                if nm > max_units or nm + reach < min_units:
                    continue
                c = count_of[r]
                k = group_scarce[g]
                if k >= 0:
                    if (c // strides[k]) % (scarce_limits[k] + 1) >= scarce_limits[k]:
                        continue
                    c += strides[k]
                to_mode = min_off + group_class[g] * max_work + run
                to = (w * minutes + nm) * counts + c
                if v + best_cost[g] < after[to_mode, to]:
                    after[to_mode, to] = v + best_cost[g]
                    came[to_mode, to] = mode * (number + 1) + g


@njit(cache=True, nogil=True)
def _trace(
    came: Ints,
    best_kind: Ints,
    weekend_part: Ints,
    at_mode: int,
    at: int,
    groups: tuple[Ints, Ints, Ints],
    min_off: int,
    max_weekends: int,
    strides: Ints,
    shape: tuple[int, int, int],
    choice: Ints,
) -> None:
    """Write the schedule that led to a last state into ``choice``."""
    _, group_units, group_scarce = groups
    number = group_units.shape[0]
    _, minutes, counts = shape
    for d in range(came.shape[0] - 1, -1, -1):
        code = came[d, at_mode, at]
        g, mode = code % (number + 1), code // (number + 1)
        if g == number:
            choice[d] = -1
        else:
            choice[d] = best_kind[d, g]
            at -= group_units[g] * counts
            if group_scarce[g] >= 0:
                at -= strides[group_scarce[g]]
            if max_weekends >= 0 and (weekend_part[d] == 1 or (weekend_part[d] == 2 and mode < min_off)):
                at -= minutes * counts
        at_mode = mode


@njit(cache=True, nogil=True)
def _cheapest(
    cost: Floats,
    group_of: Ints,
    groups: tuple[Ints, Ints, Ints],
    may_follow: Bools,
    limits: tuple[int, int, int, int, int, int],
    scarce_limits: Ints,
    weekend_part: Ints,
    first_mode: int,
    edge_free: bool,
    choice: Ints,
) -> float:
    """Fill ``choice`` (days; kind or −1 for off) with the cheapest schedule and return its cost.

    ``cost`` is days × (kinds + 1) with ``INFINITE`` where a cell is not allowed. ``groups``: class, units and
    place among the scarce (−1: none) of each group. ``limits``: longest and shortest work, shortest rest,
    weekends (< 0: not counted), least and most units. ``weekend_part``: 0 a weekday, 1 the first and 2 a
    later day of a weekend.
    """
    max_work, _, min_off, max_weekends, min_units, max_units = limits
    days, number = cost.shape[0], groups[0].shape[0]
    strides = np.ones(scarce_limits.shape[0] + 1, np.int64)
    for k in range(scarce_limits.shape[0]):
        strides[k + 1] = strides[k] * (scarce_limits[k] + 1)
    minutes, counts = max_units + 1, strides[-1]
    shape = (max(max_weekends, 0) + 1, minutes, counts)
    every = np.arange(shape[0] * minutes * counts)
    parts = (every // counts // minutes, every // counts % minutes, every % counts)
    best_cost, best_kind = _best_of_groups(cost, group_of, number)
    longest = 0
    for g in range(number):
        longest = max(longest, groups[1][g])
    value = np.full((min_off + may_follow.shape[0] * max_work, len(every)), INFINITE)
    after = np.empty_like(value)
    came = np.empty((days, value.shape[0], value.shape[1]), np.int32)
    value[first_mode, 0] = 0.0
    cycle = max_work + min_off
    for d in range(days):
        left = days - 1 - d
        # What the days left can still add: max_work days in every max_work + min_off.
        reach = ((left // cycle) * max_work + min(left % cycle, max_work)) * longest
        _advance(
            value, after, came[d], best_cost[d], cost[d, -1], d, reach, weekend_part[d], groups, may_follow,
            limits, edge_free, scarce_limits, strides, parts, shape,
        )  # fmt: skip
        value, after = after, value
    best, at_mode, at = INFINITE, -1, -1
    for mode in range(value.shape[0]):
        for r in range(value.shape[1]):
            if value[mode, r] < best and parts[1][r] >= min_units:
                best, at_mode, at = value[mode, r], mode, r
    if at_mode >= 0:
        _trace(
            came, best_kind, weekend_part, at_mode, at, groups, min_off, max_weekends, strides, shape, choice
        )
    return best


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
        return _cheapest(
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
