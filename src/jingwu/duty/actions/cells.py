"""The board: cells are set, moved, pinned and undone; whoever saw an older version is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from jingwu.duty.models import Roster, RosterCell, RosterChange, ShiftKind
from jingwu.duty.queries.kinds import on_the_clock
from jingwu.duty.queries.problem import Sheet, kinds_of, sheet_of
from jingwu.duty.queries.steps import ON_THE_BOARD, cells_at, next_redo
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal, Unknown


@dataclass(frozen=True)
class CellChange:
    """What a cell becomes: a shift code, or "" for a day off; ``is_pinned`` fixes it for the solver."""

    person_id: int
    day: date
    code: str
    is_pinned: bool = False


def new_cell(
    roster: Roster, change: CellChange, kind: ShiftKind, group: str = "", *, is_live: bool = False
) -> RosterCell:
    """Return the row of a worked cell, its shift on the clock."""
    start_at, end_at = on_the_clock(kind, change.day)
    return RosterCell(
        roster=roster,
        person_id=change.person_id,
        day=change.day,
        shift=kind,
        group=group,
        is_pinned=change.is_pinned,
        is_live=is_live,
        start_at=start_at,
        end_at=end_at,
    )


def roster_for(roster_id: int, verb: str, *, by: Acts, at: datetime) -> Roster:
    """Return the roster, guarded; an unknown one is refused."""
    row = Roster.objects.select_related("office__unit").filter(pk=roster_id).first()
    if row is None:
        raise Unknown("roster.unknown", "没有这份班表。", "There is no such roster.")
    require(by, verb, org=row)
    return row


def advance(row: Roster, seen: int, **columns: Any) -> int:
    """Count one change of the roster and return its new version; of two people at once one wins.

    Raises:
        ChangedMeanwhile: the version seen is not the roster's any more, or it is no draft.
    """
    drafts = Roster.objects.filter(pk=row.pk, version=seen, state=Roster.State.DRAFT)
    if drafts.update(version=F("version") + 1, **columns) != 1:
        current = Roster.objects.only("state", "version").get(pk=row.pk)
        if current.state != Roster.State.DRAFT:
            raise Refusal(
                "roster.not_draft",
                "已发布的班表不能直接改;请先“修订”成草稿,改好后再发布。",
                "A published roster is not edited; make a revision, change it and publish that.",
            )
        raise ChangedMeanwhile(
            "roster.changed_meanwhile",
            "这份班表刚被别人改过,您的这一步没有执行;请刷新后再改。",
            "Somebody changed this roster just before you, so nothing was done; reload the page.",
        )
    return seen + 1


@transaction.atomic
def set_cells(
    roster_id: int,
    changes: Sequence[CellChange],
    *,
    seen: int,
    by: Acts,
    at: datetime,
    verb: str = "roster.set",
) -> int:
    """Set cells of a draft and return its new version.

    Breaches are no obstacle here (the board shows them); what the law forbids is refused at publishing.

    Raises:
        ChangedMeanwhile: somebody changed the roster since version ``seen``.
        BadInput: an unknown person or shift, or a day outside the roster.
    """
    row = roster_for(roster_id, "duty.draft", by=by, at=at)
    version = advance(row, seen)
    sheet = sheet_of(row)
    refuse_foreign(sheet, changes)
    _apply(row, sheet, changes, version, verb, by=by, at=at)
    return version


def set_cell(
    roster_id: int, person_id: int, day: date, code: str, *, seen: int, by: Acts, at: datetime
) -> int:
    """Set one cell; setting by hand does not pin it."""
    return set_cells(roster_id, [CellChange(person_id, day, code)], seen=seen, by=by, at=at)


@transaction.atomic
def move_cell(
    roster_id: int, source: tuple[int, date], target: tuple[int, date], *, seen: int, by: Acts, at: datetime
) -> int:
    """Move a shift to another person or day; the cell there comes back in exchange. The moved one is pinned.

    Raises: BadInput when there is no shift to move; else as ``set_cells``.
    """
    row = roster_for(roster_id, "duty.draft", by=by, at=at)
    found = {
        (cell.person_id, cell.day): cell.shift.code
        for cell in row.cells.filter(person_id__in=[source[0], target[0]]).select_related("shift")
    }
    if source not in found or source == target:
        raise BadInput("roster.nothing_to_move", "这里没有可移动的班。", "There is no shift to move here.")
    changes = [
        CellChange(*source, found.get(target, "")),
        CellChange(*target, found[source], is_pinned=True),
    ]
    return set_cells(roster_id, changes, seen=seen, by=by, at=at, verb="roster.move")


@transaction.atomic
def pin_cell(
    roster_id: int, person_id: int, day: date, *, is_pinned: bool, seen: int, by: Acts, at: datetime
) -> int:
    """Pin a shift so that no search moves it, or let it go again."""
    row = roster_for(roster_id, "duty.draft", by=by, at=at)
    cell = row.cells.filter(person_id=person_id, day=day).select_related("shift").first()
    if cell is None:
        raise BadInput("roster.nothing_to_pin", "休息日没有班可钉住。", "A day off has no shift to pin.")
    change = CellChange(person_id, day, cell.shift.code, is_pinned)
    verb = "roster.pin" if is_pinned else "roster.unpin"
    return set_cells(roster_id, [change], seen=seen, by=by, at=at, verb=verb)


@transaction.atomic
def undo(roster_id: int, *, seen: int, by: Acts, at: datetime) -> int:
    """Take back the last step that is not taken back yet and return the new version.

    What gave way in it is in force again, which asks for the right to decide that.

    Raises: Refusal when there is nothing to undo; else as ``set_cells``.
    """
    row = roster_for(roster_id, "duty.draft", by=by, at=at)
    version = advance(row, seen)
    last = row.changes.filter(is_undone=False, verb__in=ON_THE_BOARD).first()
    if last is None:
        raise Refusal("roster.nothing_to_undo", "没有可撤销的步骤。", "There is nothing to undo.")
    RosterChange.objects.filter(pk=last.pk).update(is_undone=True)
    _take(row, last.before, last.relaxed_before, version, "roster.undo", by=by, at=at)
    return version


@transaction.atomic
def redo(roster_id: int, *, seen: int, by: Acts, at: datetime) -> int:
    """Take the step that was undone last again and return the new version.

    Raises: Refusal when there is none (a newer step makes undone ones void); else as ``set_cells``.
    """
    row = roster_for(roster_id, "duty.draft", by=by, at=at)
    version = advance(row, seen)
    step = next_redo(row)
    if step is None:
        raise Refusal("roster.nothing_to_redo", "没有可重做的步骤。", "There is nothing to redo.")
    RosterChange.objects.filter(pk=step.pk).update(is_undone=False)
    _take(row, step.after, step.relaxed_after, version, "roster.redo", by=by, at=at)
    return version


def _take(
    row: Roster,
    cells: Sequence[Sequence[Any]],
    relaxed: dict[str, Any] | None,
    version: int,
    verb: str,
    *,
    by: Acts,
    at: datetime,
) -> None:
    """Lay one side of a step on the board: its cells, and what gives way where the step changed that."""
    if relaxed is not None:
        require(by, "duty.approve", org=row)
        Roster.objects.filter(pk=row.pk).update(relaxed=relaxed)
    sheet = sheet_of(row)
    changes = _but_on_leave(sheet, [_from_json(item) for item in cells])
    _apply(row, sheet, changes, version, verb, relaxed=relaxed, by=by, at=at)


def _but_on_leave(sheet: Sheet, changes: Sequence[CellChange]) -> list[CellChange]:
    """Return the changes without shifts on days for which leave was approved meanwhile."""
    away = {(int(person), sheet.days[n]) for person, days in sheet.problem.leave_days.items() for n in days}
    return [change for change in changes if not change.code or (change.person_id, change.day) not in away]


@transaction.atomic
def go_back(roster_id: int, to_version: int, *, seen: int, by: Acts, at: datetime) -> int:
    """Make a draft's cells what they were at an older version, as one new step, and return its version.

    What gives way stays as it is, and whoever is on leave meanwhile stays off: others decide that.

    Raises: BadInput when there is no such version or nothing differs; else as ``set_cells``.
    """
    row = roster_for(roster_id, "duty.draft", by=by, at=at)
    if not 1 <= to_version < row.version:
        raise BadInput("versions.name", "没有这个版本。", "There is no such version.")
    held, now = cells_at(row, to_version), cells_at(row, row.version)
    differing = [
        CellChange(*key, *held.get(key, ("", False)))
        for key in sorted({*held, *now})
        if held.get(key) != now.get(key)
    ]
    changes = _but_on_leave(sheet_of(row), differing)
    if not changes:
        raise BadInput("versions.same", "各班与现在没有不同。", "No shift differs from now.")
    return set_cells(roster_id, changes, seen=seen, by=by, at=at, verb="roster.go_back")


def refuse_foreign(sheet: Sheet, changes: Sequence[CellChange]) -> None:
    """Refuse cells outside the roster's days, people and shift kinds.

    Raises: BadInput naming what is not there.
    """
    known = {person.id for person in sheet.team}
    for change in changes:
        if not sheet.first_day <= change.day <= sheet.last_day:
            raise BadInput("roster.day_outside", "日期不在班表内。", "The day is outside the roster.")
        if change.person_id not in known:
            raise BadInput(
                "roster.unknown_person", "此人不在本警务室的班表上。", "This person is not on the roster."
            )
        if change.code and change.code not in sheet.kinds:
            raise BadInput(
                "roster.unknown_shift",
                f"没有班次“{change.code}”。",
                f"There is no shift kind '{change.code}'.",
            )


def _apply(
    row: Roster,
    sheet: Sheet,
    changes: Sequence[CellChange],
    version: int,
    verb: str,
    *,
    by: Acts,
    at: datetime,
    relaxed: dict[str, Any] | None = None,
) -> None:
    """Write the cells, the step for undo with what gives way after it, and the journal line."""
    before = [
        _to_json(
            CellChange(
                c.person_id,
                c.day,
                sheet.cells.get((c.person_id, c.day), ""),
                (c.person_id, c.day) in sheet.pinned,
            )
        )
        for c in changes
    ]
    write_cells(row, changes, groups={person.id: person.group for person in sheet.team})
    after = [_to_json(change) for change in changes]
    gave_way, gives_way = (None, None) if relaxed is None else (row.relaxed, relaxed)
    RosterChange.objects.create(
        roster=row,
        version=version,
        verb=verb,
        before=before,
        after=after,
        relaxed_before=gave_way,
        relaxed_after=gives_way,
        by_id=by.actor.account_id,
        at=at,
    )
    was: dict[str, Any] = {"cells": before}
    now: dict[str, Any] = {"cells": after}
    if relaxed is not None:
        was["relaxed"], now["relaxed"] = gave_way, gives_way
    details = {"version": version, "cells": len(changes)}
    journal.record(verb, by=by, at=at, record=row, details=details, before=was, after=now)


def write_cells(
    row: Roster, changes: Sequence[CellChange], *, groups: Mapping[int, str], is_live: bool = False
) -> None:
    """Replace the cells of these people and days, in three statements."""
    kinds = kinds_of(row.office.unit.path)
    wanted = {(change.person_id, change.day): change for change in changes}
    old = row.cells.filter(person_id__in={person for person, _ in wanted}, day__in={day for _, day in wanted})
    gone = [cell.pk for cell in old if (cell.person_id, cell.day) in wanted]
    RosterCell.objects.filter(pk__in=gone).delete()
    RosterCell.objects.bulk_create(
        new_cell(row, change, kinds[change.code], groups.get(change.person_id, ""), is_live=is_live)
        for change in wanted.values()
        if change.code
    )


def _to_json(change: CellChange) -> list[Any]:
    return [change.person_id, change.day.isoformat(), change.code, change.is_pinned]


def _from_json(item: Sequence[Any]) -> CellChange:
    return CellChange(item[0], date.fromisoformat(item[1]), item[2], item[3])
