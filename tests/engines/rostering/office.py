"""A community police office of fourteen: officers, auxiliaries and grid workers, all by number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from jingwu.engines.rostering import (
    Calendar,
    Certificate,
    Demand,
    History,
    Leave,
    Person,
    RosterProblem,
    RuleSpec,
    ShiftKind,
)
from jingwu.engines.rostering.model import LinearModel
from jingwu.engines.rostering.solvers import to_highs
from jingwu.numerics.highs import quiet_highs
from jingwu.terms.duty import DutyState, Severity
from jingwu.terms.people import PersonCategory

START = date(2025, 9, 29)
OFFICER = PersonCategory.OFFICER
AUX = PersonCategory.AUX_DUTY
GRID = PersonCategory.GRID_WORKER

SHIFTS = (
    ShiftKind("D", 480, 540, name_zh="白班", name_en="day", attended=True),
    ShiftKind("E", 900, 480, name_zh="晚班", name_en="evening", attended=True),
    ShiftKind("N", 1380, 540, name_zh="夜班", name_en="night", attended=True, is_night=True),
    ShiftKind("S", 0, 1440, name_zh="备勤", name_en="stand-by", state=DutyState.STANDBY, counted_share=0.25),
    ShiftKind("B", 510, 480, name_zh="下片", name_en="beat", in_beat=True),
)


def people(officers: int = 5, auxiliaries: int = 7, grid: int = 2) -> tuple[Person, ...]:
    """Return the staff, officers first; groups 1+2 as far as they go."""
    found = [
        Person(
            f"民警{n:02}",
            OFFICER,
            labour_status="officer",
            contract_minutes=160 * 60,
            group=f"G{n}",
            is_leader=n < 3,
            certificates=(Certificate("执法资格"),),
            history=History(nights=n % 3, weekends=n % 2),
        )
        for n in range(officers)
    ]
    found += [
        Person(f"辅警{n:02}", AUX, labour_status="contract", contract_minutes=160 * 60, group=f"G{n // 2}")
        for n in range(auxiliaries)
    ]
    found += [
        Person(f"网格员{n:02}", GRID, labour_status="contract", contract_minutes=160 * 60)
        for n in range(grid)
    ]
    return tuple(found)


def demand(days: int) -> tuple[Demand, ...]:
    """Return two or three on the day shift, two in the evening, two at night with an officer each."""
    found = []
    for day in range(days):
        found += [
            Demand(day, ("D",), 2, 3, 4),
            Demand(day, ("E",), 1, 2, 2),
            Demand(day, ("N",), 1, 2, 2),
            Demand(day, ("N",), 1, 1, 1, categories=frozenset({OFFICER})),
        ]
    return tuple(found)


RULES = (
    RuleSpec("rest", "min_rest", Severity.LAW, parameters={"minutes": 660, "exempt": ("S",)}),
    RuleSpec("run", "consecutive_work", Severity.LAW, parameters={"maximum": 6}),
    RuleSpec("week", "weekly_rest", Severity.LAW, parameters={"minimum": 1}),
    RuleSpec("nights", "consecutive_nights", Severity.LAW, parameters={"maximum": 3}),
    RuleSpec("post", "officer_on_post", Severity.LAW),
    RuleSpec("after_night", "rest_after_night", Severity.NORM, 40, parameters={"days": 1}),
    RuleSpec(
        "month",
        "horizon_minutes",
        Severity.NORM,
        2,
        parameters={"minimum": 960, "maximum": 2160, "of_contract": True, "step_minutes": 60},
    ),
    RuleSpec("fair_nights", "fairness", Severity.GOAL, 5, labour_statuses=frozenset({"officer"})),
    RuleSpec(
        "fair_weekends",
        "fairness",
        Severity.GOAL,
        5,
        parameters={"what": "weekends", "tolerance": 1},
    ),
)


def office(days: int = 28, rules: tuple[RuleSpec, ...] = RULES, **changes: object) -> RosterProblem:
    """Return the office's problem."""
    parts: dict[str, object] = {
        "start": START,
        "days": days,
        "people": people(),
        "shifts": SHIFTS,
        "demand": demand(days),
        "rules": rules,
        "calendar": Calendar(
            holidays=frozenset(date(2025, 10, day) for day in range(1, 9)),
            working_weekends=frozenset({date(2025, 9, 28), date(2025, 10, 11)}),
            known_until=date(2025, 12, 31),
        ),
    }
    return RosterProblem(**(parts | changes))  # type: ignore[arg-type]


STAFF = ("officer", "contract")


def crews(days: int) -> RosterProblem:
    """Return two officers and three auxiliaries under a district's firm rules, one of them by group."""

    def law(name: str, kind: str, **parameters: object) -> RuleSpec:
        return RuleSpec(name, kind, Severity.LAW, labour_statuses=frozenset(STAFF), parameters=parameters)  # type: ignore[arg-type]

    rules = (
        law("post", "officer_on_post", others_per_officer=2),
        law("week", "weekly_rest", minimum=1),
        law("rest", "min_rest", minutes=660, exempt=("S",)),
        law("run", "consecutive_work", maximum=4),
        law("nights", "consecutive_nights", maximum=2),
        law("after", "rest_after_night", days=1),
        RuleSpec("groups", "group_together", Severity.GOAL, 8),
        RuleSpec("fair", "fairness", Severity.GOAL, 6, parameters={"what": "nights"}),
    )
    staff = list(people(2, 3, 0))
    staff[0] = replace(staff[0], history=History(("D", "N", "N"), nights=2))
    staff[3] = replace(staff[3], leave=(Leave(START, START),), history=History(("D", "D", "E", "E")))
    demand = [
        item
        for day in range(days)
        for code in ("D", "N")
        for item in (
            Demand(day, (code,), 1, 1, 1, 1000, 15, 20, categories=frozenset({OFFICER})),
            Demand(day, (code,), 1, 2, 2, 120, 15, 20, categories=frozenset({AUX})),
        )
    ]
    return office(days, rules, people=tuple(staff), demand=tuple(demand))


def relaxed(model: LinearModel) -> float:
    """Return the value of a model's linear relaxation."""
    form = to_highs(model)
    form.integrality_ = []
    highs = quiet_highs()
    highs.setOptionValue("threads", 1)
    highs.passModel(form)
    highs.run()
    return float(highs.getInfo().objective_function_value)
