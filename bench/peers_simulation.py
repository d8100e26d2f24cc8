"""Our simulation beside SimPy and Ciw: the same calls, the same rule, one process.

Run from the environment of the peers (``make bench`` does), with the project's ``src`` on the path:
``PYTHONPATH=src <peers>/bin/python bench/peers_simulation.py [--units 20] [--calls 100000] [--json]``.

SimPy serves exactly the calls drawn for ours: nearest free crew by the travel matrix, two priorities, nobody
called away, service = way + time on scene. The means must be the same, or this fails. Ciw has no geography,
so it is measured on what it can hold: the same arrival rates and crews as one queue with two priorities.
Leaves with 1 where the gate (50 times SimPy at 20 units and 100,000 calls) is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import deque
from typing import Any

import numpy as np

from jingwu.engines.response.facts import SimulationCase
from jingwu.engines.response.simulation import prepare, simulate_once
from jingwu.engines.response.simulation.streams import Calls, draw_calls
from jingwu.engines.response.synthetic import square_city

REPEATS = 5
GATE_RATIO = 50.0


def run_ours(case: SimulationCase, calls: Calls) -> dict[str, float]:
    """Serve the calls after compiling: the best of five, so that other load on the machine counts least."""
    simulate_once(prepare(case), calls, len(case.priorities))
    serving, drawing = [], []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        draw_calls(case, 1, 0)
        middle = time.perf_counter()
        out = simulate_once(prepare(case), calls, len(case.priorities))
        drawing.append(middle - begin)
        serving.append(time.perf_counter() - middle)
    mean = float(np.mean(out.times[:, 1] - calls.arrival))
    return {"seconds": min(serving), "drawing_seconds": min(drawing), "mean_response_minutes": mean}


def run_simpy(case: SimulationCase, calls: Calls) -> dict[str, float]:
    """Serve the same calls with SimPy: one process per call, events for crews that must be waited for."""
    import simpy

    begin = time.perf_counter()
    environment = simpy.Environment()
    minutes = case.travel.minutes.T.tolist()  # type: ignore[union-attr]
    order = np.argsort(case.travel.minutes, axis=0, kind="stable").T.tolist()  # type: ignore[union-attr]
    free = [True] * len(case.posts)
    waiting: tuple[deque[Any], ...] = tuple(deque() for _ in case.priorities)
    responses = np.empty(calls.ready.size)

    def serve(index: int, arrival: float, area: int, level: int, scene: float) -> Any:
        post = next((p for p in order[area] if free[p]), None)
        if post is None:
            event = environment.event()
            waiting[level].append(event)
            post = yield event
        else:
            free[post] = False
        way = minutes[area][post]
        yield environment.timeout(way)
        responses[index] = environment.now - arrival
        yield environment.timeout(scene)
        for queue in waiting:
            if queue:
                queue.popleft().succeed(post)
                return
        free[post] = True

    def source() -> Any:
        marks = zip(
            calls.arrival.tolist(),
            calls.area.tolist(),
            calls.priority.tolist(),
            calls.on_scene.tolist(),
            strict=True,
        )
        for index, (arrival, area, level, scene) in enumerate(marks):
            yield environment.timeout(arrival - environment.now)
            environment.process(serve(index, arrival, area, level, scene))

    environment.process(source())
    environment.run()
    return {"seconds": time.perf_counter() - begin, "mean_response_minutes": float(responses.mean())}


def run_ciw(case: SimulationCase, calls: Calls, sample: int) -> dict[str, float]:
    """Serve a queue without geography with Ciw for as long as ``sample`` calls take."""
    import ciw

    mean_scene = float(calls.on_scene.mean())
    span = float(calls.arrival[-1] - calls.arrival[0])
    rates = [float(np.count_nonzero(calls.priority == k)) / span for k in range(len(case.priorities))]
    network = ciw.create_network(
        arrival_distributions={f"P{k}": [ciw.dists.Exponential(rate)] for k, rate in enumerate(rates)},
        service_distributions={f"P{k}": [ciw.dists.Exponential(1 / mean_scene)] for k in range(len(rates))},
        priority_classes={f"P{k}": k for k in range(len(rates))},
        number_of_servers=[len(case.posts)],
    )
    begin = time.perf_counter()
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(sample / sum(rates))
    served = len(simulation.get_all_records())
    seconds = time.perf_counter() - begin
    return {"seconds": seconds * calls.ready.size / max(served, 1), "calls_measured": float(served)}


def main() -> int:
    """Print the three side by side, with the ratios; fail where the means differ or the gate is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=20)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    case = square_city(options.units, options.calls)
    calls = draw_calls(case, 1, 0)
    ours = run_ours(case, calls)
    simpy = min((run_simpy(case, calls) for _ in range(2)), key=lambda measured: measured["seconds"])
    result: dict[str, Any] = {
        "units": options.units,
        "calls": int(calls.ready.size),
        "ours": ours,
        "simpy": simpy,
        "simpy_ratio": simpy["seconds"] / ours["seconds"],
        "simpy_ratio_with_our_drawing": simpy["seconds"] / (ours["seconds"] + ours["drawing_seconds"]),
        "same_mean": abs(simpy["mean_response_minutes"] - ours["mean_response_minutes"]) < 1e-6,
    }
    try:
        ciw = run_ciw(case, calls, min(options.calls, 10_000))
        result |= {"ciw": ciw, "ciw_ratio": ciw["seconds"] / ours["seconds"]}
    except ImportError:
        result["ciw"] = None
    is_gate = options.units == 20 and options.calls >= 100_000
    missed = not result["same_mean"] or (is_gate and result["simpy_ratio"] < GATE_RATIO)
    if options.json:
        print(json.dumps(result))
        return int(missed)
    print(f"{result['calls']:,} calls, {options.units} units, two priorities")
    print(f"  ours   {ours['seconds']:8.3f} s  mean response {ours['mean_response_minutes']:.4f} min")
    print(f"  SimPy  {simpy['seconds']:8.3f} s  mean response {simpy['mean_response_minutes']:.4f} min")
    ratio, whole = result["simpy_ratio"], result["simpy_ratio_with_our_drawing"]
    print(f"  SimPy / ours {ratio:.0f} times; {whole:.0f} when drawing the calls is charged to ours alone")
    if result["ciw"]:
        print(f"  Ciw    {result['ciw']['seconds']:8.3f} s  (scaled up; one queue, no geography)")
    if not result["same_mean"]:
        print("  the means differ: the two do not serve the same calls the same way")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
