"""From single calls to reported figures: sums, quantiles and confidence intervals by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.special import stdtrit

from jingwu.engines.response.arrays import FloatArray, IntArray
from jingwu.engines.response.facts import SimulationCase
from jingwu.engines.response.report import Estimate, ResponseFigures

# Columns of the table of sums, before one column per threshold.
CALLS, RESPONSE, HANDLING, WAIT, TURNOUT, TRAVEL, SCENE, CREW, WAITED, FIXED_COLUMNS = range(10)
CONFIDENCE = 0.95
QUANTILES = np.array([0.5, 0.9])


@dataclass(frozen=True, eq=False)
class Grouping:
    """The groups every call is counted in: all, its hour, priority, area, and the post of its first crew."""

    hours: int
    priorities: int
    areas: int
    posts: int

    @staticmethod
    def of(case: SimulationCase) -> Grouping:
        """Return the grouping of a case."""
        return Grouping(168, len(case.priorities), len(case.areas), len(case.posts))

    @property
    def parts(self) -> tuple[slice, ...]:
        """Return where all, hours, priorities, areas and posts stand in a table of groups."""
        ends = np.cumsum([1, self.hours, self.priorities, self.areas, self.posts])
        starts = np.concatenate(([0], ends[:-1]))
        return tuple(slice(int(a), int(b)) for a, b in zip(starts, ends, strict=True))

    @property
    def size(self) -> int:
        """Return the number of groups."""
        return self.parts[-1].stop

    def index(self, hour: IntArray, priority: IntArray, area: IntArray, post: IntArray) -> IntArray:
        """Return the five groups of every call, shape (5, calls)."""
        starts = [part.start for part in self.parts]
        return np.stack(
            [
                np.zeros_like(hour),
                hour + starts[1],
                priority + starts[2],
                area + starts[3],
                post + starts[4],
            ]
        )


@njit(cache=True, nogil=True)
def sum_groups(  # type: ignore[no-untyped-def]
    index, metrics, weight, thresholds, size
):
    """Return the weighted sums of ``metrics`` (columns, calls) and of response ≤ threshold, by group."""
    columns = metrics.shape[0]
    sums = np.zeros((size, columns + thresholds.size))
    for kind in range(index.shape[0]):
        for call in range(index.shape[1]):
            row = sums[index[kind, call]]
            w = weight[call]
            for column in range(columns):
                row[column] += w * metrics[column, call]
            for t in range(thresholds.size):
                if metrics[1, call] <= thresholds[t]:
                    row[columns + t] += w
    return sums


@njit(cache=True, nogil=True)
def group_quantiles(index, values, weight, quantiles, size):  # type: ignore[no-untyped-def]
    """Return weighted quantiles by group, shape (size, quantiles), NaN where a group is empty.

    One sort of all values; each group then meets its members in ascending order. A quantile q is the
    smallest value below or at which a share q of the group's weight lies.
    """
    order = np.argsort(values)
    total = np.zeros(size)
    for kind in range(index.shape[0]):
        for call in range(index.shape[1]):
            total[index[kind, call]] += weight[call]
    found = np.full((size, quantiles.size), np.nan)
    passed = np.zeros(size)
    reached = np.zeros(size, dtype=np.int64)
    for position in range(order.size):
        call = order[position]
        for kind in range(index.shape[0]):
            group = index[kind, call]
            passed[group] += weight[call]
            while reached[group] < quantiles.size and passed[group] >= quantiles[reached[group]] * total[
                group
            ] * (1.0 - 1e-12):
                if weight[call] == 0.0:
                    break
                found[group, reached[group]] = values[call]
                reached[group] += 1
    return found


def half_widths(sums: FloatArray) -> FloatArray:
    """Return the half-widths of ratio estimates, shape (groups, columns), NaN with one replication.

    ``sums``: shape (replications, groups, columns), column 0 the number of calls. Delta method: the spread of
    S − m·n over replications, divided by the mean n.
    Source: Law (2015), Simulation Modeling and Analysis, ch. 9 (replications) and §4.5; ratio estimator of
    Cochran (1977), Sampling Techniques, ch. 6.
    """
    runs = sums.shape[0]
    if runs < 2:
        return np.full(sums.shape[1:], np.nan)
    calls = sums[:, :, :1]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.sum(axis=0) / calls.sum(axis=0)
        spread = np.sqrt(((sums - mean * calls) ** 2).sum(axis=0) / (runs - 1))
        return np.asarray(student(runs) * spread / (calls.mean(axis=0) * np.sqrt(runs)))


def student(runs: int) -> float:
    """Return the factor of the two-sided 95 % interval from ``runs`` replications."""
    return float(stdtrit(runs - 1, (1.0 + CONFIDENCE) / 2.0))


def estimate_of(values: FloatArray) -> Estimate:
    """Return mean and half-width over replications (NaN entries, of empty groups, left out)."""
    kept = values[~np.isnan(values)]
    if kept.size == 0:
        return Estimate(float("nan"))
    if kept.size < 2:
        return Estimate(float(kept.mean()))
    return Estimate(
        float(kept.mean()), student(kept.size) * float(kept.std(ddof=1)) / float(np.sqrt(kept.size))
    )


def figures_of_groups(
    sums: FloatArray,
    quantiles: FloatArray,
    quantiles_by_run: FloatArray | None,
    thresholds: tuple[float, ...],
    weeks: float,
) -> list[ResponseFigures]:
    """Return the figures of every group.

    ``sums``: (replications, groups, columns); ``quantiles``: (groups, 2) over all replications together;
    ``quantiles_by_run``: (replications, groups, 2), None = exact figures without intervals.
    """
    runs, groups, _ = sums.shape
    total = sums.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / total[:, :1]
    sampled = quantiles_by_run is not None and runs > 1
    half = half_widths(sums)
    spread = np.full((groups, 2), np.nan)
    if quantiles_by_run is not None and runs > 1:
        known = ~np.isnan(quantiles_by_run)
        count = known.sum(axis=0)
        filled = np.where(known, quantiles_by_run, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = filled.sum(axis=0) / count
            squares = np.where(known, (filled - centre) ** 2, 0.0).sum(axis=0) / (count - 1)
            spread = stdtrit(np.maximum(count - 1, 1), (1 + CONFIDENCE) / 2) * np.sqrt(squares / count)

    def estimate(value: float, width: float) -> Estimate:
        return Estimate(float(value), float(width) if sampled and np.isfinite(width) else None)

    figures = []
    for g in range(groups):
        columns = [estimate(mean[g, c], half[g, c]) for c in range(sums.shape[2])]
        figures.append(
            ResponseFigures(
                calls_per_week=float(total[g, CALLS] / runs / weeks),
                mean_minutes=columns[RESPONSE],
                median_minutes=estimate(quantiles[g, 0], spread[g, 0]),
                p90_minutes=estimate(quantiles[g, 1], spread[g, 1]),
                within=tuple(zip(thresholds, columns[FIXED_COLUMNS:], strict=True)),
                call_handling_minutes=columns[HANDLING],
                queue_wait_minutes=columns[WAIT],
                turnout_minutes=columns[TURNOUT],
                travel_minutes=columns[TRAVEL],
                on_scene_minutes=columns[SCENE],
                crew_minutes=columns[CREW],
                waited_share=columns[WAITED],
            )
        )
    return figures
