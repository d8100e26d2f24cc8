"""The scene of a deployment: ground, demand and crews of one fact set, small enough to be kept and reread.

A scene is made once per fact set and norms version; pages and the quick answer need nothing else.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jingwu.engines.response.facts import DemandModel, DurationFamily, DurationModel
from jingwu.engines.staffing.facts import IntArray
from jingwu.engines.staffing.facts import Office as Place
from jingwu.engines.staffing.tours import tours_of
from jingwu.norms import Norms
from jingwu.planning.district import District
from jingwu.planning.pipeline.compose import crews_today_of
from jingwu.planning.pipeline.demand import demand_of, on_scene_of
from jingwu.planning.pipeline.ground import HOURS, Ground, lay_ground
from jingwu.planning.pipeline.norms import deployment_norms, staffing_params
from jingwu.planning.pipeline.params import PlanParams
from jingwu.planning.pipeline.people import people_of, plan_day
from jingwu.planning.pipeline.simulate import Stage

FORMAT = 1
_GROUND_ARRAYS = ("area_lon", "area_lat", "area_office", "travel_minutes", "speed_factor", "exposure_weeks")
_COUNTS = ("calls_total", "calls_unplaced", "calls_unattended")
_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Scene:
    """What a deployment is tried out on.

    ``crews_today``: shape (offices, 168); ``crews_assumed``: the facts name no crews, one a post is assumed.
    ``area_names`` in the order of the ground's areas; ``shapes``: GeoJSON of the beats by code (empty where a
    beat has no boundary), and ``background``: GeoJSON layers ``outline``, ``river``, ``roads``.
    ``period``: first and last local day with a call, ISO dates.
    """

    stage: Stage
    crews_today: IntArray
    crews_assumed: bool
    target_share: float
    area_names: tuple[str, ...]
    shapes: dict[str, Any]
    background: dict[str, Any]
    period: tuple[str, str]
    seed: int

    def __post_init__(self) -> None:
        if self.crews_today.shape != (len(self.ground.offices), HOURS):
            raise ValueError("crews_today must be (offices, 168)")
        if len(self.area_names) != len(self.ground.areas):
            raise ValueError("area_names needs one name per area")

    @property
    def ground(self) -> Ground:
        """Return the ground the scene stands on."""
        return self.stage.ground

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the offices' codes in the order of every array."""
        return self.ground.codes

    @property
    def target_minutes(self) -> float:
        """Return the minutes a plan is sized for."""
        return self.stage.target_minutes

    def pack(self) -> bytes:
        """Return the scene as bytes that ``unpack`` reads back under the same norms."""
        ground, on_scene = self.ground, self.stage.on_scene
        told = {
            "format": FORMAT,
            "offices": [[office.code, office.lon, office.lat] for office in ground.offices],
            "office_names": ground.office_names,
            "areas": ground.areas,
            "priorities": ground.priorities,
            "sited": ground.sited,
            **{name: getattr(ground, name) for name in _COUNTS},
            "day_dispersion": self.stage.demand.day_dispersion,
            "target_minutes": self.target_minutes,
            "target_share": self.target_share,
            "crews_assumed": self.crews_assumed,
            "area_names": self.area_names,
            "shapes": self.shapes,
            "background": self.background,
            "period": self.period,
            "seed": self.seed,
        }
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            told=np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), np.uint8),
            crews_today=self.crews_today,
            rates=self.stage.demand.calls_per_hour,
            scene_mean=on_scene.mean_minutes,
            scene_sd=np.asarray(on_scene.sd_minutes),
            **{name: getattr(ground, name) for name in _GROUND_ARRAYS},
        )
        return buffer.getvalue()

    @staticmethod
    def unpack(packed: bytes, norms: Norms) -> Scene:
        """Return the scene that ``pack`` wrote, the norms' part read anew from ``norms``.

        Raises:
            ValueError: the bytes are of another format.
        """
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        told = json.loads(arrays["told"].tobytes())
        if told["format"] != FORMAT:
            raise ValueError(f"a scene of format {told['format']}, expected {FORMAT}")
        priorities = tuple(told["priorities"])
        ground = Ground(
            offices=tuple(Place(code, lon, lat) for code, lon, lat in told["offices"]),
            office_names=tuple(told["office_names"]),
            areas=tuple(told["areas"]),
            priorities=priorities,
            call_area=_NONE,
            call_hour=_NONE,
            call_priority=_NONE,
            call_day=_NONE,
            sited=told["sited"],
            **{name: told[name] for name in _COUNTS},
            **{name: arrays[name] for name in _GROUND_ARRAYS},
        )
        stage = Stage(
            ground=ground,
            demand=DemandModel(ground.areas, priorities, arrays["rates"], told["day_dispersion"]),
            on_scene=DurationModel(DurationFamily.LOGNORMAL, arrays["scene_mean"], arrays["scene_sd"]),
            deployment=deployment_norms(norms),
            target_minutes=told["target_minutes"],
        )
        return Scene(
            stage=stage,
            crews_today=arrays["crews_today"].astype(np.int64),
            crews_assumed=told["crews_assumed"],
            target_share=told["target_share"],
            area_names=tuple(told["area_names"]),
            shapes=told["shapes"],
            background=told["background"],
            period=(told["period"][0], told["period"][1]),
            seed=told["seed"],
        )

    def with_owners(self, area_office: IntArray) -> Scene:
        """Return the scene with other offices answering for the areas (areas,)."""
        ground = replace(self.ground, area_office=np.asarray(area_office, dtype=np.int64))
        return replace(self, stage=replace(self.stage, ground=ground))


