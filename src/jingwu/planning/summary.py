"""What a district's calls say by themselves: recorded response by month and office, nothing simulated."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jingwu.planning.district import District

MONTHS_SHOWN = 13


def summarise(district: District, *, target_minutes: float) -> dict[str, Any]:
    """Return the recorded figures of the calls as JSON-ready data.

    ``months``: of each calendar month its calls, mean minutes from call to arrival and the share reached
    within ``target_minutes``; None where nothing was recorded. ``offices``: the same by office code over the
    last whole month. Counts are of calls with a recorded arrival.
    """
    minutes = district.calls.minutes("time", "arrive")
    months = district.local_times.astype("datetime64[M]")
    known = np.isfinite(minutes)
    rows = []
    for month in np.unique(months)[-MONTHS_SHOWN:]:
        rows.append({"month": str(month), "calls": int((months == month).sum()), **_figures(
            minutes[known & (months == month)], target_minutes
        )})  # fmt: skip
    last = np.unique(months)[-1] if len(months) else None
    return {
        "target_minutes": target_minutes,
        "months": rows,
        "offices": _by_office(district, minutes, known & (months == last), target_minutes),
    }


def _figures(minutes: npt.NDArray[np.float64], target_minutes: float) -> dict[str, Any]:
    if not len(minutes):
        return {"arrived": 0, "mean_minutes": None, "p90_minutes": None, "share_within": None}
    return {
        "arrived": len(minutes),
        "mean_minutes": round(float(minutes.mean()), 2),
        "p90_minutes": round(float(np.percentile(minutes, 90)), 2),
        "share_within": round(float((minutes <= target_minutes).mean()), 4),
    }


def _by_office(
    district: District,
    minutes: npt.NDArray[np.float64],
    chosen: npt.NDArray[np.bool_],
    target_minutes: float,
) -> dict[str, Any]:
    if not district.beats:
        return {}
    placed = district.calls.beat >= 0
    office_of = np.where(placed, district.beat_office[np.maximum(district.calls.beat, 0)], -1)
    return {
        office.code: _figures(minutes[chosen & (office_of == place)], target_minutes)
        for place, office in enumerate(district.offices)
    }
