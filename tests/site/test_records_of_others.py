"""Row scope at every address: whoever knows the number of a record of another district still gets nothing.

One record of every kind is made in the first district. Then every address with an argument is asked,
by reading and by writing, by the manager and the chief of the other district, who may open the page as such.
An address with an argument nobody wrote down here makes the test fail, so a new page cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from test_security_snapshot import concrete, endpoints

from jingwu.duty import actions as duty
from jingwu.duty.models import (
    CompRestLine,
    Handover,
    Leave,
    Roster,
    RosterCell,
    ShiftKind,
    SolveRun,
    SwapRequest,
)
from jingwu.incidents import actions as incidents
from jingwu.incidents.models import FieldRecord
from jingwu.journal.actor import SYSTEM
from jingwu.offices import actions as offices
from jingwu.offices.models import Office
from jingwu.people.models import RoleGrant
from jingwu.planning import actions as planning
from jingwu.planning.demo_district import synthetic
from jingwu.planning.district import FactReport
from jingwu.planning.models import FactSet, Plan, Scenario, Study
from jingwu.terms.people import AccountRole, PersonCategory

# argument → why knowing it is meant to be enough, or why it names nothing that belongs to an office
OPEN = {
    "key": "a norm's name, the same for everybody; of a calendar the secret itself",
    "token": "the resident's own secret",
    "proof": "the other half of the resident's own secret",
    "language": "the texts of the scripts",
    "face": "the style guide, in demo mode only",
}


@pytest.fixture
def records(
    chief: Any, officer: Any, manager: Any, tree: Any, now: datetime
) -> dict[str, list[tuple[str, Any]]]:
    """Make one record of every kind in the first district; by argument: (part of the route, value)."""
    office = Office.objects.select_related("unit").get(unit__code=tree.office)
    day = now.date()
    duty.ensure_shift_kinds(tree.district, by=SYSTEM, at=now)
    shift = ShiftKind.objects.order_by("pk")[0]
    roster = Roster.objects.create(
        office=office,
        first_day=day,
        last_day=day + timedelta(days=6),
        state="draft",
        system="four_crews_three_shifts",
        created_at=now,
    )
    cell = RosterCell.objects.create(
        roster=roster, person_id=officer.person_id, day=day, shift=shift, is_live=True,
        start_at=now, end_at=now + timedelta(hours=8),
    )  # fmt: skip
    run = SolveRun.objects.create(roster=roster, seen_version=1, seconds=1.0, created_at=now)
    leave = Leave.objects.create(
        person_id=officer.person_id, kind="annual", first_day=day, last_day=day, created_at=now
    )
    swap = SwapRequest.objects.create(
        roster=roster, giver_id=officer.person_id, giver_day=day, taker_id=chief.person_id,
        taker_day=day + timedelta(days=1), created_at=now,
    )  # fmt: skip
    line = CompRestLine.objects.create(
        person_id=officer.person_id, day=day, minutes=60, reason="甲", key="甲", created_at=now
    )
    handover = Handover.objects.create(office=office, at=now)
    report = incidents.NewIncident(
        office_code=tree.office, text="打架", address="望江路", lon=104.01, lat=30.51
    )
    incident = incidents.register(report, by=chief, at=now)
    field = FieldRecord.objects.create(
        key=f"scene:{incident.pk}", incident=incident, office=office, org_path=tree.office_path,
        conflict_fields=["result"], created_at=now, changed_at=now,
    )  # fmt: skip
    batch = incidents.receive_file("a.csv", "外部编号,内容\nA1,积水\n".encode(), by=chief, at=now)
    facts = planning.bring_in_facts(
        synthetic(offices=2, people=28, calls=300), FactReport(accepted=True), org_code=tree.district,
        name="甲区", source="合成", by=SYSTEM, at=now,
    )  # fmt: skip
    org = FactSet.objects.get(pk=facts).org
    plan = Plan.objects.create(
        org=org, fact_set_id=facts, name="甲区", params={}, seed=1, norms_version="1", created_at=now
    )
    scenario = Scenario.objects.create(org=org, fact_set_id=facts, name="甲", created_at=now, changed_at=now)
    study = Study.objects.create(org=org, fact_set_id=facts, kind="ground", key="甲", created_at=now)
    norm = offices.propose_norm(
        tree.district, key="mix.reserve_share", start=date(2099, 1, 1), value=0.08, reference="局发",
        reason="试点", by=manager, at=now,
    )  # fmt: skip
    grant = RoleGrant.objects.get(account_id=chief.pk)
    return {
        "code": [("people/", officer.person.code), ("", tree.office)],
        "cell_id": [("", cell.pk)],
        "roster_id": [("", roster.pk)],
        "run_id": [("", run.pk)],
        "leave_id": [("", leave.pk)],
        "swap_id": [("", swap.pk)],
        "number": [("", leave.pk)],
        "what": [("", "leave")],
        "line_id": [("", line.pk)],
        "handover_id": [("", handover.pk)],
        "incident_id": [("", incident.pk)],
        "verb": [("", "triage")],
        "record_id": [("", field.pk)],
        "file_id": [("", "none")],
        "batch_id": [("", batch)],
        "plan_id": [("", plan.pk)],
        "fact_set_id": [("", facts)],
        "scenario_id": [("", scenario.pk)],
        "study_id": [("", study.pk)],
        "norm_id": [("", norm)],
        "account_id": [("", chief.pk)],
        "grant_id": [("", grant.pk)],
    }


def of_ours(route: str, records: dict[str, list[tuple[str, Any]]]) -> str | None:
    """Return the route with our records for its arguments; None when it is open by design."""
    address = route.replace("^", "").replace("$", "")
    for name in re.findall(r"<(?:\w+:)?(\w+)>", route):
        if name in OPEN:
            return None
        assert name in records, f"{route}: say in this file what stands for {name}"
        value = next(value for part, value in records[name] if part in route)
        address = re.sub(rf"<(?:\w+:)?{name}>", str(value), address)
    return None if address == route else address


def statuses(browser: Client, address: str) -> dict[str, tuple[int, str]]:
    """Return what reading and writing answer, status and text without numbers; what it changed is undone."""
    found = {}
    for verb in ("get", "post"):
        with transaction.atomic():
            answer = getattr(browser, verb)(address, {"reason": "看看", "seen": 1})
            transaction.set_rollback(True)
        text = answer.content.decode(errors="replace").partition("<main")[2]
        found[verb] = (answer.status_code, re.sub(r"\d+", "", text))
    return found


@pytest.mark.parametrize("role", [AccountRole.DISTRICT_MANAGER, AccountRole.CHIEF, AccountRole.OFFICER])
def test_records_of_another_district_are_out_of_reach(
    role: AccountRole,
    records: dict[str, list[tuple[str, Any]]],
    make_account: Callable[..., Any],
    client_for: Callable[[Any], Client],
    tree: Any,
) -> None:
    unit = tree.other_district if role is AccountRole.DISTRICT_MANAGER else tree.other_office
    browser = client_for(make_account("outsider", role, unit, PersonCategory.OFFICER))
    leaks = []
    asked = 0
    for route in sorted(set(endpoints(get_resolver().url_patterns))):
        if (address := of_ours(route, records)) is None:
            continue
        asked += 1
        nothing = statuses(browser, concrete(route))  # 422: the form is read before the record is looked for
        for verb, (status, page) in statuses(browser, address).items():
            if status not in (403, 404, 405) and (status, page) != nothing[verb]:
                leaks.append(f"{verb} {address}: {status}")
    assert asked > 40
    assert not leaks, "\n".join(leaks)


def test_the_same_records_open_for_those_they_belong_to(
    records: dict[str, list[tuple[str, Any]]], chief: Any, manager: Any, client_for: Callable[[Any], Client]
) -> None:
    """The records are real: what outsiders are refused, their own people read."""
    pages = {
        "/people/<str:code>/": chief,
        "/offices/<str:code>/": chief,
        "/duty/rosters/<int:roster_id>/": chief,
        "/incidents/<int:incident_id>/": chief,
        "/planning/imports/<int:fact_set_id>/": manager,
    }
    for route, account in pages.items():
        address = of_ours(route, records)
        assert address is not None
        assert client_for(account).get(address).status_code == 200, route
