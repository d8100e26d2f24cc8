# catalogue: data - both languages stand side by side
"""Putting a computed draft into the plain values of a `PlanResult`, rounded to what the figures can bear."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from jingwu.engines.response.report import ResponseReport
from jingwu.engines.staffing.conflict import Conflict
from jingwu.engines.staffing.facts import FloatArray, IntArray
from jingwu.engines.staffing.groups import Grouping
from jingwu.engines.staffing.roles import LEAD_ROLE
from jingwu.planning.pipeline import tables
from jingwu.planning.pipeline.compose import Draft
from jingwu.planning.pipeline.headline import headline
from jingwu.planning.pipeline.people import today_heads
from jingwu.planning.pipeline.result import PlanResult
from jingwu.planning.pipeline.told_response import explanation, rounded, told_response
from jingwu.terms.people import PersonCategory

_NO_RESPONSE: dict[str, Any] = dict.fromkeys(("today", "today_with_aid", "plan", "limit", "check"))


def tell(draft: Draft, digest: str, *, norms_version: str, seed: int) -> PlanResult:
    """Return the plan in plain values, or the conflict that keeps it from being made."""
    scope = _scope(draft, norms_version, seed)
    if draft.allocation.conflict is not None:
        return _no_plan(draft, draft.allocation.conflict, digest, scope)
    assert draft.today
    assert draft.plan
    assert draft.limit
    assert draft.cost
    assert draft.assignment
    assert draft.grouping
    zh, en = headline(
        change=_change(draft),
        moves=len(draft.moves),
        today_minutes=draft.today.overall.mean_minutes.value,
        plan_minutes=draft.plan.overall.mean_minutes.value,
        cost=draft.cost,
        assumed=draft.assumed,
        asked=bool(draft.params.strength),
        load_hours=draft.load_hours,
        crew_hours=float(draft.deployment.crews.sum()) if draft.deployment else 0.0,
    )
    assert draft.today_with_aid
    today_areas, plan_areas = _by_office(draft, draft.today), _by_office(draft, draft.plan)
    aided_areas = _by_office(draft, draft.today_with_aid)
    return PlanResult(
        digest=digest,
        headline_zh=zh,
        headline_en=en,
        scope=scope,
        response=told_response(draft),
        cost=_cost(draft),
        offices=tuple(
            _office(draft, number, today_areas[number], plan_areas[number], aided_areas[number])
            for number in range(len(draft.ground.offices))
        ),
        posts=tables.posts(draft),
        people=tables.people(draft),
        moves=tables.moves(draft),
        groups=_groups(draft.grouping),
        beats=_beats(draft, draft.grouping),
        rules=tables.rules(draft),
        conflict=None,
        notes=_notes(draft),
    )


def _no_plan(draft: Draft, conflict: Conflict, digest: str, scope: dict[str, Any]) -> PlanResult:
    return PlanResult(
        digest=digest,
        headline_zh=f"没有合法方案:{conflict.message_zh}",
        headline_en=f"No lawful plan: {conflict.message_en}",
        scope=scope,
        response=_NO_RESPONSE,
        cost={"points": [], "extra_officers": None},
        offices=tuple(_office(draft, number, {}, {}, {}) for number in range(len(draft.ground.offices))),
        posts=(),
        people=(),
        moves=(),
        groups=(),
        beats=(),
        rules=(),
        conflict={
            "rules": list(conflict.rules),
            "zh": conflict.message_zh,
            "en": conflict.message_en,
            "ways_zh": list(conflict.ways_zh),
            "ways_en": list(conflict.ways_en),
        },
        notes=_notes(draft),
    )


def _groups(grouping: Grouping) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "code": group.code,
            "office": group.office,
            "officer": group.officer,
            "auxiliaries": list(group.auxiliaries),
            "tour": group.tour,
        }
        for group in grouping.groups
    )


def _beats(draft: Draft, grouping: Grouping) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "beat": duty.beat,
            "office": duty.office,
            "officer": duty.officer,
            "before": duty.before,
            "kept": duty.kept,
            "weekly_hours": rounded(beat.weekly_hours, 1),
        }
        for duty, beat in zip(grouping.beats, draft.beats, strict=True)
    )


def _scope(draft: Draft, norms_version: str, seed: int) -> dict[str, Any]:
    ground, period = draft.ground, draft.district.period
    return {
        "district": draft.district.name,
        "city": draft.district.city,
        "facts_digest": draft.district.digest,
        "norms_version": norms_version,
        "seed": seed,
        "params": draft.params.to_dict(),
        "period": [day.isoformat() for day in period] if period else None,
        "calls": ground.calls_total,
        "calls_attended": len(ground.call_area),
        "calls_unplaced": ground.calls_unplaced,
        "calls_unattended": ground.calls_unattended,
        "offices": len(ground.offices),
        "beats": len(ground.areas),
        "people": len(draft.people),
        "people_assumed": draft.assumed,
        "offices_sited": ground.sited,
        "crews_today_recorded": draft.district.crews_today is not None,
        "target_minutes": draft.staffing.target_minutes,
        "target_share": draft.staffing.target_share,
        "replications": draft.params.replications,
        "tours": draft.tours_total,
        "load_hours_per_week": round(draft.load_hours, 1),
        "crew_hours_today": int(draft.crews_today.sum()),
        "crew_hours_plan": int(draft.deployment.crews.sum()) if draft.deployment else None,
        "sources": [
            {"part": s.part, "minutes": rounded(s.minutes, 2), "records": s.records, "zh": s.zh, "en": s.en}
            for s in draft.measured.sources
        ],
        "strength": {
            category.value: heads
            for category in PersonCategory
            if (heads := sum(person.category is category for person in draft.people))
        },
    }


def _by_office(draft: Draft, report: ResponseReport) -> list[dict[str, Any]]:
    """Return the response of every office's own areas, weighted by their calls."""
    ground, target = draft.ground, float(draft.staffing.target_minutes)
    areas = [report.by_area[area] for area in ground.areas]
    calls = np.array([figures.calls_per_week for figures in areas])
    mean = np.nan_to_num([figures.mean_minutes.value for figures in areas])
    share = np.nan_to_num([figures.share_within(target).value for figures in areas])
    told = []
    for number, code in enumerate(ground.codes):
        own = ground.area_office == number
        weight = float(calls[own].sum())
        told.append(
            {
                "calls_per_week": rounded(weight, 2),
                "mean_minutes": rounded(float(calls[own] @ mean[own]) / weight, 2) if weight else None,
                "target_share": rounded(float(calls[own] @ share[own]) / weight, 4) if weight else None,
                "workload_share": rounded(report.workload_by_post[code].value, 4),
            }
        )
    return told


