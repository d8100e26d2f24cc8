"""What the response engine answers: figures with confidence intervals, stored in their four parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from jingwu.engines.response.arrays import FloatArray, IntArray


class Method(StrEnum):
    """Where the figures come from."""

    SIMULATION = "simulation"
    APPROXIMATION = "approximation"
    PHYSICAL_LIMIT = "physical_limit"


@dataclass(frozen=True)
class Estimate:
    """A figure and the half-width of its 95 % confidence interval; None = not estimated by sampling."""

    value: float
    half_width: float | None = None

    def __contains__(self, number: float) -> bool:
        """Return whether ``number`` lies in the interval."""
        return self.half_width is not None and abs(number - self.value) <= self.half_width


@dataclass(frozen=True)
class ResponseFigures:
    """Response of one group of calls. Minutes; NaN where the group had no call.

    Response = call handling + queue wait + turnout + travel, of the first crew to arrive.
    ``within``: (threshold in minutes, share of calls answered within it), in the order of the case.
    ``crew_minutes``: time crews were bound per call (turnout + travel + on scene, over all its crews).
    """

    calls_per_week: float
    mean_minutes: Estimate
    median_minutes: Estimate
    p90_minutes: Estimate
    within: tuple[tuple[float, Estimate], ...]
    call_handling_minutes: Estimate
    queue_wait_minutes: Estimate
    turnout_minutes: Estimate
    travel_minutes: Estimate
    on_scene_minutes: Estimate
    crew_minutes: Estimate
    waited_share: Estimate

    def share_within(self, minutes: float) -> Estimate:
        """Return P(response ≤ ``minutes``) for one of the thresholds of the case.

        Raises: KeyError when the case had no such threshold.
        """
        return dict(self.within)[minutes]


@dataclass(frozen=True, eq=False)
class ResponseReport:
    """Response and workload of a district.

    ``by_hour`` has 168 entries. ``by_post`` groups calls by the post of the first crew.
    ``workload``: shape (posts, 168), bound crew minutes ÷ minutes on duty (0 where nobody is on duty; above 1
    where calls outlast the shift); ``workload_by_post`` is its weighted mean over the week.
    ``aid_share``: share of calls whose first crew came by mutual aid. ``overtime_minutes_per_week``: crew
    minutes bound after the end of the shift. ``unserved_calls_per_week``: calls still waiting when the
    simulation stopped, or that no crew may ever serve.
    """

    method: Method
    overall: ResponseFigures
    by_hour: tuple[ResponseFigures, ...]
    by_priority: Mapping[int, ResponseFigures]
    by_area: Mapping[str, ResponseFigures]
    by_post: Mapping[str, ResponseFigures]
    workload: FloatArray
    workload_by_post: Mapping[str, Estimate]
    aid_share: Estimate
    overtime_minutes_per_week: Estimate
    unserved_calls_per_week: Estimate
    replications: int
    weeks: int
    seed: int
    notes_zh: tuple[str, ...] = ()
    notes_en: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.by_hour) != 168:
            raise ValueError("by_hour needs 168 entries")
        workload = np.array(self.workload, dtype=np.float64)
        workload.setflags(write=False)
        object.__setattr__(self, "workload", workload)


@dataclass(frozen=True, eq=False)
class SimulationTrace:
    """One simulated stretch, call by call, for a replay on the map. Arrays of one entry per call.

    Minutes since the Monday 00:00 the simulation starts from (warm-up included). ``crew`` numbers the crews
    of a post from 0. The second crew's entries are −1 / NaN for calls with one crew.
    """

    arrival_minutes: FloatArray
    area_index: IntArray
    priority_index: IntArray
    category_index: IntArray
    post_index: IntArray
    crew: IntArray
    dispatch_minutes: FloatArray
    arrive_minutes: FloatArray
    clear_minutes: FloatArray
    second_post_index: IntArray
    second_crew: IntArray
    second_dispatch_minutes: FloatArray
    second_arrive_minutes: FloatArray
    second_clear_minutes: FloatArray
