"""Norms as they hold for a unit: the packaged ones, over them the approved values of the units above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from jingwu.journal.access import scope_paths, within
from jingwu.journal.actor import Acts
from jingwu.norms import LocalValue, NormBook, Norms, check_value, load, prove
from jingwu.offices.models import LocalNorm
from jingwu.terms.refusal import BadInput, Unknown


@dataclass(frozen=True)
class LocalNormFacts:
    """One proposed or decided local value."""

    id: int
    unit_code: str
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

    @property
    def is_waiting(self) -> bool:
        """Return whether a second person has still to decide."""
        return self.state == LocalNorm.State.PROPOSED


# past the ORM: every action asks which norms hold
_APPROVED = """
SELECT n.id FROM offices_localnorm n JOIN offices_orgunit u ON u.id = n.unit_id
WHERE u.path = ANY(%s) AND n.state = %s ORDER BY n.id
"""


def norm_book(path: str) -> NormBook:
    """Return the norms as they hold for the unit at ``path``: the packaged ones, then province … office."""
    above = _paths_above(path)
    with connection.cursor() as cursor:
        cursor.execute(_APPROVED, [list(above), LocalNorm.State.APPROVED.value])
        return _book(above, tuple(pk for (pk,) in cursor.fetchall()))


@lru_cache(maxsize=256)
def _book(above: tuple[str, ...], approved_ids: tuple[int, ...]) -> NormBook:
    """Return the book of these approved rows; they never change, so their ids are key enough."""
    return _laid(above, _values_by_path(approved_ids)) if approved_ids else load()


def _values_by_path(ids: Sequence[int]) -> dict[str, list[LocalValue]]:
    by_path: dict[str, list[LocalValue]] = {}
    for row in LocalNorm.objects.filter(pk__in=ids).select_related("unit").order_by("start"):
        value = LocalValue(row.key, row.start, row.value, row.reference)
        by_path.setdefault(row.unit.path, []).append(value)
    return by_path


def _laid(above: Sequence[str], by_path: Mapping[str, Sequence[LocalValue]]) -> NormBook:
    """Return the packaged book with each unit's values over its superior's."""
    book = load()
    for path in above:
        if path in by_path:
            # checked when proposed: after an upgrade an old value may not block the pages
            book = book.with_values(by_path[path], approved=True)
    return book


def norms_for(path: str, day: date) -> Norms:
    """Return the norms in force on ``day`` for the unit at ``path``."""
    return norm_book(path).at(day)


def refuse_misfit(path: str, value: LocalValue) -> None:
    """Return quietly when ``value`` may be laid over the norms of the unit at ``path``.

    It is checked alone (known key, kind, bounds) and together with every approved value, for the unit itself
    and for each unit below that has values of its own.

    Raises:
        BadInput: it does not fit, or breaks a scheme there.
    """
    check_value(load(), value)
    below = LocalNorm.objects.filter(unit__path__startswith=path, state=LocalNorm.State.APPROVED)
    paths = {path, *below.values_list("unit__path", flat=True)}
    for one in sorted(paths):
        above = _paths_above(one)
        approved = LocalNorm.objects.filter(unit__path__in=above, state=LocalNorm.State.APPROVED)
        by_path = _values_by_path(list(approved.values_list("pk", flat=True)))
        by_path.setdefault(path, []).append(value)
        try:
            prove(_laid(above, by_path), since=value.start, keys=[value.key])
        except BadInput as refusal:
            if one == path:
                raise
            name = below.filter(unit__path=one).values_list("unit__name", flat=True)[0]
            raise BadInput(
                "norms.bad_below",
                f"与{name}已有的本地值不相容:{refusal.message_zh}",
                f"It does not go with the local values of {name}: {refusal.message_en}",
                problems=refusal.problems,
            ) from refusal


def local_norms(by: Acts, *, key: str | None = None) -> list[LocalNormFacts]:
    """Return the local values ``by`` may see, newest first."""
    rows = LocalNorm.objects.filter(within("unit__path", scope_paths(by, "norms.view")))
    if key is not None:
        rows = rows.filter(key=key)
    return [_facts(row) for row in rows.select_related("unit")]


def waiting_norms(by: Acts) -> int:
    """Return how many proposed values ``by`` may see."""
    rows = LocalNorm.objects.filter(within("unit__path", scope_paths(by, "norms.view")))
    return rows.filter(state=LocalNorm.State.PROPOSED).count()


def local_norm(by: Acts, norm_id: int) -> LocalNormFacts:
    """Return one local value.

    Raises:
        Refusal: there is none, or it lies outside the scope; the two look alike on purpose.
    """
    rows = LocalNorm.objects.filter(within("unit__path", scope_paths(by, "norms.view")), pk=norm_id)
    row = rows.select_related("unit").first()
    if row is None:
        raise Unknown("norms.unknown", "没有这条本地值。", "There is no such local value.")
    return _facts(row)


def _paths_above(path: str) -> tuple[str, ...]:
    parts = path.strip("/").split("/")
    return tuple("/" + "/".join(parts[:depth]) + "/" for depth in range(1, len(parts) + 1))


def _facts(row: LocalNorm) -> LocalNormFacts:
    return LocalNormFacts(
        id=row.pk, unit_code=row.unit.code, unit_name=row.unit.name, org_path=row.unit.path, key=row.key,
        start=row.start, value=row.value, reference=row.reference, reason=row.reason, state=row.state,
        state_words=row.get_state_display(), proposed_by_id=row.proposed_by_id,
        proposed_by=row.proposed_by_label, proposed_at=row.proposed_at, decided_by=row.decided_by_label,
        decided_at=row.decided_at, decision_reason=row.decision_reason,
    )  # fmt: skip
