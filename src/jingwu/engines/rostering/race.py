"""The common board of solvers running side by side: best roster, best bound, who found it, when to stop."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from jingwu.engines.rostering.checking import check, objective_of
from jingwu.engines.rostering.problem import RosterProblem
from jingwu.engines.rostering.solution import Breach, Improvement, Roster
from jingwu.terms.duty import Severity


@dataclass
class Race:
    """What the solvers of one problem share; every roster passes the checker before it counts."""

    problem: RosterProblem
    seconds: float
    gap: float = 0.0
    on_improvement: Callable[[Improvement], None] | None = None
    should_stop: Callable[[], bool] | None = None
    roster: Roster | None = None
    breaches: tuple[Breach, ...] = ()
    objective: int | None = None
    bound: float = -math.inf
    source: str = ""
    rejected: int = 0
    impossible: bool = False
    seconds_by_step: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.began = time.perf_counter()
        self._lock = threading.Lock()
        self._halted = threading.Event()

    def clock(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self.began

    def left(self) -> float:
        """Return the seconds left."""
        return max(0.0, self.seconds - self.clock())

    def halt(self) -> None:
        """Tell every solver to stop."""
        self._halted.set()

    def over(self) -> bool:
        """Return whether to stop: told to, out of time, proved, or good enough."""
        if self._halted.is_set() or self.impossible or self.clock() >= self.seconds:
            return True
        if self.should_stop is not None and self.should_stop():
            self._halted.set()
            return True
        return self.good_enough()

    def good_enough(self) -> bool:
        """Return whether the gap asked for has been reached (costs are whole numbers)."""
        if self.objective is None:
            return False
        distance = self.objective - self.bound
        return distance < 1 - 1e-6 or distance <= self.gap * max(1, self.objective)

    def best(self) -> tuple[Roster, int] | None:
        """Return the best roster with its objective."""
        with self._lock:
            return None if self.roster is None or self.objective is None else (self.roster, self.objective)

    def raise_bound(self, bound: float) -> None:
        """Take a lower bound on the objective."""
        if math.isfinite(bound):
            with self._lock:
                self.bound = max(self.bound, float(math.ceil(bound - 1e-4)))

    def offer(self, roster: Roster, source: str) -> bool:
        """Let the checker judge a roster; keep it when it is lawful and better."""
        breaches = check(self.problem, roster)
        if any(breach.severity is Severity.LAW for breach in breaches):
            self.rejected += 1
            return False
        objective = objective_of(breaches)
        with self._lock:
            if self.objective is not None and objective >= self.objective:
                return False
            self.roster, self.breaches, self.objective, self.source = roster, breaches, objective, source
            found = Improvement(roster, objective, self.bound, self.clock(), source)
        if self.on_improvement is not None:
            self.on_improvement(found)
        return True
