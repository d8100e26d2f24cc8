# catalogue: data
"""What the field app shows in the demo: a patrol round and a day's small tasks of one office."""

from __future__ import annotations

from datetime import datetime, timedelta

from jingwu.incidents.actions.patrols import NewPoint, open_route
from jingwu.incidents.actions.sync_desk import NewTask, open_task
from jingwu.incidents.models import PatrolRoute
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


def _near(lon: float, lat: float, east: float, north: float) -> tuple[float, float]:
    # at 30° north; a demo's points may be off by a few metres
    return round(lon + east / (METRES_PER_DEGREE * 0.866), 6), round(lat + north / METRES_PER_DEGREE, 6)


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
