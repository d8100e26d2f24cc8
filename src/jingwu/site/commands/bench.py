"""``jingwu bench``: measure the engines on files and sizes of the reader's choice."""

from __future__ import annotations

import click

from jingwu.site.cli import LazyGroup

BENCHMARKS: dict[str, tuple[str, str]] = {
    "siting": ("jingwu.site.commands.bench_siting:siting", "OR-Library p-median and covering files."),
    "hypercube": ("jingwu.site.commands.bench_hypercube:hypercube", "Exact and approximate hypercube."),
    "simulation": ("jingwu.site.commands.bench_simulation:simulation", "Spatial simulation with priorities."),
    "rostering": ("jingwu.site.commands.bench_rostering:rostering", "Curtois-Qu rostering instances."),
    "plan": ("jingwu.site.commands.bench_plan:plan", "The whole plan of a synthetic district."),
}


@click.group(cls=LazyGroup, table=BENCHMARKS)
def bench() -> None:
    """Measure one engine; the peers' side runs in `make bench`."""
