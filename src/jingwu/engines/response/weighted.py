"""Reports computed rather than sampled: weighted cells instead of simulated calls."""

from __future__ import annotations

import numpy as np

from jingwu.engines.response.arrays import FloatArray, IntArray
from jingwu.engines.response.facts import SimulationCase
from jingwu.engines.response.figures import (
    QUANTILES,
    Grouping,
    figures_of_groups,
    group_quantiles,
    sum_groups,
)
from jingwu.engines.response.report import Estimate, Method, ResponseReport


def weighted_report(
    case: SimulationCase,
    method: Method,
    index: IntArray,
    metrics: FloatArray,
    weight: FloatArray,
    *,
    workload: FloatArray,
    aid_share: float = 0.0,
    unserved_calls_per_week: float = 0.0,
    notes_zh: tuple[str, ...] = (),
    notes_en: tuple[str, ...] = (),
) -> ResponseReport:
    """Return the report of cells: ``index`` (5, cells), ``metrics`` (9, cells), ``weight`` calls per week."""
    grouping = Grouping.of(case)
    thresholds = np.array(case.thresholds_minutes, dtype=np.float64)
    sums = sum_groups(index, metrics, weight, thresholds, grouping.size)
    quantiles = group_quantiles(index, np.ascontiguousarray(metrics[1]), weight, QUANTILES, grouping.size)
    figures = figures_of_groups(sums[None], quantiles, None, case.thresholds_minutes, 1.0)
    _, hours, priorities, areas, posts = grouping.parts
    crews = case.schedule.crews
    by_post = (workload * crews).sum(axis=1) / np.maximum(crews.sum(axis=1), 1)
    return ResponseReport(
        method=method,
        overall=figures[0],
        by_hour=tuple(figures[hours]),
        by_priority=dict(zip(case.priorities, figures[priorities], strict=True)),
        by_area=dict(zip(case.areas, figures[areas], strict=True)),
        by_post=dict(zip(case.posts, figures[posts], strict=True)),
        workload=workload,
        workload_by_post={post: Estimate(float(by_post[j])) for j, post in enumerate(case.posts)},
        aid_share=Estimate(aid_share),
        overtime_minutes_per_week=Estimate(0.0),
        unserved_calls_per_week=Estimate(unserved_calls_per_week),
        replications=0,
        weeks=case.horizon_weeks,
        seed=0,
        notes_zh=notes_zh,
        notes_en=notes_en,
    )
