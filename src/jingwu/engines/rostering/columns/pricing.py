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
def _cheapest(
    cost: Floats,
    group_of: Ints,
    group_class: Ints,
    group_units: Ints,
    group_scarce: Ints,
    may_follow: Bools,
    max_work: int,
    min_work: int,
    min_off: int,
    max_weekends: int,
    min_units: int,
    max_units: int,
    scarce_limits: Ints,
    weekend_part: Ints,
    first_mode: int,
    edge_free: bool,
    choice: Ints,
) -> float:
    """Fill ``choice`` (days; kind or −1 for off) with the cheapest schedule and return its cost.

    ``cost`` is days × (kinds + 1) with ``INFINITE`` where a cell is not allowed. ``max_weekends`` < 0: not
    counted. ``weekend_part``: 0 a weekday, 1 the first and 2 a later day of a weekend.
    """
    days = cost.shape[0]
    kinds = cost.shape[1] - 1
    groups = group_class.shape[0]
    classes = may_follow.shape[0]
    weekends = max_weekends + 1 if max_weekends >= 0 else 1
    minutes = max_units + 1
    counts = 1
    strides = np.ones(max(1, scarce_limits.shape[0]), np.int64)
    for k in range(scarce_limits.shape[0]):
        strides[k] = counts
        counts *= scarce_limits[k] + 1
    resources = weekends * minutes * counts
    modes = min_off + classes * max_work
    best_kind = np.zeros((days, groups), np.int64)
    best_cost = np.full((days, groups), INFINITE)
    for d in range(days):
        for s in range(kinds):
            g = group_of[s]
            if cost[d, s] < best_cost[d, g]:
                best_cost[d, g] = cost[d, s]
                best_kind[d, g] = s
    longest = 0
    for g in range(groups):
        longest = max(longest, group_units[g])
    # What the days after d can still add: max_work days in every max_work + min_off.
    reach = np.zeros(days + 1, np.int64)
    for left in range(1, days + 1):
        cycle = max_work + min_off
        reach[left] = ((left // cycle) * max_work + min(left % cycle, max_work)) * longest
    count_of = np.empty(resources, np.int32)
    minute_of = np.empty(resources, np.int32)
    weekend_of = np.empty(resources, np.int32)
    for r in range(resources):
        count_of[r] = r % counts
        minute_of[r] = (r // counts) % minutes
        weekend_of[r] = r // counts // minutes
    open_groups = np.empty(groups, np.int64)
    value = np.full((modes, resources), INFINITE)
    after = np.full((modes, resources), INFINITE)
    came = np.empty((days, modes, resources), np.int32)
    value[first_mode, 0] = 0.0
    for d in range(days):
        after[:, :] = INFINITE
        left = reach[days - 1 - d]
        for mode in range(modes):
            is_off = mode < min_off
            run = mode + 1 if is_off else (mode - min_off) % max_work + 1
            last = -1 if is_off else (mode - min_off) // max_work
            # A run that fills the horizon so far touches its edge and need not reach the minimum.
            edge = edge_free and run == d
            start_of_all = edge_free and d == 0
            may_rest = is_off or run >= min_work or edge or start_of_all
            may_work = (not is_off) or run >= min_off or edge or start_of_all
            if not is_off and run >= max_work:
                may_work = False
            off_mode = min(run, min_off - 1) if is_off else 0
            if start_of_all:
                off_mode = 0
            counted = 0
            if weekend_part[d] == 1 or (weekend_part[d] == 2 and is_off):
                counted = 1
            off_cost = cost[d, kinds]
            ways = 0
            for g in range(groups):
                if best_cost[d, g] < INFINITE and (last < 0 or may_follow[last, g]):
                    open_groups[ways] = g
                    ways += 1
            for r in range(resources):
                v = value[mode, r]
                if v >= INFINITE:
                    continue
                c = count_of[r]
                m = minute_of[r]
                w = weekend_of[r]
                if may_rest and off_cost < INFINITE and m + left >= min_units:
                    x = v + off_cost
                    if x < after[off_mode, r]:
                        after[off_mode, r] = x
                        came[d, off_mode, r] = mode * (groups + 1) + groups
                if not may_work:
                    continue
                nw = w
                if max_weekends >= 0 and counted == 1:
                    nw = w + 1
                    if nw >= weekends:
                        continue
                for way in range(ways):
                    g = open_groups[way]
                    b = best_cost[d, g]
                    nm = m + group_units[g]
                    if nm > max_units or nm + left < min_units:
                        continue
                    nc = c
                    k = group_scarce[g]
                    if k >= 0:
                        if (c // strides[k]) % (scarce_limits[k] + 1) >= scarce_limits[k]:
                            continue
                        nc = c + strides[k]
                    nmode = min_off + group_class[g] * max_work + (0 if is_off else run)
                    nr = (nw * minutes + nm) * counts + nc
                    x = v + b
                    if x < after[nmode, nr]:
                        after[nmode, nr] = x
                        came[d, nmode, nr] = mode * (groups + 1) + g
        value, after = after, value
    best = INFINITE
    at_mode = -1
    at = -1
    for mode in range(modes):
        for r in range(resources):
            if value[mode, r] < best and (r // counts) % minutes >= min_units:
                best = value[mode, r]
                at_mode = mode
                at = r
    if at_mode < 0:
        return INFINITE
    for d in range(days - 1, -1, -1):
        code = came[d, at_mode, at]
        g = code % (groups + 1)
        mode = code // (groups + 1)
        if g == groups:
            choice[d] = -1
        else:
            choice[d] = best_kind[d, g]
            c = at % counts
            rest = at // counts
            m = rest % minutes - group_units[g]
            w = rest // minutes
            if max_weekends >= 0 and (weekend_part[d] == 1 or (weekend_part[d] == 2 and mode < min_off)):
                w -= 1
            if group_scarce[g] >= 0:
                c -= strides[group_scarce[g]]
            at = (w * minutes + m) * counts + c
        at_mode = mode
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
        self._group_of = group_of
        self._class = class_of[chosen] if members else np.zeros(0, np.int64)
        self._group_units = self._units[chosen] if members else np.zeros(0, np.int64)
        self._group_scarce = np.array(
            [self.scarce.index(kind) if kind in self.scarce else -1 for kind in members], np.int64
        )
        follow = np.ones((max(1, len(rows)), len(members)), np.bool_)
        for index, kind in enumerate(rows):
            follow[index] = self.succession[kind, chosen]
        self._follow = follow
        self._limits = np.array([self.limits.max_counts[kind] for kind in self.scarce], np.int64)
        self._first_mode = self._start(class_of)

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
            self._group_of,
            self._class,
            self._group_units,
            self._group_scarce,
            self._follow,
            limits.max_work,
            limits.min_work,
            limits.min_off,
            limits.max_weekends,
            self._min_units,
            self._max_units,
            self._limits,
            self.weekend_part,
            self._first_mode,
            not limits.history,
            choice,
        )

    def _states(self) -> int:
        """Return the size of one layer of the dynamic programme."""
        limits = self.limits
        modes = limits.min_off + self._follow.shape[0] * limits.max_work
        return (
            modes * max(1, limits.max_weekends + 1) * (self._max_units + 1) * int(np.prod(self._limits + 1))
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
