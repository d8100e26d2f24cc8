"""Versions of a roster: every step on the board, what the cells were then, and two versions side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jingwu.duty import models
from jingwu.duty.queries.kinds import KindFacts, kind_facts
from jingwu.duty.queries.problem import kinds_of, team_of
from jingwu.duty.queries.relaxing import Eased, differences
from jingwu.duty.queries.rosters import roster_row
from jingwu.duty.queries.steps import Held, cells_at, relaxed_at
from jingwu.journal.actor import Acts
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True)
class VersionLine:
    """One step on the board and the version it made: how many cells it touched, and what it let give way."""

    version: int
    verb: str
    cells: int
    by: str
    at: datetime
    is_undone: bool
    eased: tuple[Eased, ...]


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a roster as it was at a version; ``name`` is its office and first day."""

    roster_id: int
    version: int
    is_current: bool
    is_in_force: bool
    state_words: str
    first_day: date
    last_day: date

    @property
    def key(self) -> str:
        """Return how an address names it."""
        return f"{self.roster_id}.{self.version}"


@dataclass(frozen=True)
class ComparedRow:
    """One person's days: (day, before, after) shift codes, and what the differences come to."""

    person_id: int
    name: str
    cells: tuple[tuple[date, str, str], ...]
    differences: int
    nights: int
    minutes: int


@dataclass(frozen=True)
class Comparison:
    """Two versions side by side over the days both have."""

    before: Side
    after: Side
    kinds: Mapping[str, KindFacts]
    days: tuple[date, ...]
    rows: tuple[ComparedRow, ...]
    eased: tuple[Eased, ...]

    @property
    def cells(self) -> int:
        """Return how many cells differ."""
        return sum(row.differences for row in self.rows)

    @property
    def people(self) -> int:
        """Return how many people have a difference."""
        return sum(row.differences > 0 for row in self.rows)


def lines(by: Acts, roster_id: int, *, limit: int = 60) -> list[VersionLine]:
    """Return the steps of a roster, the newest first."""
    row = roster_row(by, roster_id)
    norms = norms_for(row.office.unit.path, row.first_day)
    found = row.changes.select_related("by")[:limit]
    return [
        VersionLine(
            step.version,
            step.verb,
            len(step.after),
            step.by.label if step.by else "",
            step.at,
            step.is_undone,
            differences(norms, step.relaxed_before or {}, step.relaxed_after or {}),
        )
        for step in found
    ]


def sides(by: Acts, roster_id: int) -> list[Side]:
    """Return what can be compared: the versions of this roster, and the office's rosters of the same days."""
    row = roster_row(by, roster_id)
    made = [1, *row.changes.order_by("version").values_list("version", flat=True)]
    versions = sorted({*made, row.version}, reverse=True)
    own = [_side(row, version) for version in versions]
    others = models.Roster.objects.select_related("office__unit").filter(
        office_id=row.office_id, first_day__lte=row.last_day, last_day__gte=row.first_day
    )
    return own + [_side(other, other.version) for other in others.exclude(pk=row.pk).order_by("-pk")[:10]]


def _side(row: models.Roster, version: int) -> Side:
    is_current = version == row.version
    return Side(
        row.pk,
        version,
        is_current,
        is_current and row.state == models.Roster.State.PUBLISHED,
        str(row.get_state_display()),
        row.first_day,
        row.last_day,
    )


def compare(by: Acts, before: str, after: str) -> Comparison:
    """Return two versions side by side; each is named ``roster.version``.

    Raises: BadInput when a name cannot be read or the two have no day in common.
    """
    (old, old_version), (new, new_version) = _named(by, before), _named(by, after)
    first, last = max(old.first_day, new.first_day), min(old.last_day, new.last_day)
    if first > last or old.office_id != new.office_id:
        raise BadInput(
            "versions.apart", "这两份班表没有共同的日子。", "These two rosters have no day in common."
        )
    days = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    kinds = kinds_of(new.office.unit.path)
    was, now = cells_at(old, old_version), cells_at(new, new_version)
    norms = norms_for(new.office.unit.path, new.first_day)
    team = team_of(new, norms, {key[0] for key in {**was, **now}})
    rows = [_row(person.id, person.name, days, was, now, kinds) for person in team]
    return Comparison(
        _side(old, old_version),
        _side(new, new_version),
        {code: kind_facts(kind) for code, kind in kinds.items()},
        days,
        tuple(row for row in rows if any(a or b for _, a, b in row.cells)),
        differences(norms, relaxed_at(old, old_version), relaxed_at(new, new_version)),
    )


def _named(by: Acts, key: str) -> tuple[models.Roster, int]:
    roster, _dot, version = key.partition(".")
    try:
        row = roster_row(by, int(roster))
        wanted = int(version or row.version)
    except ValueError as error:
        raise BadInput("versions.name", "没有这个版本。", "There is no such version.") from error
    if not 1 <= wanted <= row.version:
        raise BadInput("versions.name", "没有这个版本。", "There is no such version.")
    return row, wanted


def _row(
    person: int,
    name: str,
    days: tuple[date, ...],
    was: Held,
    now: Held,
    kinds: Mapping[str, models.ShiftKind],
) -> ComparedRow:
    cells = tuple((day, was.get((person, day), ("",))[0], now.get((person, day), ("",))[0]) for day in days)
    changed = [(a, b) for _, a, b in cells if a != b]
    return ComparedRow(
        person,
        name,
        cells,
        len(changed),
        sum(_night(kinds, b) - _night(kinds, a) for a, b in changed),
        sum(_minutes(kinds, b) - _minutes(kinds, a) for a, b in changed),
    )


def _night(kinds: Mapping[str, models.ShiftKind], code: str) -> int:
    return int(bool(code) and kinds[code].is_night)


def _minutes(kinds: Mapping[str, models.ShiftKind], code: str) -> int:
    return kinds[code].counted_minutes if code else 0
