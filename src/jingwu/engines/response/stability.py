"""Load against crews: the one refusal of an unstable queue."""

from __future__ import annotations

import math

from jingwu.terms.refusal import Refusal, WayOut


class Unstable(Refusal):
    """More work comes in than the crews on duty can do, so the queue grows without end.

    ``load_crews``: crews kept busy on average by the work offered; ``crews``: crews on duty;
    ``crews_needed``: the smallest number under which the queue stays finite.
    """

    def __init__(self, load_crews: float, crews: int, crews_needed: int) -> None:
        excess = load_crews / crews - 1.0 if crews else math.inf
        over = f"{excess:.0%}" if math.isfinite(excess) else "∞"
        super().__init__(
            "response.unstable",
            f"工作量需要 {load_crews:.2f} 个警组连续工作，而在岗只有 {crews} 个（超出 {over}），"
            f"排队将无限增长；至少需要 {crews_needed} 个警组。",
            f"The work keeps {load_crews:.2f} crews busy without pause but only {crews} are on duty "
            f"({over} too much), so the queue grows without end; at least {crews_needed} crews are needed.",
            ways_out=(WayOut(f"增加到 {crews_needed} 个警组", f"Raise to {crews_needed} crews"),),
        )
        self.load_crews = load_crews
        self.crews = crews
        self.crews_needed = crews_needed


def crews_for_stability(load_crews: float) -> int:
    """Return the smallest number of crews strictly above the load."""
    return math.floor(load_crews) + 1


def refuse_unstable(load_crews: float, crews: int) -> None:
    """Raise Unstable when ``crews`` cannot keep up with the load."""
    if load_crews >= crews:
        raise Unstable(load_crews, crews, crews_for_stability(load_crews))
