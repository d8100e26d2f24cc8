"""警情数据实时分析: counts against what was to be expected; times as mean, median, p90 and histogram."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Count, Sum
from django.db.models.functions import ExtractHour

from jingwu.incidents.models import ExpectedDemand, Incident
from jingwu.incidents.queries.board import visible
from jingwu.journal.access import within
from jingwu.journal.actor import Acts
from jingwu.norms import Norms

ZONE = ZoneInfo("Asia/Shanghai")
PERIODS: Mapping[str, timedelta] = {
    "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7),
}  # fmt: skip
LEAST_PUBLIC = 5  # k-anonymity of public figures (reference §7.4 R13)
MEASURES = {
    "ack": ("dispatched_at", "acked_at"),
    "depart": ("dispatched_at", "departed_at"),
    "arrive": ("dispatched_at", "arrived_at"),
    "handle": ("arrived_at", "left_at"),
    "feedback": ("left_at", "feedback_at"),
}


@dataclass(frozen=True)
class Timing:
    """How long one step takes: n, mean, median and 90th percentile in minutes, and counts by band.

    ``bands`` are (upper bound in minutes or None, count).
    """

    name: str
    n: int
    mean_minutes: float | None
    median_minutes: float | None
    p90_minutes: float | None
    bands: tuple[tuple[float | None, int], ...]


@dataclass(frozen=True)
class Analysis:
    """The figures of one period, all from the same incidents."""

    period: str
    since: datetime
    until: datetime
    count: int
    expected: float | None
    low: float | None
    high: float | None
    by_category: tuple[tuple[str, int], ...]
    by_office: tuple[tuple[str, str, int], ...]
    by_beat: tuple[tuple[str, str, int], ...]
    by_hour: tuple[int, ...]
    timings: tuple[Timing, ...]

    @property
    def is_unusual(self) -> bool:
        """Return whether the count lies outside what chance alone explains nineteen times in twenty."""
        return self.low is not None and self.high is not None and not self.low <= self.count <= self.high


def analyse(by: Acts, period: str, norms: Norms, *, at: datetime) -> Analysis:
    """Return the figures of the last hour, day or week in scope; Raises KeyError on another period."""
    since = at - PERIODS[period]
    here = visible(by, at=at, verb="incidents.analyse")
    rows = Incident.objects.filter(here, reported_at__gt=since, reported_at__lte=at).order_by()
    categories = rows.values_list("category").annotate(n=Count("pk")).order_by("-n", "category")
    offices = rows.values_list("office__unit__code", "office__unit__name").annotate(n=Count("pk"))
    beats = rows.filter(beat__isnull=False).values_list("beat__code", "beat__name").annotate(n=Count("pk"))
    hours = dict(
        rows.annotate(h=ExtractHour("reported_at", tzinfo=ZONE)).values_list("h").annotate(n=Count("pk"))
    )
    count = sum(n for _, n in categories)
    expected = expected_count(by, since, at)
    low, high = poisson_range(expected) if expected is not None else (None, None)
    return Analysis(
        period, since, at, count, expected, low, high, tuple(categories), tuple(offices.order_by("-n")[:12]),
        tuple(beats.order_by("-n")[:12]), tuple(hours.get(hour, 0) for hour in range(24)),
        timings(by, since, at, norms),
    )  # fmt: skip


def timings(by: Acts, since: datetime, until: datetime, norms: Norms) -> tuple[Timing, ...]:
    """Return how long each step took among incidents reported in the period."""
    rows = Incident.objects.filter(
        visible(by, at=until, verb="incidents.analyse"), reported_at__gt=since, reported_at__lte=until
    )
    names = sorted({column for pair in MEASURES.values() for column in pair})
    found = rows.order_by().values(*names)
    rules = norms.response
    bands: dict[str, Sequence[float]] = {
        "ack": [seconds / 60 for seconds in rules.ack_bands_seconds],
        "depart": rules.depart_bands_minutes,
        "feedback": rules.feedback_bands_minutes,
    }
    minutes: dict[str, list[float]] = defaultdict(list)
    for row in found:
        for name, (start, end) in MEASURES.items():
            if row[start] is not None and row[end] is not None and row[end] >= row[start]:
                minutes[name].append((row[end] - row[start]).total_seconds() / 60)
    return tuple(
        _timing(name, minutes[name], bands.get(name, rules.depart_bands_minutes)) for name in MEASURES
    )


def _timing(name: str, values: Sequence[float], bounds: Sequence[float]) -> Timing:
    if not values:
        return Timing(name, 0, None, None, None, tuple((bound, 0) for bound in (*bounds, None)))
    array = np.asarray(values)
    counts = Counter(int(index) for index in np.searchsorted(np.asarray(bounds), array, side="left"))
    bands = tuple((bound, counts.get(index, 0)) for index, bound in enumerate((*bounds, None)))
    return Timing(
        name,
        len(values),
        float(array.mean()),
        float(np.median(array)),
        float(np.percentile(array, 90)),
        bands,
    )


def expected_count(by: Acts, since: datetime, until: datetime) -> float | None:
    """Return how many incidents the demand model expects in scope, None when no expectation is stored.

    Hours that lie partly in the period count by their part.
    """
    from jingwu.journal.access import EVERYWHERE, scope_paths

    paths = scope_paths(by, "incidents.analyse", at=until)
    rows = ExpectedDemand.objects.all()
    if EVERYWHERE not in paths:
        rows = ExpectedDemand.objects.filter(within("office__unit__path", paths))
    by_hour = dict(rows.values_list("hour_of_week").annotate(total=Sum("mean_count")))
    if not by_hour:
        return None
    return sum(share * by_hour.get(hour, 0.0) for hour, share in _hours(since, until))


def has_expectation(path: str) -> bool:
    """Return whether an expectation is stored for any office at or below ``path``."""
    return ExpectedDemand.objects.filter(office__unit__path__startswith=path).exists()


def _hours(since: datetime, until: datetime) -> Iterable[tuple[int, float]]:
    start = since
    while start < until:
        local = start.astimezone(ZONE)
        following = (local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)).astimezone(
            start.tzinfo
        )
        end = min(following, until)
        yield local.weekday() * 24 + local.hour, (end - start).total_seconds() / 3600
        start = end


def poisson_range(mean: float, share: float = 0.95) -> tuple[float, float]:
    """Return the range that holds a Poisson count with this mean in ``share`` of all cases."""
    from scipy.stats import poisson

    low, high = poisson.interval(share, max(mean, 1e-9))
    return float(low), float(high)


@dataclass(frozen=True)
class PublicFigure:
    """One count for everybody; None where fewer than five could be told apart."""

    category: str
    count: int | None


def public_figures(path: str, *, at: datetime) -> tuple[PublicFigure, ...]:
    """Return counts by category of the thirty days that ended yesterday, small ones suppressed.

    When exactly one is suppressed, the next smallest is too: otherwise the total would give it away.
    """
    until = at - timedelta(days=1)
    rows = (
        Incident.objects.filter(
            org_path__startswith=path, reported_at__gt=until - timedelta(days=30), reported_at__lte=until
        )
        .exclude(category="")
        .exclude(is_domestic_violence=True)
    )
    found = sorted(rows.order_by().values_list("category").annotate(n=Count("pk")), key=lambda row: -row[1])
    hidden = [category for category, n in found if n < LEAST_PUBLIC]
    if len(hidden) == 1 and len(found) > 1:
        hidden.append(found[-2][0])
    return tuple(PublicFigure(category, None if category in hidden else n) for category, n in found)
