# catalogue: data - both languages stand side by side
"""How calls are dispatched today: the rule, of a few, whose simulation comes nearest to the record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.facts import DispatchKind, DispatchRule
from jingwu.engines.response.report import ResponseFigures
from jingwu.engines.staffing.facts import FloatArray, IntArray
from jingwu.planning.pipeline.calibration import Calibration
from jingwu.planning.pipeline.demand import dispatch_of, own_offices
from jingwu.planning.pipeline.ground import Ground
from jingwu.planning.pipeline.norms import DeploymentNorms
from jingwu.planning.pipeline.result import PLANS_RULE
from jingwu.planning.pipeline.simulate import CURVE_MINUTES, Stage
from jingwu.terms.incidents import Priority


@dataclass(frozen=True, eq=False)
class TodayRule:
    """One way of dispatching that districts are known to have, in words."""

    code: str
    zh: str
    en: str
    dispatch: DispatchRule


@dataclass(frozen=True, eq=False)
class Record:
    """The recorded response: minutes from call to arrival of the calls a plan counts.

    ``within``: shares reached by the minutes of CURVE_MINUTES.
    """

    calls: int
    mean_minutes: float
    median_minutes: float
    p90_minutes: float
    target_share: float
    within: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Habit:
    """The rule taken for today; ``record`` None = nothing to compare with.

    ``tried``: (code, distance) of every rule; the distance is 0 when all four figures agree.
    """

    rule: TodayRule
    record: Record | None = None
    tried: tuple[tuple[str, float], ...] = ()

    @property
    def is_plans_rule(self) -> bool:
        """Return whether today dispatches as the plan will: aid at once."""
        return self.rule.code == PLANS_RULE


@dataclass(frozen=True)
class Check:
    """Whether the simulation of today explains the record; ``missed`` names the figures out of tolerance."""

    kept: bool
    missed: tuple[str, ...]
    zh: str
    en: str


def rules_of(ground: Ground, norms: DeploymentNorms) -> tuple[TodayRule, ...]:
    """Return the candidate rules, from each office for itself to one district."""
    own = own_offices(ground)
    alone = "本室警组处置(本室无人在岗时由最近的在岗警务室),忙则等候"
    alone_en = "the own office's crews or, while it is closed, the nearest open office's, else wait"
    reach = {"own": own, "stand_in": True, "aid_travel_minutes_max": norms.aid_minutes_max}
    lowest = norms.aid_priority_at_most
    urgent = int(Priority.P1)
    rules = [
        TodayRule("own_wait", alone, alone_en, DispatchRule(DispatchKind.OWN_ONLY, own=own, stand_in=True)),
        TodayRule(
            "urgent_aid",
            f"{alone};一级警情立即由邻室支援",
            f"{alone_en}; P1 is aided at once",
            DispatchRule(DispatchKind.OWN_FIRST, aid_priority_at_most=urgent, **reach),  # type: ignore[arg-type]
        ),
    ]
    for wait in norms.today_aid_wait_minutes:
        late = DispatchRule(
            DispatchKind.OWN_FIRST,
            aid_priority_at_most=lowest,
            aid_wait_minutes=wait,
            aid_at_once_priority_at_most=urgent,
            **reach,  # type: ignore[arg-type]
        )
        rules.append(
            TodayRule(
                f"late_aid_{wait:g}",
                f"{alone};一级警情立即、其余等候 {wait:g} 分钟后才由邻室支援",
                f"{alone_en}; P1 is aided at once, the rest after waiting {wait:g} minutes",
                late,
            )
        )
    rules.append(
        TodayRule(
            PLANS_RULE,
            "本室警组都忙时立即由邻室支援",
            "neighbours aid at once when the own office's crews are busy",
            dispatch_of(ground, norms),
        )
    )
    rules.append(
        TodayRule(
            "nearest",
            "全分局统一派最近的空闲警组",
            "the nearest free crew of the whole district",
            DispatchRule(DispatchKind.NEAREST),
        )
    )
    return tuple(rules)


def record_of(calibration: Calibration, target_minutes: float, few: int) -> Record | None:
    """Return the recorded response, or None with fewer than ``few`` arrivals."""
    minutes = calibration.chains.response_minutes
    minutes = minutes[np.isfinite(minutes)]
    if len(minutes) < few:
        return None
    return Record(
        calls=len(minutes),
        mean_minutes=float(minutes.mean()),
        median_minutes=float(np.median(minutes)),
        p90_minutes=float(np.percentile(minutes, 90)),
        target_share=float((minutes <= target_minutes).mean()),
        within=tuple(_shares(minutes)),
    )


def _shares(minutes: FloatArray) -> list[float]:
    ordered = np.sort(minutes)
    return (np.searchsorted(ordered, CURVE_MINUTES, side="right") / len(ordered)).tolist()


def find_habit(
    stage: Stage,
    crews: IntArray,
    rules: Sequence[TodayRule],
    record: Record | None,
    *,
    seed: int,
    executor: Executor | None = None,
) -> Habit:
    """Simulate ``crews`` under each rule, return the nearest; without a record the norms' immediate aid."""
    if record is None:
        return Habit(next(rule for rule in rules if rule.code == PLANS_RULE))
    runs = stage.deployment.today_rule_replications
    tried = []
    for rule in rules:
        report = stage.with_dispatch(rule.dispatch).simulate(
            crews, replications=runs, seed=seed, executor=executor
        )
        tried.append((rule.code, _distance(report.overall, record, stage.target_minutes)))
    best = min(range(len(rules)), key=lambda number: tried[number][1])
    return Habit(rules[best], record, tuple(tried))


