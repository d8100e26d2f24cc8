"""A report becomes an incident: registered, completed, graded; drafts and searches of the desk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jingwu.incidents.actions import clockwork
from jingwu.incidents.actions.steps import (
    REQUIRED_REASON,
    change,
    guarded,
    load,
    need_text,
    note_event,
    take,
    tell_listeners,
)
from jingwu.incidents.models import Draft, Incident, SavedSearch
from jingwu.incidents.moments import can_be_meant
from jingwu.incidents.numbers import next_number
from jingwu.incidents.queries.places import ground_around
from jingwu.incidents.search import grams
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.norms import Norms
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.offices.queries import OfficeFacts
from jingwu.terms.incidents import IncidentCategory, Priority
from jingwu.terms.refusal import BadInput

TAGS = (
    "danger", "weapon", "suspect_control", "inspection", "minor", "sexual", "suicide", "mass",
    "traffic_control",
)  # fmt: skip
SOURCE_KEY_LENGTH = 120  # of ``Incident.source_key``


@dataclass(frozen=True)
class NewIncident:
    """One report as the desk, a phone or another system hands it in.

    ``source_key`` makes handing in the same report twice harmless; ``reported_at`` None means now.
    """

    office_code: str
    text: str
    source: str = "phone"
    category: str = ""
    subcategory: str = ""
    priority: int | None = None
    address: str = ""
    address_detail: str = ""
    lon: float | None = None
    lat: float | None = None
    beat_code: str = ""
    reporter_name: str = ""
    reporter_phone: str = ""
    reported_at: datetime | None = None
    occurred_at: datetime | None = None
    tags: tuple[str, ...] = ()
    needs_presence: bool = True
    is_anonymous: bool = False
    is_domestic_violence: bool = False
    source_key: str | None = None

    def __post_init__(self) -> None:
        wrong: dict[str, str] = {}
        if not self.text.strip():
            wrong["text"] = "请写明警情内容 / say what happened"
        if self.category and self.category not in set(IncidentCategory):
            wrong["category"] = "没有这个类别 / no such category"
        if self.priority is not None and self.priority not in set(Priority):
            wrong["priority"] = "级别为 1–4 / a priority is 1–4"
        if (self.lon is None) != (self.lat is None):
            wrong["lon"] = "经纬度须成对 / a position is two numbers"
        elif self.lon is not None and not (-180 <= self.lon <= 180 and -90 <= (self.lat or 0) <= 90):
            wrong["lon"] = "坐标超出范围 / off the globe"
        if len(self.source_key or "") > SOURCE_KEY_LENGTH:
            longest = SOURCE_KEY_LENGTH
            wrong["source_key"] = f"最多 {longest} 字 / {longest} characters at most"  # as is
        for name, longest in (
            ("address", 200), ("address_detail", 100), ("subcategory", 40), ("reporter_name", 60),
            ("reporter_phone", 30),
        ):  # fmt: skip
            if len(getattr(self, name)) > longest:
                wrong[name] = f"最多 {longest} 字 / {longest} characters at most"  # as is
        for name in ("reported_at", "occurred_at"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                wrong[name] = "缺时区 / no time zone"
            elif moment is not None and not can_be_meant(moment):
                wrong[name] = f"{name} 须在 2000–2199 年 / {name} must lie in 2000–2199"  # as is
        if wrong:
            raise BadInput(
                "incident.bad_report", "报警内容有误:" + ";".join(wrong.values()),
                "The report cannot be used: " + "; ".join(wrong.values()), fields=wrong,
            )  # fmt: skip


@transaction.atomic
def register(report: NewIncident, *, by: Acts, at: datetime, draft_key: str = "") -> Incident:
    """Register a report and return the incident; the same ``source_key`` returns the one there is.

    Raises
        NotAllowed: the role does not register, or the office lies outside the scope.
        BadInput: the text is too long, or a time lies in the future.
    """
    office = offices.office(report.office_code)
    require(by, "incidents.register", org=office.path, at=at)
    if draft_key:
        use_draft("intake", draft_key, by=by, at=at)
    incident = enter(report, office, by=by, at=at)
    # a report known already may lie elsewhere
    require(by, "incidents.register", org=incident.org_path, at=at)
    return incident


@transaction.atomic
def enter(report: NewIncident, office: OfficeFacts, *, by: Acts, at: datetime) -> Incident:
    """Register a report without asking who may: by `register`, or by a system whose signature was checked."""
    if report.source_key:
        known = Incident.objects.filter(source_key=report.source_key).first()
        if known is not None:
            return known
    norms = norms_for(office.path, timezone.localdate(at))
    if report.source_key:
        try:
            with transaction.atomic():
                incident = _create(report, office, norms, by=by, at=at)
        except IntegrityError:
            # another request with the same key was a moment earlier; if none was, it is another fault
            known = Incident.objects.filter(source_key=report.source_key).first()
            if known is None:
                raise
            return known
    else:
        incident = _create(report, office, norms, by=by, at=at)
    note_event(
        incident, "register", by=by, at=incident.reported_at, recorded_at=at, target="received",
        details={"source": incident.source},
    )  # fmt: skip
    tell_listeners(incident, "register")
    journal.record(
        "incidents.register", by=by, at=at, record=incident,
        details={"number": incident.number, "source": incident.source},
    )  # fmt: skip
    return incident


def _create(report: NewIncident, office: OfficeFacts, norms: Norms, *, by: Acts, at: datetime) -> Incident:
    row = prepare(report, office, norms, by=by, at=at)
    row.number = next_number(office.code, day_of(norms, at))
    row.save(force_insert=True)
    return row


def day_of(norms: Norms, at: datetime) -> date:
    """Return the day of the offices' own calendar, which the numbers run by."""
    return at.astimezone(norms.calendar.round_the_clock().zone).date()


