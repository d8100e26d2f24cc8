# catalogue: data - both languages stand side by side
"""What recorded chains say of handling, turnout, ways and scenes; norms speak only where they are silent."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from jingwu.engines.response.facts import DurationFamily, DurationModel
from jingwu.engines.response.travel import AccessFit, CleanChains, clean_chains, fit_access_law
from jingwu.engines.staffing.facts import FloatArray, IntArray
from jingwu.planning.district import District
from jingwu.planning.pipeline.ground import HOURS, Ground
from jingwu.planning.pipeline.norms import DeploymentNorms
from jingwu.terms.incidents import Priority
from jingwu.terms.refusal import BadInput

_FENCE = 3.0  # interquartile ranges above the upper quartile (Tukey 1977, 'far out')
_SCENE_HOURS_MAX = 24


@dataclass(frozen=True)
class Source:
    """Where one part of the response comes from: its mean, the records behind it (0 = the norm), in words."""

    part: str
    minutes: float
    records: int
    zh: str
    en: str


@dataclass(frozen=True, eq=False)
class Calibration:
    """Durations by priority and category of the ground's priorities, the ways, and the sources of all.

    ``category_share``: shape (priorities, categories). ``way``: None where the norms' speeds stand.
    ``chains``: the cleaned chains of the ground's calls; ``quiet``: those whose office had a crew free.
    """

    call_handling: DurationModel
    turnout: DurationModel
    on_scene: DurationModel
    category_share: FloatArray
    way: AccessFit | None
    chains: CleanChains
    quiet: npt.NDArray[np.bool_]
    sources: tuple[Source, ...]

    def mean_minutes(self, model: DurationModel, ground: Ground) -> float:
        """Return the mean of a duration over the mix of calls."""
        mix = np.bincount(ground.call_priority, minlength=len(ground.priorities)).astype(np.float64)
        return float(mix @ (model.mean_minutes * self.category_share).sum(axis=1) / mix.sum())

    def applied(self, ground: Ground, norms: DeploymentNorms) -> tuple[Ground, DeploymentNorms]:
        """Return ground and norms with the measured values in place of the assumed.

        The minutes of access count to the turnout: both pass before a crew helps, however near it is.
        """
        access = 0.0
        if self.way is not None:
            access = self.way.access_minutes
            minutes = ground.travel_minutes * self.way.scale
            ground = replace(ground, travel_minutes=minutes, speed_factor=self.way.speed_factor)
        norms = replace(
            norms,
            call_handling_minutes=self.mean_minutes(self.call_handling, ground),
            turnout_minutes=self.mean_minutes(self.turnout, ground) + access,
        )
        return ground, norms

    def scene_by_priority(self) -> DurationModel:
        """Return the minutes on scene by priority alone, (priorities, 1): mean and spread over categories."""
        mean = (self.on_scene.mean_minutes * self.category_share).sum(axis=1)
        assert self.on_scene.sd_minutes is not None
        square = self.on_scene.sd_minutes**2 + self.on_scene.mean_minutes**2
        sd = np.sqrt(np.maximum((square * self.category_share).sum(axis=1) - mean**2, 0.0))
        return DurationModel(DurationFamily.LOGNORMAL, mean[:, None], sd[:, None])


def calibrate(district: District, ground: Ground, norms: DeploymentNorms) -> Calibration:
    """Estimate every part of the response from the ground's calls.

    Handling and turnout are read from calls whose serving office (their own, or the nearest with a crew on
    duty) had a crew free, so that no queue hides in them; ways likewise, because only then the office they
    began at is known.
    """
    chains = _chains(district, ground)
    category, kinds = _categories(district, ground)
    serving = serving_office(district, ground)
    quiet = _quiet(district, ground, chains, serving)
    share = _category_share(ground, category, kinds)
    sources: list[Source] = []
    few = norms.calibration_records_min
    handling = _part(ground, chains.handling_minutes, quiet, few, norms.call_handling_minutes, kinds)
    turnout = _part(ground, chains.turnout_minutes, quiet, few, norms.turnout_minutes, kinds)
    for name, (model, records) in (("call_handling", handling), ("turnout", turnout)):
        sources.append(_told(name, model, share, ground, records))
    way = _way(ground, chains, quiet, serving, norms)
    sources.append(_way_told(way))
    scene, records = _scenes(ground, chains.on_scene_minutes, category, kinds, norms)
    sources.append(_told("on_scene", scene, share, ground, records))
    return Calibration(handling[0], turnout[0], scene, share, way, chains, quiet, tuple(sources))


def serving_office(district: District, ground: Ground) -> IntArray:
    """Return the office each call falls to: its own, or while that is closed the nearest with a crew."""
    own = ground.area_office[ground.call_area]
    if district.crews_today is None:
        return own
    staffed = district.crews_today > 0
    serving = own.copy()
    for hour in range(HOURS):
        here = np.flatnonzero(ground.call_hour == hour)
        closed = here[~staffed[own[here], hour]]
        if closed.size and staffed[:, hour].any():
            way = np.where(staffed[:, hour, None], ground.travel_minutes, np.inf).argmin(axis=0)
            serving[closed] = way[ground.call_area[closed]]
    return serving


def _chains(district: District, ground: Ground) -> CleanChains:
    calls = district.calls
    rows = ground.call_index
    start = calls.time.min()

    def minutes(column: npt.NDArray[np.datetime64] | None) -> FloatArray:
        if column is None:
            return np.full(len(rows), np.nan)
        stamp = column[rows]
        told = (stamp - start).astype(np.int64) / 60.0
        told[np.isnat(stamp)] = np.nan
        return np.asarray(told)

    stages = (minutes(stage) for stage in (calls.dispatch, calls.enroute, calls.arrive, calls.clear))
    return clean_chains(minutes(calls.time), *stages, minutes_max=_SCENE_HOURS_MAX * 60.0)


def _categories(district: District, ground: Ground) -> tuple[IntArray, int]:
    """Return a dense category index of every call, and how many there are."""
    found, index = np.unique(district.calls.category[ground.call_index], return_inverse=True)
    return index.astype(np.int64), len(found)


def _category_share(ground: Ground, category: IntArray, kinds: int) -> FloatArray:
    levels = len(ground.priorities)
    counts = np.bincount(ground.call_priority * kinds + category, minlength=levels * kinds)
    table = counts.reshape(levels, kinds).astype(np.float64)
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def _quiet(
    district: District, ground: Ground, chains: CleanChains, serving: IntArray
) -> npt.NDArray[np.bool_]:
    """Return which calls met a free crew: fewer calls in hand at their office than crews on duty."""
    crews = np.ones((len(ground.offices), HOURS), dtype=np.int64)
    if district.crews_today is not None:
        crews = district.crews_today.astype(np.int64)
    end = np.where(np.isnan(chains.clear), chains.arrive, chains.clear)
    known = ~np.isnan(end)
    quiet = np.zeros(len(serving), dtype=np.bool_)
    for office in range(len(ground.offices)):
        own = np.flatnonzero((serving == office) & known)
        begun, ended = np.sort(chains.call[own]), np.sort(end[own])
        earlier = np.searchsorted(begun, chains.call[own], side="left")
        in_hand = earlier - np.searchsorted(ended, chains.call[own], side="right")
        quiet[own] = in_hand < crews[office, ground.call_hour[own]]
    return quiet


def _trimmed(minutes: FloatArray) -> FloatArray:
    """Leave out what lies far above the rest: a call that waited after all, a forgotten key."""
    if not len(minutes):
        return minutes
    low, high = np.percentile(minutes, [25, 75])
    return minutes[minutes <= high + _FENCE * max(high - low, 1e-3)]


def _part(
    ground: Ground,
    minutes: FloatArray,
    quiet: npt.NDArray[np.bool_],
    few: int,
    norm_minutes: float,
    kinds: int,
) -> tuple[DurationModel, int]:
    """Return the distribution of a part by priority (the same for every category), and the records used."""
    levels = len(ground.priorities)
    usable = quiet & np.isfinite(minutes) & (minutes >= 0)
    whole = _trimmed(minutes[usable])
    if len(whole) < few:
        return DurationModel.fixed(norm_minutes, levels, kinds), 0
    samples, used = [], 0
    for level in range(levels):
        own = _trimmed(minutes[usable & (ground.call_priority == level)])
        used += len(own) if len(own) >= few else 0
        samples += [own if len(own) >= few else whole] * kinds
    empty = np.zeros((levels, kinds))
    return DurationModel(DurationFamily.EMPIRICAL, empty, samples=tuple(samples)), max(used, len(whole))


def _scenes(
    ground: Ground, minutes: FloatArray, category: IntArray, kinds: int, norms: DeploymentNorms
) -> tuple[DurationModel, int]:
    """Return minutes on scene by priority and category; a thin cell takes its priority's, else the norm."""
    usable = np.isfinite(minutes) & (minutes > 0)
    few = norms.calibration_records_min
    samples: list[FloatArray] = []
    for level, priority in enumerate(ground.priorities):
        level_rows = usable & (ground.call_priority == level)
        whole = minutes[level_rows]
        if len(whole) < few:
            whole = _norm_scene(norms, priority)
        for kind in range(kinds):
            own = minutes[level_rows & (category == kind)]
            samples.append(own if len(own) >= few else whole)
    shape = (len(ground.priorities), kinds)
    sd = np.array([sample.std() for sample in samples]).reshape(shape)
    model = DurationModel(DurationFamily.EMPIRICAL, np.zeros(shape), sd, tuple(samples))
    used = int(usable.sum())
    return model, used if used >= few else 0


