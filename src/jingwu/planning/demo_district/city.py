# catalogue: data - synthetic names
"""The fictional city: an outline, a river, roads, and beats that look as if they had grown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy.cluster.vq import kmeans2
from scipy.optimize import linear_sum_assignment
from scipy.spatial import Voronoi
from shapely.geometry import LineString, MultiPoint, Point, Polygon

from jingwu.planning.demo_district import constants as c
from jingwu.planning.district import MapBackground, MapLine
from jingwu.planning.district.records import Ring

Points = npt.NDArray[np.float64]

# Drawn by hand on a sheet of 860 × 700 units, y downwards.
OUTLINE = (
    (232, 352), (262, 318), (312, 300), (372, 290), (432, 281), (480, 285), (521, 306), (548, 343),
    (578, 370), (622, 372), (664, 380), (706, 404), (748, 446), (796, 486), (824, 518), (820, 560),
    (786, 592), (724, 622), (652, 648), (590, 660), (540, 652), (486, 641), (430, 655), (378, 655),
    (334, 637), (291, 595), (238, 566), (216, 520), (224, 470), (229, 420), (221, 384),
)  # fmt: skip
RIVER = ((180, 352), (236, 376), (306, 402), (352, 424), (410, 436), (456, 462), (505, 474), (548, 464),
         (590, 468), (628, 496), (676, 518), (730, 532), (786, 540), (860, 566))  # fmt: skip
CREEK = ((470, 250), (462, 300), (440, 345), (428, 390), (426, 450))
ROADS: tuple[tuple[str, int, tuple[tuple[float, float], ...]], ...] = (
    (
        "云溪大道",
        3,
        ((190, 482), (280, 474), (370, 470), (440, 492), (520, 500), (600, 520), (690, 556), (850, 590)),
    ),
    ("青岚大道", 3, ((452, 240), (470, 330), (478, 420), (484, 500), (470, 580), (462, 690))),
    (
        "北环路",
        3,
        ((200, 400), (300, 356), (400, 340), (500, 352), (580, 400), (660, 420), (740, 460), (830, 520)),
    ),
    (
        "滨江路",
        2,
        ((200, 392), (300, 420), (360, 446), (430, 456), (500, 490), (560, 482), (610, 500), (680, 536)),
    ),
    ("南湖路", 2, ((210, 545), (300, 552), (390, 560), (480, 575), (560, 585), (640, 600), (740, 620))),
    ("春申路", 2, ((352, 270), (358, 360), (350, 450), (344, 540), (352, 660))),
    ("望江路", 2, ((552, 330), (548, 420), (560, 500), (556, 580), (570, 670))),
    ("槐荫路", 2, ((628, 360), (624, 430), (640, 510), (636, 590), (640, 660))),
    ("西园路", 2, ((262, 300), (270, 400), (278, 500), (272, 590))),
    ("文汇街", 1, ((400, 480), (410, 520), (418, 590), (410, 650))),
    ("东湖街", 1, ((480, 440), (520, 440), (560, 436), (620, 440))),
    ("竹园街", 1, ((400, 300), (430, 360), (500, 400), (548, 410))),
    ("松涛街", 1, ((440, 520), (500, 530), (560, 540), (620, 548))),
    ("凤台街", 1, ((290, 500), (350, 500), (420, 506), (480, 512))),
    ("海棠路", 1, ((660, 470), (690, 520), (720, 580), (730, 620))),
)
LAKES = (("东湖", 522, 452, 17, 10), ("月湖", 688, 446, 15, 11), ("南湖", 392, 606, 20, 12))
PARKS = (("岚山公园", 408, 318, 26, 20), ("湿地公园", 770, 570, 30, 14), ("人民公园", 446, 488, 9, 7),
         ("西郊林场", 262, 350, 22, 17), ("植物园", 318, 600, 17, 13))  # fmt: skip
CENTRES = ((480, 478, 52, 1.0), (600, 440, 40, 0.55), (442, 596, 42, 0.45), (290, 468, 44, 0.5),
           (386, 478, 44, 0.5), (540, 540, 42, 0.4), (470, 398, 44, 0.35), (640, 550, 46, 0.22),
           (350, 400, 50, 0.2))  # fmt: skip
OFFICES: dict[str, tuple[float, float]] = {
    "安澜": (469, 306), "青禾": (234, 370), "云桥": (449, 406), "竹园": (498, 402), "金沙": (585, 378),
    "槐荫": (624, 414), "月湖": (673, 426), "春申": (356, 413), "和畅": (308, 445), "南浦": (242, 465),
    "凤台": (349, 479), "文汇": (408, 476), "梧桐": (461, 468), "东湖": (505, 469), "玉兰": (598, 496),
    "松涛": (485, 512), "望江": (549, 518), "柳岸": (318, 510), "丰和": (255, 553), "长乐": (440, 580),
    "石榴": (492, 606), "新民": (451, 622), "北辰": (603, 588), "海棠": (650, 547),
}  # fmt: skip
_MIDDLE = (520.0, 470.0)


@dataclass(frozen=True)
class City:
    """The drawn city on a plane in metres, x to the east, y to the north; ``land`` is where calls come from.

    ``cells``: one polygon per beat; ``office_of``: each beat's office; ``office_at``: metres (offices, 2);
    ``density``: people per area at each beat's centre, relative.
    """

    outline: Polygon
    land: shapely.Geometry
    cells: tuple[Polygon, ...]
    office_of: npt.NDArray[np.int64]
    office_at: Points
    office_names: tuple[str, ...]
    density: npt.NDArray[np.float64]
    scale: float


def to_metres(points: object, scale: float) -> Points:
    """Return drawn points as metres around the city's middle."""
    drawn = np.asarray(points, float).reshape(-1, 2)
    return (drawn - _MIDDLE) * (c.METRES_PER_UNIT * scale) * (1, -1)


