"""Horizontal bars and the waterfall of a score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, VALUE_WIDTH, ROW_HEIGHT = 380, 88, 28
LABEL_WIDTH_MAX = 150


def _label_width(labels: Iterable[str]) -> float:
    """Return the room for the longest label: at 11 px Chinese characters are square, Latin half as wide."""
    widest = max((sum(11.5 if mark > "\u2e7f" else 6 for mark in label) for label in labels), default=0)
    return min(widest + 12, LABEL_WIDTH_MAX)


@dataclass(frozen=True)
class Bar:
    """One bar: where it starts and ends, its colour, its words; ``mark_x`` is its norm or target."""

    label: str
    y: int
    x: str
    width: str
    tint: str
    value: str
    note: str
    value_x: str
    mark_x: str = ""
    link_y: str = ""
    url: str = ""


@dataclass(frozen=True)
class Bars:
    """All bars and the drawing's size."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    zero_x: str
    label_x: str

    @property
    def has_links(self) -> bool:
        """Return whether a bar leads somewhere."""
        return any(bar.url for bar in self.bars)


def _factor(low: float, high: float, label_width: float) -> float:
    return (WIDTH - VALUE_WIDTH - label_width) / ((high - low) or 1.0)


def horizontal_bars(rows: Iterable[Mapping[str, object]], *, unit: str = "", digits: int = 1) -> Bars:
    """Return bars from zero: rows of ``label``, ``value``, perhaps ``tint``, ``mark``, ``note``, ``url``."""
    rows = list(rows)
    values = [float(row["value"]) for row in rows]  # type: ignore[arg-type]
    marks = [float(row["mark"]) for row in rows if row.get("mark") is not None]  # type: ignore[arg-type]
    low, high = min((0.0, *values, *marks)), max((0.0, *values, *marks))
    left = _label_width(str(row["label"]) for row in rows)
    factor = _factor(low, high, left)
    zero = left + (0 - low) * factor
    bars = []
    for place, (row, value) in enumerate(zip(rows, values, strict=True)):
        start, end = sorted((zero, left + (value - low) * factor))
        mark = row.get("mark")
        mark_x = "" if mark is None else f"{left + (float(mark) - low) * factor:.1f}"  # type: ignore[arg-type]
        farthest = max(end, float(mark_x)) if mark_x else end
        bars.append(
            Bar(
                str(row["label"]),
                place * ROW_HEIGHT,
                f"{start:.1f}",
                f"{max(end - start, 1.0):.1f}",
                str(row.get("tint") or "plan"),
                f"{value:.{digits}f}{unit}",
                str(row.get("note") or ""),
                f"{farthest + 6:.1f}",
                mark_x,
                url=str(row.get("url") or ""),
            )
        )
    return Bars(tuple(bars), WIDTH, len(rows) * ROW_HEIGHT + 2, f"{zero:.1f}", f"{left - 8:.1f}")


def waterfall_bars(
    steps: Sequence[Mapping[str, object]], *, start_label: str, start: float, end_label: str, digits: int = 1
) -> Bars:
    """Return the bars that lead from ``start`` to the sum of the steps' ``change`` (each has a ``label``)."""
    running = float(start)
    spans: list[tuple[str, float, float, str, str]] = [
        (start_label, 0.0, running, "limit", f"{running:.{digits}f}")
    ]
    for step in steps:
        change = float(step["change"])  # type: ignore[arg-type]
        tint = str(step.get("tint") or ("fine" if change >= 0 else "act"))
        spans.append((str(step["label"]), running, running + change, tint, f"{change:+.{digits}f}"))
        running += change
    spans.append((end_label, 0.0, running, "plan", f"{running:.{digits}f}"))
    ends = [edge for _, first, last, _, _ in spans for edge in (first, last)]
    low, high = min((0.0, *ends)), max((0.0, *ends))
    label_end = _label_width(label for label, *_rest in spans)
    factor = _factor(low, high, label_end)
    bars = []
    for place, (label, first, last, tint, words) in enumerate(spans):
        left, right = sorted((label_end + (first - low) * factor, label_end + (last - low) * factor))
        # the thin line joins a bar's end to the next bar's start
        join = f"{label_end + (last - low) * factor:.1f}" if place < len(spans) - 1 else ""
        bars.append(
            Bar(
                label,
                place * ROW_HEIGHT,
                f"{left:.1f}",
                f"{max(right - left, 1.0):.1f}",
                tint,
                words,
                "",
                f"{right + 6:.1f}",
                link_y=join,
            )
        )
    return Bars(
        tuple(bars),
        WIDTH,
        len(spans) * ROW_HEIGHT + 2,
        f"{label_end + (0 - low) * factor:.1f}",
        f"{label_end - 8:.1f}",
    )
