"""A roster's life: drafted by turns, given the plan's need, revised, published, replaced."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jingwu.duty.actions.beside import keep_step
from jingwu.duty.actions.cells import CellChange, advance, roster_for, write_cells
from jingwu.duty.actions.notices import notify
from jingwu.duty.models import Roster, RosterCell
from jingwu.duty.queries.demand import HOURS_A_WEEK
from jingwu.duty.queries.problem import Sheet, kinds_of, sheet_of, too_long
from jingwu.duty.queries.staff import leads, turn
from jingwu.duty.transitions import ROSTER
from jingwu.engines.rostering import Breach, check
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices
from jingwu.terms.duty import Severity
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal

MAX_DAYS = 62
REPAIRS = 6


@transaction.atomic
def draft_roster(
    office_code: str,
    first_day: date,
    last_day: date,
    *,
    by: Acts,
    at: datetime,
    need: Mapping[str, Any] | None = None,
    plan_id: int | None = None,
    system: str = "four_crews_three_shifts",
) -> int:
    """Draft the roster of an office for [first_day, last_day] by turns of its crews and return its id.

    ``need`` is ``{"crews_by_hour": [168 numbers, Monday 00:00 first]}``, as a plan states it; without it
    the need of the last plan given to the office holds, else the norms' least staffing. ``system`` is a
    key of the norm ``duty.systems``.

    Raises: BadInput for days, need or system that cannot be used, or an office without people.
    """
    office = offices.office(office_code)
    require(by, "duty.draft", org=office)
    if not 0 <= (last_day - first_day).days < MAX_DAYS:
        raise BadInput(
            "roster.days",
            f"班表从 {first_day} 到 {last_day}:应为 1 至 {MAX_DAYS} 天。",
            f"A roster runs 1 to {MAX_DAYS} days, not {first_day} to {last_day}.",
            fields={"last_day": f"≤ {MAX_DAYS}"},
        )
    kinds = kinds_of(office.path)
    if not kinds:
        raise BadInput(
            "roster.no_kinds",
            "还没有班次;请先由分局建立。",
            "There are no shift kinds yet; the district makes them.",
        )
    is_of_new_plan = need is not None and plan_id is not None
    if need is None:
        need, plan_id = _need_of_plan(office.id)
    row = Roster(
        office_id=office.id,
        first_day=first_day,
        last_day=last_day,
        system=system,
        plan_id=plan_id,
        need=_checked_need(need),
        created_by_id=by.actor.account_id,
        created_at=at,
    )
    row.save()
    row = Roster.objects.select_related("office__unit").get(pk=row.pk)
    from jingwu.offices.local_norms import norms_for

    norms = norms_for(office.path, first_day)
    if system not in norms.value("duty.systems") or system not in norms.value("duty.turns"):
        raise BadInput("roster.system", f"没有勤务制式“{system}”。", f"There is no system '{system}'.")
    Roster.objects.filter(pk=row.pk).update(norms_version=str(norms.version))
    sheet = sheet_of(row)
    changes = [CellChange(person, day, code) for (person, day), code in _turned(sheet, system).items()]
    write_cells(row, changes, groups={person.id: person.group for person in sheet.team})
    details = {"first": first_day, "last": last_day, "system": system, "plan": plan_id}
    journal.record("roster.draft", by=by, at=at, record=row, details=details)
    if is_of_new_plan:
        _tell_chief(office.path, row, at)
    return row.pk


def _need_of_plan(office_id: int) -> tuple[Mapping[str, Any] | None, int | None]:
    """Return the need and id of the plan last given to the office's rosters; approving it filled one."""
    given = Roster.objects.filter(office_id=office_id, plan_id__isnull=False).order_by("-plan_id", "-pk")
    return given.values_list("need", "plan_id").first() or (None, None)


def _checked_need(need: Mapping[str, Any] | None) -> dict[str, Any]:
    if not need:
        return {}
    hours = need.get("crews_by_hour", ())
    if len(hours) != HOURS_A_WEEK or not all(isinstance(x, int | float) and x >= 0 for x in hours):
        raise BadInput(
            "roster.need",
            "需求应是 168 个非负数(周一 0 时起每小时的组数)。",
            "The need is 168 numbers of 0 or more: crews by hour of the week from Monday 00:00.",
        )
    name = str(need.get("plan_name", ""))[:80]
    return {"crews_by_hour": [float(x) for x in hours]} | ({"plan_name": name} if name else {})


