"""The change of shift: what is open is told, one person signs out, another signs in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from jingwu.duty.models import Handover
from jingwu.duty.queries.handover import handover, is_change
from jingwu.duty.queries.presence import OnDuty
from jingwu.journal import actions as journal
from jingwu.journal.access import may, require
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Unknown


@transaction.atomic
def sign_out(
    office_code: str,
    *,
    change_at: datetime,
    content: Mapping[str, Any],
    notes: str,
    by: Acts,
    at: datetime,
    stand_in: str = "",
) -> int:
    """Sign as the leaving side and return the handover's id; ``content`` is what the page showed.

    Somebody of the leaving shift signs; who decides for the office may sign for them with a reason.

    Raises:
        NotAllowed: the account's person is not of the leaving shift.
        BadInput: no shift changes at that time.
        ChangedMeanwhile: somebody signed this change already.
    """
    office = offices.office(office_code)
    require(by, "duty.handover", org=office)
    if not is_change(office.id, change_at):
        raise BadInput(
            "handover.no_change", "那时没有班次交替。", "There is no change of shift at that time."
        )
    reason = _signer(handover(office.id, change_at).leaving, stand_in, office, by=by)
    row, made = Handover.objects.get_or_create(office_id=office.id, at=change_at)
    changed = Handover.objects.filter(pk=row.pk, out_by=None).update(
        out_by_id=by.actor.account_id,
        out_at=at,
        out_stand_in=reason,
        content=dict(content),
        notes=notes.strip(),
    )
    if changed != 1:
        raise ChangedMeanwhile(
            "handover.signed", "交班已有人签字。", "Somebody signed this handover already."
        )
    row = _handover(row.pk)
    details = {"change": change_at, "new": made, "stand_in": bool(reason)}
    journal.record("handover.sign_out", by=by, at=at, record=row, reason=reason, details=details)
    return row.pk


@transaction.atomic
def sign_in(handover_id: int, *, by: Acts, at: datetime, stand_in: str = "") -> None:
    """Sign as the coming side, who must be another person, and of the coming shift.

    Raises: NotAllowed for the person who signed out, or who is not of the coming shift; ChangedMeanwhile
        when somebody signed in already.
    """
    row = _handover(handover_id)
    require(by, "duty.handover", org=row)
    if row.out_by is None:
        raise BadInput("handover.not_out", "交班人还没有签字。", "The leaving side has not signed yet.")
    own = getattr(by, "person_id", None)
    if row.out_by_id == by.actor.account_id or (own is not None and row.out_by.person_id == own):
        raise NotAllowed(
            "handover.same_person", "接班要由另一个人签字。", "The coming side is another person."
        )
    reason = _signer(handover(row.office_id, row.at).coming, stand_in, row, by=by)
    changed = Handover.objects.filter(pk=row.pk, in_by=None, out_by__isnull=False)
    if changed.update(in_by_id=by.actor.account_id, in_at=at, in_stand_in=reason) != 1:
        raise ChangedMeanwhile("handover.signed", "接班已有人签字。", "Somebody signed in already.")
    details = {"stand_in": bool(reason)}
    journal.record("handover.sign_in", by=by, at=at, record=row, reason=reason, details=details)


def _signer(side: Sequence[OnDuty], stand_in: str, org: Any, *, by: Acts) -> str:
    """Return why somebody signs for others, "" for somebody of the side itself.

    Raises: NotAllowed for anybody else; BadInput for a stand-in without a reason.
    """
    if getattr(by, "person_id", None) in {duty.person_id for duty in side}:
        return ""
    if not may(by, "duty.decide", org=org):
        names = "、".join(duty.person_name for duty in side)
        raise NotAllowed(
            "handover.not_on_shift",
            f"这一栏由当班的人签字:{names or '无人'};不在时由警务长代签。",
            f"The people on that shift sign this side ({names or 'nobody'}), or the chief for them.",
        )
    if not stand_in.strip():
        raise BadInput(
            "handover.stand_in_reason",
            "代签需写明当班的人为什么没有签。",
            "Signing for them takes the reason why they did not.",
            fields={"stand_in": "必填 / required"},
        )
    return stand_in.strip()[:300]


def _handover(handover_id: int) -> Handover:
    row = Handover.objects.select_related("office__unit", "out_by").filter(pk=handover_id).first()
    if row is None:
        raise Unknown("handover.unknown", "没有这次交接。", "There is no such handover.")
    return row
