# catalogue: data - both languages stand side by side
"""What `why not` proposes is done: fewer places, a norm gives way, pins let go, leave taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from jingwu.duty.actions.beside import keep_step
from jingwu.duty.actions.cells import CellChange, advance, roster_for, set_cells
from jingwu.duty.actions.leave import revoke_leave
from jingwu.duty.models import Leave, Roster, RosterChange
from jingwu.duty.queries.problem import kinds_of, sheet_of
from jingwu.duty.queries.relaxing import COVER, LEAVE, PINS, firm_norms
from jingwu.journal import actions as journal
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import BadInput, Refusal


@transaction.atomic
def relax_roster(
    roster_id: int, rule_id: str, subjects: Sequence[str], amount: int, *, seen: int, by: Acts, at: datetime
) -> int:
    """Let a rule give way in a draft as 'why not' proposed and return the roster's new version.

    ``subjects`` are ids of people, or posts as ``2026-03-05:N`` when ``amount`` places are given up.

    Raises:
        Refusal: the rule is law, or there is nothing of it that could give way.
        ChangedMeanwhile: somebody changed the roster since version ``seen``.
    """
    row = roster_for(roster_id, "duty.approve", by=by, at=at)
    if rule_id == PINS:
        return _let_go(row, subjects, seen=seen, by=by, at=at)
    if rule_id == LEAVE:
        return _take_leave_back(row, subjects, seen=seen, by=by, at=at)
    relaxed = dict(row.relaxed)
    if rule_id == COVER:
        relaxed[COVER] = _fewer(row, relaxed.get(COVER, {}), subjects, amount)
    elif firm_norms(sheet_of(row)).get(rule_id):
        relaxed["rules"] = sorted({*relaxed.get("rules", ()), rule_id})
    else:
        raise Refusal("relax.law", "法定规则不得放宽。", "A rule of law cannot give way.")
    return _step(row, "roster.relax", relaxed, rule_id, subjects, seen=seen, by=by, at=at)


@transaction.atomic
def restore_rule(roster_id: int, rule_id: str, *, seen: int, by: Acts, at: datetime) -> int:
    """Put a rule that was relaxed in a draft back in force and return the new version.

    Raises: BadInput when it is not relaxed; else as ``relax_roster``.
    """
    row = roster_for(roster_id, "duty.approve", by=by, at=at)
    relaxed = dict(row.relaxed)
    if rule_id == COVER and relaxed.pop(COVER, None) is None:
        raise BadInput("relax.not_relaxed", "这条没有放宽。", "This is not relaxed.")
    if rule_id != COVER:
        if rule_id not in relaxed.get("rules", ()):
            raise BadInput("relax.not_relaxed", "这条没有放宽。", "This is not relaxed.")
        relaxed["rules"] = [name for name in relaxed["rules"] if name != rule_id]
    return _step(row, "roster.restore_rule", relaxed, rule_id, (), seen=seen, by=by, at=at)


def _step(
    row: Roster,
    verb: str,
    relaxed: dict[str, Any],
    rule_id: str,
    subjects: Sequence[str],
    *,
    seen: int,
    by: Acts,
    at: datetime,
) -> int:
    """Keep what gives way as a step that can be undone, and leave its line; return the new version."""
    version = advance(row, seen, relaxed=relaxed)
    RosterChange.objects.create(
        roster=row, version=version, verb=verb, before=[], after=[], relaxed_before=row.relaxed,
        relaxed_after=relaxed, by_id=by.actor.account_id, at=at,
    )  # fmt: skip
    _note(row, verb, rule_id, subjects, by=by, at=at)
    return version


def _fewer(row: Roster, before: dict[str, int], posts: Sequence[str], amount: int) -> dict[str, int]:
    """Return how many crews fewer each post asks for: the places given up, spread over the posts."""
    days = range((row.last_day - row.first_day).days + 1)
    kinds = kinds_of(row.office.unit.path)
    known = {f"{row.first_day + timedelta(days=day)}:{code}" for day in days for code in kinds}
    if not known.issuperset(posts):
        raise BadInput("relax.posts", "班次读不懂。", "The shifts cannot be read.")
    if not posts or amount < 1:
        raise BadInput("relax.posts", "没有可少排的班。", "There is no shift to ask less of.")
    each = -(-amount // len(posts))
    return {**before, **{post: before.get(post, 0) + each for post in posts}}


def _let_go(row: Roster, subjects: Sequence[str], *, seen: int, by: Acts, at: datetime) -> int:
    cells = row.cells.filter(is_pinned=True, person_id__in=_ids(subjects)).select_related("shift")
    changes = [CellChange(cell.person_id, cell.day, cell.shift.code) for cell in cells]
    if not changes:
        raise Refusal(
            "relax.no_pins",
            "这些人没有可松开的钉住;已过去的日子和约定的人不能动。",
            "These people have no pins to let go; past days and appointments cannot move.",
        )
    return set_cells(row.pk, changes, seen=seen, by=by, at=at, verb="roster.relax")


def _take_leave_back(row: Roster, subjects: Sequence[str], *, seen: int, by: Acts, at: datetime) -> int:
    leaves = Leave.objects.filter(
        person_id__in=_ids(subjects),
        state=Leave.State.APPROVED,
        first_day__lte=row.last_day,
        last_day__gte=max(row.first_day, timezone.localdate(at)),
    )
    ids = list(leaves.values_list("pk", flat=True))
    if not ids:
        raise Refusal("relax.no_leave", "没有可调整的休假。", "There is no leave to move.")
    version = advance(row, seen)
    for leave_id in ids:
        revoke_leave(leave_id, reason="排班排不满,需另商日期", by=by, at=at)
    keep_step(row.pk, "leave.revoke", by=by, at=at, version=version)
    _note(row, "roster.relax", LEAVE, subjects, by=by, at=at)
    return version


def _ids(subjects: Sequence[str]) -> list[int]:
    try:
        return [int(text) for text in subjects]
    except ValueError as error:
        raise BadInput("relax.people", "人员读不懂。", "The people cannot be read.") from error


def _note(row: Roster, verb: str, rule_id: str, subjects: Sequence[str], *, by: Acts, at: datetime) -> None:
    details: dict[str, Any] = {"rule": rule_id, "about": list(subjects)}
    journal.record(verb, by=by, at=at, record=row, details=details)
