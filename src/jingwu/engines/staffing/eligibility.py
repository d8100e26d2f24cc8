"""Who may hold which post, and what speaks for or against it; the law is a bar, everything else is points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jingwu.engines.staffing.facts import Person, StaffingParams
from jingwu.engines.staffing.roles import LEAD_ROLE, ROLES
from jingwu.terms.people import PersonCategory

SUPERVISOR_ROLE = "social_supervisor"

_VOLUNTEERS = (PersonCategory.VOLUNTEER, PersonCategory.POLICE_ASSISTANT)
_COMMUNITY_ROLES = ("lead", "crew_officer", "service_officer", "mediation_officer")


class Eligibility:
    """The bars and the points of one set of people."""

    def __init__(self, people: Sequence[Person], params: StaffingParams) -> None:
        self.params = params
        # Where no volunteer's insurance is on file the fact is unknown for all, and the rule report says so;
        # where some are, a missing one is missing.
        self.insurance_on_file = any(params.insurance_certificates & p.certificates for p in people)

    def insured(self, person: Person) -> bool | None:
        """Return whether a volunteer's insurance is valid; None when nothing is known of insurance at all."""
        names = self.params.insurance_certificates
        if person.category not in _VOLUNTEERS or names & person.certificates:
            return True
        if names & person.expired_certificates:
            return False
        return False if self.insurance_on_file else None

    def may_serve(self, person: Person) -> bool:
        """Return whether the person may hold any post at all (insurance, exclusive roles)."""
        return self.insured(person) is not False and SUPERVISOR_ROLE not in person.exclusive_roles

    def lead_misses(self, person: Person) -> tuple[bool, bool]:
        """Return whether years and rank of a lead are missed or not known (1.11)."""
        years, rank = person.grassroots_years, person.rank_level
        return (
            years is None or years < self.params.lead_min_grassroots_years,
            rank is None or rank < self.params.lead_min_rank_level,
        )

    def is_recruit(self, person: Person) -> bool:
        """Return whether a person is still in the first two stages of training (2.11 exempts them)."""
        return person.service_months is not None and person.service_months < self.params.recruit_exempt_months

    def community_miss(self, person: Person) -> bool:
        """Return whether the grass-roots years for a community post are known to be missed (2.11)."""
        years = person.grassroots_years
        return (
            years is not None
            and years < self.params.community_min_grassroots_years
            and not self.is_recruit(person)
        )

    def points(self, person: Person, role: str) -> float:
        """Return what speaks against ``person`` in ``role``; infinite where the law forbids it."""
        weights = self.params.weights
        if person.category not in ROLES[role].categories:
            return float(np.inf)
        points = 0.0
        if person.skills and ROLES[role].skill not in person.skills:
            points += weights.skill_miss_points
        if role == LEAD_ROLE:
            points += weights.lead_unqualified_points * sum(self.lead_misses(person))
        if role in _COMMUNITY_ROLES:
            if person.police_background is False:
                points += weights.background_miss_points
            if self.community_miss(person):
                points += weights.background_miss_points
        wanted = self.params.required_certificates.get(role)
        if wanted and wanted not in person.certificates:
            points += weights.skill_miss_points
        return points
