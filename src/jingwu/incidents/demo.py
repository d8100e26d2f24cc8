# catalogue: data - a demo district's reports, in the language of the desk
"""The demo's incidents: a finished week written at once, and a handful of live ones by the desk.

The finished week repeats recorded calls, moved by whole weeks so that the rhythm of day and week stays.
It is written in bulk, with one journal line for all; what is open was registered and sent as on any day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice, NewIncident
from jingwu.incidents.field.demo import ensure_field_demo
from jingwu.incidents.models import Incident, IncidentEvent
from jingwu.incidents.numbers import next_number
from jingwu.incidents.search import grams
from jingwu.journal import actions as journal
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import Refusal

KEEP_FRESH = timedelta(hours=12)
TEXTS = {
    "crime": ("电动车停在楼下被盗", "店内手机被偷,监控拍到人", "仓库门锁被撬,少了电缆"),
    "public_order": ("烧烤摊两桌客人推搡", "有人在楼道燃放烟花", "酒后在小区门口砸东西"),
    "dispute": (
        "楼上深夜装修,邻里争吵",
        "停车位被占,双方争执",
        "退货不成,顾客与店主争吵",
        "宠物犬未拴绳,邻里纠纷",
    ),
    "help": ("老人独自在家,电话无人接", "孩子放学后未到家", "钥匙锁在屋内,灶上有火"),
    "traffic": ("两车剐蹭,占住路口", "电动车逆行撞到行人,无大碍"),
    "fire_disaster": ("楼道电动车充电冒烟", "垃圾桶着火,已扑灭"),
    "mass_incident": ("十余名业主在物业门口聚集",),
    "fraud": ("接到冒充客服电话,已转账", "网上刷单被骗", "冒充领导要求转账"),
    "clue": ("反映出租屋夜间有人赌博",),
    "complaint_police": ("反映窗口等候时间过长",),
    "non_police": ("路灯不亮", "下水道堵塞,污水外溢"),
    "consult": ("咨询居住证续签", "咨询养犬登记"),
}
STREETS = ("望江路", "石榴巷", "滨河路", "竹园小区", "老街", "江边步道", "文汇路", "东湖里")
# minutes ago, category, priority, tags, domestic violence, text, address, metres east and north, last step
LIVE: tuple[tuple[int, str, int | None, tuple[str, ...], bool, str, str, int, int, str], ...] = (
    (2, "", None, (), False, "小区门口有人争吵,越来越多人围观", "竹园小区东门", -160, 380, "register"),
    (4, "public_order", 2, ("danger",), False, "两人推搡,有人拿酒瓶", "石榴巷菜场", -340, 120, "triage"),
    (7, "dispute", 3, (), False, "深夜敲打,楼道里争执", "竹园小区 7 栋 2 单元", -300, 300, "dispatch"),
    (16, "dispute", 2, ("minor",), True, "听到邻居家打骂声和孩子哭声", "滨河路 33 号", 520, -240, "triage"),
    (25 * 60, "consult", 4, (), False, "咨询租客居住登记要带什么", "望江路 118 号", 620, 540, "triage"),
    (22 * 60, "non_police", 4, (), False, "路灯坏了三天,晚上看不见台阶", "江边步道北口", 180, 240, "triage"),
)  # fmt: skip


@dataclass(frozen=True)
class PastCall:
    """One recorded call, moved to the last days; moments are None where nobody went."""

    office_code: str
    beat_id: int | None
    category: str
    priority: int
    lon: float
    lat: float
    reported_at: datetime
    dispatched_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    left_at: datetime | None


def needs_incidents(district_path: str, *, at: datetime) -> bool:
    """Return whether the demo's room has nothing of the last half day to show."""
    recent = Incident.objects.filter(org_path__startswith=district_path, reported_at__gt=at - KEEP_FRESH)
    return not recent.exists()


@transaction.atomic
def write_past(calls: Sequence[PastCall], *, path: str, by: Acts, at: datetime) -> int:
    """Write finished incidents with their trail in bulk and one journal line; return how many."""
    here = {row.code: row for row in offices.offices([path])}
    version = str(norms_for(path, at.date()).version)[:80]
    known = set(
        Incident.objects.filter(source_key__startswith=f"demo:{path}:").values_list("source_key", flat=True)
    )
    rows = []
    for number, call in enumerate(calls):
        key = f"demo:{path}:{call.office_code}:{call.reported_at.isoformat()}"[:120]
        if key not in known and call.office_code in here:
            known.add(key)
            rows.append(_finished(call, number, here[call.office_code], key, version))
    Incident.objects.bulk_create(rows, batch_size=500)
    IncidentEvent.objects.bulk_create((event for row in rows for event in _trail(row, by)), batch_size=2000)
    ref = journal.RecordRef("incidents", "incident", "demo", path)
    journal.record("incidents.demo", by=by, at=at, record=ref, details={"count": len(rows)})
    return len(rows)