def _distance(figures: ResponseFigures, record: Record, target_minutes: float) -> float:
    """Return how far figures are from the record: summed |log ratio| of minutes, and shares counted twice."""
    pairs = (
        (figures.mean_minutes.value, record.mean_minutes),
        (figures.median_minutes.value, record.median_minutes),
        (figures.p90_minutes.value, record.p90_minutes),
    )
    ratios = sum(abs(math.log(max(ours, 1e-6) / max(theirs, 1e-6))) for ours, theirs in pairs)
    return ratios + 2.0 * abs(figures.share_within(target_minutes).value - record.target_share)


def check_today(figures: ResponseFigures, record: Record, stage: Stage) -> Check:
    """Compare the simulation of today with the record, figure by figure, within the norms' tolerances."""
    norms = stage.deployment
    share = norms.check_minutes_tolerance_share
    least = norms.check_minutes_tolerance_least
    missed = []
    for name in ("mean_minutes", "median_minutes", "p90_minutes"):
        ours, theirs = getattr(figures, name).value, getattr(record, name)
        if abs(ours - theirs) > max(share * theirs, least):
            missed.append(name)
    ours = figures.share_within(stage.target_minutes).value
    if abs(ours - record.target_share) > norms.check_share_tolerance:
        missed.append("target_share")
    within = f"{share:.0%}"
    points = f"{norms.check_share_tolerance * 100:g}"
    zh_means = f"实录平均 {record.mean_minutes:.1f} 分钟,仿真今日 {figures.mean_minutes.value:.1f} 分钟"
    en_means = f"recorded mean {record.mean_minutes:.1f} minutes, simulated {figures.mean_minutes.value:.1f}"
    if not missed:
        return Check(
            True,
            (),
            f"模型解释了实录:{zh_means};平均、中位、P90 相差不超过 {within},"
            f"按时到场率不超过 {points} 个百分点",
            f"the model explains the record: {en_means}; mean, median and P90 within {within}, the share in "
            f"time within {points} points",
        )
    zh_names = "、".join(_NAMES[name][0] for name in missed)
    en_names = ", ".join(_NAMES[name][1] for name in missed)
    return Check(
        False,
        tuple(missed),
        f"注意:模型没有完全解释实录({zh_names}超出容差 {within} / {points} 个百分点):{zh_means};"
        "方案与今日的差别可信,绝对分钟数请谨慎使用",
        f"Mind: the model does not fully explain the record ({en_names} beyond {within} / {points} points): "
        f"{en_means}; trust the difference between plan and today rather than the minutes themselves",
    )


_NAMES = {
    "mean_minutes": ("平均", "mean"),
    "median_minutes": ("中位", "median"),
    "p90_minutes": ("P90", "P90"),
    "target_share": ("按时到场率", "share in time"),
}
