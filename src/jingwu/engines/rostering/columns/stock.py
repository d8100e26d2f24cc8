"""All schedules that a roster below a limit can use: priced by looking through them, not by a programme.

Where a node's bound lies close below the limit, the schedules whose reduced cost is within the gap are few
enough to be written down. From there on they take the place of the pricer, and every bound that rises thins
them further.

Source: enumeration within the gap (Baldacci, Christofides & Mingozzi 2008), for schedules instead of routes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from jingwu.engines.rostering.columns.core import Core
from jingwu.engines.rostering.columns.programme import INFINITE, Floats, Ints, Schedules

HAIR = 1e-6
"""Reduced cost beyond the gap at which a schedule is kept all the same."""


@njit(cache=True, nogil=True)
def reduced_costs(costs: Floats, people: Ints, schedules: Schedules) -> tuple[Floats, Floats, Ints]:
    """Return the cost of every schedule, and each person's least (INFINITE: none) and its row (−1).

    ``costs`` is people × days × (kinds + 1); ``people`` and ``schedules`` (rows × days) say whose a row is
    and what it takes, a day off as −1 or ``kinds``.
    """
    days = schedules.shape[1]
    reduced = np.empty(schedules.shape[0])
    least = np.full(costs.shape[0], INFINITE)
    at = np.full(costs.shape[0], -1)
    for row in range(schedules.shape[0]):
        person = people[row]
        value = 0.0
        for day in range(days):
            value += costs[person, day, schedules[row, day]]
        if value > INFINITE / 2:
            value = INFINITE
        reduced[row] = value
        if value < least[person]:
            least[person] = value
            at[person] = row
    return reduced, least, at


@dataclass(frozen=True)
class Stock:
    """Schedules (rows × days, off as ``kinds``) and whose each is, as a place among the members."""

    people: Ints
    schedules: Schedules

    @classmethod
    def within(
        cls, core: Core, members: Sequence[int], costs: Floats, limits: Floats, most: int
    ) -> Stock | None:
        """Return all schedules of the members whose cost is at most their limit; None when over ``most``.

        ``costs`` is members × days × (kinds + 1).
        """
        found: list[Schedules] = []
        for place, person in enumerate(members):
            mine = core.pricers[person].below(costs[place], float(limits[place]) + HAIR, most)
            if mine is None:
                return None
            most -= len(mine)
            found.append(mine)
        people = np.repeat(np.arange(len(members)), [len(mine) for mine in found])
        return cls(people, np.concatenate(found))

    def schedule(self, row: int, kinds: int) -> Ints:
        """Return one schedule with −1 for a day off."""
        found = self.schedules[row].astype(np.int64)
        found[found == kinds] = -1
        return found

    def narrowed(self, costs: Floats, worth: float, limit: float) -> tuple[Stock, float]:
        """Return the schedules a roster up to ``limit`` can use, and the bound that shows it.

        ``worth`` is what the duals behind ``costs`` give without the schedules.
        """
        reduced, least, _ = reduced_costs(costs, self.people, self.schedules)
        bound = worth + float(least.sum())
        keep = reduced <= least[self.people] + (limit - bound) + HAIR
        return Stock(self.people[keep], self.schedules[keep]), bound
