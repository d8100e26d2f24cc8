"""Every change from today, with its reason (shortfall before and after) and what was considered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jingwu.engines.staffing.assignment import Placement
from jingwu.engines.staffing.groups import Grouping
from jingwu.engines.staffing.roles import CATEGORY_NAMES
from jingwu.terms.people import PersonCategory


@dataclass(frozen=True)
class Move:
    """One person's change of office; shares are the crew shortfall of the receiving office before and
    after."""

    person: str
    category: PersonCategory
    from_office: str
    to_office: str
    role: str
    shortfall_before_share: float
    shortfall_after_share: float
    distance_km: float | None
    from_distance_km: float | None
    skill_fits: bool | None
    beats_kept: tuple[str, ...]
    beats_left: tuple[str, ...]
    reason_zh: str
    reason_en: str


def shortfall_shares(need: Mapping[str, float], have: Mapping[str, float]) -> dict[str, float]:
    """Return the share of the needed crews that every office lacks; 0 where nothing is needed."""
    return {office: max(0.0, (n - have.get(office, 0)) / n) if n else 0.0 for office, n in need.items()}


def moves_of(
    placements: Sequence[Placement],
    grouping: Grouping,
    tours_needed: Mapping[str, float],
    tours_today: Mapping[str, float],
    tours_plan: Mapping[str, float],
    post_change: Mapping[tuple[str, PersonCategory], tuple[int, int, int]],
) -> tuple[Move, ...]:
    """Return the moves, largest relief first.

    ``tours_*``: weekly tours of crews by office; ``post_change``: (today, plan, needed) heads by office
    and category, which give the reason for those who are not crew officers.
    """
    before, after = shortfall_shares(tours_needed, tours_today), shortfall_shares(tours_needed, tours_plan)
    kept: dict[str, list[str]] = {}
    left: dict[str, list[str]] = {}
    for duty in grouping.beats:
        if duty.kept:
            kept.setdefault(str(duty.officer), []).append(duty.beat)
        elif duty.before:
            left.setdefault(duty.before, []).append(duty.beat)
    moves = []
    for placement in placements:
        if not placement.moved:
            continue
        source, target = str(placement.from_office), placement.office
        reason = _reason(placement, source, before, after, post_change)
        moves.append(
            Move(
                placement.person,
                placement.category,
                source,
                target,
                placement.role,
                before.get(target, 0.0),
                after.get(target, 0.0),
                placement.distance_km,
                placement.from_distance_km,
                placement.skill_fits,
                tuple(kept.get(placement.person, ())),
                tuple(left.get(placement.person, ())),
                *reason,
            )
        )
    moves.sort(
        key=lambda m: (
            m.category is not PersonCategory.OFFICER,
            m.shortfall_after_share - m.shortfall_before_share,
            m.person,
        )
    )
    return tuple(moves)


def _reason(
    placement: Placement,
    source: str,
    before: Mapping[str, float],
    after: Mapping[str, float],
    post_change: Mapping[tuple[str, PersonCategory], tuple[int, int, int]],
) -> tuple[str, str]:
    target = placement.office
    if placement.category is PersonCategory.OFFICER:
        zh = (
            f"{target} 处警组缺口 {before.get(target, 0):.0%} → {after.get(target, 0):.0%},"
            f"{source} {before.get(source, 0):.0%} → {after.get(source, 0):.0%}"
        )
        en = (
            f"crew shortfall of {target} {before.get(target, 0):.0%} → {after.get(target, 0):.0%}, "
            f"of {source} {before.get(source, 0):.0%} → {after.get(source, 0):.0%}"
        )
    else:
        zh_name, en_name = CATEGORY_NAMES[placement.category]
        today, plan, _ = post_change.get((target, placement.category), (0, 0, 0))
        gone, stay, _ = post_change.get((source, placement.category), (0, 0, 0))
        zh = f"{target} {zh_name} {today} → {plan} 人,{source} {gone} → {stay} 人"
        en = f"{en_name}s of {target} {today} → {plan}, of {source} {gone} → {stay}"
    if placement.distance_km is not None and placement.from_distance_km is not None:
        zh += f";离家 {placement.from_distance_km:.1f} → {placement.distance_km:.1f} 公里"
        en += f"; way from home {placement.from_distance_km:.1f} → {placement.distance_km:.1f} km"
    return zh, en
