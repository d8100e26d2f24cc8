"""Where a district lies, told from the bulk of its own points, and which points cannot belong to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jingwu.planning.district.records import Beat

FINE, ZERO, SWAPPED, OUTSIDE = 0, 1, 2, 3
# A box of six interquartile ranges beyond the quartiles holds all of a normal town (eight deviations) and
# still stands when a tenth of the rows are wrong.
QUARTILE_RANGES = 6.0
LEAST_MARGIN_DEGREES = 0.1
_CHINA = (73.0, 3.0, 136.0, 54.0)


@dataclass(frozen=True)
class Frame:
    """A box (west, south, east, north) in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Return which points lie in the box."""
        return (lon >= self.west) & (lon <= self.east) & (lat >= self.south) & (lat <= self.north)

    def wider(self, degrees: float) -> Frame:
        """Return the box moved out on every side."""
        return Frame(self.west - degrees, self.south - degrees, self.east + degrees, self.north + degrees)


def country_frame(time_zone: str, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> Frame:
    """Return China for China's own time zones, else the globe.

    When most points lie in China neither as written nor swapped, the facts are a foreign town's.
    """
    globe, china = Frame(-180.0, -90.0, 180.0, 90.0), Frame(*_CHINA)
    if time_zone not in ("Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "PRC"):
        return globe
    known = int((~np.isnan(lon) & ~((lon == 0) & (lat == 0))).sum())
    at_home = int((china.holds(lon, lat) | china.holds(lat, lon)).sum())
    return china if 2 * at_home >= known else globe


def frame_of_points(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], country: Frame) -> Frame:
    """Return the box around the bulk of the points; the country when there are fewer than eight."""
    usable = country.holds(lon, lat) & ~((lon == 0) & (lat == 0))
    if usable.sum() < 8:
        return country
    sides: list[float] = []
    for values in (lon[usable], lat[usable]):
        low, high = np.quantile(values, (0.25, 0.75))
        margin = max(QUARTILE_RANGES * (high - low), LEAST_MARGIN_DEGREES)
        sides += [float(low - margin), float(high + margin)]
    return Frame(sides[0], sides[2], sides[1], sides[3])


def frame_of_beats(beats: tuple[Beat, ...]) -> Frame | None:
    """Return the box around the beats' boundaries, half a box wider each way; None without boundaries."""
    corners = [point for beat in beats for ring in beat.polygon for point in ring]
    if not corners:
        return None
    array = np.asarray(corners)
    (west, south), (east, north) = array.min(axis=0), array.max(axis=0)
    margin = max(LEAST_MARGIN_DEGREES, 0.5 * max(east - west, north - south))
    return Frame(float(west), float(south), float(east), float(north)).wider(float(margin))


def judge_points(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], frame: Frame
) -> npt.NDArray[np.int8]:
    """Return FINE, ZERO, SWAPPED or OUTSIDE for each point; an unknown position (NaN) is fine."""
    verdict = np.full(len(lon), FINE, np.int8)
    known = ~(np.isnan(lon) | np.isnan(lat))
    out = known & ~frame.holds(lon, lat)
    verdict[out] = OUTSIDE
    verdict[out & frame.holds(lat, lon)] = SWAPPED
    verdict[known & (lon == 0) & (lat == 0)] = ZERO
    return verdict
