"""Rosters: lawful, fair, explained; see docs/engines/rostering.md."""

from jingwu.engines.rostering.checking import check, loads, objective_of, open_shifts
from jingwu.engines.rostering.problem import (
    OFF,
    Calendar,
    Certificate,
    Demand,
    History,
    Leave,
    Person,
    Pin,
    Request,
    RosterProblem,
    RuleSpec,
    ShiftKind,
)
from jingwu.engines.rostering.solution import (
    Breach,
    Improvement,
    OpenShift,
    PersonLoad,
    Roster,
    Solution,
    Status,
    Words,
)
from jingwu.engines.rostering.solve import solve

__all__ = [
    "OFF",
    "Breach",
    "Calendar",
    "Certificate",
    "Demand",
    "History",
    "Improvement",
    "Leave",
    "OpenShift",
    "Person",
    "PersonLoad",
    "Pin",
    "Request",
    "Roster",
    "RosterProblem",
    "RuleSpec",
    "ShiftKind",
    "Solution",
    "Status",
    "Words",
    "check",
    "loads",
    "objective_of",
    "open_shifts",
    "solve",
]
