"""Everything this room does: the organisation's units, beats, cells and zones, and its local norms."""

from jingwu.offices.actions.beats import NewBeat, NewCell, create_beats, map_cells, move_beat, update_beat
from jingwu.offices.actions.local_norms import approve_norm, propose_norm, refuse_norm, withdraw_norm
from jingwu.offices.actions.tree import (
    NewOffice,
    add_zone,
    create_unit,
    move_unit,
    open_offices,
    set_map_background,
    update_office,
    withdraw,
)

__all__ = [
    "NewBeat",
    "NewCell",
    "NewOffice",
    "add_zone",
    "approve_norm",
    "create_beats",
    "create_unit",
    "map_cells",
    "move_beat",
    "move_unit",
    "open_offices",
    "propose_norm",
    "refuse_norm",
    "set_map_background",
    "update_beat",
    "update_office",
    "withdraw",
    "withdraw_norm",
]
