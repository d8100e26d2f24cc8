"""The typed schemes that norms are handed out as; a field is the norm ``<scheme>.<field>``."""

from jingwu.norms.schemes.appraisal import (
    AppraisalScoring,
    Indicator,
    IndicatorType,
    OfficeAppraisal,
    PersonalAppraisal,
    PersonalFactor,
    Stars,
    Warnings,
)
from jingwu.norms.schemes.incidents import (
    CalendarRules,
    CandidateWeights,
    EscalationStep,
    IncidentRules,
    YearDays,
)
from jingwu.norms.schemes.learning import MediationRules, TaskTag, Training, TrainingLevel
from jingwu.norms.schemes.team import (
    AgeMix,
    DualTrack,
    DutyGroupRules,
    DutyModules,
    LeadQualification,
    MinimumAges,
    StaffingMix,
    TeamTemplate,
    Technology,
)
from jingwu.norms.schemes.work import (
    Availability,
    DaysOff,
    Milestone,
    Milestones,
    ResponseTargets,
    WorkloadStandards,
)

__all__ = [
    "AgeMix", "AppraisalScoring", "Availability", "CalendarRules", "CandidateWeights", "DaysOff", "DualTrack",
    "DutyGroupRules", "DutyModules", "EscalationStep", "IncidentRules", "Indicator",
    "IndicatorType", "LeadQualification", "MediationRules", "Milestone", "Milestones", "MinimumAges",
    "OfficeAppraisal", "PersonalAppraisal", "PersonalFactor", "ResponseTargets", "StaffingMix", "Stars",
    "TaskTag", "TeamTemplate", "Technology", "Training", "TrainingLevel", "Warnings", "WorkloadStandards",
    "YearDays",
]  # fmt: skip
