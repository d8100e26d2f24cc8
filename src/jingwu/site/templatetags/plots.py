"""Drawings, plots and the map as template tags: `{% load plots %}`; docs/look.md gives the data's shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django import template
from django.utils.translation import gettext as _

from jingwu.site.drawing.bars import horizontal_bars, waterfall_bars
from jingwu.site.drawing.plot_table import plot_table
from jingwu.site.drawing.radar import radar as radar_of
from jingwu.site.drawing.week import HEIGHT, WIDTH, week_strip

register = template.Library()

KINDS = ("lines", "steps", "heat")


def day_names() -> tuple[str, ...]:
    """Return the short names of Monday to Sunday in the page's language."""
    return (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))


@register.inclusion_tag("site/parts/plot.html")
def plot(data: Mapping[str, object], id: str, label: str, size: str = "") -> dict[str, object]:
    """Draw a plot with its table and its CSV; ``data["kind"]`` is ``lines``, ``steps`` or ``heat``.

    ``label`` says in words what is seen; ``size`` is ``short`` or ``tall``.
    """
    if data.get("kind") not in KINDS:
        raise template.TemplateSyntaxError(f"plot kind {data.get('kind')!r} is none of {', '.join(KINDS)}")
    return {"data": data, "id": id, "label": label, "size": size, "table": plot_table(data)}


@register.inclusion_tag("site/parts/map.html")
def office_map(
    data: Mapping[str, object] | None = None, id: str = "map", label: str = "", size: str = "", src: str = ""
) -> dict[str, object]:
    """Draw the map of offices and beats from GeoJSON ``data``, or from the address ``src`` of it."""
    return {"data": data, "id": id, "label": label, "size": size, "src": src}


@register.inclusion_tag("site/parts/week.html")
def hour_of_week(
    gaps: Sequence[float | None],
    label: str,
    unit: str = "",
    step_1: float = 0.5,
    step_2: float = 1.5,
    step_3: float = 2.5,
) -> dict[str, object]:
    """Draw 168 gaps (need − supply), Monday 00:00 first, as seven rows of 24 coloured cells."""
    steps = (float(step_1), float(step_2), float(step_3))
    strip = week_strip(list(gaps), day_names(), steps, unit)
    legend = (
        ("short-3", f"> {steps[2]:g}"),
        ("short-2", f"{steps[1]:g}–{steps[2]:g}"),
        ("short-1", f"{steps[0]:g}–{steps[1]:g}"),
        ("even", _("平衡")),
        ("spare", _("富余")),
    )
    return {"strip": strip, "label": label, "width": WIDTH, "height": HEIGHT, "legend": legend}


@register.inclusion_tag("site/parts/bars.html")
def bars(
    rows: Iterable[Mapping[str, object]], label: str, unit: str = "", digits: int = 1
) -> dict[str, object]:
    """Draw bars: rows of ``label``, ``value``, perhaps ``tint``, ``mark`` (dotted), ``note``, ``url``."""
    return {"bars": horizontal_bars(rows, unit=unit, digits=digits), "label": label}


@register.inclusion_tag("site/parts/bars.html")
def waterfall(
    steps: Sequence[Mapping[str, object]],
    label: str,
    start_label: str,
    start: float,
    end_label: str,
    digits: int = 1,
) -> dict[str, object]:
    """Draw how ``start`` becomes the end value by the steps' ``change`` (each with a ``label``)."""
    drawing = waterfall_bars(steps, start_label=start_label, start=start, end_label=end_label, digits=digits)
    return {"bars": drawing, "label": label}


@register.inclusion_tag("site/parts/radar.html")
def radar(
    labels: Sequence[str],
    series: Sequence[tuple[str, str, Sequence[float]]],
    label: str,
    full: float = 100.0,
) -> dict[str, object]:
    """Draw a radar; series are tuples of role (plan, today, limit), name and values 0 … ``full``."""
    rows = [(name, [values[place] for _, _, values in series]) for place, name in enumerate(labels)]
    return {
        "radar": radar_of(labels, series, full=full),
        "label": label,
        "names": [(role, name) for role, name, _ in series],
        "rows": rows,
    }
