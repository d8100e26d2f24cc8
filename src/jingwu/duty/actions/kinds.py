"""Shift kinds of a district: made from the norms once, then kept by the district."""

from __future__ import annotations

from datetime import datetime, time

from django.db import transaction
from django.utils import timezone

from jingwu.duty.models import ShiftKind
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.norms import Norms
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput, InputProblem

MINUTES_A_DAY = 1440


@transaction.atomic
def ensure_shift_kinds(org_code: str, *, by: Acts, at: datetime) -> int:
    """Make the shift kinds of the district that are not there yet and return how many were made."""
    unit = offices.unit(org_code)
    require(by, "duty.configure", org=unit)
    norms = norms_for(unit.path, timezone.localdate(at))
    _refuse_impossible(norms)
    known = set(ShiftKind.objects.filter(org_id=unit.id).values_list("code", flat=True))
    fresh = [row for row in _from_norms(unit.id, norms) if row.code not in known]
    if not fresh:
        return 0
    ShiftKind.objects.bulk_create(fresh)
    ref = journal.RecordRef("duty", "shiftkind", org_code, unit.path)
    journal.record("kinds.ensure", by=by, at=at, record=ref, details={"codes": [row.code for row in fresh]})
    return len(fresh)


def _refuse_impossible(norms: Norms) -> None:
    """Refuse kinds of no length or longer than a day, all of them by name.

    Raises: BadInput.
    """
    problems = [
        InputProblem(
            "rostering.shifts.kinds",
            row,
            "minutes",
            "kinds.minutes",
            f"班次“{code}”时长 {kind['minutes'] / 60:g} 小时,应大于 0 且不超过 24 小时",
            f"shift '{code}' lasts {kind['minutes'] / 60:g} h; it must be above 0 and at most 24 h",
            str(kind["minutes"]),
            blocking=True,
        )
        for row, (code, kind) in enumerate(norms.value("rostering.shifts.kinds").items(), 1)
        if not 0 < kind["minutes"] <= MINUTES_A_DAY
    ]
    if problems:
        raise BadInput(
            "kinds.minutes",
            "班次没有建立:" + ";".join(item.reason_zh for item in problems),
            "No shift kinds were made: " + "; ".join(item.reason_en for item in problems),
            problems=problems,
        )


def _from_norms(org_id: int, norms: Norms) -> list[ShiftKind]:
    signs = norms.value("duty.signs")
    rows = []
    for position, (code, kind) in enumerate(norms.value("rostering.shifts.kinds").items()):
        sign = signs[code]
        start = time.fromisoformat(kind["start"])
        standby = sign["state"] == "standby"
        share = norms.value("rostering.limits.standby_counted_share") if standby else kind["counted_share"]
        rows.append(
            ShiftKind(
                org_id=org_id,
                code=code,
                sign=sign["sign"],
                name=sign["zh"],
                name_en=sign["en"],
                start_minute=start.hour * 60 + start.minute,
                minutes=kind["minutes"],
                counted_share=share,
                state=sign["state"],
                module=sign["module"],
                is_night=kind["night"],
                is_attended=kind["attended"],
                is_in_beat=sign["in_beat"],
                categories=list(sign["categories"]),
                position=position,
            )
        )
    for row in rows:  # nobody is in two shifts at once: a kind may not begin before the last one has ended
        end = row.start_minute + row.minutes
        row.may_not_follow = [after.code for after in rows if MINUTES_A_DAY + after.start_minute < end]
    return rows