def scene_of(district: District, norms: Norms, *, offices: int | None = None, seed: int = 1) -> Scene:
    """Return the scene of a district; without offices in the facts ``offices`` of them are sited.

    Raises:
        BadInput: no call can be placed, or there are neither offices nor a number of them.
    """
    params = PlanParams(offices=offices)
    deployment = deployment_norms(norms)
    minutes, share = norms.response.target_minutes, norms.response.target_share
    staffing = staffing_params(norms, deployment, minutes, share)
    ground = lay_ground(district, params, norms, deployment, seed=seed)
    stage = Stage(
        ground, demand_of(ground, deployment), on_scene_of(district, ground, deployment), deployment, minutes
    )
    crews = _crews(district, ground, params, norms, staffing, deployment)
    assumed = not crews.any()
    if assumed:
        crews = np.ones_like(crews)
    beat_names = {beat.code: beat.name or beat.code for beat in district.beats}
    return Scene(
        stage=stage,
        crews_today=crews,
        crews_assumed=assumed,
        target_share=share,
        area_names=tuple(beat_names.get(code, code) for code in ground.areas),
        shapes=_shapes(district),
        background=_background(district),
        period=(str(district.period[0]), str(district.period[1])),
        seed=seed,
    )


def _crews(
    district: District, ground: Ground, params: PlanParams, norms: Norms, staffing: Any, deployment: Any
) -> IntArray:
    if district.crews_today is not None:
        return district.crews_today.astype(np.int64)
    if not district.people:
        return np.zeros((len(ground.offices), HOURS), dtype=np.int64)
    people, _ = people_of(district, ground, params, norms, plan_day(district, params))
    return crews_today_of(district, ground, people, staffing, deployment, tours_of(staffing.patterns))


def _shapes(district: District) -> dict[str, Any]:
    return {
        beat.code: {
            "type": "MultiPolygon",
            "coordinates": [[[list(p) for p in ring]] for ring in beat.polygon],
        }
        for beat in district.beats
        if beat.polygon
    }


def _background(district: District) -> dict[str, Any]:
    ground = district.background
    if ground is None:
        return {}
    layers: dict[str, Any] = {}
    for name, lines in (("outline", ground.outline), ("river", ground.water)):
        if lines:
            rings = [[[list(point) for point in line.points]] for line in lines]
            layers[name] = {"type": "MultiPolygon", "coordinates": rings}
    if ground.roads:
        roads = [[list(point) for point in line.points] for line in ground.roads]
        layers["roads"] = {"type": "MultiLineString", "coordinates": roads}
    return layers
