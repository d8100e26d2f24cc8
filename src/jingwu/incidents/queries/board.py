"""The board: which incidents there are, how urgent they are, in pages that hold at a million rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import ExtractHour, Reverse
from django.utils.translation import gettext as _

from jingwu.incidents.models import Dispatch, Incident
from jingwu.incidents.models.crews import ACTIVE_CREW_STATES
from jingwu.incidents.models.incident import OPEN_STATES
from jingwu.incidents.queries.board_filter import MEASURES, ZONE, BoardFilter
from jingwu.incidents.search import grams, plain
from jingwu.incidents.words import state_words
from jingwu.journal.access import EVERYWHERE, scope_paths, within
from jingwu.journal.actor import Acts
from jingwu.terms.incidents import Priority

WAITING_STATES = ("received", "triaged", "reopened")
MOST_COUNTED = 10_000  # a list is paged so far; beyond it, a narrower search is quicker than a page number
DUE_WORDS = ("ack", "arrive", "feedback", "reply", "call_back")
SHOWN = (
    "number", "state", "category", "priority", "text", "address", "reported_at", "due_at", "warn_at",
    "ack_due_at", "arrive_due_at", "feedback_due_at", "reply_due_at", "call_back_due_at", "is_paused",
    "is_with_lead", "is_domestic_violence", "is_outside", "lon", "lat", "office", "beat", "org_path",
    "version", "source", "satisfaction", "closed_at",
)  # fmt: skip


@dataclass(frozen=True)
class BoardRow:
    """One incident as a list shows it; ``level`` is act (overdue), soon (at risk) or ''."""

    id: int
    number: str
    state: str
    state_words: str
    category: str
    category_words: str
    priority: int | None
    text: str
    address: str
    office_code: str
    office_name: str
    beat_name: str
    reported_at: datetime
    due_at: datetime | None
    level: str
    clock_words: str
    crew: tuple[str, ...]
    is_with_lead: bool
    is_paused: bool
    is_domestic_violence: bool
    is_outside: bool
    lon: float | None
    lat: float | None
    version: int
    satisfaction: int | None

    @property
    def short_number(self) -> str:
        """Return the day and the running number, which people say to each other."""
        return f"{self.number[-8:-4]}-{self.number[-4:]}"


@dataclass
class Rows:
    """The matching incidents, read page by page; counted only as far as anybody turns pages.

    A page is found by its keys and read by them: a common word has a hundred thousand matches, and sorting
    whole rows with their offices and beats took four times as long as sorting keys.
    """

    query: QuerySet[Incident]
    at: datetime
    _count: int | None = field(default=None, repr=False)

    def __len__(self) -> int:
        if self._count is None:
            self._count = len(self.query.order_by().values_list("pk", flat=True)[:MOST_COUNTED])
        return self._count

    def __getitem__(self, wanted: slice) -> list[BoardRow]:
        keys = list(self.query.values_list("pk", flat=True)[wanted])
        rows = shown(Incident.objects.filter(pk__in=keys)).in_bulk()
        return as_rows([rows[key] for key in keys if key in rows], at=self.at)

    def __iter__(self) -> Iterator[BoardRow]:
        return iter(self[: len(self)])


def visible(by: Acts, *, at: datetime, verb: str = "incidents.view") -> Q:
    """Return the condition for incidents ``by`` may see: those below its units, and those it is sent to."""
    paths = scope_paths(by, verb, at=at)
    if EVERYWHERE in paths:
        return Q()
    condition = within("org_path", paths)
    person_id = getattr(by, "person_id", None)
    if person_id and paths:
        sent = Dispatch.objects.filter(members__person_id=person_id, state__in=(*ACTIVE_CREW_STATES, "left"))
        condition |= Q(pk__in=sent.values("incident_id"))
    return condition


def board(by: Acts, wanted: BoardFilter, *, at: datetime) -> Rows:
    """Return the incidents of the board, the most urgent first; finished ones by the time of the report."""
    rows = matching(by, wanted, at=at)
    if wanted.group in ("open", "overdue", "risk", "waiting"):
        rows = rows.order_by(_urgency(at), F("due_at").asc(nulls_last=True), "priority", "reported_at")
    else:
        rows = rows.order_by("-reported_at", "-pk")
    return Rows(rows, at)


def shown(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """Return the rows with what a list shows of them, and no more."""
    return rows.select_related("office__unit", "beat").only(*SHOWN)


def _urgency(at: datetime) -> Case:
    """Return the order of the open list: late, nearly late, waiting for somebody to be sent, the rest."""
    is_waiting = Q(state__in=WAITING_STATES) & ~Q(priority=Priority.P4.value)
    return Case(
        When(due_at__lt=at, then=Value(0)),
        When(warn_at__lte=at, then=Value(1)),
        When(is_waiting, then=Value(2)),
        default=Value(3),
    )


def matching(by: Acts, wanted: BoardFilter, *, at: datetime) -> QuerySet[Incident]:
    """Return the incidents in scope that pass the filter, in no order."""
    rows = Incident.objects.filter(visible(by, at=at)).order_by()
    if wanted.ids is not None:
        return rows.filter(pk__in=wanted.ids)
    rows = _by_group(rows, wanted.group, at=at)
    if wanted.category:
        rows = rows.filter(category="" if wanted.category == "none" else wanted.category)
    if wanted.priority is not None:
        rows = rows.filter(priority=wanted.priority)
    if wanted.office:
        rows = rows.filter(office__unit__code=wanted.office)
    if wanted.beat:
        rows = rows.filter(beat__code=wanted.beat)
    if wanted.batch is not None:
        rows = rows.filter(batch_id=wanted.batch)
    if wanted.first_day:
        rows = rows.filter(reported_at__date__gte=wanted.first_day)
    if wanted.last_day:
        rows = rows.filter(reported_at__date__lte=wanted.last_day)
    return _by_words(_by_measure(rows, wanted), wanted.words)


def _by_measure(rows: QuerySet[Incident], wanted: BoardFilter) -> QuerySet[Incident]:
    """Keep the incidents behind one figure of the analysis."""
    if wanted.since:
        rows = rows.filter(reported_at__gt=wanted.since)
    if wanted.until:
        rows = rows.filter(reported_at__lte=wanted.until)
    if wanted.hour is not None:
        rows = rows.annotate(h=ExtractHour("reported_at", tzinfo=ZONE)).filter(h=wanted.hour)
    if wanted.step:
        start, end = MEASURES[wanted.step]
        rows = rows.filter(**{f"{start}__isnull": False, f"{end}__gte": F(start)})
        if wanted.over_minutes is not None:
            rows = rows.filter(**{f"{end}__gt": F(start) + timedelta(minutes=wanted.over_minutes)})
        if wanted.upto_minutes is not None:
            rows = rows.filter(**{f"{end}__lte": F(start) + timedelta(minutes=wanted.upto_minutes)})
    return rows


def _by_group(rows: QuerySet[Incident], group: str, *, at: datetime) -> QuerySet[Incident]:
    if group == "open":
        return rows.filter(state__in=OPEN_STATES)
    if group == "waiting":
        return rows.filter(state__in=WAITING_STATES)
    if group == "overdue":
        return rows.filter(state__in=OPEN_STATES, due_at__lt=at)
    if group == "risk":
        return rows.filter(state__in=OPEN_STATES, due_at__gte=at, warn_at__lte=at)
    return rows if group == "all" else rows.filter(state=group)


def _by_words(rows: QuerySet[Incident], words: str) -> QuerySet[Incident]:
    """Search number, address and text: a number by its beginning or end, words by their pairs of signs."""
    if not words:
        return rows
    upper = words.upper()
    if upper.startswith("JQ"):
        return rows.filter(number__startswith=upper)
    pairs = grams(words)
    if plain(words).isdigit() and len(plain(words)) <= 8:
        tail = plain(words).rjust(4, "0") if len(plain(words)) <= 4 else plain(words)
        backwards = rows.alias(number_backwards=Reverse("number"))
        ends_so = Q(number_backwards__startswith=tail[::-1])
        return backwards.filter(ends_so if not pairs else ends_so | Q(grams__contains=pairs))
    if not pairs:
        return rows.filter(Q(text__contains=words) | Q(address__contains=words))
    # the pairs find candidates by their index; words that only share pairs fall out by the second condition
    found = rows.filter(grams__contains=pairs)
    for part in words.split():
        found = found.filter(Q(text__icontains=part) | Q(address__icontains=part) | Q(number__contains=part))
    return found


def as_rows(found: Any, *, at: datetime) -> list[BoardRow]:
    """Return rows of the board with the crews now on them, in one statement more."""
    found = list(found)
    crews: dict[int, list[str]] = {}
    active = Dispatch.objects.filter(incident_id__in=[row.pk for row in found], state__in=ACTIVE_CREW_STATES)
    for incident_id, name in active.order_by("members__position").values_list(
        "incident_id", "members__person__name"
    ):
        crews.setdefault(incident_id, []).append(name)
    return [_row(row, tuple(crews.get(row.pk, ())), at) for row in found]


def _row(row: Incident, crew: tuple[str, ...], at: datetime) -> BoardRow:
    return BoardRow(
        id=row.pk, number=row.number, state=row.state, state_words=state_words(row.state),
        category=row.category, category_words=str(row.get_category_display()) if row.category else "",
        priority=row.priority, text=row.text, address=row.address, office_code=row.office.unit.code,
        office_name=row.office.unit.name, beat_name=row.beat.name if row.beat else "",
        reported_at=row.reported_at, due_at=row.due_at, level=level_of(row, at),
        clock_words=clock_words(row, at), crew=crew, is_with_lead=row.is_with_lead, is_paused=row.is_paused,
        is_domestic_violence=row.is_domestic_violence, is_outside=row.is_outside, lon=row.lon, lat=row.lat,
        version=row.version, satisfaction=row.satisfaction,
    )  # fmt: skip


def level_of(row: Incident, at: datetime) -> str:
    """Return act when a clock has run out, soon when it is about to, else ''."""
    if row.due_at is None:
        return ""
    if row.due_at < at:
        return "act"
    return "soon" if row.warn_at is not None and row.warn_at <= at else ""


def clock_words(row: Incident, at: datetime) -> str:
    """Return the clock that matters most in words: how long is left for what."""
    if row.is_paused:
        return _("计时暂停")
    due = [(getattr(row, f"{name}_due_at"), name) for name in DUE_WORDS]
    running = sorted((moment, name) for moment, name in due if moment is not None)
    if not running:
        waits = row.state in WAITING_STATES
        return _("已等 %(time)s") % {"time": span_words(at - row.reported_at)} if waits else ""
    moment, name = running[0]
    what = {
        "ack": _("签收"), "arrive": _("到场"), "feedback": _("反馈"), "reply": _("答复"),
        "call_back": _("核查回访"),
    }[name]  # fmt: skip
    left = moment - at
    if left < timedelta(0):
        return _("%(what)s超时 %(time)s") % {"what": what, "time": span_words(-left)}
    return _("还剩 %(time)s%(what)s") % {"what": what, "time": span_words(left)}


def span_words(span: timedelta) -> str:
    """Return a length of time as people say it."""
    seconds = round(span.total_seconds())
    if seconds < 90:
        return _("%(n)d 秒") % {"n": seconds}
    if seconds < 90 * 60:
        return _("%(n)d 分钟") % {"n": round(seconds / 60)}
    if seconds < 48 * 3600:
        return _("%(n)d 小时") % {"n": round(seconds / 3600)}
    return _("%(n)d 天") % {"n": round(seconds / 86400)}


@dataclass(frozen=True)
class BoardCounts:
    """How many incidents are open and what becomes of them now."""

    open: int
    overdue: int
    risk: int
    waiting: int
    on_the_way: int
    on_scene: int
    conflicts: int


def counts(by: Acts, *, at: datetime) -> BoardCounts:
    """Return the figures over the board, in one statement over the open incidents."""
    rows = Incident.objects.filter(visible(by, at=at), state__in=OPEN_STATES).order_by()
    found = rows.aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lt=at)),
        risk=Count("pk", filter=Q(due_at__gte=at, warn_at__lte=at)),
        waiting=Count("pk", filter=Q(state__in=WAITING_STATES)),
        on_the_way=Count("pk", filter=Q(state__in=("dispatched", "acked", "en_route"))),
        on_scene=Count("pk", filter=Q(state__in=("on_scene", "handling"))),
        conflicts=Count("pk", filter=Q(open_conflicts_count__gt=0)),
    )
    return BoardCounts(**found)


@dataclass(frozen=True)
class Attention:
    """What cannot wait: incidents out of time or nearly so, the worst first, and how many there are."""

    rows: tuple[BoardRow, ...]
    overdue: int
    risk: int
    waiting: int


def attention(by: Acts, *, at: datetime, path: str = "", most: int = 4) -> Attention:
    """Return up to ``most`` incidents out of time or nearly so in scope, below ``path`` if one is given."""
    found = Incident.objects.filter(visible(by, at=at), state__in=OPEN_STATES, org_path__startswith=path)
    tally = found.order_by().aggregate(
        overdue=Count("pk", filter=Q(due_at__lt=at)),
        risk=Count("pk", filter=Q(due_at__gte=at, warn_at__lte=at)),
        waiting=Count("pk", filter=Q(state__in=WAITING_STATES)),
    )
    pressing = found.filter(Q(due_at__lt=at) | Q(warn_at__lte=at, due_at__gte=at)).order_by("due_at", "pk")
    rows = as_rows(shown(pressing)[:most], at=at)
    return Attention(tuple(rows), **tally)


def pressing_count(by: Acts, *, at: datetime) -> int:
    """Return how many incidents in scope are out of time or wait for somebody to be sent."""
    is_pressing = Q(due_at__lt=at) | Q(state__in=WAITING_STATES)
    return Incident.objects.filter(visible(by, at=at), is_pressing, state__in=OPEN_STATES).order_by().count()


def counts_by_office(by: Acts, wanted: BoardFilter, *, at: datetime) -> dict[str, tuple[int, int]]:
    """Return, by office code, how many incidents pass the filter and how many of them are overdue."""
    found = matching(by, wanted, at=at).values_list("office__unit__code")
    tally = found.annotate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at, state__in=OPEN_STATES)))
    return {code: (n, late) for code, n, late in tally}


def numbers_of(by: Acts, ids: Iterable[int], *, at: datetime) -> dict[int, str]:
    """Return the short numbers of those incidents that ``by`` may see, by id."""
    rows = Incident.objects.filter(visible(by, at=at), pk__in=list(ids)).order_by()
    return {pk: f"{number[-8:-4]}-{number[-4:]}" for pk, number in rows.values_list("pk", "number")}
