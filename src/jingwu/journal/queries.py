# catalogue: data - both languages stand side by side
"""Read the journal: pages of lines for the audit administrator, counts for alarms, the check of the chain."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from jingwu.journal.chain import CHAINED_COLUMNS, GENESIS, hash_of
from jingwu.journal.models import Head, Line
from jingwu.terms.numbers import whole_number

VERIFY_CHUNK_LINES = 5_000
MAX_FAULTS = 200
RECENT_LINES = 50_000  # so many are looked through in order before the whole journal is asked


@dataclass(frozen=True)
class LineFacts:
    """One journal line as a page shows it."""

    sequence: int
    at: datetime
    is_view: bool
    actor_id: int | None
    actor_label: str
    actor_role: str
    verb: str
    room: str
    record_type: str
    record_id: str
    org_path: str
    reason: str
    details: dict[str, Any]
    address: str
    before_digest: str
    after_digest: str
    hash: str


@dataclass(frozen=True)
class LineFilter:
    """Which lines to show; an empty field does not filter.

    ``verb`` is matched from its beginning ("people." is a room); ``org_path`` shows a unit and all below.
    """

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    verb: str = ""
    room: str = ""
    record_type: str = ""
    record_id: str = ""
    org_path: str = ""
    views: bool | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.until <= self.since:
            raise ValueError("a filter's until must come after its since")


@dataclass(frozen=True)
class LinePage:
    """One page, newest first; ``next_before`` is the sequence to ask for next, None at the end."""

    lines: tuple[LineFacts, ...]
    next_before: int | None
    total_lines: int


@dataclass(frozen=True)
class Fault:
    """One place where the journal is not what was written."""

    sequence: int
    kind: str  # altered | missing | relinked | head | anchor
    message_zh: str
    message_en: str


@dataclass(frozen=True)
class Anchor:
    """A sequence and hash noted earlier outside the database; a rewritten chain cannot reproduce it."""

    sequence: int
    hash: str


@dataclass(frozen=True)
class Verification:
    """What walking the chain found; ``head`` is worth writing down elsewhere as the next anchor."""

    lines: int
    head: Anchor
    faults: tuple[Fault, ...] = field(default=())

    @property
    def intact(self) -> bool:
        """Return whether nothing was found."""
        return not self.faults


def page(wanted: LineFilter, *, before: int | None = None, size: int = 50) -> LinePage:
    """Return up to ``size`` lines older than ``before``, newest first, by key rather than offset.

    Deep pages of a million lines so cost what the first page costs. Between two days the order is that of
    time, which an index knows together with the days; without days it is that of the numbers.
    """
    rows, end = _filtered(wanted), head().sequence
    if wanted.since is not None or wanted.until is not None:
        shown = Line.objects.filter(sequence=before) if before is not None else Line.objects.none()
        moment = shown.values_list("at", flat=True).first()
        if moment is not None:
            rows = rows.filter(Q(at__lt=moment) | Q(at=moment, sequence__lt=before), at__lte=moment)
        found = list(rows.order_by("-at", "-sequence")[: size + 1])
    else:
        found = _newest(rows, before if before is not None else end + 1, size + 1)
    more = len(found) > size
    lines = tuple(_facts(row) for row in found[:size])
    return LinePage(lines, lines[-1].sequence if more else None, end)


def _newest(rows: QuerySet[Line], before: int, count: int) -> list[Line]:
    """Return the newest ``count`` lines older than ``before``.

    Lines that all lie a long time back are not looked for in order, which would read everything above them:
    their numbers come from the filter's own index, and the numbers alone are sorted.
    """
    recent = rows.filter(sequence__lt=before, sequence__gte=before - RECENT_LINES)
    found = list(recent.order_by("-sequence")[:count])
    if len(found) == count or before <= RECENT_LINES:
        return found
    by_number = (F("sequence") + 0).desc()  # a sum: the order of the primary key must not lead the way
    older = rows.filter(sequence__lt=before - RECENT_LINES).order_by(by_number)
    numbers = list(older.values_list("sequence", flat=True)[: count - len(found)])
    return found + list(Line.objects.filter(sequence__in=numbers).order_by("-sequence"))


def of_record(room: str, record_type: str, record_id: object, *, limit: int = 50) -> tuple[LineFacts, ...]:
    """Return the newest lines about one record."""
    rows = Line.objects.filter(room=room, record_type=record_type, record_id=str(record_id))
    return tuple(_facts(row) for row in rows.order_by("-sequence")[:limit])


def count_since(verbs: Collection[str], *, actor_id: int | None, since: datetime) -> int:
    """Return how many lines with one of ``verbs`` the account wrote from ``since`` on."""
    return Line.objects.filter(verb__in=verbs, actor_id=actor_id, at__gte=since).count()


def head() -> Anchor:
    """Return the end of the chain."""
    row = Head.objects.filter(pk=1).first()
    return Anchor(row.sequence, row.hash) if row else Anchor(0, GENESIS)


def verify(anchor: Anchor | None = None) -> Verification:
    """Walk the whole chain and report every altered, missing or relinked line.

    A line is *altered* when its content no longer gives its hash, *missing* when a number is skipped,
    *relinked* when it does not follow the line before it; the *head* betrays a cut-off tail; the *anchor* a
    chain rewritten from some point on by somebody who also recomputed the hashes.
    """
    faults: list[Fault] = []
    previous_sequence, previous_hash, lines = 0, GENESIS, 0
    for row in _chain_rows():
        lines += 1
        faults.extend(_faults_of(row, previous_sequence, previous_hash))
        if anchor is not None and row["sequence"] == anchor.sequence and row["hash"] != anchor.hash:
            faults.append(_fault(row["sequence"], "anchor"))
        previous_sequence, previous_hash = row["sequence"], row["hash"]
    end = head()
    if (end.sequence, end.hash) != (previous_sequence, previous_hash):
        faults.append(_fault(end.sequence, "head"))
    if anchor is not None and anchor.sequence > previous_sequence:
        faults.append(_fault(anchor.sequence, "anchor"))
    return Verification(lines, end, tuple(faults[:MAX_FAULTS]))


def _chain_rows() -> Iterator[dict[str, Any]]:
    after = -1
    while True:
        columns = (*CHAINED_COLUMNS, "previous_hash", "hash")
        rows = list(
            Line.objects.filter(sequence__gt=after).order_by("sequence").values(*columns)[:VERIFY_CHUNK_LINES]
        )
        yield from rows
        if len(rows) < VERIFY_CHUNK_LINES:
            return
        after = rows[-1]["sequence"]


def _faults_of(row: dict[str, Any], previous_sequence: int, previous_hash: str) -> Iterator[Fault]:
    sequence = row["sequence"]
    if hash_of(row["previous_hash"], row) != row["hash"]:
        yield _fault(sequence, "altered")
    if sequence != previous_sequence + 1:
        yield _fault(previous_sequence + 1, "missing")
    elif row["previous_hash"] != previous_hash:
        yield _fault(sequence, "relinked")


def _fault(sequence: int, kind: str) -> Fault:
    zh, en = {
        "altered": ("内容与哈希不符", "its content does not give its hash"),
        "missing": ("此序号起有缺失", "missing from this number on"),
        "relinked": ("与上一条不相接", "does not follow the line before it"),
        "head": ("链尾与最后一条不符,末尾可能被删", "the head is not the last line: the tail may be cut off"),
        "anchor": ("与先前留存的哈希不符", "differs from the hash noted earlier"),
    }[kind]
    return Fault(sequence, kind, f"第 {sequence} 条:{zh}", f"line {sequence}: {en}")


def _filtered(wanted: LineFilter) -> QuerySet[Line]:
    conditions = Q()
    if wanted.since:
        conditions &= Q(at__gte=wanted.since)
    if wanted.until:
        conditions &= Q(at__lt=wanted.until)
    if wanted.actor:
        conditions &= _by_actor(wanted.actor)
    if wanted.verb:
        conditions &= Q(verb__startswith=wanted.verb)
    for name in ("room", "record_type", "record_id"):
        if getattr(wanted, name):
            conditions &= Q(**{name: getattr(wanted, name)})
    if wanted.org_path:
        conditions &= Q(org_path__startswith=wanted.org_path)
    if wanted.views is not None:
        conditions &= Q(is_view=wanted.views)
    return Line.objects.filter(conditions)


def _by_actor(text: str) -> Q:
    """Return the condition for a name, or for an account's number when nobody is called by these digits.

    One of the two, never both at once: each has an index that knows the order of the lines as well.
    """
    named = Q(actor_label=text)
    number = whole_number(text)
    if number is not None and not Line.objects.filter(named).exists():
        return Q(actor_id=number)
    return named


def _facts(row: Line) -> LineFacts:
    return LineFacts(
        sequence=row.sequence, at=row.at, is_view=row.is_view, actor_id=row.actor_id,
        actor_label=row.actor_label, actor_role=row.actor_role, verb=row.verb, room=row.room,
        record_type=row.record_type, record_id=row.record_id, org_path=row.org_path, reason=row.reason,
        details=json.loads(row.details_json), address=row.address, before_digest=row.before_digest,
        after_digest=row.after_digest, hash=row.hash,
    )  # fmt: skip
