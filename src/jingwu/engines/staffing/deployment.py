"""Where and when crews are on duty: tours placed over offices and hours so that most calls are answered
in time.

A call from beat b is answered when at least one crew that reaches it is free. Crews count as independent,
each busy a share q of its time (Daskin 1983); a crew of office o reaches the share ``reach[o, b]`` of the
beat in
time. The part answered in hour h, 1 - Π(1 - (1-q)·reach), is monotone and submodular in the crews placed, so
that
the greedy choice is within 1 - 1/e of the best (Nemhauser, Wolsey & Fisher 1978); exchanges then polish it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jingwu.engines.staffing.facts import HOURS_PER_WEEK, FloatArray, IntArray, whole
from jingwu.engines.staffing.tours import TourSet

_GAIN_NOISE = 1e-9


@dataclass(frozen=True)
class DeploymentCase:
    """Calls and reach: ``reach`` (offices, beats) in [0, 1], ``calls_per_hour`` (beats, 168),
    ``busy_share`` (168)."""

    offices: tuple[str, ...]
    reach: FloatArray
    calls_per_hour: FloatArray
    busy_share: FloatArray

    def __post_init__(self) -> None:
        beats = self.reach.shape[1]
        if self.reach.shape != (len(self.offices), beats) or self.calls_per_hour.shape != (
            beats,
            HOURS_PER_WEEK,
        ):
            raise ValueError("reach must be (offices, beats) and calls_per_hour (beats, 168)")
        if (
            self.busy_share.shape != (HOURS_PER_WEEK,)
            or np.any(self.busy_share < 0)
            or np.any(self.busy_share >= 1)
        ):
            raise ValueError("busy_share must be (168,) in [0, 1)")
        if np.any(self.reach < 0) or np.any(self.reach > 1) or np.any(self.calls_per_hour < 0):
            raise ValueError("reach must be in [0, 1] and calls_per_hour >= 0")


@dataclass(frozen=True)
class Deployment:
    """Tours worked per office (indices into the tour set), crews on duty (offices, 168), calls answered a
    week."""

    offices: tuple[str, ...]
    tours: tuple[tuple[int, ...], ...]
    crews: IntArray
    answered_per_week: float
    calls_per_week: float


class _State:
    """Crews placed so far, the share of every beat and hour still unanswered, what one more crew would
    add."""

    def __init__(self, case: DeploymentCase, tour_set: TourSet) -> None:
        self.case, self.tour_set = case, tour_set
        self.free = 1.0 - case.busy_share
        # Log space lets a crew be taken away again without division by zero.
        answered = np.minimum(case.reach[:, :, None] * self.free[None, None, :], 1.0 - 1e-12)
        self.log_miss = np.log1p(-answered)  # (offices, beats, 168)
        self.log_open = np.zeros(case.calls_per_hour.shape)
        self.crews = np.zeros((len(case.offices), HOURS_PER_WEEK), dtype=np.int64)
        self.hours_on = [np.flatnonzero(row) for row in tour_set.cover]
        self.gain = (case.reach @ case.calls_per_hour) * self.free
        """Calls an hour that one more crew of each office would answer, (offices, 168)."""

    def place(self, office: int, tour: int, sign: int = 1) -> None:
        """Put a crew of ``office`` on ``tour`` (or take it off with ``sign`` -1)."""
        on = self.hours_on[tour]
        self.log_open[:, on] += sign * self.log_miss[office][:, on]
        self.crews[office, on] += sign
        waiting = self.case.calls_per_hour[:, on] * np.exp(self.log_open[:, on])
        self.gain[:, on] = (self.case.reach @ waiting) * self.free[on]

    def thin_hours(self, fewest: int) -> FloatArray:
        """Return a weight, above any gain, for the hours (168,) in which the district has too few crews."""
        if fewest <= 0:
            return np.zeros(HOURS_PER_WEEK)
        thin = self.crews.sum(axis=0) < fewest
        return np.asarray(thin * (1.0 + float(self.case.calls_per_hour.sum())))

    def answered_per_week(self) -> float:
        """Return the calls a week answered in time."""
        return float((self.case.calls_per_hour * -np.expm1(self.log_open)).sum())


def place_tours(
    case: DeploymentCase,
    tour_set: TourSet,
    tours_per_office: IntArray,
    *,
    fewest_on_duty: int = 0,
    passes: int = 3,
) -> Deployment:
    """Choose the tours of every office, given how many crews it has, so that most calls are answered in time.

    ``tours_per_office`` (offices,). ``fewest_on_duty``: crews the whole district has at every hour before
    anything else counts, as far as its tours suffice. Deterministic: ties go to the first office and tour.
    ``passes``
    bounds the rounds of exchange in which every tour in turn is lifted and put back where it now answers
    most.
    """
    state = _State(case, tour_set)
    chosen: list[list[int]] = [[] for _ in case.offices]
    left = np.array(tours_per_office, dtype=np.int64)
    _place_greedily(state, chosen, left, fewest_on_duty)
    for _ in range(passes):
        if not _exchange_once(state, chosen, fewest_on_duty):
            break
    return Deployment(
        case.offices,
        tuple(tuple(sorted(tours)) for tours in chosen),
        whole(state.crews),
        state.answered_per_week(),
        float(case.calls_per_hour.sum()),
    )


def _place_greedily(state: _State, chosen: list[list[int]], left: IntArray, fewest: int) -> None:
    cover = state.tour_set.cover
    while left.sum() > 0:
        value = (state.gain + state.thin_hours(fewest)) @ cover.T
        value[left <= 0] = -1.0
        office, tour = np.unravel_index(int(np.argmax(value)), value.shape)
        state.place(int(office), int(tour))
        chosen[int(office)].append(int(tour))
        left[office] -= 1


def _exchange_once(state: _State, chosen: list[list[int]], fewest: int) -> bool:
    cover = state.tour_set.cover
    changed = False
    for office, tours in enumerate(chosen):
        for position, tour in enumerate(tours):
            state.place(office, tour, -1)
            value = cover @ (state.gain[office] + state.thin_hours(fewest))
            best = int(np.argmax(value))
            if value[best] > value[tour] + _GAIN_NOISE:
                tours[position] = best
                changed = True
            state.place(office, tours[position])
    return changed


def crew_gains(case: DeploymentCase, tour_set: TourSet, most_per_office: int, total: int) -> FloatArray:
    """Return the calls a week that the first, second, … crew of every office adds, (offices,
    most_per_office).

    Read off the greedy order: each row is non-increasing, as the allocation asks. Crews beyond the ``total``
    that the greedy choice places are valued by what one more of them would add then, halved for every further
    one.
    """
    state = _State(case, tour_set)
    gains = np.zeros((len(case.offices), most_per_office))
    placed = np.zeros(len(case.offices), dtype=np.int64)
    for _ in range(min(total, most_per_office * len(case.offices))):
        value = state.gain @ tour_set.cover.T
        value[placed >= most_per_office] = -1.0
        best, tour = divmod(int(np.argmax(value)), value.shape[1])
        gains[best, placed[best]] = value[best, tour]
        state.place(best, tour)
        placed[best] += 1
    rest = (state.gain @ tour_set.cover.T).max(axis=1)
    for office, count in enumerate(placed.tolist()):
        for extra in range(int(count), most_per_office):
            gains[office, extra] = rest[office] * 0.5 ** (extra - int(count))
    return np.minimum.accumulate(gains, axis=1)


def grow_tours(
    case: DeploymentCase, tour_set: TourSet, tours: tuple[tuple[int, ...], ...]
) -> Iterator[tuple[int, int]]:
    """Yield without end the next (office, tour) that answers most, on top of ``tours`` and those yielded
    before."""
    state = _State(case, tour_set)
    for office, own in enumerate(tours):
        for tour in own:
            state.place(office, tour)
    while True:
        value = state.gain @ tour_set.cover.T
        office, tour = divmod(int(np.argmax(value)), value.shape[1])
        state.place(office, tour)
        yield office, tour
