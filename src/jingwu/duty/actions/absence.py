"""Somebody cannot come: their shift is opened, and somebody lawful takes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from jingwu.duty.actions.beside import keep_step
from jingwu.duty.actions.cells import CellChange, new_cell, refuse_foreign, roster_for, write_cells
from jingwu.duty.actions.guarding import own_person, refuse_unlawful
from jingwu.duty.actions.notices import notify
from jingwu.duty.models import Roster, RosterCell, RosterChange
from jingwu.duty.queries.kinds import on_the_clock
from jingwu.duty.queries.problem import sheet_of
from jingwu.engines.rostering import open_shifts
from jingwu.journal import actions as journal
from jingwu.journal.access import may, require
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal, Unknown


@transaction.atomic
def call_absent(
    cell_id: int,
    *,
    reason: str,
    by: Acts,
    at: datetime,
    repair: Sequence[CellChange] = (),
    seen: int | None = None,
) -> None:
    """Mark that somebody does not come to a live shift, and move others as ``repair`` says.

    From now on the person is not on duty in it. ``seen`` is the roster's version the repair was made for.

    Raises:
        ChangedMeanwhile: the shift is open already or no longer in force, or the roster moved on.
        BadInput: the repair bends a norm and no reason is given.
        Refusal: the repair would newly break a law, or puts somebody in two shifts at once.
    """
    cell = (
        RosterCell.objects.select_related("roster__office__unit", "person", "shift")
        .filter(pk=cell_id)
        .first()
    )
    if cell is None:
        raise Unknown("absence.unknown", "没有这个班。", "There is no such shift.")
    require(by, "duty.absence", org=cell.roster)
    rosters = Roster.objects.select_for_update().filter(pk=cell.roster_id)
    if seen is not None:
        rosters = rosters.filter(version=seen)
    if rosters.first() is None:
        raise ChangedMeanwhile(
            "roster.changed_meanwhile",
            "这份班表刚被改过,没有执行;请重新看一遍调整办法。",
            "This roster was just changed, so nothing was done; look at the repair again.",
        )
    changed = RosterCell.objects.filter(pk=cell_id, is_live=True, is_absent=False).update(is_absent=True)
    if changed != 1:
        raise ChangedMeanwhile(
            "absence.changed_meanwhile",
            "这个班已空出或已不在用。",
            "This shift is open already or no longer in force.",
        )
    moved = _repair(cell.roster, repair, reason, by=by, at=at) if repair else []
    steps = {(cell.person_id, cell.day): (cell.shift.code, "")}
    for change, before in moved:
        key = (change.person_id, change.day)
        steps[key] = (steps[key][0] if key in steps else before, change.code)
    keep_step(cell.roster_id, "absence.call", [(*key, *step) for key, step in steps.items()], by=by, at=at)
    journal.record(
        "absence.call",
        by=by,
        at=at,
        record=cell.roster,
        reason=reason.strip(),
        details={
            "person": cell.person.code,
            "day": cell.day,
            "shift": cell.shift.code,
            "moved": [_told(*one) for one in moved],
        },
    )


def _repair(
    row: Roster, repair: Sequence[CellChange], reason: str, *, by: Acts, at: datetime
) -> list[tuple[CellChange, str]]:
    """Move the live cells of a repair, tell the people, and return what moved with the shift before."""
    require(by, "duty.decide", org=row)
    sheet = sheet_of(row)
    refuse_foreign(sheet, repair)
    bent = refuse_unlawful(sheet, {(change.person_id, change.day): change.code for change in repair})
    if bent and not reason.strip():
        raise BadInput(
            "absence.no_reason",
            "这样调整不合规范,需写明理由:" + ";".join(breach.words_zh for breach in bent[:3]),
            "The change is off the norms and takes a reason: " + "; ".join(b.words_en for b in bent[:3]),
            fields={"reason": "必填 / required"},
        )
    groups = {person.id: person.group for person in sheet.team}
    try:
        with transaction.atomic():
            write_cells(row, repair, groups=groups, is_live=True)
    except IntegrityError as error:
        raise Refusal(
            "absence.two_at_once",
            "有人会同时上两个班,没有执行。",
            "Somebody would be in two shifts at once, so nothing was done.",
        ) from error
    moved = []
    for change in repair:
        kind = sheet.kinds.get(change.code)
        notify(
            [change.person_id],
            zh=f"因有人缺勤,您 {change.day:%m-%d} 改为{kind.name if kind else '休息'}。",  # as is
            en=f"Somebody cannot come: on {change.day:%m-%d} you have "
            f"{kind.name_en if kind else 'the day off'}.",
            url_name="duty:mine",
            at=at,
        )
        moved.append((change, sheet.cells.get((change.person_id, change.day), "")))
    return moved


def _is_left(row: Roster, day: date, code: str) -> bool:
    """Return whether more people were called absent from a shift than have taken it since."""
    absent = RosterCell.objects.filter(roster=row, day=day, shift__code=code, is_absent=True).count()
    steps = RosterChange.objects.filter(roster=row, verb__in=("absence.call", "open.take"))
    came = sum(
        (on, now) == (day.isoformat(), code)
        for after in (steps.values_list("after", flat=True) if absent else ())
        for _person, on, now, _pinned in after
    )
    return came < absent


def _told(change: CellChange, before: str) -> dict[str, object]:
    return {"person": change.person_id, "day": change.day, "before": before, "after": change.code}


@transaction.atomic
def take_open_shift(
    roster_id: int, *, day: date, code: str, by: Acts, at: datetime, person_id: int | None = None
) -> int:
    """Put somebody on an open shift of a roster in force (oneself, or a stand-in); return the cell.

    A shift somebody was called absent from is open for one other, whatever the need. Who decides for the
    office may note afterwards who stood in.

    Raises:
        BadInput: the shift is not open, is over, or the person works that day already.
        Refusal: it would break a law.
    """
    row = roster_for(roster_id, "duty.view", by=by, at=at)
    own = getattr(by, "person_id", None)
    person = person_id if person_id is not None else own_person(by)
    require(by, "duty.request" if person == own else "duty.decide", org=row)
    if row.state != Roster.State.PUBLISHED:
        raise Refusal("open.not_published", "这份班表没有在用。", "That roster is not in force.")
    Roster.objects.select_for_update().get(pk=row.pk)  # two takers of one shift: the second finds it closed
    sheet = sheet_of(row)
    if person not in {p.id for p in sheet.team}:
        raise BadInput("open.not_staff", "此人不在本警务室的班表上。", "This person is not on the roster.")
    open_days = {
        (item.day, kind) for item in open_shifts(sheet.problem, sheet.roster) for kind in item.shifts
    }
    if (sheet.index(day), code) not in open_days and not _is_left(row, day, code):
        raise BadInput("open.not_open", "这个班没有空缺。", "That shift is not open.")
    is_over = on_the_clock(sheet.kinds[code], day)[1] <= at
    if is_over and not may(by, "duty.decide", org=row):
        raise BadInput("open.over", "这个班已经结束。", "That shift is over.")
    if sheet.cells.get((person, day)):
        raise BadInput("open.works", "此人当天已有班。", "This person works that day already.")
    refuse_unlawful(sheet, {(person, day): code})
    group = next(p.group for p in sheet.team if p.id == person)
    RosterCell.objects.filter(roster=row, person_id=person, day=day, is_absent=True).delete()
    cell = new_cell(row, CellChange(person, day, code), sheet.kinds[code], group, is_live=True)
    try:
        with transaction.atomic():
            cell.save()
    except IntegrityError as error:
        raise Refusal(
            "open.two_at_once", "此人那时在别处有班。", "This person has a shift elsewhere at that time."
        ) from error
    keep_step(row.pk, "open.take", [(person, day, "", code)], by=by, at=at)
    if person != own:
        notify(
            [person],
            zh=f"请您顶 {day:%m-%d} 的{sheet.kinds[code].name}。",  # as is
            en=f"You stand in on {day:%m-%d}: {sheet.kinds[code].name_en}.",
            url_name="duty:mine",
            at=at,
        )
    journal.record(
        "open.take", by=by, at=at, record=row, details={"person": person, "day": day, "shift": code}
    )
    return cell.pk