def to_degrees(metres: Points) -> Points:
    """Return metres as longitude and latitude, rounded to a decimetre."""
    squeeze = math.cos(math.radians(c.CENTRE_LAT))
    lon = c.CENTRE_LON + metres[:, 0] / (111_320.0 * squeeze)
    lat = c.CENTRE_LAT + metres[:, 1] / 111_320.0
    return np.round(np.column_stack((lon, lat)), 6)


def smooth(points: object, rounds: int = 3, *, closed: bool = False) -> Points:
    """Return the line with its corners cut (Chaikin 1974)."""
    line = np.asarray(points, float)
    for _ in range(rounds):
        after = np.roll(line, -1, axis=0) if closed else line[1:]
        before = line if closed else line[:-1]
        cut = np.stack((0.75 * before + 0.25 * after, 0.25 * before + 0.75 * after), axis=1).reshape(-1, 2)
        line = cut if closed else np.vstack((line[:1], cut, line[-1:]))
    return line


def density_at(points: Points, scale: float) -> npt.NDArray[np.float64]:
    """Return the relative density of people at points in metres."""
    level = np.full(len(points), 0.045)
    for x, y, spread, height in CENTRES:
        centre = to_metres((x, y), scale)[0]
        square = ((points - centre) ** 2).sum(axis=1)
        level += height * np.exp(-square / (2 * (spread * c.METRES_PER_UNIT * scale) ** 2))
    return level


def draw_city(office_count: int, beat_count: int, rng: np.random.Generator) -> City:
    """Return a city of so many offices and beats; 24 offices carry the names of the map, others numbers."""
    scale = math.sqrt(office_count / len(OFFICES))
    outline = Polygon(to_metres(smooth(OUTLINE, closed=True), scale))
    samples = _samples(outline, scale, max(12_000, 60 * beat_count), rng)
    # A square-root pull: dense quarters get smaller beats, yet fields do not grow without bound.
    seeds = _cluster(samples, beat_count, rng)
    cells = _cells(outline, seeds)
    centres = np.array([cell.centroid.coords[0] for cell in cells])
    density = density_at(centres, scale)
    weights = np.array([cell.area for cell in cells]) * density**0.75
    if office_count == len(OFFICES):
        wanted = to_metres(list(OFFICES.values()), scale)
        names = tuple(OFFICES)
    else:
        wanted = _cluster(samples, office_count, rng)
        names = tuple(f"{number:03d}" for number in range(1, office_count + 1))
    office_of = _districting(centres, wanted, cells)
    office_at = np.array(
        [
            np.average(centres[office_of == o], axis=0, weights=weights[office_of == o])
            for o in range(office_count)
        ]
    )
    office_at += rng.normal(0, 70 * scale, office_at.shape)
    land = outline.difference(shapely.union_all([shape for _, shape in _waters(scale)]))
    shapely.prepare(land)
    return City(outline, land, _wiggle(cells, outline), office_of, office_at, names, density, scale)


