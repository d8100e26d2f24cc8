"""``jingwu bench hypercube``: how long the exact model takes, and how near the approximation comes."""

from __future__ import annotations

import json
import time

import click
import numpy as np

from jingwu.engines.response.hypercube import (
    HypercubeModel,
    bytes_needed,
    solve_approximate,
    solve_exact,
)

AREAS_PER_UNIT = 3
SERVICE_MINUTES = 30.0
REPEATS = 3


def square_model(units: int, utilisation: float, seed: int) -> HypercubeModel:
    """Return crews at random points of a square, areas on a grid of even demand, nearest crew first."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(AREAS_PER_UNIT * units)))
    axis = (np.arange(side) + 0.5) / side
    areas = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    places = rng.random((units, 2))
    way = np.abs(areas[:, None] - places[None]).sum(axis=2)
    total = utilisation * units * 60.0 / SERVICE_MINUTES
    return HypercubeModel(
        calls_per_hour=np.full(len(areas), total / len(areas)),
        preferences=np.argsort(way, axis=1, kind="stable"),
        crews=np.ones(units, dtype=np.int64),
        service_minutes=np.full(units, SERVICE_MINUTES),
    )


@click.command()
@click.option("--units", default=15, show_default=True, type=click.IntRange(2, 500))
@click.option("--utilisation", default=0.5, show_default=True, type=click.FloatRange(0.01, 0.99))
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def hypercube(units: int, utilisation: float, seed: int, as_json: bool) -> None:
    """Solve a square city with UNITS crews exactly (up to 20 crews) and approximately."""
    model = square_model(units, utilisation, seed)
    small = square_model(3, utilisation, seed)
    solve_exact(small)  # compile, or load the compiled code
    solve_approximate(small)
    result: dict[str, float | int | None] = {"units": units, "areas": len(model.calls_per_hour)}
    approximate, result["approx_seconds"] = _timed(solve_approximate, model, REPEATS)
    result["exact_seconds"] = result["max_workload_error"] = result["mean_workload_error"] = None
    if units <= 20:
        exact, result["exact_seconds"] = _timed(solve_exact, model, REPEATS if units <= 16 else 1)
        error = np.abs(approximate.workload / exact.workload - 1.0)
        result["max_workload_error"] = float(error.max())
        result["mean_workload_error"] = float(error.mean())
        result["sweeps"] = exact.iterations
    result["exact_bytes"] = bytes_needed(units)
    if as_json:
        click.echo(json.dumps(result))
        return
    for name, value in result.items():
        click.echo(f"{name:>22}  {'–' if value is None else f'{value:,.6g}'}")


def _timed(solve, model, repeats):  # type: ignore[no-untyped-def]
    taken = []
    for _ in range(repeats):
        begin = time.perf_counter()
        answer = solve(model)
        taken.append(time.perf_counter() - begin)
    return answer, min(taken)
