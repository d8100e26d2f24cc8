# catalogue: data - both languages stand side by side
"""The response in plain values: today, today with the plan's dispatch, plan and limit, and the check."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jingwu.engines.response.report import Estimate, ResponseFigures, ResponseReport
from jingwu.planning.pipeline.compose import Draft
from jingwu.planning.pipeline.simulate import CURVE_MINUTES


def told_response(draft: Draft) -> dict[str, Any]:
    """Return the four simulations and the check against the record (None where there is none)."""
    assert draft.today
    assert draft.today_with_aid
    assert draft.plan
    assert draft.limit
    return {
        "today": _response(draft, draft.today),
        "today_with_aid": _response(draft, draft.today_with_aid),
        "plan": _response(draft, draft.plan),
        "limit": _limit(draft, draft.limit),
        "check": _check(draft),
    }


def explanation(draft: Draft) -> list[tuple[str, str]]:
    """Return where the figures come from and what brings the gain, in Chinese and English."""
    told = [(source.zh, source.en) for source in draft.measured.sources]
    habit, check = draft.habit, draft.check
    if habit is None or draft.today is None or draft.today_with_aid is None or draft.plan is None:
        return told
    if check is None:
        told.append(
            (
                "资料中没有足够的到场记录,“今日”按规范的跨室支援模拟,未与实录核对",
                "arrivals are not on record: today is simulated with the norms' mutual aid, unchecked",
            )
        )
    else:
        told.append((f"今日派警习惯:{habit.rule.zh}", f"today's dispatch: {habit.rule.en}"))
        told.append((check.zh, check.en))
    if not habit.is_plans_rule:
        told.append(_gain(draft))
    return told


def _gain(draft: Draft) -> tuple[str, str]:
    """Return what dispatch across offices brings, and what re-rostering brings on top."""
    assert draft.today
    assert draft.today_with_aid
    assert draft.plan
    reports = (draft.today, draft.today_with_aid, draft.plan)
    mean = [report.overall.mean_minutes.value for report in reports]
    target = float(draft.staffing.target_minutes)
    share = [report.overall.share_within(target).value for report in reports]
    return (
        f"改善分两步:人员班次不变、只改为跨室派警,平均 {mean[0]:.1f} → {mean[1]:.1f} 分钟"
        f"({target:g} 分钟到场率 {share[0]:.0%} → {share[1]:.0%});再按方案重排人员和班次,"
        f"{mean[1]:.1f} → {mean[2]:.1f} 分钟({share[1]:.0%} → {share[2]:.0%})",
        f"the gain has two parts: dispatch across offices with today's crews, mean {mean[0]:.1f} → "
        f"{mean[1]:.1f} minutes (within {target:g} minutes {share[0]:.0%} → {share[1]:.0%}); people and "
        f"hours by the plan, {mean[1]:.1f} → {mean[2]:.1f} minutes ({share[1]:.0%} → {share[2]:.0%})",
    )


def rounded(value: float, digits: int) -> float | None:
    """Return ``value`` to so many digits; None where there is no number."""
    return None if math.isnan(value) else round(float(value), digits)


def _estimate(estimate: Estimate, digits: int) -> list[float | None]:
    half = estimate.half_width
    return [rounded(estimate.value, digits), None if half is None else rounded(half, digits)]


def _figures(figures: ResponseFigures, target_minutes: float) -> dict[str, Any]:
    return {
        "calls_per_week": rounded(figures.calls_per_week, 2),
        "mean_minutes": rounded(figures.mean_minutes.value, 2),
        "target_share": rounded(figures.share_within(float(target_minutes)).value, 4),
    }


def _response(draft: Draft, report: ResponseReport) -> dict[str, Any]:
    """Return a report; every figure beside its 95 % half-width in ``intervals``."""
    target, overall = draft.staffing.target_minutes, report.overall
    parts = {
        "call_handling": overall.call_handling_minutes,
        "queue_wait": overall.queue_wait_minutes,
        "turnout": overall.turnout_minutes,
        "travel": overall.travel_minutes,
    }
    told = {*draft.deployment_norms.told_minutes, float(target)}
    return {
        **_figures(overall, target),
        "median_minutes": rounded(overall.median_minutes.value, 2),
        "p90_minutes": rounded(overall.p90_minutes.value, 2),
        "intervals": {
            "mean_minutes": _estimate(overall.mean_minutes, 2)[1],
            "median_minutes": _estimate(overall.median_minutes, 2)[1],
            "p90_minutes": _estimate(overall.p90_minutes, 2)[1],
            "target_share": _estimate(overall.share_within(float(target)), 4)[1],
        },
        "within": [
            {"minutes": minutes, "share": _estimate(share, 4)[0], "half_width": _estimate(share, 4)[1]}
            for minutes, share in overall.within
            if minutes in told
        ],
        "reached": [rounded(overall.share_within(minute).value, 4) for minute in CURVE_MINUTES],
        "parts_minutes": {name: rounded(part.value, 2) for name, part in parts.items()},
        "on_scene_minutes": rounded(overall.on_scene_minutes.value, 1),
        "waited_share": rounded(overall.waited_share.value, 4),
        "aid_share": rounded(report.aid_share.value, 4),
        "workload_share": rounded(_workload(report), 4),
        "unserved_calls_per_week": rounded(report.unserved_calls_per_week.value, 2),
        "by_hour": [_figures(hour, target) for hour in report.by_hour],
        "by_priority": {str(p): _figures(figures, target) for p, figures in report.by_priority.items()},
        "replications": report.replications,
        "weeks": report.weeks,
    }


def _workload(report: ResponseReport) -> float:
    values = [estimate.value for estimate in report.workload_by_post.values()]
    return float(np.mean(values)) if values else 0.0


def _limit(draft: Draft, report: ResponseReport) -> dict[str, Any]:
    """Return the physical limit, counted like a response from the call on."""
    told = _response(draft, report)
    kept = ("calls_per_week", "mean_minutes", "median_minutes", "p90_minutes", "target_share", "intervals")
    norms = draft.deployment_norms
    longest = float(draft.ground.travel_minutes.min(axis=0).max())
    longest += norms.call_handling_minutes + norms.turnout_minutes
    return {
        **{name: told[name] for name in (*kept, "within", "reached", "parts_minutes", "by_hour")},
        "longest_minutes": rounded(longest, 2),
    }


def _check(draft: Draft) -> dict[str, Any] | None:
    """Return recorded beside simulated, the verdict, and the rules that were tried."""
    habit, check = draft.habit, draft.check
    if habit is None or habit.record is None or check is None:
        return None
    assert draft.today
    record, overall = habit.record, draft.today.overall
    return {
        "kept": check.kept,
        "zh": check.zh,
        "en": check.en,
        "missed": list(check.missed),
        "rule": habit.rule.code,
        "rule_zh": habit.rule.zh,
        "rule_en": habit.rule.en,
        "tried": [{"rule": code, "distance": rounded(distance, 4)} for code, distance in habit.tried],
        "recorded": {
            "calls": record.calls,
            "mean_minutes": rounded(record.mean_minutes, 2),
            "median_minutes": rounded(record.median_minutes, 2),
            "p90_minutes": rounded(record.p90_minutes, 2),
            "target_share": rounded(record.target_share, 4),
            "reached": [rounded(share, 4) for share in record.within],
        },
        "today": {
            "mean_minutes": rounded(overall.mean_minutes.value, 2),
            "median_minutes": rounded(overall.median_minutes.value, 2),
            "p90_minutes": rounded(overall.p90_minutes.value, 2),
            "target_share": rounded(overall.share_within(float(draft.staffing.target_minutes)).value, 4),
        },
    }
