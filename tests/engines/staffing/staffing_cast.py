"""Parameters, offices and people small enough to reason about by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from jingwu.engines.staffing.facts import (
    AssignmentWeights,
    Office,
    Person,
    ShiftPattern,
    StaffingParams,
)
from jingwu.engines.staffing.requirement import PostNeed, Requirement
from jingwu.engines.staffing.roles import CREW_ROLE
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import FundingSource, PersonCategory

DAY_SHIFT = ShiftPattern("8x5", "8 小时 × 5 天", "8 h × 5 days", 8, (0, 1, 2, 3, 4), (0, 8, 16))


def make_params(**changes: Any) -> StaffingParams:
    told = StaffingParams(
        target_minutes=5.0,
        target_share=0.9,
        availability_share=dict.fromkeys(PersonCategory, 0.8),
        weekly_minutes=dict.fromkeys(PersonCategory, 2400),
        group_max_aux=2,
        lead_min_grassroots_years=5.0,
        lead_min_rank_level=2,
        community_min_grassroots_years=3.0,
        recruit_exempt_months=12.0,
        template={"officer": 3, "auxiliary": 5, "grid_worker": 2, "volunteer_post": 4},
        minimum_posts={"front_desk": 1},
        module_share={
            DutyModule.SECURITY: 0.35,
            DutyModule.SERVICE: 0.30,
            DutyModule.MEDIATION: 0.25,
            DutyModule.DIGITAL: 0.10,
        },
        mix_share={FundingSource.ESTABLISHMENT: 0.3, FundingSource.PURCHASED: 0.3},
        mix_tolerance_share=0.1,
        age_under_years=35.0,
        age_under_share=0.4,
        tech_post_share=0.18,
        tech_tag_share=0.25,
        minimum_crews=0,
        minimum_crew_hours=(9, 18),
        limit_tolerance_share=0.97,
        required_certificates={},
        insurance_certificates=frozenset({"意外保险"}),
        officer_certificate="社区民警资质",
        social_categories_min=3,
        certified_share=1.0,
        patterns=(DAY_SHIFT,),
        weights=AssignmentWeights(10.0, 1.0, 4.0, 6.0, 20.0, 3.0, 15.0),
    )
    return replace(told, **changes)


def make_requirement(tours: list[int]) -> Requirement:
    offices = tuple(f"O{number}" for number in range(len(tours)))
    posts = tuple(
        PostNeed(office, DutyModule.SECURITY, CREW_ROLE, need, 0.0, "", "")
        for office, need in zip(offices, tours, strict=True)
    )
    return Requirement(
        offices,
        np.zeros((len(tours), 168), dtype=np.int64),
        np.zeros((len(tours), 168), dtype=bool),
        np.array(tours, dtype=np.int64),
        posts,
    )


def make_offices(count: int) -> list[Office]:
    return [Office(f"O{number}", 116.0 + 0.05 * number, 40.0) for number in range(count)]


def make_person(number: int, category: PersonCategory = PersonCategory.OFFICER, **changes: Any) -> Person:
    return Person(f"{category}-{number:03d}", category, **changes)
