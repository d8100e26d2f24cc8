"""Who makes up an office: team, lead, groups, mix, selection, modules, technology, ages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jingwu.terms.duty import DutyModule
from jingwu.terms.people import FundingSource, PersonCategory


def require(holds: bool, why: str) -> None:
    """Raise ValueError with ``why`` unless the statement holds."""
    if not holds:
        raise ValueError(why)


def sums_to(weights: Mapping[Any, float], total: float = 1.0) -> bool:
    """Return whether the weights sum to ``total`` but for rounding."""
    return math.isclose(math.fsum(weights.values()), total, abs_tol=1e-9)


@dataclass(frozen=True)
class TeamTemplate:
    """Posts of one office; the formula 1+5+2+4 shows the lead alone, the headcount all officers.

    Source: reference 1.04–1.09.
    """

    officers: int
    leads: int
    auxiliaries: int
    grid_workers: int
    volunteer_posts: int

    def __post_init__(self) -> None:
        require(0 < self.leads <= self.officers, "the lead is one of the officers")

    @property
    def headcount(self) -> int:
        """All posts: 3 + 5 + 2 + 4."""
        return self.officers + self.auxiliaries + self.grid_workers + self.volunteer_posts

    @property
    def formula(self) -> str:
        """The formula as people say it: lead + auxiliaries + grid workers + volunteer posts."""
        return f"{self.leads}+{self.auxiliaries}+{self.grid_workers}+{self.volunteer_posts}"

    @property
    def posts(self) -> Mapping[PersonCategory, int]:
        """Posts by category; auxiliaries count as duty auxiliaries until somebody says otherwise."""
        return {
            PersonCategory.OFFICER: self.officers,
            PersonCategory.AUX_DUTY: self.auxiliaries,
            PersonCategory.GRID_WORKER: self.grid_workers,
            PersonCategory.VOLUNTEER: self.volunteer_posts,
        }


@dataclass(frozen=True)
class LeadQualification:
    """What a lead must bring; None where a place has ended the rule. Source: reference 1.11."""

    min_grassroots_years: float | None
    min_rank: str | None
    rank_order: tuple[str, ...]

    def __post_init__(self) -> None:
        require(len(set(self.rank_order)) == len(self.rank_order), "a rank is listed twice")
        require(self.min_rank is None or self.min_rank in self.rank_order, "min_rank is not in rank_order")

    def rank_suffices(self, rank: str) -> bool:
        """Return whether ``rank`` is at least the lowest one allowed; an unknown rank is not."""
        if self.min_rank is None:
            return True
        return rank in self.rank_order and self.rank_order.index(rank) >= self.rank_order.index(self.min_rank)


@dataclass(frozen=True)
class DutyGroupRules:
    """Duty groups 1+2 and the fewest officers on a task. Source: reference 1.13, §3.3 (1)–(3)."""

    officers: int
    auxiliaries: int
    max_auxiliaries_per_officer: int
    lead_leads_a_group: bool
    min_officers_attending: int
    min_officers_special: int
    special_tasks: tuple[str, ...]

    def __post_init__(self) -> None:
        require(self.officers >= 1, "a group has an officer")
        require(self.auxiliaries <= self.officers * self.max_auxiliaries_per_officer, "too many auxiliaries")
        require(
            1 <= self.min_officers_attending <= self.min_officers_special,
            "officers on a task: 1 ≤ any ≤ special",
        )

    def min_officers(self, tasks: frozenset[str]) -> int:
        """Return the fewest officers on an incident that carries the task tags ``tasks``."""
        special = not tasks.isdisjoint(self.special_tasks)
        return self.min_officers_special if special else self.min_officers_attending


@dataclass(frozen=True)
class StaffingMix:
    """三三制: shares of posts by who pays. Source: reference 2.02–2.06."""

    establishment_share: float | None
    purchased_share: float | None
    social_share: float | None
    reserve_share: float | None
    tolerance_share: float

    def __post_init__(self) -> None:
        require(math.fsum(self.targets.values()) <= 1.0 + 1e-9, "the shares of the mix sum to more than 1")

    @property
    def targets(self) -> Mapping[FundingSource, float]:
        """The shares that are stated, by funding source."""
        stated = {
            FundingSource.ESTABLISHMENT: self.establishment_share,
            FundingSource.PURCHASED: self.purchased_share,
            FundingSource.SOCIAL: self.social_share,
            FundingSource.RESERVE: self.reserve_share,
        }
        return {source: share for source, share in stated.items() if share is not None}


@dataclass(frozen=True)
class DualTrack:
    """双轨制: both tracks are scored (0–100) and both must reach a floor. Source: reference 2.09, 2.11."""

    min_grassroots_years: float | None
    professional_floor_points: float
    community_floor_points: float
    exempt_up_to_training_stage: int


@dataclass(frozen=True)
class AgeMix:
    """A ratio of the team, never a limit for a person. Source: reference 2.10."""

    under_years: int
    min_share: float | None
    counts_auxiliaries: bool


@dataclass(frozen=True)
class DutyModules:
    """四大模块: share of planned person-hours and smallest crew (role → persons). Source: reference §1.3."""

    hours_share: Mapping[DutyModule, float]
    min_crew: Mapping[DutyModule, Mapping[str, int]]

    def __post_init__(self) -> None:
        require(set(self.hours_share) == set(DutyModule), "every module has a share")
        require(sums_to(self.hours_share), "the module shares do not sum to 1")
        require(set(self.min_crew) == set(DutyModule), "every module has a smallest crew")


@dataclass(frozen=True)
class Technology:
    """Three technology shares with definitions of their own. Source: reference 2.07, 3.12, 5.01, 5.02, 5.09.

    ``hours_share``: planned hours of the digital module; ``technician_posts_share``: technicians among
    all posts; ``tagged_posts_share``: posts tagged as technology among all posts.
    """

    hours_share: float | None
    technician_posts_share: float | None
    tagged_posts_share: float | None
    digital_specialists: int
    city_chief_officers: int
    city_developers: int
    city_min_analysts: int


@dataclass(frozen=True)
class MinimumAges:
    """The lowest age in years by category of person."""

    years: Mapping[PersonCategory, int]

    def __post_init__(self) -> None:
        require(set(self.years) == set(PersonCategory), "every category of person has a lowest age")
