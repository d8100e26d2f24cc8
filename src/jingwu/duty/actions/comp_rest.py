"""The 补休 ledger: lines are added and reversed, never edited."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from jingwu.duty.models import CompRestLine
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Unknown


@transaction.atomic
def add_comp_rest(
    person_id: int, *, day: date, minutes: int, reason: str, key: str, by: Acts, at: datetime
) -> int:
    """Credit overtime (positive) or note rest given (negative), in minutes, and return the line's id.

    ``key`` makes the line unique: the same overtime is never credited twice, however often it is sent.

    Raises: BadInput for 0 minutes or no reason.
    """
    row = CompRestLine(
        person_id=person_id,
        day=day,
        minutes=minutes,
        reason=reason.strip()[:200],
        key=key,
        created_by_id=by.actor.account_id,
        created_at=at,
    )
    require(by, "duty.decide", org=row)
    if minutes == 0 or not reason.strip():
        raise BadInput(
            "comp_rest.empty",
            "请写明分钟数和事由。",
            "State the minutes and the reason.",
            fields={"minutes": "≠ 0"},
        )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        known = CompRestLine.objects.get(key=key)
        if (known.person_id, known.day, known.minutes) != (person_id, day, minutes):
            raise BadInput(
                "comp_rest.key", "同一编号已记过另一笔。", "That key stands for another line."
            ) from error
        return known.pk
    journal.record(
        "comp_rest.add",
        by=by,
        at=at,
        record=row,
        reason=reason.strip(),
        details={"person": person_id, "day": day, "minutes": minutes},
    )
    return row.pk


@transaction.atomic
def reverse_comp_rest(line_id: int, *, reason: str, by: Acts, at: datetime) -> int:
    """Cancel a line by its opposite and return the new line's id.

    Raises: ChangedMeanwhile when it is reversed already; BadInput without a reason or for a reversal.
    """
    row = CompRestLine.objects.select_related("person__unit").filter(pk=line_id).first()
    if row is None:
        raise Unknown("comp_rest.unknown", "没有这一笔。", "There is no such line.")
    require(by, "duty.decide", org=row)
    if not reason.strip() or row.reverses_id is not None:
        raise BadInput(
            "comp_rest.no_reason",
            "冲正需要事由;冲正本身不能再冲。",
            "A reversal takes a reason, and is not reversed itself.",
        )
    line = CompRestLine(
        person_id=row.person_id,
        day=row.day,
        minutes=-row.minutes,
        reason=reason.strip()[:200],
        key=f"reversal:{row.pk}",
        reverses_id=row.pk,
        created_by_id=by.actor.account_id,
        created_at=at,
    )
    try:
        with transaction.atomic():
            line.save()
    except IntegrityError as error:
        raise ChangedMeanwhile(
            "comp_rest.reversed", "这一笔已冲正。", "This line is reversed already."
        ) from error
    journal.record(
        "comp_rest.reverse", by=by, at=at, record=line, reason=reason.strip(), details={"of": row.pk}
    )
    return line.pk
