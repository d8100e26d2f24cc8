"""What every norm and every book of norms must satisfy before anybody computes with it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from jingwu.norms.book import DatedValue, LocalValue, Norm, NormBook, Value, freeze, kind
from jingwu.norms.problems import Problems
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True)
class Bounds:
    """The numbers a unit allows, ends included."""

    least: float
    most: float


BEGINNING = date(2023, 1, 1)  # from this day on every scheme is complete

_ANY = Bounds(0.0, math.inf)
UNITS: Mapping[str, Bounds] = {
    "/1": Bounds(0.0, 1.0),
    "points": Bounds(0.0, 100.0),
    "change": Bounds(-math.inf, math.inf),  # a difference: of shares, of rates
    **dict.fromkeys(
        (
            "count", "persons", "posts", "shifts", "years", "months", "weeks", "days", "working days",
            "hours", "minutes", "seconds", "metres", "km/h", "CNY", "ratio", "weight", "/1000",
            "/day", "/week", "/month", "/year", "minutes/day", "minutes/week", "minutes/month", "days/year",
        ),
        _ANY,
    ),
    **dict.fromkeys(("text", "list", "table", "boolean"), Bounds(-math.inf, math.inf)),
}  # fmt: skip


def check_values(norm: Norm, problems: Problems) -> None:
    """Note what is wrong with one norm's values: unit, kind, bounds, one date stated twice."""
    bounds = UNITS.get(norm.unit)
    file = norm.values[-1].file if norm.values else ""
    if bounds is None:
        problems.add(file, norm.key, "norms.unit", f"不认识的单位 {norm.unit}", f"unknown unit {norm.unit}")
        return
    seen: set[tuple[date, int]] = set()
    expected = next((kind(item.value) for item in norm.values if item.value is not None), None)
    for item in norm.values:
        if (item.start, item.layer) in seen:
            problems.add(
                item.file, norm.key, "norms.date_twice",
                f"{item.start} 写了两次", f"{item.start} is stated twice",
            )  # fmt: skip
        seen.add((item.start, item.layer))
        if item.value is None:
            continue
        if kind(item.value) != expected:
            problems.add(
                item.file, norm.key, "norms.kind",
                f"{item.start} 的值应为 {expected}", f"the value of {item.start} must be a {expected}",
                value=str(item.value),
            )  # fmt: skip
        for number in _numbers(item.value):
            if not math.isfinite(number) or not bounds.least <= number <= bounds.most:
                problems.add(
                    item.file, norm.key, "norms.bounds",
                    f"{number} 不在 {bounds.least}–{bounds.most} 之内",
                    f"{number} lies outside {bounds.least}–{bounds.most}", value=str(number),
                )  # fmt: skip


def _numbers(value: Value) -> list[float]:
    if isinstance(value, bool):
        return []
    if isinstance(value, int | float):
        return [float(value)]
    if isinstance(value, tuple):
        return [number for item in value for number in _numbers(item)]
    if isinstance(value, Mapping):
        return [number for item in value.values() for number in _numbers(item)]
    return []


def prove(book: NormBook, *, since: date | None = None, keys: Collection[str] | None = None) -> None:
    """Build the schemes on every day on which a norm changes, so that a broken one is refused at entry.

    Days before `BEGINNING` are left out: there nothing is promised. With ``since`` and ``keys`` only what
    those keys can have touched from that day on is built.

    Raises
        BadInput: with the problem of every scheme on the first day that fails.
    """
    days = {max(BEGINNING, day) for day in book.change_days if since is None or day >= since}
    days.add(BEGINNING if since is None else max(BEGINNING, since))
    roots = None if keys is None else {key.split(".")[0] for key in keys}
    for day in sorted(days):
        norms = book.at(day)
        problems = Problems()
        for name, root in norms.scheme_roots.items():
            if roots is not None and root not in roots:
                continue
            try:
                getattr(norms, name)
            except BadInput as refusal:
                for problem in refusal.problems:
                    problems.add(
                        problem.file, problem.column, problem.code,
                        f"{problem.reason_zh}({day} 起)", f"{problem.reason_en} (from {day})",
                    )  # fmt: skip
        problems.refuse()


def check_value(book: NormBook, local: LocalValue) -> None:
    """Check one local value by itself: a known key, kind and bounds of its norm, no part lost.

    Raises
        BadInput: with every problem found.
    """
    norm = book.norm(local.key)
    problems = Problems()
    try:
        value = freeze(local.value)
    except TypeError as error:
        problems.add("", local.key, "norms.kind", f"不能识别的值: {error}", f"not a value: {error}")
    else:
        first = next((item for item in norm.values if item.value is not None), None)
        stated = DatedValue(local.start, value, local.status, local.reference, "", layer=1)
        check_values(replace(norm, values=(stated,) if first is None else (first, stated)), problems)
        if first is not None:
            _note_lost_parts(local.key, first.value, value, problems)
    problems.refuse()


def _note_lost_parts(key: str, before: Value, value: Value, problems: Problems) -> None:
    """Note parts of a table that are gone or of another kind: rooms above read them by name."""
    if not isinstance(before, Mapping) or not isinstance(value, Mapping):
        return
    for name, part in before.items():
        if name not in value:
            problems.add("", key, "norms.part", f"缺少“{name}”", f"'{name}' is missing")
        elif part is not None and value[name] is not None and kind(value[name]) != kind(part):
            problems.add(
                "", key, "norms.kind", f"“{name}”应为 {kind(part)}", f"'{name}' must be a {kind(part)}",
                value=str(value[name]),
            )  # fmt: skip