def _norm_scene(norms: DeploymentNorms, priority: int) -> FloatArray:
    """Return even quantiles of the lognormal law the norms assume of the minutes on scene, its mean kept."""
    from scipy.special import ndtri

    mean = norms.on_scene_minutes[Priority(priority)]
    spread = np.sqrt(np.log1p(norms.on_scene_spread**2))
    drawn = np.exp(spread * ndtri((np.arange(1000) + 0.5) / 1000) - spread**2 / 2)
    return np.asarray(mean * drawn / drawn.mean())


def _way(
    ground: Ground,
    chains: CleanChains,
    quiet: npt.NDArray[np.bool_],
    serving: IntArray,
    norms: DeploymentNorms,
) -> AccessFit | None:
    recorded = chains.travel_minutes
    after = chains.arrive - chains.dispatch - norms.turnout_minutes
    recorded = np.where(np.isnan(recorded) & (after > 0), after, recorded)
    usable = quiet & np.isfinite(recorded)
    if usable.sum() < norms.calibration_records_min:
        return None
    expected = ground.travel_minutes[serving[usable], ground.call_area[usable]]
    try:
        return fit_access_law(recorded[usable], expected, ground.call_hour[usable])
    except BadInput:
        return None


_NAMES = {
    "call_handling": ("接警", "call handling"),
    "turnout": ("出警准备", "turnout"),
    "on_scene": ("现场处置", "on scene"),
}


