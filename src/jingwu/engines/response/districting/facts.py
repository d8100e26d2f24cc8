"""What the design of beats is told and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray, frozen, refuse_bad_numbers
from jingwu.engines.response.siting.facts import Proof
from jingwu.terms.refusal import BadInput

Scorer = Callable[[IntArray], float]
"""Beat of each area, shape (areas,) → a score, lower is better (for instance expected response minutes)."""


@dataclass(frozen=True, eq=False)
class DistrictFacts:
    """Areas, their work and how they hang together.

    ``travel``: shape (areas, areas), from a beat's centre (row) to an area (column), any one unit.
    ``load``: shape (areas,), the work of each area (calls, or minutes bound). ``adjacent``: shape (areas,
    areas), whether two areas touch; made symmetric. ``names`` of the areas, for words; None = their indices.
    Raises: BadInput for NaN, negative or infinite numbers and for no load at all.
    """

    travel: FloatArray
    load: FloatArray
    adjacent: BoolArray
    names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        n = len(self.load)
        travel = frozen(self, "travel", np.float64, (n, n))
        refuse_bad_numbers(travel, "districting.travel_bad", "行程", "travel")
        load = frozen(self, "load", np.float64, (n,))
        refuse_bad_numbers(load, "districting.load_bad", "工作量", "loads")
        object.__setattr__(
            self, "adjacent", np.asarray(self.adjacent, bool) | np.asarray(self.adjacent, bool).T
        )
        frozen(self, "adjacent", np.bool_, (n, n))
        if self.names is None:
            object.__setattr__(self, "names", tuple(str(index) for index in range(n)))
        assert self.names is not None
        if len(self.names) != n:
            raise ValueError("names needs one entry per area")
        if not load.sum() > 0:
            raise BadInput(
                "districting.zero_load",
                "所有区域的工作量都为零,无法划分警格。",
                "No area has any load, so beats cannot be balanced.",
            )

    @property
    def areas(self) -> int:
        """Return the number of areas."""
        return int(self.load.size)

    def name(self, area: int) -> str:
        """Return the name of area ``area``."""
        assert self.names is not None
        return self.names[area]


@dataclass(frozen=True, eq=False)
class BeatRules:
    """How many beats, how equal, and how dear a change from today's map is.

    ``tolerance_share``: a beat's load may differ from the mean by this share. ``today``: shape (areas,), the
    beat 0 … beats − 1 of each area now. ``change_price``: cost of giving one unit of load to another beat, in
    travel units (0 = change freely; the larger, the fewer areas move). ``steps``: flips tried per start.
    ``starts``: independent searches. ``scorer_calls``: how often the injected scorer may be asked.
    """

    beats: int
    tolerance_share: float = 0.05
    today: IntArray | None = None
    change_price: float = 0.0
    steps: int = 1_500_000
    starts: int = 4
    scorer_calls: int = 400

    def __post_init__(self) -> None:
        if self.today is not None:
            today = frozen(self, "today", np.int64, np.shape(self.today))
            if set(today.tolist()) != set(range(self.beats)):
                raise ValueError("today must use every beat 0 … beats − 1")
        elif self.change_price:
            raise ValueError("change_price needs today's map")
        if min(self.steps, self.starts) < 1 or self.scorer_calls < 0:
            raise ValueError("steps and starts are at least 1")
        if not (self.tolerance_share > 0 and self.change_price >= 0):
            raise ValueError("tolerance_share is positive and change_price not negative")


@dataclass(frozen=True, eq=False)
class DistrictResult:
    """A map of beats and what is known of it.

    ``beat_of_area``: shape (areas,). ``centres``: the area each beat is best served from. ``travel``: Σ load
    × travel from the centre. ``bound``: no map of so many beats can travel less (balance and contiguity left
    aside); None = not computed. ``balance_share``: largest deviation of a beat's load from the mean.
    ``pieces``: connected pieces of each beat (1 = contiguous). ``moved``: areas that leave today's beat.
    ``score``: the injected scorer's figure, None without one.
    """

    beat_of_area: IntArray
    centres: tuple[int, ...]
    travel: float
    bound: float | None
    gap_share: float | None
    proof: Proof
    load_by_beat: tuple[float, ...]
    travel_by_beat: tuple[float, ...]
    balance_share: float
    pieces: tuple[int, ...]
    balanced: bool
    moved: tuple[int, ...]
    moved_load_share: float
    score: float | None
    words_zh: str
    words_en: str
    seed: int

    def __post_init__(self) -> None:
        frozen(self, "beat_of_area", np.int64, np.shape(self.beat_of_area))
        if (self.bound is None) != (self.gap_share is None):
            raise ValueError("bound and gap_share come together")

    @property
    def contiguous(self) -> bool:
        """Return whether every beat is one piece."""
        return all(count == 1 for count in self.pieces)
