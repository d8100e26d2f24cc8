"""Today, plan and physical limit, simulated side by side on the same calls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from jingwu.engines.response.facts import (
    CrewSchedule,
    DemandModel,
    DispatchKind,
    DispatchRule,
    DurationModel,
    SimulationCase,
)
from jingwu.engines.response.report import ResponseReport
from jingwu.engines.response.simulation import run
from jingwu.engines.staffing.facts import IntArray
from jingwu.planning.pipeline.calibration import Calibration
from jingwu.planning.pipeline.demand import dispatch_of, travel_of
from jingwu.planning.pipeline.ground import HOURS, Ground
from jingwu.planning.pipeline.norms import DeploymentNorms
from jingwu.terms.incidents import Priority

CURVE_MINUTES = tuple(float(minute) for minute in range(31))  # where the cumulative share is told
_AMPLE_CREWS = 40  # of one post: more than are ever bound at once where every call is served at once


@dataclass(frozen=True, eq=False)
class Stage:
    """Everything a simulation needs but the crews.

    ``measured``: durations and scatter of ways from the record, None = the norms' and ``on_scene``.
    ``dispatch``: None = the plan's rule. ``has_curve``: shares are told for every minute of CURVE_MINUTES.
    """

    ground: Ground
    demand: DemandModel
    on_scene: DurationModel
    deployment: DeploymentNorms
    target_minutes: float
    measured: Calibration | None = None
    dispatch: DispatchRule | None = None
    has_curve: bool = False

    def with_dispatch(self, dispatch: DispatchRule) -> Stage:
        """Return the stage under another rule of dispatch."""
        return replace(self, dispatch=dispatch)

    def with_curve(self) -> Stage:
        """Return the stage whose reports tell the share reached by every minute."""
        return replace(self, has_curve=True)

    def case(self, crews: IntArray) -> SimulationCase:
        """Return the case with ``crews`` (offices, 168) on duty."""
        ground, deployment = self.ground, self.deployment
        priorities = len(ground.priorities)
        thresholds = {
            *deployment.told_minutes,
            float(self.target_minutes),
            *(CURVE_MINUTES if self.has_curve else ()),
        }
        case = SimulationCase(
            posts=ground.codes,
            areas=ground.areas,
            demand=self.demand,
            travel=travel_of(ground),
            schedule=CrewSchedule(ground.codes, np.asarray(crews, dtype=np.int64)),
            on_scene=self.on_scene,
            dispatch=self.dispatch or dispatch_of(ground, deployment),
            thresholds_minutes=tuple(sorted(thresholds)),
            call_handling=DurationModel.fixed(deployment.call_handling_minutes, priorities),
            turnout=DurationModel.fixed(deployment.turnout_minutes, priorities),
            two_crew_share=tuple(deployment.two_crew_share.get(Priority(p), 0.0) for p in ground.priorities),
            horizon_weeks=deployment.simulated_weeks,
        )
        measured = self.measured
        if measured is None:
            return case
        way = measured.way
        return replace(
            case,
            travel=replace(
                travel_of(ground),
                access_minutes=way.access_minutes if way else 0.0,
                spread_share=way.spread_share if way else 0.0,
            ),
            on_scene=measured.on_scene,
            call_handling=measured.call_handling,
            turnout=measured.turnout,
            category_share=measured.category_share,
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

    def limit(self, *, replications: int, seed: int, executor: Executor | None = None) -> ResponseReport:
        """Return the physical limit on the same calls: a crew free at every post, the nearest goes at once.

        Call handling, turnout, the way and its scatter are all that is left.
        """
        crews = np.full((len(self.ground.offices), HOURS), _AMPLE_CREWS, dtype=np.int64)
        stage = self.with_dispatch(DispatchRule(DispatchKind.NEAREST))
        return stage.simulate(crews, replications=replications, seed=seed, executor=executor)
