"""Reads the table of calls by whole columns: a million rows in seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from jingwu.planning.district.columns import CATEGORIES, TIME, Calls, Times
from jingwu.planning.district.frame import (
    OUTSIDE,
    SWAPPED,
    ZERO,
    Frame,
    country_frame,
    frame_of_beats,
    frame_of_points,
    judge_points,
)
from jingwu.planning.district.geometry import beats_at
from jingwu.planning.district.records import Beat
from jingwu.sheets.files import Chunk
from jingwu.sheets.headers import nearest
from jingwu.sheets.numbers import lost_digits, read_numbers
from jingwu.sheets.problems import hint
from jingwu.sheets.table_input import TableInput
from jingwu.sheets.times import (
    BAD,
    BY_SHOWN,
    EMPTY,
    MIXED,
    AmbiguousWriting,
    Writing,
    find_writing,
    read_times,
)
from jingwu.sheets.words import CATEGORY_WORDS, PRIORITY_WORDS, words_of
from jingwu.terms.incidents import IncidentCategory, Priority

CHAIN = ("dispatch", "enroute", "arrive", "clear")
MAX_STEP_HOURS = 24  # technical: a longer step is a slip of the date, not a long job
MIDNIGHT_HOURS = 12  # a step that far before its predecessor, moved on a day, is a roll-over
USUAL_PRIORITY = Priority.P3  # 一般; the report says so where it is used

_CATEGORIES = {w: CATEGORIES.index(c) for w, c in words_of(IncidentCategory, CATEGORY_WORDS).items()}  # type: ignore[arg-type]
_PRIORITIES = {word: int(priority) for word, priority in PRIORITY_WORDS.items()}


@dataclass
class _Columns:
    """The columns read so far, chunk by chunk."""

    parts: dict[str, list[npt.NDArray[np.generic]]] = field(default_factory=dict)

    def add(self, name: str, values: npt.NDArray[np.generic]) -> None:
        self.parts.setdefault(name, []).append(values)

    def whole(self, name: str) -> npt.NDArray[np.generic]:
        return np.concatenate(self.parts.pop(name))


class CallsReader:
    """Reads one table of calls; ``progress`` is told the share done (0 … 1)."""

    def __init__(
        self,
        source: TableInput,
        beats: tuple[Beat, ...],
        zone: str,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        self.source = source
        self.beats = beats
        self.zone = zone
        self.progress = progress
        self.beat_places = {beat.code: place for place, beat in enumerate(beats)}
        self.writings: dict[str, Writing | None] = {}
        self.code_rows: dict[str, int] = {}
        self.columns = _Columns()

    def read(self) -> Calls | None:
        """Return the usable calls ordered by time, or None when there is none."""
        for chunk in self.source.chunks():
            if not self._read_chunk(chunk):
                return None
            if self.progress is not None:
                self.progress(chunk.done_share)
        self.code_rows.clear()
        if self.source.read_count == 0:
            self.source.whole("empty_sheet", "", "")
            return None
        return self._finish()

    def _read_chunk(self, chunk: Chunk) -> bool:
        source = self.source
        filled = np.zeros(chunk.row_count, bool)
        for column in chunk.columns:
            filled |= np.fromiter(map(bool, column), bool, chunk.row_count)
            if filled.all():
                break
        source.read_count += int(filled.sum())
        rows = np.arange(chunk.first_row, chunk.first_row + chunk.row_count)
        times: dict[str, Times] = {}
        for name in ("time", *CHAIN):
            cells = source.cells(chunk, name)
            if cells is None:
                continue
            if not self._know_writing(name, cells):
                return False
            times[name] = self._times(name, cells, rows, filled)
        self._check_chain(times, rows)
        lon, lat = (self._numbers(chunk, name, rows) for name in ("lon", "lat"))
        beat = self._words(chunk, "beat", rows, self.beat_places, "unknown_beat")
        half = np.isnan(lon) != np.isnan(lat)
        if half.any():  # half a point whose other half is a problem already is told once
            self._bad_rows(rows[half & ~np.isin(rows, list(source.bad_rows))], "lon", "half_point")
        named = (self.beat_places and source.cells(chunk, "beat")) or [""] * chunk.row_count
        placeless = np.isnan(lon) & ~half & filled & (np.fromiter(map(len, named), int, chunk.row_count) == 0)
        if placeless.any():  # a place lost to another problem is told once
            placeless &= ~np.isin(rows, list(source.bad_rows))
        self._bad_rows(rows[placeless], "lon", "no_place")
        self._codes(chunk, rows)
        self.columns.add("row", rows[filled])
        for name, values in times.items():
            self.columns.add(name, values[filled])
        category = self._words(chunk, "category", rows, _CATEGORIES, "unknown_value")
        priority = self._words(chunk, "priority", rows, _PRIORITIES, "unknown_value")
        priority = np.where(priority < 0, int(USUAL_PRIORITY), priority)
        for name, values in (("lon", lon), ("lat", lat), ("beat", beat.astype(np.int32))):
            self.columns.add(name, values[filled])
        self.columns.add("category", category.astype(np.int8)[filled])
        self.columns.add("priority", priority.astype(np.int8)[filled])
        if (codes := source.cells(chunk, "code")) is not None:
            self.columns.add("code", np.array(codes, np.str_)[filled])
        return True

    def _know_writing(self, name: str, cells: Sequence[str]) -> bool:
        if self.writings.get(name) is not None:
            return True
        stated = self.source.mapping.time_format
        try:
            self.writings[name] = BY_SHOWN[stated] if stated else find_writing(cells)
        except AmbiguousWriting:
            self.source.whole("ambiguous_format", self.source.shown_column(name), "")
            return False
        return True

    def _times(
        self, name: str, cells: Sequence[str], rows: npt.NDArray[np.int64], filled: npt.NDArray[np.bool_]
    ) -> Times:
        writing = self.writings[name]
        if writing is None:  # nothing like a date so far: every filled cell is wrong
            bad = np.fromiter(map(bool, cells), bool, len(cells))
            self._bad_cells(rows, cells, np.flatnonzero(bad), name, "bad_time")
            values = np.full(len(cells), np.datetime64("NaT"), TIME)
            empty = ~bad
        else:
            values, status = read_times(cells, writing, self.zone)
            empty = status == EMPTY
            self._bad_cells(rows, cells, np.flatnonzero(status == BAD), name, "bad_time")
            mixed = np.flatnonzero(status == MIXED)
            self._bad_cells(rows, cells, mixed, name, "mixed_format", value_expected=writing.shown)
        if name == "time":
            for row in rows[empty & filled]:
                if row not in self.source.bad_rows:
                    self.source.bad(int(row), name, "required")
        return values

    def _bad_cells(
        self,
        rows: npt.NDArray[np.int64],
        cells: Sequence[str],
        places: Sequence[int] | npt.NDArray[np.int64],
        column: str,
        code: str,
        **details: object,
    ) -> None:
        for place in places:
            self.source.bad(int(rows[place]), column, code, cells[place], **details)

    def _bad_rows(self, rows: npt.NDArray[np.int64], column: str, code: str, **details: object) -> None:
        for row in rows:
            self.source.bad(int(row), column, code, **details)

    def _check_chain(self, times: dict[str, Times], rows: npt.NDArray[np.int64]) -> None:
        before, before_name = times["time"].copy(), np.full(len(rows), "time", dtype=object)
        for name in CHAIN:
            if name not in times:
                continue
            step = times[name]
            hours = (step - before) / np.timedelta64(1, "h")  # NaN where either is unknown
            for place in np.flatnonzero((hours < 0) | (hours > MAX_STEP_HOURS)):
                moved_on = 24 + hours[place]
                code = "too_late" if hours[place] > 0 else "negative_duration"
                if hours[place] < 0 and 0 <= moved_on <= MIDNIGHT_HOURS:
                    code = "midnight"
                previous = self.source.shown_column(before_name[place])
                shown = str(step[place])
                self.source.bad(int(rows[place]), name, code, shown, previous=previous, limit=MAX_STEP_HOURS)
            known = ~np.isnat(step)
            before[known] = step[known]
            before_name[known] = name

    def _numbers(self, chunk: Chunk, name: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        cells = self.source.cells(chunk, name)
        if cells is None:
            return np.full(chunk.row_count, np.nan)
        numbers, bad = read_numbers(cells)
        self._bad_cells(rows, cells, bad, name, "bad_number")
        return numbers

    def _words(
        self, chunk: Chunk, name: str, rows: npt.NDArray[np.int64], known: dict[str, int], code: str
    ) -> npt.NDArray[np.int64]:
        cells = self.source.cells(chunk, name)
        if cells is None or (name == "beat" and not known):
            return np.full(chunk.row_count, -1, np.int64)
        if name == "beat":
            answers = np.fromiter((known.get(cell, -1) for cell in cells), np.int64, len(cells))
        else:
            answers = np.fromiter((known.get(cell.lower(), -1) for cell in cells), np.int64, len(cells))
        suggestions: dict[str, str] = {}
        for place in np.flatnonzero(answers < 0):
            cell = cells[place]
            if cell:
                if cell not in suggestions:
                    suggestions[cell] = nearest(cell, list(known)) if len(suggestions) < 200 else ""
                self.source.bad(int(rows[place]), name, code, cell, **hint(suggestions[cell]))
        return answers

    def _codes(self, chunk: Chunk, rows: npt.NDArray[np.int64]) -> None:
        cells = self.source.cells(chunk, "code")
        if cells is None:
            return
        for row, cell in zip(rows.tolist(), cells, strict=True):
            if not cell:
                continue
            first = self.code_rows.setdefault(cell, row)
            if first != row:
                self.source.bad(row, "code", "duplicate", cell, other=first)
            elif not cell.isprintable():
                self.source.bad(row, "code", "bad_text", cell)
            elif "E+" in cell and lost_digits(cell):
                self.source.bad(row, "code", "id_as_number", cell)

    def _finish(self) -> Calls | None:
        columns, source = self.columns, self.source
        row = columns.whole("row")
        lon, lat = columns.whole("lon"), columns.whole("lat")
        self._check_places(row, lon, lat)
        if source.problems.blocking:
            return None
        names = [name for name in ("time", *CHAIN) if name in columns.parts]
        times = {name: columns.whole(name) for name in names}
        beat, category = columns.whole("beat"), columns.whole("category")
        priority = columns.whole("priority")
        if "code" not in columns.parts:
            self._check_twins(row, times["time"], lon, lat, beat, category)
        good = ~np.isin(row, np.fromiter(source.bad_rows, np.int64, len(source.bad_rows)))
        order = np.flatnonzero(good)
        order = order[np.argsort(times["time"][order], kind="stable")]
        if not len(order):
            return None
        unplaced = order[beat[order] < 0]
        beat[unplaced] = beats_at(self.beats, lon[unplaced], lat[unplaced])
        chain = {name: times[name][order] for name in CHAIN if name in times}
        code = columns.whole("code")[order] if "code" in columns.parts else None
        return Calls(
            time=times["time"][order],
            lon=lon[order],
            lat=lat[order],
            beat=beat[order],
            category=category[order],
            priority=priority[order],
            code=code,
            **chain,
        )

    def _check_places(
        self, row: npt.NDArray[np.int64], lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
    ) -> None:
        if np.isnan(lon).all():
            return
        frame = self._frame(lon, lat)
        verdict = judge_points(lon, lat, frame)
        known = int((~np.isnan(lon)).sum())
        if known >= 8 and (verdict == SWAPPED).sum() > 0.5 * known:
            header = f"{self.source.shown_column('lon')}, {self.source.shown_column('lat')}"
            self.source.whole("all_swapped", header, "")
            return
        for judged, code in ((ZERO, "zero_point"), (SWAPPED, "swapped"), (OUTSIDE, "outside")):
            for place in np.flatnonzero(verdict == judged):
                self.source.bad(int(row[place]), "lon", code, f"{lon[place]:g}, {lat[place]:g}")

    def _frame(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> Frame:
        from_beats = frame_of_beats(self.beats)
        return from_beats or frame_of_points(lon, lat, country_frame(self.zone, lon, lat))

    def _check_twins(self, row: npt.NDArray[np.int64], *columns: npt.NDArray[np.generic]) -> None:
        """Find rows that repeat an earlier one in every fact, where no code tells calls apart."""
        keys = [np.nan_to_num(c, nan=-999.0) if c.dtype.kind == "f" else c for c in columns]
        order = np.lexsort((row, *keys[::-1]))
        same = np.ones(len(order) - 1, bool)
        for key in keys:
            same &= key[order[1:]] == key[order[:-1]]
        for place in np.flatnonzero(same):
            self.source.bad(int(row[order[place + 1]]), "time", "duplicate", other=int(row[order[place]]))
