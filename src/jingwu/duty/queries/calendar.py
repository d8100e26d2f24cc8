"""Which days are holidays: the uploaded table first, then the norms' notice of the year, then fixed dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from jingwu.duty.models import Holiday
from jingwu.engines.rostering import Calendar
from jingwu.norms import Norms


@dataclass(frozen=True)
class DayFacts:
    """One day of the table; ``is_working`` marks a weekend day worked instead (调休)."""

    day: date
    name: str
    is_working: bool


@dataclass(frozen=True)
class YearSource:
    """Where the holidays of a year come from: ``uploaded``, ``notice`` (the norms) or ``fixed`` (guessed)."""

    year: int
    source: str
    reference: str


def holidays(year: int) -> tuple[DayFacts, ...]:
    """Return the uploaded days of a year."""
    rows = Holiday.objects.filter(day__year=year)
    return tuple(DayFacts(row.day, row.name, row.is_working) for row in rows)


def uploaded_years() -> tuple[int, ...]:
    """Return the years with an uploaded table, in order."""
    return tuple(sorted({day.year for day in Holiday.objects.values_list("day", flat=True)}))


def year_source(year: int, norms: Norms) -> YearSource:
    """Return where the holidays of ``year`` come from."""
    if Holiday.objects.filter(day__year=year).exists():
        return YearSource(year, "uploaded", "")
    if year in norms.calendar.years:
        return YearSource(year, "notice", f"calendar.years.{year}")
    return YearSource(year, "fixed", "calendar.fixed_off")


def fixed(year: int, norms: Norms) -> list[date]:
    """Return the days taken as off in a year whose notice is not known."""
    return [date.fromisoformat(f"{year:04}-{text}") for text in norms.calendar.fixed_off]


def calendar(first: date, last: date, norms: Norms) -> Calendar:
    """Return the calendar the engine reads for [first, last].

    ``known_until`` is the end of the last year in a row whose table is known, of the last one before
    ``first`` where that year's is not; later days fall back to the fixed dates, and whoever uses the roster
    is told so.
    """
    rows = Holiday.objects.filter(day__year__gte=first.year, day__year__lte=last.year)
    by_year: dict[int, list[DayFacts]] = {}
    for row in rows:
        by_year.setdefault(row.day.year, []).append(DayFacts(row.day, row.name, row.is_working))
    off: set[date] = set()
    worked: set[date] = set()
    known: date | None = None
    is_known = True
    for year in range(first.year, last.year + 1):
        if year in by_year:
            off |= {facts.day for facts in by_year[year] if not facts.is_working}
            worked |= {facts.day for facts in by_year[year] if facts.is_working}
        elif year in norms.calendar.years:
            off |= set(norms.calendar.years[year].rest)
            worked |= set(norms.calendar.years[year].worked)
        else:
            is_known = False
            off |= set(fixed(year, norms))
        if is_known:
            known = date(year, 12, 31)
    return Calendar(frozenset(off), frozenset(worked), known or _known_before(first, norms))


def _known_before(first: date, norms: Norms) -> date:
    """Return the last day of the last table before the year of ``first``; without any, the day before."""
    earlier = [year for year in (*uploaded_years(), *norms.calendar.years) if year < first.year]
    return date(max(earlier), 12, 31) if earlier else first - timedelta(days=1)