def _samples(outline: Polygon, scale: float, count: int, rng: np.random.Generator) -> Points:
    west, south, east, north = outline.bounds
    kept: list[Points] = []
    total = 0
    while total < count:
        tried = rng.uniform((west, south), (east, north), (count, 2))
        chance = np.sqrt(density_at(tried, scale))
        tried = tried[rng.random(count) < chance / chance.max()]
        tried = tried[shapely.contains_xy(outline, tried[:, 0], tried[:, 1])]
        kept.append(tried)
        total += len(tried)
    return np.vstack(kept)[:count]


def _cluster(samples: Points, count: int, rng: np.random.Generator) -> Points:
    start = samples[rng.choice(len(samples), count, replace=False)]
    return kmeans2(samples, start, iter=30, minit="matrix")[0]


def _cells(outline: Polygon, seeds: Points) -> list[Polygon]:
    """Return the Voronoi cell of every seed within the outline."""
    west, south, east, north = outline.bounds
    far = 4 * max(east - west, north - south)
    middle = np.array(((west + east) / 2, (south + north) / 2))
    guard = middle + far * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (0, 2), (0, -2), (2, 0), (-2, 0)])
    diagram = Voronoi(np.vstack((seeds, guard)))
    cells: list[Polygon] = []
    for place in range(len(seeds)):
        corners = diagram.vertices[diagram.regions[diagram.point_region[place]]]
        cell = MultiPoint(corners).convex_hull.intersection(outline)
        if cell.geom_type != "Polygon":  # a bay of the outline cut it: the larger part stays
            cell = max(cell.geoms, key=lambda part: part.area)
        cells.append(cell)
    return cells


def _districting(centres: Points, wanted: Points, cells: list[Polygon]) -> npt.NDArray[np.int64]:
    """Return the office of each beat: the nearest, each office at least two beats, areas in one piece."""
    distance = np.hypot(*(centres[:, None, :] - wanted[None, :, :]).transpose(2, 0, 1))
    twice = np.hstack((distance, distance))
    rows, columns = linear_sum_assignment(twice)
    office_of = distance.argmin(axis=1)
    office_of[rows] = columns % len(wanted)
    touching = [
        [n for n, other in enumerate(cells) if n != m and cell.distance(other) < 1.0]
        for m, cell in enumerate(cells)
    ]
    for _ in range(8):
        moved = False
        for office in range(len(wanted)):
            members = {int(b) for b in np.flatnonzero(office_of == office)}
            heart = _component(min(members, key=lambda b: distance[b, office]), members, touching)
            for stray in members - heart:
                around = [int(office_of[n]) for n in touching[stray] if office_of[n] != office]
                if around:
                    office_of[stray] = min(around, key=lambda o: distance[stray, o])
                    moved = True
        if not moved:
            break
    return office_of


def _component(start: int, members: set[int], touching: list[list[int]]) -> set[int]:
    seen, open_ = {start}, [start]
    while open_:
        for neighbour in touching[open_.pop()]:
            if neighbour in members and neighbour not in seen:
                seen.add(neighbour)
                open_.append(neighbour)
    return seen


def _wiggle(cells: list[Polygon], outline: Polygon) -> tuple[Polygon, ...]:
    """Return the cells with borders that bend a little, the same for both neighbours of a border."""
    bent: list[Polygon] = []
    edge = outline.exterior
    for cell in cells:
        ring = list(cell.exterior.coords)
        corners: list[tuple[float, float]] = []
        for first, last in pairwise(ring):
            corners.append(first)
            middle = Point((first[0] + last[0]) / 2, (first[1] + last[1]) / 2)
            if edge.distance(middle) > 1.0:
                corners.extend(_bend(first, last))
        shape = Polygon(corners)
        bent.append(shape if shape.is_valid else cell)
    return tuple(bent)


