"""What the staffing engine is given: offices, beats, people, answer curves, planned work and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from jingwu.engines.staffing.roles import ROLES
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import FundingSource, PersonCategory

HOURS_PER_WEEK = 168  # hour 0 = Monday 00:00-01:00

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def whole(array: npt.ArrayLike) -> IntArray:
    """Return a read-only copy of ``array`` in whole numbers."""
    copy: IntArray = np.array(array, dtype=np.int64)
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True)
class Office:
    """A community police office; ``lon`` and ``lat`` in degrees."""

    code: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Beat:
    """A beat (警格) and its weekly work; ``responsible`` is the officer who holds it today, if known."""

    code: str
    office: str
    weekly_hours: float
    lon: float
    lat: float
    responsible: str | None = None

    def __post_init__(self) -> None:
        if self.weekly_hours < 0:
            raise ValueError(f"beat {self.code}: weekly_hours must be >= 0")


@dataclass(frozen=True)
class Person:
    """Somebody who can hold a post; ``None`` always means 'not known', never 'no'."""

    code: str
    category: PersonCategory
    office: str | None = None
    source: FundingSource | None = None
    age_years: float | None = None
    rank_level: int | None = None
    grassroots_years: float | None = None
    service_months: float | None = None
    police_background: bool | None = None
    skills: frozenset[str] = frozenset()
    certificates: frozenset[str] = frozenset()
    """Certificates valid on the day of the plan."""
    expired_certificates: frozenset[str] = frozenset()
    lon: float | None = None
    lat: float | None = None
    weekly_minutes: int | None = None
    barred_offices: frozenset[str] = frozenset()
    """Recusal: offices where a party or relation keeps the person away."""
    exclusive_roles: frozenset[str] = frozenset()
    """Roles held elsewhere that exclude helping here, such as ``social_supervisor`` (8.04)."""

    def __post_init__(self) -> None:
        if self.age_years is not None and not 18 <= self.age_years <= 120:
            raise ValueError(f"person {self.code}: age {self.age_years} is outside 18-120")


@dataclass(frozen=True)
class AnswerCurve:
    """How many calls an office answers in time with so many crews, hour by hour of the week.

    ``calls_per_hour`` (offices, 168); ``answered_share`` (offices, 168, crews 0..C), non-decreasing in crews.
    """

    offices: tuple[str, ...]
    calls_per_hour: FloatArray
    answered_share: FloatArray

    def __post_init__(self) -> None:
        count = len(self.offices)
        if self.calls_per_hour.shape != (count, HOURS_PER_WEEK):
            raise ValueError("calls_per_hour must be (offices, 168)")
        if self.answered_share.ndim != 3 or self.answered_share.shape[:2] != (count, HOURS_PER_WEEK):
            raise ValueError("answered_share must be (offices, 168, crews)")
        if np.any(np.diff(self.answered_share, axis=2) < -1e-9):
            raise ValueError("answered_share must not fall with more crews")


@dataclass(frozen=True)
class PlannedWork:
    """Work that is not an answer to a call: person-hours a week in one role of one office."""

    office: str
    role: str
    hours_per_week: float
    why_zh: str
    why_en: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"unknown role {self.role}")
        if self.hours_per_week < 0:
            raise ValueError("hours_per_week must be >= 0")


@dataclass(frozen=True)
class ShiftPattern:
    """A week's work as data: shift length, the days of the week it falls on, the hours it may start."""

    code: str
    title_zh: str
    title_en: str
    shift_hours: int
    day_offsets: tuple[int, ...]
    start_hours: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.shift_hours <= 24 or not self.day_offsets or not self.start_hours:
            raise ValueError(f"shift pattern {self.code} is empty or longer than a day")

    @property
    def weekly_minutes(self) -> int:
        """Return the minutes on duty in a week."""
        return self.shift_hours * len(self.day_offsets) * 60


@dataclass(frozen=True)
class AssignmentWeights:
    """What one unit of each consideration costs when people are matched to posts, in points."""

    move_points: float
    distance_points_per_km: float
    skill_miss_points: float
    beat_loss_points: float
    lead_unqualified_points: float
    background_miss_points: float
    max_commute_km: float


@dataclass(frozen=True)
class StaffingParams:
    """Every number of the staffing rules, read from the norms; nothing here has a default with a policy
    meaning."""

    target_minutes: float
    target_share: float
    availability_share: Mapping[PersonCategory, float]
    weekly_minutes: Mapping[PersonCategory, int]
    group_max_aux: int
    lead_min_grassroots_years: float
    lead_min_rank_level: int
    community_min_grassroots_years: float
    recruit_exempt_months: float
    template: Mapping[str, int]
    """Headcount of the sample office by ``officer``, ``auxiliary``, ``grid_worker``, ``volunteer_post``."""
    minimum_posts: Mapping[str, int]
    """Fewest posts per office by role, from the module crews of 3.03-3.13."""
    module_share: Mapping[DutyModule, float]
    mix_share: Mapping[FundingSource, float]
    mix_tolerance_share: float
    age_under_years: float
    age_under_share: float
    tech_post_share: float
    tech_tag_share: float
    minimum_crews: int
    minimum_crew_hours: tuple[int, int]
    limit_tolerance_share: float
    """Where travel alone keeps the target out of reach, the share of the reachable that is asked for."""
    required_certificates: Mapping[str, str]
    """Certificate asked for by role id."""
    insurance_certificates: frozenset[str]
    """Names under which a volunteer's insurance is entered."""
    officer_certificate: str
    social_categories_min: int
    certified_share: float
    patterns: tuple[ShiftPattern, ...]
    weights: AssignmentWeights
    severities: Mapping[str, str] = field(default_factory=dict)
    """Local severity of a rule by its id (norm or goal only; law stays law)."""

    def __post_init__(self) -> None:
        if not 0 < self.target_share <= 1:
            raise ValueError("target_share must be in (0, 1]")
        if abs(sum(self.module_share.values()) - 1) > 1e-6:
            raise ValueError("the module shares must sum to 1")
        if sum(self.mix_share.values()) > 1 + 1e-9:
            raise ValueError("the staffing mix must not exceed 1")
        if self.group_max_aux < 0 or not self.patterns:
            raise ValueError("a plan needs shift patterns and a group size >= 0")
        unknown = set(self.minimum_posts) - set(ROLES)
        if unknown:
            raise ValueError(f"minimum_posts names unknown roles {sorted(unknown)}")
