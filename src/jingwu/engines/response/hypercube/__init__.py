"""The hypercube: who serves whom, and how busy each crew is, when crews help each other out."""

from __future__ import annotations

from dataclasses import replace

from jingwu.engines.response.hypercube.approximate import correction, solve_approximate
from jingwu.engines.response.hypercube.exact import bytes_needed, solve_exact
from jingwu.engines.response.hypercube.model import HypercubeMethod, HypercubeModel, HypercubeResult

# What the exact solution may take unless the caller says otherwise: 18 crews, about two seconds.
MEMORY_BYTES_MAX = 64 * 1024**2

__all__ = [
    "MEMORY_BYTES_MAX",
    "HypercubeMethod",
    "HypercubeModel",
    "HypercubeResult",
    "bytes_needed",
    "correction",
    "solve",
    "solve_approximate",
    "solve_exact",
]


def solve(model: HypercubeModel, *, memory_bytes_max: int = MEMORY_BYTES_MAX) -> HypercubeResult:
    """Return the exact steady state where it fits into memory, else the approximation, saying so."""
    needed = bytes_needed(model.units)
    if needed <= memory_bytes_max:
        return solve_exact(model)
    return replace(
        solve_approximate(model),
        note_zh=f"{model.units} 个警组的精确模型需要 {needed / 1024**3:.1f} GiB 内存，已改用近似算法。",
        note_en=f"The exact model of {model.units} crews would take {needed / 1024**3:.1f} GiB of memory; "
        "the approximation was used.",
    )
