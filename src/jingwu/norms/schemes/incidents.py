"""Working calendar, and the clocks, check-ins and thresholds of incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from jingwu.engines.workflow import (
    ClockRules,
    CrewRules,
    DuplicateParams,
    RecommendRules,
    WorkingCalendar,
)
from jingwu.norms.schemes.team import DutyGroupRules, require
from jingwu.norms.table import Table
from jingwu.terms.incidents import Priority
from jingwu.terms.people import PersonCategory

ALWAYS, WORKING = "always", "working"


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
    ``clocks``: of each clock whether it counts natural hours (``always``) or opening hours (``working``).
    """

    opening: Mapping[int, tuple[tuple[time, time], ...]]
    fixed_off: tuple[str, ...]
    zone: str
    clocks: Mapping[str, str]
    years: Mapping[int, YearDays] = field(default_factory=Table)

    def __post_init__(self) -> None:
        require(set(self.opening) == set(range(1, 8)), "every weekday is stated")
        require(set(self.clocks.values()) <= {ALWAYS, WORKING}, f"a clock runs {ALWAYS} or {WORKING}")
        for year, days in self.years.items():
            require(
                all(day.year == year for day in days.rest + days.worked), f"a day of {year} lies outside it"
            )

    def of_clock(self, clock: str) -> WorkingCalendar:
        """Return the calendar on which ``clock`` runs; raises KeyError for a clock nobody stated."""
        return self.round_the_clock() if self.clocks[clock] == ALWAYS else self.working_calendar()

    def working_calendar(self) -> WorkingCalendar:
        """Return the calendar of opening hours: closed at night, at weekends and on holidays."""
        months = (day.split("-") for day in self.fixed_off)
        return WorkingCalendar(
            zone=ZoneInfo(self.zone),
            opening=self.opening,
            holidays=frozenset(day for year in self.years.values() for day in year.rest),
            make_up_days=frozenset(day for year in self.years.values() for day in year.worked),
            noticed_years=frozenset(self.years),
            fixed_holidays=frozenset((int(month), int(day)) for month, day in months),
        )

    def round_the_clock(self) -> WorkingCalendar:
        """Return the calendar of natural hours: it never rests."""
        return WorkingCalendar.always(ZoneInfo(self.zone))


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
class IncidentRules:
    """Everything numeric about handling incidents. Source: reference §2.4, product scars 7."""

    warn_before_minutes: Mapping[str, float]
    escalation: tuple[EscalationStep, ...]
    check_in_minutes: Mapping[Priority, float]
    check_in_grace_minutes: float
    bounces_before_escalation: int
    call_back_hours: float
    survey_delay_hours: float
    answer_link_days: int
    progress_link_days: int
    public_figures_days: int
    no_survey_tags: tuple[str, ...]
    min_rest_minutes: float
    max_travel_minutes: float
    candidate_penalty_minutes: CandidateWeights
    duplicates: DuplicateParams
    surge_error_share: float
    surge_least_count: int
    future_tolerance_minutes: float
    note_max_characters: int
    photo_max_bytes: int
    forbidden_tasks: Mapping[PersonCategory, tuple[str, ...]]
    risky_tasks: tuple[str, ...]

    def clock_rules(self, clock: str) -> ClockRules:
        """Return when the clock of that name (``ack``, ``arrival`` …) warns and escalates."""
        return ClockRules(
            timedelta(minutes=self.warn_before_minutes[clock]),
            tuple(step.at_share for step in self.escalation),
        )

    def crew_rules(self, groups: DutyGroupRules) -> CrewRules:
        """Return the figures behind the validators of a crew."""
        return CrewRules(
            min_officers_attending=groups.min_officers_attending,
            min_officers_special=groups.min_officers_special,
            special_tasks=frozenset(groups.special_tasks),
            max_auxiliaries_per_officer=groups.max_auxiliaries_per_officer,
            forbidden_tasks={who: frozenset(tasks) for who, tasks in self.forbidden_tasks.items()},
            risky_tasks=frozenset(self.risky_tasks),
        )

    def recommend_rules(self, groups: DutyGroupRules) -> RecommendRules:
        """Return what ranks the candidates for a dispatch."""
        penalty = self.candidate_penalty_minutes
        return RecommendRules(
            other_beat_minutes=penalty.other_beat,
            other_office_minutes=penalty.other_office,
            per_open_task_minutes=penalty.per_open_task,
            tired_minutes=penalty.tired,
            standby_minutes=penalty.standby,
            min_rest_minutes=self.min_rest_minutes,
            max_travel_minutes=self.max_travel_minutes,
            auxiliaries_per_officer=groups.auxiliaries,
        )
