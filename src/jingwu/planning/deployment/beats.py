"""Which office answers for which beat: contiguous, balanced by workload, near, and little changed from today.

The beats are the atoms. Offices stand where they stand, so a group of beats is served from its office and
from nowhere else: in the matrix handed to the districting engine every other centre is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import Delaunay, QhullError
from shapely import STRtree
from shapely.geometry import shape

from jingwu.engines.response.districting import (
    BeatRules,
    DistrictFacts,
    DistrictResult,
    bridge_parts,
    describe_map,
    design_beats,
)
from jingwu.engines.response.facts import DemandModel
from jingwu.engines.response.steady import approximate_response
from jingwu.engines.staffing.facts import FloatArray, IntArray
from jingwu.planning.deployment.answer import quick_answer
from jingwu.planning.deployment.crews import load_by_hour
from jingwu.planning.deployment.scene import Scene
from jingwu.planning.pipeline.ground import HOURS
from jingwu.terms.refusal import BadInput

Progress = Callable[[str, float], None]

_OUT_OF_REACH = 50.0  # times the longest way: no search prefers a centre that is no office
_SHARED_DEGREES = 2e-5  # a common border shorter than about two metres is a corner
_TYPICAL_SHARES = (0.35, 0.65, 0.9)  # quiet, ordinary and busy hours stand for the week in the scorer
_SCORER_CALLS = 120
_STEPS = 600_000


@dataclass(frozen=True)
class BeatParams:
    """What is asked of a map: ``tolerance_share`` of the mean load, ``keep_minutes`` the price of a change.

    ``keep_minutes``: minutes of way that one unit of work given to another office must save (0 = draw
    freely). ``offices``: how many were sited where the facts have none.
    Raises: BadInput for numbers out of range.
    """

    tolerance_share: float = 0.2
    keep_minutes: float = 0.5
    offices: int | None = None

    def __post_init__(self) -> None:
        problems = {}
        if not 0.02 <= self.tolerance_share <= 1:
            problems["tolerance_share"] = "2-100 %"
        if not 0 <= self.keep_minutes <= 30:
            problems["keep_minutes"] = "0-30"
        if problems:
            words = ", ".join(f"{name} ({allowed})" for name, allowed in problems.items())
            raise BadInput(
                "beats.params", f"参数超出范围:{words}", f"parameters out of range: {words}", fields=problems
            )


def design(scene: Scene, params: BeatParams, *, progress: Progress) -> dict[str, Any]:
    """Return today's map and a better one side by side: loads, ways, response, and every beat that moves.

    Raises:
        BadInput: there are fewer beats than offices.
    """
    ground = scene.ground
    offices = len(ground.offices)
    if len(ground.areas) < offices:
        raise BadInput(
            "beats.too_few",
            f"警格 {len(ground.areas)} 个,少于警务室 {offices} 个,无法重新划分。",
            f"There are {len(ground.areas)} beats for {offices} offices; nothing can be drawn anew.",
        )
    progress("neighbours", 0.05)
    load = work_of_areas(scene)
    home = _home_areas(ground.travel_minutes)
    touching, bridges = bridge_parts(neighbours(scene), _between(scene))
    ways = np.full((len(ground.areas),) * 2, _OUT_OF_REACH * float(ground.travel_minutes.max()))
    ways[home] = ground.travel_minutes
    facts = DistrictFacts(ways, load, touching, scene.area_names)
    today = np.array(ground.area_office)
    for office in range(offices):
        if not (today == office).any():  # an office without a beat at least answers for its own
            today[home[office]] = office
    # one beat that outweighs an office sets what balance can mean; the result names it
    heaviest = int(load.argmax())
    tolerance = max(params.tolerance_share, float(load[heaviest]) * offices / float(load.sum()) - 1.0 + 0.01)
    rules = BeatRules(
        beats=offices,
        tolerance_share=tolerance,
        today=today,
        change_price=params.keep_minutes,
        steps=_STEPS,
        starts=3,
        scorer_calls=_SCORER_CALLS,
    )
    progress("search", 0.15)
    scorer = ApproximateScorer(scene, home, today)
    drawn = design_beats(facts, rules, seed=scene.seed, scorer=scorer)
    answers_for = _by_office(drawn.beat_of_area, home, today)
    progress("compare", 0.85)
    drawn = describe_map(facts, rules, answers_for, bound=drawn.bound, score=scorer(answers_for))
    before = describe_map(facts, rules, today, score=scorer(today))
    return {
        "today": _side(scene, before, today, load),
        "drawn": _side(scene, drawn, answers_for, load),
        "moved": _moved(scene, today, answers_for, load),
        "moved_load_share": drawn.moved_load_share,
        "bridges": [[scene.area_names[a], scene.area_names[b]] for a, b in bridges],
        "offices": list(scene.codes),
        "office_of_area_today": today.tolist(),
        "office_of_area": answers_for.tolist(),
        "tolerance_asked": params.tolerance_share,
        "tolerance_share": round(tolerance, 4),
        "heaviest": {"name": scene.area_names[heaviest], "hours": round(float(load[heaviest]), 1)},
        "keep_minutes": params.keep_minutes,
    }


def work_of_areas(scene: Scene) -> FloatArray:
    """Return the hours a week the calls of each area bind crews of its own office today, way included."""
    stage, ground = scene.stage, scene.ground
    per_week = stage.demand.calls_per_hour.sum(axis=2)
    pairs = np.array([1.0 + stage.deployment.two_crew_share.get(p, 0.0) for p in ground.priorities])  # type: ignore[call-overload]
    way = ground.travel_minutes[ground.area_office, np.arange(len(ground.areas))]
    minutes = stage.on_scene.mean_minutes[:, 0][None, :] + stage.deployment.turnout_minutes + way[:, None]
    return np.asarray((per_week * pairs[None, :] * minutes).sum(axis=1) / 60.0)


def neighbours(scene: Scene) -> np.ndarray:
    """Return which areas touch, (areas, areas): by a common border, else by the triangles between centres."""
    ground = scene.ground
    count = len(ground.areas)
    touching = np.zeros((count, count), dtype=bool)
    if all(code in scene.shapes for code in ground.areas):
        shapes = [shape(scene.shapes[code]).buffer(0) for code in ground.areas]
        grown = [one.buffer(_SHARED_DEGREES / 2) for one in shapes]
        one, other = STRtree(grown).query(grown, predicate="intersects")
        for a, b in zip(one.tolist(), other.tolist(), strict=True):
            if a < b and grown[a].intersection(grown[b]).length > 4 * _SHARED_DEGREES:
                touching[a, b] = touching[b, a] = True
        return touching
    points = np.column_stack([ground.area_lon, ground.area_lat])
    try:
        corners = Delaunay(points).simplices
    except (QhullError, ValueError):  # fewer than three points, or all on one line
        order = np.lexsort((points[:, 1], points[:, 0]))
        touching[order[:-1], order[1:]] = touching[order[1:], order[:-1]] = True
        return touching
    for a, b in ((0, 1), (1, 2), (0, 2)):
        touching[corners[:, a], corners[:, b]] = touching[corners[:, b], corners[:, a]] = True
    return touching


def _home_areas(travel_minutes: FloatArray) -> IntArray:
    """Return the area each office stands in, no two the same: together the shortest ways, (offices,)."""
    _, areas = linear_sum_assignment(travel_minutes)
    return np.asarray(areas, dtype=np.int64)


def _between(scene: Scene) -> FloatArray:
    ground = scene.ground
    squeeze = np.cos(np.radians(ground.area_lat.mean()))
    east = (ground.area_lon[:, None] - ground.area_lon[None, :]) * squeeze
    return np.hypot(east, ground.area_lat[:, None] - ground.area_lat[None, :])


def _by_office(groups: IntArray, home: IntArray, today: IntArray) -> IntArray:
    """Number the groups by the office that stands in them, else by the office most of them had."""
    offices = home.size
    claim = np.zeros((offices, offices))
    claim[groups[home], np.arange(offices)] += groups.size + 1.0
    np.add.at(claim, (groups, today), 1.0)
    _, office = linear_sum_assignment(claim, maximize=True)
    return np.asarray(office[groups], dtype=np.int64)


class ApproximateScorer:
    """Expected minutes to arrival of a map, by the hypercube approximation in a few typical hours.

    Three hours stand for the week, so that a map is scored in some hundredths of a second.
    """

    def __init__(self, scene: Scene, home: IntArray, today: IntArray) -> None:
        self.scene, self.home, self.today = scene, home, today
        load, crews = load_by_hour(scene), scene.crews_today.sum(axis=0)
        busy = np.where(crews > 0, load / np.maximum(crews, 1), np.inf)
        calm = np.argsort(busy, kind="stable")[: max(1, int((busy < 0.9).sum()))]
        chosen = {int(calm[int(share * (calm.size - 1))]) for share in _TYPICAL_SHARES}
        rates = np.zeros_like(scene.stage.demand.calls_per_hour)
        for hour in chosen:
            # the hour before is the same: rates are lagged by one service, and it must find calls there
            for same in (hour, (hour - 1) % HOURS):
                rates[:, :, same] = scene.stage.demand.calls_per_hour[:, :, hour]
        demand = scene.stage.demand
        self.demand = DemandModel(demand.areas, demand.priorities, rates)

    def __call__(self, groups: IntArray) -> float:
        """Return the mean minutes when the groups answer for the areas, (areas,)."""
        owners = _by_office(np.asarray(groups), self.home, self.today)
        case = self.scene.with_owners(owners).stage.case(self.scene.crews_today)
        return approximate_response(replace(case, demand=self.demand)).overall.mean_minutes.value


def _side(scene: Scene, told: DistrictResult, owners: IntArray, load: FloatArray) -> dict[str, Any]:
    ground = scene.ground
    way = ground.travel_minutes[owners, np.arange(owners.size)]
    answer = quick_answer(scene.with_owners(owners), scene.crews_today)
    offices = []
    for place, code in enumerate(scene.codes):
        own = owners == place
        weight = load[own]
        offices.append(
            {
                "code": code,
                "beats": int(own.sum()),
                "hours": round(float(weight.sum()), 2),
                "way_minutes": round(float(np.average(way[own], weights=weight)), 3)
                if weight.sum()
                else None,
                "pieces": told.pieces[place],
            }
        )
    return {
        "offices": offices,
        "mean_hours": round(float(load.sum()) / len(offices), 2),
        "balance_share": round(told.balance_share, 4),
        "balanced": told.balanced,
        "contiguous": told.contiguous,
        "way_minutes": round(float(np.average(way, weights=load)), 3),
        "score_minutes": None if told.score is None else round(told.score, 3),
        "mean_minutes": answer.figures["mean"],
        "share": answer.figures["within"][f"{scene.target_minutes:g}"],
    }


def _moved(scene: Scene, today: IntArray, drawn: IntArray, load: FloatArray) -> list[dict[str, Any]]:
    """Return the areas that change hands, the most work first, each with what speaks for it."""
    ground = scene.ground
    hours = np.bincount(today, weights=load, minlength=len(scene.codes))
    mean = float(hours.mean())
    rows = []
    for area in np.flatnonzero(today != drawn):
        old, new = int(today[area]), int(drawn[area])
        rows.append(
            {
                "area": ground.areas[area],
                "name": scene.area_names[area],
                "from": scene.codes[old],
                "to": scene.codes[new],
                "hours": round(float(load[area]), 2),
                "way_today": round(float(ground.travel_minutes[old, area]), 2),
                "way_drawn": round(float(ground.travel_minutes[new, area]), 2),
                "from_load_share": round(float(hours[old]) / mean - 1.0, 4),
                "to_load_share": round(float(hours[new]) / mean - 1.0, 4),
            }
        )
    return sorted(rows, key=lambda row: -row["hours"])
