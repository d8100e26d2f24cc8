# catalogue: data - both languages stand side by side
"""Swaps: offered by one person, accepted by the other, checked against the law, approved by a third."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import IntegrityError, transaction

from jingwu.duty.actions.beside import keep_step
from jingwu.duty.actions.cells import CellChange, write_cells
from jingwu.duty.actions.guarding import own_person, refuse_own, refuse_unlawful, step
from jingwu.duty.actions.notices import notify
from jingwu.duty.models import Roster, SwapRequest
from jingwu.duty.queries.problem import Sheet, sheet_of
from jingwu.duty.queries.swapping import exchanged, has_begun
from jingwu.duty.transitions import SWAP
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import BadInput, NotAllowed, Refusal, Unknown


@transaction.atomic
def offer_swap(
    roster_id: int,
    *,
    giver_day: date,
    taker_id: int,
    taker_day: date,
    by: Acts,
    at: datetime,
    reason: str = "",
) -> int:
    """Offer one's shift of ``giver_day`` for the other's of ``taker_day`` (or their day off); return the id.

    Raises:
        BadInput: no shift of one's own that day, a shift that has begun, or oneself as the other.
        Refusal: the swap would break a law.
    """
    giver = own_person(by)
    roster = Roster.objects.select_related("office__unit").filter(pk=roster_id, state="published").first()
    if roster is None:
        raise Refusal("swap.no_roster", "这份班表没有在用。", "That roster is not in force.")
    require(by, "duty.request", org=roster)
    row = SwapRequest(
        roster=roster,
        giver_id=giver,
        giver_day=giver_day,
        taker_id=taker_id,
        taker_day=taker_day,
        reason=reason.strip()[:300],
        created_by_id=by.actor.account_id,
        created_at=at,
    )
    _checked(row, at)
    row.save()
    notify(
        [taker_id],
        zh=f"{row.giver.name} 想用 {giver_day:%m-%d} 的班与您 {taker_day:%m-%d} 换班,请答复。",
        en=f"{row.giver.name} offers to swap {giver_day:%m-%d} for your {taker_day:%m-%d}; please answer.",
        url_name="duty:mine",
        at=at,
    )
    journal.record("swap.offer", by=by, at=at, record=row, details=_days(row))
    return row.pk


@transaction.atomic
def accept_swap(swap_id: int, *, by: Acts, at: datetime) -> None:
    """Accept a swap offered to oneself; it is checked once more and goes to the chief."""
    row = _swap(swap_id)
    require(by, SWAP["swap.accept"].permission, org=row)
    _only(row.taker_id, by)
    _checked(row, at)
    step(row, SWAP["swap.accept"], accepted_at=at)
    notify(
        [row.giver_id],
        zh=f"{row.taker.name} 同意与您换班,等警务长批准。",
        en=f"{row.taker.name} agrees to the swap; it waits for the chief.",
        url_name="duty:mine",
        at=at,
    )
    journal.record("swap.accept", by=by, at=at, record=row, details=_days(row))


@transaction.atomic
def decline_swap(swap_id: int, *, by: Acts, at: datetime) -> None:
    """Decline a swap offered to oneself."""
    row = _swap(swap_id)
    require(by, SWAP["swap.decline"].permission, org=row)
    _only(row.taker_id, by)
    step(row, SWAP["swap.decline"])
    notify(
        [row.giver_id],
        zh=f"{row.taker.name} 谢绝了换班。",
        en=f"{row.taker.name} declines the swap.",
        url_name="duty:mine",
        at=at,
    )
    journal.record("swap.decline", by=by, at=at, record=row)


@transaction.atomic
def withdraw_swap(swap_id: int, *, by: Acts, at: datetime) -> None:
    """Take back a swap one offered, while it is not decided."""
    row = _swap(swap_id)
    require(by, SWAP["swap.withdraw"].permission, org=row)
    _only(row.giver_id, by)
    step(row, SWAP["swap.withdraw"])
    notify(
        [row.taker_id],
        zh=f"{row.giver.name} 撤回了换班。",
        en=f"{row.giver.name} withdraws the swap.",
        url_name="duty:mine",
        at=at,
    )
    journal.record("swap.withdraw", by=by, at=at, record=row)


@transaction.atomic
def approve_swap(swap_id: int, *, by: Acts, at: datetime) -> None:
    """Approve an accepted swap: the live cells change hands, and both are told.

    Raises:
        NotAllowed: one's own swap.
        Refusal: it has become unlawful, or the shifts are no longer there.
        ChangedMeanwhile: somebody decided first.
    """
    row = _swap(swap_id)
    require(by, SWAP["swap.approve"].permission, org=row)
    refuse_own(row.giver_id, by)
    refuse_own(row.taker_id, by)
    # two swaps of one shift approved at once: the second is checked against what the first has moved
    Roster.objects.select_for_update().get(pk=row.roster_id)
    sheet, changes = _checked(row, at)
    step(row, SWAP["swap.approve"], decided_by_id=by.actor.account_id, decided_at=at)
    groups = {person.id: person.group for person in sheet.team}
    wanted = [CellChange(person, day, code) for (person, day), code in changes.items()]
    try:
        with transaction.atomic():
            write_cells(row.roster, wanted, groups=groups, is_live=True)
    except IntegrityError as error:
        raise Refusal(
            "swap.two_at_once",
            "换班后有人同时上两个班。",
            "After the swap somebody would be in two shifts at once.",
        ) from error
    cells = [(*key, sheet.cells.get(key, ""), code) for key, code in changes.items()]
    keep_step(row.roster_id, "swap.approve", cells, by=by, at=at)
    notify(
        [row.giver_id, row.taker_id],
        zh=f"换班已批准:{row.giver.name} {row.giver_day:%m-%d} ⇄ {row.taker.name} {row.taker_day:%m-%d}。",
        en=f"Swap approved: {row.giver.name} {row.giver_day:%m-%d} ⇄ {row.taker.name} {row.taker_day:%m-%d}.",
        url_name="duty:mine",
        at=at,
    )
    journal.record("swap.approve", by=by, at=at, record=row, details=_days(row))


@transaction.atomic
def refuse_swap(swap_id: int, *, reason: str, by: Acts, at: datetime) -> None:
    """Refuse an accepted swap with a reason; both are told."""
    if not reason.strip():
        raise BadInput(
            "swap.no_reason",
            "不批准需要写明理由。",
            "Refusing takes a reason.",
            fields={"reason": "必填 / required"},
        )
    row = _swap(swap_id)
    require(by, SWAP["swap.refuse"].permission, org=row)
    refuse_own(row.giver_id, by)
    refuse_own(row.taker_id, by)
    step(
        row,
        SWAP["swap.refuse"],
        decided_by_id=by.actor.account_id,
        decided_at=at,
        refusal=reason.strip()[:300],
    )
    notify(
        [row.giver_id, row.taker_id],
        zh=f"换班未批准:{reason.strip()}",
        en=f"Swap refused: {reason.strip()}",
        url_name="duty:mine",
        at=at,
    )
    journal.record("swap.refuse", by=by, at=at, record=row, reason=reason.strip())


def _checked(row: SwapRequest, at: datetime) -> tuple[Sheet, Mapping[tuple[int, date], str]]:
    sheet = sheet_of(row.roster)
    team = {person.id for person in sheet.team}
    if row.taker_id == row.giver_id or row.taker_id not in team:
        raise BadInput("swap.nobody", "请选本班表上的另一人。", "Choose somebody else on this roster.")
    for day in (row.giver_day, row.taker_day):
        if not sheet.first_day <= day <= sheet.last_day:
            raise BadInput("swap.outside", "日期不在班表内。", "The day is outside the roster.")
    for key in ((row.giver_id, row.giver_day), (row.taker_id, row.taker_day)):
        if has_begun(sheet, key, at):
            raise BadInput("swap.past", "已开始的班不能换。", "A shift that has begun cannot be swapped.")
    changes = exchanged(sheet, (row.giver_id, row.giver_day), (row.taker_id, row.taker_day))
    refuse_unlawful(sheet, changes)
    return sheet, changes


def _swap(swap_id: int) -> SwapRequest:
    rows = SwapRequest.objects.select_related("roster__office__unit", "giver", "taker")
    row = rows.filter(pk=swap_id).first()
    if row is None:
        raise Unknown("swap.unknown", "没有这条换班。", "There is no such swap.")
    return row


def _only(person_id: int, by: Acts) -> None:
    if own_person(by) != person_id:
        raise NotAllowed("swap.not_yours", "这条换班不是问您的。", "This swap is not yours to answer.")


def _days(row: SwapRequest) -> dict[str, object]:
    return {
        "giver": row.giver_id,
        "giver_day": row.giver_day,
        "taker": row.taker_id,
        "taker_day": row.taker_day,
    }
