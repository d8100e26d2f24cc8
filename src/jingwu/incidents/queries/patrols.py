"""Patrol routes as the desk sees them: every point, when somebody was last there, how often today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Subquery
from django.utils import timezone

from jingwu.incidents.models import PatrolPoint, PatrolVisit
from jingwu.journal.access import scope_paths, within
from jingwu.journal.actor import Acts


@dataclass(frozen=True)
class PointVisits:
    """One point of a route; ``last_at`` None: nobody has ever been there."""

    name: str
    code: str
    lon: float
    lat: float
    radius_metres: int
    today_count: int
    last_at: datetime | None
    last_by: str
    last_how: str


@dataclass(frozen=True)
class RouteVisits:
    """One route with its points in order."""

    id: int
    name: str
    office_name: str
    points: tuple[PointVisits, ...]

    @property
    def visited_count(self) -> int:
        """Return how many points somebody was at today."""
        return sum(1 for point in self.points if point.today_count)


def routes(by: Acts, *, at: datetime) -> list[RouteVisits]:
    """Return the routes where the account may send people."""
    paths = scope_paths(by, "incidents.plan_patrols", at=at)
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    here = PatrolPoint.objects.filter(within("route__office__unit__path", paths), route__is_retired=False)
    points = list(
        here.select_related("route__office__unit").order_by("route__office_id", "route_id", "position")
    )
    since = PatrolVisit.objects.filter(point__in=[point.pk for point in points], at__gte=midnight).order_by()
    today = dict(since.values_list("point_id").annotate(n=Count("pk")))
    # the newest of each point by its index, however long its history
    newest = PatrolVisit.objects.filter(point=OuterRef("pk")).order_by("-at").values("pk")[:1]
    visits = PatrolVisit.objects.filter(pk__in=here.values(newest=Subquery(newest))).select_related("person")
    last = {visit.point_id: visit for visit in visits}
    found: dict[int, tuple[PatrolPoint, list[PointVisits]]] = {}
    for point in points:
        told = _point(point, today.get(point.pk, 0), last.get(point.pk))
        found.setdefault(point.route_id, (point, []))[1].append(told)
    return [
        RouteVisits(route_id, first.route.name, first.route.office.unit.name, tuple(rows))
        for route_id, (first, rows) in found.items()
    ]


def _point(point: PatrolPoint, today_count: int, last: PatrolVisit | None) -> PointVisits:
    return PointVisits(
        name=point.name, code=point.code, lon=point.lon, lat=point.lat, radius_metres=point.radius_metres,
        today_count=today_count,
        last_at=last.at if last else None, last_by=last.person.name if last else "",
        last_how=str(last.get_how_display()) if last else "",
    )  # fmt: skip
