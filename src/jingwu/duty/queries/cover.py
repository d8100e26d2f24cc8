"""Need and supply of every day of a roster, by shift and by hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jingwu.duty import models
from jingwu.duty.queries.problem import Sheet
from jingwu.terms.duty import DutyState
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class PostFacts:
    """Need and supply of one shift on one day, in officers and auxiliaries."""

    code: str
    officers: int
    officers_least: int
    helpers: int
    helpers_wanted: int


@dataclass(frozen=True)
class CoverFacts:
    """One day of the coverage strip; ``share`` = officers there ÷ least needed, at most 1."""

    day: date
    share: float
    posts: tuple[PostFacts, ...]
    supply_by_hour: tuple[int, ...]
    need_by_hour: tuple[float, ...]

    @property
    def is_short(self) -> bool:
        """Return whether an officer is missing somewhere."""
        return self.share < 1


def cover(sheet: Sheet) -> tuple[CoverFacts, ...]:
    """Return need and supply of every day, by shift and by hour."""
    officers = {p.id for p in sheet.team if p.category is PersonCategory.OFFICER}
    helpers = {p.id for p in sheet.team if p.category is PersonCategory.AUX_DUTY}
    count: dict[tuple[date, str, str], int] = defaultdict(int)
    supply = [[0] * 24 for _ in range(len(sheet.days) + 1)]
    for (person, day), code in sheet.cells.items():
        if person in officers:
            count[day, code, "officer"] += 1
            if sheet.kinds[code].state == DutyState.ON_DUTY:
                _fill(supply, sheet.index(day), sheet.kinds[code])
        elif person in helpers:
            count[day, code, "helper"] += 1
    needed: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for item in sheet.problem.demand:
        if PersonCategory.OFFICER in item.categories:
            needed[item.day, item.shifts[0]][0] = item.minimum
        elif PersonCategory.AUX_DUTY in item.categories:
            needed[item.day, item.shifts[0]][1] = item.preferred
    made = []
    for index, day in enumerate(sheet.days):
        posts = tuple(
            PostFacts(code, count[day, code, "officer"], least, count[day, code, "helper"], wanted)
            for (at, code), (least, wanted) in needed.items()
            if at == index and (least or wanted)
        )
        asked = sum(post.officers_least for post in posts)
        there = sum(min(post.officers, post.officers_least) for post in posts)
        made.append(
            CoverFacts(
                day, there / asked if asked else 1.0, posts, tuple(supply[index]), _need(sheet, index, posts)
            )
        )
    return tuple(made)


def _fill(supply: list[list[int]], index: int, kind: models.ShiftKind) -> None:
    first = kind.start_minute // 60
    for hour in range(first, -(-(kind.start_minute + kind.minutes) // 60)):
        day = index + hour // 24
        if day < len(supply):
            supply[day][hour % 24] += 1


def _need(sheet: Sheet, index: int, posts: Sequence[PostFacts]) -> tuple[float, ...]:
    hours = [0.0] * 24
    for post in posts:
        kind = sheet.kinds[post.code]
        for hour in range(kind.start_minute // 60, -(-(kind.start_minute + kind.minutes) // 60)):
            if hour < 24:
                hours[hour] = max(hours[hour], float(post.officers_least))
    return tuple(hours)
