"""Whether a report tells of something already reported: by place, time and text, with the reasons."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from jingwu.terms.earth import METRES_PER_DEGREE

_NUMERALS = str.maketrans("〇零一二三四五六七八九", "00123456789")


@dataclass(frozen=True)
class Report:
    """One report; without a position (None) place does not count."""

    id: str
    at: datetime
    text: str = ""
    lon: float | None = None
    lat: float | None = None
    category: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a report's time needs a time zone")
        if (self.lon is None) != (self.lat is None):
            raise ValueError("a position is a longitude and a latitude")


@dataclass(frozen=True)
class DuplicateParams:
    """Reach, weights that sum to 1, and the least score (norms ``incidents.duplicates``)."""

    radius_metres: float
    window_minutes: float
    place_weight: float
    time_weight: float
    text_weight: float
    min_score: float

    def __post_init__(self) -> None:
        if self.radius_metres <= 0 or self.window_minutes <= 0:
            raise ValueError("radius and window are longer than nothing")
        if not math.isclose(self.place_weight + self.time_weight + self.text_weight, 1.0):
            raise ValueError("the weights sum to 1")


@dataclass(frozen=True)
class Match:
    """One report that may be the same, with its score 0–1 and what it is made of.

    ``metres`` or ``text_likeness`` is None where one of the two reports lacks it; then the other weights
    are scaled up. ``shared`` are up to eight pairs of signs that both texts have in common.
    """

    id: str
    score: float
    metres: float | None
    minutes: float
    text_likeness: float | None
    same_category: bool
    shared: tuple[str, ...]

    @property
    def zh(self) -> str:
        """The reasons in Chinese."""
        parts = [f"相隔 {self.minutes:.0f} 分钟"]
        if self.metres is not None:
            parts.insert(0, f"相距 {self.metres:.0f} 米")
        if self.text_likeness is not None:
            parts.append(f"文字相似 {self.text_likeness:.0%}")
        return ",".join(parts)

    @property
    def en(self) -> str:
        """The reasons in English."""
        parts = [f"{self.minutes:.0f} min apart"]
        if self.metres is not None:
            parts.insert(0, f"{self.metres:.0f} m apart")
        if self.text_likeness is not None:
            parts.append(f"text {self.text_likeness:.0%} alike")
        return ", ".join(parts)


def find_duplicates(
    report: Report, others: Iterable[Report], params: DuplicateParams, *, limit_count: int = 5
) -> tuple[Match, ...]:
    """Return the reports most like ``report``, best first, that score at least ``params.min_score``.

    Nearness in place and time falls linearly to 0 at the radius and the window; beyond either, two
    reports are never one. Texts are compared by pairs of adjacent signs (Dice's coefficient), which needs
    no word list and bears a wrong sign or two.
    """
    pairs = _pairs(report.text)
    found = []
    for other in others:
        if other.id == report.id:
            continue
        minutes = abs((other.at - report.at).total_seconds()) / 60.0
        if minutes > params.window_minutes:
            continue
        metres = _metres(report, other, params.radius_metres)
        if metres is not None and metres > params.radius_metres:
            continue
        match = _match(pairs, other, minutes, metres, report.category, params)
        if match is not None:
            found.append(match)
    found.sort(key=lambda match: (-match.score, match.id))
    return tuple(found[:limit_count])


def _match(
    pairs: frozenset[str],
    other: Report,
    minutes: float,
    metres: float | None,
    category: str,
    params: DuplicateParams,
) -> Match | None:
    weight, score = params.time_weight, params.time_weight * (1.0 - minutes / params.window_minutes)
    if metres is not None:
        weight += params.place_weight
        score += params.place_weight * (1.0 - metres / params.radius_metres)
    # Even with equal texts the score cannot reach the least one: spare the comparison.
    if (score + params.text_weight) / (weight + params.text_weight) < params.min_score and (
        weight == 0 or score / weight < params.min_score
    ):
        return None
    theirs = _pairs(other.text)
    likeness: float | None = None
    shared: frozenset[str] = frozenset()
    if pairs and theirs:
        shared = pairs & theirs
        likeness = 2.0 * len(shared) / (len(pairs) + len(theirs))
        weight += params.text_weight
        score += params.text_weight * likeness
    # Time alone says nothing: many things happen within two hours.
    if weight == 0 or (metres is None and likeness is None) or score / weight < params.min_score:
        return None
    same = bool(category) and category == other.category
    return Match(other.id, score / weight, metres, minutes, likeness, same, tuple(sorted(shared))[:8])


def _pairs(text: str) -> frozenset[str]:
    """Return the pairs of adjacent signs; width, case and Chinese numerals are folded (三号楼 is 3号楼)."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_NUMERALS)
    signs = "".join(sign for sign in plain if unicodedata.category(sign)[0] in "LN")
    return frozenset(signs[index : index + 2] for index in range(len(signs) - 1))


def _metres(first: Report, second: Report, radius: float) -> float | None:
    """Return the distance on the sphere, or infinity as soon as latitude alone exceeds ``radius``."""
    if first.lon is None or first.lat is None or second.lon is None or second.lat is None:
        return None
    north = (second.lat - first.lat) * METRES_PER_DEGREE
    if abs(north) > radius:
        return math.inf
    east = (second.lon - first.lon + 180.0) % 360.0 - 180.0
    east *= METRES_PER_DEGREE * math.cos(math.radians((first.lat + second.lat) / 2.0))
    return math.hypot(north, east)
