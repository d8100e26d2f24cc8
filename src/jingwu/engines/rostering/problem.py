"""What a roster problem is: people, shift kinds, demand, rules and pins, all plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from jingwu.terms.duty import DutyModule, DutyState, Severity
from jingwu.terms.people import PersonCategory

OFF = ""
"""The code of a day without a shift."""

MINUTES_PER_DAY = 1440
SATURDAY = 5

ParameterValue = (
    bool
    | int
    | float
    | str
    | tuple[str, ...]
    | tuple[int, ...]
    | Mapping[str, int]
    | Mapping[str, tuple[str, ...]]
)


@dataclass(frozen=True)
class ShiftKind:
    """One kind of shift; it may cross midnight and belongs to the day it starts on.

    ``start_minute`` counts from midnight (0…1439), ``minutes`` is the length (1…1440).
    ``counted_share`` is the share of the length that counts as working time (备勤 below 1).
    ``attended`` posts meet the public or an incident and so need an officer present.
    ``may_not_follow`` lists the kinds that must not come on the day after this one.
    """

    code: str
    start_minute: int
    minutes: int
    name_zh: str = ""
    name_en: str = ""
    state: DutyState = DutyState.ON_DUTY
    module: DutyModule | None = None
    role: str = ""
    counted_share: float = 1.0
    is_night: bool = False
    attended: bool = False
    in_beat: bool = False
    skills: frozenset[str] = frozenset()
    certificates: frozenset[str] = frozenset()
    categories: frozenset[PersonCategory] = frozenset()
    may_not_follow: frozenset[str] = frozenset()

    @property
    def called_zh(self) -> str:
        """Return what people call it in Chinese, the code when it has no name."""
        return self.name_zh or self.code

    @property
    def called_en(self) -> str:
        """Return what people call it in English, the code when it has no name."""
        return self.name_en or self.code

    @property
    def counted_minutes(self) -> int:
        """Return the minutes that count as working time."""
        return round(self.minutes * self.counted_share)

    @property
    def end_minute(self) -> int:
        """Return the end, in minutes after the midnight before the start (may exceed 1440)."""
        return self.start_minute + self.minutes


@dataclass(frozen=True)
class Certificate:
    """A certificate somebody holds; ``valid_until`` is its last valid day (None: does not expire)."""

    code: str
    valid_until: date | None = None


@dataclass(frozen=True)
class Leave:
    """Days somebody cannot be rostered, ends included; ``counted_minutes`` is credited for each day."""

    first: date
    last: date
    state: DutyState = DutyState.LEAVE
    counted_minutes: int = 0


@dataclass(frozen=True)
class History:
    """What happened before the horizon.

    ``last_shifts`` are the codes of the days just before the first day, oldest first ("" = off); the
    counts cover the rolling quarter before the horizon; ``owed_minutes`` is the 补休 still to be given.
    """

    last_shifts: tuple[str, ...] = ()
    nights: int = 0
    weekends: int = 0
    holidays: int = 0
    minutes: int = 0
    owed_minutes: int = 0


@dataclass(frozen=True)
class Subject:
    """Whom or what a limit is about, in words, and for whoever acts on it: a person, or posts of a day."""

    zh: str
    en: str
    person: str = ""
    day: int | None = None
    shifts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """Somebody who can be rostered; ``labour_status`` picks the limits that apply (officer, contract…).

    ``contract_minutes`` is the working time of the horizon agreed or expected (0 = not stated).
    """

    id: str
    category: PersonCategory
    name: str = ""
    labour_status: str = ""
    skills: frozenset[str] = frozenset()
    certificates: tuple[Certificate, ...] = ()
    contract_minutes: int = 0
    leave: tuple[Leave, ...] = ()
    history: History = History()
    group: str = ""
    is_leader: bool = False

    @property
    def label(self) -> str:
        """Return the name to use in sentences."""
        return self.name or self.id

    @cached_property
    def subject(self) -> Subject:
        """Return the person as what a limit is about; two of one name are two subjects."""
        return Subject(self.label, self.label, person=self.id)


@dataclass(frozen=True)
class Demand:
    """How many people a day needs on any of ``shifts``; only people with the skill and category count.

    Cost of a count c: ``weight_minimum`` per head below ``minimum``, plus ``weight_preferred`` per head
    below ``preferred``, plus ``weight_over`` per head above ``maximum``. ``role`` and ``role_en`` say in
    sentences who is meant.
    """

    day: int
    shifts: tuple[str, ...]
    minimum: int
    preferred: int
    maximum: int
    weight_minimum: int = 1000
    weight_preferred: int = 10
    weight_over: int = 10
    skill: str = ""
    categories: frozenset[PersonCategory] = frozenset()
    module: DutyModule | None = None
    role: str = ""
    role_en: str = ""

    def cost(self, count: int) -> int:
        """Return the penalty of having ``count`` people on."""
        return (
            self.weight_minimum * max(0, self.minimum - count)
            + self.weight_preferred * max(0, self.preferred - count)
            + self.weight_over * max(0, count - self.maximum)
        )


@dataclass(frozen=True)
class Request:
    """A wish: work (or, with ``wants=False``, not work) ``shift`` on ``day``; "" means any shift."""

    person: str
    day: int
    shift: str
    wants: bool
    weight: int


@dataclass(frozen=True)
class Pin:
    """A cell the chief has fixed; ``shift`` "" fixes a day off."""

    person: str
    day: int
    shift: str


@dataclass(frozen=True)
class RuleSpec:
    """One rule in force: its kind (a key of ``rules.RULES``), binding force, scope and parameters.

    ``people``, ``labour_statuses`` and ``categories`` empty mean everybody. ``weight`` prices one unit of
    breach of a norm or a goal; a law has no price. ``reference`` says where the rule comes from, in the words
    of the norms file.
    """

    id: str
    kind: str
    severity: Severity
    weight: int = 0
    people: frozenset[str] = frozenset()
    labour_statuses: frozenset[str] = frozenset()
    categories: frozenset[PersonCategory] = frozenset()
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    reference: str = ""

    def applies_to(self, person: Person) -> bool:
        """Return whether the rule covers this person."""
        if self.people and person.id not in self.people:
            return False
        if self.categories and person.category not in self.categories:
            return False
        return not self.labour_statuses or person.labour_status in self.labour_statuses


@dataclass(frozen=True)
class Calendar:
    """Public holidays and weekends moved by them (调休); unknown after ``known_until``."""

    holidays: frozenset[date] = frozenset()
    working_weekends: frozenset[date] = frozenset()
    known_until: date | None = None

    def is_weekend(self, day: date) -> bool:
        """Return whether it is a Saturday or Sunday that is not worked instead of a holiday."""
        return day.weekday() >= SATURDAY and day not in self.working_weekends

    def is_free(self, day: date) -> bool:
        """Return whether people who do day work are off: a holiday or a weekend."""
        return day in self.holidays or self.is_weekend(day)


@dataclass(frozen=True)
class RosterProblem:
    """A whole roster problem: ``days`` days from ``start``; day indices count from 0.

    Raises: BadInput on construction, with one InputProblem for everything that cannot be used.
    """

    start: date
    days: int
    people: tuple[Person, ...]
    shifts: tuple[ShiftKind, ...]
    demand: tuple[Demand, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    requests: tuple[Request, ...] = ()
    pins: tuple[Pin, ...] = ()
    calendar: Calendar = Calendar()

    def __post_init__(self) -> None:
        from jingwu.engines.rostering.validation import refuse_bad_input

        refuse_bad_input(self)

    @cached_property
    def person_index(self) -> dict[str, int]:
        """Return the row of every person by id."""
        return {person.id: row for row, person in enumerate(self.people)}

    @cached_property
    def shift_by_code(self) -> dict[str, ShiftKind]:
        """Return every shift kind by code."""
        return {shift.code: shift for shift in self.shifts}

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Return the date of every day index."""
        return tuple(self.start + timedelta(days=day) for day in range(self.days))

    @cached_property
    def weekends(self) -> tuple[tuple[int, ...], ...]:
        """Return the day indices of each weekend touched, working weekends (调休) left out."""
        found: dict[date, list[int]] = {}
        for index, day in enumerate(self.dates):
            if self.calendar.is_weekend(day):
                found.setdefault(day - timedelta(days=day.weekday() - SATURDAY), []).append(index)
        return tuple(tuple(indices) for _, indices in sorted(found.items()))

    @cached_property
    def holidays(self) -> tuple[int, ...]:
        """Return the day indices that are public holidays."""
        return tuple(index for index, day in enumerate(self.dates) if day in self.calendar.holidays)

    @cached_property
    def weeks(self) -> tuple[tuple[int, ...], ...]:
        """Return the day indices of every calendar week (Monday first) touched by the horizon."""
        found: dict[date, list[int]] = {}
        for index, day in enumerate(self.dates):
            found.setdefault(day - timedelta(days=day.weekday()), []).append(index)
        return tuple(tuple(indices) for _, indices in sorted(found.items()))

    @cached_property
    def leave_days(self) -> dict[str, dict[int, Leave]]:
        """Return, for everybody, the leave that covers each day index."""
        table: dict[str, dict[int, Leave]] = {}
        for person in self.people:
            days = table.setdefault(person.id, {})
            for leave in person.leave:
                first = max(0, (leave.first - self.start).days)
                last = min(self.days - 1, (leave.last - self.start).days)
                days.update(dict.fromkeys(range(first, last + 1), leave))
        return table
