"""Calls that need two crews at once: the exact queue, first come first served."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import FloatArray
from jingwu.engines.response.stability import Unstable
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True)
class TwoCrewFigures:
    """The steady state when a share of calls starts only once two crews are free: minutes, 0…1."""

    crews: int
    utilisation: float
    wait_probability: float
    mean_wait_minutes: float
    mean_waiting_calls: float
    calls_per_hour_max: float


def two_crew_queue(
    crews: int, calls_per_hour: float, service_minutes: float, two_crew_share: float
) -> TwoCrewFigures:
    """Return the queue whose calls need one crew, or two with probability ``two_crew_share``.

    Both crews start together and end independently (exponential). States: n busy with nobody waiting; all
    busy with q waiting; and all but one busy while the head of the queue needs two. The last two form a
    quasi-birth–death process, solved by its rate matrix R.
    Raises: Unstable; BadInput when one crew is to serve two-crew calls.
    Source: Green (1980), A queueing system in which customers require a random number of servers; Green
    (1984), A multiple dispatch queueing model of police patrol operations.
    """
    if not 0 <= two_crew_share <= 1:
        raise ValueError("two_crew_share lies in 0…1")
    if crews < 2 and two_crew_share > 0:
        raise BadInput(
            "response.two_crews_need_two",
            "需要两个警组的警情至少要有两个在岗警组。",
            "Calls that need two crews need at least two crews on duty.",
        )
    arrive = calls_per_hour / 60.0
    finish = 1.0 / service_minutes
    limit = _rate_limit(crews, finish, two_crew_share)
    if arrive >= limit:
        raise Unstable(arrive / limit * crews, crews, _crews_for(arrive, finish, two_crew_share))
    boundary, first, rate = _solve(crews, arrive, finish, two_crew_share)
    inverse = np.linalg.inv(np.eye(2) - rate)
    waiting_calls = float(first @ inverse @ inverse @ np.ones(2))
    queued = float(first @ inverse @ np.ones(2))
    wait = queued + float(boundary[-1]) + two_crew_share * float(boundary[-2])
    return TwoCrewFigures(
        crews=crews,
        utilisation=arrive * (1.0 + two_crew_share) / (crews * finish),
        wait_probability=wait,
        mean_wait_minutes=waiting_calls / arrive if arrive > 0 else 0.0,
        mean_waiting_calls=waiting_calls,
        calls_per_hour_max=limit * 60.0,
    )


def _rate_limit(crews: int, finish: float, share: float) -> float:
    """Return the calls per minute a saturated system starts: crews idle while a pair is awaited."""
    if share == 0:
        return crews * finish
    return crews * finish / (1.0 + share * crews / (crews - 1))


def _crews_for(arrive: float, finish: float, share: float) -> int:
    crews = max(2, math.floor(arrive * (1.0 + share) / finish))
    while _rate_limit(crews, finish, share) <= arrive:
        crews += 1
    return crews


def _solve(
    crews: int, arrive: float, finish: float, share: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the probabilities without a queue (crews + 1,), with one waiting (2,), and R (2, 2)."""
    up = arrive * np.eye(2)
    down = finish * np.array([[crews * (1.0 - share), 0.0], [crews - 1.0, 0.0]])
    stay = np.array(
        [
            [-(arrive + crews * finish), crews * finish * share],
            [0.0, -(arrive + (crews - 1) * finish)],
        ]
    )
    if crews == 1:
        stay[1, 1] = -1.0 - arrive  # the pair state is never entered; any rate keeps the matrix regular
        down[1, 0] = 1.0
    rate: FloatArray = np.zeros((2, 2))
    for _ in range(100_000):
        refined = -up @ np.linalg.inv(stay + rate @ down)
        if np.max(np.abs(refined - rate)) < 1e-15:
            break
        rate = np.asarray(refined)
    size = crews + 3  # 0…crews busy with nobody waiting, then the two states with one waiting
    generator = np.zeros((size, size))
    for n in range(crews):
        generator[n, n + 1] += arrive * (1.0 - share)
        generator[n, n + 2 if n + 2 <= crews else crews + 2] += arrive * share
    for n in range(1, crews + 1):
        generator[n, n - 1] += n * finish
    generator[crews, crews + 1] += arrive
    generator[crews + 1 :, crews] += down[:, 0]
    generator[crews + 1 :, crews + 1 :] += stay + rate @ down
    for n in range(crews + 1):
        generator[n, n] -= generator[n].sum()
    generator[:, 0] = 1.0
    generator[crews + 1 :, 0] = np.linalg.inv(np.eye(2) - rate) @ np.ones(2)
    target = np.zeros(size)
    target[0] = 1.0
    solution = np.asarray(np.linalg.solve(generator.T, target), dtype=np.float64)
    return solution[: crews + 1], solution[crews + 1 :], rate
