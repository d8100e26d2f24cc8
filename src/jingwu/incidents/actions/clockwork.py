"""The incident's clocks: which step starts, pauses or stops which; the due columns follow from the marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from jingwu.engines.workflow import (
    ClockEvent,
    ClockReading,
    ClockState,
    Happened,
    WorkingCalendar,
    read_clock,
)
from jingwu.incidents.models import ClockMark, Incident
from jingwu.norms import Norms
from jingwu.terms.incidents import AreaType, Priority

CLOCKS = ("ack", "arrival", "feedback", "reply", "call_back")
COLUMN = {
    "ack": "ack_due_at", "arrival": "arrive_due_at", "feedback": "feedback_due_at", "reply": "reply_due_at",
    "call_back": "call_back_due_at",
}  # fmt: skip
STARTS = {
    "triage": ("reply",),
    "dispatch": ("ack", "arrival"),
    "leave": ("feedback",),
    "send_back": ("feedback",),
    "rework": ("feedback",),
    "resume": ("feedback",),
    "dissatisfied": ("call_back",),
}
STOPS = {
    "ack": ("ack",),
    "refuse": ("ack",),
    "recall": ("ack",),
    "arrive": ("ack", "arrival"),
    "handle_remotely": ("ack", "arrival"),
    "feed_back": ("feedback", "reply"),
    "call_back": ("call_back",),
    **dict.fromkeys(("transfer_12345", "transfer_station", "merge", "mark_false", "cancel", "close"), CLOCKS),
}


class Clocks:
    """The clocks of one incident: marks already there, marks to write, and what they read."""

    def __init__(self, incident: Incident, norms: Norms) -> None:
        self.incident, self.norms = incident, norms
        self.marks: dict[str, list[ClockMark]] = defaultdict(list)
        self.fresh: list[ClockMark] = []
        for mark in ClockMark.objects.filter(incident=incident) if incident.pk else ():
            self.marks[mark.clock].append(mark)

    def calendar(self, clock: str) -> WorkingCalendar:
        """Return on which calendar the clock runs, as the norms of the day state it."""
        return self.norms.calendar.of_clock(clock)

    def target(self, clock: str) -> timedelta | None:
        """Return the clock's target for the incident's priority and area, None when it has none."""
        if clock == "call_back":
            return timedelta(hours=self.norms.incidents.call_back_hours)
        if self.incident.priority is None:
            return None
        targets = self.norms.response.clock_targets(
            Priority(self.incident.priority), AreaType(self.incident.area_type)
        )
        return targets.get(clock)

    def read(self, clock: str, now: datetime) -> ClockReading:
        """Return where the clock stands."""
        events = (_event(mark) for mark in self.marks[clock])
        return read_clock(events, self.calendar(clock), self.norms.incidents.clock_rules(clock), now=now)

    def mark(
        self, clock: str, what: Happened, at: datetime, *, target: timedelta | None = None, reason: str = ""
    ) -> None:
        """Add one mark."""
        row = ClockMark(
            incident=self.incident, clock=clock, number=len(self.marks[clock]) + 1, what=what.value, at=at,
            target_seconds=None if target is None else round(target.total_seconds()), reason=reason[:300],
        )  # fmt: skip
        self.marks[clock].append(row)
        self.fresh.append(row)

    def begin(self, clock: str, at: datetime) -> None:
        """Start the clock, or a new round of it; a clock that runs goes on running."""
        target = self.target(clock)
        if target is None:
            return self.stop(clock, at)
        if clock == "reply" and not self.marks[clock]:
            at = min(at, self.incident.reported_at)  # a reply is owed from the report on
        state = self.read(clock, at).state
        if state is ClockState.IDLE:
            self.mark(clock, Happened.START, at, target=target)
        elif state is ClockState.STOPPED:
            self.mark(clock, Happened.REOPEN, at, target=target, reason="再次计时")  # as is
        return None

    def stop(self, clock: str, at: datetime) -> None:
        """Stop the clock if it runs or pauses."""
        if self.marks[clock] and self.read(clock, at).state in (ClockState.RUNNING, ClockState.PAUSED):
            self.mark(clock, Happened.STOP, at)

    def columns(self, now: datetime) -> dict[str, Any]:
        """Return the due columns of the incident; new marks wait for ``write_marks``."""
        vars(self.incident).setdefault("_new_marks", []).extend(self.fresh)
        self.fresh = []
        readings = {clock: self.read(clock, now) for clock in CLOCKS if self.marks[clock]}
        due = {COLUMN[clock]: r.due_at for clock, r in readings.items()}
        columns: dict[str, Any] = {COLUMN[clock]: due.get(COLUMN[clock]) for clock in CLOCKS}
        columns["due_at"] = _first(r.due_at for r in readings.values())
        columns["warn_at"] = _first(r.warn_at for r in readings.values())
        columns["escalation_level"] = max((r.level for r in readings.values()), default=0)
        columns["escalate_at"] = _first(
            r.escalate_at[r.level] for r in readings.values() if r.level < len(r.escalate_at)
        )
        columns["is_paused"] = any(r.state is ClockState.PAUSED for r in readings.values())
        columns["pause_reason"] = next((r.pause_reason for r in readings.values() if r.pause_reason), "")
        return columns


def after_step(incident: Incident, verb: str, *, at: datetime, now: datetime, norms: Norms) -> dict[str, Any]:
    """Return the due columns after ``verb`` happened at ``at``; empty when it touches no clock."""
    if verb not in STARTS and verb not in STOPS:
        return {}
    clocks = Clocks(incident, norms)
    for clock in STOPS.get(verb, ()):
        clocks.stop(clock, at)
    for clock in STARTS.get(verb, ()):
        clocks.begin(clock, at)
    return clocks.columns(max(at, now))


def write_marks(incident: Incident) -> None:
    """Write the marks a step made, after its conditional UPDATE has shown that nobody was first."""
    ClockMark.objects.bulk_create(vars(incident).pop("_new_marks", ()))


def pause(incident: Incident, *, reason: str, at: datetime, norms: Norms) -> dict[str, Any]:
    """Pause every running clock and return the due columns."""
    clocks = Clocks(incident, norms)
    for clock in CLOCKS:
        if clocks.marks[clock] and clocks.read(clock, at).state is ClockState.RUNNING:
            clocks.mark(clock, Happened.PAUSE, at, reason=reason)
    return clocks.columns(at)


def resume(incident: Incident, *, at: datetime, norms: Norms) -> dict[str, Any]:
    """Let every paused clock run again and return the due columns."""
    clocks = Clocks(incident, norms)
    for clock in CLOCKS:
        if clocks.marks[clock] and clocks.read(clock, at).state is ClockState.PAUSED:
            clocks.mark(clock, Happened.RESUME, at)
    return clocks.columns(at)


def retarget(incident: Incident, *, reason: str, at: datetime, norms: Norms) -> dict[str, Any]:
    """Give every clock the target of the incident's new priority; a pause stays a pause."""
    clocks = Clocks(incident, norms)
    for clock in ("ack", "arrival", "reply"):
        target = clocks.target(clock)
        is_going = bool(clocks.marks[clock]) and clocks.read(clock, at).state in (
            ClockState.RUNNING, ClockState.PAUSED,
        )  # fmt: skip
        if is_going and target is None:
            clocks.stop(clock, at)
        elif is_going:
            clocks.mark(clock, Happened.RETARGET, at, target=target, reason=reason)
        elif target is not None and clock in _owed(incident):
            clocks.begin(clock, at)
    return clocks.columns(at)


def _owed(incident: Incident) -> tuple[str, ...]:
    """Return the clocks that would run in this state if the priority had given them a target."""
    if incident.state == "dispatched":
        return ("ack", "arrival")
    if incident.state in ("acked", "en_route"):
        return ("arrival",)
    return ("reply",) if incident.state in ("triaged", "handling") else ()


def _event(mark: ClockMark) -> ClockEvent:
    target = None if mark.target_seconds is None else timedelta(seconds=mark.target_seconds)
    return ClockEvent(mark.at, mark.number, Happened(mark.what), target, mark.reason)


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
