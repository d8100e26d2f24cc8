"""Simulation of a district call by call; see docs/engines/response.md."""

from jingwu.engines.response.simulation.limit import physical_limit
from jingwu.engines.response.simulation.run import (
    Replication,
    prepare,
    replay,
    run,
    simulate_once,
)

__all__ = ["Replication", "physical_limit", "prepare", "replay", "run", "simulate_once"]