def _office(
    draft: Draft, number: int, today: dict[str, Any], plan: dict[str, Any], aided: dict[str, Any]
) -> dict[str, Any]:
    ground, requirement = draft.ground, draft.requirement
    code = ground.codes[number]
    tour_hours = float(draft.tour_set.minutes.mean()) / 60
    tours_today = float(draft.crews_today[number].sum()) / tour_hours
    tours_plan, need = draft.allocation.tours.get(code, 0), int(requirement.tours[number])
    heads_today = {c.value: n for (o, c), n in sorted(today_heads(draft.people).items()) if o == code}
    placed = [p for p in draft.assignment.placements if p.office == code] if draft.assignment else []
    tours = draft.deployment.tours[number] if draft.deployment else ()
    return {
        "code": code,
        "name": ground.office_names[number],
        "lon": round(ground.offices[number].lon, 6),
        "lat": round(ground.offices[number].lat, 6),
        "areas": int((ground.area_office == number).sum()),
        "lead": next((p.person for p in placed if p.role == LEAD_ROLE), None),
        "heads_today": heads_today,
        "heads_plan": dict(sorted(Counter(p.category.value for p in placed).items())),
        "tours_need": need,
        "tours_today": round(tours_today, 1),
        "tours_plan": tours_plan,
        "shortfall_today_share": round(max(0.0, 1 - tours_today / need), 4) if need else 0.0,
        "shortfall_plan_share": round(max(0.0, 1 - tours_plan / need), 4) if need else 0.0,
        "limited_by_travel": bool(requirement.limited[number].any()),
        "response_today": today or None,
        "response_today_with_aid": aided or None,
        "response_plan": plan or None,
        "need_by_hour": _whole(requirement.crews[number]),
        "today_by_hour": _whole(draft.crews_today[number]),
        "plan_by_hour": _whole(draft.deployment.crews[number]) if draft.deployment else None,
        "tours": [draft.tour_set.tours[tour].code for tour in tours],
    }


def _whole(values: IntArray | FloatArray) -> list[int]:
    return [int(value) for value in values]


def _cost(draft: Draft) -> dict[str, Any]:
    cost = draft.cost
    assert cost is not None
    return {
        "target_minutes": cost.target_minutes,
        "target_share": cost.target_share,
        "limit_share": rounded(cost.limit_share, 4),
        "extra_officers": cost.reached_at,
        "points": [
            {
                "extra_tours": point.extra_tours,
                "extra_officers": point.extra_officers,
                "crew_hours_per_week": point.crew_hours_per_week,
                "share": rounded(point.share, 4),
                "half_width": rounded(point.half_width, 4),
                "mean_minutes": rounded(point.mean_minutes, 2),
            }
            for point in cost.points
        ],
    }


def _change(draft: Draft) -> dict[PersonCategory, int]:
    """Return the heads added or taken away against the people on record."""
    if draft.assumed:
        return {}
    change = {}
    for category in PersonCategory:
        before = sum(person.category is category for person in draft.district.people)
        after = sum(person.category is category for person in draft.people)
        if before != after:
            change[category] = after - before
    return change


def _notes(draft: Draft) -> tuple[dict[str, str], ...]:
    ground = draft.ground
    notes = []

    def note(zh: str, en: str) -> None:
        notes.append({"zh": zh, "en": en})

    if ground.sited:
        note(
            f"资料中没有警务室,按警情分布以 p-中位数选址 {len(ground.offices)} 处",
            f"no offices on file: {len(ground.offices)} sited by p-median over the calls",
        )
    if draft.assumed:
        note("资料中没有人员,按模板或给定人数配置,人员为待补岗位", "no people on file: posts to be filled")
    if draft.district.crews_today is None:
        note(
            "资料中没有现有班组,“现状”按习惯班制推算",
            "today's crews are not on file: taken from the habitual tours of the norms",
        )
    if ground.calls_unplaced:
        note(
            f"{ground.calls_unplaced} 条警情没有可用地点,未计入",
            f"{ground.calls_unplaced} calls without a place are left out",
        )
    if ground.calls_unattended:
        note(
            f"{ground.calls_unattended} 条警情无需到场(答复即可),不计入到场模拟",
            f"{ground.calls_unattended} calls need an answer, not a visit, and are not simulated",
        )
    for zh, en in explanation(draft):
        note(zh, en)
    if draft.assignment and draft.assignment.unposted:
        note(
            f"{len(draft.assignment.unposted)} 人因回避、保险等原因暂不安排",
            f"{len(draft.assignment.unposted)} people are held back by recusal, insurance and the like",
        )
    return tuple(notes)
