# catalogue: data - both languages stand side by side
"""Why no roster meets every rule and every post, and what would have to give way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jingwu.duty.models import Roster
from jingwu.duty.queries.problem import Sheet, sheet_of
from jingwu.duty.queries.rosters import roster_row
from jingwu.engines.rostering import Words
from jingwu.engines.rostering.problem import Subject
from jingwu.engines.rostering.rules import ALWAYS, RULES
from jingwu.engines.rostering.why_not import Relaxation, WhyNot, why_not
from jingwu.journal.actor import Acts
from jingwu.norms import Norms
from jingwu.terms.duty import Severity

COVER, PINS, LEAVE = "cover", "pins", "leave"


@dataclass(frozen=True)
class Reason:
    """One rule of the conflict; ``level`` is law, norm, or fact (pins, leave, the need)."""

    rule_id: str
    level: str
    words: Words


@dataclass(frozen=True)
class WayOut:
    """What could give way: ``subjects`` are the people, or the posts as ``2026-03-05:N``, it is about.

    ``can_apply`` is False for what the law forbids to relax.
    """

    rule_id: str
    subjects: tuple[str, ...]
    amount: int
    can_apply: bool
    words: Words


@dataclass(frozen=True)
class Answer:
    """The answer to 'why not': with ``is_possible`` every post can be filled within every rule."""

    roster_id: int
    version: int
    is_possible: bool
    is_minimal: bool
    is_lawless: bool
    reasons: tuple[Reason, ...]
    ways: tuple[WayOut, ...]


@dataclass(frozen=True)
class Eased:
    """One difference between what gave way before and after; not ``is_eased``: it is in force again."""

    rule_id: str
    words: Words
    is_eased: bool


def ask(by: Acts, roster_id: int, *, today: date) -> Answer:
    """Return why the posts cannot all be filled, or why there is no lawful roster at all, in seconds.

    Asked first is whether pins, leave and firm norms leave any roster; then whether one fills every post.
    ``is_lawless`` says that it is the first that fails.
    """
    row = roster_row(by, roster_id)
    return answer(row, sheet_of(row, pin_before=today))


def answer(row: Roster, sheet: Sheet) -> Answer:
    """Return the answer for a roster laid out for a search (firm norms as law)."""
    seconds = float(sheet.norms.value("duty.why_seconds"))
    found = why_not(sheet.problem, seconds=seconds, seed=row.pk, must=frozenset())
    is_lawless = not found.possible
    if found.possible:
        found = why_not(sheet.problem, seconds=seconds, seed=row.pk)
    return Answer(
        row.pk,
        row.version,
        found.possible,
        found.minimal,
        is_lawless,
        tuple(_reasons(sheet, found)),
        tuple(_way(sheet, found, item) for item in found.relaxations),
    )


def firm_norms(sheet: Sheet) -> dict[str, bool]:
    """Return every rule of the norms with whether it is a firm norm (kept by a search, but no law)."""
    rules: Mapping[str, Mapping[str, object]] = sheet.norms.value("duty.rules")
    return {name: bool(rule["is_firm"]) and rule["severity"] != Severity.LAW for name, rule in rules.items()}


def names(norms: Norms) -> dict[str, Words]:
    """Return what the rules are called, by id."""
    rules: Mapping[str, Mapping[str, str]] = norms.value("duty.rules")
    kinds = {spec.id: spec.kind for spec in ALWAYS} | {name: rule["kind"] for name, rule in rules.items()}
    return {name: Words(RULES[kind].name_zh, RULES[kind].name_en) for name, kind in kinds.items()}


def differences(norms: Norms, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Eased, ...]:
    """Return what gives way after a step and did not before it, then what is in force again."""
    if before == after:
        return ()
    called = names(norms)
    rules = [
        Eased(rule, called[rule], is_eased)
        for is_eased, now, was in ((True, after, before), (False, before, after))
        for rule in sorted({*now.get("rules", ())} - {*was.get("rules", ())})
        if rule in called
    ]
    fewer, fewer_before = after.get(COVER, {}), before.get(COVER, {})
    steps = [fewer.get(post, 0) - fewer_before.get(post, 0) for post in {*fewer, *fewer_before}]
    less, more = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    if less:
        rules.append(Eased(COVER, Words(f"{less} 个班次少排", f"fewer people on {less} shifts"), True))
    if more:
        rules.append(Eased(COVER, Words(f"{more} 个班次的需求", f"the need on {more} shifts"), False))
    return tuple(sorted(rules, key=lambda one: not one.is_eased))


def _level(sheet: Sheet, rule_id: str) -> str:
    if rule_id in (COVER, PINS, LEAVE):
        return "fact"
    return "norm" if firm_norms(sheet).get(rule_id) else "law"


def _reasons(sheet: Sheet, found: WhyNot) -> list[Reason]:
    return [Reason(part.rule_id, _level(sheet, part.rule_id), part.words) for part in found.conflict]


def _way(sheet: Sheet, found: WhyNot, item: Relaxation) -> WayOut:
    subjects = next((part.subjects for part in found.conflict if part.rule_id == item.rule_id), ())
    called = names(sheet.norms)[item.rule_id]
    zh, en = called.zh, called.en
    level, amount = _level(sheet, item.rule_id), item.amount
    if item.rule_id == COVER:
        words = Words(
            f"这些班少排,共少 {amount} 人次(留作空缺)", f"ask for {amount} fewer places on these shifts"
        )
        return WayOut(COVER, _posts(sheet, subjects), amount, True, words)
    people = tuple(dict.fromkeys(subject.person for subject in subjects if subject.person))
    if item.rule_id == PINS:
        words = Words("松开这些人钉住的班", "let go of these people's pinned shifts")
        return WayOut(PINS, people, amount, bool(_pinned(sheet, people)), words)
    if item.rule_id == LEAVE:
        words = Words(f"与本人商量,调整 {amount} 天休假", f"agree with them to move {amount} days of leave")
        return WayOut(LEAVE, people, amount, bool(people), words)
    if level == "norm":
        words = Words(
            f"本期放宽“{zh}”:求解时可以破例,发布须写明理由",
            f"let '{en}' give way in this roster: a search may break it, publishing takes a reason",
        )
        return WayOut(item.rule_id, people, amount, True, words)
    words = Words(f"“{zh}”属法定,不得放宽", f"'{en}' is law and cannot give way")
    return WayOut(item.rule_id, people, amount, False, words)


def _pinned(sheet: Sheet, people: tuple[str, ...]) -> set[tuple[int, date]]:
    return {key for key in sheet.pinned if str(key[0]) in people}


def _posts(sheet: Sheet, subjects: tuple[Subject, ...]) -> tuple[str, ...]:
    """Return the posts as day and code."""
    return tuple(
        f"{sheet.days[subject.day].isoformat()}:{code}"
        for subject in subjects
        if subject.day is not None
        for code in subject.shifts
    )
