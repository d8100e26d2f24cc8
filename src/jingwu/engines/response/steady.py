"""The response of a district without simulating it: 168 steady hours, each by the hypercube approximation.

Fast enough to follow a crew dragged over the map; the simulation confirms it afterwards.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtri

from jingwu.engines.response.arrays import HOURS_PER_WEEK, BoolArray, FloatArray, IntArray, hour_of_week
from jingwu.engines.response.candidates import Candidates, candidates_of
from jingwu.engines.response.facts import (
    DemandModel,
    DurationFamily,
    DurationModel,
    SimulationCase,
    TravelModel,
)
from jingwu.engines.response.figures import Grouping
from jingwu.engines.response.hypercube.approximate import solve_approximate
from jingwu.engines.response.hypercube.model import HypercubeModel
from jingwu.engines.response.queueing.priorities import priority_waits
from jingwu.engines.response.queueing.staffing import lagged_rates
from jingwu.engines.response.report import Method, ResponseReport
from jingwu.engines.response.stability import Unstable
from jingwu.engines.response.weighted import weighted_report
from jingwu.terms.refusal import BadInput

# An hour with more work than crews is computed at this utilisation: it lasts too short to reach infinity.
_FULLEST = 0.98
# Dispatches rarer than this share of the commonest are left out of the distribution (the rest scaled up).
_RAREST = 1e-2
# A call that waited may be served by any post: its way is spread over so many quantiles of theirs.
_WAYS_AFTER_WAIT = 5
_TOLERANCE = 1e-6


def approximate_response(case: SimulationCase) -> ResponseReport:
    """Return the response of ``case`` hour by hour as if each lasted for ever, rates lagged by one service.

    Who serves whom is Budge–Ingolfsson–Erkut's approximation; waits follow Cobham's priorities with an
    exponential tail; handling, turnout and ways spread by quasi-random quantiles. Pairs add their second crew
    to the load. Limits of mutual aid by priority and reserve are not seen: aid is taken as
    always given. The notes say how many hours were overloaded or without a crew.
    Raises: BadInput for travel by the square-root law, which names no posts.
    """
    if not isinstance(case.travel, TravelModel):
        raise BadInput(
            "response.approximation_needs_matrix",
            "按平方根定律计算行车时间时无法使用快速近似，请直接模拟。",
            "With travel by the square-root law there is no quick approximation; simulate instead.",
        )
    rates = _weekly_rates(case)
    table = candidates_of(case)
    shares = np.array(case.two_crew_share)
    load = np.einsum("akh,k->ah", rates, 1.0 + shares)
    lag = float(_mean(case.on_scene, case, rates))
    lagged = np.stack([lagged_rates(row, lag) for row in load])
    cells = _Cells(case, rates)
    for hour in range(HOURS_PER_WEEK):
        _add_hour(case, table.at(hour), hour, rates[:, :, hour], lagged[:, hour], cells)
    return cells.report()


def _weekly_rates(case: SimulationCase) -> FloatArray:
    if isinstance(case.demand, DemandModel):
        return case.demand.calls_per_hour
    calls = case.demand
    rates = np.zeros((len(case.areas), len(case.priorities), HOURS_PER_WEEK))
    place = (calls.area_index, calls.priority_index, hour_of_week(calls.arrival_minutes))
    np.add.at(rates, place, 1.0 / case.horizon_weeks)
    return rates


def _mean(model: DurationModel, case: SimulationCase, rates: FloatArray) -> float:
    """Return the mean of a duration over the mix of priorities and categories."""
    assert case.category_share is not None
    mix = rates.sum(axis=(0, 2))
    return float(mix @ (model.mean_minutes * case.category_share).sum(axis=1) / mix.sum())


def _parts(table: Candidates, active: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the component number of every area and post: groups that share no crew, −1 = no crew at all."""
    areas, posts = table.posts.shape
    usable = (table.posts >= 0) & active[table.posts]
    rows, places = np.nonzero(usable)
    links = coo_array(
        (np.ones(rows.size), (rows, areas + table.posts[rows, places])), shape=(areas + posts,) * 2
    )
    _, label = connected_components(links, directed=False)
    return np.where(usable.any(axis=1), label[:areas], -1), np.where(active, label[areas:], -1)


