"""The office now: who is on with whom, who is missing, what is open, who leads, when the shift changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from jingwu.duty import models
from jingwu.duty.queries.kinds import KindFacts, kind_facts, on_the_clock
from jingwu.duty.queries.presence import OnDuty, on_duty
from jingwu.duty.queries.problem import sheet_of
from jingwu.engines.rostering import OpenShift, open_shifts
from jingwu.engines.rostering.replanning import StandIn, stand_ins
from jingwu.journal.access import scope_paths, within
from jingwu.journal.actor import Acts
from jingwu.people import queries as people
from jingwu.terms.people import PersonCategory, PostRole

CHANGES_AHEAD = timedelta(hours=26)
STAND_INS = 5


@dataclass(frozen=True)
class OnLine:
    """Somebody on duty, with the row of the shift for 'cannot come'."""

    duty: OnDuty
    cell_id: int
    kind: KindFacts


@dataclass(frozen=True)
class GroupOn:
    """A 1+2 group on duty; ``has_officer`` is False when the law is not kept."""

    office_code: str
    office_name: str
    name: str
    lines: tuple[OnLine, ...]

    @property
    def has_officer(self) -> bool:
        """Return whether an officer leads it, as every attended post must have."""
        attended = [line for line in self.lines if line.kind.look in ("day", "evening", "night")]
        return not attended or any(line.duty.category is PersonCategory.OFFICER for line in self.lines)


@dataclass(frozen=True)
class AbsentLine:
    """Somebody who does not come, and the shift that stays open."""

    roster_id: int
    office_name: str
    person_name: str
    day: date
    kind: KindFacts
    org_path: str


@dataclass(frozen=True)
class LeadLine:
    """Who leads at an office today: the lead, whether on duty or on stand-by, or the senior officer on."""

    office_name: str
    name: str
    state: str


@dataclass(frozen=True)
class TodayFacts:
    """What the page of today shows."""

    at: datetime
    groups: tuple[GroupOn, ...]
    standby: tuple[OnLine, ...]
    absent: tuple[AbsentLine, ...]
    leads: tuple[LeadLine, ...]
    next_change: datetime | None
    coming: tuple[OnLine, ...]

    @property
    def people(self) -> int:
        """Return how many are on duty."""
        return sum(len(group.lines) for group in self.groups)

    @property
    def offices(self) -> int:
        """Return how many offices have somebody on."""
        return len({line.duty.office_id for group in self.groups for line in group.lines})


def today(by: Acts, at: datetime, *, office_id: int | None = None) -> TodayFacts:
    """Return the state of duty at ``at`` for the offices ``by`` may see, in a handful of statements."""
    scope = within("roster__office__unit__path", scope_paths(by, "duty.view"))
    cells = models.RosterCell.objects.filter(scope, is_live=True)
    if office_id is not None:
        cells = cells.filter(roster__office_id=office_id)
    near = cells.filter(start_at__lte=at + CHANGES_AHEAD, end_at__gt=at)
    near = near.select_related("shift", "person", "roster__office__unit").order_by("start_at")
    rows = list(near)
    kinds = {row.shift_id: kind_facts(row.shift) for row in rows}
    paths = scope_paths(by, "duty.view")
    ids = None if office_id is None else [office_id]
    facts = {
        (duty.person_id, duty.start_at): duty
        for path in paths
        for duty in on_duty(at, office_ids=ids, org_path=path, standby=True)
    }
    by_cell = {(row.person_id, row.start_at): row for row in rows}
    on = [
        OnLine(duty, by_cell[key].pk, kinds[by_cell[key].shift_id])
        for key, duty in facts.items()
        if key in by_cell
    ]
    working = [line for line in on if line.duty.state == "on_duty"]
    ends = [
        row.end_at
        for row in rows
        if row.start_at <= at and not row.is_absent and row.shift.state == "on_duty"
    ]
    starts = [
        row.start_at for row in rows if row.start_at > at and not row.is_absent and row.shift.is_attended
    ]
    change = min([*ends, *starts], default=None)
    local = timezone.localdate(at)
    missing = [row for row in rows if row.is_absent and row.start_at <= at + timedelta(hours=24)]
    return TodayFacts(
        at=at,
        groups=_groups(working),
        standby=tuple(line for line in on if line.duty.state == "standby"),
        absent=tuple(
            AbsentLine(
                row.roster_id,
                row.roster.office.unit.name,
                row.person.name,
                row.day,
                kinds[row.shift_id],
                row.roster.office.unit.path,
            )
            for row in missing
        ),
        leads=_leads(by, on, local, office_id),
        next_change=change,
        coming=tuple(
            _coming(row, kinds) for row in rows if change and row.start_at == change and not row.is_absent
        ),
    )


def _groups(working: list[OnLine]) -> tuple[GroupOn, ...]:
    found: dict[tuple[str, str, str], list[OnLine]] = defaultdict(list)
    for line in working:
        team = line.duty.group or line.duty.shift_name
        found[line.duty.office_code, line.duty.office_name, team].append(line)
    return tuple(
        GroupOn(
            code,
            name,
            team,
            tuple(sorted(lines, key=lambda x: x.duty.category is not PersonCategory.OFFICER)),
        )
        for (code, name, team), lines in sorted(found.items())
    )


def _coming(row: models.RosterCell, kinds: Mapping[int, KindFacts]) -> OnLine:
    from jingwu.duty.queries.presence import _on_duty

    return OnLine(_on_duty(row), row.pk, kinds[row.shift_id])


def _leads(by: Acts, on: list[OnLine], day: date, office_id: int | None) -> tuple[LeadLine, ...]:
    """Return the leader of every office; when the lead is off, the first officer on duty stands in."""
    posts = people.assignments(scope_paths(by, "duty.view"), on=day)
    leads = {post.office_code: post.person_code for post in posts if post.role is PostRole.LEAD}
    by_office: dict[str, list[OnLine]] = defaultdict(list)
    for line in on:
        by_office[line.duty.office_code].append(line)
    found = []
    for code, lines in sorted(by_office.items()):
        mine = next((line for line in lines if line.duty.person_code == leads.get(code)), None)
        officers = [line for line in lines if line.duty.category is PersonCategory.OFFICER]
        chosen = mine or (officers[0] if officers else None)
        if chosen:
            state = "lead" if mine else "stand_in"
            found.append(LeadLine(chosen.duty.office_name, chosen.duty.person_name, state))
    return tuple(found)


@dataclass(frozen=True)
class OpenFacts:
    """An open shift of today or tomorrow with those who could take it."""

    roster_id: int
    day: date
    kind: KindFacts
    item: OpenShift
    stand_ins: tuple[tuple[int, str, StandIn], ...]


def open_now(by: Acts, office_id: int, at: datetime, *, days: int = 2) -> tuple[OpenFacts, ...]:
    """Return an office's open shifts of ``days`` days, each with its best stand-ins and their reasons.

    A shift that is over needs nobody any more.
    """
    day = timezone.localdate(at)
    rows = models.Roster.objects.select_related("office__unit").filter(
        within("office__unit__path", scope_paths(by, "duty.view")),
        office_id=office_id,
        state="published",
        first_day__lte=day,
        last_day__gte=day,
    )
    found: list[OpenFacts] = []
    for row in rows:
        sheet = sheet_of(row)
        names = {str(person.id): person.name for person in sheet.team}
        for item in open_shifts(sheet.problem, sheet.roster):
            kind = sheet.kinds[item.shifts[0]]
            is_over = on_the_clock(kind, sheet.days[item.day])[1] <= at
            if is_over or not 0 <= item.day - sheet.index(day) < days:
                continue
            who = [
                (int(one.person), names[one.person], one)
                for one in stand_ins(sheet.problem, sheet.roster, item.day, item.shifts[0])
                if _fits(sheet.problem.people[sheet.problem.person_index[one.person]].category, item)
            ]
            stand_in = tuple(who[:STAND_INS])
            found.append(OpenFacts(row.pk, sheet.days[item.day], kind_facts(kind), item, stand_in))
    return tuple(found)


def _fits(category: PersonCategory, item: OpenShift) -> bool:
    return not item.categories or category in item.categories
