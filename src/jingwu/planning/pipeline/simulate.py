"""Today, plan and physical limit, simulated side by side on the same calls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.facts import (
    CrewSchedule,
    DemandModel,
    DurationModel,
    SimulationCase,
)
from jingwu.engines.response.report import ResponseReport
from jingwu.engines.response.simulation import physical_limit, run
from jingwu.engines.staffing.facts import IntArray
from jingwu.planning.pipeline.demand import dispatch_of, travel_of
from jingwu.planning.pipeline.ground import Ground
from jingwu.planning.pipeline.norms import DeploymentNorms
from jingwu.terms.incidents import Priority

STANDARD_MINUTES = (5.0, 10.0, 18.0)  # the lines every report draws beside the target of the plan


@dataclass(frozen=True, eq=False)
class Stage:
    """Everything a simulation needs but the crews."""

    ground: Ground
    demand: DemandModel
    on_scene: DurationModel
    deployment: DeploymentNorms
    target_minutes: float

    def case(self, crews: IntArray) -> SimulationCase:
        """Return the case with ``crews`` (offices, 168) on duty."""
        ground, deployment = self.ground, self.deployment
        priorities = len(ground.priorities)
        return SimulationCase(
            posts=ground.codes,
            areas=ground.areas,
            demand=self.demand,
            travel=travel_of(ground),
            schedule=CrewSchedule(ground.codes, np.asarray(crews, dtype=np.int64)),
            on_scene=self.on_scene,
            dispatch=dispatch_of(ground, deployment),
            thresholds_minutes=tuple(sorted({*STANDARD_MINUTES, float(self.target_minutes)})),
            call_handling=DurationModel.fixed(deployment.call_handling_minutes, priorities),
            turnout=DurationModel.fixed(deployment.turnout_minutes, priorities),
            two_crew_share=tuple(deployment.two_crew_share.get(Priority(p), 0.0) for p in ground.priorities),
            horizon_weeks=deployment.simulated_weeks,
        )

    def simulate(
        self,
        crews: IntArray,
        *,
        replications: int,
        seed: int,
        executor: Executor | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> ResponseReport:
        """Return the response with ``crews``; the same seed meets the same calls whatever the crews."""
        told = (lambda done, total: progress(done / total)) if progress else None
        return run(self.case(crews), replications=replications, seed=seed, executor=executor, progress=told)

    def limit(self, crews: IntArray) -> ResponseReport:
        """Return the physical limit: every call served at once from the nearest post, the way alone."""
        return physical_limit(self.case(crews))

    def limit_share(self, limit: ResponseReport) -> float:
        """Return P(handling + turnout + way <= target) of the physical limit.

        The limit's own figures hold the way alone; a target counts from the call, so the two fixed parts are
        added.
        """
        budget = self.target_minutes - self.deployment.call_handling_minutes - self.deployment.turnout_minutes
        ways = self.ground.travel_minutes.min(axis=0)[:, None] / self.ground.speed_factor[None, :]
        calls = self.demand.calls_per_hour.sum(axis=1)
        return float((calls * (ways <= budget)).sum() / calls.sum())