def _add_hour(
    case: SimulationCase,
    table: Candidates,
    hour: int,
    rates: FloatArray,
    load: FloatArray,
    cells: _Cells,
) -> None:
    """Solve one hour, part by part, and add its cells."""
    assert isinstance(case.travel, TravelModel)
    assert case.turnout is not None
    crews = case.schedule.crews[:, hour]
    area_part, post_part = _parts(table, crews > 0)
    cells.unserved += float(rates[area_part < 0].sum())
    cells.crewless += bool(np.any(rates[area_part < 0] > 0))
    way = (
        np.where(np.isfinite(case.travel.minutes), case.travel.minutes, 0.0).T
        / case.travel.speed_factor[hour]
        + case.travel.access_minutes
    )
    for part in set(area_part[area_part >= 0].tolist()):
        areas, posts = np.flatnonzero(area_part == part), np.flatnonzero(post_part == part)
        if rates[areas].sum() == 0:
            continue
        service = np.full((areas.size, posts.size), cells.scene_minutes)
        if not case.service_includes_travel:
            service += cells.turnout_minutes + way[np.ix_(areas, posts)]
        calls = np.maximum(load[areas], 1e-9)
        lists = _lists(table, areas, posts)
        model_crews = crews[posts]
        most = _FULLEST * model_crews.sum()
        for _ in range(60):
            try:
                model = HypercubeModel(calls, lists, model_crews, service)
                result = solve_approximate(model, tolerance=_TOLERANCE)
                busy = float(result.workload @ model_crews)
                if busy <= most:
                    break
                factor = min(most / busy, 0.999)
            except Unstable as unstable:
                factor = min(most / unstable.load_crews, 0.97)
            calls = calls * factor
            cells.overloaded.add(hour)
        mean_service = float(result.workload @ model_crews) / float(calls.sum()) * 60.0
        mix = rates[areas].sum(axis=0) / rates[areas].sum() * calls.sum()
        waits = priority_waits(int(model_crews.sum()), mix.tolist(), mean_service * (1 - 1e-9))
        delay = np.array([wait.mean_minutes / max(wait.wait_probability, 1e-300) for wait in waits])
        cells.workload[posts, hour] = result.workload
        cells.add(hour, areas, posts, rates[areas], result.dispatch, result.delayed, delay, way)


def _lists(table: Candidates, areas: IntArray, posts: IntArray) -> IntArray:
    """Return the lists of a part in its own numbering; posts a list leaves out stand at its end."""
    rank = np.full(table.minutes.T.shape, table.minutes.shape[0], dtype=np.int64)
    rows, places = np.nonzero(table.posts >= 0)
    rank[rows, table.posts[rows, places]] = places
    return np.argsort(rank[np.ix_(areas, posts)], axis=1, kind="stable")


