"""How good a hot-place map is: PAI and PEI on weeks it has not seen, beside 'the same cells as last year'.

PAI = (n/N) ÷ (a/A): share of events caught over share of area marked. PEI = n ÷ n*: events
caught over the most that any choice of as many cells could have caught.
Source: Chainey, Tompson & Uhlig (2008), Security Journal 21:4–28 (PAI); Hunt (2016), doctoral thesis, City
University of New York (PEI).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray
from jingwu.engines.response.hotspots.clusters import local_clusters
from jingwu.engines.response.hotspots.density import kernel_density
from jingwu.engines.response.hotspots.facts import EventFacts, Grid
from jingwu.terms.refusal import BadInput

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 364
"""52 whole weeks, so that weekdays stay where they are."""

Forecaster = Callable[[EventFacts, Grid, float], FloatArray]
"""Events before a day, the grid, that day → how hot each cell is expected to be, shape (rows, columns)."""


def last_year(events: EventFacts, grid: Grid, now_day: float) -> FloatArray:
    """Rank cells by their events of the last 52 weeks: the map everyone has."""
    return grid.counts(events.between(now_day - DAYS_PER_YEAR, now_day)).astype(np.float64)


def density(events: EventFacts, grid: Grid, now_day: float) -> FloatArray:
    """Rank cells by kernel density, bandwidth of two cells, the weight of an event halving in a year."""
    return kernel_density(
        events, grid, 2.0 * grid.size_metres, now_day=now_day, half_life_days=float(DAYS_PER_YEAR)
    )


def getis_ord(events: EventFacts, grid: Grid, now_day: float) -> FloatArray:
    """Rank cells by Gi* of the last 52 weeks with the cells that touch them."""
    return np.nan_to_num(local_clusters(last_year(events, grid, now_day), grid, 1.5 * grid.size_metres).z)


def blend(events: EventFacts, grid: Grid, now_day: float) -> FloatArray:
    """Rank cells by their own history, halving in two years, ties broken by the density around."""
    weight = 0.5 ** ((now_day - events.day) / (2.0 * DAYS_PER_YEAR))
    rows, columns = grid.inside.shape
    r = np.clip(((events.y - grid.bottom) // grid.size_metres).astype(int), 0, rows - 1)
    c = np.clip(((events.x - grid.left) // grid.size_metres).astype(int), 0, columns - 1)
    own = np.bincount(r * columns + c, weights=weight, minlength=rows * columns).reshape(rows, columns)
    around = kernel_density(
        events, grid, 2.5 * grid.size_metres, now_day=now_day, half_life_days=2.0 * DAYS_PER_YEAR
    )
    return np.asarray(own + 0.1 * around * grid.size_metres**2)


FORECASTERS: Mapping[str, Forecaster] = {
    "last_year": last_year,
    "density": density,
    "getis_ord": getis_ord,
    "blend": blend,
}


@dataclass(frozen=True)
class CellScore:
    """PAI and PEI of one choice of cells; ``caught`` of ``events`` in ``cells`` of ``area_cells``."""

    caught: int
    events: int
    cells: int
    area_cells: int
    best_possible: int

    @property
    def hit_share(self) -> float:
        """Return the share of events caught."""
        return self.caught / self.events

    @property
    def pai(self) -> float:
        """Return share of events over share of area."""
        return self.hit_share / (self.cells / self.area_cells)

    @property
    def pei(self) -> float:
        """Return events caught over the most that as many cells could catch."""
        return self.caught / self.best_possible


def choose_cells(heat: FloatArray, grid: Grid, area_share: float) -> BoolArray:
    """Return the hottest cells making up ``area_share`` of the area (at least one); ties by position.

    Raises: BadInput for a share outside (0, 1].
    """
    if not 0 < area_share <= 1:
        raise BadInput(
            "hotspots.area_share", "面积比例须在 0 与 1 之间。", "The share of area must lie between 0 and 1."
        )
    cells = np.flatnonzero(grid.inside.ravel())
    order = cells[np.argsort(-heat.ravel()[cells], kind="stable")]
    chosen = np.zeros(grid.inside.size, dtype=np.bool_)
    chosen[order[: max(1, round(area_share * cells.size))]] = True
    return chosen.reshape(grid.inside.shape)


def score_cells(chosen: BoolArray, later: IntArray, grid: Grid, *, events: int | None = None) -> CellScore:
    """Score ``chosen`` cells by the counts ``later``, shape (rows, columns), of a time the map has not seen.

    ``events``: all events of that time, those off the grid included; None = the sum of ``later``.
    Raises: BadInput when there is no event to score by.
    """
    total = int(later.sum()) if events is None else events
    if total < 1 or not chosen.any():
        raise BadInput(
            "hotspots.nothing_to_score", "没有可用于评分的事件或格子。", "There is nothing to score."
        )
    cells = int(chosen.sum())
    best = int(np.sort(later[grid.inside])[::-1][:cells].sum())
    return CellScore(int(later[chosen].sum()), total, cells, grid.cells, max(best, 1))


@dataclass(frozen=True)
class Backtest:
    """Scores of each forecaster pooled over the held-out weeks, and the paired difference from the first.

    ``advantage``: mean weekly difference of events caught from the first forecaster; ``half_width``: half of
    its 95 % confidence interval over weeks (0 for the first itself).
    """

    weeks: int
    area_share: float
    scores: Mapping[str, CellScore]
    advantage: Mapping[str, float]
    half_width: Mapping[str, float]
    words_zh: str
    words_en: str


def backtest(
    events: EventFacts,
    grid: Grid,
    first_day: float,
    weeks: int,
    *,
    area_share: float = 0.01,
    forecasters: Mapping[str, Forecaster] | None = None,
) -> Backtest:
    """Let each forecaster mark cells week by week from ``first_day`` on, knowing only what came before.

    PAI and PEI are pooled: caught, possible and all events are summed over the weeks. The first forecaster is
    the yardstick of the paired differences.
    Raises: BadInput when there is no event before ``first_day`` or none in the held-out weeks.
    """
    methods = dict(FORECASTERS if forecasters is None else forecasters)
    caught: dict[str, list[int]] = {name: [] for name in methods}
    best, total, cells = 0, 0, 0
    for week in range(weeks):
        now = first_day + week * DAYS_PER_WEEK
        before = events.between(-np.inf, now)
        keep = (events.day >= now) & (events.day < now + DAYS_PER_WEEK)
        if not keep.any():
            continue
        later = grid.counts(EventFacts(events.x[keep], events.y[keep], events.day[keep]))
        total += int(keep.sum())
        for name, method in methods.items():
            score = score_cells(choose_cells(method(before, grid, now), grid, area_share), later, grid)
            caught[name].append(score.caught)
            cells = score.cells
        best += score.best_possible
    if not total:
        raise BadInput(
            "hotspots.nothing_to_score", "留出的周内没有事件。", "The held-out weeks hold no events."
        )
    return _backtest(methods, caught, best, total, cells, grid, weeks, area_share)


def _backtest(
    methods: dict[str, Forecaster], caught: dict[str, list[int]], best: int, total: int, cells: int,
    grid: Grid, weeks: int, area_share: float,
) -> Backtest:  # fmt: skip
    first = np.array(caught[next(iter(methods))])
    scores, advantage, half_width = {}, {}, {}
    for name in methods:
        difference = np.array(caught[name]) - first
        scores[name] = CellScore(sum(caught[name]), total, cells, grid.cells, best)
        advantage[name] = float(difference.mean())
        spread = float(difference.std(ddof=1)) if difference.size > 1 else 0.0
        half_width[name] = 1.96 * spread / float(np.sqrt(difference.size))
    shown = ";".join(f"{name} PAI {s.pai:.2f}、PEI {s.pei:.2f}" for name, s in scores.items())
    english = "; ".join(f"{name} PAI {s.pai:.2f}, PEI {s.pei:.2f}" for name, s in scores.items())
    return Backtest(
        weeks, area_share, scores, advantage, half_width,
        f"留出 {weeks} 周、面积 {area_share:.1%}:{shown}。",
        f"{weeks} held-out weeks, {area_share:.1%} of the area: {english}.",
    )  # fmt: skip
