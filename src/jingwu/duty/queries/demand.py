"""How many officers and auxiliaries every shift needs, and the rules in force with their limits."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from jingwu.duty import models
from jingwu.duty.queries.staff import APPOINTED, StaffFacts
from jingwu.engines.rostering import Calendar, Demand, RuleSpec
from jingwu.norms import Norms
from jingwu.terms.duty import DutyState, Severity
from jingwu.terms.people import PersonCategory

WEEK_DAYS = 5
DAYS_A_WEEK = 7
MINUTES_AN_HOUR = 60
HOURS_A_WEEK = 168


def crews_of_shift(need: Mapping[str, Any], day: date, kind: models.ShiftKind) -> tuple[int, int]:
    """Return (least, wanted) crews of a shift from a need by hour of the week.

    The least is the mean over the shift's hours, rounded; the wanted covers its busiest hour.
    """
    hours = need["crews_by_hour"]
    first = day.weekday() * 24 + kind.start_minute // MINUTES_AN_HOUR
    count = math.ceil(kind.minutes / MINUTES_AN_HOUR)
    asked = [hours[(first + step) % HOURS_A_WEEK] for step in range(count)]
    least = math.floor(sum(asked) / len(asked) + 0.5)
    return (max(least, 1) if max(asked) > 0 else 0), math.ceil(max(asked))


def demand_of(
    row: models.Roster,
    team: tuple[StaffFacts, ...],
    kinds: Mapping[str, models.ShiftKind],
    norms: Norms,
    days_off: Calendar,
    away: Collection[tuple[int, date]],
) -> tuple[Demand, ...]:
    """Return how many officers and auxiliaries every shift of the office's system needs.

    Day work on ordinary days is for those who take no turn, as many as are not ``away`` (person and day) on
    leave: if others counted for it, a search would free a clerk wherever a volunteer came or a crew had hours
    to spare.
    """
    weights, least_officers = norms.value("duty.cover_weights"), norms.value("duty.least_officers")
    helpers = int(norms.value("duty.crew_auxiliaries"))
    officers = sum(p.category is PersonCategory.OFFICER for p in team)
    day_staff = [p for p in team if not p.is_crew and p.labour_status != APPOINTED]
    day_categories = frozenset(p.category for p in day_staff)
    day_most = sum(p.category in day_categories for p in team)
    fewer: Mapping[str, int] = row.relaxed.get("cover", {})
    found: list[Demand] = []
    for index in range((row.last_day - row.first_day).days + 1):
        day = row.first_day + timedelta(days=index)
        for code in norms.value("duty.systems")[row.system]:
            if code not in kinds:
                continue
            if row.need:
                least, wanted = crews_of_shift(row.need, day, kinds[code])
            else:
                least = wanted = int(officers >= int(least_officers[code]))
            least = max(0, least - fewer.get(f"{day.isoformat()}:{code}", 0))
            found += _post(index, code, least, wanted, helpers, weights)
        if "B" in kinds and day_staff:
            is_free = days_off.is_free(day)
            wanted = 0 if is_free else sum((p.id, day) not in away for p in day_staff)
            found.append(
                Demand(
                    index,
                    ("B",),
                    0,
                    wanted,
                    0 if is_free else day_most,
                    weight_preferred=weights["preferred"],
                    weight_over=weights["over"],
                    categories=day_categories,
                    role="日勤",  # as is
                    role_en="day staff",
                )
            )
    return tuple(found)


def _post(
    index: int, code: str, least: int, wanted: int, helpers: int, weights: Mapping[str, int]
) -> list[Demand]:
    wanted = max(least, wanted)
    officer = Demand(
        index,
        (code,),
        least,
        wanted,
        max(wanted, 1),
        weight_minimum=weights["officer"],
        weight_preferred=weights["preferred"],
        weight_over=weights["over"],
        categories=frozenset({PersonCategory.OFFICER}),
        role="民警",  # as is
        role_en="officers",
    )
    helper = Demand(
        index,
        (code,),
        least,
        wanted * helpers,
        max(wanted, 1) * helpers,
        weight_minimum=weights["auxiliary"],
        weight_preferred=weights["preferred"],
        weight_over=weights["over"],
        categories=frozenset({PersonCategory.AUX_DUTY}),
        role="辅警",  # as is
        role_en="auxiliaries",
    )
    return [officer, helper]


def rules_of(
    norms: Norms,
    days: int,
    kinds: Mapping[str, models.ShiftKind],
    *,
    is_search: bool = False,
    relaxed: Collection[str] = (),
) -> tuple[RuleSpec, ...]:
    """Return the rules in force with their limits from the norms; stand-by needs no rest around it.

    A search keeps firm norms as it keeps the law: breaking one is a person's decision, never a solver's.
    Those in ``relaxed`` the chief has decided to let give way.
    """
    standby = tuple(code for code, kind in kinds.items() if kind.state == DutyState.STANDBY)
    made = []
    for name, rule in norms.value("duty.rules").items():
        parameters: dict[str, Any] = {}
        if rule["parameter"]:
            limit = rule["limit"]
            value = norms.value(limit) if "." in limit else limit
            parameters[rule["parameter"]] = int(value) if isinstance(value, float) else value
        if "tolerance" in rule:
            parameters["tolerance"] = rule["tolerance"]
        if rule["kind"] == "horizon_minutes":
            # the limit is stated for a month; nothing is asked from below
            month_days = 30
            parameters = {
                "maximum": round(parameters["maximum"] * max(days, DAYS_A_WEEK) / month_days),
                "minimum": 1_000_000,
                "of_contract": True,
            }
        if rule["kind"] == "day_minutes":
            # the limit is one of overtime
            parameters["maximum"] += int(norms.value("rostering.limits.contract_day_minutes"))
        if rule["kind"] == "min_rest":
            parameters["exempt"] = standby
        severity, weight = Severity(rule["severity"]), rule["weight"]
        if is_search and rule["is_firm"] and name not in relaxed:
            severity, weight = Severity.LAW, 0
        made.append(
            RuleSpec(
                name,
                rule["kind"],
                severity,
                weight=weight,
                labour_statuses=frozenset(rule["people"]),
                categories=frozenset(PersonCategory(name) for name in rule.get("categories", ())),
                parameters=parameters,
                reference=rule["reference"],
            )
        )
    return tuple(made)
