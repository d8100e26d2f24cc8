# catalogue: data - both languages stand side by side
"""The first line of a plan, composed from its figures."""

from __future__ import annotations

from collections.abc import Mapping

from jingwu.engines.staffing.roles import CATEGORY_NAMES
from jingwu.planning.pipeline.cost import CostCurve
from jingwu.terms.people import PersonCategory

_TENTHS = "零一二三四五六七八九"


def headline(
    *,
    change: Mapping[PersonCategory, int],
    moves: int,
    today_minutes: float,
    plan_minutes: float,
    cost: CostCurve,
    assumed: bool,
    asked: bool,
    load_hours: float,
    crew_hours: float,
) -> tuple[str, str]:
    """Return the sentence in Chinese and English.

    ``asked``: a strength was asked for;
    ``change``: heads added (or taken away) by category; ``assumed``: nobody is on record, so that nobody
    moves; ``load_hours`` and ``crew_hours`` a week: the work the calls bring and the crews on duty.
    """
    zh, en = _means(change, moves, assumed, asked)
    end_zh, end_en = _price(cost)
    if load_hours >= crew_hours:
        return (
            f"警力不够:警情每周要 {load_hours:,.0f} 组·小时,在岗只有 {crew_hours:,.0f},"
            f"积压只会越来越多;{end_zh}。",
            f"Too few crews: the calls take {load_hours:,.0f} crew-hours a week and only "
            f"{crew_hours:,.0f} are on "
            f"duty, so that the queue grows without end; {end_en}.",
        )
    zh += f",平均到场 {today_minutes:.1f} → {plan_minutes:.1f} 分钟"
    en += f": mean arrival {today_minutes:.1f} → {plan_minutes:.1f} minutes"
    return f"{zh};{end_zh}。", f"{en}; {end_en}."


def _means(change: Mapping[PersonCategory, int], moves: int, assumed: bool, asked: bool) -> tuple[str, str]:
    added = [(category, heads) for category, heads in change.items() if heads > 0]
    gone = [(category, -heads) for category, heads in change.items() if heads < 0]
    if assumed and asked:
        return "按给定人数、按警情排班", "the strength asked for, on duty when calls come"
    if assumed:
        return "按模板配备、按警情排班", "staffed by the template, on duty when calls come"
    if not added and not gone:
        zh, en = "不增一人", "Nobody added"
    else:
        words = [
            (f"增 {n} 名{CATEGORY_NAMES[c][0]}", f"{n} {CATEGORY_NAMES[c][1]}(s) added") for c, n in added
        ]
        words += [
            (f"减 {n} 名{CATEGORY_NAMES[c][0]}", f"{n} {CATEGORY_NAMES[c][1]}(s) fewer") for c, n in gone
        ]
        zh, en = "、".join(word for word, _ in words), ", ".join(word for _, word in words)
    if moves:
        return f"{zh},重排 {moves} 人", f"{en}, {moves} people moved"
    return f"{zh},只调班次", f"{en}, only hours changed"


def _price(cost: CostCurve) -> tuple[str, str]:
    minutes = f"{cost.target_minutes:g}"
    share_zh, share_en = share_words(cost.target_share)
    now = cost.points[0].share
    if now >= cost.target_share:
        return (
            f"{share_zh}警情 {minutes} 分钟到场已经做到({now:.1%})",
            f"{share_en} within {minutes} minutes is met ({now:.1%})",
        )
    if cost.reached_at is not None:
        return (
            f"要让{share_zh}警情 {minutes} 分钟到场,还需 {cost.reached_at} 人",
            f"{share_en} within {minutes} minutes takes {cost.reached_at} more officers",
        )
    most = cost.points[-1]
    if cost.limit_share < cost.target_share:
        return (
            f"{minutes} 分钟到场 {now:.0%},再增 {most.extra_officers} 人可到 {most.share:.0%},"
            f"这些驻点的行程极限是 {cost.limit_share:.0%},要让{share_zh}警情做到须增设驻点",
            f"{now:.0%} within {minutes} minutes, {most.share:.0%} with {most.extra_officers} more officers; "
            f"the way "
            f"from these posts allows {cost.limit_share:.0%} at most, so that {share_en} takes more posts",
        )
    return (
        f"{minutes} 分钟到场 {now:.0%},再增 {most.extra_officers} 人也只到 {most.share:.0%}",
        f"{now:.0%} within {minutes} minutes; even {most.extra_officers} more officers "
        f"reach only {most.share:.0%}",
    )


def share_words(share: float) -> tuple[str, str]:
    """Return a share as people say it: 0.9 is 九成."""
    tenths = share * 10
    if abs(tenths - round(tenths)) < 1e-9 and 1 <= round(tenths) <= 9:
        return f"{_TENTHS[round(tenths)]}成", f"{share:.0%}"
    return f"{share:.1%} 的", f"{share:.1%}"
