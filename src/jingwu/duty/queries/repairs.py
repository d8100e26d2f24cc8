"""Why a roster is not right, and the cheapest step that would mend it: one cell, or one exchange."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from jingwu.duty.queries.board import BoardFacts
from jingwu.engines.rostering import OFF, Breach, check, objective_of
from jingwu.engines.rostering.replanning import stand_ins
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory

LAW_PRICE = 10_000
"""What a broken law counts when two ways of mending are compared: never worth any norm."""

FIRST = 6
CANDIDATES = 14
TRIED = 40
"""Steps tried for one trouble: each is judged by all rules, and the page waits for it."""


@dataclass(frozen=True)
class Repair:
    """Cells to change, who gets what: (person, day, code)."""

    changes: tuple[tuple[int, date, str], ...]
    saved: int
    zh: str
    en: str


@dataclass(frozen=True)
class Trouble:
    """One thing wrong, told, with its cheapest way out if a single step mends it."""

    severity: Severity
    zh: str
    en: str
    repair: Repair | None


def troubles(board: BoardFacts, *, first: int = FIRST) -> tuple[Trouble, ...]:
    """Return the gravest breaches with their cheapest ways out, laws first, then open shifts."""
    shown = [b for b in board.breaches if b.severity is not Severity.GOAL]
    # a post without its officer is trouble; auxiliaries are told in the strip
    officers = {
        (item.day, item.role) for item in board.open_shifts if PersonCategory.OFFICER in item.categories
    }
    shown = [b for b in shown if b.kind != "cover" or (b.day, b.role) in officers]
    return tuple(
        Trouble(breach.severity, breach.words_zh, breach.words_en, _repair(board, breach))
        for breach in shown[:first]
    )


def _price(found: tuple[Breach, ...]) -> int:
    return objective_of(found) + LAW_PRICE * sum(b.severity is Severity.LAW for b in found)


def _repair(board: BoardFacts, breach: Breach) -> Repair | None:
    sheet = board.sheet
    before = _price(board.breaches)
    best: tuple[int, tuple[tuple[int, date, str], ...]] | None = None
    enough = before - _price((breach,))  # mends this one and costs nothing else: no cheaper way is looked for
    for changes in islice(_candidates(board, breach), TRIED):
        roster = sheet.with_cells({(person, day): code for person, day, code in changes})
        price = _price(check(sheet.problem, roster))
        if price < before and (best is None or price < best[0]):
            best = (price, changes)
            if price <= enough:
                break
    if best is None:
        return None
    zh, en = _words(board, best[1])
    return Repair(best[1], before - best[0], zh, en)


def _candidates(board: BoardFacts, breach: Breach) -> Iterator[tuple[tuple[int, date, str], ...]]:
    sheet = board.sheet
    if breach.day is None:
        return
    day = sheet.days[breach.day]
    if not breach.person:
        yield from _fillers(board, breach.day)
        return
    person = int(breach.person)
    for near in (breach.day, breach.day - 1, breach.day + 1):
        if not 0 <= near < len(sheet.days) or (person, sheet.days[near]) in sheet.pinned:
            continue
        day = sheet.days[near]
        code = sheet.cells.get((person, day), OFF)
        if not code:
            continue
        yield ((person, day, OFF),)
        for other in sheet.kinds:
            if other != code and other in ("D", "E", "N", "B"):
                yield ((person, day, other),)
        category = next(p.category for p in sheet.team if p.id == person)
        for mate in sheet.team:
            if mate.id == person or mate.category is not category or (mate.id, day) in sheet.pinned:
                continue
            theirs = sheet.cells.get((mate.id, day), OFF)
            if theirs != code:
                yield ((person, day, theirs), (mate.id, day, code))


def _fillers(board: BoardFacts, index: int) -> Iterator[tuple[tuple[int, date, str], ...]]:
    """Yield the stand-ins for what is open that day, and days off for whoever is there unled."""
    sheet = board.sheet
    day = sheet.days[index]
    for item in board.open_shifts:
        if item.day != index:
            continue
        for found in stand_ins(sheet.problem, sheet.roster, index, item.shifts[0])[:CANDIDATES]:
            if found.lawful:
                yield ((int(found.person), day, item.shifts[0]),)
    for person in sheet.team:
        code = sheet.cells.get((person.id, day), OFF)
        if code and sheet.kinds[code].is_attended and (person.id, day) not in sheet.pinned:
            yield ((person.id, day, OFF),)


def _words(board: BoardFacts, changes: tuple[tuple[int, date, str], ...]) -> tuple[str, str]:
    names = {row.person_id: row.name for row in board.rows}
    kinds = {kind.code: kind for kind in board.kinds}
    said_zh, said_en = [], []
    for person, day, code in changes:
        to_zh = kinds[code].name_zh if code else "休息"
        to_en = kinds[code].name_en if code else "off"
        said_zh.append(f"{names[person]} {day.month}月{day.day}日改为{to_zh}")  # as is
        said_en.append(f"{names[person]}: {to_en} on {day:%m-%d}")
    return "最便宜的办法:" + ",".join(said_zh), "Cheapest way out: " + "; ".join(said_en)  # as is
