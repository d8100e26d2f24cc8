"""What concerns one person, and what waits for a chief: shifts, leave, swaps, 补休, notices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, Sum

from jingwu.duty import models
from jingwu.duty.queries.kinds import KindFacts, kind_facts
from jingwu.journal.access import scope_paths, within
from jingwu.journal.actor import Acts


@dataclass(frozen=True)
class ShiftFacts:
    """One of somebody's shifts in force, with who is on at the same time in the same group."""

    cell_id: int
    roster_id: int
    day: date
    start_at: datetime
    end_at: datetime
    kind: KindFacts
    office_name: str
    group: str
    counted_minutes: int
    is_night: bool


@dataclass(frozen=True)
class LeaveLine:
    """A request for leave."""

    id: int
    person_id: int
    person_name: str
    kind: str
    state: str
    state_words: str
    first_day: date
    last_day: date
    reason: str
    created_at: datetime


@dataclass(frozen=True)
class SwapLine:
    """A swap between two people."""

    id: int
    roster_id: int
    giver_id: int
    giver_name: str
    giver_day: date
    taker_id: int
    taker_name: str
    taker_day: date
    state: str
    state_words: str
    reason: str
    refusal: str


@dataclass(frozen=True)
class LedgerLine:
    """One line of the 补休 ledger."""

    id: int
    day: date
    minutes: int
    reason: str
    is_reversal: bool
    is_reversed: bool


@dataclass(frozen=True)
class NoticeFacts:
    """A notice in both languages."""

    zh: str
    en: str
    url: str
    at: datetime
    is_new: bool


@dataclass(frozen=True)
class Pending:
    """What waits for a chief's decision."""

    leaves: tuple[LeaveLine, ...]
    swaps: tuple[SwapLine, ...]

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self.leaves) + len(self.swaps)


def shifts(person_id: int, first: date, last: date) -> tuple[ShiftFacts, ...]:
    """Return somebody's shifts in force from ``first`` to ``last``, in order."""
    cells = models.RosterCell.objects.filter(
        person_id=person_id, is_live=True, is_absent=False, day__gte=first, day__lte=last
    )
    cells = cells.select_related("shift", "roster__office__unit").order_by("start_at")
    return tuple(
        ShiftFacts(
            cell.pk,
            cell.roster_id,
            cell.day,
            cell.start_at,
            cell.end_at,
            kind_facts(cell.shift),
            cell.roster.office.unit.name,
            cell.group,
            cell.shift.counted_minutes,
            cell.shift.is_night,
        )
        for cell in cells
    )


def leaves(person_id: int, *, since: date) -> tuple[LeaveLine, ...]:
    """Return somebody's leave that ends on or after ``since``."""
    rows = models.Leave.objects.filter(person_id=person_id, last_day__gte=since).select_related("person")
    return tuple(_leave(row) for row in rows.order_by("-first_day"))


def swaps(person_id: int, *, since: date) -> tuple[SwapLine, ...]:
    """Return the swaps somebody offered or was offered."""
    rows = models.SwapRequest.objects.filter(Q(giver_id=person_id) | Q(taker_id=person_id))
    rows = rows.filter(Q(giver_day__gte=since) | Q(taker_day__gte=since))
    return tuple(_swap(row) for row in rows.select_related("giver", "taker"))


def pending(by: Acts, org_path: str = "") -> Pending:
    """Return the requests ``by`` may decide, below ``org_path`` when given."""
    paths = scope_paths(by, "duty.decide")
    if org_path:
        paths = tuple(org_path for path in paths if org_path.startswith(path))[:1]
    waiting = models.Leave.objects.filter(within("person__unit__path", paths), state="requested")
    offered = models.SwapRequest.objects.filter(within("roster__office__unit__path", paths), state="accepted")
    return Pending(
        tuple(_leave(row) for row in waiting.select_related("person").order_by("first_day")),
        tuple(_swap(row) for row in offered.select_related("giver", "taker").order_by("giver_day")),
    )


def mates(roster_id: int, *, but: int) -> tuple[tuple[int, str], ...]:
    """Return the other people with shifts on a roster, those of the same category first."""
    rows = models.RosterCell.objects.filter(roster_id=roster_id).order_by("person__code")
    found = dict.fromkeys(rows.values_list("person_id", "person__name", "person__category"))
    mine = next((category for person, _, category in found if person == but), "")
    others = sorted((item for item in found if item[0] != but), key=lambda item: item[2] != mine)
    return tuple((person, name) for person, name, _ in others)


def balance_minutes(person_id: int) -> int:
    """Return the 补休 still owed to somebody, in minutes."""
    rows = models.CompRestLine.objects.filter(person_id=person_id)
    return int(rows.aggregate(total=Sum("minutes"))["total"] or 0)


def ledger(person_id: int, *, limit: int = 50) -> tuple[LedgerLine, ...]:
    """Return somebody's 补休 ledger, the newest first."""
    rows = models.CompRestLine.objects.filter(person_id=person_id).order_by("-day", "-pk")[:limit]
    found = list(rows)
    reversed_ids = set(
        models.CompRestLine.objects.filter(reverses_id__in=[row.pk for row in found]).values_list(
            "reverses_id", flat=True
        )
    )
    return tuple(
        LedgerLine(
            row.pk, row.day, row.minutes, row.reason, row.reverses_id is not None, row.pk in reversed_ids
        )
        for row in found
    )


def notices(person_id: int | None, *, limit: int = 100) -> tuple[NoticeFacts, ...]:
    """Return a person's notices, the newest first."""
    rows = models.Notice.objects.filter(person_id=person_id)[:limit]
    return tuple(NoticeFacts(r.text_zh, r.text_en, r.url, r.at, r.read_at is None) for r in rows)


def person_of_feed(key_hash: str, *, on: date) -> tuple[int, str] | None:
    """Return whose calendar a key opens on a day: id and name.

    The address asks for no sign-in, so it ends where a sign-in would: the account frozen, the person gone.
    """
    rows = models.FeedKey.objects.filter(key_hash=key_hash, person__account__is_active=True)
    here = Q(person__left_on=None) | Q(person__left_on__gt=on)
    row = rows.filter(here).select_related("person").first()
    return (row.person_id, row.person.name) if row else None


def has_feed(person_id: int) -> bool:
    """Return whether somebody has a calendar address."""
    return models.FeedKey.objects.filter(pk=person_id).exists()


def office_path_of(person_id: int) -> str:
    """Return the path of the office somebody last had a shift at, "" when none."""
    cells = models.RosterCell.objects.filter(person_id=person_id, is_live=True).order_by("-day")
    return cells.values_list("roster__office__unit__path", flat=True).first() or ""


def month_of(day: date) -> tuple[date, date]:
    """Return the first and last day of the month of ``day``."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def night_count(found: Iterable[ShiftFacts]) -> int:
    """Return how many of the shifts are nights."""
    return sum(shift.is_night for shift in found)


def _leave(row: models.Leave) -> LeaveLine:
    return LeaveLine(
        row.pk,
        row.person_id,
        row.person.name,
        str(row.get_kind_display()),
        row.state,
        str(row.get_state_display()),
        row.first_day,
        row.last_day,
        row.reason,
        row.created_at,
    )


def _swap(row: models.SwapRequest) -> SwapLine:
    return SwapLine(
        row.pk,
        row.roster_id,
        row.giver_id,
        row.giver.name,
        row.giver_day,
        row.taker_id,
        row.taker.name,
        row.taker_day,
        row.state,
        str(row.get_state_display()),
        row.reason,
        row.refusal,
    )
