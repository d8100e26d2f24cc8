"""Working calendar and clocks: the scars of others as examples, and what always holds as properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.workflow import (
    Basis,
    ClockEvent,
    ClockReading,
    ClockRules,
    ClockState,
    Happened,
    WorkingCalendar,
    read_clock,
)
from jingwu.norms import load
from jingwu.terms.refusal import BadInput

ZONE = ZoneInfo("Asia/Shanghai")
NORMS = load().at(date(2026, 11, 1))
OFFICE = NORMS.calendar.working_calendar()
ALWAYS = WorkingCalendar.always(ZONE)
HOUR = timedelta(hours=1)
RULES = ClockRules(warn_before=HOUR, escalate_at_shares=(1.0, 1.5, 2.0))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def event(text: str, what: str, hours: float | None = None, reason: str = "等待当事人") -> ClockEvent:
    target = None if hours is None else hours * HOUR
    return ClockEvent(at(text), 0, Happened(what), target, reason)


def read(now: str, *events: ClockEvent, calendar: WorkingCalendar = OFFICE) -> ClockReading:
    return read_clock(events, calendar, RULES, now=at(now))


# Scars of others (product, 7)


def test_ticket_of_seventeen_hours_is_due_at_eleven_next_day_and_warned_at_ten() -> None:
    reading = read("2026-11-02T17:00", event("2026-11-02T17:00", "start", 4))
    assert reading.due_at == at("2026-11-03T11:00")
    assert reading.warn_at == at("2026-11-03T10:00")
    assert not read("2026-11-03T09:59", event("2026-11-02T17:00", "start", 4)).warned
    assert read("2026-11-03T10:00", event("2026-11-02T17:00", "start", 4)).warned
    assert not read("2026-11-03T11:00", event("2026-11-02T17:00", "start", 4)).overdue
    assert read("2026-11-03T11:01", event("2026-11-02T17:00", "start", 4)).overdue


def test_on_friday_evening_the_weekend_lies_between() -> None:
    reading = read("2026-11-06T17:00", event("2026-11-06T17:00", "start", 4))
    assert reading.due_at == at("2026-11-09T11:00")


def test_a_weekend_pause_is_not_counted_twice() -> None:
    events = (
        event("2026-11-06T17:00", "start", 4),
        event("2026-11-07T10:00", "pause"),
        event("2026-11-08T20:00", "resume"),
    )
    assert read("2026-11-09T08:00", *events).due_at == at("2026-11-09T11:00")


def test_a_pause_moves_the_due_time_by_its_working_time() -> None:
    events = (
        event("2026-11-02T09:00", "start", 4),
        event("2026-11-02T10:00", "pause"),
        event("2026-11-02T16:30", "resume"),
    )
    paused = read("2026-11-02T12:00", *events)
    assert (paused.state, paused.due_at, paused.used) == (ClockState.PAUSED, None, HOUR)
    assert paused.pause_reason == "等待当事人"
    assert read("2026-11-02T17:00", *events).due_at == at("2026-11-03T09:30")


def test_a_priority_change_keeps_the_pause() -> None:
    events = (
        event("2026-11-02T09:00", "start", 8),
        event("2026-11-02T10:00", "pause"),
        event("2026-11-02T11:00", "retarget", 2, "升级"),
    )
    reading = read("2026-11-02T15:00", *events)
    assert reading.state is ClockState.PAUSED
    assert (reading.target, reading.used, reading.remaining) == (2 * HOUR, HOUR, HOUR)
    resumed = read("2026-11-02T16:00", *events, event("2026-11-02T16:00", "resume"))
    assert resumed.due_at == at("2026-11-02T17:00")


def test_reopening_runs_at_once_and_keeps_what_was() -> None:
    events = (
        event("2026-11-02T09:00", "start", 2),
        event("2026-11-02T12:00", "stop"),
        event("2026-11-04T09:00", "reopen"),
    )
    stopped = read("2026-11-03T09:00", *events)
    assert (stopped.state, stopped.due_at, stopped.overdue) == (ClockState.STOPPED, None, True)
    reading = read("2026-11-04T10:00", *events)
    assert (reading.state, reading.used, reading.due_at) == (ClockState.RUNNING, HOUR, at("2026-11-04T11:00"))
    assert [(r.used, r.met) for r in reading.rounds] == [(3 * HOUR, False)]


def test_dates_of_2027_work_by_the_stated_fallback() -> None:
    assert OFFICE.basis(date(2026, 10, 1)) is Basis.NOTICE
    assert OFFICE.basis(date(2027, 10, 1)) is Basis.FALLBACK
    assert not OFFICE.is_working_day(date(2027, 10, 1)), "National Day is fixed"
    assert OFFICE.is_working_day(date(2027, 10, 8))
    reading = read("2027-09-30T17:00", event("2027-09-30T17:00", "start", 4))
    assert reading.due_at == at("2027-10-04T11:00")


def test_make_up_days_and_holidays_of_the_notice() -> None:
    assert OFFICE.is_working_day(date(2026, 2, 14)), "a Saturday that is worked"
    assert not OFFICE.is_working_day(date(2026, 2, 16)), "a Monday in Spring Festival"
    assert OFFICE.add(at("2026-02-13T17:00"), 2 * HOUR) == at("2026-02-14T09:00")
    assert OFFICE.add(at("2026-02-14T17:00"), 2 * HOUR) == at("2026-02-24T09:00")
    assert OFFICE.add_working_days(date(2026, 9, 30), 7) == date(2026, 10, 15)
    assert OFFICE.add_working_days(date(2026, 9, 30), 0) == date(2026, 9, 30)


def test_every_day_of_the_packaged_notices_fits_the_week() -> None:
    for days in NORMS.calendar.years.values():
        assert all(day.isoweekday() >= 6 for day in days.worked), "only weekend days are made up"
        weekdays = [day for day in days.rest if day.isoweekday() <= 5]
        assert len(weekdays) - len(days.worked) <= NORMS.availability.public_holidays


def test_an_overdue_clock_keeps_its_due_time_through_a_later_pause() -> None:
    events = (
        event("2026-11-02T09:00", "start", 1),
        event("2026-11-02T12:00", "pause"),
        event("2026-11-02T14:00", "resume"),
    )
    reading = read("2026-11-02T15:00", *events)
    assert reading.due_at == at("2026-11-02T10:00") and reading.overdue


def test_levels_of_escalation() -> None:
    start = event("2026-11-02T08:00", "start", 2)
    levels = [read(f"2026-11-02T{hour:02}:00", start).level for hour in (9, 10, 11, 12, 17)]
    assert levels == [0, 1, 2, 3, 3]
    assert read("2026-11-02T08:00", start).escalate_at == (
        at("2026-11-02T10:00"), at("2026-11-02T11:00"), at("2026-11-02T12:00"),
    )  # fmt: skip


def test_what_changes_nothing_is_listed() -> None:
    events = (
        event("2026-11-02T08:00", "pause"),
        event("2026-11-02T09:00", "start", 2),
        event("2026-11-02T09:30", "resume"),
        event("2026-11-02T10:00", "retarget", 3, "改级"),
        event("2026-11-02T11:00", "stop"),
        event("2026-11-02T12:00", "stop"),
    )
    reading = read("2026-11-02T13:00", *events)
    assert [item.at.hour for item in reading.ignored] == [8, 9, 12]
    assert read("2026-11-02T07:00", *events).state is ClockState.IDLE


@pytest.mark.parametrize(
    "make",
    [
        lambda: ClockEvent(datetime(2026, 1, 1), 0, Happened.STOP),
        lambda: event("2026-01-01", "pause", None, " "),
        lambda: event("2026-01-01", "start"),
        lambda: event("2026-01-01", "start", 0),
        lambda: ClockRules(escalate_at_shares=(2.0, 1.0)),
        lambda: ClockRules(warn_before=-HOUR),
        lambda: WorkingCalendar(ZONE, {}),
        lambda: WorkingCalendar(ZONE, {1: ((time(8), time(12)), (time(11), time(18)))}),
        lambda: WorkingCalendar(ZONE, {1: ((time(18), time(8)),)}),
        lambda: WorkingCalendar(
            ZONE, {1: ((time(8), time(9)),)}, frozenset({date(2026, 1, 1)}), frozenset({date(2026, 1, 1)})
        ),
    ],
)
def test_impossible_clocks_and_calendars_are_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        make()


def test_a_calendar_that_stops_opening_is_refused_not_searched_for_ever() -> None:
    closed = frozenset(date(2026, 1, 1) + timedelta(days) for days in range(900))
    calendar = WorkingCalendar(ZONE, {1: ((time(8), time(9)),)}, closed)
    with pytest.raises(BadInput):
        calendar.add(at("2026-01-05T08:00"), HOUR)
    with pytest.raises(BadInput):
        calendar.add_working_days(date(2026, 1, 5), 1)


def test_clock_changes_of_a_zone_do_not_stretch_an_hour() -> None:
    berlin = WorkingCalendar.always(ZoneInfo("Europe/Berlin"))
    before = datetime(2026, 3, 29, 0, tzinfo=UTC)
    assert berlin.between(before, before + 5 * HOUR) == 5 * HOUR
    assert berlin.add(before, 5 * HOUR) == before + 5 * HOUR


# Properties

INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=ZONE)
)
DURATIONS = st.integers(0, 60 * 24 * 10).map(lambda minutes: timedelta(minutes=minutes))
CALENDARS = st.sampled_from([OFFICE, ALWAYS])


@given(CALENDARS, INSTANTS, DURATIONS)
def test_adding_and_measuring_are_inverse(
    calendar: WorkingCalendar, start: datetime, work: timedelta
) -> None:
    end = calendar.add(start, work)
    assert calendar.between(start, end) == work
    assert end >= start
    if work:
        assert calendar.between(start, end - timedelta(microseconds=1)) < work, "the earliest such instant"


@given(CALENDARS, INSTANTS, DURATIONS, DURATIONS)
def test_adding_twice_is_adding_once(
    calendar: WorkingCalendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.between(start, calendar.add(calendar.add(start, first), second)) == first + second
    assert calendar.add(start, first) <= calendar.add(start, first + second)


@given(CALENDARS, INSTANTS, INSTANTS, INSTANTS)
def test_working_time_is_additive(calendar: WorkingCalendar, a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    assert calendar.between(a, c) == calendar.between(a, b) + calendar.between(b, c)
    assert timedelta(0) <= calendar.between(a, b) <= b - a
    assert calendar.between(c, a) == timedelta(0) or a == c


@given(INSTANTS)
def test_next_opening_is_open_and_nothing_lies_between(instant: datetime) -> None:
    opens = OFFICE.next_opening(instant)
    assert OFFICE.is_open(opens)
    assert OFFICE.between(instant, opens) == timedelta(0)


STEPS = st.lists(
    st.tuples(st.sampled_from(list(Happened)), st.integers(0, 60 * 24 * 14), st.integers(1, 60 * 20)),
    max_size=8,
)


def _events(steps: list[tuple[Happened, int, int]]) -> list[ClockEvent]:
    base = at("2026-09-28T09:00")
    events = [ClockEvent(base, 0, Happened.START, timedelta(hours=6))]
    for number, (what, minutes, target) in enumerate(steps, start=1):
        goal = timedelta(minutes=target) if what in (Happened.START, Happened.RETARGET) else None
        events.append(ClockEvent(base + timedelta(minutes=minutes), number, what, goal, "理由"))
    return events


@given(STEPS, st.randoms(use_true_random=False), st.integers(0, 60 * 24 * 16))
@settings(deadline=None)
def test_order_of_arrival_and_repeats_do_not_matter(steps, random, minutes) -> None:  # type: ignore[no-untyped-def]
    events = _events(steps)
    now = at("2026-09-28T09:00") + timedelta(minutes=minutes)
    shuffled = [*events, *random.sample(events, len(events) // 2)]
    random.shuffle(shuffled)
    assert read_clock(shuffled, OFFICE, RULES, now=now) == read_clock(events, OFFICE, RULES, now=now)


@given(STEPS, st.integers(0, 60 * 24 * 16))
@settings(deadline=None)
def test_a_running_clock_is_due_exactly_when_its_time_is_used(steps, minutes) -> None:  # type: ignore[no-untyped-def]
    events = _events(steps)
    now = at("2026-09-28T09:00") + timedelta(minutes=minutes)
    reading = read_clock(events, OFFICE, RULES, now=now)
    assert reading.used >= timedelta(0)
    if reading.state is not ClockState.RUNNING:
        assert reading.due_at is None
        return
    assert reading.due_at is not None and reading.warn_at is not None and reading.target is not None
    assert reading.warn_at <= reading.due_at == reading.escalate_at[0] <= reading.escalate_at[1]
    if not any(item.at > now for item in events):
        later = max(now, reading.due_at)
        assert read_clock(events, OFFICE, RULES, now=later).used >= reading.target
    if reading.due_at > now:
        assert OFFICE.between(now, reading.due_at) == reading.remaining
        assert not reading.overdue


@given(st.integers(1, 60 * 30), st.integers(0, 60 * 24 * 10), st.integers(0, 60 * 24 * 10))
def test_a_pause_costs_exactly_its_working_time(target: int, pause: int, length: int) -> None:
    start = at("2026-09-24T16:00")
    goal, began = timedelta(minutes=target), start + timedelta(minutes=pause)
    plain = [ClockEvent(start, 0, Happened.START, goal)]
    due = read_clock(plain, OFFICE, RULES, now=start).due_at
    assert due is not None
    if began >= due:
        return
    ended = began + timedelta(minutes=length)
    events = [
        *plain,
        ClockEvent(began, 1, Happened.PAUSE, None, "理由"),
        ClockEvent(ended, 2, Happened.RESUME),
    ]
    paused_due = read_clock(events, OFFICE, RULES, now=ended).due_at
    assert paused_due is not None
    assert OFFICE.between(due, paused_due) == OFFICE.between(began, ended)
