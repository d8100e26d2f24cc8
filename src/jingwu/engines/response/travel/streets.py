"""Minutes along streets."""

from __future__ import annotations

import numpy as np

from jingwu.engines.response.arrays import HOURS_PER_WEEK, FloatArray
from jingwu.engines.response.facts import TravelModel
from jingwu.engines.response.streets import StreetNetwork


def travel_by_streets(
    posts: tuple[str, ...],
    areas: tuple[str, ...],
    network: StreetNetwork,
    post_places: FloatArray,
    area_places: FloatArray,
    *,
    speed_km_per_hour: float,
    speed_factor: FloatArray | None = None,
) -> TravelModel:
    """Return travel along streets of metres at one speed, the straight step to the street included.

    ``…_places``: shape (n, 2), metres, as the network's.
    """
    metres = network.ways(post_places, area_places, walk_cost=1.0)
    factor = np.ones(HOURS_PER_WEEK) if speed_factor is None else speed_factor
    return TravelModel(posts, areas, metres / 1000.0 / speed_km_per_hour * 60.0, factor)
