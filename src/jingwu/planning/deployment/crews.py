# catalogue: data - both languages stand side by side
"""Crews by office and hour of the week: changed by hand, checked, and held against the work there is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from jingwu.engines.response.stability import Unstable, crews_for_stability
from jingwu.engines.staffing.facts import FloatArray, IntArray
from jingwu.planning.deployment.scene import Scene
from jingwu.planning.pipeline.ground import HOURS
from jingwu.terms.refusal import BadInput

MOST_CREWS = 99
"""More crews at one post and hour than this is a slip of the keyboard, not a deployment."""

_DAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def changed_crews(scene: Scene, base: IntArray, changes: Mapping[str, Sequence[int]]) -> IntArray:
    """Return ``base`` (offices, 168) with the weeks of ``changes`` (office's code → 168 crews) put in.

    Raises:
        BadInput: an unknown office, a week that is not 168 whole numbers from 0 to 99.
    """
    index = {code: place for place, code in enumerate(scene.codes)}
    crews = np.array(base, dtype=np.int64)
    for code, week in changes.items():
        if code not in index:
            raise BadInput(
                "deployment.unknown_office",
                f"没有编码为“{code}”的警务室。",
                f"There is no office with the code '{code}'.",
                fields={"changes": code},
            )
        if not isinstance(week, Sequence) or isinstance(week, str | bytes) or len(week) != HOURS:
            length = len(week) if isinstance(week, Sequence) else 0
            raise BadInput(
                "deployment.bad_week",
                f"{code}:一周应有 168 个小时的组数,收到 {length} 个。",
                f"{code}: a week has 168 hours of crews, got {length}.",
                fields={code: "168"},
            )
        if not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= MOST_CREWS for n in week):
            raise BadInput(
                "deployment.bad_crews",
                f"{code}:每小时的组数须是 0 到 {MOST_CREWS} 的整数。",
                f"{code}: the crews of an hour are a whole number from 0 to {MOST_CREWS}.",
                fields={code: f"0-{MOST_CREWS}"},
            )
        crews[index[code]] = week
    return crews


def load_by_hour(scene: Scene) -> FloatArray:
    """Return the crews the calls of each hour of the week keep busy, own office's way included, (168,)."""
    stage, ground = scene.stage, scene.ground
    rates = stage.demand.calls_per_hour
    pairs = np.array([1.0 + stage.deployment.two_crew_share.get(p, 0.0) for p in ground.priorities])  # type: ignore[call-overload]
    way = ground.travel_minutes[ground.area_office, np.arange(len(ground.areas))]
    minutes = stage.on_scene.mean_minutes[:, 0][None, :] + stage.deployment.turnout_minutes
    bound = (minutes + way[:, None]) * pairs[None, :]
    return np.asarray(np.einsum("akh,ak->h", rates, bound) / 60.0)


def check_crews(scene: Scene, crews: IntArray) -> None:
    """Refuse a deployment that leaves the district alone at some hour, or cannot do the week's work.

    Raises:
        BadInput: an hour without a single crew.
        Unstable: more work than crews over the whole week; it says how many mend it.
    """
    alone = np.flatnonzero(crews.sum(axis=0) == 0)
    if alone.size:
        zh, en = hours_in_words(alone.tolist())
        raise BadInput(
            "deployment.nobody_on_duty",
            f"{zh}全分局没有一个处警组;请至少留一组。",
            f"Nobody is on duty in the whole district on {en}; leave at least one crew.",
            fields={"hours": str(alone.size)},
        )
    load, on_duty = float(load_by_hour(scene).mean()), float(crews.sum(axis=0).mean())
    if load >= on_duty:
        raise Unstable(load, math.floor(on_duty), crews_for_stability(load))


def strained_hours(scene: Scene, crews: IntArray) -> list[tuple[int, float, int]]:
    """Return the hours with more work than crews: hour of the week, crews of work, crews on duty."""
    load, on_duty = load_by_hour(scene), crews.sum(axis=0)
    return [(int(h), float(load[h]), int(on_duty[h])) for h in np.flatnonzero(load >= on_duty)]


def hours_in_words(hours: Sequence[int]) -> tuple[str, str]:
    """Return hours of the week as '周一 03–05 时、周二 03 时' and 'Mon 03–05, Tue 03'; at most six."""
    stretches: list[list[int]] = []
    for hour in sorted(hours):
        if stretches and stretches[-1][1] == hour - 1 and hour % 24:
            stretches[-1][1] = hour
        else:
            stretches.append([hour, hour])
    zh, en = [], []
    for first, last in stretches[:6]:
        span = f"{first % 24:02d}" if first == last else f"{first % 24:02d}–{last % 24 + 1:02d}"
        zh.append(f"{_DAYS_ZH[first // 24]} {span} 时")
        en.append(f"{_DAYS_EN[first // 24]} {span}")
    more = len(stretches) - 6
    if more > 0:
        return "、".join(zh) + f"等 {len(stretches)} 段", ", ".join(en) + f" and {more} more stretches"
    return "、".join(zh), ", ".join(en)
