"""Incidents of the cast: an office with people on duty, and a way to bring an incident to any state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from incident_case import Case

from jingwu.incidents import actions
from jingwu.incidents.actions import NewIncident
from jingwu.terms.people import AccountRole, PersonCategory


@pytest.fixture(autouse=True)
def fresh_ground() -> None:
    """Forget the beats of the test before."""
    from jingwu.incidents.queries.places import forget_grounds

    forget_grounds()


@pytest.fixture
def officer2(make_account: Callable[..., Any], tree: Any) -> Any:
    """A second officer of the first office, who reviews and follows up."""
    return make_account("officer2", AccountRole.OFFICER, tree.office, PersonCategory.OFFICER)


@pytest.fixture
def put_on_duty(tree: Any, now: datetime) -> Callable[..., None]:
    """Return a way to put accounts' persons on duty around ``now`` in a published roster."""
    from jingwu.duty.models import Roster, RosterCell, ShiftKind
    from jingwu.offices.models import Office

    def put(*accounts: Any, office: str = tree.office, group: str = "一组") -> None:
        row = Office.objects.select_related("unit").get(unit__code=office)
        shift, _ = ShiftKind.objects.get_or_create(
            org=row.unit, code="日", defaults={"name": "日班", "start_minute": 0, "minutes": 1440}
        )
        roster, _ = Roster.objects.get_or_create(
            office=row, first_day=now.date(), last_day=now.date() + timedelta(days=6), state="published",
            defaults={"created_at": now},
        )  # fmt: skip
        for account in accounts:
            RosterCell.objects.create(
                roster=roster, person_id=account.person_id, day=now.date(), shift=shift, group=group,
                is_live=True, start_at=now - timedelta(hours=2), end_at=now + timedelta(days=2),
            )  # fmt: skip

    return put


@pytest.fixture
def report(tree: Any) -> Callable[..., NewIncident]:
    """Return a maker of reports."""

    def make(**options: Any) -> NewIncident:
        values: dict[str, Any] = {
            "office_code": tree.office, "text": "三号楼有人打架", "address": "望江路 12 号", "lon": 104.011,
            "lat": 30.511, "reporter_phone": "13800001234", "reporter_name": "报警人 0001",
        }  # fmt: skip
        return NewIncident(**{**values, **options})

    return make


@pytest.fixture
def make_case(
    report: Callable[..., NewIncident],
    chief: Any,
    officer: Any,
    officer2: Any,
    put_on_duty: Callable[..., None],
    now: datetime,
) -> Callable[..., Case]:
    """Return a maker of registered incidents; the officer is on duty, the second one reviews."""
    put_on_duty(officer)

    def make(**options: Any) -> Case:
        row = actions.register(report(**options), by=chief, at=now)
        return Case(row.pk, officer, chief, officer2, now)

    return make


@pytest.fixture
def case(make_case: Callable[..., Case]) -> Case:
    """One registered incident."""
    return make_case()
