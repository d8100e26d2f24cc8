"""The temporal scan: the stretch of time that stands out most, and whether chance explains it, compiled.

Window statistic: c ln(c/e) + (C − c) ln((C − c)/(C − e)) where c > e; significance from multinomial
replications of the whole series, so that looking at all windows is paid for.
Source: Kulldorff (1997), Communications in Statistics 26:1481–1496; Naus (1965), Journal of the American
Statistical Association 60:532–538.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from jingwu.engines.response.arrays import FloatArray
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True)
class HotWindow:
    """Slots ``first`` … ``first + length − 1`` (modulo the series when circular) stand out most."""

    first: int
    length: int
    observed: float
    expected: float
    ratio: float
    statistic: float
    p_value: float
    words_zh: str
    words_en: str


@njit(cache=True)
def _best_window(
    counts: FloatArray, expected: FloatArray, longest: int, circular: bool
) -> tuple[float, int, int]:
    n, total = counts.size, counts.sum()
    best, first, length = 0.0, 0, 1
    for a in range(n):
        c, e = 0.0, 0.0
        for k in range(longest):
            if a + k >= n and not circular:
                break
            b = (a + k) % n
            c += counts[b]
            e += expected[b]
            if c <= e or e <= 0.0:
                continue
            value = c * np.log(c / e)
            if c < total:
                value += (total - c) * np.log((total - c) / (total - e))
            if value > best:
                best, first, length = value, a, k + 1
    return best, first, length


@njit(cache=True)
def _replicate(
    total: int, expected: FloatArray, longest: int, circular: bool, replications: int, seed: int
) -> FloatArray:
    np.random.seed(seed)
    edges = np.cumsum(expected / expected.sum())
    out = np.zeros(replications)
    for r in range(replications):
        counts = np.zeros(expected.size)
        for _ in range(total):
            slot = int(np.searchsorted(edges, np.random.random(), side="right"))
            counts[min(slot, expected.size - 1)] += 1.0
        out[r] = _best_window(counts, expected, longest, circular)[0]
    return out


def hot_window(
    counts: FloatArray,
    expected: FloatArray | None = None,
    *,
    longest: int,
    circular: bool = False,
    replications: int = 999,
    seed: int = 1,
) -> HotWindow:
    """Find the window of at most ``longest`` slots with the largest excess over ``expected``.

    ``counts``: shape (slots,), whole numbers; ``expected``: same shape, scaled to the total, None = flat.
    ``circular`` lets a window run over the end (hours of the week).
    Raises: BadInput when there is no event, or an event where none is possible.
    """
    series = np.asarray(counts, dtype=np.float64)
    base = np.ones(series.size) if expected is None else np.asarray(expected, dtype=np.float64)
    if base.shape != series.shape or not 1 <= longest <= series.size:
        raise ValueError("expected must fit counts, longest must lie within the series")
    bad = ~np.isfinite(series) | (series < 0) | ~np.isfinite(base) | (base < 0)
    if bad.any() or not series.sum() > 0 or bool(np.any((base == 0) & (series > 0))):
        raise BadInput(
            "hotspots.series_bad",
            "时间序列为空、含无效数值,或在预期为零处有事件。",
            "The series is empty, holds bad numbers, or has events where none are expected.",
        )
    total = int(series.sum())
    base = base * (total / base.sum())
    statistic, first, length = _best_window(series, base, longest, circular)
    draws = _replicate(total, base, longest, circular, replications, seed)
    p_value = (1 + int((draws >= statistic - 1e-12).sum())) / (1 + replications)
    slots = (first + np.arange(length)) % series.size
    observed, hoped = float(series[slots].sum()), float(base[slots].sum())
    ratio = observed / hoped
    return HotWindow(
        int(first), int(length), observed, hoped, ratio, float(statistic), p_value,
        f"第 {first} 至 {slots[-1]} 段共 {observed:g} 起,预期 {hoped:.1f} 起"
        f"({ratio:.2f} 倍,p = {p_value:.3f})。",
        f"Slots {first} to {slots[-1]} hold {observed:g} events, {hoped:.1f} expected ({ratio:.2f} times, "
        f"p = {p_value:.3f}).",
    )  # fmt: skip
