"""Many-server queues without geography: Erlang, priorities, staffing by hour, calls that need two crews."""

from jingwu.engines.response.queueing.erlang import (
    QueueFigures,
    erlang_b,
    erlang_c,
    queue_figures,
    state_probabilities,
    wait_exceeds,
)
from jingwu.engines.response.queueing.priorities import PriorityWait, priority_waits
from jingwu.engines.response.queueing.staffing import (
    StaffingLevel,
    StaffingTarget,
    WeekStaffing,
    crews_needed,
    crews_needed_by_hour,
    lagged_rates,
    staffing_level,
)
from jingwu.engines.response.queueing.travel_laws import TravelSpread
from jingwu.engines.response.queueing.two_crews import TwoCrewFigures, two_crew_queue
from jingwu.engines.response.stability import Unstable

__all__ = [
    "PriorityWait",
    "QueueFigures",
    "StaffingLevel",
    "StaffingTarget",
    "TravelSpread",
    "TwoCrewFigures",
    "Unstable",
    "WeekStaffing",
    "crews_needed",
    "crews_needed_by_hour",
    "erlang_b",
    "erlang_c",
    "lagged_rates",
    "priority_waits",
    "queue_figures",
    "staffing_level",
    "state_probabilities",
    "two_crew_queue",
    "wait_exceeds",
]