def _turned(sheet: Sheet, system: str) -> dict[tuple[int, date], str]:
    """Return the cells by the system's turns, with whatever leave or law forbids left out."""
    norms = sheet.norms
    cells = turn(
        sheet.team,
        sheet.days,
        norms.value("duty.turns")[system],
        per_officer=int(norms.value("groups.max_auxiliaries_per_officer")),
        free_days=frozenset(filter(sheet.problem.calendar.is_free, sheet.days)),
        shift_days=sheet.office_id,
        barred={int(person.id): too_long(sheet.problem, person) for person in sheet.problem.people},
    )
    for person, days in sheet.problem.leave_days.items():
        for index in days:
            cells.pop((int(person), sheet.days[index]), None)
    for _ in range(REPAIRS):
        unlawful = [b for b in check(sheet.problem, sheet.with_cells(cells)) if b.severity is Severity.LAW]
        if not unlawful:
            break
        for breach in unlawful:
            _give_way(sheet, cells, breach)
    return cells


def _give_way(sheet: Sheet, cells: dict[tuple[int, date], str], breach: Breach) -> None:
    """Take the cells off that break a law: the auxiliaries without an officer, or somebody's last shift."""
    if not breach.person and breach.day is not None:
        day = sheet.days[breach.day]
        officers = {p.id for p in sheet.team if p.labour_status == "officer"}
        led = {cells.get((person, day)) for person in officers}
        for person in sheet.team:
            code = cells.get((person.id, day), "")
            if person.id not in officers and code and sheet.kinds[code].is_attended and code not in led:
                del cells[person.id, day]
        return
    mine = sorted(day for person, day in cells if str(person) == breach.person)
    on_day = sheet.days[breach.day] if breach.day is not None else None
    victim = on_day if on_day in mine else (mine[-1] if mine else None)
    if victim is not None:
        del cells[int(breach.person), victim]


@transaction.atomic
def publish_need(
    office_code: str, need: Mapping[str, Any], *, plan_id: int | None, by: Acts, at: datetime
) -> list[int]:
    """Give an approved plan's need to the office's drafts and return their ids; its chief is told.

    Published rosters keep the need they were published with.
    """
    office = offices.office(office_code)
    require(by, "duty.need", org=office)
    wanted = _checked_need(need)
    drafts = Roster.objects.filter(
        office_id=office.id, state=Roster.State.DRAFT, last_day__gte=timezone.localdate(at)
    )
    ids = list(drafts.values_list("pk", flat=True))
    Roster.objects.filter(pk__in=ids).update(need=wanted, plan_id=plan_id)
    for roster_id in ids:
        keep_step(roster_id, "roster.need", by=by, at=at)
    ref = journal.RecordRef("duty", "office", office.code, office.path)
    journal.record("roster.need", by=by, at=at, record=ref, details={"plan": plan_id, "rosters": ids})
    if ids:
        _tell_chief(office.path, drafts.order_by("first_day")[0], at)
    return ids


def _tell_chief(path: str, draft: Roster, at: datetime) -> None:
    """Tell whoever leads the office that a plan changed what a draft is to cover."""
    notify(
        leads(path, on=timezone.localdate(at)),
        zh=f"方案已批准:{draft.first_day:%m-%d} 起的班表草稿按新需求检查,请求解后发布。",  # as is
        en=f"A plan is approved: the draft from {draft.first_day:%m-%d} has a new need; solve, then publish.",
        url_name="duty:board",
        args=(draft.pk,),
        at=at,
    )


@transaction.atomic
def revise_roster(roster_id: int, *, by: Acts, at: datetime) -> int:
    """Copy a roster into a new draft and return its id; the published one stays in force meanwhile."""
    row = roster_for(roster_id, "duty.draft", by=by, at=at)
    old_cells = list(row.cells.filter(is_absent=False))
    copy = Roster.objects.create(
        office_id=row.office_id,
        first_day=row.first_day,
        last_day=row.last_day,
        system=row.system,
        need=row.need,
        plan_id=row.plan_id,
        relaxed=row.relaxed,
        norms_version=row.norms_version,
        created_by_id=by.actor.account_id,
        created_at=at,
    )
    for cell in old_cells:
        cell.pk, cell.roster, cell.is_live = None, copy, False
        cell._state.adding = True
    RosterCell.objects.bulk_create(old_cells)
    journal.record("roster.revise", by=by, at=at, record=copy, details={"of": row.pk})
    return copy.pk