def _bend(first: tuple[float, float], last: tuple[float, float]) -> list[tuple[float, float]]:
    low, high = sorted((first, last))
    # The same border must bend alike from both sides: its own corners are the seed.
    rng = np.random.default_rng([int(abs(v) * 10) for v in (*low, *high)])
    start, step = np.array(low), np.array(high) - np.array(low)
    length = float(np.hypot(*step))
    if length < 60:
        return []
    normal = np.array((-step[1], step[0])) / length
    count = max(2, min(9, int(length / 140)))
    share = np.linspace(0, 1, count + 2)[1:-1]
    lift = np.convolve(rng.normal(0, 1, count + 2), (0.25, 0.5, 0.25), mode="same")[1:-1]
    lift *= np.sin(np.pi * share) * min(0.075 * length, 120.0)
    line = [tuple(map(float, start + s * step + h * normal)) for s, h in zip(share, lift, strict=True)]
    return line if low == first else line[::-1]


def ring_of(shape: Polygon) -> Ring:
    """Return a polygon's outer ring in degrees, closed."""
    points = [tuple(map(float, point)) for point in to_degrees(np.array(shape.exterior.coords))]
    return (*points[:-1], points[0])  # type: ignore[return-value]


def background(city: City) -> MapBackground:
    """Return outline, water, parks and roads of the drawn city."""
    scale, frame = city.scale, city.outline.buffer(350 * city.scale)
    water = [(name, part) for name, shape in _waters(scale) for part in _parts(shape.intersection(frame))]
    parks = [(name, _blob(x, y, wide, high, scale)) for name, x, y, wide, high in PARKS]
    roads = []
    for name, width, line in ROADS:
        drawn = LineString(to_metres(smooth(line), scale)).intersection(frame)
        for part in getattr(drawn, "geoms", [drawn]):
            points = tuple(tuple(map(float, p)) for p in to_degrees(np.array(part.coords)))
            roads.append(MapLine(name, points, width))  # type: ignore[arg-type]
    return MapBackground(
        outline=(MapLine(c.DISTRICT, ring_of(city.outline), 2),),
        water=tuple(MapLine(name, ring_of(shape)) for name, shape in water),
        parks=tuple(
            MapLine(name, ring_of(part))
            for name, shape in parks
            for part in _parts(shape.intersection(city.outline))
        ),
        roads=tuple(roads),
    )


def _waters(scale: float) -> list[tuple[str, shapely.Geometry]]:
    river = _river(smooth(RIVER), (9.0, 15.0), scale).union(_river(smooth(CREEK), (1.6, 3.2), scale))
    return [("溪江", river)] + [(name, _blob(x, y, wide, high, scale)) for name, x, y, wide, high in LAKES]


def _parts(shape: shapely.Geometry) -> list[Polygon]:
    return [
        part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon" and part.area > 1
    ]


def _river(line: Points, widths: tuple[float, float], scale: float) -> Polygon:
    """Return the bed of a river that widens downstream and breathes on the way."""
    metres = to_metres(line, scale)
    way = np.linspace(0, 1, len(metres))
    half = (
        (widths[0] + (widths[1] - widths[0]) * way + 1.2 * np.sin(11 * way)) * c.METRES_PER_UNIT * scale / 2
    )
    step = np.gradient(metres, axis=0)
    normal = np.column_stack((-step[:, 1], step[:, 0])) / np.hypot(*step.T)[:, None]
    left, right = metres + normal * half[:, None], metres - normal * half[:, None]
    return Polygon(np.vstack((left, right[::-1]))).buffer(0)


def _blob(x: float, y: float, wide: float, high: float, scale: float) -> Polygon:
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    reach = 1 + 0.13 * np.sin(2 * turn + x) + 0.08 * np.sin(3 * turn + y) + 0.04 * np.sin(5 * turn)
    return Polygon(
        to_metres(np.column_stack((x + wide * reach * np.cos(turn), y + high * reach * np.sin(turn))), scale)
    )
