"""The norms of one day, as typed schemes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from jingwu.norms import schemes
from jingwu.norms.binding import build, convert
from jingwu.norms.problems import Problems

if TYPE_CHECKING:
    from jingwu.norms.book import NormVersion, Value

Scheme = TypeVar("Scheme")


@dataclass(frozen=True)
class Norms:
    """The norms in force on ``day``; each property is one frozen scheme, built when first asked for.

    `scheme` builds any other dataclass from the keys below a prefix, and `value` hands out one value.
    """

    day: date
    version: NormVersion
    values: Mapping[str, Value] = field(repr=False, compare=False)
    ended: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    # Every property below and the first part of its norms' keys; all of them are proved when norms are read.
    scheme_roots: ClassVar[Mapping[str, str]] = {
        "team": "team", "lead": "lead", "groups": "groups", "mix": "mix", "selection": "selection",
        "age": "age",
        "modules": "modules", "technology": "technology", "response": "response", "workload": "workload",
        "availability": "availability", "milestones": "roadmap", "ages": "ages",
        "personal_appraisal": "personal_appraisal", "appraisal": "appraisal", "training": "training",
        "mediation": "mediation", "benchmarks": "benchmarks", "calendar": "calendar",
        "incidents": "incidents",
    }  # fmt: skip

    def value(self, key: str, wanted: Any = None) -> Any:
        """Return the value of one norm, converted to the type ``wanted`` when that is given.

        Raises
            BadInput: the norm is unknown, has ended or has not begun.
        """
        if key not in self.values:
            problems = Problems()
            problems.add("", key, "norms.missing", f"{self.day} 没有这条标准", f"not in force on {self.day}")
            problems.refuse()
        found = self.values[key]
        return found if wanted is None else convert(wanted, found)

    def group(self, prefix: str) -> dict[str, Value]:
        """Return every value in force below ``prefix``, by the rest of its key."""
        stem = f"{prefix}."
        return {key[len(stem) :]: value for key, value in self.values.items() if key.startswith(stem)}

    def scheme(self, wanted: type[Scheme], prefix: str) -> Scheme:
        """Return the dataclass ``wanted`` filled from the norms ``prefix.<field name>``.

        Raises
            BadInput: a norm is missing or does not fit.
        """
        return build(wanted, self.values, prefix, self.ended)

    @cached_property
    def team(self) -> schemes.TeamTemplate:
        """The team template 1+5+2+4."""
        return self.scheme(schemes.TeamTemplate, "team")

    @cached_property
    def lead(self) -> schemes.LeadQualification:
        """Who may lead an office."""
        return self.scheme(schemes.LeadQualification, "lead")

    @cached_property
    def groups(self) -> schemes.DutyGroupRules:
        """Duty groups 1+2 and the fewest officers on a task."""
        return self.scheme(schemes.DutyGroupRules, "groups")

    @cached_property
    def mix(self) -> schemes.StaffingMix:
        """三三制: shares of posts by funding source."""
        return self.scheme(schemes.StaffingMix, "mix")

    @cached_property
    def selection(self) -> schemes.DualTrack:
        """双轨制: selection for a community post."""
        return self.scheme(schemes.DualTrack, "selection")

    @cached_property
    def age(self) -> schemes.AgeMix:
        """The share of the team below a certain age."""
        return self.scheme(schemes.AgeMix, "age")

    @cached_property
    def modules(self) -> schemes.DutyModules:
        """The four duty modules: shares of planned hours and smallest crews."""
        return self.scheme(schemes.DutyModules, "modules")

    @cached_property
    def technology(self) -> schemes.Technology:
        """The three technology shares, and the posts behind them."""
        return self.scheme(schemes.Technology, "technology")

    @cached_property
    def response(self) -> schemes.ResponseTargets:
        """Arrival, acknowledgement and feedback targets."""
        return self.scheme(schemes.ResponseTargets, "response")

    @cached_property
    def workload(self) -> schemes.WorkloadStandards:
        """How long planned work takes and how often it comes."""
        return self.scheme(schemes.WorkloadStandards, "workload")

    @cached_property
    def availability(self) -> schemes.Availability:
        """Days a post is not filled: leave, training, sickness."""
        return self.scheme(schemes.Availability, "availability")

    @cached_property
    def milestones(self) -> Mapping[str, schemes.Milestone]:
        """The goals of 2025–2030 by name."""
        return self.scheme(schemes.Milestones, "roadmap").milestones

    @cached_property
    def ages(self) -> schemes.MinimumAges:
        """The lowest ages by category."""
        return self.scheme(schemes.MinimumAges, "ages")

    @cached_property
    def personal_appraisal(self) -> schemes.PersonalAppraisal:
        """Weights of a person's appraisal."""
        return self.scheme(schemes.PersonalAppraisal, "personal_appraisal")

    @cached_property
    def appraisal(self) -> schemes.OfficeAppraisal:
        """The 28 indicators, stars and warnings of offices."""
        return self.scheme(schemes.OfficeAppraisal, "appraisal")

    @cached_property
    def training(self) -> schemes.Training:
        """三阶段九层级 and the scenario classes."""
        return self.scheme(schemes.Training, "training")

    @cached_property
    def mediation(self) -> schemes.MediationRules:
        """Steps, attempts and deadlines of mediation."""
        return self.scheme(schemes.MediationRules, "mediation")

    @cached_property
    def benchmarks(self) -> Mapping[str, float]:
        """Figures of the source article to compare with, never to enforce."""
        return {key: float(str(value)) for key, value in self.group("benchmarks").items()}

    @cached_property
    def calendar(self) -> schemes.CalendarRules:
        """Working hours, public holidays and make-up working days."""
        return self.scheme(schemes.CalendarRules, "calendar")

    @cached_property
    def incidents(self) -> schemes.IncidentRules:
        """Clocks, escalation, check-ins, duplicates and recommendation of incidents."""
        return self.scheme(schemes.IncidentRules, "incidents")
