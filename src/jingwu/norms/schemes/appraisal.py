"""How persons and offices are appraised; schemes that merely share figures stay apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from jingwu.norms.schemes.team import require, sums_to
from jingwu.terms.colours import OfficeWarning


class IndicatorType(StrEnum):
    """过程 结果 发展 平衡."""

    PROCESS = "process"
    RESULT = "result"
    DEVELOPMENT = "development"
    BALANCE = "balance"


class PersonalFactor(StrEnum):
    """The factors of a person's appraisal (reference 2.13–2.16)."""

    SATISFACTION = "satisfaction"
    RESOLUTION = "resolution"
    RECTIFICATION = "rectification"
    INNOVATION = "innovation"


@dataclass(frozen=True)
class PersonalAppraisal:
    """A person's appraisal: weights of the factors and of KPI and 360°. Source: reference 2.12–2.16."""

    weights: Mapping[PersonalFactor, float]
    kpi_share: float
    review360_share: float
    review360_min_raters: int
    innovation_rubric_points: Mapping[str, float]

    def __post_init__(self) -> None:
        require(set(self.weights) == set(PersonalFactor), "every factor has a weight")
        require(sums_to(self.weights), "the personal weights do not sum to 1")
        require(math.isclose(self.kpi_share + self.review360_share, 1.0), "KPI and 360° do not sum to 1")
        require(sum(self.innovation_rubric_points.values()) == 100, "the rubric does not sum to 100")


@dataclass(frozen=True)
class Indicator:
    """One row of the indicator table: full score at ``target``, none at ``floor``, linear between.

    ``target`` and ``floor`` are in the indicator's ``unit``; ``relative`` says that they are multiples of
    the local median instead.
    """

    zh: str
    en: str
    dimension: str
    type: IndicatorType
    weight_points: float
    numerator: str
    denominator: str
    data: tuple[str, ...]
    unit: str
    target: float
    floor: float
    core: bool = False
    relative: bool = False

    def __post_init__(self) -> None:
        require(self.target != self.floor, "target equals floor")
        require(self.weight_points > 0, "an indicator weighs something")

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger value scores more."""
        return self.target > self.floor

    def score(self, measured: float) -> float:
        """Return the score in points, 0–100 (reference §4.3, rule 1)."""
        share = (measured - self.floor) / (self.target - self.floor)
        return 100.0 * min(1.0, max(0.0, share))


@dataclass(frozen=True)
class Stars:
    """星级警务室: the public's share and the points each star begins at. Source: reference 7.09–7.11."""

    public_share: float
    composite_share: float
    from_points: Mapping[int, float]

    def __post_init__(self) -> None:
        require(math.isclose(self.public_share + self.composite_share, 1.0), "the shares do not sum to 1")
        ascending = [self.from_points[star] for star in sorted(self.from_points)]
        require(ascending == sorted(set(ascending)), "more stars need more points")

    def stars(self, points: float) -> int:
        """Return the stars for ``points`` (0–100)."""
        return max((star for star, least in self.from_points.items() if points >= least), default=0)


@dataclass(frozen=True)
class Warnings:
    """红黄蓝 of offices, per quarter. Source: reference 7.13, 7.14.

    A colour is given below its points, or at its number of core indicators below their floor.
    """

    below_points: Mapping[OfficeWarning, float]
    core_failures: Mapping[OfficeWarning, int]
    rectification_quarters: int
    rectification_days: int

    def __post_init__(self) -> None:
        order = [OfficeWarning.RED, OfficeWarning.YELLOW, OfficeWarning.BLUE]
        points = [self.below_points[colour] for colour in order]
        require(points == sorted(set(points)), "red < yellow < blue in points")


@dataclass(frozen=True)
class AppraisalScoring:
    """Rules of scoring. Source: reference §4.3, 2.10 (half counting: §4.1)."""

    min_denominator: int
    min_answers: int
    basically_satisfied_weight: float
    recheck_share: float
    freeze_days: int
    appeal_working_days: int
    pass_points: float
    innovation_max_owners: int
    public_suppression_below: int


@dataclass(frozen=True)
class OfficeAppraisal:
    """6 dimensions × 28 indicators of four types, with stars and warnings. Source: reference §1.7, §4."""

    type_points: Mapping[IndicatorType, float]
    dimensions: Mapping[str, str]
    indicators: Mapping[str, Indicator]
    stars: Stars
    warnings: Warnings
    scoring: AppraisalScoring

    def __post_init__(self) -> None:
        require(sums_to(self.type_points, 100.0), "the four types do not sum to 100")
        for kind, points in self.type_points.items():
            total = math.fsum(item.weight_points for item in self.indicators.values() if item.type is kind)
            require(math.isclose(total, points), f"the {kind} indicators sum to {total:g}, not {points:g}")
        strange = {item.dimension for item in self.indicators.values()} - set(self.dimensions)
        require(not strange, f"unknown dimensions {sorted(strange)}")
