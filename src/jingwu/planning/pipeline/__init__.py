"""From a district's facts, norms and a seed to a finished plan: pure composition of the engines."""

from jingwu.planning.pipeline.compose import compute
from jingwu.planning.pipeline.params import PlanParams
from jingwu.planning.pipeline.result import PlanResult, Step, digest_of

__all__ = ["PlanParams", "PlanResult", "Step", "compute", "digest_of"]
