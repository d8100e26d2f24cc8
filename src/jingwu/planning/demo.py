# catalogue: data - both languages stand side by side
"""The demo district in the database: made once, from synthetic facts, with a first plan to look at."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from jingwu.duty import demo as duty_demo
from jingwu.incidents import demo as incidents_demo
from jingwu.incidents import queries as incident_queries
from jingwu.journal.actor import SYSTEM
from jingwu.offices import actions as offices
from jingwu.offices import queries as office_queries
from jingwu.people import actions as people
from jingwu.people import queries as people_queries
from jingwu.planning import actions, deployment_queries, queries
from jingwu.planning.district import District, FactReport, Person
from jingwu.planning.jobs import compute_plan, run_study, store_expectation
from jingwu.planning.models import Plan
from jingwu.terms.people import OrgLevel, PersonCategory

# codes of a region that does not exist
PROVINCE = ("99", "演示省")
CITY = ("9901", "青岚市")
DISTRICT = ("990101", "云溪分局")
CHIEF_OFFICE = "望江"


def ensure_demo(*, seed: int, tell: Callable[[str], object]) -> None:
    """Make the demo district unless it is there; safe to be interrupted and called again."""
    started = time.monotonic()
    if office_queries.unit_at("/" + "/".join(code for code, _ in (PROVINCE, CITY, DISTRICT)) + "/") is None:
        tell("正在生成演示分局… / making the demo district…")
        _make_district(seed)
    plan_id = _first_plan(seed)
    if plan_id is not None:
        tell("正在计算第一份方案… / computing the first plan…")
        compute_plan(plan_id)
        row = Plan.objects.only("state", "headline_zh", "failure").get(pk=plan_id)
        tell(row.headline_zh or str(row.failure))
        tell("正在排班… / making the rosters…")
        duty_demo.ensure_demo(DISTRICT[0], by=SYSTEM, at=timezone.now(), draft_office=_chief_office())
        tell("正在准备部署底图… / preparing the deployment map…")
        _prepare_deployment()
    _living_room(seed, tell)
    if plan_id is not None:
        tell(f"演示数据就绪,用时 {time.monotonic() - started:.0f} 秒 / ready")


def _living_room(seed: int, tell: Callable[[str], object]) -> None:
    """Have incidents of the last days and hours; when the live ones are old, make new ones."""
    manager = people_queries.account_named("manager")
    now = timezone.now()
    path = office_queries.unit(DISTRICT[0]).path
    if not incident_queries.has_expectation(path):
        facts = queries.fact_sets(manager, adopted_only=True)[0]
        store_expectation(facts.id, path, at=now)
    made = incidents_demo.ensure_demo(DISTRICT[0], _chief_office(), seed=seed, at=now)
    if made:
        tell(f"今日警情 {made} 起 / {made} live incidents")


@transaction.atomic
def _make_district(seed: int) -> None:
    """Make units, facts and accounts, all or nothing."""
    from jingwu.planning.demo_district import generate

    now = timezone.now()
    parent: str | None = None
    levels = (OrgLevel.PROVINCE, OrgLevel.CITY, OrgLevel.DISTRICT)
    for level, (code, name) in zip(levels, (PROVINCE, CITY, DISTRICT), strict=True):
        offices.create_unit(level=level, code=code, name=name, parent_code=parent, by=SYSTEM, at=now)
        parent = code
    district = generate(seed=seed)
    report = FactReport(accepted=True, digest=district.digest, period=district.period)
    fact_set_id = actions.bring_in_facts(
        district, report, org_code=DISTRICT[0], name="演示数据", source="合成数据", by=SYSTEM, at=now
    )
    actions.adopt_facts(fact_set_id, by=SYSTEM, at=now)
    chief_office = next(office for office in district.offices if office.name.startswith(CHIEF_OFFICE))
    people.create_demo_accounts(
        district_code=DISTRICT[0],
        office_code=chief_office.code,
        persons=_people_behind(district, chief_office.code),
        at=now,
    )


def _people_behind(district: District, office: str) -> dict[str, str]:
    """Return who of the office stands behind the demo accounts: its lead, one of its groups, its helpers."""
    staff = [person for person in district.people if person.office == office]

    def first(category: PersonCategory, *, group: str | None = None) -> Person | None:
        return next(
            (
                person
                for person in staff
                if person.category is category
                and not person.is_lead
                and (group is None or person.group == group)
            ),
            None,
        )

    lead = next((person for person in staff if person.is_lead), None)
    officer = next(
        (p for p in staff if p.category is PersonCategory.OFFICER and p.group and not p.is_lead), None
    )
    found = {
        "chief": lead,
        "officer": officer,
        "auxiliary": first(PersonCategory.AUX_DUTY, group=officer.group if officer else None),
        "grid": first(PersonCategory.GRID_WORKER),
        "volunteer": first(PersonCategory.VOLUNTEER),
    }
    return {name: person.code for name, person in found.items() if person is not None}


def _chief_office() -> str:
    """Return the code of the office the demo's chief leads."""
    chief = people_queries.account_named("chief")
    return chief.all_grants()[0].path.strip("/").split("/")[-1]


def _prepare_deployment() -> None:
    """Have the deployment's scene ready before the first click; hot places and beats follow in the worker."""
    manager = people_queries.account_named("manager")
    facts = queries.fact_sets(manager, adopted_only=True)[0]
    now = timezone.now()
    ground = actions.request_study(facts.id, kind="ground", params={"offices": None}, by=manager, at=now)
    if deployment_queries.study(manager, ground).state != "done":
        run_study(ground)
    for kind, params in (
        ("hot_places", {"category": "all", "cell_metres": 250}),
        ("beats", {"tolerance_share": 0.2, "keep_minutes": 0.5, "offices": None}),
    ):
        actions.request_study(facts.id, kind=kind, params=params, by=manager, at=now)


def _first_plan(seed: int) -> int | None:
    """Ask for the first plan as the demo's manager; return its id while it still has to be computed."""
    from jingwu.planning.pipeline import PlanParams

    manager = people_queries.account_named("manager")
    waiting = [row for row in queries.plan_rows(manager) if row.state in ("queued", "running")]
    if waiting:
        return waiting[0].pk
    if queries.current_plan(manager) is not None:
        return None
    facts = queries.fact_sets(manager, adopted_only=True)[0]
    now = timezone.now()
    return actions.request_plan(
        facts.id,
        name=f"方案 {now:%Y}-Q{(now.month - 1) // 3 + 1}",
        params=PlanParams().to_dict(),
        seed=seed,
        by=manager,
        at=now,
    )
