"""Verbs of the room ``duty``."""

from jingwu.duty.actions.absence import call_absent, take_open_shift
from jingwu.duty.actions.cells import (
    CellChange,
    go_back,
    move_cell,
    pin_cell,
    redo,
    set_cell,
    set_cells,
    undo,
)
from jingwu.duty.actions.comp_rest import add_comp_rest, reverse_comp_rest
from jingwu.duty.actions.feeds import make_feed_key, revoke_feed_key
from jingwu.duty.actions.handovers import sign_in, sign_out
from jingwu.duty.actions.holidays import upload_holidays
from jingwu.duty.actions.kinds import ensure_shift_kinds
from jingwu.duty.actions.leave import approve_leave, refuse_leave, request_leave, revoke_leave, withdraw_leave
from jingwu.duty.actions.notices import notify, read_notices
from jingwu.duty.actions.relaxing import relax_roster, restore_rule
from jingwu.duty.actions.rosters import draft_roster, publish_need, publish_roster, revise_roster
from jingwu.duty.actions.solving import (
    cancel_solve,
    fail_solve,
    finish_solve,
    note_solve,
    request_solve,
    start_solve,
)
from jingwu.duty.actions.swaps import (
    accept_swap,
    approve_swap,
    decline_swap,
    offer_swap,
    refuse_swap,
    withdraw_swap,
)

__all__ = [
    "CellChange",
    "accept_swap",
    "add_comp_rest",
    "approve_leave",
    "approve_swap",
    "call_absent",
    "cancel_solve",
    "decline_swap",
    "draft_roster",
    "ensure_shift_kinds",
    "fail_solve",
    "finish_solve",
    "go_back",
    "make_feed_key",
    "move_cell",
    "note_solve",
    "notify",
    "offer_swap",
    "pin_cell",
    "publish_need",
    "publish_roster",
    "read_notices",
    "redo",
    "refuse_leave",
    "refuse_swap",
    "relax_roster",
    "request_leave",
    "request_solve",
    "restore_rule",
    "reverse_comp_rest",
    "revise_roster",
    "revoke_feed_key",
    "revoke_leave",
    "set_cell",
    "set_cells",
    "sign_in",
    "sign_out",
    "start_solve",
    "take_open_shift",
    "undo",
    "upload_holidays",
    "withdraw_leave",
    "withdraw_swap",
]
