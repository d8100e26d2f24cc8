"""Local clusters of high counts: Getis–Ord Gi* with control of the false discovery rate.

Gi* = (Σ_j w_ij x_j − X̄ W_i) / (S √((n Σ_j w_ij² − W_i²) / (n − 1))), w_ij = 1 within the radius,
the cell itself included.
Source: Ord & Getis (1995), Geographical Analysis 27:286–306; Benjamini & Hochberg (1995), Journal of the
Royal Statistical Society B 57:289–300; Caldas de Castro & Singer (2006), Geographical Analysis 38:180–208.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, stats

from jingwu.engines.response.arrays import BoolArray, FloatArray, frozen
from jingwu.engines.response.hotspots.facts import Grid
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True, eq=False)
class LocalClusters:
    """Gi* per cell (NaN outside), its one-sided p-value, and the cells significant at the discovery rate."""

    z: FloatArray
    p_value: FloatArray
    significant: BoolArray
    words_zh: str
    words_en: str

    def __post_init__(self) -> None:
        for name, kind in (("z", np.float64), ("p_value", np.float64), ("significant", np.bool_)):
            frozen(self, name, kind, np.shape(self.z))


def local_clusters(
    counts: FloatArray, grid: Grid, radius_metres: float, *, false_discovery_rate: float = 0.05
) -> LocalClusters:
    """Find the cells whose surroundings hold more events than chance over the grid's area explains.

    ``counts``: shape (rows, columns). Raises: BadInput when all cells hold the same count.
    """
    inside = grid.inside
    values = np.where(inside, counts, 0.0).astype(np.float64)
    n, total = grid.cells, float(values.sum())
    mean = total / n
    spread = float(np.sqrt(max(0.0, (values[inside] ** 2).sum() / n - mean**2)))
    if spread == 0 or n < 2:
        raise BadInput(
            "hotspots.no_variation",
            "所有格子的事件数相同,无法判断聚集。",
            "Every cell holds the same count, so nothing can stand out.",
        )
    reach = int(radius_metres // grid.size_metres)
    offset = np.arange(-reach, reach + 1)
    near = np.hypot(offset[:, None], offset[None, :]) * grid.size_metres <= radius_metres
    local = ndimage.convolve(values, near.astype(np.float64), mode="constant")
    weight = ndimage.convolve(inside.astype(np.float64), near.astype(np.float64), mode="constant")
    scale = spread * np.sqrt(np.maximum(n * weight - weight**2, 1e-12) / (n - 1))
    z = np.where(inside, (local - mean * weight) / scale, np.nan)
    p_value = np.where(inside, stats.norm.sf(z), np.nan)
    significant = np.zeros(inside.shape, dtype=np.bool_)
    significant[inside] = discoveries(p_value[inside], false_discovery_rate)
    count = int(significant.sum())
    return LocalClusters(
        z, p_value, significant,
        f"{n} 个格子中有 {count} 个显著偏高(错误发现率 {false_discovery_rate:.0%})。",
        f"{count} of {n} cells are significantly high (false discovery rate {false_discovery_rate:.0%}).",
    )  # fmt: skip


def discoveries(p_value: FloatArray, rate: float) -> BoolArray:
    """Return which p-values are discoveries at false discovery ``rate`` (Benjamini–Hochberg)."""
    order = np.argsort(p_value, kind="stable")
    passed = np.flatnonzero(p_value[order] <= rate * np.arange(1, p_value.size + 1) / p_value.size)
    found = np.zeros(p_value.size, dtype=np.bool_)
    if passed.size:
        found[order[: passed[-1] + 1]] = True
    return found
