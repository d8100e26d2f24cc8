"""Minutes from coordinates alone: great circle × detour ÷ speed."""

from __future__ import annotations

import numpy as np

from jingwu.engines.response.arrays import HOURS_PER_WEEK, FloatArray
from jingwu.engines.response.facts import TravelModel
from jingwu.numerics.globe import great_circle_km
from jingwu.terms.refusal import BadInput


def travel_by_distance(
    posts: tuple[str, ...],
    areas: tuple[str, ...],
    post_lon_lat: FloatArray,
    area_lon_lat: FloatArray,
    *,
    detour_factor: float,
    speed_km_per_hour: float,
    speed_factor: FloatArray | None = None,
) -> TravelModel:
    """Return travel by great circle × ``detour_factor`` ÷ speed. ``…_lon_lat``: shape (n, 2), degrees.

    Raises: BadInput naming posts or areas without coordinates or with coordinates off the globe.
    """
    if not (detour_factor >= 1 and speed_km_per_hour > 0):
        raise ValueError("detour_factor is at least 1 and the speed positive")
    for names, places in ((posts, post_lon_lat), (areas, area_lon_lat)):
        with np.errstate(invalid="ignore"):
            valid = (np.abs(places[:, 0]) <= 180) & (np.abs(places[:, 1]) <= 90)
        lost = [names[i] for i in np.flatnonzero(~valid)]
        if lost:
            raise BadInput(
                "response.coordinates_bad",
                f"有 {len(lost)} 处坐标缺失或超出范围：{'、'.join(lost[:10])}。",
                f"{len(lost)} places have no valid coordinates: {', '.join(lost[:10])}.",
            )
    minutes = great_circle_km(post_lon_lat, area_lon_lat) * detour_factor / speed_km_per_hour * 60.0
    factor = np.ones(HOURS_PER_WEEK) if speed_factor is None else speed_factor
    return TravelModel(posts, areas, minutes, factor)
