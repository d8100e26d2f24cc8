"""The Curtois–Qu staff-scheduling benchmark: reader of its text format, and a scorer of its own.

The scorer works on the text alone and shares no code with the rules, so that it can judge them.
Source: Curtois & Qu (2014), Computational results on new staff scheduling benchmark instances.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jingwu.engines.rostering.problem import (
    OFF,
    Demand,
    Leave,
    Person,
    Request,
    RosterProblem,
    RuleSpec,
    ShiftKind,
)
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput, InputProblem

BEST_KNOWN = {
    1: 607, 2: 828, 3: 1001, 4: 1716, 5: 1143, 6: 1950, 7: 1056, 8: 1300, 9: 439, 10: 4631, 11: 3443,
    12: 4040, 13: 1348, 14: 1278, 15: 3828, 16: 3225, 17: 5746, 18: 4459, 19: 3149, 20: 4769, 21: 21133,
    22: 30241, 23: 17285, 24: 40439,
}  # fmt: skip
"""Best objective published for each instance."""

FIRST_MONDAY = date(2024, 1, 1)
"""Instances start on a Monday; which one does not matter."""


@dataclass(frozen=True)
class Employee:
    """One line of SECTION_STAFF."""

    max_shifts: dict[str, int]
    max_minutes: int
    min_minutes: int
    max_run: int
    min_run: int
    min_off: int
    max_weekends: int


@dataclass(frozen=True)
class Instance:
    """A parsed file, still in its own terms."""

    days: int
    minutes: dict[str, int]
    not_after: dict[str, frozenset[str]]
    staff: dict[str, Employee]
    days_off: dict[str, frozenset[int]]
    on: tuple[tuple[str, int, str, int], ...]
    off: tuple[tuple[str, int, str, int], ...]
    cover: tuple[tuple[int, str, int, int, int], ...]


@dataclass(frozen=True)
class Score:
    """What the scorer finds: the objective, and every hard rule broken, in words."""

    objective: int
    violations: tuple[str, ...]


def _sections(text: str) -> dict[str, list[tuple[int, list[str]]]]:
    found: dict[str, list[tuple[int, list[str]]]] = defaultdict(list)
    name = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("SECTION_"):
            name = line.removeprefix("SECTION_")
        elif line and not line.startswith("#"):
            found[name].append((number, line.split(",")))
    return found


def parse(text: str, *, name: str = "instance") -> Instance:
    """Return the instance a text describes.

    Raises: BadInput naming the line that cannot be read.
    """
    sections = _sections(text)
    reading = [0]

    def lines(section: str) -> Iterator[list[str]]:
        for number, fields in sections[section]:
            reading[0] = number
            yield fields

    try:
        ((days,),) = lines("HORIZON")
        minutes, not_after = {}, {}
        for code, length, after in lines("SHIFTS"):
            minutes[code] = int(length)
            not_after[code] = frozenset(filter(None, after.split("|")))
        staff = {person: _employee(maxima, limits) for person, maxima, *limits in lines("STAFF")}
        days_off = {person: frozenset(int(day) for day in off) for person, *off in lines("DAYS_OFF")}
        wishes = {
            which: tuple(
                (person, int(day), code, int(weight))
                for person, day, code, weight in lines(f"SHIFT_{which}_REQUESTS")
            )
            for which in ("ON", "OFF")
        }
        cover = tuple(
            (int(day), code, int(need), int(under), int(over))
            for day, code, need, under, over in lines("COVER")
        )
        return Instance(int(days), minutes, not_after, staff, days_off, wishes["ON"], wishes["OFF"], cover)
    except (ValueError, IndexError) as wrong:
        code, row = "roster.unreadable_instance", reading[0]
        raise BadInput(
            code,
            f"{name} 第 {row} 行无法读取：{wrong}",
            f"{name}, line {row} cannot be read: {wrong}",
            problems=[InputProblem(name, row, "", code, str(wrong), str(wrong), blocking=True)],
        ) from wrong


def _employee(maxima: str, limits: list[str]) -> Employee:
    counts = {pair.split("=")[0]: int(pair.split("=")[1]) for pair in maxima.split("|")}
    high, low, max_run, min_run, min_off, weekends = (int(value) for value in limits)
    return Employee(counts, high, low, max_run, min_run, min_off, weekends)


def problem_of(instance: Instance) -> RosterProblem:
    """Return the instance as a roster problem under the house's own rules."""
    people = tuple(
        Person(
            id=person,
            category=PersonCategory.OFFICER,
            leave=tuple(
                Leave(FIRST_MONDAY + timedelta(days=day), FIRST_MONDAY + timedelta(days=day))
                for day in sorted(instance.days_off.get(person, ()))
            ),
        )
        for person in instance.staff
    )
    shifts = tuple(
        ShiftKind(code=code, start_minute=0, minutes=length, may_not_follow=instance.not_after[code])
        for code, length in instance.minutes.items()
    )
    demand = tuple(
        Demand(day, (code,), need, need, need, weight_minimum=under, weight_preferred=0, weight_over=over)
        for day, code, need, under, over in instance.cover
    )
    requests = [Request(who, day, code, True, weight) for who, day, code, weight in instance.on]
    requests += [Request(who, day, code, False, weight) for who, day, code, weight in instance.off]
    return RosterProblem(
        start=FIRST_MONDAY,
        days=instance.days,
        people=people,
        shifts=shifts,
        demand=demand,
        rules=tuple(rule for person, limits in instance.staff.items() for rule in _limits(person, limits)),
        requests=tuple(requests),
    )


