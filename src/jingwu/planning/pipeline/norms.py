"""What the pipeline reads from the norms, translated into the parameters of the engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jingwu.engines.staffing.facts import AssignmentWeights, ShiftPattern, StaffingParams
from jingwu.norms import Norms
from jingwu.terms.incidents import AreaType, Priority
from jingwu.terms.people import PersonCategory

_ROLE_OF_MODULE_CREW = {
    # 治安警长 1 is the crew's officer, needed by calls rather than by a fixed number.
    "patrol_auxiliary": "patrol_aux",
    "service_specialist": "front_desk",
    "legal_adviser": "legal_adviser",
    "counsellor": "counsellor",
    "mediator": "mediator",
    "tech_specialist": "digital_specialist",
}


@dataclass(frozen=True)
class DeploymentNorms:
    """The norms ``deployment.*``: travel, service, shifts and tolerances of a plan."""

    detour_factor: float
    speed_km_per_hour: Mapping[AreaType, float]
    speed_factor_by_hour: tuple[float, ...]
    within_beat_factor: float
    default_beat_km2: float
    call_handling_minutes: float
    turnout_minutes: float
    on_scene_minutes: Mapping[Priority, float]
    on_scene_spread: float
    two_crew_share: Mapping[Priority, float]
    aid_priority_at_most: int
    aid_minutes_max: float
    simulated_weeks: int
    calibration_records_min: int
    told_minutes: tuple[float, ...]
    today_aid_wait_minutes: tuple[float, ...]
    today_rule_replications: int
    check_minutes_tolerance_share: float
    check_minutes_tolerance_least: float
    check_share_tolerance: float
    shrinkage_weeks: float
    patterns: tuple[ShiftPattern, ...]
    habit_patterns: tuple[str, ...]
    minimum_crews: int
    minimum_crew_hours: tuple[int, int]
    fewest_on_duty: int
    limit_tolerance_share: float
    late_credit_share: float
    gain_tolerance_share: float
    composition_tolerance_share: float
    moves_gap_share: float
    weights: AssignmentWeights
    insurance_certificates: tuple[str, ...]
    officer_certificate: str
    certified_share: float
    social_categories_min: int
    recruit_exempt_months: float
    strength_step_share: float
    strength_steps: int
    site_cell_metres: float

    def __post_init__(self) -> None:
        if len(self.speed_factor_by_hour) != 24:
            raise ValueError("speed_factor_by_hour needs 24 values")
        if not self.habit_patterns:
            raise ValueError("habit_patterns must name at least one tour")


def deployment_norms(norms: Norms) -> DeploymentNorms:
    """Return the norms of deployment in force."""
    return norms.scheme(DeploymentNorms, "deployment")


def staffing_params(
    norms: Norms, deployment: DeploymentNorms, target_minutes: float, target_share: float
) -> StaffingParams:
    """Return the staffing engine's parameters from the norms of the day and the target of the plan."""
    availability = norms.availability
    crews = {
        _ROLE_OF_MODULE_CREW[role]: heads
        for module in norms.modules.min_crew.values()
        for role, heads in module.items()
        if role in _ROLE_OF_MODULE_CREW
    }
    lead, team, technology = norms.lead, norms.team, norms.technology
    return StaffingParams(
        target_minutes=target_minutes,
        target_share=target_share,
        availability_share={category: availability.share(category) for category in PersonCategory},
        weekly_minutes=dict(availability.weekly_minutes),
        group_max_aux=norms.groups.max_auxiliaries_per_officer,
        lead_min_grassroots_years=lead.min_grassroots_years or 0.0,
        lead_min_rank_level=lead.rank_order.index(lead.min_rank) if lead.min_rank else 0,
        community_min_grassroots_years=norms.selection.min_grassroots_years or 0.0,
        recruit_exempt_months=deployment.recruit_exempt_months,
        template={
            "officer": team.officers,
            "auxiliary": team.auxiliaries,
            "grid_worker": team.grid_workers,
            "volunteer_post": team.volunteer_posts,
        },
        minimum_posts={role: heads for role, heads in crews.items() if role != "patrol_aux"},
        module_share=dict(norms.modules.hours_share),
        mix_share=dict(norms.mix.targets),
        mix_tolerance_share=norms.mix.tolerance_share,
        age_under_years=float(norms.age.under_years),
        age_under_share=norms.age.min_share or 0.0,
        tech_post_share=technology.technician_posts_share or 0.0,
        tech_tag_share=technology.tagged_posts_share or 0.0,
        minimum_crews=deployment.minimum_crews,
        minimum_crew_hours=deployment.minimum_crew_hours,
        limit_tolerance_share=deployment.limit_tolerance_share,
        required_certificates={},
        insurance_certificates=frozenset(deployment.insurance_certificates),
        officer_certificate=deployment.officer_certificate,
        social_categories_min=deployment.social_categories_min,
        certified_share=deployment.certified_share,
        patterns=deployment.patterns,
        weights=deployment.weights,
    )