def prepare(report: NewIncident, office: OfficeFacts, norms: Norms, *, by: Acts, at: datetime) -> Incident:
    """Return the incident a report becomes, checked but without a number and not yet stored.

    Raises
        BadInput: the text is too long, or a time lies in the future.
    """
    text = need_text(report.text, "text", norms, is_required=True)
    reported_at = _not_in_future("reported_at", report.reported_at or at, norms, at=at)
    if report.occurred_at is not None:
        _not_in_future("occurred_at", report.occurred_at, norms, at=at)
    beat_id, is_outside = _place(report, office)
    is_anonymous = report.is_anonymous
    return Incident(
        office_id=office.id, beat_id=beat_id, org_path=office.path,
        category=report.category, subcategory=report.subcategory, priority=report.priority,
        area_type=office.area_type.value, tags=sorted(set(report.tags)), needs_presence=report.needs_presence,
        is_domestic_violence=report.is_domestic_violence, is_anonymous=is_anonymous, text=text,
        address=report.address.replace("\x00", "").strip(),
        address_detail=report.address_detail.strip() or None, lon=report.lon, lat=report.lat,
        is_outside=is_outside,
        # who reports anonymously is not written down, whatever the form held
        reporter_name=None if is_anonymous else report.reporter_name.strip() or None,
        reporter_phone=None if is_anonymous else report.reporter_phone.strip() or None,
        source=report.source, source_key=report.source_key, norms_version=str(norms.version)[:80],
        occurred_at=report.occurred_at, reported_at=reported_at, registered_at=at,
        registered_by_id=by.actor.account_id, grams=grams(report.address, text),
    )  # fmt: skip


def _place(report: NewIncident, office: OfficeFacts) -> tuple[int | None, bool]:
    """Return the beat's id and whether the point lies outside the district: told, never refused."""
    if report.lon is not None and report.lat is not None:
        ground = ground_around(office.path)
        beat = ground.beat_at(report.lon, report.lat)
        return (beat.id if beat else None), beat is None and not ground.is_near(report.lon, report.lat)
    if report.beat_code:
        return offices.beats_by_code([report.beat_code])[report.beat_code].id, False
    return None, False


def _not_in_future(name: str, moment: datetime, norms: Norms, *, at: datetime) -> datetime:
    if moment > at + timedelta(minutes=norms.incidents.future_tolerance_minutes):
        shown = f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
        raise BadInput(
            "incident.future",
            f"时间 {shown} 在未来。",
            f"The time {shown} lies in the future.",
            fields={name: "在未来 / in the future"},
        )
    return moment


@guarded("triage")
def triage(
    incident_id: int,
    *,
    category: str,
    priority: int,
    by: Acts,
    at: datetime,
    subcategory: str = "",
    tags: tuple[str, ...] | None = None,
    needs_presence: bool = True,
    is_domestic_violence: bool | None = None,
    reason: str = "",
) -> Incident:
    """Grade a report: category, priority, what the task asks for."""
    if category not in set(IncidentCategory) or priority not in set(Priority):
        raise BadInput(
            "incident.graded", "请选择类别和级别。", "Choose a category and a priority.",
            fields={"category": "必填 / required", "priority": "必填 / required"},
        )  # fmt: skip
    columns: dict[str, Any] = {
        "category": category, "priority": priority, "subcategory": subcategory[:40],
        "needs_presence": needs_presence, "is_with_lead": False,
    }  # fmt: skip
    if tags is not None:
        columns["tags"] = sorted(set(tags))
    if is_domestic_violence is not None:
        columns["is_domestic_violence"] = is_domestic_violence
    given = {"priority": Priority(priority), "category": category}
    details = {"category": category, "priority": priority}
    return take(
        incident_id, "triage", by=by, at=at, reason=reason, given=given, columns=columns, details=details
    )


@guarded("change_priority")
def change_priority(incident_id: int, *, priority: int, reason: str, by: Acts, at: datetime) -> Incident:
    """Give another priority with a reason: targets change, a pause stays a pause."""
    incident = load(incident_id)
    require(by, "incidents.dispatch", org=incident, at=at)
    _need_open(incident)
    if priority not in set(Priority) or not reason.strip():
        raise BadInput(
            "incident.reason_given", "改级须选级别并写理由。", "A new priority takes a reason.",
            fields=REQUIRED_REASON,
        )  # fmt: skip
    norms = norms_for(incident.org_path, timezone.localdate(at))
    was, incident.priority = incident.priority, priority
    columns = clockwork.retarget(incident, reason=reason.strip(), at=at, norms=norms)
    change(
        incident, "change_priority", {"priority": priority, **columns}, by=by, at=at, reason=reason.strip(),
        details={"was": was, "now": priority},
    )  # fmt: skip
    return incident