def _limits(person: str, limits: Employee) -> list[RuleSpec]:
    def law(kind: str, **parameters: int | dict[str, int]) -> RuleSpec:
        return RuleSpec(
            f"{kind}:{person}", kind, Severity.LAW, people=frozenset({person}), parameters=parameters
        )

    return [
        law("shift_counts", maxima=limits.max_shifts),
        law("horizon_minutes", minimum=limits.min_minutes, maximum=limits.max_minutes),
        law("consecutive_work", maximum=limits.max_run, minimum=limits.min_run),
        law("days_off", minimum=limits.min_off),
        law("weekends", maximum=limits.max_weekends),
    ]


def score(instance: Instance, rows: Mapping[str, Sequence[str]]) -> Score:
    """Return objective and violations of a roster: a row of shift codes ("" = off) for each employee."""
    wrong: list[str] = []
    if set(rows) != set(instance.staff) or any(len(row) != instance.days for row in rows.values()):
        return Score(0, ("the roster does not fit the instance",))
    for person, row in rows.items():
        wrong += [f"{person}: {what}" for what in _violations(instance, person, list(row))]
    objective = sum(weight for person, day, code, weight in instance.on if rows[person][day] != code)
    objective += sum(weight for person, day, code, weight in instance.off if rows[person][day] == code)
    on = Counter((day, code) for row in rows.values() for day, code in enumerate(row))
    for day, code, need, under, over in instance.cover:
        have = on[day, code]
        objective += under * (need - have) if have < need else over * (have - need)
    return Score(objective, tuple(wrong))


def _violations(instance: Instance, person: str, row: list[str]) -> list[str]:
    limits = instance.staff[person]
    wrong = []
    total = sum(instance.minutes[code] for code in row if code != OFF)
    if not limits.min_minutes <= total <= limits.max_minutes:
        wrong.append(f"{total} minutes")
    for code, most in limits.max_shifts.items():
        if row.count(code) > most:
            wrong.append(f"{row.count(code)} × {code}")
    wrong += [f"works on day {day}" for day in instance.days_off.get(person, ()) if row[day] != OFF]
    for day in range(1, len(row)):
        if row[day - 1] != OFF and row[day] in instance.not_after[row[day - 1]]:
            wrong.append(f"{row[day]} after {row[day - 1]} on day {day}")
    weekends = {day // 7 for day, code in enumerate(row) if code != OFF and day % 7 >= 5}
    if len(weekends) > limits.max_weekends:
        wrong.append(f"{len(weekends)} weekends")
    # Split the row into runs; those touching an edge have no least length.
    first = 0
    while first < len(row):
        last = first
        while last + 1 < len(row) and (row[last + 1] == OFF) == (row[first] == OFF):
            last += 1
        length = last - first + 1
        inner = first > 0 and last < len(row) - 1
        if row[first] == OFF:
            if inner and length < limits.min_off:
                wrong.append(f"{length} days off at day {first}")
        elif length > limits.max_run or (inner and length < limits.min_run):
            wrong.append(f"{length} days on at day {first}")
        first = last + 1
    return wrong