@transaction.atomic
def publish_roster(roster_id: int, *, seen: int, reason: str = "", by: Acts, at: datetime) -> None:
    """Put a draft in force; what it replaces is kept, and everybody on it is told.

    Raises:
        Refusal: a law is broken, or a norm is and no reason is given; or two shifts would run at once.
        ChangedMeanwhile: the draft is no longer the version seen.
    """
    row = roster_for(roster_id, ROSTER["roster.publish"].permission, by=by, at=at)
    version = advance(row, seen)
    sheet = sheet_of(row)
    breaches = check(sheet.problem, sheet.roster)
    _refuse_unlawful(breaches, reason)
    replaced = _make_room(row, by=by, at=at)
    columns = {
        "state": ROSTER["roster.publish"].target,
        "published_by_id": by.actor.account_id,
        "published_at": at,
        "published_reason": reason.strip()[:300],
    }
    try:
        with transaction.atomic():
            Roster.objects.filter(pk=row.pk).update(**columns)
            row.cells.update(is_live=True)
    except IntegrityError as error:
        raise Refusal(
            "roster.two_at_once",
            "有人在发布后会同时上两个班(可能与上期末班或外借的班重叠),没有发布;请调整首尾两天。",
            "Somebody would be in two shifts at once, perhaps with the last roster's or a loan's shift; "
            "nothing was published. Change the first or last days.",
        ) from error
    keep_step(row.pk, "roster.publish", by=by, at=at, version=version)
    _tell_everybody(row, at)
    broken = sorted({breach.rule_id for breach in breaches})
    journal.record(
        "roster.publish",
        by=by,
        at=at,
        record=row,
        reason=reason.strip(),
        details={"replaces": replaced, "breaches": broken, "version": version},
    )


def _refuse_unlawful(breaches: tuple[Breach, ...], reason: str) -> None:
    unlawful = [breach for breach in breaches if breach.severity is Severity.LAW]
    if unlawful:
        raise Refusal(
            "roster.unlawful",
            f"有 {len(unlawful)} 处违反法定规则,不能发布:" + ";".join(b.words_zh for b in unlawful[:3]),
            f"{len(unlawful)} places break the law, so it cannot be published: "
            + "; ".join(b.words_en for b in unlawful[:3]),
        )
    norms = [b for b in breaches if b.severity is Severity.NORM and b.kind != "cover"]
    if norms and not reason.strip():
        raise BadInput(
            "roster.needs_reason",
            f"有 {len(norms)} 处不合规范,发布需写明理由:" + ";".join(b.words_zh for b in norms[:3]),
            f"{len(norms)} places are off the norms; publishing takes a reason: "
            + "; ".join(b.words_en for b in norms[:3]),
            fields={"reason": "必填 / required"},
        )


def _make_room(row: Roster, *, by: Acts, at: datetime) -> list[int]:
    """Take what the new roster covers out of force; a part of an old one outside it stays in force."""
    touched = list(
        Roster.objects.select_for_update().filter(
            office_id=row.office_id,
            state=Roster.State.PUBLISHED,
            first_day__lte=row.last_day,
            last_day__gte=row.first_day,
        )
    )
    one_day = timedelta(days=1)
    for old in touched:
        before, after = old.first_day < row.first_day, old.last_day > row.last_day
        if before and after:
            raise BadInput(
                "roster.inside",
                f"已发布的班表({old.first_day} 至 {old.last_day})两头都超出这一份;请修订那一份。",
                f"The published roster {old.first_day} to {old.last_day} reaches past both ends; revise it.",
            )
        inside = old.cells.filter(day__gte=row.first_day, day__lte=row.last_day)
        inside.update(is_live=False)
        if before:
            Roster.objects.filter(pk=old.pk).update(last_day=row.first_day - one_day)
            keep_step(old.pk, "roster.shorten", by=by, at=at)
        elif after:
            Roster.objects.filter(pk=old.pk).update(first_day=row.last_day + one_day)
            keep_step(old.pk, "roster.shorten", by=by, at=at)
        elif Roster.objects.filter(pk=old.pk, state="published").update(state="replaced") != 1:
            raise ChangedMeanwhile(
                "roster.changed_meanwhile", "旧班表刚被改过。", "The old roster just changed."
            )
    return [old.pk for old in touched]


def _tell_everybody(row: Roster, at: datetime) -> None:
    people = set(row.cells.values_list("person_id", flat=True).distinct())
    notify(
        people,
        zh=f"{row.office.unit.name} {row.first_day:%m-%d} 至 {row.last_day:%m-%d} 的班表已发布。",  # as is
        en=f"The roster of {row.office.unit.name} for {row.first_day:%m-%d} to {row.last_day:%m-%d} is out.",
        url_name="duty:mine",
        at=at,
    )
