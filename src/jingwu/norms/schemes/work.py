"""What the work asks for: response targets, workload standards, availability, milestones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from jingwu.norms.schemes.team import require
from jingwu.terms.incidents import AreaType, Priority
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class ResponseTargets:
    """Arrival by priority and area, acknowledgement, feedback, bands. Source: reference §2.4, 3.16, 9.07.

    ``arrival_minutes`` holds no entry where a priority needs no presence. ``target_minutes`` and
    ``target_share`` are what a plan is sized for; ``benchmark_minutes`` is a line to compare with.
    ``*_bands_*`` are the upper ends of histogram bands, the last band being open.
    """

    target_minutes: float
    target_share: float
    benchmark_minutes: float
    arrival_minutes: Mapping[Priority, Mapping[AreaType, float]]
    reply_hours: Mapping[Priority, float]
    ack_seconds: Mapping[Priority, float]
    feedback_minutes: float
    ack_bands_seconds: tuple[float, ...]
    depart_bands_minutes: tuple[float, ...]
    feedback_bands_minutes: tuple[float, ...]

    def __post_init__(self) -> None:
        require(self.target_minutes > 0, "the target of a plan is longer than 0 minutes")
        for priority, areas in self.arrival_minutes.items():
            require(set(areas) == set(AreaType), f"{priority.name} lacks an area type")
            require(
                areas[AreaType.URBAN] <= areas[AreaType.SUBURBAN] <= areas[AreaType.RURAL],
                f"{priority.name}: urban ≤ suburban ≤ rural",
            )
        stated = sorted(self.arrival_minutes)
        for first, second in pairwise(stated):
            for area in AreaType:
                require(
                    self.arrival_minutes[first][area] <= self.arrival_minutes[second][area],
                    f"{second.name} is due before {first.name}",
                )
        for bands in (self.ack_bands_seconds, self.depart_bands_minutes, self.feedback_bands_minutes):
            require(list(bands) == sorted(set(bands)), "bands must ascend")

    def arrival(self, priority: Priority, area: AreaType) -> float | None:
        """Return the arrival norm in minutes, or None where nobody has to come."""
        areas = self.arrival_minutes.get(priority)
        return None if areas is None else areas[area]

    def clock_targets(self, priority: Priority, area: AreaType) -> Mapping[str, timedelta]:
        """Return the targets of the clocks an incident of this priority starts, by the clock's name.

        ``ack`` and ``arrival`` start at the dispatch, ``feedback`` when the scene is left, ``reply`` at
        the report; a clock the norms do not ask for is absent.
        """
        targets = {"feedback": timedelta(minutes=self.feedback_minutes)}
        if priority in self.ack_seconds:
            targets["ack"] = timedelta(seconds=self.ack_seconds[priority])
        if priority in self.reply_hours:
            targets["reply"] = timedelta(hours=self.reply_hours[priority])
        minutes = self.arrival(priority, area)
        if minutes is not None:
            targets["arrival"] = timedelta(minutes=minutes)
        return targets


@dataclass(frozen=True)
class WorkloadStandards:
    """How long planned work takes (minutes) and how often it is due. Source: reference §2.1, 1.16."""

    household_visit_minutes: float
    unit_visit_minutes: float
    household_visits_week: float
    unit_visits_week: float
    days_in_beat_week: float
    community_hours_week: float
    reception_minutes_week: float
    residents_meeting_minutes: float
    residents_meetings_month: float
    bulletin_minutes: float
    bulletins_month: float
    volunteer_patrol_minutes: float
    volunteer_patrols_week: float
    mediation_minutes: float
    mediation_staff: int
    follow_up_visit_minutes: float
    follow_up_visits_per_dispute: float
    hazard_inspection_minutes: float
    hazard_reinspection_minutes: float
    service_request_minutes: float
    home_service_minutes: float
    patrol_minutes: float
    area_watch_minutes: float
    fraud_dissuasion_minutes: float
    publicity_minutes: float
    report_writing_minutes: float
    base_data_check_minutes: float
    analysis_minutes_week: float
    equipment_upkeep_minutes_week: float
    case_meeting_minutes_week: float
    handover_minutes_shift: float


@dataclass(frozen=True)
class DaysOff:
    """Days of a year on which one person of a category is not at the post though it is a working day."""

    leave_days: float
    training_days: float
    sick_days: float
    other_days: float = 0.0

    @property
    def total_days(self) -> float:
        """The sum of all four."""
        return self.leave_days + self.training_days + self.sick_days + self.other_days


@dataclass(frozen=True)
class Availability:
    """What a post needs beyond the person in it: days of the year, days off, weekly minutes by category."""

    year_days: int
    rest_days: int
    public_holidays: int
    days_off: Mapping[PersonCategory, DaysOff]
    weekly_minutes: Mapping[PersonCategory, int]

    def __post_init__(self) -> None:
        require(set(self.days_off) == set(PersonCategory), "every category has days off")
        require(set(self.weekly_minutes) == set(PersonCategory), "every category has weekly minutes")
        for category, off in self.days_off.items():
            require(off.total_days < self.working_days, f"{category} is never at the post")

    @property
    def working_days(self) -> int:
        """Working days of a year: all days less rest days and public holidays."""
        return self.year_days - self.rest_days - self.public_holidays

    def share(self, category: PersonCategory) -> float:
        """Return the share of working days a person of ``category`` is at the post (0–1)."""
        return 1.0 - self.days_off[category].total_days / self.working_days


@dataclass(frozen=True)
class Milestone:
    """A goal of 2025–2030: reached at or above the target or, with ``down``, at or below it."""

    year: int
    target: float
    unit: str
    down: bool = False

    def reached(self, measured: float) -> bool:
        """Return whether ``measured`` meets the target."""
        return measured <= self.target if self.down else measured >= self.target


@dataclass(frozen=True)
class Milestones:
    """All milestones by name. Source: reference §1.9."""

    milestones: Mapping[str, Milestone]
