"""How many calls each office should expect by hour of the week, for the incident room to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from jingwu.engines.response.demand import CallHistory, fit
from jingwu.engines.response.facts import HOURS_PER_WEEK
from jingwu.planning.district import District


def expected_by_office(district: District) -> Mapping[str, Sequence[float]]:
    """Return 168 mean counts an hour for every office's code, Monday 00:00 first, from the recorded calls.

    Beats are fitted, each shrunk to the district's week where its calls are few, and added up by office.
    Empty when less than a week was recorded or no call could be put into a beat.
    """
    calls = district.calls
    in_beat = calls.beat >= 0
    if district.period is None or not in_beat.any():
        return {}
    first, last = (np.datetime64(day) for day in district.period)
    days = int((last - first).astype(int)) + 1
    if days < 7:
        return {}
    minutes = (district.local_times.astype("datetime64[s]") - first.astype("datetime64[s]")).astype(
        float
    ) / 60
    inside = in_beat & (minutes >= 0) & (minutes < days * 24 * 60)
    history = CallHistory(
        tuple(beat.code for beat in district.beats),
        (1,),
        minutes[inside],
        calls.beat[inside],
        np.zeros(int(inside.sum())),
        days * 24,
        int((first.astype(int) + 3) % 7) * 24,  # day 0 of the calendar was a Thursday
    )
    rates = fit(history).model.calls_per_hour.reshape(len(district.beats), -1, HOURS_PER_WEEK).sum(axis=1)
    by_office = np.zeros((len(district.offices), HOURS_PER_WEEK))
    np.add.at(by_office, district.beat_office, rates)
    return {office.code: row.tolist() for office, row in zip(district.offices, by_office, strict=True)}
