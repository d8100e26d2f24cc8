"""What cannot be rostered is refused by name, all of it at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from jingwu.engines.rostering.problem import MINUTES_PER_DAY, OFF, Pin, Request, RosterProblem
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput, InputProblem

MAX_DAYS = 400
"""A roster over more than a year is a mistake in a date, not a plan."""


def refuse_bad_input(problem: RosterProblem) -> None:
    """Refuse a problem that cannot be used.

    Raises: BadInput with one InputProblem for each thing wrong (file = part of the problem, row = its place).
    """
    found = [
        *_horizon(problem),
        *_people(problem),
        *_leave(problem),
        *_shifts(problem),
        *_demand(problem),
        *_wishes(problem),
        *_rules(problem),
    ]
    if found:
        raise BadInput(
            "roster.bad_problem",
            "排班数据有误：" + "；".join(item.reason_zh for item in found[:5]),
            "The roster data cannot be used: " + "; ".join(item.reason_en for item in found[:5]),
            problems=found,
        )


def _wrong(part: str, row: int, column: str, code: str, zh: str, en: str, value: str = "") -> InputProblem:
    return InputProblem(part, row, column, f"roster.{code}", zh, en, value, blocking=True)


def _horizon(problem: RosterProblem) -> Iterator[InputProblem]:
    if not 1 <= problem.days <= MAX_DAYS:
        yield _wrong(
            "horizon",
            0,
            "days",
            "days",
            f"排班天数 {problem.days} 不在 1 至 {MAX_DAYS} 之间",
            f"{problem.days} days is outside 1 to {MAX_DAYS}",
        )


def _people(problem: RosterProblem) -> Iterator[InputProblem]:
    if not problem.people:
        yield _wrong("people", 0, "", "no_people", "没有可排班人员", "there is nobody to roster")
    for person_id, times in Counter(person.id for person in problem.people).items():
        if times > 1 or not person_id:
            yield _wrong(
                "people",
                0,
                "id",
                "person_id",
                f"人员编号“{person_id}”重复或为空",
                f"person id '{person_id}' is empty or used {times} times",
                person_id,
            )
    for row, person in enumerate(problem.people, 1):
        if not isinstance(person.category, PersonCategory):
            yield _wrong(
                "people",
                row,
                "category",
                "no_category",
                f"{person.label} 没有人员类别，无法判断其能担任何种勤务",
                f"{person.label} has no category, so what they may do is unknown",
            )
        if person.contract_minutes < 0:
            yield _wrong(
                "people",
                row,
                "contract_minutes",
                "contract_minutes",
                f"{person.label} 的约定工时为负数",
                f"the contract minutes of {person.label} are negative",
            )
        for code in person.history.last_shifts:
            if code != OFF and code not in problem.shift_by_code:
                yield _unknown_shift("people", row, "history", code)


def _leave(problem: RosterProblem) -> Iterator[InputProblem]:
    for row, person in enumerate(problem.people, 1):
        ordered = sorted(person.leave, key=lambda leave: leave.first)
        for leave in ordered:
            if leave.last < leave.first:
                yield _wrong(
                    "people",
                    row,
                    "leave",
                    "leave_backwards",
                    f"{person.label} 的休假 {leave.first} 至 {leave.last} 起止颠倒",
                    f"the leave of {person.label} from {leave.first} ends before it begins ({leave.last})",
                )
        for before, after in pairwise(ordered):
            if after.first <= before.last:
                yield _wrong(
                    "people",
                    row,
                    "leave",
                    "leave_overlap",
                    f"{person.label} 的休假重叠：{before.first}至{before.last} 与 "
                    f"{after.first}至{after.last}",
                    f"leave of {person.label} overlaps: {before.first}…{before.last} and "
                    f"{after.first}…{after.last}",
                )


def _unknown_shift(part: str, row: int, column: str, code: str) -> InputProblem:
    return _wrong(
        part, row, column, "unknown_shift", f"没有班次“{code}”", f"there is no shift kind '{code}'", code
    )


def _shifts(problem: RosterProblem) -> Iterator[InputProblem]:
    for code, times in Counter(shift.code for shift in problem.shifts).items():
        if times > 1 or code == OFF:
            yield _wrong(
                "shifts",
                0,
                "code",
                "shift_code",
                f"班次代码“{code}”重复或为空",
                f"shift code '{code}' is empty or used {times} times",
                code,
            )
    for row, shift in enumerate(problem.shifts, 1):
        if not 1 <= shift.minutes <= MINUTES_PER_DAY:
            yield _wrong(
                "shifts",
                row,
                "minutes",
                "shift_minutes",
                f"班次“{shift.code}”时长 {shift.minutes / 60:g} 小时，应大于 0 且不超过 24 小时",
                f"shift '{shift.code}' lasts {shift.minutes / 60:g} h; it must be above 0 and at most 24 h",
            )
        if not 0 <= shift.start_minute < MINUTES_PER_DAY:
            yield _wrong(
                "shifts",
                row,
                "start_minute",
                "shift_start",
                f"班次“{shift.code}”的开始时间不在一天之内",
                f"the start of shift '{shift.code}' is not within a day",
            )
        if not 0 <= shift.counted_share <= 1:
            yield _wrong(
                "shifts",
                row,
                "counted_share",
                "counted_share",
                f"班次“{shift.code}”的计工时比例 {shift.counted_share} 不在 0 与 1 之间",
                f"the counted share {shift.counted_share} of shift '{shift.code}' is not between 0 and 1",
            )
        for code in sorted(shift.may_not_follow - problem.shift_by_code.keys()):
            yield _unknown_shift("shifts", row, "may_not_follow", code)


def _demand(problem: RosterProblem) -> Iterator[InputProblem]:
    known = {skill for person in problem.people for skill in person.skills}
    for row, item in enumerate(problem.demand, 1):
        if not 0 <= item.day < problem.days:
            yield _wrong(
                "demand",
                row,
                "day",
                "demand_day",
                f"需求第 {row} 条的日期不在排班期内",
                f"demand {row} is for day {item.day}, outside the roster",
            )
        for code in item.shifts:
            if code not in problem.shift_by_code:
                yield _unknown_shift("demand", row, "shifts", code)
        if not item.shifts or not 0 <= item.minimum <= item.preferred <= item.maximum:
            yield _wrong(
                "demand",
                row,
                "minimum",
                "demand_range",
                f"需求第 {row} 条应满足 0 ≤ 最少 {item.minimum} ≤ 期望 {item.preferred}"
                f" ≤ 最多 {item.maximum}",
                f"demand {row} needs 0 ≤ minimum {item.minimum} ≤ preferred {item.preferred}"
                f" ≤ maximum {item.maximum} and a shift",
            )
        if min(item.weight_minimum, item.weight_preferred, item.weight_over) < 0:
            yield _wrong(
                "demand",
                row,
                "weight",
                "negative_weight",
                f"需求第 {row} 条的权重为负数",
                f"demand {row} has a negative weight",
            )
        if item.skill and item.skill not in known:
            yield _wrong(
                "demand",
                row,
                "skill",
                "unknown_skill",
                f"需求第 {row} 条要求技能“{item.skill}”，无人具备",
                f"demand {row} asks for skill '{item.skill}', which nobody has",
                item.skill,
            )


def _wishes(problem: RosterProblem) -> Iterator[InputProblem]:
    pinned: Counter[tuple[str, int]] = Counter((pin.person, pin.day) for pin in problem.pins)
    parts: tuple[tuple[str, tuple[Request | Pin, ...]], ...] = (
        ("requests", problem.requests),
        ("pins", problem.pins),
    )
    for part, items in parts:
        for row, item in enumerate(items, 1):
            if item.person not in problem.person_index:
                yield _wrong(
                    part,
                    row,
                    "person",
                    "unknown_person",
                    f"没有人员“{item.person}”",
                    f"there is nobody with id '{item.person}'",
                    item.person,
                )
            if not 0 <= item.day < problem.days:
                yield _wrong(
                    part,
                    row,
                    "day",
                    "day_outside",
                    f"{item.person} 的日期不在排班期内",
                    f"day {item.day} of '{item.person}' is outside the roster",
                )
            if item.shift != OFF and item.shift not in problem.shift_by_code:
                yield _unknown_shift(part, row, "shift", item.shift)
    for (person, day), times in pinned.items():
        if times > 1:
            yield _wrong(
                "pins",
                0,
                "day",
                "pinned_twice",
                f"{person} 第 {day + 1} 天被固定了 {times} 次",
                f"day {day + 1} of '{person}' is pinned {times} times",
            )


def _rules(problem: RosterProblem) -> Iterator[InputProblem]:
    from jingwu.engines.rostering.rules import RULES, make

    seen: set[str] = set()
    for row, spec in enumerate(problem.rules, 1):
        if spec.id in seen or not spec.id:
            yield _wrong(
                "rules",
                row,
                "id",
                "rule_id",
                f"规则编号“{spec.id}”重复或为空",
                f"rule id '{spec.id}' is reused",
            )
        seen.add(spec.id)
        if spec.kind not in RULES:
            yield _wrong(
                "rules",
                row,
                "kind",
                "unknown_rule",
                f"没有规则类型“{spec.kind}”",
                f"there is no rule kind '{spec.kind}'",
                spec.kind,
            )
            continue
        if spec.weight < 0 or (spec.severity is not Severity.LAW and spec.weight == 0):
            yield _wrong(
                "rules",
                row,
                "weight",
                "rule_weight",
                f"规则“{spec.id}”需要正的权重",
                f"rule '{spec.id}' is a {spec.severity} and needs a positive weight",
            )
        try:
            make(spec)
        except (TypeError, ValueError) as wrong:
            yield _wrong(
                "rules",
                row,
                "parameters",
                "rule_parameters",
                f"规则“{spec.id}”的参数有误：{wrong}",
                f"the parameters of rule '{spec.id}' are wrong: {wrong}",
            )
