"""Siting: where offices and crews should stand; see docs/engines/siting.md."""

from jingwu.engines.response.siting.covering import bacop, dsm, lscp, mclp, mexclp
from jingwu.engines.response.siting.facts import Effort, Proof, SitingFacts, SitingResult
from jingwu.engines.response.siting.median import p_median

__all__ = [
    "Effort",
    "Proof",
    "SitingFacts",
    "SitingResult",
    "bacop",
    "dsm",
    "lscp",
    "mclp",
    "mexclp",
    "p_median",
]
