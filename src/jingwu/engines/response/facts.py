"""What the response engine is told: demand, travel, crews, times on scene, and the rule of dispatch.

Index conventions, everywhere: area ``i``, post ``j``, priority ``k`` (position in ``priorities``, most
urgent first), category ``g``, hour of the week ``h`` (0 = Monday 00:00–01:00 … 167). Minutes for durations,
calls per hour for rates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from jingwu.engines.response.arrays import (
    HOURS_PER_WEEK,
    BoolArray,
    FloatArray,
    IntArray,
    frozen,
    refuse_bad_numbers,
)
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True, eq=False)
class DemandModel:
    """Calls per hour by area, priority and hour of the week, and how far days stray from them.

    ``calls_per_hour``: shape (areas, priorities, 168). ``day_dispersion``: variance of the day's common
    factor (gamma, mean 1), so that a day's count has variance mean + day_dispersion·mean²; 0 is Poisson.
    ``cell_dispersion``: the same for one area and one hour alone, for forecast intervals.
    Raises: BadInput for NaN or negative rates.
    """

    areas: tuple[str, ...]
    priorities: tuple[int, ...]
    calls_per_hour: FloatArray
    day_dispersion: float = 0.0
    cell_dispersion: float = 0.0

    def __post_init__(self) -> None:
        shape = (len(self.areas), len(self.priorities), HOURS_PER_WEEK)
        rates = frozen(self, "calls_per_hour", np.float64, shape)
        refuse_bad_numbers(rates, "response.demand_bad", "需求率", "demand rates")
        if list(self.priorities) != sorted(set(self.priorities)):
            raise ValueError("priorities must ascend, most urgent first")
        if not (self.day_dispersion >= 0 and self.cell_dispersion >= 0):
            raise ValueError("a dispersion is at least 0")

    @property
    def calls_per_week(self) -> float:
        """Return the expected number of calls in one week."""
        return float(self.calls_per_hour.sum())


@dataclass(frozen=True, eq=False)
class CallList:
    """Calls that really happened, to be replayed: one entry per call, ordered by time.

    ``arrival_minutes``: minutes since a Monday 00:00. ``category_index`` may be None (all category 0).
    ``on_scene_minutes`` may be None or hold NaN, ``crews_required`` may be None or hold 0: drawn then.
    """

    areas: tuple[str, ...]
    priorities: tuple[int, ...]
    arrival_minutes: FloatArray
    area_index: IntArray
    priority_index: IntArray
    category_index: IntArray | None = None
    on_scene_minutes: FloatArray | None = None
    crews_required: IntArray | None = None

    def __post_init__(self) -> None:
        shape = (len(self.arrival_minutes),)
        arrivals = frozen(self, "arrival_minutes", np.float64, shape)
        refuse_bad_numbers(arrivals, "response.calls_bad_time", "来电时间", "call times")
        if np.any(np.diff(arrivals) < 0):
            raise ValueError("calls must be ordered by time")
        for name, bound in (("area_index", len(self.areas)), ("priority_index", len(self.priorities))):
            index = frozen(self, name, np.int64, shape)
            if index.size and not (index.min() >= 0 and index.max() < bound):
                raise ValueError(f"{name} out of range")
        if self.category_index is None:
            object.__setattr__(self, "category_index", np.zeros(shape, dtype=np.int64))
        frozen(self, "category_index", np.int64, shape)
        if self.on_scene_minutes is None:
            object.__setattr__(self, "on_scene_minutes", np.full(shape, np.nan))
        on_scene = frozen(self, "on_scene_minutes", np.float64, shape)
        if np.any(on_scene < 0):
            raise ValueError("on_scene_minutes must not be negative; clean the chains first")
        if self.crews_required is None:
            object.__setattr__(self, "crews_required", np.zeros(shape, dtype=np.int64))
        required = frozen(self, "crews_required", np.int64, shape)
        if np.any((required < 0) | (required > 2)):
            raise ValueError("crews_required is 0 (drawn), 1 or 2")


@dataclass(frozen=True, eq=False)
class TravelModel:
    """Minutes from every post to every area, and how the speed changes over the week.

    ``minutes``: shape (posts, areas) at speed factor 1; infinity = no way there. ``speed_factor``: shape
    (168,), minutes are divided by it (0.8 = a slow hour). ``access_minutes``: parking and finding the door,
    added to every way and no faster at night. ``spread_share``: how far single ways stray from the mean
    (standard deviation ÷ mean of a lognormal factor of mean 1; 0 = not at all).
    Raises: BadInput for NaN or negative minutes and for speeds that are not positive.
    """

    posts: tuple[str, ...]
    areas: tuple[str, ...]
    minutes: FloatArray
    speed_factor: FloatArray = field(default_factory=lambda: np.ones(HOURS_PER_WEEK))
    access_minutes: float = 0.0
    spread_share: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.access_minutes < np.inf and 0 <= self.spread_share < np.inf):
            raise ValueError("access_minutes and spread_share must not be negative")
        minutes = frozen(self, "minutes", np.float64, (len(self.posts), len(self.areas)))
        refuse_bad_numbers(minutes, "response.travel_nan", "行车时间", "travel minutes", allow_infinite=True)
        factor = frozen(self, "speed_factor", np.float64, (HOURS_PER_WEEK,))
        if not (np.all(np.isfinite(factor)) and np.all(factor > 0)):
            raise BadInput(
                "response.speed_bad",
                "每小时的车速系数必须是正数。",
                "The speed factor of every hour must be a positive number.",
            )

    def way_factor(self, even: FloatArray) -> FloatArray:
        """Return the factor of single ways at ``even`` (shares in (0, 1)): lognormal, mean 1."""
        from scipy.special import ndtri

        spread = np.sqrt(np.log1p(self.spread_share**2))
        return np.asarray(np.exp(spread * ndtri(even) - spread**2 / 2.0))


@dataclass(frozen=True)
class SquareRootLaw:
    """Mean travel when ``n`` crews are free in the region: (k / v)·√(A / n) minutes.

    Around the mean the time is Rayleigh-distributed, as the distance to the nearest of randomly scattered
    crews is. ``k`` ≈ 0.5 for straight lines, 0.63 for a street grid.
    Source: Kolesar & Blum (1973), Square root laws for fire engine response distances.
    """

    k: float
    speed_km_per_hour: float
    area_km2: float

    def __post_init__(self) -> None:
        if not (self.k > 0 and self.speed_km_per_hour > 0 and self.area_km2 > 0):
            raise ValueError("k, speed and area must be positive")

    def mean_minutes(self, free: float) -> float:
        """Return the mean travel minutes with ``free`` crews to choose from (at least 1)."""
        return 60.0 * self.k / self.speed_km_per_hour * float(np.sqrt(self.area_km2 / max(free, 1.0)))


@dataclass(frozen=True, eq=False)
class CrewSchedule:
    """Crews on duty by post and hour of the week: integers, shape (posts, 168)."""

    posts: tuple[str, ...]
    crews: IntArray

    def __post_init__(self) -> None:
        crews = frozen(self, "crews", np.int64, (len(self.posts), HOURS_PER_WEEK))
        if np.any(crews < 0):
            raise ValueError("crews must not be negative")

    @property
    def crew_hours_per_week(self) -> int:
        """Return the crew hours of one week."""
        return int(self.crews.sum())


class DurationFamily(StrEnum):
    """How single durations scatter around their mean."""

    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"
    FIXED = "fixed"
    EMPIRICAL = "empirical"


@dataclass(frozen=True, eq=False)
class DurationModel:
    """A duration by priority and category: minutes, shape (priorities, categories).

    ``sd_minutes`` is used by the lognormal family alone. ``samples`` (empirical family) holds one ascending
    array of minutes per priority and category, flattened priority by priority; drawn by inverse transform.
    """

    family: DurationFamily
    mean_minutes: FloatArray
    sd_minutes: FloatArray | None = None
    samples: tuple[FloatArray, ...] = ()

    def __post_init__(self) -> None:
        shape = np.shape(self.mean_minutes)
        if len(shape) != 2:
            raise ValueError("mean_minutes must have shape (priorities, categories)")
        if self.family is DurationFamily.EMPIRICAL:
            if len(self.samples) != shape[0] * shape[1] or any(s.size == 0 for s in self.samples):
                raise ValueError("the empirical family needs a non-empty sample per priority and category")
            for sample in self.samples:
                refuse_bad_numbers(sample, "response.sample_bad", "样本时长", "sampled durations")
            ordered = tuple(np.sort(np.asarray(s, dtype=np.float64)) for s in self.samples)
            object.__setattr__(self, "samples", ordered)
            means = np.array([s.mean() for s in ordered]).reshape(shape)
            object.__setattr__(self, "mean_minutes", means)
        mean = frozen(self, "mean_minutes", np.float64, shape)
        refuse_bad_numbers(mean, "response.duration_bad", "时长", "durations")
        if self.sd_minutes is None:
            object.__setattr__(self, "sd_minutes", np.zeros(shape))
        sd = frozen(self, "sd_minutes", np.float64, shape)
        refuse_bad_numbers(sd, "response.duration_bad", "时长标准差", "standard deviations of durations")

    @staticmethod
    def fixed(minutes: float, priorities: int, categories: int = 1) -> DurationModel:
        """Return the same constant duration for every priority and category."""
        return DurationModel(DurationFamily.FIXED, np.full((priorities, categories), float(minutes)))


class DispatchKind(StrEnum):
    """In which order posts are asked for a crew."""

    OWN_ONLY = "own_only"  # crews of the area's own office, or wait
    OWN_FIRST = "own_first"  # own office; when all busy, mutual aid from the nearest permitted
    NEAREST = "nearest"  # the nearest free crew whatever its office: offices share one dispatch
    PREFERENCE = "preference"  # a fixed list of posts per area


@dataclass(frozen=True, eq=False)
class DispatchRule:
    """Who is sent: order of posts, and the limits of mutual aid between offices.

    ``own``: shape (areas, posts), True where the post belongs to the area's own office (OWN_ONLY, OWN_FIRST).
    ``preferences``: shape (areas, depth) of post indices, −1 = list ends (PREFERENCE).
    Mutual aid reaches a call when its priority is at most ``aid_priority_at_most``, the helping post keeps
    ``aid_reserve_crews`` free crews at home, and the way takes at most ``aid_travel_minutes_max``.
    ``aid_allowed``: shape (areas, posts); None = every other office may help.
    ``stand_in``: while an area's own office has nobody on duty, the nearest post with somebody is its own
    (OWN_ONLY, OWN_FIRST). ``aid_wait_minutes``: aid is asked for only after a call waited so long, except
    for priorities of at most ``aid_at_once_priority_at_most``.
    """

    kind: DispatchKind
    own: BoolArray | None = None
    preferences: IntArray | None = None
    aid_allowed: BoolArray | None = None
    aid_priority_at_most: int | None = None
    aid_reserve_crews: int = 0
    aid_travel_minutes_max: float = np.inf
    stand_in: bool = False
    aid_wait_minutes: float = 0.0
    aid_at_once_priority_at_most: int | None = None

    def __post_init__(self) -> None:
        if self.stand_in and self.kind not in (DispatchKind.OWN_ONLY, DispatchKind.OWN_FIRST):
            raise ValueError("a stand-in is for an own office: OWN_ONLY or OWN_FIRST")
        if not 0 <= self.aid_wait_minutes < np.inf:
            raise ValueError("aid_wait_minutes must be finite and not negative")
        if self.kind in (DispatchKind.OWN_ONLY, DispatchKind.OWN_FIRST) and self.own is None:
            raise ValueError(f"{self.kind} needs own")
        if self.kind is DispatchKind.PREFERENCE and self.preferences is None:
            raise ValueError("PREFERENCE needs preferences")
        if self.aid_reserve_crews < 0 or not self.aid_travel_minutes_max >= 0:
            raise ValueError("the limits of mutual aid must not be negative")
        for name, dtype in (("own", np.bool_), ("preferences", np.int64), ("aid_allowed", np.bool_)):
            if (value := getattr(self, name)) is not None:
                frozen(self, name, dtype, np.shape(value))


class TwoCrewStart(StrEnum):
    """When a call that needs two crews begins."""

    TOGETHER = "together"  # waits until two crews are free (Green 1980, 1984)
    FIRST_GOES = "first_goes"  # the first free crew goes at once, the second follows when one is free


@dataclass(frozen=True, eq=False)
class SimulationCase:
    """Everything a simulated (or approximated) district needs.

    ``category_share``: shape (priorities, categories), rows sum to 1; None = one category.
    ``two_crew_share``: per priority, share of calls needing two crews. ``service_includes_travel``: the
    drawn on-scene minutes are the whole time a crew is bound, as the classic queueing models have it.
    ``thresholds_minutes``: the T of every reported P(response ≤ T); a norm's number, hence no default.
    ``warm_up_hours`` are simulated before the first reported week and not counted.
    Raises: BadInput for zero demand, areas no post can reach, and a week without any crew.
    """

    posts: tuple[str, ...]
    areas: tuple[str, ...]
    demand: DemandModel | CallList
    travel: TravelModel | SquareRootLaw
    schedule: CrewSchedule
    on_scene: DurationModel
    dispatch: DispatchRule
    thresholds_minutes: tuple[float, ...]
    call_handling: DurationModel | None = None
    turnout: DurationModel | None = None
    category_share: FloatArray | None = None
    two_crew_share: tuple[float, ...] | None = None
    two_crew_start: TwoCrewStart = TwoCrewStart.FIRST_GOES
    service_includes_travel: bool = False
    horizon_weeks: int = 1
    warm_up_hours: float = 24.0

    def __post_init__(self) -> None:
        from jingwu.engines.response.checks import check_case  # it reads the very types defined here

        check_case(self)

    @property
    def priorities(self) -> tuple[int, ...]:
        """Return the priorities of the demand, most urgent first."""
        return self.demand.priorities
