"""定岗定编: how many crews and posts each office needs, hour by hour and role by role."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from jingwu.engines.staffing.facts import (
    HOURS_PER_WEEK,
    AnswerCurve,
    FloatArray,
    IntArray,
    PlannedWork,
    StaffingParams,
)
from jingwu.engines.staffing.roles import CREW_ROLE, LEAD_ROLE, ROLES
from jingwu.engines.staffing.tours import TourSet, fewest_tours, tours_of
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class PostNeed:
    """How many posts of one role an office needs, and why."""

    office: str
    module: DutyModule | None
    role: str
    posts: int
    hours_per_week: float
    why_zh: str
    why_en: str


@dataclass(frozen=True)
class Requirement:
    """The need: ``crews`` (offices, 168) per hour; ``limited`` where travel alone misses the target."""

    offices: tuple[str, ...]
    crews: IntArray
    limited: npt.NDArray[np.bool_]
    tours: IntArray
    """Fewest tours per office that cover ``crews``."""
    posts: tuple[PostNeed, ...]

    def with_work(self, work: Sequence[PlannedWork], params: StaffingParams) -> Requirement:
        """Return the requirement with the posts for ``work`` beside those for crews."""
        hours = _hours_by_role(work)
        posts: list[PostNeed] = []
        for office in self.offices:
            posts.extend(need for need in self.posts if need.office == office and need.role == CREW_ROLE)
            posts.extend(_work_posts(office, hours.get(office, {}), params))
        return replace(self, posts=tuple(posts))

    def of(self, office: str, role: str) -> int:
        """Return the posts of ``role`` that ``office`` needs."""
        return sum(need.posts for need in self.posts if need.office == office and need.role == role)


def crews_needed(curve: AnswerCurve, params: StaffingParams) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Return the fewest crews (offices, 168) with P(response <= T) >= p, and where travel forbids it.

    Where even the largest number of crews stays under the target, a share of that reachable limit is asked
    for instead: more crews cannot shorten a road.
    """
    reachable = curve.answered_share[:, :, -1]
    limited = reachable < params.target_share
    asked = np.where(limited, reachable * params.limit_tolerance_share, params.target_share)
    enough = curve.answered_share >= asked[:, :, None] - 1e-12
    crews = np.argmax(enough, axis=2).astype(np.int64)
    crews[curve.calls_per_hour <= 0] = 0
    hour_of_day = np.arange(HOURS_PER_WEEK) % 24
    begin, end = params.minimum_crew_hours
    always = (hour_of_day >= begin) & (hour_of_day < end)
    crews[:, always] = np.maximum(crews[:, always], params.minimum_crews)
    return crews, limited


def _tours_for(arguments: tuple[IntArray, TourSet]) -> int:
    need, tour_set = arguments
    return fewest_tours(need, tour_set).people


def require(
    curve: AnswerCurve,
    work: Sequence[PlannedWork],
    params: StaffingParams,
    *,
    executor: Executor | None = None,
) -> Requirement:
    """Return the crews, tours and posts every office needs.

    Posts = tours ÷ availability for crews; hours ÷ (weekly hours × availability) for planned work, and never
    fewer than the minimum of the role. Source: reference §1.3, planning §5.1.
    """
    crews, limited = crews_needed(curve, params)
    tour_set = tours_of(params.patterns)
    tasks = [(row, tour_set) for row in crews]
    tours = np.array(list((executor.map if executor else map)(_tours_for, tasks)), dtype=np.int64)
    posts: list[PostNeed] = []
    hours = _hours_by_role(work)
    for index, office in enumerate(curve.offices):
        posts.append(_crew_posts(office, int(tours[index]), crews[index], params))
        posts.extend(_work_posts(office, hours.get(office, {}), params))
    return Requirement(curve.offices, crews, limited, tours, tuple(posts))


def _crew_posts(office: str, tours: int, crews: IntArray, params: StaffingParams) -> PostNeed:
    availability = params.availability_share[PersonCategory.OFFICER]
    posts = math.ceil(tours / availability - 1e-9)
    hours = float(crews.sum())
    return PostNeed(
        office,
        DutyModule.SECURITY,
        CREW_ROLE,
        posts,
        hours,
        f"每周 {hours:.0f} 组·小时,最少 {tours} 个班,出勤率 {availability:.0%} → {posts} 岗",
        f"{hours:.0f} crew-hours a week take at least {tours} tours; "
        f"at {availability:.0%} availability {posts} posts",
    )


def _hours_by_role(work: Sequence[PlannedWork]) -> dict[str, dict[str, tuple[float, str, str]]]:
    table: dict[str, dict[str, tuple[float, str, str]]] = {}
    for item in work:
        row = table.setdefault(item.office, {})
        hours, zh, en = row.get(item.role, (0.0, "", ""))
        row[item.role] = (
            hours + item.hours_per_week,
            f"{zh};{item.why_zh}" if zh else item.why_zh,
            f"{en}; {item.why_en}" if en else item.why_en,
        )
    return table


def _work_posts(
    office: str, hours: Mapping[str, tuple[float, str, str]], params: StaffingParams
) -> list[PostNeed]:
    posts = []
    for role in ROLES.values():
        if role.id == CREW_ROLE:
            continue
        minimum = 1 if role.id == LEAD_ROLE else params.minimum_posts.get(role.id, 0)
        wanted, zh, en = hours.get(role.id, (0.0, "", ""))
        category = min(role.categories)
        person_hours = params.weekly_minutes[category] / 60 * params.availability_share[category]
        by_work = math.ceil(wanted / person_hours - 1e-9) if wanted else 0
        if not max(minimum, by_work):
            continue
        if by_work < minimum:
            zh = f"{zh};最低配置 {minimum}" if zh else f"最低配置 {minimum}"
            en = f"{en}; minimum {minimum}" if en else f"minimum {minimum}"
        posts.append(PostNeed(office, role.module, role.id, max(minimum, by_work), wanted, zh, en))
    return posts


def supply_by_hour(tours: Sequence[str], tour_set: TourSet) -> FloatArray:
    """Return the crews on duty (168) that the named ``tours`` give."""
    supply = np.zeros(HOURS_PER_WEEK)
    for code in tours:
        supply += tour_set.cover[tour_set.index(code)]
    return supply
