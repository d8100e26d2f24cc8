"""警情数据实时分析: counts against what was to be expected; times as mean, median, p90 and histogram."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count
from django.db.models.functions import ExtractHour

from jingwu.engines.response.demand import Judged, judge
from jingwu.incidents.models import ExpectedCell, Incident
from jingwu.incidents.queries.board import visible
from jingwu.incidents.queries.board_filter import MEASURES, ZONE
from jingwu.incidents.queries.expectation import Expectations, expectation_of
from jingwu.journal.actor import Acts
from jingwu.norms import Norms

PERIODS: Mapping[str, timedelta] = {
    "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7),
}  # fmt: skip
LEAST_EXPECTED = 0.5  # what is expected less often than every other period is not listed at nought


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
class Line:
    """One count beside its expectation, and the least and the most that chance explains.

    All three are None where nothing is expected of it.
    """

    code: str
    name: str
    count: int
    expected: float | None = None
    low: int | None = None
    high: int | None = None
    is_surge: bool = False


@dataclass(frozen=True)
class Analysis:
    """The figures of one period, all from the same incidents.

    ``comparisons``: how many counts were held against their expectation, ``error_share`` how often any of
    them may be called unusual by chance alone.
    """

    period: str
    since: datetime
    until: datetime
    count: int
    expected: float | None
    low: int | None
    high: int | None
    by_category: tuple[Line, ...]
    by_office: tuple[Line, ...]
    by_beat: tuple[Line, ...]
    by_hour: tuple[Line, ...]
    timings: tuple[Timing, ...]
    comparisons: int
    error_share: float

    @property
    def is_unusual(self) -> bool:
        """Return whether the count lies outside what chance alone explains."""
        return self.low is not None and self.high is not None and not self.low <= self.count <= self.high


def analyse(by: Acts, period: str, norms: Norms, *, at: datetime) -> Analysis:
    """Return the figures of the last hour, day or week in scope; Raises KeyError on another period."""
    since = at - PERIODS[period]
    here = visible(by, at=at, verb="incidents.analyse")
    rows = Incident.objects.filter(here, reported_at__gt=since, reported_at__lte=at).order_by()
    counted = {
        "category": [(code, "", n) for code, n in rows.values_list("category").annotate(n=Count("pk"))],
        "office": list(rows.values_list("office__unit__code", "office__unit__name").annotate(n=Count("pk"))),
        "beat": list(
            rows.filter(beat__isnull=False).values_list("beat__code", "beat__name").annotate(n=Count("pk"))
        ),
        "hour": [
            (str(hour), "", n)
            for hour, n in rows.annotate(h=ExtractHour("reported_at", tzinfo=ZONE))
            .values_list("h")
            .annotate(n=Count("pk"))
        ],
    }
    count = sum(n for _, _, n in counted["category"])
    rules = norms.incidents
    expectation = expectation_of(by, since, at, with_hours=period != "hour")
    kinds = {"": [Line("", "", count)]} | {
        kind: _lines(kind, found, expectation) for kind, found in counted.items()
    }
    judged, comparisons = _judged(kinds, expectation, rules.surge_error_share, rules.surge_least_count)
    total = judged[""][0]
    return Analysis(
        period=period, since=since, until=at, count=count, expected=total.expected, low=total.low,
        high=total.high,
        by_category=_ranked(judged["category"]), by_office=_ranked(judged["office"]),
        by_beat=_ranked(judged["beat"]), by_hour=_clock(judged["hour"]),
        timings=timings(by, since, at, norms),
        comparisons=comparisons, error_share=rules.surge_error_share,
    )  # fmt: skip


def _lines(kind: str, found: Sequence[tuple[str, str, int]], expectation: Expectations) -> list[Line]:
    """Return what was counted, and nought for what is expected but did not happen."""
    lines = [Line(code, name, n) for code, name, n in found]
    seen = {line.code for line in lines}
    lines += [Line(code, "", 0) for one, code in expectation if one == kind and code not in seen]
    return lines


def _judged(
    kinds: Mapping[str, Sequence[Line]], expectation: Expectations, error_share: float, least_count: int
) -> tuple[dict[str, list[Line]], int]:
    """Return the lines beside their expectations, and how many were compared."""
    compared = [
        (kind, line) for kind, lines in kinds.items() for line in lines if (kind, line.code) in expectation
    ]
    judged = judge(
        [line.count for _, line in compared],
        [expectation[kind, line.code] for kind, line in compared],
        error_share=error_share, comparisons=max(1, len(compared)), least_count=least_count,
    )  # fmt: skip
    told = {(kind, line.code): verdict for (kind, line), verdict in zip(compared, judged, strict=True)}
    return {
        kind: [_told(line, told.get((kind, line.code))) for line in lines] for kind, lines in kinds.items()
    }, len(told)


def _told(line: Line, verdict: Judged | None) -> Line:
    if verdict is None:
        return line
    return replace(
        line, expected=verdict.expected.mean, low=verdict.low, high=verdict.high, is_surge=verdict.is_surge
    )


def _ranked(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return surges first, then by count; what neither happened nor was to be expected is left out."""
    told = [line for line in lines if line.count or (line.expected or 0.0) >= LEAST_EXPECTED]
    return tuple(
        sorted(told, key=lambda line: (not line.is_surge, -line.count, -(line.expected or 0.0), line.code))
    )


def _clock(lines: Iterable[Line]) -> tuple[Line, ...]:
    by_hour = {line.code: line for line in lines}
    return tuple(by_hour.get(str(hour), Line(str(hour), "", 0)) for hour in range(24))


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


def has_expectation(path: str) -> bool:
    """Return whether an expectation is stored for any office at or below ``path``."""
    return ExpectedCell.objects.filter(office__unit__path__startswith=path).exists()


@dataclass(frozen=True)
class PublicFigure:
    """One count for everybody; None where too few to be told."""

    category: str
    count: int | None


def public_figures(path: str, norms: Norms, *, at: datetime) -> tuple[PublicFigure, ...]:
    """Return counts by category of the days that ended yesterday, small ones suppressed, as the norms say.

    When exactly one is suppressed, the next smallest is too: otherwise the total would give it away.
    """
    until = at - timedelta(days=1)
    since = until - timedelta(days=norms.incidents.public_figures_days)
    least = norms.appraisal.scoring.public_suppression_below
    rows = (
        Incident.objects.filter(org_path__startswith=path, reported_at__gt=since, reported_at__lte=until)
        .exclude(category="")
        .exclude(is_domestic_violence=True)
    )
    found = sorted(rows.order_by().values_list("category").annotate(n=Count("pk")), key=lambda row: -row[1])
    hidden = [category for category, n in found if n < least]
    if len(hidden) == 1 and len(found) > 1:
        hidden.append(found[-2][0])
    return tuple(PublicFigure(category, None if category in hidden else n) for category, n in found)