@guarded("pause")
def pause(incident_id: int, *, reason: str, by: Acts, at: datetime) -> Incident:
    """Pause the incident's clocks with a reason."""
    incident = load(incident_id)
    require(by, "incidents.dispatch", org=incident, at=at)
    _need_open(incident)
    if not reason.strip():
        raise BadInput(
            "incident.reason_given", "暂停须写理由。", "A pause takes a reason.", fields=REQUIRED_REASON
        )
    norms = norms_for(incident.org_path, timezone.localdate(at))
    columns = clockwork.pause(incident, reason=reason.strip(), at=at, norms=norms)
    if not columns["is_paused"]:
        raise BadInput("incident.no_clock", "没有正在计时的时限。", "No clock is running.")
    change(incident, "pause", columns, by=by, at=at, reason=reason.strip())
    return incident


@guarded("resume_clocks")
def resume_clocks(incident_id: int, *, by: Acts, at: datetime) -> Incident:
    """Let paused clocks run again."""
    incident = load(incident_id)
    require(by, "incidents.dispatch", org=incident, at=at)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    change(incident, "resume_clocks", clockwork.resume(incident, at=at, norms=norms), by=by, at=at)
    return incident


@guarded("amend")
def amend(incident_id: int, *, by: Acts, at: datetime, **values: str) -> Incident:
    """Complete or correct what was registered (text, address, address_detail, reporter_name, …_phone).

    Only the named fields are written, so that two people who amend different fields never undo each other.
    """
    incident = load(incident_id)
    require(by, "incidents.register", org=incident, at=at)
    _need_open(incident)
    allowed = {"text", "address", "address_detail", "reporter_name", "reporter_phone"}
    if not values or set(values) - allowed:
        raise BadInput("incident.bad_field", "没有可改的内容。", "There is nothing to amend.")
    norms = norms_for(incident.org_path, timezone.localdate(at))
    checked = replace(_AS_IS, **{"text": "-", **values})
    columns: dict[str, Any] = {name: getattr(checked, name).strip() or None for name in values}
    if "text" in values:
        columns["text"] = need_text(values["text"], "text", norms, is_required=True)
    if "address" in values:
        columns["address"] = values["address"].strip()
    if {"text", "address"} & set(values):
        columns["grams"] = grams(columns.get("address", incident.address), columns.get("text", incident.text))
    change(incident, "amend", columns, by=by, at=at, details={"fields": sorted(values)})
    return incident


_AS_IS = NewIncident(office_code="", text="-")


def _need_open(incident: Incident) -> None:
    if not incident.is_open:
        raise BadInput(
            "incident.not_open", "警情已结束,不能修改。", "The incident is over and cannot be changed."
        )


def save_draft(
    kind: str, key: str, content: Mapping[str, Any], *, title: str = "", by: Acts, at: datetime
) -> None:
    """Keep what somebody is typing; the text is sealed, no journal line: nothing has happened yet."""
    account_id = _account_of(by)
    packed = json.dumps(dict(content), ensure_ascii=False)
    if len(packed) > 200_000:
        raise BadInput("draft.too_long", "草稿太长。", "The draft is too long.")
    values = {"content": packed, "title": title[:80], "saved_at": at}
    Draft.objects.update_or_create(account_id=account_id, kind=kind, key=key[:64], defaults=values)


def use_draft(kind: str, key: str, *, by: Acts, at: datetime) -> None:
    """Mark that a draft's text has arrived in a record."""
    Draft.objects.filter(account_id=_account_of(by), kind=kind, key=key, used_at=None).update(used_at=at)


def drop_draft(kind: str, key: str, *, by: Acts) -> None:
    """Throw one's own draft away."""
    Draft.objects.filter(account_id=_account_of(by), kind=kind, key=key).delete()


def save_search(name: str, query: str, *, by: Acts, at: datetime) -> None:
    """Keep the board's filters under a name; the same name is replaced."""
    if not name.strip():
        raise BadInput(
            "search.no_name",
            "请给查询起个名字。",
            "Give the search a name.",
            fields={"name": "必填 / required"},
        )
    SavedSearch.objects.update_or_create(
        account_id=_account_of(by), name=name.strip()[:40], defaults={"query": query[:500], "saved_at": at}
    )


def drop_search(search_id: int, *, by: Acts) -> None:
    """Throw one's own saved search away."""
    SavedSearch.objects.filter(pk=search_id, account_id=_account_of(by)).delete()


def _account_of(by: Acts) -> int:
    account_id = by.actor.account_id
    if account_id is None:
        raise BadInput("draft.no_account", "草稿属于账号。", "A draft belongs to an account.")
    return account_id
