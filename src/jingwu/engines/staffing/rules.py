"""Every rule's check in one literal table, and the report that asks them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jingwu.engines.staffing import duties, laws
from jingwu.engines.staffing.goals import GOAL_CHECKS
from jingwu.engines.staffing.registry import RULES
from jingwu.engines.staffing.verdicts import StaffedDistrict, Verdict, severity_of

CHECKS: dict[str, Callable[[StaffedDistrict], Iterator[Verdict]]] = {
    "law.officer_in_group": laws.officer_in_group,
    "law.aux_under_officer": laws.aux_under_officer,
    "law.category_duty": laws.category_duty,
    "law.mediation_host": laws.mediation_host,
    "norm.officer_pair": duties.officer_pair,
    "law.volunteer_insured": laws.volunteer_insured,
    "law.recusal": laws.recusal,
    "norm.supervisor_exclusive": duties.supervisor_exclusive,
    "norm.one_lead": duties.one_lead,
    "norm.lead_years": duties.lead_years,
    "norm.lead_rank": duties.lead_rank,
    "norm.group_max_aux": duties.group_max_aux,
    "norm.lead_no_group": duties.lead_no_group,
    "norm.beat_responsible": duties.beat_responsible,
    "norm.security_crew": duties.security_crew,
    "norm.minimum_posts": duties.minimum_posts,
    "norm.minimum_crews": duties.minimum_crews,
    "norm.relief_for_absence": duties.relief_for_absence,
    "norm.dual_track": duties.dual_track,
    "norm.community_years": duties.community_years,
    "norm.certificate": duties.certificate,
    "norm.weekly_minutes": duties.weekly_minutes,
    **GOAL_CHECKS,
}
assert set(CHECKS) == set(RULES), set(CHECKS) ^ set(RULES)


def check(plan: StaffedDistrict) -> tuple[Verdict, ...]:
    """Return every rule's answer: one verdict per miss, or a single one that the rule is kept."""
    verdicts: list[Verdict] = []
    for rule, ask in CHECKS.items():
        answers = list(ask(plan))
        if not any(answer.kept is not True for answer in answers):
            answers = answers or [
                Verdict(rule, severity_of(rule, plan.params), None, None, True, None, None, 0.0, "", "", "")
            ]
        verdicts.extend(answers)
    return tuple(verdicts)
