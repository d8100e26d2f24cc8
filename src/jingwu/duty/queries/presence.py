"""Who is on, with whom, doing what: the truth that dispatch relies on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from jingwu.duty.models import RosterCell
from jingwu.terms.duty import DutyModule, DutyState
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class OnDuty:
    """One person on duty at an instant; ``group`` names the 1+2 group within the office ('' = none)."""

    person_id: int
    person_code: str
    person_name: str
    category: PersonCategory
    skills: tuple[str, ...]
    recused_from: tuple[str, ...]
    office_id: int
    office_code: str
    office_name: str
    org_path: str
    group: str
    state: DutyState
    module: DutyModule | None
    role: str
    shift_code: str
    shift_name: str
    is_attended: bool
    start_at: datetime
    end_at: datetime

    def __post_init__(self) -> None:
        if not self.start_at < self.end_at:
            raise ValueError("a shift ends after it starts")


def on_duty(
    at: datetime,
    *,
    office_ids: Collection[int] | None = None,
    org_path: str = "",
    standby: bool = False,
) -> tuple[OnDuty, ...]:
    """Return who is on duty at ``at`` by published rosters, by office and group, in one statement.

    Somebody called absent is not on duty. ``standby`` also returns people on 备勤. ``org_path`` limits to
    the offices at and below it.
    """
    states = [DutyState.ON_DUTY.value] + ([DutyState.STANDBY.value] if standby else [])
    cells = RosterCell.objects.filter(
        is_live=True, is_absent=False, start_at__lte=at, end_at__gt=at, shift__state__in=states
    )
    if office_ids is not None:
        cells = cells.filter(roster__office_id__in=office_ids)
    if org_path:
        cells = cells.filter(roster__office__unit__path__startswith=org_path)
    rows = cells.select_related("person", "shift", "roster__office__unit")
    rows = rows.order_by("roster__office__unit__code", "group", "person__code")
    return tuple(_on_duty(cell) for cell in rows)


def _on_duty(cell: RosterCell) -> OnDuty:
    person, shift, unit = cell.person, cell.shift, cell.roster.office.unit
    return OnDuty(
        person_id=person.pk,
        person_code=person.code,
        person_name=person.name,
        category=PersonCategory(person.category),
        skills=tuple(person.skills),
        recused_from=tuple(person.recused_from),
        office_id=cell.roster.office_id,
        office_code=unit.code,
        office_name=unit.name,
        org_path=unit.path,
        group=cell.group,
        state=DutyState(shift.state),
        module=DutyModule(shift.module) if shift.module else None,
        role=shift.role,
        shift_code=shift.code,
        shift_name=shift.name,
        is_attended=shift.is_attended,
        start_at=cell.start_at,
        end_at=cell.end_at,
    )
