"""Tables of the room ``incidents``: reports and their life, crews, feedback, follow-up, drafts, patrols."""

from jingwu.incidents.models.crews import Dispatch, DispatchMember
from jingwu.incidents.models.desk import (
    Draft,
    ExpectedCell,
    ImportNonce,
    ImportSource,
    SavedSearch,
)
from jingwu.incidents.models.imports import ImportBatch
from jingwu.incidents.models.incident import (
    CATEGORIES,
    PRIORITIES,
    SOURCES,
    ClockMark,
    Incident,
    IncidentCounter,
    IncidentEvent,
)
from jingwu.incidents.models.patrol import PatrolPoint, PatrolRoute, PatrolVisit
from jingwu.incidents.models.records import AnswerLink, CancelRequest, Feedback, FollowUp, Notice
from jingwu.incidents.models.sync import FieldChange, FieldDevice, FieldFile, FieldRecord, FieldTask

__all__ = [
    "CATEGORIES",
    "PRIORITIES",
    "SOURCES",
    "AnswerLink",
    "CancelRequest",
    "ClockMark",
    "Dispatch",
    "DispatchMember",
    "Draft",
    "ExpectedCell",
    "Feedback",
    "FieldChange",
    "FieldDevice",
    "FieldFile",
    "FieldRecord",
    "FieldTask",
    "FollowUp",
    "ImportBatch",
    "ImportNonce",
    "ImportSource",
    "Incident",
    "IncidentCounter",
    "IncidentEvent",
    "Notice",
    "PatrolPoint",
    "PatrolRoute",
    "PatrolVisit",
    "SavedSearch",
]
