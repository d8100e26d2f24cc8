"""Near repeats: are pairs of events close in both place and time commoner than chance? Knox's test, compiled.

Times are permuted over the places, so that the pattern in space and the pattern in time stay as they are.
Source: Knox (1964), Applied Statistics 13:25–29; Ratcliffe & Rengert (2008), Security Journal 21:58–76;
Besag & Diggle (1977), Applied Statistics 26:327–333 (Monte Carlo significance).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from jingwu.engines.response.arrays import FloatArray, IntArray, frozen
from jingwu.engines.response.hotspots.facts import EventFacts
from jingwu.terms.refusal import BadInput

_MOST_PAIRS = 60_000_000


@dataclass(frozen=True, eq=False)
class NearRepeats:
    """Pairs by distance band (rows) and time band (columns).

    ``observed``, ``expected`` (mean over permutations), ``ratio`` (NaN where nothing is expected) and
    ``p_value`` = (1 + permutations with at least as many) ÷ (1 + permutations); all of shape
    (distance bands, time bands).
    """

    metres: tuple[float, ...]
    days: tuple[float, ...]
    observed: IntArray
    expected: FloatArray
    ratio: FloatArray
    p_value: FloatArray
    permutations: int
    words_zh: str
    words_en: str

    def __post_init__(self) -> None:
        shape = (len(self.metres), len(self.days))
        frozen(self, "observed", np.int64, shape)
        for name in ("expected", "ratio", "p_value"):
            frozen(self, name, np.float64, shape)


@njit(cache=True)
def _count(
    one: IntArray, other: IntArray, band: IntArray, day: FloatArray, days: FloatArray, table: IntArray
) -> None:
    """Count the pairs whose days differ by at most days[t], in the first band that holds them."""
    table[:] = 0
    widest = days[-1]
    for k in range(one.size):
        apart = abs(day[one[k]] - day[other[k]])
        if apart > widest:
            continue
        t = 0
        while apart > days[t]:
            t += 1
        table[band[k], t] += 1


@njit(cache=True)
def _permute(
    one: IntArray, other: IntArray, band: IntArray, day: FloatArray, days: FloatArray, observed: IntArray,
    permutations: int, seed: int,
) -> tuple[FloatArray, IntArray]:  # fmt: skip
    """Return the mean table over permutations and how often each cell was at least as large as observed."""
    np.random.seed(seed)
    mean = np.zeros(observed.shape)
    reached = np.zeros(observed.shape, np.int64)
    table = np.zeros(observed.shape, np.int64)
    mixed = day.copy()
    for _ in range(permutations):
        np.random.shuffle(mixed)
        _count(one, other, band, mixed, days, table)
        for r in range(len(table)):
            for t in range(days.size):
                mean[r, t] += table[r, t]
                if table[r, t] >= observed[r, t]:
                    reached[r, t] += 1
    return mean / permutations, reached


def near_repeats(
    events: EventFacts,
    metres: tuple[float, ...] = (100.0, 200.0, 400.0),
    days: tuple[float, ...] = (2.0, 7.0, 14.0),
    *,
    permutations: int = 199,
    seed: int = 1,
) -> NearRepeats:
    """Test each combination of distance band and time band; bands are upper ends, ascending.

    Raises: BadInput for bands that do not ascend and when there are too many close pairs to count.
    """
    for bands in (metres, days):
        if not bands or bands[0] < 0 or any(b <= a for a, b in pairwise(bands)):
            raise BadInput("hotspots.bands", "分档必须递增。", "Bands must ascend.")
    if permutations < 1:
        raise ValueError("permutations is at least 1")
    tree = cKDTree(np.column_stack([events.x, events.y]))
    close = int(tree.count_neighbors(tree, metres[-1])) // 2
    if close > _MOST_PAIRS:
        raise BadInput(
            "hotspots.too_many_pairs",
            f"{metres[-1]:g} 米以内有 {close:,} 对事件,请缩短时段或距离。",
            f"{close:,} pairs lie within {metres[-1]:g} m; shorten the period or the distance.",
        )
    pairs = tree.query_pairs(metres[-1], output_type="ndarray")
    one, other = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)
    apart = np.hypot(events.x[one] - events.x[other], events.y[one] - events.y[other])
    band = np.minimum(np.searchsorted(metres, apart), len(metres) - 1).astype(np.int64)
    observed = np.zeros((len(metres), len(days)), np.int64)
    limits = np.array(days)
    _count(one, other, band, events.day, limits, observed)
    expected, reached = _permute(one, other, band, events.day, limits, observed, permutations, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(expected > 0, observed / expected, np.nan)
    p_value = (1 + reached) / (1 + permutations)
    return NearRepeats(
        metres, days, observed, expected, ratio, p_value, permutations,
        f"{metres[0]:g} 米、{days[0]:g} 天以内的事件对为随机预期的 {ratio[0, 0]:.2f} 倍"
        f"(p = {p_value[0, 0]:.3f})。",
        f"Pairs within {metres[0]:g} m and {days[0]:g} days are {ratio[0, 0]:.2f} times what chance expects "
        f"(p = {p_value[0, 0]:.3f}).",
    )  # fmt: skip
