"""What a deployment answers: a short simulation at once, a long one with the approximation beside it later.

The quick answer simulates a few weeks with the same calls for every deployment (common random numbers), so
that a difference is the deployment's doing. The confirmation draws other calls, many more of them, and says
whether the quick answer and the hypercube approximation lie within its intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from jingwu.engines.response.report import Estimate, ResponseFigures, ResponseReport
from jingwu.engines.response.simulation import physical_limit, run
from jingwu.engines.response.steady import approximate_response
from jingwu.engines.staffing.facts import IntArray
from jingwu.planning.deployment.scene import Scene

QUICK_RUNS = 12
QUICK_CALLS = 36_000
"""Calls of one quick answer, all runs together: a quarter of a second on one core."""
CONFIRM_RUNS = 60
_CONFIRM_SEED_APART = 7919  # other calls than the quick answer's: a confirmation must be able to contradict


@dataclass(frozen=True)
class Answer:
    """Response and workload of one deployment in plain values, ready for JSON. Minutes, shares of 1.

    ``figures``: ``mean``, ``p50``, ``p90`` and ``within`` (threshold → share) of all calls, each as
    [value, half-width of the 95 % interval or None]; ``by_hour``: 168 × [mean, share in time, calls a week];
    ``by_area`` and ``by_office``: code → [mean, share in time, calls a week]; ``load``: office's code → share
    of its crews' time that is bound; ``waited_share``: calls for which no crew was free.
    """

    figures: dict[str, Any]
    by_hour: list[list[float | None]]
    by_area: dict[str, list[float | None]]
    by_office: dict[str, list[float | None]]
    load: dict[str, float]
    waited_share: float
    crew_hours: int
    runs: int
    weeks: int

    def to_dict(self) -> dict[str, Any]:
        """Return the answer ready for JSON."""
        return asdict(self)

    def value(self, name: str) -> float:
        """Return a figure's value: ``mean``, ``p50``, ``p90`` or a threshold in minutes such as ``5``."""
        pair = self.figures["within"][name] if name in self.figures["within"] else self.figures[name]
        return float(pair[0])


@dataclass(frozen=True)
class Confirmation:
    """A long simulation of a deployment, and how the quicker ways of computing it fare beside it.

    ``checks``: one row a figure: name, simulated value, half-width, quick value, whether the two agree within
    both intervals, approximated value, whether it lies within the simulation's interval.
    """

    answer: Answer
    checks: list[dict[str, Any]]
    approximation_notes_zh: list[str]
    approximation_notes_en: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the confirmation ready for JSON."""
        return asdict(self)


def quick_answer(scene: Scene, crews: IntArray) -> Answer:
    """Return the response with ``crews`` (offices, 168) from a few simulated weeks, well within a second.

    Raises:
        BadInput: areas with calls that no crew can reach.
    """
    weekly = max(scene.stage.demand.calls_per_week, 1.0)
    weeks = max(1, min(scene.stage.deployment.simulated_weeks, int(QUICK_CALLS / QUICK_RUNS / weekly)))
    case = replace(scene.stage.case(crews), horizon_weeks=weeks)
    return _answer(scene, run(case, replications=QUICK_RUNS, seed=scene.seed), crews)


def confirm(
    scene: Scene,
    crews: IntArray,
    *,
    runs: int = CONFIRM_RUNS,
    executor: Executor | None = None,
    progress: Callable[[float], None] | None = None,
) -> Confirmation:
    """Return the long simulation of ``crews`` (offices, 168) with what the quicker ways said."""
    report = scene.stage.simulate(
        crews, replications=runs, seed=scene.seed + _CONFIRM_SEED_APART, executor=executor, progress=progress
    )
    quick = quick_answer(scene, crews)
    approximation = approximate_response(scene.stage.case(crews))
    long = _answer(scene, report, crews)
    near = _answer(scene, approximation, crews)
    names = ("mean", "p50", "p90", *long.figures["within"])
    checks = [_check(name, long, quick, near) for name in names]
    return Confirmation(long, checks, list(approximation.notes_zh), list(approximation.notes_en))


def limit_of(scene: Scene) -> Answer:
    """Return the physical limit: every call at once from the nearest post, handling and turnout included."""
    case = scene.stage.case(np.ones_like(scene.crews_today))
    deployment = scene.stage.deployment
    fixed = deployment.call_handling_minutes + deployment.turnout_minutes
    # the limit counts the way alone; asked at T − fixed and moved by fixed it is the whole response
    thresholds = tuple(t - fixed if t > fixed else 1e-9 for t in case.thresholds_minutes)
    report = physical_limit(replace(case, thresholds_minutes=thresholds))
    answer = _answer(scene, report, np.zeros_like(scene.crews_today))
    figures = {name: [answer.figures[name][0] + fixed, None] for name in ("mean", "p50", "p90")}
    shares = [estimate.value for _, estimate in report.overall.within]
    figures["within"] = {
        f"{t:g}": [share, None] for t, share in zip(case.thresholds_minutes, shares, strict=True)
    }
    return replace(answer, figures=figures)


def _check(name: str, long: Answer, quick: Answer, near: Answer) -> dict[str, Any]:
    def of(answer: Answer) -> tuple[float, float | None]:
        pair = answer.figures["within"][name] if name in answer.figures["within"] else answer.figures[name]
        return pair[0], pair[1]

    (value, half), (fast, fast_half), (steady, _) = of(long), of(quick), of(near)
    reach = math.hypot(half or 0.0, fast_half or 0.0)
    return {
        "name": name,
        "value": value,
        "half_width": half,
        "quick": fast,
        "quick_half_width": fast_half,
        "quick_agrees": abs(fast - value) <= reach,
        "approximation": steady,
        "approximation_within": half is not None and abs(steady - value) <= half,
    }


def _answer(scene: Scene, report: ResponseReport, crews: IntArray) -> Answer:
    target = float(scene.target_minutes)

    def row(figures: ResponseFigures) -> list[float | None]:
        share = dict(figures.within).get(target)
        values = (figures.mean_minutes.value, None if share is None else share.value, figures.calls_per_week)
        return [None if v is None or not math.isfinite(v) else round(v, 4) for v in values]

    overall = report.overall
    return Answer(
        figures={
            "mean": _pair(overall.mean_minutes),
            "p50": _pair(overall.median_minutes),
            "p90": _pair(overall.p90_minutes),
            "within": {f"{minutes:g}": _pair(share) for minutes, share in overall.within},
        },
        by_hour=[row(figures) for figures in report.by_hour],
        by_area={code: row(figures) for code, figures in report.by_area.items()},
        by_office={code: row(figures) for code, figures in report.by_post.items()},
        load={
            code: round(estimate.value, 4) if math.isfinite(estimate.value) else 0.0
            for code, estimate in report.workload_by_post.items()
        },
        waited_share=round(overall.waited_share.value, 5),
        crew_hours=int(crews.sum()),
        runs=report.replications,
        weeks=report.weeks,
    )


def _pair(estimate: Estimate) -> list[float | None]:
    half = estimate.half_width
    return [round(estimate.value, 5), None if half is None or not math.isfinite(half) else round(half, 5)]
