"""Working calendar, and the clocks, check-ins and thresholds of incidents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from jingwu.norms.schemes.team import require
from jingwu.norms.table import Table
from jingwu.terms.incidents import Priority


@dataclass(frozen=True)
class YearDays:
    """One year's notice: days off beyond weekends, and weekend days that are worked."""

    rest: tuple[date, ...]
    worked: tuple[date, ...]

    def __post_init__(self) -> None:
        require(set(self.rest).isdisjoint(self.worked), "a day is both rest and worked")


@dataclass(frozen=True)
class CalendarRules:
    """Opening hours by weekday (1 = Monday … 7) and the days of each year's notice.

    ``fixed_off`` are the month-days (``"10-01"``) taken as off in years without a notice: the fallback.
    """

    opening: Mapping[int, tuple[tuple[time, time], ...]]
    fixed_off: tuple[str, ...]
    zone: str
    years: Mapping[int, YearDays] = field(default_factory=Table)

    def __post_init__(self) -> None:
        require(set(self.opening) == set(range(1, 8)), "every weekday is stated")
        for year, days in self.years.items():
            require(
                all(day.year == year for day in days.rest + days.worked), f"a day of {year} lies outside it"
            )


@dataclass(frozen=True)
class EscalationStep:
    """When a clock has used this share of its time, this role is told."""

    at_share: float
    role: str


@dataclass(frozen=True)
class CandidateWeights:
    """Penalty minutes that rank candidates for a dispatch beside travel time."""

    other_beat: float
    other_office: float
    per_open_task: float
    tired: float
    standby: float


@dataclass(frozen=True)
class DuplicateRules:
    """When two reports look like one: reach in place and time, weights, and the least score."""

    radius_metres: float
    window_minutes: float
    place_weight: float
    time_weight: float
    text_weight: float
    min_score: float

    def __post_init__(self) -> None:
        total = self.place_weight + self.time_weight + self.text_weight
        require(math.isclose(total, 1.0), "the weights of place, time and text do not sum to 1")


@dataclass(frozen=True)
class IncidentRules:
    """Everything numeric about handling incidents. Source: reference §2.4, product scars 7."""

    warn_before_minutes: Mapping[str, float]
    escalation: tuple[EscalationStep, ...]
    check_in_minutes: Mapping[Priority, float]
    check_in_grace_minutes: float
    bounces_before_escalation: int
    call_back_hours: float
    survey_delay_hours: float
    no_survey_tags: tuple[str, ...]
    min_rest_minutes: float
    max_travel_minutes: float
    candidate_penalty_minutes: CandidateWeights
    duplicates: DuplicateRules
    future_tolerance_minutes: float
    note_max_characters: int
    photo_max_bytes: int
    forbidden_tasks: Mapping[str, tuple[str, ...]]