def _finished(call: PastCall, number: int, office: Any, key: str, version: str) -> Incident:
    texts = TEXTS[call.category]
    text = texts[number % len(texts)]
    address = f"{STREETS[number * 7 % len(STREETS)]} {number * 13 % 180 + 1} 号"
    left = call.left_at or call.reported_at + timedelta(minutes=18 + number % 25)
    feedback = left + timedelta(minutes=4 + number % 19)
    reviewed = feedback + timedelta(minutes=20 + number % 90)
    state = "reviewed" if number % 29 == 0 else "closed"
    dispatched = call.dispatched_at
    return Incident(
        number=next_number(office.id, office.code, call.reported_at.date()), office_id=office.id,
        beat_id=call.beat_id, org_path=office.path, state=state, version=9, category=call.category,
        priority=call.priority, area_type=office.area_type.value, text=text, address=address, lon=call.lon,
        lat=call.lat, needs_presence=call.arrived_at is not None, source="dispatch_110", source_key=key,
        norms_version=version, reported_at=call.reported_at, registered_at=call.reported_at,
        triaged_at=call.reported_at + timedelta(seconds=40 + number % 50), dispatched_at=dispatched,
        acked_at=dispatched + timedelta(seconds=12 + number * 11 % 80) if dispatched else None,
        departed_at=call.departed_at, arrived_at=call.arrived_at, handling_at=call.arrived_at,
        left_at=call.left_at, feedback_at=feedback, reviewed_at=reviewed,
        result_code="advised" if call.arrived_at is None else "settled",
        satisfaction=None if state == "reviewed" else 2 if number % 9 == 0 else 1,
        followed_up_at=None if state == "reviewed" else reviewed + timedelta(hours=2),
        closed_at=None if state == "reviewed" else reviewed + timedelta(hours=2, minutes=5),
        grams=grams(address, text),
    )  # fmt: skip


def _trail(row: Incident, by: Acts) -> list[IncidentEvent]:
    steps = (
        ("register", "received", row.registered_at), ("triage", "triaged", row.triaged_at),
        ("dispatch", "dispatched", row.dispatched_at), ("ack", "acked", row.acked_at),
        ("depart", "en_route", row.departed_at), ("arrive", "on_scene", row.arrived_at),
        ("leave", "handling", row.left_at), ("feed_back", "feedback", row.feedback_at),
        ("review", "reviewed", row.reviewed_at), ("follow_up", "followed_up", row.followed_up_at),
        ("close", "closed", row.closed_at),
    )  # fmt: skip
    before = ""
    events = []
    for verb, target, moment in steps:
        if moment is None:
            continue
        events.append(
            IncidentEvent(
                incident=row,
                verb=verb,
                source_state=before,
                target_state=target,
                at=moment,
                recorded_at=moment,
                by_id=by.actor.account_id,
                by_label=by.actor.label,
            )
        )
        before = target
    return events


def open_live(office_code: str, *, desk: Acts, by: Acts, at: datetime) -> int:
    """Register the live reports of one office as its desk would, and the field app's tasks; return how many.

    A report is dispatched only to a crew that is lawful and on duty now; at an hour without one it waits.
    """
    office = offices.office(office_code)
    if office.lon is None or office.lat is None:
        return 0
    ensure_field_demo(office_code, by=by, at=at)
    for minutes, category, priority, tags, is_dv, text, address, east, north, step in LIVE:
        reported = at - timedelta(minutes=minutes)
        report = NewIncident(
            office_code=office_code, text=text, address=address, source="phone", category=category,
            priority=priority, tags=tags, is_domestic_violence=is_dv, reported_at=reported,
            lon=round(office.lon + east / 96_300.0, 6), lat=round(office.lat + north / 111_195.0, 6),
            reporter_phone="" if is_dv else "13800000000",
            source_key=f"demo-live:{office_code}:{reported:%Y%m%d%H%M}:{address}"[:120],
        )  # fmt: skip
        row = actions.register(report, by=desk, at=at)
        if step != "register" and row.state == "received":
            actions.triage(
                row.pk, category=category, priority=priority or 3, tags=tags, by=desk, at=at,
                is_domestic_violence=is_dv, needs_presence=priority != 4,
            )  # fmt: skip
        if step == "dispatch":
            try:
                actions.dispatch(row.pk, CrewChoice(proposal=0), by=desk, at=at)
            except Refusal:
                continue  # nobody lawful is on duty at this hour: it waits, as it would
    return len(LIVE)
