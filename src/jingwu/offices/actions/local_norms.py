"""Verbs of local norms: proposed by one person, approved or refused by another, withdrawn by the first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.norms import LocalValue, freeze, thaw
from jingwu.offices.models import LocalNorm, OrgUnit
from jingwu.offices.queries import refuse_misfit, unit
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Unknown


@transaction.atomic
def propose_norm(
    unit_code: str,
    *,
    key: str,
    start: date,
    value: Any,
    reference: str,
    reason: str,
    by: Acts,
    at: datetime,
) -> int:
    """Propose a dated value for a unit and return its id; in force once a second person approves.

    Raises:
        BadInput: the key is unknown, the value does not fit or breaks its scheme, the day lies in the past,
            or source or reason are missing.
    """
    org = unit(unit_code)
    require(by, "norms.propose", org=org, at=at)
    _refuse_past(start, at)
    if not reference.strip() or not reason.strip():
        raise BadInput("norms.no_source", "请写明依据和理由。", "State the source and the reason.")
    try:
        stored = thaw(freeze(value))
    except TypeError as error:
        raise BadInput("norms.kind", f"不能识别的值:{error}", f"Not a value: {error}") from error
    refuse_misfit(org.path, LocalValue(key, start, stored, reference.strip()))
    try:
        with transaction.atomic():
            row = LocalNorm.objects.create(
                unit_id=org.id, key=key, start=start, value=stored, reference=reference.strip(),
                reason=reason.strip(), proposed_by_id=by.actor.account_id or 0,
                proposed_by_label=by.actor.label, proposed_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise BadInput(
            "norms.taken",
            "这一天已有一条待批或已批的本地值。",
            "There is already a proposed or approved value for that day.",
            fields={"start": start.isoformat()},
        ) from error
    details = {"key": key, "start": start, "value": stored}
    journal.record("norms.propose", by=by, at=at, record=row, reason=reason.strip(), details=details)
    return row.pk


@transaction.atomic
def approve_norm(norm_id: int, *, by: Acts, at: datetime, reason: str = "") -> None:
    """Put a proposed value in force, as the second person.

    Raises:
        NotAllowed: ``by`` proposed it, or does not answer for the unit.
        BadInput: its day has passed, or it no longer goes with what was approved meanwhile.
        ChangedMeanwhile: somebody decided first.
    """
    row = _row(norm_id, "norms.approve", by=by, at=at)
    # one approval at a time in the whole organisation: two fitting values may not fit together
    OrgUnit.objects.select_for_update(no_key=True).get(path=f"/{row.unit.path.split('/')[1]}/")
    if row.state == LocalNorm.State.PROPOSED:
        _refuse_past(row.start, at)
        refuse_misfit(row.unit.path, LocalValue(row.key, row.start, row.value, row.reference))
    _decide(row, LocalNorm.State.APPROVED, by=by, at=at, reason=reason)
    journal.record("norms.approve", by=by, at=at, record=row, reason=reason, details=_told(row))


@transaction.atomic
def refuse_norm(norm_id: int, *, by: Acts, at: datetime, reason: str) -> None:
    """Refuse a proposed value with a reason, as the second person; raises as ``approve_norm`` does."""
    if not reason.strip():
        raise BadInput("norms.no_reason", "不批准需要写明理由。", "Refusing takes a reason.")
    row = _row(norm_id, "norms.approve", by=by, at=at)
    _decide(row, LocalNorm.State.REFUSED, by=by, at=at, reason=reason)
    journal.record("norms.refuse", by=by, at=at, record=row, reason=reason, details=_told(row))


@transaction.atomic
def withdraw_norm(norm_id: int, *, by: Acts, at: datetime, reason: str = "") -> None:
    """Take one's own proposal back before anybody decided on it.

    Raises:
        NotAllowed: somebody else proposed it.
        ChangedMeanwhile: it has been decided on.
    """
    row = _row(norm_id, "norms.propose", by=by, at=at)
    if row.proposed_by_id != by.actor.account_id:
        raise NotAllowed(
            "norms.not_own", "只能撤回自己的提议。", "Only whoever proposed a value can take it back."
        )
    _change(row, LocalNorm.State.WITHDRAWN, by=by, at=at, reason=reason)
    journal.record("norms.withdraw", by=by, at=at, record=row, reason=reason, details=_told(row))


def _row(norm_id: int, verb: str, *, by: Acts, at: datetime) -> LocalNorm:
    row = LocalNorm.objects.select_related("unit").filter(pk=norm_id).first()
    if row is None:
        raise Unknown("norms.unknown", "没有这条本地值。", "There is no such local value.")
    require(by, verb, org=row, at=at)
    return row


def _decide(row: LocalNorm, state: str, *, by: Acts, at: datetime, reason: str) -> None:
    if row.proposed_by_id == by.actor.account_id:
        raise NotAllowed(
            "norms.second_person",
            "自己提出的规范值要由另一人决定。",
            "A value is decided on by somebody other than who proposed it.",
        )
    _change(row, state, by=by, at=at, reason=reason)


def _change(row: LocalNorm, state: str, *, by: Acts, at: datetime, reason: str) -> None:
    changed = LocalNorm.objects.filter(pk=row.pk, state=LocalNorm.State.PROPOSED).update(
        state=state, decided_by_id=by.actor.account_id, decided_by_label=by.actor.label, decided_at=at,
        decision_reason=reason.strip(),
    )  # fmt: skip
    if changed != 1:
        raise ChangedMeanwhile(
            "norms.changed_meanwhile", "这条本地值已由他人处理。", "Somebody decided on this value first."
        )


def _refuse_past(start: date, at: datetime) -> None:
    today = timezone.localdate(at)
    if start < today:
        raise BadInput(
            "norms.past",
            "生效日期不能早于今天:过去的结果按当时的规范计算,不能改写。",
            "A value cannot begin in the past: past figures stand on the norms of their day.",
            fields={"start": f"≥ {today.isoformat()}"},
        )


def _told(row: LocalNorm) -> dict[str, Any]:
    return {"key": row.key, "start": row.start, "value": row.value}
