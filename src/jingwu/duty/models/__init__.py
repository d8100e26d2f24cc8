"""Tables of the room ``duty``: shift kinds, rosters and cells, leave, swaps, 补休, holidays, handovers."""

from jingwu.duty.models.office import FeedKey, Handover, Holiday, Notice
from jingwu.duty.models.requests import CompRestLine, Leave, SwapRequest
from jingwu.duty.models.rosters import Roster, RosterCell, RosterChange, ShiftKind, SolveRun

__all__ = [
    "CompRestLine",
    "FeedKey",
    "Handover",
    "Holiday",
    "Leave",
    "Notice",
    "Roster",
    "RosterCell",
    "RosterChange",
    "ShiftKind",
    "SolveRun",
    "SwapRequest",
]
