"""Leave and training days: asked for by the person, decided by somebody else."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from jingwu.duty.actions.beside import CellStep, keep_step
from jingwu.duty.actions.guarding import own_person, refuse_own, step
from jingwu.duty.actions.notices import notify
from jingwu.duty.models import Leave, Roster, RosterCell
from jingwu.duty.transitions import LEAVE
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import BadInput, NotAllowed, Unknown

MAX_DAYS = 366


@transaction.atomic
def request_leave(
    *,
    kind: str,
    first_day: date,
    last_day: date,
    by: Acts,
    at: datetime,
    reason: str = "",
    person_id: int | None = None,
) -> int:
    """Ask for leave or training days for oneself (a chief also for somebody) and return the id.

    Raises:
        BadInput: the days run backwards, are in the past, or overlap other leave.
        NotAllowed: for somebody else without being their chief.
    """
    own = getattr(by, "person_id", None)
    person = person_id if person_id is not None else own_person(by)
    row = Leave(
        person_id=person,
        kind=kind,
        first_day=first_day,
        last_day=last_day,
        reason=reason.strip()[:300],
        created_by_id=by.actor.account_id,
        created_at=at,
    )
    require(by, "duty.request" if person == own else "duty.decide", org=row)
    if kind not in Leave.Kind.values:
        raise BadInput("leave.kind", f"没有这种假:{kind}", f"There is no such kind of leave: {kind}")
    if not 0 <= (last_day - first_day).days < MAX_DAYS:
        raise BadInput(
            "leave.days",
            "结束日应在开始日当天或之后。",
            "The last day is on or after the first.",
            fields={"last_day": f"≥ {first_day}"},
        )
    if person == own and last_day < timezone.localdate(at) and kind != Leave.Kind.SICK:
        raise BadInput(
            "leave.past", "这些天已经过去。", "These days are past.", fields={"first_day": "≥ 今天 / today"}
        )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise BadInput(
            "leave.overlap",
            f"{first_day} 至 {last_day} 与已有的请假重叠。",
            f"{first_day} to {last_day} overlaps leave that is asked for or approved already.",
            fields={"first_day": "重叠 / overlaps"},
        ) from error
    journal.record(
        "leave.request",
        by=by,
        at=at,
        record=row,
        details={"kind": kind, "first": first_day, "last": last_day},
    )
    return row.pk


@transaction.atomic
def approve_leave(leave_id: int, *, by: Acts, at: datetime) -> int:
    """Approve somebody's leave; their shifts of those days become open. Returns how many.

    Raises: NotAllowed for one's own; ChangedMeanwhile when somebody decided first.
    """
    row = _decide(leave_id, "leave.approve", by=by, at=at)
    opened = _clear_shifts(row, by=by, at=at)
    notify(
        [row.person_id],
        zh=f"{row.get_kind_display()} {row.first_day} 至 {row.last_day} 已批准。",  # as is
        en=f"Your leave {row.first_day} to {row.last_day} is approved.",
        url_name="duty:mine",
        at=at,
    )
    journal.record("leave.approve", by=by, at=at, record=row, details={"opened_shifts": opened})
    return opened


@transaction.atomic
def refuse_leave(leave_id: int, *, reason: str, by: Acts, at: datetime) -> None:
    """Refuse somebody's leave with a reason.

    Raises: BadInput without a reason; else as ``approve_leave``.
    """
    if not reason.strip():
        raise BadInput(
            "leave.no_reason",
            "不批准需要写明理由。",
            "Refusing takes a reason.",
            fields={"reason": "必填 / required"},
        )
    row = _decide(leave_id, "leave.refuse", by=by, at=at)
    notify(
        [row.person_id],
        zh=f"{row.get_kind_display()} {row.first_day} 至 {row.last_day} 未批准:{reason.strip()}",  # as is
        en=f"Your leave {row.first_day} to {row.last_day} is refused: {reason.strip()}",
        url_name="duty:mine",
        at=at,
    )
    journal.record("leave.refuse", by=by, at=at, record=row, reason=reason.strip())


@transaction.atomic
def revoke_leave(leave_id: int, *, reason: str, by: Acts, at: datetime) -> None:
    """Take back leave that was approved; the person is told why.

    Raises: as ``refuse_leave``.
    """
    row = _decide(leave_id, "leave.revoke", by=by, at=at)
    days = f"{row.first_day} 至 {row.last_day}"  # as is
    notify(
        [row.person_id],
        zh=f"{row.get_kind_display()} {days} 已收回:{reason}。请与警务长商量。",  # as is
        en=f"Your leave {row.first_day} to {row.last_day} is taken back; please talk to your chief.",
        url_name="duty:mine",
        at=at,
    )
    journal.record("leave.revoke", by=by, at=at, record=row, reason=reason)


@transaction.atomic
def withdraw_leave(leave_id: int, *, by: Acts, at: datetime) -> None:
    """Take one's own request back while it waits."""
    row = _leave(leave_id)
    require(by, LEAVE["leave.withdraw"].permission, org=row)
    if getattr(by, "person_id", None) != row.person_id:
        raise NotAllowed("leave.not_own", "只能撤回自己的申请。", "Only one's own request can be withdrawn.")
    step(row, LEAVE["leave.withdraw"])
    journal.record("leave.withdraw", by=by, at=at, record=row)


def _leave(leave_id: int) -> Leave:
    row = Leave.objects.select_related("person__unit").filter(pk=leave_id).first()
    if row is None:
        raise Unknown("leave.unknown", "没有这条请假。", "There is no such leave.")
    return row


def _decide(leave_id: int, verb: str, *, by: Acts, at: datetime) -> Leave:
    row = _leave(leave_id)
    require(by, LEAVE[verb].permission, org=row)
    refuse_own(row.person_id, by)
    step(row, LEAVE[verb], decided_by_id=by.actor.account_id, decided_at=at)
    return row


def _clear_shifts(row: Leave, *, by: Acts, at: datetime) -> int:
    """Take the person off drafts, and mark live shifts as open; return how many live ones."""
    days = {"person_id": row.person_id, "day__gte": row.first_day, "day__lte": row.last_day}
    drafts = RosterCell.objects.filter(roster__state=Roster.State.DRAFT, **days)
    live = RosterCell.objects.filter(is_live=True, is_absent=False, **days)
    cleared: dict[int, list[CellStep]] = defaultdict(list)
    for roster, day, code in (drafts | live).values_list("roster_id", "day", "shift__code"):
        cleared[roster].append((row.person_id, day, code, ""))
    # whoever has one of the rosters open sees a new version and so loads the change
    for roster, cells in sorted(cleared.items()):
        keep_step(roster, "leave.approve", cells, by=by, at=at)
    drafts.delete()
    return live.update(is_absent=True)
