"""What a rule answers about a plan: kept, missed by how much, why, and what it would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from jingwu.engines.staffing.assignment import Placement
from jingwu.engines.staffing.eligibility import Eligibility
from jingwu.engines.staffing.facts import IntArray, Person, StaffingParams
from jingwu.engines.staffing.groups import Grouping
from jingwu.engines.staffing.registry import RULES
from jingwu.engines.staffing.requirement import Requirement
from jingwu.engines.staffing.tours import TourSet
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class Verdict:
    """One answer of one rule; ``kept`` None = the facts do not tell. ``missed_by`` >= 0 in ``unit``."""

    rule: str
    severity: Severity
    office: str | None
    subject: str | None
    kept: bool | None
    measured: float | None
    required: float | None
    missed_by: float
    unit: str
    why_zh: str
    why_en: str
    way_zh: str = ""
    way_en: str = ""

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"no rule is named {self.rule}")
        if self.missed_by < 0:
            raise ValueError("missed_by must be >= 0")


@dataclass(frozen=True)
class StaffedDistrict:
    """A plan as the rules see it: who stands where, in which groups, on which crews (offices, 168)."""

    offices: tuple[str, ...]
    people: Mapping[str, Person]
    placements: Sequence[Placement]
    unposted: Sequence[str]
    grouping: Grouping
    crews: IntArray
    tour_set: TourSet
    requirement: Requirement
    params: StaffingParams
    response_share: float | None = None
    """P(response <= T) of the plan by simulation, when it is known."""
    response_limit_share: float | None = None

    @cached_property
    def eligibility(self) -> Eligibility:
        """Return the bars and points of the district's people."""
        return Eligibility(list(self.people.values()), self.params)

    @cached_property
    def by_office(self) -> dict[str, list[Placement]]:
        """Return the placements of every office."""
        table: dict[str, list[Placement]] = {office: [] for office in self.offices}
        for placement in self.placements:
            table[placement.office].append(placement)
        return table

    def hours(self, placement: Placement) -> float:
        """Return the person-hours a week the norms expect of the post's category."""
        category: PersonCategory = placement.category
        return self.params.weekly_minutes[category] / 60 * self.params.availability_share[category]


def severity_of(rule: str, params: StaffingParams) -> Severity:
    """Return the severity of a rule; a local value may soften or harden norms and goals, never law."""
    own = RULES[rule].severity
    local = params.severities.get(rule)
    return own if own is Severity.LAW or local in (None, Severity.LAW) else Severity(str(local))


def miss(
    plan: StaffedDistrict,
    rule: str,
    office: str | None,
    measured: float | None,
    required: float | None,
    unit: str,
    why: tuple[str, str],
    way: tuple[str, str] = ("", ""),
    *,
    subject: str | None = None,
    known: bool = True,
) -> Verdict:
    """Return the verdict that ``rule`` is missed, or that the facts do not tell (``known`` False)."""
    gap = abs(required - measured) if measured is not None and required is not None else 1.0
    return Verdict(
        rule,
        severity_of(rule, plan.params),
        office,
        subject,
        False if known else None,
        measured,
        required,
        gap if known else 0.0,
        unit,
        *why,
        *way,
    )
