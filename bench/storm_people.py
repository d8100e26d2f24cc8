"""Who takes part in the storm of field_storm.py, what their phones hold, what must be there afterwards."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

CHANGES_EACH = 20
CSRF = "s" * 32


@dataclass
class Person:
    """Somebody signed in: the cookies of a session, and for a phone what it may write about."""

    account: int
    session: str
    office: str
    incidents: list[int] = field(default_factory=list)

    @property
    def cookies(self) -> str:
        return f"jingwu={self.session}; csrftoken={CSRF}"


def people(phones: int, desks: int) -> tuple[list[Person], list[Person]]:
    """Make accounts for the phones and the desks, signed in; return them."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from jingwu.incidents import actions as incidents
    from jingwu.journal.actor import SYSTEM
    from jingwu.offices import queries as offices
    from jingwu.people import actions
    from jingwu.people import queries as found
    from jingwu.terms.people import AccountRole, FundingSource, PersonCategory

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody signs in by it
    now, made = timezone.now(), []
    codes = [row.code for row in offices.offices(["/"])]
    open_now = {
        code: [
            incidents.register(incidents.NewIncident(code, "风暴测试警情"), by=SYSTEM, at=now).pk
            for _ in range(6)
        ]
        for code in codes
    }
    for code in codes:
        point = incidents.NewPoint("东门", f"STORM-{code[-8:]}", 104.0, 30.5, 80)
        incidents.open_route(code, "风暴巡防", [point], by=SYSTEM, at=now)
    for number in range(phones + desks):
        code, name = codes[number % len(codes)], f"storm-{number}"
        row = actions.NewPerson(
            f"P-{name}", f"民警 {number}", code, PersonCategory.OFFICER, FundingSource.ESTABLISHMENT
        )
        person_id = actions.create_people([row], by=SYSTEM, at=now)[row.code]
        actions.create_account(
            sign_in_name=name, label=name, password="a long word for storms", person_id=person_id, by=SYSTEM,
            at=now, must_change_password=False,
        )  # fmt: skip
        account = found.account_named(name)
        role = AccountRole.OFFICER if number < phones else AccountRole.CHIEF
        actions.grant_role(account.pk, role, unit_code=code, by=SYSTEM, at=now)
        browser = Client(HTTP_HOST="localhost")
        browser.force_login(account)
        session = browser.cookies[settings.SESSION_COOKIE_NAME].value
        made.append(Person(account.pk, session, code, open_now[code]))
    return made[:phones], made[phones:]


def queue_of(phone: Person, number: int) -> list[dict[str, Any]]:
    """Return twenty changes: texts and announced photos of three scenes, some visits to a point."""
    counts: Counter[str] = Counter()
    rows = []
    for step in range(CHANGES_EACH):
        target = f"scene:{phone.incidents[(number + step % 3) % len(phone.incidents)]}"
        what: dict[str, Any] = {"fields": {"facts": f"第 {number} 部手机的第 {step} 条"}}
        if step % 5 == 3:
            target = f"point:STORM-{phone.office[-8:]}"
            what = {"act": {"verb": "visit", "how": "qr"}}
        elif step % 5 == 4:
            what = {"fields": {"measures": f"{step}"}, "added": {"photos": [str(uuid4())]}}
        counts[target] += 1
        rows.append(
            {
                "id": str(uuid4()), "target": target, "number": counts[target], "base_version": 0,
                "said_at": datetime.now(UTC).isoformat(), **what,
            }
        )  # fmt: skip
    return rows


def wrong(queues: list[list[dict[str, Any]]]) -> list[str]:
    """Return what is not there exactly once, wherever a change leaves a trace."""
    from jingwu.incidents.models import FieldChange, FieldFile, FieldRecord, PatrolVisit
    from jingwu.journal import queries as journal
    from jingwu.journal.models import Line

    every = [row for queue in queues for row in queue]
    ids = {row["id"] for row in every}  # the demo's own phones have handed in something, too
    acts = {row["id"] for row in every if "act" in row}
    photos = sorted(row["added"]["photos"][0] for row in every if "added" in row)
    told: list[str] = []
    for text in Line.objects.filter(verb="field.sync").values_list("details_json", flat=True):
        told += json.loads(text)["changes"]
    in_records = [one for row in FieldRecord.objects.all() for one in row.state["sets"].get("photos", ())]
    checks = {
        "changes": FieldChange.objects.filter(pk__in=ids).count() == len(ids) == len(every),
        "refused": not FieldChange.objects.filter(pk__in=ids, outcome="refused").exists(),
        "visits": sorted(PatrolVisit.objects.filter(change_id__in=acts).values_list("change_id", flat=True))
        == sorted(acts),
        "photos": sorted(set(in_records) & set(photos)) == photos,
        "files": FieldFile.objects.filter(pk__in=photos).count() == len(photos),
        "journal lines": sorted(ids.intersection(told))
        == sorted(one for one in told if one in ids)
        == sorted(ids - acts),
        "journal chain": journal.verify().intact,
    }
    return [name for name, is_right in checks.items() if not is_right]


def registered(person: Person) -> tuple[str, float]:
    """Register an incident; return its number and the moment before its transaction began."""
    from django.db import connection
    from django.utils import timezone

    from jingwu.incidents import actions
    from jingwu.journal.actor import SYSTEM

    start = time.perf_counter()
    row = actions.register(actions.NewIncident(person.office, "听众测试"), by=SYSTEM, at=timezone.now())
    connection.close()
    return row.number, start


def connections() -> int:
    """Return how many connections the database has."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        (count,) = cursor.fetchone()
    connection.close()
    return int(count)
