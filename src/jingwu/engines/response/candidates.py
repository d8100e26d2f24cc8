"""The rule of dispatch as one table: per area, the posts to ask in order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from jingwu.engines.response.arrays import HOURS_PER_WEEK, BoolArray, FloatArray, IntArray
from jingwu.engines.response.facts import DispatchKind, SimulationCase, TravelModel


@dataclass(frozen=True, eq=False)
class Candidates:
    """Per area the posts to ask, nearest or most preferred first.

    ``posts``: shape (areas, posts), −1 pads. ``is_aid``: same shape, True where asking is mutual aid.
    ``is_spare``: same shape, True where the post may be asked as a stand-in alone. ``stand_in``: shape
    (areas, 168), the post that is the area's own while its office is closed, −1 = none needed or allowed.
    ``minutes``: shape (posts, areas); zeros where travel follows the square-root law.
    """

    posts: IntArray
    is_aid: BoolArray
    is_spare: BoolArray
    stand_in: IntArray
    minutes: FloatArray

    def at(self, hour: int) -> Candidates:
        """Return the table of one hour of the week: stand-ins that are not needed are left out."""
        if not self.is_spare.any():
            return self
        idle = self.is_spare & (self.posts != self.stand_in[:, hour, None])
        return replace(self, posts=np.where(idle, -1, self.posts))


def candidates_of(case: SimulationCase) -> Candidates:
    """Return the table of posts to ask for ``case``; unreachable posts are left out."""
    areas, posts = len(case.areas), len(case.posts)
    rule = case.dispatch
    minutes = case.travel.minutes if isinstance(case.travel, TravelModel) else np.zeros((posts, areas))
    table = np.full((areas, posts), -1, dtype=np.int64)
    is_aid = np.zeros((areas, posts), dtype=np.bool_)
    is_spare = np.zeros((areas, posts), dtype=np.bool_)
    allowed = np.ones((areas, posts), dtype=np.bool_) if rule.aid_allowed is None else rule.aid_allowed
    if rule.kind is DispatchKind.PREFERENCE:
        assert rule.preferences is not None
        order = rule.preferences
    else:
        order = np.argsort(minutes, axis=0, kind="stable").T
    reached = np.isfinite(minutes)
    for i in range(areas):
        row = order[i][order[i] >= 0]
        wanted = row[reached[row, i]].tolist()
        if rule.kind in (DispatchKind.OWN_ONLY, DispatchKind.OWN_FIRST):
            assert rule.own is not None
            own = [j for j in wanted if rule.own[i, j]]
            aid = [j for j in wanted if not rule.own[i, j] and allowed[i, j]]
            aid = [j for j in aid if minutes[j, i] <= rule.aid_travel_minutes_max]
            if rule.kind is DispatchKind.OWN_ONLY:
                aid = []
            rest = [j for j in wanted if j not in {*own, *aid}] if rule.stand_in else []
            wanted, helpers, spare = own + aid + rest, set(aid), set(rest)
        else:
            helpers, spare = set(), set()
        table[i, : len(wanted)] = wanted
        if helpers or spare:
            is_aid[i, : len(wanted)] = [j in helpers for j in wanted]
            is_spare[i, : len(wanted)] = [j in spare for j in wanted]
    return Candidates(
        posts=table,
        is_aid=is_aid,
        is_spare=is_spare,
        stand_in=_stand_ins(case, minutes),
        minutes=np.ascontiguousarray(minutes),
    )


def _stand_ins(case: SimulationCase, minutes: FloatArray) -> IntArray:
    """Return the nearest staffed post by area and hour (areas, 168), −1 where the own office is open."""
    rule = case.dispatch
    found = np.full((len(case.areas), HOURS_PER_WEEK), -1, dtype=np.int64)
    if not rule.stand_in:
        return found
    assert rule.own is not None
    staffed = case.schedule.crews > 0
    for hour in range(HOURS_PER_WEEK):
        closed = ~(rule.own & staffed[None, :, hour]).any(axis=1)
        way = np.where(staffed[:, hour, None], minutes, np.inf)
        nearest = way.argmin(axis=0)
        near = np.isfinite(way[nearest, np.arange(len(case.areas))])
        found[closed & near, hour] = nearest[closed & near]
    return found
