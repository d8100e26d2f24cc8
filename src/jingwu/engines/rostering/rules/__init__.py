"""Every rule of a roster, one file each; a rule builds the model and judges a roster with the same words."""

from __future__ import annotations

from jingwu.engines.rostering.problem import RosterProblem, RuleSpec
from jingwu.engines.rostering.rules.base import Rule, Sheet
from jingwu.engines.rostering.rules.beat_hours import BeatHours
from jingwu.engines.rostering.rules.compensatory_rest import CompensatoryRest
from jingwu.engines.rostering.rules.consecutive_nights import ConsecutiveNights
from jingwu.engines.rostering.rules.consecutive_work import ConsecutiveWork
from jingwu.engines.rostering.rules.cover import Cover
from jingwu.engines.rostering.rules.day_minutes import DayMinutes
from jingwu.engines.rostering.rules.days_off import DaysOff
from jingwu.engines.rostering.rules.eligibility import Eligibility
from jingwu.engines.rostering.rules.fairness import Fairness
from jingwu.engines.rostering.rules.group_together import GroupTogether
from jingwu.engines.rostering.rules.holidays import Holidays
from jingwu.engines.rostering.rules.horizon_minutes import HorizonMinutes
from jingwu.engines.rostering.rules.leader_on_duty import LeaderOnDuty
from jingwu.engines.rostering.rules.leave import OnLeave
from jingwu.engines.rostering.rules.min_rest import MinRest
from jingwu.engines.rostering.rules.officer_on_post import OfficerOnPost
from jingwu.engines.rostering.rules.pattern import FollowPattern
from jingwu.engines.rostering.rules.pins import Pinned
from jingwu.engines.rostering.rules.requests import Requests
from jingwu.engines.rostering.rules.rest_after_night import RestAfterNight
from jingwu.engines.rostering.rules.shift_counts import ShiftCounts
from jingwu.engines.rostering.rules.standby import Standby
from jingwu.engines.rostering.rules.steadiness import Steadiness
from jingwu.engines.rostering.rules.succession import Succession
from jingwu.engines.rostering.rules.weekends import Weekends
from jingwu.engines.rostering.rules.weekly_minutes import WeeklyMinutes
from jingwu.engines.rostering.rules.weekly_rest import WeeklyRest
from jingwu.terms.duty import Severity

RULES: dict[str, type[Rule]] = {
    "beat_hours": BeatHours,
    "compensatory_rest": CompensatoryRest,
    "consecutive_nights": ConsecutiveNights,
    "consecutive_work": ConsecutiveWork,
    "cover": Cover,
    "day_minutes": DayMinutes,
    "days_off": DaysOff,
    "eligibility": Eligibility,
    "fairness": Fairness,
    "group_together": GroupTogether,
    "holidays": Holidays,
    "horizon_minutes": HorizonMinutes,
    "leader_on_duty": LeaderOnDuty,
    "leave": OnLeave,
    "min_rest": MinRest,
    "officer_on_post": OfficerOnPost,
    "pattern": FollowPattern,
    "pins": Pinned,
    "requests": Requests,
    "rest_after_night": RestAfterNight,
    "shift_counts": ShiftCounts,
    "standby": Standby,
    "steadiness": Steadiness,
    "succession": Succession,
    "weekends": Weekends,
    "weekly_minutes": WeeklyMinutes,
    "weekly_rest": WeeklyRest,
}

ALWAYS: tuple[RuleSpec, ...] = (
    RuleSpec("cover", "cover", Severity.NORM, weight=1),
    RuleSpec("eligibility", "eligibility", Severity.LAW),
    RuleSpec("leave", "leave", Severity.LAW),
    RuleSpec("pins", "pins", Severity.LAW),
    RuleSpec("requests", "requests", Severity.GOAL, weight=1),
    RuleSpec("succession", "succession", Severity.LAW),
)
"""Rules that read the problem itself and so are always in force; demand and requests bear their prices."""


def make(spec: RuleSpec) -> Rule:
    """Return the rule a specification describes.

    Raises: TypeError or ValueError when the parameters are not those of the rule.
    """
    return RULES[spec.kind](spec=spec, **spec.parameters)


def active_rules(problem: RosterProblem) -> list[Rule]:
    """Return every rule in force for a problem, those always in force first."""
    named = {spec.kind for spec in problem.rules}
    return [make(spec) for spec in (*(s for s in ALWAYS if s.kind not in named), *problem.rules)]


def kept_together(problem: RosterProblem) -> list[list[int]]:
    """Return the rows of each group that a rule in force asks to keep together."""
    rules = [rule for rule in active_rules(problem) if isinstance(rule, GroupTogether)]
    return [rows for rule in rules for rows in rule.groups(problem)]


__all__ = ["ALWAYS", "RULES", "Rule", "Sheet", "active_rules", "kept_together", "make"]
