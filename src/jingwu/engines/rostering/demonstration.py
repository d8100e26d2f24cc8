"""Synthetic offices for measurements: fourteen people as in the sample office, drawn from a seed.

Two kinds: one whose norms may all be broken at a price (``demonstration_office``), and one whose firm norms
bind as law, as in a search of the site (``crew_office``), with or without groups to keep together. Numbers
here describe invented offices, not a policy; real limits come in as rule parameters.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from jingwu.engines.rostering.problem import (
    Calendar,
    Demand,
    History,
    Leave,
    Person,
    Pin,
    Request,
    RosterProblem,
    RuleSpec,
    ShiftKind,
)
from jingwu.terms.duty import DutyModule, DutyState, Severity
from jingwu.terms.people import PersonCategory

START = date(2026, 3, 2)
OFFICERS, AUXILIARIES, GRID_WORKERS = 5, 7, 2

SHIFTS = (
    ShiftKind("D", 480, 480, "白班", "day", module=DutyModule.SECURITY, attended=True),
    ShiftKind("E", 960, 480, "晚班", "evening", module=DutyModule.SECURITY, attended=True),
    ShiftKind("N", 0, 480, "夜班", "night", module=DutyModule.SECURITY, attended=True, is_night=True),
    ShiftKind("B", 510, 480, "下片", "beat", module=DutyModule.SERVICE, in_beat=True),
    ShiftKind("S", 480, 1440, "备勤", "stand-by", state=DutyState.STANDBY, counted_share=0.25),
)

RULES = (
    RuleSpec("min_rest", "min_rest", Severity.LAW, parameters={"minutes": 660, "exempt": ("S",)}),
    RuleSpec("consecutive_work", "consecutive_work", Severity.LAW, parameters={"maximum": 6}),
    RuleSpec("weekly_rest", "weekly_rest", Severity.LAW, parameters={"minimum": 1}),
    RuleSpec("consecutive_nights", "consecutive_nights", Severity.LAW, parameters={"maximum": 3}),
    RuleSpec("officer_on_post", "officer_on_post", Severity.LAW),
    RuleSpec("rest_after_night", "rest_after_night", Severity.NORM, 40, parameters={"days": 1}),
    RuleSpec(
        "month",
        "horizon_minutes",
        Severity.NORM,
        4,
        parameters={"minimum": 1440, "maximum": 960, "of_contract": True},
    ),
    RuleSpec("weekends", "weekends", Severity.NORM, 30, parameters={"maximum": 2}),
    RuleSpec("standby", "standby", Severity.NORM, 20, parameters={"weekly": 2, "consecutive": 1}),
    RuleSpec("leader", "leader_on_duty", Severity.GOAL, 15),
    RuleSpec("groups", "group_together", Severity.GOAL, 1),
    RuleSpec("fair_nights", "fairness", Severity.GOAL, 6, parameters={"what": "nights", "tolerance": 2}),
)


def demonstration_office(*, seed: int, days: int = 28) -> RosterProblem:
    """Return an office of fourteen with leave, requests and history drawn from ``seed``."""
    random = np.random.default_rng(seed)
    people = _people(random, days)
    officer = frozenset({PersonCategory.OFFICER})
    demand = []
    for day in range(days):
        weekend = (START + timedelta(days=day)).weekday() >= 5
        demand += [
            Demand(day, ("D",), 2, 2 if weekend else 3, 4),
            Demand(day, ("E",), 1, 2, 2),
            Demand(day, ("N",), 1, 2, 2),
            Demand(day, ("S",), 0, 1, 1, categories=officer, weight_preferred=8),
        ]
        if not weekend:
            demand.append(Demand(day, ("B",), 0, 2, 4, weight_preferred=6))
    requests = [
        Request(
            people[int(random.integers(len(people)))].id,
            int(random.integers(days)),
            "",
            False,
            int(random.integers(1, 6)),
        )
        for _ in range(20)
    ]
    return RosterProblem(
        start=START,
        days=days,
        people=people,
        shifts=SHIFTS,
        demand=tuple(demand),
        rules=RULES,
        requests=tuple(requests),
        calendar=Calendar(known_until=date(2026, 12, 31)),
    )


def _people(random: np.random.Generator, days: int) -> tuple[Person, ...]:
    found = []
    for number in range(OFFICERS + AUXILIARIES + GRID_WORKERS):
        if number < OFFICERS:
            category, status, group = PersonCategory.OFFICER, "officer", f"{number}"
        elif number < OFFICERS + AUXILIARIES:
            category, status = PersonCategory.AUX_DUTY, "contract"
            group = f"{(number - OFFICERS) // 2}"
        else:
            category, status, group = PersonCategory.GRID_WORKER, "contract", ""
        leave: tuple[Leave, ...] = ()
        if random.random() < 0.3:
            first = START + timedelta(days=int(random.integers(days - 4)))
            leave = (Leave(first, first + timedelta(days=int(random.integers(1, 4))), counted_minutes=480),)
        found.append(
            Person(
                id=f"{number + 1:04}",
                category=category,
                labour_status=status,
                contract_minutes=160 * 60,
                leave=leave,
                history=History(nights=int(random.integers(0, 3)), weekends=int(random.integers(0, 3))),
                group=group,
                is_leader=number < 2,
            )
        )
    return tuple(found)


CREW_SHIFTS = (
    ShiftKind("D", 480, 480, "白班", "day", module=DutyModule.SECURITY, attended=True),
    ShiftKind("E", 960, 480, "中班", "evening", module=DutyModule.SECURITY, attended=True),
    ShiftKind("N", 0, 480, "夜班", "night", module=DutyModule.SECURITY, attended=True, is_night=True),
    ShiftKind("B", 510, 480, "日勤", "day work", module=DutyModule.SERVICE, in_beat=True),
)

CREW_TURNS = ("D", "D", "E", "E", "", "N", "N", "")
"""The cycle the days before the horizon followed; every crew is two days behind the one before it."""

CREW_CATEGORIES = (
    *[PersonCategory.OFFICER] * 4,
    *[PersonCategory.AUX_DUTY] * 5,
    PersonCategory.AUX_CLERICAL,
    *[PersonCategory.GRID_WORKER] * 2,
    *[PersonCategory.VOLUNTEER] * 2,
)

_CREWS = frozenset({"officer", "contract"})
_CONTRACT, _OFFICERS = frozenset({"contract"}), frozenset({"officer"})


def _crew_rule(
    name: str,
    kind: str,
    severity: Severity,
    weight: int = 0,
    *,
    who: frozenset[str] = _CREWS,
    **parameters: int | str,
) -> RuleSpec:
    return RuleSpec(name, kind, severity, weight, labour_statuses=who, parameters=parameters)


CREW_RULES = (
    _crew_rule("post", "officer_on_post", Severity.LAW, others_per_officer=2),
    _crew_rule("week", "weekly_rest", Severity.LAW, minimum=1),
    _crew_rule(
        "overtime",
        "horizon_minutes",
        Severity.LAW,
        who=_CONTRACT,
        minimum=1_000_000,
        maximum=2016,
        of_contract=True,
    ),
    _crew_rule("rest", "min_rest", Severity.LAW, minutes=660),
    _crew_rule("run", "consecutive_work", Severity.LAW, maximum=6),
    _crew_rule("nights", "consecutive_nights", Severity.LAW, maximum=3),
    _crew_rule("after", "rest_after_night", Severity.LAW, days=1),
    _crew_rule("owed", "compensatory_rest", Severity.NORM, 3, maximum_owed=2880),
    _crew_rule("groups", "group_together", Severity.GOAL, 8),
    _crew_rule("fair_nights", "fairness", Severity.GOAL, 6, who=_OFFICERS, what="nights"),
    _crew_rule("fair_weekends", "fairness", Severity.GOAL, 6, what="weekends"),
)


def crew_office(*, seed: int, days: int = 28, grouped: bool = False) -> RosterProblem:
    """Return an office of fourteen whose four crews cover three shifts, firm norms being law.

    The crews' place in the cycle before the horizon and somebody's leave are drawn from ``seed``, and, with
    ``grouped``, the officer in whose group each auxiliary should stay.
    """
    random = np.random.default_rng(seed)
    officer, auxiliary = (frozenset({CREW_CATEGORIES[row]}) for row in (0, 4))
    demand = []
    for day in range(days):
        for code in "DEN":
            demand += [
                Demand(day, (code,), 1, 1, 1, 1000, 15, 20, categories=officer),
                Demand(day, (code,), 1, 2, 2, 120, 15, 20, categories=auxiliary),
            ]
        at_work = 3 if (START + timedelta(days=day)).weekday() < 5 else 0
        demand.append(Demand(day, ("B",), 0, at_work, at_work, 1000, 15, 20))
    people = [_of_crew(row, int(random.integers(4)), random, days) for row in range(len(CREW_CATEGORIES))]
    if not grouped:
        people = [replace(person, group="") for person in people]
    return RosterProblem(
        start=START,
        days=days,
        people=tuple(people),
        shifts=CREW_SHIFTS,
        demand=tuple(demand),
        rules=CREW_RULES,
        pins=tuple(
            Pin(person.id, day, "")
            for person in people
            if person.category is PersonCategory.VOLUNTEER
            for day in range(days)
        ),
        calendar=Calendar(known_until=date(2026, 12, 31)),
    )


def _of_crew(row: int, group: int, random: np.random.Generator, days: int) -> Person:
    category = CREW_CATEGORIES[row]
    on_shifts = category in (PersonCategory.OFFICER, PersonCategory.AUX_DUTY)
    crew = row % 4
    week = tuple(CREW_TURNS[(2 * crew + day) % len(CREW_TURNS)] for day in range(7))
    leave: tuple[Leave, ...] = ()
    if on_shifts and random.random() < 0.15:
        first = START + timedelta(days=int(random.integers(days - 4)))
        leave = (Leave(first, first + timedelta(days=2), counted_minutes=343),)
    volunteer = category is PersonCategory.VOLUNTEER
    return Person(
        id=f"{row + 1:04}",
        category=category,
        labour_status="officer" if row < 4 else "appointed" if volunteer else "contract",
        contract_minutes=0 if volunteer else 160 * 60,
        leave=leave,
        history=History(week if on_shifts else (), nights=10 + crew % 2, weekends=6)
        if on_shifts
        else History(),
        group=f"{crew if row < 4 else group}" if on_shifts else "",
        is_leader=row == 0,
    )
