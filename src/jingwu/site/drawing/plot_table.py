"""The table behind a plot: what the picture shows, as rows that can be read aloud or downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PlotTable:
    """Header and rows, all as text; the first column is the x value."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value)


def _named(axis: Mapping[str, Any]) -> str:
    unit = axis.get("unit")
    return (
        f"{axis.get('name', '')} ({unit})" if unit and unit != axis.get("name") else str(axis.get("name", ""))
    )


def plot_table(data: Mapping[str, Any]) -> PlotTable:
    """Return the table of a plot's ``data`` (its shape: docs/look.md)."""
    axis_x, axis_y = data.get("x", {}), data.get("y", {})
    if data["kind"] == "heat":
        columns = [str(name) for name in axis_x["categories"]]
        rows = tuple(
            (str(name), *(_text(value) for value in values))
            for name, values in zip(axis_y["categories"], data["values"], strict=True)
        )
        return PlotTable((_named(axis_y), *columns), rows)
    series = data["series"]
    labels: list[Any] = list(axis_x.get("categories", ()))
    if labels:
        columns_of = [list(one["values"]) for one in series]
        rows = tuple(
            (str(label), *(_text(values[place]) if place < len(values) else "–" for values in columns_of))
            for place, label in enumerate(labels)
        )
    else:
        known = [{point[0]: point[1] for point in one["points"]} for one in series]
        places = sorted({x for one in known for x in one})
        rows = tuple((_text(x), *(_text(one.get(x)) for one in known)) for x in places)
    return PlotTable((_named(axis_x), *(str(one["name"]) for one in series)), rows)
