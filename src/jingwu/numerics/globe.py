"""Distances on the globe."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jingwu.terms.earth import EARTH_RADIUS_METRES

FloatArray = npt.NDArray[np.float64]


def great_circle_km(origins: FloatArray, targets: FloatArray) -> FloatArray:
    """Return distances in km, shape (origins, targets), between (lon, lat) pairs in degrees (haversine).

    NaN where a coordinate is.
    """
    lon1, lat1 = np.radians(np.asarray(origins, dtype=np.float64)).T
    lon2, lat2 = np.radians(np.asarray(targets, dtype=np.float64)).T
    half = np.sin((lat2[None] - lat1[:, None]) / 2.0) ** 2
    half = half + np.cos(lat1)[:, None] * np.cos(lat2) * np.sin((lon2[None] - lon1[:, None]) / 2.0) ** 2
    return np.asarray(2.0 * EARTH_RADIUS_METRES / 1000.0 * np.arcsin(np.sqrt(np.minimum(half, 1.0))))
