"""The rule of dispatch as one table: per area, the posts to ask in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray
from jingwu.engines.response.facts import DispatchKind, SimulationCase, TravelModel


@dataclass(frozen=True, eq=False)
class Candidates:
    """Per area the posts to ask, nearest or most preferred first.

    ``posts``: shape (areas, posts), −1 pads. ``is_aid``: same shape, True where asking is mutual aid.
    ``minutes``: shape (posts, areas); zeros where travel follows the square-root law.
    """

    posts: IntArray
    is_aid: BoolArray
    minutes: FloatArray


def candidates_of(case: SimulationCase) -> Candidates:
    """Return the table of posts to ask for ``case``; unreachable posts are left out."""
    areas, posts = len(case.areas), len(case.posts)
    rule = case.dispatch
    minutes = case.travel.minutes if isinstance(case.travel, TravelModel) else np.zeros((posts, areas))
    table = np.full((areas, posts), -1, dtype=np.int64)
    is_aid = np.zeros((areas, posts), dtype=np.bool_)
    allowed = np.ones((areas, posts), dtype=np.bool_) if rule.aid_allowed is None else rule.aid_allowed
    for i in range(areas):
        if rule.kind is DispatchKind.PREFERENCE:
            assert rule.preferences is not None
            wanted = [int(j) for j in rule.preferences[i] if j >= 0]
        else:
            wanted = [int(j) for j in np.argsort(minutes[:, i], kind="stable")]
        if rule.kind in (DispatchKind.OWN_ONLY, DispatchKind.OWN_FIRST):
            assert rule.own is not None
            own = [j for j in wanted if rule.own[i, j]]
            aid = [j for j in wanted if not rule.own[i, j] and allowed[i, j]]
            aid = [j for j in aid if minutes[j, i] <= rule.aid_travel_minutes_max]
            wanted = own if rule.kind is DispatchKind.OWN_ONLY else own + aid
            helpers = set(aid)
        else:
            helpers = set()
        wanted = [j for j in wanted if np.isfinite(minutes[j, i])]
        table[i, : len(wanted)] = wanted
        is_aid[i, : len(wanted)] = [j in helpers for j in wanted]
    return Candidates(posts=table, is_aid=is_aid, minutes=np.ascontiguousarray(minutes))
