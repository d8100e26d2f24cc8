"""What the hypercube is told and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from jingwu.engines.response.arrays import FloatArray, IntArray, frozen, refuse_bad_numbers
from jingwu.engines.response.stability import refuse_unstable
from jingwu.terms.refusal import BadInput


class HypercubeMethod(StrEnum):
    """How the workloads were computed."""

    EXACT = "exact"
    APPROXIMATE = "approximate"


@dataclass(frozen=True, eq=False)
class HypercubeModel:
    """A spatial queue in its steady state.

    ``calls_per_hour``: shape (areas,). ``preferences``: shape (areas, depth), posts in the order they are
    asked, −1 where a list ends. ``crews``: shape (posts,). ``service_minutes``: mean time bound per call,
    shape (posts,) or (areas, posts). ``queue``: True = calls wait without limit, first come first served by
    whichever crew is free first; False = calls finding nobody free are lost (go elsewhere).
    Raises: BadInput for zero demand, NaN, areas without any post; Unstable for ``queue`` with load ≥ crews.
    """

    calls_per_hour: FloatArray
    preferences: IntArray
    crews: IntArray
    service_minutes: FloatArray
    queue: bool = True

    def __post_init__(self) -> None:
        areas, posts = len(self.calls_per_hour), len(self.crews)
        rates = frozen(self, "calls_per_hour", np.float64, (areas,))
        refuse_bad_numbers(rates, "response.demand_bad", "需求率", "demand rates")
        lists = frozen(self, "preferences", np.int64, (areas, np.shape(self.preferences)[1]))
        crews = frozen(self, "crews", np.int64, (posts,))
        if np.shape(self.service_minutes) == (posts,):
            wide = np.broadcast_to(np.asarray(self.service_minutes, dtype=np.float64), (areas, posts))
            object.__setattr__(self, "service_minutes", wide)
        service = frozen(self, "service_minutes", np.float64, (areas, posts))
        refuse_bad_numbers(service, "response.service_bad", "处置时长", "service times", allow_infinite=True)
        if rates.sum() == 0:
            raise BadInput(
                "response.zero_demand",
                "没有任何警情需求，无法计算工作量。",
                "There is no demand at all, so no workload can be computed.",
            )
        if lists.max(initial=-1) >= posts or crews.min(initial=1) < 1:
            raise ValueError("preferences must name posts, and every post needs at least one crew")
        for row in lists:
            named = row[row >= 0]
            if len(set(named.tolist())) != named.size:
                raise ValueError("a preference list must not name a post twice")
        lost = np.flatnonzero((rates > 0) & (lists[:, 0] < 0))
        if lost.size:
            raise BadInput(
                "response.unreachable_areas",
                f"有 {lost.size} 个区域没有任何可派的警组。",
                f"{lost.size} areas have no crew that may be sent.",
            )
        if self.queue:
            if np.any((lists >= 0).sum(axis=1)[rates > 0] < posts):
                raise ValueError("with a queue every list must name every post: split the district first")
            refuse_unstable(self.load_crews, self.units)

    @property
    def units(self) -> int:
        """Return the number of crews."""
        return int(self.crews.sum())

    @property
    def load_crews(self) -> float:
        """Return the crews kept busy were every call served by the first post on its list."""
        first = self.service_minutes[np.arange(len(self.preferences)), self.preferences[:, 0]]
        return float(self.calls_per_hour @ np.where(np.isfinite(first), first, 0.0)) / 60.0


@dataclass(frozen=True, eq=False)
class HypercubeResult:
    """Steady state. ``workload``: shape (posts,), mean share of time a crew of the post is bound.

    ``dispatch``: shape (areas, posts), probability that a call of the area is served at once by the post.
    ``delayed``: shape (posts,), probability that a call waits and is then served by the post (queue only).
    ``all_busy``: probability that a call finds nobody free. ``mean_wait_minutes`` over all calls.
    """

    method: HypercubeMethod
    workload: FloatArray
    dispatch: FloatArray
    delayed: FloatArray
    all_busy: float
    mean_wait_minutes: float
    iterations: int
    note_zh: str = ""
    note_en: str = ""

    def mean_travel_minutes(self, calls_per_hour: FloatArray, minutes: FloatArray) -> float:
        """Return the mean way of served calls; ``minutes`` has shape (posts, areas)."""
        shares = self.dispatch + self.delayed
        ways = np.where(shares > 0, np.where(shares > 0, minutes.T, 0.0), 0.0)
        return float(calls_per_hour @ (shares * ways).sum(axis=1) / (calls_per_hour @ shares.sum(axis=1)))

    def away_share(self, calls_per_hour: FloatArray, preferences: IntArray) -> float:
        """Return the share of served calls not answered by the first post on their list."""
        shares = self.dispatch + self.delayed
        home = shares[np.arange(len(shares)), preferences[:, 0]]
        return 1.0 - float(calls_per_hour @ home / (calls_per_hour @ shares.sum(axis=1)))