class _Cells:
    """Weighted outcomes gathered hour by hour: a mutable heap of columns, local to this module."""

    def __init__(self, case: SimulationCase, rates: FloatArray) -> None:
        assert case.turnout is not None
        self.case = case
        self.columns: list[tuple[FloatArray, ...]] = []
        self.workload = np.zeros((len(case.posts), HOURS_PER_WEEK))
        self.scene_minutes = _mean(case.on_scene, case, rates)
        self.turnout_minutes = _mean(case.turnout, case, rates)
        self.unserved = 0.0
        self.crewless = 0
        self.overloaded: set[int] = set()

    def add(
        self,
        hour: int,
        areas: IntArray,
        posts: IntArray,
        rates: FloatArray,
        dispatch: FloatArray,
        delayed: FloatArray,
        delay: FloatArray,
        way: FloatArray,
    ) -> None:
        """Add the calls served at once and those that waited, by area, priority and post."""
        kept = np.where(dispatch >= _RAREST * dispatch.max(), dispatch, 0.0)
        kept *= (dispatch.sum(axis=1) / np.maximum(kept.sum(axis=1), 1e-300))[:, None]
        row, column = np.nonzero(kept)
        self._append(hour, areas, posts, rates, row, column, kept[row, column], way, None)
        order = np.argsort(way[np.ix_(areas, posts)], axis=1)
        reached = np.cumsum(delayed[order], axis=1) / max(float(delayed.sum()), 1e-300)
        middles = (np.arange(_WAYS_AFTER_WAIT) + 0.5) / _WAYS_AFTER_WAIT
        place = (reached[:, None, :] < middles[None, :, None]).sum(axis=2)
        column = np.take_along_axis(order, np.minimum(place, posts.size - 1), axis=1).ravel()
        row = np.repeat(np.arange(areas.size), _WAYS_AFTER_WAIT)
        share = np.full(row.size, float(delayed.sum()) / _WAYS_AFTER_WAIT)
        self._append(hour, areas, posts, rates, row, column, share, way, delay)

    def _append(
        self,
        hour: int,
        areas: IntArray,
        posts: IntArray,
        rates: FloatArray,
        row: IntArray,
        column: IntArray,
        share: FloatArray,
        way: FloatArray,
        delay: FloatArray | None,
    ) -> None:
        """Add one cell per priority and pair of area (``row``) and post (``column``)."""
        for level in range(rates.shape[1]):
            weight = rates[row, level] * share
            size = weight.size
            self.columns.append(
                (
                    np.full(size, float(hour)),
                    areas[row].astype(np.float64),
                    np.full(size, float(level)),
                    posts[column].astype(np.float64),
                    weight,
                    way[areas[row], posts[column]],
                    np.full(size, 0.0 if delay is None else delay[level]),
                    np.full(size, 0.0 if delay is None else 1.0),
                )
            )

    def report(self) -> ResponseReport:
        """Return the report of all cells, with spread drawn from four Kronecker sequences."""
        case = self.case
        assert case.call_handling is not None
        assert case.turnout is not None
        hour, area, level, post, weight, way, delay, waited = (
            np.concatenate(part) for part in zip(*self.columns, strict=True)
        )
        kept = weight > 0
        hour, area, level, post = (part[kept].astype(np.int64) for part in (hour, area, level, post))
        weight, way, delay, waited = weight[kept], way[kept], delay[kept], waited[kept]
        steps = np.arange(1, weight.size + 1, dtype=np.float64)[:, None]
        even = (steps * np.sqrt(np.array([2.0, 3.0, 5.0, 7.0]))) % 1.0
        handling = _quantile(case.call_handling, case, level, even[:, 0])
        turnout = _quantile(case.turnout, case, level, even[:, 1])
        wait = -delay * np.log1p(-even[:, 2])
        assert isinstance(case.travel, TravelModel)
        if case.travel.spread_share > 0:
            access = case.travel.access_minutes
            way = access + (way - access) * case.travel.way_factor(np.clip(even[:, 3], 1e-9, 1 - 1e-9))
        scene = np.full(weight.size, self.scene_minutes)
        bound = scene + (0.0 if case.service_includes_travel else turnout + way)
        response = handling + wait + turnout + way
        metrics = np.stack(
            [np.ones(weight.size), response, handling, wait, turnout, way, scene, bound, waited]
        )
        index = Grouping.of(case).index(hour, level, area, post)
        notes_zh, notes_en = self._notes()
        return weighted_report(
            case,
            Method.APPROXIMATION,
            index,
            metrics,
            weight,
            workload=self.workload,
            unserved_calls_per_week=self.unserved,
            notes_zh=notes_zh,
            notes_en=notes_en,
        )

    def _notes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        zh, en = [], []
        if self.overloaded:
            zh.append(f"有 {len(self.overloaded)} 个小时工作量超过在岗警组，按 98% 负荷估算，请以模拟为准。")
            en.append(
                f"{len(self.overloaded)} hours have more work than crews; they were estimated at 98 % load. "
                "Trust the simulation there."
            )
        if self.crewless:
            zh.append(f"有 {self.crewless} 个小时部分区域无人在岗，其警情未计入。")
            en.append(f"In {self.crewless} hours some areas have no crew on duty; their calls are left out.")
        return tuple(zh), tuple(en)


def _quantile(model: DurationModel, case: SimulationCase, level: IntArray, even: FloatArray) -> FloatArray:
    """Return a quantile of the duration for each cell, its category chosen by the mix's largest share."""
    assert case.category_share is not None
    assert model.sd_minutes is not None
    category = case.category_share.argmax(axis=1)
    mean = (model.mean_minutes * case.category_share).sum(axis=1)
    if model.family is DurationFamily.FIXED:
        return np.asarray(mean[level])
    if model.family is DurationFamily.EXPONENTIAL:
        return np.asarray(-mean[level] * np.log1p(-even))
    if model.family is DurationFamily.LOGNORMAL:
        sd = (model.sd_minutes * case.category_share).sum(axis=1)
        ratio = np.divide(sd, mean, out=np.zeros_like(sd), where=mean > 0)
        spread = np.sqrt(np.log1p(ratio**2))
        score = ndtri(np.clip(even, 1e-9, 1 - 1e-9))
        return np.asarray(mean[level] * np.exp(spread[level] * score - spread[level] ** 2 / 2.0))
    drawn = np.empty(level.size)
    for k in range(len(case.priorities)):
        sample = model.samples[k * model.mean_minutes.shape[1] + int(category[k])]
        chosen = level == k
        drawn[chosen] = sample[(even[chosen] * sample.size).astype(np.int64)]
    return drawn
