"""The long lists of a plan in plain values: posts, people, moves, rules."""

from __future__ import annotations

from collections import Counter
from typing import Any

from jingwu.engines.staffing.registry import RULES
from jingwu.engines.staffing.requirement import PostNeed
from jingwu.engines.staffing.roles import CATEGORY_NAMES, MODULE_NAMES, ROLES
from jingwu.planning.pipeline.compose import Draft


def posts(draft: Draft) -> tuple[dict[str, Any], ...]:
    """Return need and plan of every office, module and role; ``open`` posts found nobody eligible."""
    needs: dict[tuple[str, str], PostNeed] = {
        (need.office, need.role): need for need in draft.requirement.posts
    }
    planned: Counter[tuple[str, str]] = Counter()
    for (office, role, _), heads in draft.allocation.posts.items():
        planned[office, role] += heads
    assert draft.assignment is not None
    filled = Counter((p.office, p.role) for p in draft.assignment.placements)
    rows = []
    for office in draft.ground.codes:
        for role in ROLES.values():
            key = (office, role.id)
            need = needs.get(key)
            if need is None and not planned[key]:
                continue
            zh, en = MODULE_NAMES[role.module]
            rows.append(
                {
                    "office": office,
                    "module": role.module.value if role.module else None,
                    "module_zh": zh,
                    "module_en": en,
                    "role": role.id,
                    "role_zh": role.title_zh,
                    "role_en": role.title_en,
                    "tier": role.tier.value,
                    "need": need.posts if need else 0,
                    "plan": planned[key],
                    "filled": filled[key],
                    "open": max(0, planned[key] - filled[key]),
                    "short": max(0, (need.posts if need else 0) - planned[key]),
                    "why_zh": need.why_zh if need else "按结构目标配置",
                    "why_en": need.why_en if need else "placed by the composition goals",
                }
            )
    return tuple(rows)


def people(draft: Draft) -> tuple[dict[str, Any], ...]:
    """Return everybody's post, group and tour."""
    assert draft.assignment is not None
    assert draft.grouping is not None
    tours = {group.officer: group.tour for group in draft.grouping.groups}
    group_of = {
        person: group.code
        for group in draft.grouping.groups
        for person in (group.officer, *group.auxiliaries)
    }
    rows = []
    for placement in draft.assignment.placements:
        role = ROLES[placement.role]
        zh, en = CATEGORY_NAMES[placement.category]
        rows.append(
            {
                "person": placement.person,
                "category": placement.category.value,
                "category_zh": zh,
                "category_en": en,
                "office": placement.office,
                "module": role.module.value if role.module else None,
                "role": role.id,
                "role_zh": role.title_zh,
                "role_en": role.title_en,
                "from_office": placement.from_office,
                "moved": placement.moved,
                "distance_km": placement.distance_km,
                "skill_fits": placement.skill_fits,
                "group": group_of.get(placement.person),
                "responsible_officer": draft.grouping.responsible.get(placement.person),
                "tour": tours.get(placement.person),
            }
        )
    return tuple(rows)


def moves(draft: Draft) -> tuple[dict[str, Any], ...]:
    """Return every change of office with its reason."""
    return tuple(
        {
            "person": move.person,
            "category": move.category.value,
            "category_zh": CATEGORY_NAMES[move.category][0],
            "category_en": CATEGORY_NAMES[move.category][1],
            "from_office": move.from_office,
            "to_office": move.to_office,
            "role": move.role,
            "role_zh": ROLES[move.role].title_zh,
            "role_en": ROLES[move.role].title_en,
            "shortfall_before_share": round(move.shortfall_before_share, 4),
            "shortfall_after_share": round(move.shortfall_after_share, 4),
            "distance_km": move.distance_km,
            "from_distance_km": move.from_distance_km,
            "skill_fits": move.skill_fits,
            "beats_kept": list(move.beats_kept),
            "beats_left": list(move.beats_left),
            "reason_zh": move.reason_zh,
            "reason_en": move.reason_en,
        }
        for move in draft.moves
    )


def rules(draft: Draft) -> tuple[dict[str, Any], ...]:
    """Return every rule's verdict with its title and source."""

    def known(value: float | None) -> float | None:
        return None if value is None else round(float(value), 4)

    return tuple(
        {
            "rule": verdict.rule,
            "title_zh": RULES[verdict.rule].title_zh,
            "title_en": RULES[verdict.rule].title_en,
            "severity": verdict.severity.value,
            "source": RULES[verdict.rule].source,
            "office": verdict.office,
            "subject": verdict.subject,
            "kept": verdict.kept,
            "measured": known(verdict.measured),
            "required": known(verdict.required),
            "missed_by": known(verdict.missed_by),
            "unit": verdict.unit,
            "why_zh": verdict.why_zh,
            "why_en": verdict.why_en,
            "way_zh": verdict.way_zh,
            "way_en": verdict.way_en,
        }
        for verdict in draft.verdicts
    )
