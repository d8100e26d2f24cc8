"""Clocks that tell the truth: a deadline read from what happened, never from a counter that was adjusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from jingwu.engines.workflow.calendar import WorkingCalendar

_ZERO = timedelta(0)


class Happened(StrEnum):
    """What can happen to a clock."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    RETARGET = "retarget"  # another priority, another target; a pause stays a pause
    STOP = "stop"
    REOPEN = "reopen"  # a new round that runs at once; rounds before are kept


_NEEDS_REASON = frozenset({Happened.PAUSE, Happened.RETARGET, Happened.REOPEN})
_NEEDS_TARGET = frozenset({Happened.START, Happened.RETARGET})


@dataclass(frozen=True, order=True)
class ClockEvent:
    """One thing that happened to a clock; ``number`` orders events of the same instant."""

    at: datetime
    number: int
    what: Happened
    target: timedelta | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a clock's event needs a time zone")
        if self.what in _NEEDS_REASON and not self.reason.strip():
            raise ValueError(f"{self.what} needs a reason")
        if self.what in _NEEDS_TARGET and self.target is None:
            raise ValueError(f"{self.what} needs a target")
        if self.target is not None and self.target <= _ZERO:
            raise ValueError("a target is longer than nothing")


class ClockState(StrEnum):
    """Where a clock stands."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True)
class ClockRules:
    """When to warn (working time before the due time) and which multiples of the target escalate."""

    warn_before: timedelta = _ZERO
    escalate_at_shares: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if self.warn_before < _ZERO:
            raise ValueError("warn_before is not negative")
        shares = list(self.escalate_at_shares)
        if shares != sorted(set(shares)) or any(share <= 0 for share in shares):
            raise ValueError("escalation shares ascend from above 0")


@dataclass(frozen=True)
class Round:
    """One finished run of a clock: from its start to its stop, working time used, and whether in time."""

    started_at: datetime
    stopped_at: datetime
    target: timedelta
    used: timedelta

    @property
    def met(self) -> bool:
        """Whether the run stopped within its target."""
        return self.used <= self.target


@dataclass(frozen=True)
class ClockReading:
    """A clock at one instant.

    ``due_at``, ``warn_at`` and ``escalate_at`` are what a record stores as columns; they are None (or
    empty) while the clock does not run. ``level`` counts the escalation shares already used up.
    ``ignored`` are events that changed nothing (a second pause, a resume of a running clock, …).
    """

    state: ClockState
    target: timedelta | None
    used: timedelta
    due_at: datetime | None
    warn_at: datetime | None
    escalate_at: tuple[datetime, ...]
    warned: bool
    overdue: bool
    level: int
    pause_reason: str
    rounds: tuple[Round, ...]
    ignored: tuple[ClockEvent, ...]

    @property
    def remaining(self) -> timedelta | None:
        """Working time left (negative when overdue), or None before the start."""
        return None if self.target is None else self.target - self.used


@dataclass
class _Run:
    """The state while events are folded; private to this module."""

    state: ClockState = ClockState.IDLE
    target: timedelta | None = None
    started_at: datetime | None = None
    since: datetime | None = None
    used: timedelta = _ZERO
    reason: str = ""
    stretches: list[tuple[datetime, timedelta]] = field(default_factory=list)

    def reached_at(self, used: timedelta, calendar: WorkingCalendar) -> datetime:
        """Return when this much working time was or will be used, given that the clock runs on."""
        start, before = next(item for item in reversed(self.stretches) if item[1] <= max(used, _ZERO))
        return calendar.add(start, max(used, _ZERO) - before)


def read_clock(
    events: Iterable[ClockEvent], calendar: WorkingCalendar, rules: ClockRules, *, now: datetime
) -> ClockReading:
    """Return where the clock stands at ``now``; events after ``now`` have not happened yet.

    The order in which events arrive does not matter: they are folded by time and number. Time is counted
    in working time only, so a pause over a weekend takes nothing away twice.

    Source: product scars 7 (a priority change keeps the pause; reopening runs at once, it is not pending).
    """
    run, rounds, ignored = _Run(), list[Round](), list[ClockEvent]()
    for event in sorted(set(events)):
        if event.at <= now and not _happen(run, event, calendar, rounds):
            ignored.append(event)
    used = run.used
    if run.state is ClockState.RUNNING and run.since is not None:
        used += calendar.between(run.since, now)
    due_at = warn_at = None
    escalate_at: tuple[datetime, ...] = ()
    if run.state is ClockState.RUNNING and run.target is not None:
        due_at = run.reached_at(run.target, calendar)
        warn_at = run.reached_at(run.target - rules.warn_before, calendar)
        escalate_at = tuple(
            run.reached_at(run.target * share, calendar) for share in rules.escalate_at_shares
        )
    counts = run.target is not None and run.state is not ClockState.STOPPED
    target = run.target or _ZERO
    level = sum(1 for share in rules.escalate_at_shares if counts and used >= target * share)
    return ClockReading(
        state=run.state,
        target=run.target,
        used=used,
        due_at=due_at,
        warn_at=warn_at,
        escalate_at=escalate_at,
        warned=counts and used >= target - rules.warn_before,
        overdue=used > target if run.target is not None else False,
        level=level,
        pause_reason=run.reason if run.state is ClockState.PAUSED else "",
        rounds=tuple(rounds),
        ignored=tuple(ignored),
    )


def _happen(run: _Run, event: ClockEvent, calendar: WorkingCalendar, rounds: list[Round]) -> bool:
    """Let ``event`` change ``run``; return False when it changes nothing."""
    if event.what is Happened.RETARGET:
        if run.state in (ClockState.IDLE, ClockState.STOPPED):
            return False
        run.target = event.target
        return True
    allowed = {
        Happened.START: (ClockState.IDLE,),
        Happened.PAUSE: (ClockState.RUNNING,),
        Happened.RESUME: (ClockState.PAUSED,),
        Happened.STOP: (ClockState.RUNNING, ClockState.PAUSED),
        Happened.REOPEN: (ClockState.STOPPED,),
    }[event.what]
    if run.state not in allowed:
        return False
    if run.state is ClockState.RUNNING and run.since is not None:
        run.used += calendar.between(run.since, event.at)
    run.since = None
    if event.what in (Happened.START, Happened.REOPEN):
        run.target = event.target or run.target
        run.started_at, run.used = event.at, _ZERO
        run.stretches.clear()
    if event.what is Happened.PAUSE:
        run.state, run.reason = ClockState.PAUSED, event.reason
    elif event.what is Happened.STOP:
        run.state = ClockState.STOPPED
        assert run.started_at is not None, "only a started clock runs"
        assert run.target is not None, "a started clock has a target"
        rounds.append(Round(run.started_at, event.at, run.target, run.used))
    else:
        run.state, run.since = ClockState.RUNNING, event.at
        run.stretches.append((event.at, run.used))
    return True
