"""Text of public benchmark files turned into facts: OR-Library p-median graphs and covering points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from jingwu.engines.response.arrays import FloatArray, frozen
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True, eq=False)
class MedianFile:
    """An OR-Library p-median graph: all-pairs shortest paths, shape (vertices, vertices), and its p."""

    distance: FloatArray
    p: int


@dataclass(frozen=True, eq=False)
class CoveringFile:
    """Points of a covering instance, in the file's unit, and their demand."""

    x: FloatArray
    y: FloatArray
    demand: FloatArray

    def __post_init__(self) -> None:
        for name in ("x", "y", "demand"):
            frozen(self, name, np.float64, np.shape(self.x))

    def distances(self) -> FloatArray:
        """Return straight-line distances between all points."""
        return np.hypot(self.x[:, None] - self.x, self.y[:, None] - self.y)


def _bad(name: str, line: int, why_zh: str, why_en: str) -> BadInput:
    return BadInput("siting.file_bad", f"{name} 第 {line} 行:{why_zh}。", f"{name}, line {line}: {why_en}.")


def read_rows(text: str, name: str) -> list[list[str]]:
    """Return the words of each line that has any.

    Raises: BadInput for an empty file.
    """
    rows = [line.split() for line in text.splitlines() if line.strip()]
    if not rows:
        raise _bad(name, 1, "文件为空", "the file is empty")
    return rows


def is_median_file(text: str, *, may_be_points: bool = False) -> bool:
    """Return whether the first line is that of an OR-Library p-median file: three whole numbers.

    ``may_be_points``: a point with whole numbers looks the same; then the edges announced must be there too.
    """
    rows = [line.split() for line in text.splitlines() if line.strip()]
    if not rows or len(rows[0]) != 3 or not all(word.isdigit() for word in rows[0]):
        return False
    return not may_be_points or int(rows[0][1]) == len(rows) - 1


def parse_median_file(text: str, name: str = "pmed") -> MedianFile:
    """Read 'vertices edges p' and one 'from to length' per line; the last of duplicate edges counts.

    Raises: BadInput naming the line.
    Source: Beasley (1990), Journal of the Operational Research Society 41:1069–1072 (OR-Library).
    """
    rows = read_rows(text, name)
    try:
        vertices, edges, p = (int(word) for word in rows[0])
    except ValueError:
        raise _bad(name, 1, "应为“顶点数 边数 p”", "expected 'vertices edges p'") from None
    if len(rows) - 1 < edges:
        raise _bad(name, len(rows), f"应有 {edges} 条边", f"{edges} edges were announced")
    length: dict[tuple[int, int], float] = {}
    for number, row in enumerate(rows[1 : edges + 1], start=2):
        try:
            one, other, value = int(row[0]), int(row[1]), float(row[2])
        except (ValueError, IndexError):
            raise _bad(name, number, "应为“起点 终点 长度”", "expected 'from to length'") from None
        if not (1 <= one <= vertices and 1 <= other <= vertices and value >= 0):
            raise _bad(name, number, "顶点编号或长度超出范围", "vertex or length out of range")
        length[min(one, other) - 1, max(one, other) - 1] = value
    ends = np.array(list(length), dtype=np.int64).reshape(-1, 2)
    graph = sparse.csr_matrix((list(length.values()), (ends[:, 0], ends[:, 1])), shape=(vertices, vertices))
    return MedianFile(csgraph.dijkstra(graph, directed=False), p)


def parse_covering_file(text: str, name: str = "points") -> CoveringFile:
    """Read 'x y demand' per line; a first line that starts with the number of points is a heading.

    Raises: BadInput naming the line.
    """
    rows = read_rows(text, name)
    heading = rows[0][0] == str(len(rows) - 1) and len(rows) > 1
    points = []
    for number, row in enumerate(rows[1:] if heading else rows, start=2 if heading else 1):
        try:
            points.append([float(word) for word in row[:3]])
        except ValueError:
            raise _bad(name, number, "应为“x y 需求量”", "expected 'x y demand'") from None
        if len(points[-1]) != 3 or not np.isfinite(points[-1]).all():
            raise _bad(name, number, "应为“x y 需求量”", "expected 'x y demand'")
    table = np.array(points)
    return CoveringFile(table[:, 0], table[:, 1], table[:, 2])
