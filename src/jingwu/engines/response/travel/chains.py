"""Recorded chains call → dispatch → en route → arrive → clear, cleaned with a count of everything changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jingwu.engines.response.arrays import FloatArray, IntArray

_DAY_MINUTES = 1440.0


@dataclass(frozen=True)
class ChainCounts:
    """What cleaning found, in stamps (four per call, besides the call's own) unless said otherwise.

    ``missing``: not recorded. ``rolled_over``: right clock, wrong day; mended by a whole day. ``negative``:
    before the call and not mended; ``too_long``: later than the limit and not mended; ``out_of_order``:
    before the stage it follows; these three were struck out. ``complete_calls``: calls with all stages left.
    """

    calls: int
    missing: int
    rolled_over: int
    negative: int
    too_long: int
    out_of_order: int
    complete_calls: int


@dataclass(frozen=True, eq=False)
class CleanChains:
    """Cleaned stamps in minutes on the input's scale, NaN = unknown, one entry per call, and their parts."""

    call: FloatArray
    dispatch: FloatArray
    enroute: FloatArray
    arrive: FloatArray
    clear: FloatArray
    counts: ChainCounts

    @property
    def handling_minutes(self) -> FloatArray:
        """Return call → dispatch: call handling and queue together."""
        return self.dispatch - self.call

    @property
    def turnout_minutes(self) -> FloatArray:
        """Return dispatch → en route."""
        return self.enroute - self.dispatch

    @property
    def travel_minutes(self) -> FloatArray:
        """Return en route → arrive."""
        return self.arrive - self.enroute

    @property
    def response_minutes(self) -> FloatArray:
        """Return call → arrive."""
        return self.arrive - self.call

    @property
    def on_scene_minutes(self) -> FloatArray:
        """Return arrive → clear."""
        return self.clear - self.arrive


def clean_chains(
    call: FloatArray,
    dispatch: FloatArray,
    enroute: FloatArray,
    arrive: FloatArray,
    clear: FloatArray,
    *,
    minutes_max: float = 720.0,
) -> CleanChains:
    """Return chains whose every stage follows the one before, with counts of what was mended or struck out.

    All stamps in minutes on one scale, NaN = missing; every call has its own stamp. A stamp that precedes
    the call is moved one day on when that puts it within ``minutes_max`` after the call (the date was not
    turned at midnight), one more than a day late is moved back likewise; otherwise it is struck out. Of two
    stages in the wrong order the less telling is struck out: en route before dispatch or after arrival,
    arrival before dispatch, clear before arrival.
    Raises: ValueError when a call has no stamp of its own.
    """
    start = np.array(call, dtype=np.float64)
    if np.any(np.isnan(start)):
        raise ValueError("every call needs its own time")
    stamps = [np.array(stage, dtype=np.float64) for stage in (dispatch, enroute, arrive, clear)]
    missing = sum(int(np.isnan(stamp).sum()) for stamp in stamps)
    rolled = negative = too_long = 0
    for stamp in stamps:
        late = stamp - start
        for wrong, shift in ((late < 0, _DAY_MINUTES), (late > minutes_max, -_DAY_MINUTES)):
            mended = wrong & (late + shift >= 0) & (late + shift <= minutes_max)
            stamp[mended] += shift
            rolled += int(mended.sum())
        late = stamp - start
        negative += int((late < 0).sum())
        too_long += int((late > minutes_max).sum())
        stamp[(late < 0) | (late > minutes_max)] = np.nan
    sent, moving, there, done = stamps
    disorder = 0
    for stamp, wrong in (
        (there, there < sent),
        (moving, moving < sent),
        (moving, moving > there),
        (done, done < there),
        (done, done < sent),
    ):
        struck = wrong & ~np.isnan(stamp)
        disorder += int(struck.sum())
        stamp[struck] = np.nan
    # A comparison above may have used a stamp struck out since: en route after a struck arrival is fine.
    complete = int(np.count_nonzero(~np.isnan(np.stack(stamps)).any(axis=0)))
    counts = ChainCounts(start.size, missing, rolled, negative, too_long, disorder, complete)
    return CleanChains(start, sent, moving, there, done, counts)


def busy_at(chains: CleanChains, minutes: FloatArray) -> IntArray:
    """Return how many calls with a known dispatch and clear were being served at the given minutes."""
    known = ~np.isnan(chains.dispatch) & ~np.isnan(chains.clear)
    begun = np.searchsorted(np.sort(chains.dispatch[known]), minutes, side="left")
    ended = np.searchsorted(np.sort(chains.clear[known]), minutes, side="right")
    return np.asarray(np.maximum(begun - ended, 0))
