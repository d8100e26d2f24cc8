"""Run as a program beside a served site: makes the storm's office, and at the end says what arrived there."""

from __future__ import annotations

import json
import os
import sys
from datetime import date, timedelta
from typing import Any

PHONES = 6
INCIDENTS = 3
MESSAGES = 40


def make() -> dict[str, Any]:
    """Make one office with officers signed in on their phones; return all a phone needs to know."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from jingwu.incidents import actions as incidents
    from jingwu.journal.actor import SYSTEM
    from jingwu.offices import actions as offices
    from jingwu.people import actions as people
    from jingwu.people import queries
    from jingwu.terms.people import AccountRole, FundingSource, OrgLevel, PersonCategory

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    now, parent = timezone.now(), None
    levels = (OrgLevel.PROVINCE, OrgLevel.CITY, OrgLevel.DISTRICT, OrgLevel.STATION)
    for level, code in zip(levels, ("99", "9901", "990101", "99010101"), strict=True):
        offices.create_unit(level=level, code=code, name=code, parent_code=parent, by=SYSTEM, at=now)
        parent = code
    office = "9901010101"
    offices.open_offices(
        [offices.NewOffice(office, "甲一警务室", "99010101", 104.01, 30.51)], by=SYSTEM, at=now
    )
    point = incidents.NewPoint("东门", "STORM-P1", 104.01, 30.51, 80)
    incidents.open_route(office, "巡防", [point], by=SYSTEM, at=now)
    phones = []
    for number in range(PHONES):
        name = f"phone{number}"
        row = people.NewPerson(
            f"P-{name}", f"民警 {number}", office, PersonCategory.OFFICER, FundingSource.ESTABLISHMENT,
            birth_date=date(1990, 5, 1),
        )  # fmt: skip
        person_id = people.create_people([row], by=SYSTEM, at=now)[row.code]
        people.create_account(
            sign_in_name=name, label=name, password="a long word for tests", person_id=person_id, by=SYSTEM,
            at=now, must_change_password=False,
        )  # fmt: skip
        account = queries.account_named(name)
        people.grant_role(account.pk, AccountRole.OFFICER, unit_code=office, by=SYSTEM, at=now)
        browser = Client(HTTP_HOST="localhost")
        browser.force_login(account)
        session = browser.cookies[settings.SESSION_COOKIE_NAME].value
        phones.append({"account": account.pk, "session": session, "device": f"storm-device-{number}"})
    found = [
        incidents.register(incidents.NewIncident(office, "三号楼有人打架"), by=SYSTEM, at=now)
        for _ in range(INCIDENTS)
    ]
    _tell(found[0])
    return {
        "phones": phones,
        "incidents": [row.pk for row in found],
        "point": "STORM-P1",
        "cookie": settings.SESSION_COOKIE_NAME,
    }


def _tell(incident: Any) -> None:
    """Write messages and queue their sending, as a dispatch does."""
    from django.db import transaction
    from django.utils import timezone

    from jingwu.incidents.actions.notices import Message, tell

    with transaction.atomic():
        messages = [Message("dispatch", f"第 {number} 条", role="chief") for number in range(MESSAGES)]
        tell(incident, messages, at=timezone.now())


def arrived() -> dict[str, Any]:
    """Return what the site holds of the storm, wherever a change leaves a trace."""
    from django.utils import timezone

    from jingwu.incidents import actions as incidents
    from jingwu.incidents.models import FieldChange, FieldRecord, Notice, PatrolVisit
    from jingwu.journal import queries as journal
    from jingwu.journal.models import Line

    # what a killed worker had in its hands comes back into the queue by itself, a while later
    incidents.send_waiting(at=timezone.now() + timedelta(minutes=10))
    told: list[str] = []
    for text in Line.objects.filter(verb="field.sync").values_list("details_json", flat=True):
        told += json.loads(text)["changes"]
    found = journal.verify()
    return {
        "changes": dict(FieldChange.objects.values_list("pk", "outcome")),
        "photos": sorted(
            one for record in FieldRecord.objects.all() for one in record.state["sets"].get("photos", ())
        ),
        "visits": sorted(PatrolVisit.objects.values_list("change_id", flat=True)),
        "visits_told": Line.objects.filter(verb="incidents.patrol").count(),
        "told": sorted(told),
        "notices": dict(Notice.objects.values_list("pk", "state")),
        "faults": [fault.message_en for fault in found.faults],
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jingwu.site.settings")
    import django

    django.setup()
    print(json.dumps({"make": make, "arrived": arrived}[sys.argv[1]](), ensure_ascii=False))
