"""The event loop: calls become ready, crews clear, shifts change. Compiled, without the interpreter's lock.

A crew is a *slot* of its post: slot n is on duty in the hours whose schedule has more than n crews. A crew
bound when its shift ends finishes the call and then leaves.

The functions take plain arrays, not tuples of them: taking arrays out of tuples counts references, which
made the loop twenty times slower.

The file is long on purpose: the functions are inlined into one loop, and a compiled function is not compiled
anew when one that it took in from another file has changed.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numba import njit as _njit

from jingwu.engines.response.arrays import FloatArray, IntArray
from jingwu.engines.response.simulation.streams import (
    ACCESS,
    AREA,
    CREWS,
    LEVEL,
    READY,
    SCENE,
    TURNOUT,
    WAY_FACTOR,
)

# No function here makes an array, so reference counting is left out: it would take four fifths of the time.
njit = partial(_njit, cache=True, nogil=True, error_model="numpy", _nrt=False)

NO_ACCESS, OWN, AID, SPARE = range(4)  # whether the crews of a post may serve an area; SPARE as stand-in
DISPATCH, ARRIVE, CLEAR = range(3)  # columns of times; the second crew's follow
SLOT, SECOND_SLOT, BY_AID = range(3)  # columns of who
ON_DUTY, BUSY = range(2)  # columns of slots
HEAP, WAITING = range(2)  # entries of sizes
AFTER, BEFORE = range(2)  # columns of links
HEAD, TAIL = range(2)  # columns of ends
AID_LEVELS, AID_RESERVE, TOGETHER, WAY_INCLUDED, AT_ONCE_LEVELS = range(5)  # entries of rules
_MOMENT = 1e-6  # minutes within which a wait counts as over


class Plan(NamedTuple):
    """The fixed side of a run."""

    candidates: IntArray  # (areas, posts), −1 pads
    access: IntArray  # (areas, posts) NO_ACCESS, OWN, AID or SPARE
    stand_in: IntArray  # (areas, 168) the post that is the area's own in this hour, −1 = its own office
    minutes: FloatArray  # (areas, posts)
    speed: FloatArray  # (168,)
    crews: IntArray  # (posts, 168)
    first_slot: IntArray  # (posts + 1,)
    slot_post: IntArray  # (slots,)
    hours_to_change: IntArray  # (168,) hours until the next change of crews, 0 = never
    rules: IntArray  # (5,) priorities below the first entry may ask for aid, below the last without waiting
    aid_wait: float  # minutes a call waits before it may ask for aid
    root_law_minutes: float  # minutes of the square-root law with one free crew; 0 = use the matrix
    start: float
    end: float
    stop: float


class State(NamedTuple):
    """The moving side of a run."""

    slots: IntArray  # (slots, 2)
    free: IntArray  # (posts,) crews on duty and not bound
    heap_time: FloatArray  # (slots + 1,) when bound crews clear, as a binary heap
    heap_slot: IntArray
    sizes: IntArray  # (2,)
    ends: IntArray  # (priorities, 2) waiting calls: one doubly linked list per priority
    links: IntArray  # (calls, 2)
    missing: IntArray  # (calls,) crews still to be sent


class Outcome(NamedTuple):
    """Per call who went and when: slot −1 and NaN where no crew was sent."""

    who: IntArray  # (calls, 3)
    times: FloatArray  # (calls, 6)
    bound: FloatArray  # (posts, 168) crew minutes within the reported weeks
    overtime: FloatArray  # (1,) of these, minutes after the end of a shift


@njit()
def simulate(  # type: ignore[no-untyped-def]
    candidates, access, stand_in, minutes, speed, crews, first_slot, slot_post, hours_to_change, rules,
    aid_wait, law,
    start, end, stop, kinds, marks, who, times, bound, overtime, slots, free, heap_time, heap_slot, sizes,
    ends, links, missing,
):  # fmt: skip
    """Run all calls through the crews until everything is served or ``stop`` is reached.

    The arguments are the fields of Plan, ``kinds`` (calls, 3) and ``marks`` (calls, 5) of the calls in the
    order they become ready, the fields of Outcome and those of State, written in place.
    """
    count = kinds.shape[0]
    _change_shift(start, crews, first_slot, slots, free)
    change = _next_change(start, hours_to_change)
    upcoming = 0
    asking = 0  # the first call that may still have to wait for the right to aid; calls wait in this order
    while upcoming < count or sizes[WAITING] > 0:
        ready = marks[upcoming, READY] if upcoming < count else np.inf
        clear = heap_time[0] if sizes[HEAP] > 0 else np.inf
        due = np.inf
        if aid_wait > 0.0:
            while asking < upcoming and (
                missing[asking] == 0 or not rules[AT_ONCE_LEVELS] <= kinds[asking, LEVEL] < rules[AID_LEVELS]
            ):
                asking += 1
            due = marks[asking, READY] + aid_wait if asking < upcoming else np.inf
        now = min(change, clear, ready, due)
        if now > stop:
            break
        first_post, last_post = 0, 0  # posts that may have gained a free crew
        if change <= clear and change <= ready and change <= due:
            _change_shift(now, crews, first_slot, slots, free)
            change = _next_change(now, hours_to_change)
            last_post = free.size
        elif clear <= ready and clear <= due:
            slot = _pop(heap_time, heap_slot, sizes)
            slots[slot, BUSY] = 0
            if slots[slot, ON_DUTY]:
                first_post = slot_post[slot]
                last_post = first_post + 1
                free[first_post] += 1
        elif due < ready:
            _ask_for_aid(
                asking, now, candidates, access, stand_in, minutes, speed, crews, first_slot, rules, aid_wait,
                law, end, kinds, marks, slots, free, heap_time, heap_slot, sizes, ends, links, missing, who,
                times, bound, overtime,
            )  # fmt: skip
            asking += 1
        else:
            _receive(
                upcoming, now, candidates, access, stand_in, minutes, speed, crews, first_slot, rules,
                aid_wait, law, end, kinds, marks, slots, free, heap_time, heap_slot, sizes, ends, links,
                missing, who, times, bound, overtime,
            )  # fmt: skip
            upcoming += 1
        if sizes[WAITING] > 0:
            for post in range(first_post, last_post):
                if free[post] > 0:
                    _serve_waiting(
                        post, now, candidates, access, stand_in, minutes, speed, crews, first_slot, rules,
                        aid_wait, law, end, kinds, marks, slots, free, heap_time, heap_slot, sizes, ends,
                        links, missing, who, times, bound, overtime,
                    )  # fmt: skip


@njit()
def _next_change(now, hours_to_change):  # type: ignore[no-untyped-def]
    hour = int(np.floor(now / 60.0 + 1e-9))
    ahead = hours_to_change[hour % 168]
    return (hour + ahead) * 60.0 if ahead > 0 else np.inf


@njit()
def _change_shift(now, crews, first_slot, slots, free):  # type: ignore[no-untyped-def]
    hour = int(np.floor(now / 60.0 + 1e-9)) % 168
    for post in range(free.size):
        first = first_slot[post]
        free[post] = 0
        for slot in range(first, first_slot[post + 1]):
            slots[slot, ON_DUTY] = slot - first < crews[post, hour]
            if slots[slot, ON_DUTY] and not slots[slot, BUSY]:
                free[post] += 1


@njit(forceinline=True)
def _usable(call, area, level, post, now, access, stand_in, marks, rules, aid_wait, free):  # type: ignore[no-untyped-def]
    """Return how many free crews of ``post`` may serve a call of this area and priority now."""
    right = access[area, post]
    if free[post] == 0 or right == NO_ACCESS:
        return 0
    if right == OWN or stand_in[area, int(np.floor(now / 60.0 + 1e-9)) % 168] == post:
        return free[post]
    waited = level < rules[AT_ONCE_LEVELS] or now - marks[call, READY] >= aid_wait - _MOMENT
    if right == AID and level < rules[AID_LEVELS] and waited:
        return max(free[post] - rules[AID_RESERVE], 0)
    return 0


@njit()
def _held(level, post, now, access, stand_in, kinds, ends, links):  # type: ignore[no-untyped-def]
    """Return whether a waiting call, as urgent or more, still gathers its pair from ``post``."""
    for other in range(level + 1):
        call = ends[other, HEAD]
        while call >= 0:
            right = access[kinds[call, AREA], post]
            hour = int(np.floor(now / 60.0 + 1e-9)) % 168
            if right != NO_ACCESS and (right != SPARE or stand_in[kinds[call, AREA], hour] == post):
                return True
            call = links[call, AFTER]
    return False


@njit(forceinline=True)
def _receive(  # type: ignore[no-untyped-def]
    call, now, candidates, access, stand_in, minutes, speed, crews, first_slot, rules, aid_wait, law, end,
    kinds, marks, slots, free, heap_time, heap_slot, sizes, ends, links, missing, who, times, bound,
    overtime,
):  # fmt: skip
    """Send crews to a new call, or let it wait."""
    area, level = kinds[call, AREA], kinds[call, LEVEL]
    pairing = rules[TOGETHER] == 1
    queued = pairing and sizes[WAITING] > 0
    needed = 1
    if pairing and kinds[call, CREWS] == 2:
        needed = 2
        for place in range(candidates.shape[1]):
            post = candidates[area, place]
            if post < 0 or needed <= 0:
                break
            if not (queued and _held(level, post, now, access, stand_in, kinds, ends, links)):
                needed -= _usable(
                    call, area, level, post, now, access, stand_in, marks, rules, aid_wait, free
                )
    if not pairing or kinds[call, CREWS] == 1 or needed <= 0:
        for place in range(candidates.shape[1]):
            post = candidates[area, place]
            if post < 0:
                break
            if free[post] == 0 or (queued and _held(level, post, now, access, stand_in, kinds, ends, links)):
                continue
            while (
                missing[call] > 0
                and _usable(call, area, level, post, now, access, stand_in, marks, rules, aid_wait, free) > 0
            ):
                _send(
                    call, post, now, access, stand_in, minutes, speed, crews, first_slot, rules, aid_wait,
                    law, end, kinds, marks, slots, free, heap_time, heap_slot, sizes, missing, who, times,
                    bound, overtime,
                )  # fmt: skip
            if missing[call] == 0:
                return
    _append(call, level, sizes, ends, links)


@njit()
def _ask_for_aid(  # type: ignore[no-untyped-def]
    call, now, candidates, access, stand_in, minutes, speed, crews, first_slot, rules, aid_wait, law, end,
    kinds, marks, slots, free, heap_time, heap_slot, sizes, ends, links, missing, who, times, bound, overtime,
):  # fmt: skip
    """Offer a call that has waited long enough to every post that may now help."""
    area, level = kinds[call, AREA], kinds[call, LEVEL]
    if rules[TOGETHER] == 1 and missing[call] == 2:
        found = 0
        for post in range(free.size):
            found += _usable(call, area, level, post, now, access, stand_in, marks, rules, aid_wait, free)
        if found < 2:
            return  # it goes on waiting; a crew that clears will find it
    for place in range(candidates.shape[1]):
        post = candidates[area, place]
        if post < 0:
            break
        while (
            missing[call] > 0
            and _usable(call, area, level, post, now, access, stand_in, marks, rules, aid_wait, free) > 0
        ):
            _send(
                call, post, now, access, stand_in, minutes, speed, crews, first_slot, rules, aid_wait, law,
                end, kinds, marks, slots, free, heap_time, heap_slot, sizes, missing, who, times, bound,
                overtime,
            )  # fmt: skip
    if missing[call] == 0:
        _remove(call, level, sizes, ends, links)


@njit()
def _serve_waiting(  # type: ignore[no-untyped-def]
    post, now, candidates, access, stand_in, minutes, speed, crews, first_slot, rules, aid_wait, law, end,
    kinds, marks, slots, free, heap_time, heap_slot, sizes, ends, links, missing, who, times, bound,
    overtime,
):  # fmt: skip
    """Give the free crews of ``post`` to waiting calls, the most urgent first, then the oldest."""
    for level in range(ends.shape[0]):
        call = ends[level, HEAD]
        while call >= 0 and free[post] > 0:
            following = links[call, AFTER]
            area = kinds[call, AREA]
            usable = _usable(call, area, level, post, now, access, stand_in, marks, rules, aid_wait, free)
            if usable > 0 and rules[TOGETHER] == 1 and missing[call] == 2:
                found = 0
                for place in range(candidates.shape[1]):
                    if candidates[area, place] >= 0:
                        found += _usable(
                            call, area, level, candidates[area, place], now, access, stand_in, marks, rules,
                            aid_wait, free,
                        )  # fmt: skip
                if found < 2:
                    return  # the crew is held until a second one is free
                for place in range(candidates.shape[1]):
                    other = candidates[area, place]
                    while (
                        other >= 0
                        and missing[call] > 0
                        and _usable(
                            call, area, level, other, now, access, stand_in, marks, rules, aid_wait, free
                        )
                        > 0
                    ):
                        _send(
                            call, other, now, access, stand_in, minutes, speed, crews, first_slot, rules,
                            aid_wait, law, end, kinds, marks, slots, free, heap_time, heap_slot, sizes,
                            missing, who, times, bound, overtime,
                        )  # fmt: skip
            else:
                while (
                    missing[call] > 0
                    and _usable(call, area, level, post, now, access, stand_in, marks, rules, aid_wait, free)
                    > 0
                ):
                    _send(
                        call, post, now, access, stand_in, minutes, speed, crews, first_slot, rules,
                        aid_wait, law, end, kinds, marks, slots, free, heap_time, heap_slot, sizes, missing,
                        who, times, bound, overtime,
                    )  # fmt: skip
            if missing[call] == 0:
                _remove(call, level, sizes, ends, links)
            call = following


@njit(forceinline=True)
def _send(  # type: ignore[no-untyped-def]
    call, post, now, access, stand_in, minutes, speed, crews, first_slot, rules, aid_wait, law, end, kinds,
    marks, slots, free, heap_time, heap_slot, sizes, missing, who, times, bound, overtime,
):  # fmt: skip
    """Bind the first free crew of ``post`` to ``call`` and book its way, scene and end."""
    slot = first_slot[post]
    while slots[slot, BUSY] or not slots[slot, ON_DUTY]:
        slot += 1
    area = kinds[call, AREA]
    way = minutes[area, post]
    if law > 0:
        choice = 0
        for other in range(free.size):
            choice += free[other] if access[area, other] != NO_ACCESS else 0
        way = law / np.sqrt(max(choice, 1))
    way *= marks[call, WAY_FACTOR]
    hour = int(np.floor(now / 60.0)) % 168
    arrive = now + marks[call, TURNOUT] + way / speed[hour] + marks[call, ACCESS]
    second = 0 if who[call, SLOT] < 0 else 1
    scene = marks[call, SCENE + second]
    clear = (now if rules[WAY_INCLUDED] == 1 else arrive) + scene
    who[call, SLOT + second] = slot
    if second == 0:
        who[call, BY_AID] = access[area, post] == AID and stand_in[area, hour] != post
    times[call, DISPATCH + 3 * second] = now
    times[call, ARRIVE + 3 * second] = arrive
    times[call, CLEAR + 3 * second] = clear
    slots[slot, BUSY] = 1
    free[post] -= 1
    missing[call] -= 1
    _push(clear, slot, heap_time, heap_slot, sizes)
    _book(post, slot - first_slot[post], now, clear, end, crews, bound, overtime)


@njit(forceinline=True)
def _book(post, crew, begin, finish, end, crews, bound, overtime):  # type: ignore[no-untyped-def]
    """Add bound minutes to the hours of the week they fall in, within the reported weeks."""
    begin, finish = max(begin, 0.0), min(finish, end)
    while begin < finish:
        whole = int(np.floor(begin / 60.0 + 1e-12))
        until = min(finish, (whole + 1) * 60.0)
        bound[post, whole % 168] += until - begin
        if crew >= crews[post, whole % 168]:
            overtime[0] += until - begin
        begin = until


@njit()
def _append(call, level, sizes, ends, links):  # type: ignore[no-untyped-def]
    last = ends[level, TAIL]
    links[call, BEFORE], links[call, AFTER] = last, -1
    if last >= 0:
        links[last, AFTER] = call
    else:
        ends[level, HEAD] = call
    ends[level, TAIL] = call
    sizes[WAITING] += 1


@njit()
def _remove(call, level, sizes, ends, links):  # type: ignore[no-untyped-def]
    earlier, later = links[call, BEFORE], links[call, AFTER]
    if earlier >= 0:
        links[earlier, AFTER] = later
    else:
        ends[level, HEAD] = later
    if later >= 0:
        links[later, BEFORE] = earlier
    else:
        ends[level, TAIL] = earlier
    sizes[WAITING] -= 1


@njit(forceinline=True)
def _push(time, slot, heap_time, heap_slot, sizes):  # type: ignore[no-untyped-def]
    place = sizes[HEAP]
    sizes[HEAP] += 1
    while place > 0:
        parent = (place - 1) // 2
        if heap_time[parent] <= time:
            break
        heap_time[place], heap_slot[place] = heap_time[parent], heap_slot[parent]
        place = parent
    heap_time[place], heap_slot[place] = time, slot


@njit(forceinline=True)
def _pop(heap_time, heap_slot, sizes):  # type: ignore[no-untyped-def]
    result = heap_slot[0]
    sizes[HEAP] -= 1
    size = sizes[HEAP]
    time, slot = heap_time[size], heap_slot[size]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and heap_time[child + 1] < heap_time[child]:
            child += 1
        if heap_time[child] >= time:
            break
        heap_time[place], heap_slot[place] = heap_time[child], heap_slot[child]
        place = child
    heap_time[place], heap_slot[place] = time, slot
    return result
