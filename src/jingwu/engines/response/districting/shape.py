"""How areas hang together: pieces, bridges between separate parts, and growth from centres."""

from __future__ import annotations

import heapq

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csgraph, csr_matrix

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray
from jingwu.engines.response.districting.facts import DistrictFacts
from jingwu.terms.refusal import BadInput


def count_pieces(adjacent: BoolArray, beat_of_area: IntArray, beats: int) -> tuple[int, ...]:
    """Return the number of connected pieces of each beat (0 for an empty one)."""
    pieces = []
    for beat in range(beats):
        members = np.flatnonzero(beat_of_area == beat)
        inside = csr_matrix(adjacent[np.ix_(members, members)])
        pieces.append(int(csgraph.connected_components(inside, directed=False)[0]) if members.size else 0)
    return tuple(pieces)


def bridge_parts(adjacent: BoolArray, travel: FloatArray) -> tuple[BoolArray, tuple[tuple[int, int], ...]]:
    """Join separate parts of a map by their shortest ways, one bridge at a time.

    Returns: the adjacency with the bridges, and the bridges, so that the caller can show them.
    """
    joined = np.array(adjacent | adjacent.T, dtype=bool)
    bridges: list[tuple[int, int]] = []
    while True:
        count, part = csgraph.connected_components(csr_matrix(joined), directed=False)
        if count == 1:
            return joined, tuple(bridges)
        # The smallest part looks for the nearest area outside itself.
        small = int(np.bincount(part).argmin())
        inside, outside = np.flatnonzero(part == small), np.flatnonzero(part != small)
        ways = travel[np.ix_(inside, outside)]
        a, b = np.unravel_index(int(ways.argmin()), ways.shape)
        one, other = int(inside[a]), int(outside[b])
        joined[one, other] = joined[other, one] = True
        bridges.append((one, other))


def refuse_separate_parts(facts: DistrictFacts) -> None:
    """Refuse a map that is not in one piece, naming the small parts.

    Raises: BadInput.
    """
    count, part = csgraph.connected_components(csr_matrix(facts.adjacent), directed=False)
    if count == 1:
        return
    main = int(np.bincount(part).argmax())
    apart = [facts.name(int(area)) for area in np.flatnonzero(part != main)]
    shown = "、".join(apart[:10])
    raise BadInput(
        "districting.separate_parts",
        f"地图分成 {count} 块互不相邻的部分,脱离主体的区域有 {len(apart)} 个:{shown};"
        "请补充相邻关系或分别划分。",
        f"The map falls into {count} parts that do not touch; {len(apart)} areas lie apart from the largest: "
        f"{', '.join(apart[:10])}. Add the missing adjacency (bridge_parts) or design each part by itself.",
    )


def grow(facts: DistrictFacts, centres: IntArray) -> IntArray:
    """Give every area to a beat by growing from the centres, nearest first, over touching areas only.

    Returns: beat of each area; every beat is one piece because it only ever grows by a neighbour.
    """
    beat_of_area = np.full(facts.areas, -1, dtype=np.int64)
    front = [(0.0, int(centre), beat) for beat, centre in enumerate(centres)]
    heapq.heapify(front)
    while front:
        _, area, beat = heapq.heappop(front)
        if beat_of_area[area] >= 0:
            continue
        beat_of_area[area] = beat
        for neighbour in np.flatnonzero(facts.adjacent[area] & (beat_of_area < 0)):
            heapq.heappush(front, (float(facts.travel[centres[beat], neighbour]), int(neighbour), beat))
    return beat_of_area


def number_as_today(facts: DistrictFacts, beat_of_area: IntArray, today: IntArray, beats: int) -> IntArray:
    """Number the beats so that as much load as possible keeps the number it has today."""
    kept = np.zeros((beats, beats))
    np.add.at(kept, (beat_of_area, today), facts.load + 1e-9)
    _, number = linear_sum_assignment(kept, maximize=True)
    return np.asarray(number[beat_of_area], dtype=np.int64)


def mend_pieces(facts: DistrictFacts, beat_of_area: IntArray, beats: int) -> IntArray:
    """Keep each beat's heaviest piece and give its other pieces to beats they touch.

    Needed where today's map has detached pieces: the search keeps contiguity, it does not create it.
    """
    mended = np.array(beat_of_area, dtype=np.int64)
    for beat in range(beats):
        members = np.flatnonzero(mended == beat)
        count, piece = csgraph.connected_components(
            csr_matrix(facts.adjacent[np.ix_(members, members)]), directed=False
        )
        if count > 1:
            weights = np.bincount(piece, weights=facts.load[members] + 1e-9)
            mended[members[piece != weights.argmax()]] = -1
    while (mended < 0).any():
        for area in np.flatnonzero(mended < 0):
            near = [
                int(mended[other]) for other in np.flatnonzero(facts.adjacent[area]) if mended[other] >= 0
            ]
            if near:
                mended[area] = max(sorted(set(near)), key=near.count)
    return mended