def _told(part: str, model: DurationModel, share: FloatArray, ground: Ground, records: int) -> Source:
    mix = np.bincount(ground.call_priority, minlength=len(ground.priorities)).astype(np.float64)
    mean = float(mix @ (model.mean_minutes * share).sum(axis=1) / mix.sum())
    zh, en = _NAMES[part]
    if records:
        return Source(
            part,
            mean,
            records,
            f"{zh}平均 {mean:.1f} 分钟,从 {records:,} 条记录估计",
            f"{en}: {mean:.1f} minutes on average, estimated from {records:,} records",
        )
    return Source(
        part,
        mean,
        0,
        f"{zh} {mean:.1f} 分钟,没有足够记录,取规范值",
        f"{en}: {mean:.1f} minutes, the norm, as records are too few",
    )


def _way_told(way: AccessFit | None) -> Source:
    if way is None:
        return Source(
            "travel",
            0.0,
            0,
            "行程按距离、绕行系数和规范车速推算,没有足够记录",
            "ways from distance, detour and the norms' speeds, as records are too few",
        )
    return Source(
        "travel",
        way.access_minutes,
        way.trips,
        f"行程为距离推算的 {way.scale:.2f} 倍,另加停车上楼 {way.access_minutes:.1f} 分钟,车速分时,"
        f"从 {way.trips:,} 条记录估计(误差中位 {way.error_minutes:.1f} 分钟,剔除 {way.strays:,} 条)",
        f"ways: {way.scale:.2f} × those by distance plus {way.access_minutes:.1f} minutes of access, "
        f"speed by hour, estimated from {way.trips:,} records (median error {way.error_minutes:.1f} "
        f"minutes, {way.strays:,} strays left out)",
    )
