"""Everything this room does: plans asked for and decided, facts brought in, adopted and undone."""

from jingwu.planning.actions.facts import adopt_facts, bring_in_facts, drop_facts, undo_facts
from jingwu.planning.actions.plans import (
    approve_plan,
    cancel_plan,
    fail_plan,
    finish_plan,
    note_progress,
    reject_plan,
    request_plan,
    requeue_plan,
    start_plan,
    submit_plan,
    withdraw_plan,
)

__all__ = [
    "adopt_facts",
    "approve_plan",
    "bring_in_facts",
    "cancel_plan",
    "drop_facts",
    "fail_plan",
    "finish_plan",
    "note_progress",
    "reject_plan",
    "request_plan",
    "requeue_plan",
    "start_plan",
    "submit_plan",
    "undo_facts",
    "withdraw_plan",
]
