"""Local norms: a unit's dated values over the packaged ones, proposed by one person, approved by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from jingwu.journal import actions as journal
from jingwu.journal.access import require, scope_paths, within
from jingwu.journal.actor import Acts
from jingwu.norms import LocalValue, NormBook, Norms, load
from jingwu.offices.models import LocalNorm, OrgUnit
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal


@dataclass(frozen=True)
class LocalNormFacts:
    """One proposed or decided local value."""

    id: int
    unit_name: str
    org_path: str
    key: str
    start: date
    value: Any
    reference: str
    reason: str
    state: str
    state_words: str
    proposed_by_id: int
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str


@lru_cache(maxsize=1)
def _packaged() -> NormBook:
    return load()


def norm_book(path: str) -> NormBook:
    """Return the norms as they hold for the unit at ``path``: the packaged ones, then province … office."""
    above = _paths_above(path)
    approved = LocalNorm.objects.filter(unit__path__in=above, state=LocalNorm.State.APPROVED)
    newest = approved.aggregate(newest=Max("decided_at"))["newest"]
    return _book(tuple(above), newest)


@lru_cache(maxsize=256)
def _book(above: tuple[str, ...], newest: datetime | None) -> NormBook:
    """Return the book; an approval changes ``newest``, so a cached book is never out of date."""
    book = _packaged()
    if newest is None:
        return book
    rows = LocalNorm.objects.filter(unit__path__in=above, state=LocalNorm.State.APPROVED)
    by_path: dict[str, list[LocalValue]] = {}
    for row in rows.select_related("unit").order_by("unit__path", "start"):
        value = LocalValue(row.key, row.start, row.value, row.reference)
        by_path.setdefault(row.unit.path, []).append(value)
    for path in above:  # a lower unit's word lies over its superior's
        if path in by_path:
            book = book.with_values(by_path[path])
    return book


def norms_for(path: str, day: date) -> Norms:
    """Return the norms in force on ``day`` for the unit at ``path``."""
    return norm_book(path).at(day)


def local_norms(by: Acts, *, key: str | None = None) -> Sequence[LocalNormFacts]:
    """Return the local values ``by`` may see, newest first."""
    rows = LocalNorm.objects.filter(within("unit__path", scope_paths(by, "norms.view")))
    if key is not None:
        rows = rows.filter(key=key)
    return [_facts(row) for row in rows.select_related("unit")]


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
    unit = OrgUnit.objects.get(code=unit_code)
    require(by, "norms.propose", org=unit.path)
    if start < at.date():
        raise BadInput(
            "norms.past",
            "生效日期不能早于今天:过去的结果按当时的规范计算,不能改写。",
            "A value cannot begin in the past: past figures stand on the norms of their day.",
            fields={"start": "≥ " + at.date().isoformat()},
        )
    if not reference.strip() or not reason.strip():
        raise BadInput("norms.no_source", "请写明依据和理由。", "State the source and the reason.")
    norm_book(unit.path).with_values([LocalValue(key, start, value, reference.strip())])
    try:
        with transaction.atomic():
            row = LocalNorm.objects.create(
                unit=unit,
                key=key,
                start=start,
                value=value,
                reference=reference.strip(),
                reason=reason.strip(),
                proposed_by_id=by.actor.account_id or 0,
                proposed_by_label=by.actor.label,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise BadInput(
            "norms.taken",
            "这一天已有一条待批或已批的本地值。",
            "There is already a proposed or approved value for that day.",
        ) from error
    details = {"key": key, "start": start, "value": value}
    journal.record("norms.propose", by=by, at=at, record=row, reason=reason, details=details)
    return row.pk


@transaction.atomic
def approve_norm(norm_id: int, *, by: Acts, at: datetime, reason: str = "") -> None:
    """Put a proposed value in force, as the second person."""
    row = _decide(norm_id, LocalNorm.State.APPROVED, by=by, at=at, reason=reason)
    # once more, with whatever was approved meanwhile: two fitting values may not fit together
    norm_book(row.unit.path)
    journal.record("norms.approve", by=by, at=at, record=row, reason=reason, details={"key": row.key})


@transaction.atomic
def refuse_norm(norm_id: int, *, by: Acts, at: datetime, reason: str) -> None:
    """Refuse a proposed value with a reason."""
    if not reason.strip():
        raise BadInput("norms.no_reason", "不批准需要写明理由。", "Refusing takes a reason.")
    row = _decide(norm_id, LocalNorm.State.REFUSED, by=by, at=at, reason=reason)
    journal.record("norms.refuse", by=by, at=at, record=row, reason=reason, details={"key": row.key})


def _decide(norm_id: int, state: str, *, by: Acts, at: datetime, reason: str) -> LocalNorm:
    row = LocalNorm.objects.select_related("unit").filter(pk=norm_id).first()
    if row is None:
        raise Refusal("norms.unknown", "没有这条本地值。", "There is no such local value.")
    require(by, "norms.approve", org=row)
    if row.proposed_by_id == by.actor.account_id:
        raise NotAllowed(
            "norms.second_person",
            "自己提出的规范值要由另一人批准。",
            "A value is approved by somebody other than who proposed it.",
        )
    changed = LocalNorm.objects.filter(pk=norm_id, state=LocalNorm.State.PROPOSED).update(
        state=state,
        decided_by_id=by.actor.account_id,
        decided_by_label=by.actor.label,
        decided_at=at,
        decision_reason=reason.strip(),
    )
    if changed != 1:
        raise ChangedMeanwhile(
            "norms.changed_meanwhile",
            "这条本地值已由他人处理。",
            "Somebody decided on this value first.",
        )
    return row


def _paths_above(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:depth]) + "/" for depth in range(1, len(parts) + 1)]


def _facts(row: LocalNorm) -> LocalNormFacts:
    return LocalNormFacts(
        id=row.pk,
        unit_name=row.unit.name,
        org_path=row.unit.path,
        key=row.key,
        start=row.start,
        value=row.value,
        reference=row.reference,
        reason=row.reason,
        state=row.state,
        state_words=row.get_state_display(),
        proposed_by_id=row.proposed_by_id,
        proposed_by=row.proposed_by_label,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by_label,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )
