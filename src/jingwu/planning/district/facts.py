"""What a plan is computed from: one frozen `District`, told from files or from the database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jingwu.planning.district.columns import Calls, Workload, frozen
from jingwu.planning.district.records import Beat, MapBackground, Office, Person
from jingwu.sheets.clock import days_covered, hour_of_week, to_local

HOURS_A_WEEK = 168


@dataclass(frozen=True, eq=False)
class District:
    """Offices, beats, people, calls and workload of one district; only calls are always there.

    ``travel_minutes``: float64 (offices, beats), NaN = not measured; None = to be computed from distance.
    ``crews_today``: int16 (offices, 168), crews on duty by hour of week, hour 0 = Monday 00:00 local time.
    ``weekday_hours`` and every other local hour are told in ``time_zone`` (an IANA name).

    Raises ValueError when codes repeat, a reference leads nowhere or an array has the wrong shape.
    """

    calls: Calls
    offices: tuple[Office, ...] = ()
    beats: tuple[Beat, ...] = ()
    people: tuple[Person, ...] = ()
    workload: Workload = field(default_factory=Workload.empty)
    travel_minutes: npt.NDArray[np.float64] | None = None
    crews_today: npt.NDArray[np.int16] | None = None
    background: MapBackground | None = None
    name: str = ""
    city: str = ""
    time_zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        for what, rows in (("office", self.offices), ("beat", self.beats), ("person", self.people)):
            codes = [row.code for row in rows]
            if len(set(codes)) != len(codes):
                raise ValueError(f"two {what} rows share a code")
        self._check_references()
        beats = len(self.beats)
        for indices in (self.calls.beat, self.workload.beat):
            if len(indices) and (indices.min() < -1 or indices.max() >= beats):
                raise ValueError("a beat index lies outside the list of beats")
        if self.travel_minutes is not None:
            array = frozen(self.travel_minutes, np.float64)
            if array.shape != (len(self.offices), beats):
                raise ValueError("travel_minutes must be (offices, beats)")
            object.__setattr__(self, "travel_minutes", array)
        if self.crews_today is not None:
            crews = frozen(self.crews_today, np.int16)
            if crews.shape != (len(self.offices), HOURS_A_WEEK) or (crews < 0).any():
                raise ValueError("crews_today must be (offices, 168) and not negative")
            object.__setattr__(self, "crews_today", crews)

    def _check_references(self) -> None:
        offices, beats = self.office_index, self.beat_index
        for beat in self.beats:
            if beat.office is not None and beat.office not in offices:
                raise ValueError(f"beat {beat.code} names an unknown office")
        for person in self.people:
            if person.office is not None and person.office not in offices:
                raise ValueError(f"person {person.code} names an unknown office")
            if person.beat is not None and person.beat not in beats:
                raise ValueError(f"person {person.code} names an unknown beat")

    @cached_property
    def office_index(self) -> dict[str, int]:
        """Return the place of each office by its code."""
        return {office.code: place for place, office in enumerate(self.offices)}

    @cached_property
    def beat_index(self) -> dict[str, int]:
        """Return the place of each beat by its code."""
        return {beat.code: place for place, beat in enumerate(self.beats)}

    @cached_property
    def person_index(self) -> dict[str, int]:
        """Return the place of each person by code."""
        return {person.code: place for place, person in enumerate(self.people)}

    @cached_property
    def beat_office(self) -> npt.NDArray[np.int32]:
        """Return each beat's office as an index, -1 where it has none; shape (beats,)."""
        return _places((beat.office for beat in self.beats), self.office_index)

    @cached_property
    def person_office(self) -> npt.NDArray[np.int32]:
        """Return each person's office as an index, -1 where there is none; shape (people,)."""
        return _places((person.office for person in self.people), self.office_index)

    @cached_property
    def person_beat(self) -> npt.NDArray[np.int32]:
        """Return each person's beat as an index, -1 where there is none; shape (people,)."""
        return _places((person.beat for person in self.people), self.beat_index)

    @cached_property
    def local_times(self) -> npt.NDArray[np.datetime64]:
        """Return the calls' times on the district's own clock (datetime64[s], no zone attached)."""
        return to_local(self.calls.time, self.time_zone)

    @cached_property
    def hour_of_week(self) -> npt.NDArray[np.int16]:
        """Return each call's local hour of week, 0 = Monday 00:00, 167 = Sunday 23:00."""
        return hour_of_week(self.local_times)

    @property
    def period(self) -> tuple[date, date] | None:
        """Return the first and the last local day with a call."""
        return days_covered(self.local_times)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 over all facts a plan depends on, in hexadecimal.

        ID numbers stay outside: no plan depends on them, and a digest must not betray them.
        """
        told = hashlib.sha256(b"jingwu district 1\n")
        for row in (*self.offices, *self.beats, *self.people):
            parts = [f"{f.name}={getattr(row, f.name)!r}" for f in fields(row) if f.name != "id_number"]
            told.update((type(row).__name__ + "(" + ", ".join(parts) + ")\n").encode())
        told.update(repr((self.name, self.city, self.time_zone, self.background)).encode())
        for columns in (self.calls, self.workload):
            for column in fields(columns):
                _tell_array(told, column.name, getattr(columns, column.name))
        _tell_array(told, "travel_minutes", self.travel_minutes)
        _tell_array(told, "crews_today", self.crews_today)
        return told.hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, District):
            return NotImplemented
        same_ids = [p.id_number for p in self.people] == [p.id_number for p in other.people]
        return self.digest == other.digest and same_ids

    def __hash__(self) -> int:
        return hash(self.digest)


def _places(codes: Iterable[str | None], index: dict[str, int]) -> npt.NDArray[np.int32]:
    return frozen([-1 if code is None else index[code] for code in codes], np.int32)


def _tell_array(told: hashlib._Hash, name: str, array: npt.NDArray[np.generic] | None) -> None:
    if array is None:
        told.update(f"{name}:none\n".encode())
        return
    if array.dtype.kind == "U":  # the width of the longest code is no fact
        told.update(f"{name}:text{array.shape}\n".encode() + "\x1f".join(array.tolist()).encode())
        return
    if array.dtype.kind == "f":  # one bit pattern for every NaN and for both zeros
        array = np.where(np.isnan(array), np.nan, array) + 0.0
    told.update(f"{name}:{array.dtype.str}{array.shape}\n".encode() + np.ascontiguousarray(array).tobytes())
