"""``jingwu bench rostering``: Curtois-Qu instances against their best known values; offices, a district."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click

from jingwu.engines.rostering import Improvement, RosterProblem, solve
from jingwu.engines.rostering.curtois_qu import BEST_KNOWN, parse, problem_of, score
from jingwu.engines.rostering.demonstration import crew_office, demonstration_office
from jingwu.engines.rostering.district import solve_district


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(min=0.1))
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--progress", is_flag=True, help="Show improving rosters on the error stream.")
@click.option("--office", is_flag=True, help="Also solve offices of 14 people over 28 days to within 1 %.")
@click.option("--district", default=0, help="Also solve a district of so many offices with soft norms.")
def rostering(
    files: tuple[Path, ...],
    seconds: float,
    seed: int,
    as_json: bool,
    progress: bool,
    office: bool,
    district: int,
) -> None:
    """Solve each FILE of the Curtois-Qu text format within the time; an independent scorer judges it."""
    for path in sorted(files, key=_number):
        _show(bench_instance(path, seconds=seconds, seed=seed, progress=progress), as_json)
    if office:
        for name, problem in (
            ("crews 14×28", crew_office(seed=seed)),
            ("groups 14×28", crew_office(seed=seed, grouped=True)),
            ("soft norms 14×28", demonstration_office(seed=seed)),
        ):
            _show(bench_office(name, problem, seconds=seconds, seed=seed), as_json)
    if district:
        _show(bench_district(district, seconds=seconds, seed=seed), as_json)


def _number(path: Path) -> int:
    found = re.search(r"(\d+)", path.stem)
    return int(found.group(1)) if found else 0


def bench_instance(path: Path, *, seconds: float, seed: int, progress: bool = False) -> dict[str, object]:
    """Return the row of one instance."""
    instance = parse(path.read_text(encoding="utf-8"), name=path.name)

    def show(found: Improvement) -> None:
        click.echo(f"{found.seconds:8.1f} s  {found.objective:>8}  {found.source}", err=True)

    began = time.perf_counter()
    solution = solve(
        problem_of(instance), seconds=seconds, seed=seed, on_improvement=show if progress else None
    )
    taken = time.perf_counter() - began
    row: dict[str, object] = {"instance": path.stem}
    if solution.roster is None:
        judged = None
    else:
        judged = score(instance, dict(zip(solution.roster.people, solution.roster.cells, strict=True)))
    row |= {
        "objective": None if judged is None else judged.objective,
        "bound": solution.bound,
        "gap": round(solution.gap, 5),
        "best_known": BEST_KNOWN.get(_number(path)),
        "seconds": round(taken, 1),
        "scorer_violations": [] if judged is None else list(judged.violations),
        "agrees": judged is not None and judged.objective == solution.objective,
        "status": solution.status.value,
        "found_by": solution.source,
        "seconds_by_step": {step: round(value, 1) for step, value in solution.seconds_by_step.items()},
    }
    return row


def bench_office(name: str, problem: RosterProblem, *, seconds: float, seed: int) -> dict[str, object]:
    """Return the row of one office of fourteen over 28 days, stopped within 1 %."""
    began = time.perf_counter()
    solution = solve(problem, seconds=seconds, seed=seed, gap=0.01)
    return {
        "instance": name,
        "objective": solution.objective,
        "bound": solution.bound,
        "gap": round(solution.gap, 5),
        "best_known": None,
        "seconds": round(time.perf_counter() - began, 2),
        "scorer_violations": [] if solution.lawful else ["law broken"],
        "open_shifts": len(solution.open_shifts),
        "found_by": solution.source,
    }


def bench_district(offices: int, *, seconds: float, seed: int) -> dict[str, object]:
    """Return the row of a district: every office to 1 % or its share of the time, on two processes."""
    problems: dict[str, RosterProblem] = {
        f"office{number:03}": demonstration_office(seed=seed * 1000 + number) for number in range(offices)
    }
    began = time.perf_counter()
    with ProcessPoolExecutor(2) as executor:
        found = solve_district(
            problems, executor=executor, seconds_per_office=2 * seconds / offices, seed=seed
        )
    gaps = [solution.gap for solution in found.offices.values()]
    return {
        "instance": f"district of {offices}",
        "objective": found.objective,
        "bound": sum(solution.bound for solution in found.offices.values()),
        "gap": round(max(gaps), 5),
        "best_known": None,
        "seconds": round(time.perf_counter() - began, 1),
        "scorer_violations": [name for name, solution in found.offices.items() if not solution.lawful],
        "within_1_percent": sum(gap <= 0.01 for gap in gaps),
        "loans": len(found.loans),
    }


def _show(row: dict[str, object], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False))
        return
    known = row["best_known"] if row["best_known"] is not None else "–"
    click.echo(
        f"{row['instance']:<16} objective {row['objective']!s:>7}  bound {row['bound']:>9}  "
        f"gap {row['gap']:.2%}  best known {known!s:>6}  {row['seconds']:>6} s  "
        f"violations {len(row['scorer_violations'])}"  # type: ignore[arg-type]
        + (f"  within 1 %: {row['within_1_percent']}" if "within_1_percent" in row else "")
    )
