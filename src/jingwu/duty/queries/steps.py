"""Steps on a board: what the cells were before them, and which may be taken back or taken again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from jingwu.duty import models
from jingwu.duty.queries.problem import Key

ON_THE_BOARD = frozenset(
    {
        "roster.set",
        "roster.move",
        "roster.pin",
        "roster.unpin",
        "roster.repair",
        "roster.relax",
        "roster.restore_rule",
        "roster.solve",
        "roster.go_back",
    }
)
"""Steps that can be taken back. Undo itself cannot, nor what was decided elsewhere: leave, a plan's need."""

Held = Mapping[Key, tuple[str, bool]]
"""Shift code and whether it is pinned, by person and day; no entry is a day off."""


def cells_at(row: models.Roster, version: int) -> Held:
    """Return the cells as they were at ``version``: today's, with every later step taken back."""
    cells = row.cells.filter(is_absent=False, day__gte=row.first_day, day__lte=row.last_day)
    held = {
        (person, day): (code, pinned)
        for person, day, code, pinned in cells.values_list("person_id", "day", "shift__code", "is_pinned")
    }
    for step in row.changes.filter(version__gt=version).order_by("-version"):
        for person, day, code, pinned in step.before:
            key = (person, date.fromisoformat(day))
            if code:
                held[key] = (code, pinned)
            else:
                held.pop(key, None)
    return held


NO_OTHER_ROSTER = frozenset({"roster.pin", "roster.unpin", "roster.publish"})
"""Steps after which what a search proved still holds."""


def proof_of(row: models.Roster) -> Mapping[str, Any]:
    """Return what a search proved of the board; nothing once a shift, or what is to be covered, changed."""
    later = row.changes.filter(version__gt=row.solved.get("version", 0)).exclude(verb__in=NO_OTHER_ROSTER)
    return {} if not row.solved or later.exists() else row.solved


def as_now(row: models.Roster) -> frozenset[int]:
    """Return the versions whose cells are today's, the present one among them: nothing to go back to."""
    today: dict[tuple[int, str], tuple[str, bool]] = {}
    differing: set[tuple[int, str]] = set()
    steps = list(row.changes.order_by("-version"))
    found = {row.version}
    for step, older in zip(steps, [*(one.version for one in steps[1:]), 1], strict=False):
        for person, day, code, pinned in step.after:
            today.setdefault((person, day), (code, pinned))  # the first seen on the way back
        for person, day, code, pinned in step.before:
            key = (person, day)
            differing -= {key}
            if today[key] != (code, pinned):
                differing.add(key)
        if not differing:
            found |= set(range(older, step.version))
    return frozenset(found)


def relaxed_at(row: models.Roster, version: int) -> Mapping[str, Any]:
    """Return what gave way at ``version``: what does today, with every later step taken back."""
    steps = row.changes.filter(version__gt=version, relaxed_before__isnull=False).order_by("version")
    first: Mapping[str, Any] | None = steps.values_list("relaxed_before", flat=True).first()
    return row.relaxed if first is None else first


def can_undo(row: models.Roster) -> bool:
    """Return whether there is a step to take back."""
    return row.changes.filter(is_undone=False).filter(verb__in=ON_THE_BOARD).exists()


def next_redo(row: models.Roster) -> models.RosterChange | None:
    """Return the step taken back last that no newer step has made void."""
    steps = row.changes.filter(verb__in=ON_THE_BOARD)
    live = steps.filter(is_undone=False).order_by("-version").values_list("version", flat=True).first() or 0
    return steps.filter(is_undone=True, version__gt=live).order_by("version").first()
