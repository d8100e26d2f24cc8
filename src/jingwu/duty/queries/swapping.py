"""With whom a shift may lawfully be swapped: looked up before anybody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jingwu.duty import models
from jingwu.duty.queries.breaches import Mark, marks, newly
from jingwu.duty.queries.kinds import KindFacts, kind_facts, on_the_clock
from jingwu.duty.queries.problem import Key, Sheet, sheet_of
from jingwu.duty.queries.staff import APPOINTED
from jingwu.engines.rostering import Words
from jingwu.terms.duty import Severity
from jingwu.terms.refusal import BadInput

DAYS_AROUND = 3
SHOWN = 8


@dataclass(frozen=True)
class SwapOption:
    """Somebody's day to take in exchange; ``kind`` is None when they are off (they stand in).

    ``norms`` are the norms the swap would newly break; a law it never breaks.
    """

    person_id: int
    person_name: str
    day: date
    kind: KindFacts | None
    norms: tuple[Words, ...]


def options(roster_id: int, person_id: int, day: date, at: datetime) -> tuple[SwapOption, ...]:
    """Return the lawful swaps of one's shift of ``day`` with colleagues of the same category, the best first.

    Exchanges of the same day come first, then of the days around it, then somebody free who stands in.
    Shifts that have begun by ``at`` are not among them.
    """
    row = models.Roster.objects.select_related("office__unit").filter(pk=roster_id).first()
    if row is None:
        return ()
    sheet = sheet_of(row)
    mine = sheet.cells.get((person_id, day), "")
    me = next((person for person in sheet.team if person.id == person_id), None)
    if not mine or me is None or has_begun(sheet, (person_id, day), at):
        return ()
    known = marks(sheet.problem, sheet.roster)
    found = []
    for mate in sheet.team:
        if mate.id == person_id or mate.category is not me.category or mate.labour_status == APPOINTED:
            continue
        for other in _days(sheet, day):
            if has_begun(sheet, (mate.id, other), at):
                continue
            option = _option(sheet, known, (person_id, day), (mate.id, other), mate.name)
            if option is not None:
                found.append(option)
    place = {option: n for n, option in enumerate(found)}
    found.sort(key=lambda one: (len(one.norms), one.kind is None, abs(one.day - day), place[one]))
    return tuple(found[:SHOWN])


def exchanged(sheet: Sheet, mine: Key, theirs: Key) -> dict[Key, str]:
    """Return the cells after two people have swapped a day for a day.

    Raises: BadInput when the giver has no shift that day, or would take a shift onto a worked day.
    """
    given, got = sheet.cells.get(mine, ""), sheet.cells.get(theirs, "")
    if not given:
        raise BadInput("swap.no_shift", f"{mine[1]} 没有您的班可换。", f"You have no shift on {mine[1]}.")
    changes = {mine: "", theirs: ""}
    for key, code in (((theirs[0], mine[1]), given), ((mine[0], theirs[1]), got)):
        if not code:
            continue
        if key not in changes and sheet.cells.get(key):
            raise BadInput(
                "swap.day_taken",
                f"{key[1]} 对方或您已有班,不能再接一个。",
                f"One of you works on {key[1]} already.",
            )
        changes[key] = code
    return changes


def has_begun(sheet: Sheet, key: Key, at: datetime) -> bool:
    """Return whether somebody's shift of a day has begun; a day off never has."""
    code = sheet.cells.get(key, "")
    return bool(code) and on_the_clock(sheet.kinds[code], key[1])[0] <= at


def _days(sheet: Sheet, day: date) -> list[date]:
    around = (day + timedelta(days=n) for n in range(-DAYS_AROUND, DAYS_AROUND + 1))
    return [other for other in around if sheet.first_day <= other <= sheet.last_day]


def _option(sheet: Sheet, known: frozenset[Mark], mine: Key, theirs: Key, name: str) -> SwapOption | None:
    given, got = sheet.cells[mine], sheet.cells.get(theirs, "")
    if (mine[1] == theirs[1] and got == given) or (not got and mine[1] != theirs[1]):
        return None  # nothing changes, or a day off elsewhere: the same as standing in on the day itself
    try:
        changes = exchanged(sheet, mine, theirs)
    except BadInput:
        return None
    news = newly(sheet.problem, known, sheet.with_cells(changes))
    if any(breach.severity is Severity.LAW for breach in news):
        return None
    words = tuple(Words(breach.words_zh, breach.words_en) for breach in news)
    return SwapOption(theirs[0], name, theirs[1], kind_facts(sheet.kinds[got]) if got else None, words)
