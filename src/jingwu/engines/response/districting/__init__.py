"""Beats: contiguous, balanced districts made of small reporting areas; see docs/engines/siting.md."""

from jingwu.engines.response.districting.design import describe_map, design_beats
from jingwu.engines.response.districting.facts import BeatRules, DistrictFacts, DistrictResult, Scorer
from jingwu.engines.response.districting.shape import bridge_parts, count_pieces

__all__ = [
    "BeatRules",
    "DistrictFacts",
    "DistrictResult",
    "Scorer",
    "bridge_parts",
    "count_pieces",
    "describe_map",
    "design_beats",
]
