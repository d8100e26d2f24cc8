"""Fixtures of the incident tests in a browser: an officer really on duty now, and an incident on its way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jingwu.duty.models import Roster, RosterCell, ShiftKind
from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice, NewIncident
from jingwu.incidents.models import Incident
from jingwu.offices.models import Office


@pytest.fixture
def now() -> datetime:
    """The real moment: a browser's clock is the machine's."""
    return timezone.now()


@pytest.fixture
def on_duty(tree: Any, officer: Any, now: datetime) -> Any:
    """The officer, on duty now by a published roster."""
    office = Office.objects.select_related("unit").get(unit__code=tree.office)
    shift = ShiftKind.objects.create(org=office.unit, code="日", name="日班", start_minute=0, minutes=1440)
    roster = Roster.objects.create(
        office=office, first_day=now.date(), last_day=now.date() + timedelta(days=6), state="published",
        created_at=now,
    )  # fmt: skip
    RosterCell.objects.create(
        roster=roster, person_id=officer.person_id, day=now.date(), shift=shift, group="一组", is_live=True,
        start_at=now - timedelta(hours=2), end_at=now + timedelta(hours=8),
    )  # fmt: skip
    return officer


@pytest.fixture
def sent(tree: Any, chief: Any, on_duty: Any, now: datetime) -> Incident:
    """An incident to which the officer on duty has been sent."""
    report = NewIncident(tree.office, "三号楼有人打架", address="望江路 12 号", lon=104.011, lat=30.511)
    row = actions.register(report, by=chief, at=now)
    actions.triage(row.pk, category="dispute", priority=2, by=chief, at=now)
    actions.dispatch(row.pk, CrewChoice(persons=(on_duty.person.code,)), by=chief, at=now)
    return Incident.objects.get(pk=row.pk)
