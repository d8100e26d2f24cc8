"""One simulated day as events on a map: calls that come in, crews that drive, work and are free again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from jingwu.engines.response.simulation import replay
from jingwu.engines.staffing.facts import FloatArray, IntArray
from jingwu.planning.deployment.scene import Scene

MINUTES_A_DAY = 1440


def replay_day(scene: Scene, crews: IntArray, *, day: int, number: int = 0) -> dict[str, Any]:
    """Return ``day`` (0 = Monday) of simulated week ``number`` with ``crews`` (offices, 168) on duty.

    Times are minutes of the day. ``calls``: what is going on that day, also what began the day before: ``at``
    (negative: before midnight), ``area``, ``priority``, and per crew ``post``, ``crew``, ``leaves``,
    ``arrives``, ``clears`` (None = not within the simulated week). Indices count ``areas`` and ``posts``.
    Raises: ValueError for a day outside 0 … 6.
    """
    if not 0 <= day <= 6:
        raise ValueError("day is 0 … 6")
    trace = replay(replace(scene.stage.case(crews), horizon_weeks=1), seed=scene.seed, replication=number)
    start = day * MINUTES_A_DAY
    end = start + MINUTES_A_DAY
    over = np.fmax(trace.clear_minutes, np.nan_to_num(trace.second_clear_minutes, nan=-np.inf))
    lasting = np.isnan(trace.clear_minutes) | (over > start)
    shown = np.flatnonzero((trace.arrival_minutes < end) & lasting)
    calls = []
    for call in shown.tolist():
        row = {
            "at": round(float(trace.arrival_minutes[call]) - start, 2),
            "area": int(trace.area_index[call]),
            "priority": int(scene.ground.priorities[int(trace.priority_index[call])]),
            "crews": [],
        }
        for post, crew, leaves, arrives, clears in (
            (trace.post_index, trace.crew, trace.dispatch_minutes, trace.arrive_minutes, trace.clear_minutes),
            (
                trace.second_post_index,
                trace.second_crew,
                trace.second_dispatch_minutes,
                trace.second_arrive_minutes,
                trace.second_clear_minutes,
            ),
        ):
            if post[call] >= 0:
                times = [_minute(column, call, start) for column in (leaves, arrives, clears)]
                row["crews"].append([int(post[call]), int(crew[call]), *times])
        calls.append(row)
    ground = scene.ground
    today = [row for row in calls if row["at"] >= 0]
    waits = [
        row["crews"][0][3] - row["at"] for row in today if row["crews"] and row["crews"][0][3] is not None
    ]
    target = scene.target_minutes
    return {
        "day": day,
        "calls": calls,
        "areas": [
            [round(float(lon), 6), round(float(lat), 6), name]
            for lon, lat, name in zip(ground.area_lon, ground.area_lat, scene.area_names, strict=True)
        ],
        "posts": [
            [office.lon, office.lat, name, crews[place, day * 24 : day * 24 + 24].tolist()]
            for place, (office, name) in enumerate(zip(ground.offices, ground.office_names, strict=True))
        ],
        "figures": {
            "calls": len(today),
            "mean": round(float(np.mean(waits)), 2) if waits else None,
            "in_time": sum(wait <= target for wait in waits),
            "longest": round(max(waits), 1) if waits else None,
            "target": target,
        },
    }


def _minute(column: FloatArray, call: int, start: float) -> float | None:
    value = float(column[call])
    return None if np.isnan(value) else round(value - start, 2)
