"""Patrol routes and who was at their points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from jingwu.incidents.models import PatrolPoint, PatrolRoute, PatrolVisit
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput, Unknown

METRES_PER_DEGREE = 111_195.0
RADIUS_METRES_AT_MOST = 2_000
"""Beyond it a number is a slip of the keyboard: being within it would show nobody at the point."""


@dataclass(frozen=True)
class NewPoint:
    """One point of a route: where it is and what its QR code says."""

    name: str
    code: str
    lon: float
    lat: float
    radius_metres: int

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90) or not (
            0 < self.radius_metres <= RADIUS_METRES_AT_MOST
        ):
            raise BadInput(
                "patrol.bad_point",
                f"巡逻点坐标或半径有误(半径 1–{RADIUS_METRES_AT_MOST} 米)。",
                f"The point's place or radius is wrong (a radius is 1–{RADIUS_METRES_AT_MOST} m).",
            )


@transaction.atomic
def open_route(office_code: str, name: str, points: Sequence[NewPoint], *, by: Acts, at: datetime) -> int:
    """Lay out a patrol route of an office and return its id."""
    office = offices.office(office_code)
    require(by, "incidents.plan_patrols", org=office.path, at=at)
    if not points or not name.strip():
        raise BadInput(
            "patrol.empty", "路线须有名称和至少一个点。", "A route has a name and at least one point."
        )
    try:
        with transaction.atomic():
            route = PatrolRoute.objects.create(office_id=office.id, name=name.strip()[:60])
            PatrolPoint.objects.bulk_create(
                PatrolPoint(
                    route=route, name=point.name[:60], code=point.code[:40], position=place, lon=point.lon,
                    lat=point.lat, radius_metres=point.radius_metres,
                )
                for place, point in enumerate(points)
            )  # fmt: skip
    except IntegrityError as error:
        raise BadInput(
            "patrol.taken", "路线名或点的编码已被使用。", "The name or a code is taken."
        ) from error
    journal.record("incidents.plan_patrols", by=by, at=at, record=route, details={"points": len(points)})
    return route.pk


@transaction.atomic
def visit_point(
    code: str,
    *,
    how: str,
    by: Acts,
    at: datetime,
    happened_at: datetime | None = None,
    lon: float | None = None,
    lat: float | None = None,
    note: str = "",
    change_id: str | None = None,
) -> int:
    """Note that somebody was at a point, by its QR code or by being there; a ``change_id`` counts once.

    Raises
        Refusal: there is no such point; BadInput: too far away, or a time in the future.
    """
    point = PatrolPoint.objects.select_related("route__office__unit").filter(code=code).first()
    if point is None:
        raise Unknown("patrol.unknown", "没有这个巡逻点。", "There is no such patrol point.")
    require(by, "incidents.patrol", org=point.route.org_path, at=at)
    person_id = getattr(by, "person_id", None)
    if person_id is None:
        raise BadInput("patrol.no_person", "账号没有关联人员,不能打卡。", "The account stands for no person.")
    if change_id is not None:
        known = PatrolVisit.objects.filter(change_id=change_id).first()
        if known is not None:
            return known.pk
    moment = happened_at or at
    tolerance = timedelta(
        minutes=norms_for(point.route.org_path, timezone.localdate(at)).incidents.future_tolerance_minutes
    )
    if moment > at + tolerance:
        raise BadInput("patrol.future", "打卡时间在未来。", "The time lies in the future.")
    if how not in PatrolVisit.How.values:
        raise BadInput("patrol.how", "请扫码或定位打卡。", "Scan the code or be at the point.")
    if how == PatrolVisit.How.GEOFENCE:
        _refuse_far(point, lon, lat)
    row = PatrolVisit.objects.create(
        point=point, person_id=person_id, at=moment, received_at=at, how=how, lon=lon, lat=lat,
        note=note[:300], change_id=change_id,
    )  # fmt: skip
    journal.record("incidents.patrol", by=by, at=at, record=point.route, details={"point": point.code})
    return row.pk


def _refuse_far(point: PatrolPoint, lon: float | None, lat: float | None) -> None:
    if lon is None or lat is None:
        raise BadInput("patrol.no_position", "没有定位。", "No position was given.")
    north = (lat - point.lat) * METRES_PER_DEGREE
    east = (lon - point.lon) * METRES_PER_DEGREE * math.cos(math.radians(point.lat))
    metres = math.hypot(north, east)
    if metres > point.radius_metres:
        raise BadInput(
            "patrol.too_far", f"距巡逻点 {metres:.0f} 米,超出 {point.radius_metres} 米。",
            f"{metres:.0f} m from the point, beyond its {point.radius_metres} m.",
        )  # fmt: skip
