# catalogue: data
"""What the field app shows in the demo: a patrol round and a day's small tasks of one office."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from jingwu.incidents.actions.patrols import NewPoint, open_route, visit_point
from jingwu.incidents.actions.sync import hand_in
from jingwu.incidents.actions.sync_desk import NewTask, open_task
from jingwu.incidents.field.protocol import Batch, PhoneChange
from jingwu.incidents.models import PatrolPoint, PatrolRoute
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices

# name, metres east and north of the office
POINTS = (
    ("江边步道北口", 180, 240), ("江边步道南口", 210, -260), ("石榴巷菜场", -340, 120),
    ("竹园小区东门", -160, 380), ("望江小学", 420, 60), ("地铁 3 口", 560, -180),
    ("滨河公园", 300, 520), ("物流园西门", -520, -300),
    ("老街牌坊", -240, -460),
)  # fmt: skip
ADVICE = (
    "先问:是谁让您转账的?\n再请当事人本人拨打银行客服核实,不点链接、不共享屏幕。\n当面陪同,直到放弃转账。"
)
# kind, title, place, advice, hours until due, metres east and north
TASKS = (
    ("fraud", "冒充客服退款,拟转账", "望江路 118 号", ADVICE, 1, 620, 540),
    ("hazard", "电动车楼道充电", "石榴巷 6 号", "", 5, -820, 640),
    ("follow_up", "纠纷调解第 7 天", "竹园小区 7 栋", "由非承办人回访;问是否履行、有无反复。", 6, -300, 700),
    ("visit", "独居老人走访", "滨河路 33 号", "", 7, 900, -300),
)  # fmt: skip
METRES_PER_DEGREE = 111_195.0
# which points somebody was at, how, minutes ago
VISITS = ((0, "qr", 150), (1, "geofence", 138), (2, "qr", 120), (4, "qr", 96))
# what two phones wrote about one scene while both were offline
SAID = ("甲方先敲门,乙方开门后争吵,未动手", "乙方先骂人,双方推搡一次,无伤")


def _near(lon: float, lat: float, east: float, north: float) -> tuple[float, float]:
    # at 30° north; a demo's points may be off by a few metres
    return round(lon + east / (METRES_PER_DEGREE * 0.866), 6), round(lat + north / METRES_PER_DEGREE, 6)


def visit_points(office_code: str, account: Any, *, at: datetime) -> None:
    """Let an account's person have been at some of the points this morning."""
    points = list(PatrolPoint.objects.filter(route__office__unit__code=office_code).order_by("position"))
    for place, how, minutes in VISITS[: len(points)]:
        point = points[place]
        visit_point(
            point.code, how=how, by=account, at=at, happened_at=at - timedelta(minutes=minutes),
            lon=point.lon, lat=point.lat, change_id=f"demo-{point.code}-{at:%Y%m%d}",
        )  # fmt: skip


def say_two_things(incident_id: int, first: Any, second: Any, *, at: datetime) -> None:
    """Let two phones have written different facts of one scene, and one photo be on its way."""
    for number, (account, facts) in enumerate(zip((first, second), SAID, strict=True), 1):
        said = at - timedelta(minutes=30 - number)
        added = {"photos": frozenset({f"demo-photo-{incident_id}"})} if number == 2 else {}
        change = PhoneChange(
            f"demo-change-{incident_id}-{number}", f"scene:{incident_id}", 1, 0, said, {"facts": facts}, added
        )
        hand_in(Batch(account.pk, f"phone-0{number}", at, (change,)), by=account, at=at)


def ensure_field_demo(office_code: str, *, by: Acts, at: datetime) -> bool:
    """Lay out one round and open the day's tasks unless they are there; return whether anything was made."""
    office = offices.office(office_code)
    if office.lon is None or office.lat is None:
        return False
    if PatrolRoute.objects.filter(office_id=office.id).exists():
        return False
    points = [
        NewPoint(name, f"{office_code}-P{place:02d}", *_near(office.lon, office.lat, east, north), 50)
        for place, (name, east, north) in enumerate(POINTS, 1)
    ]
    open_route(office_code, "滨江巡防", points, by=by, at=at)
    for number, (kind, title, place, advice, hours, east, north) in enumerate(TASKS, 1):
        lon, lat = _near(office.lon, office.lat, east, north)
        task = NewTask(
            kind, title, office_code, place=place, advice=advice, lon=lon, lat=lat,
            due_at=at + timedelta(hours=hours), source_key=f"demo-{office_code}-{number}",
        )  # fmt: skip
        open_task(task, by=by, at=at)
    return True
