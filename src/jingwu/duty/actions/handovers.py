"""The change of shift: what is open is told, one person signs out, another signs in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from jingwu.duty.models import Handover
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Unknown


@transaction.atomic
def sign_out(
    office_code: str, *, change_at: datetime, content: Mapping[str, Any], notes: str, by: Acts, at: datetime
) -> int:
    """Sign as the leaving side and return the handover's id; ``content`` is what the page showed.

    Raises: ChangedMeanwhile when somebody signed this change already.
    """
    office = offices.office(office_code)
    require(by, "duty.handover", org=office)
    row, made = Handover.objects.get_or_create(office_id=office.id, at=change_at)
    changed = Handover.objects.filter(pk=row.pk, out_by=None).update(
        out_by_id=by.actor.account_id, out_at=at, content=dict(content), notes=notes.strip()
    )
    if changed != 1:
        raise ChangedMeanwhile(
            "handover.signed", "交班已有人签字。", "Somebody signed this handover already."
        )
    row = _handover(row.pk)
    journal.record("handover.sign_out", by=by, at=at, record=row, details={"change": change_at, "new": made})
    return row.pk


@transaction.atomic
def sign_in(handover_id: int, *, by: Acts, at: datetime) -> None:
    """Sign as the coming side, who must be another person.

    Raises: NotAllowed for the person who signed out; ChangedMeanwhile when somebody signed in already.
    """
    row = _handover(handover_id)
    require(by, "duty.handover", org=row)
    if row.out_by_id is None:
        raise BadInput("handover.not_out", "交班人还没有签字。", "The leaving side has not signed yet.")
    if row.out_by_id == by.actor.account_id:
        raise NotAllowed(
            "handover.same_person", "接班要由另一个人签字。", "The coming side is another person."
        )
    changed = Handover.objects.filter(pk=row.pk, in_by=None, out_by__isnull=False)
    if changed.update(in_by_id=by.actor.account_id, in_at=at) != 1:
        raise ChangedMeanwhile("handover.signed", "接班已有人签字。", "Somebody signed in already.")
    journal.record("handover.sign_in", by=by, at=at, record=row)


def _handover(handover_id: int) -> Handover:
    row = Handover.objects.select_related("office__unit").filter(pk=handover_id).first()
    if row is None:
        raise Unknown("handover.unknown", "没有这次交接。", "There is no such handover.")
    return row
