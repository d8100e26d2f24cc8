"""How long the steps of a plan take, and how far it is: never part of what the plan says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from jingwu.planning.pipeline.result import Step

Progress = Callable[[str, float], None]

# Where each step ends on the way from 0 to 1, for the progress bar; measured on the demo district.
_ENDS = {
    "facts": 0.03,
    "requirement": 0.10,
    "allocation": 0.20,
    "deployment": 0.25,
    "assignment": 0.28,
    "habit": 0.38,
    "today": 0.50,
    "plan": 0.64,
    "cost": 0.97,
    "rules": 1.0,
}


@dataclass
class Clock:
    """Times the steps and tells the progress; never part of the result's identity."""

    progress: Progress | None
    steps: list[Step] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    reached: float = 0.0

    def inside(self, name: str) -> Callable[[float], None]:
        """Return a callback for the share of step ``name`` that is done."""
        start, end = self.reached, _ENDS[name]

        def tell(share: float) -> None:
            if self.progress:
                self.progress(name, start + (end - start) * min(1.0, share))

        tell(0.0)
        return tell

    def done(self, name: str) -> None:
        """Close step ``name``."""
        now = time.perf_counter()
        self.steps.append(Step(name, now - self.began))
        self.began, self.reached = now, _ENDS[name]
        if self.progress:
            self.progress(name, self.reached)
