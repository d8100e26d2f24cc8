"""``jingwu bench plan``: the whole plan of a synthetic district, with the share of each step; assignment
alone."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import click

_DAY = date(2026, 1, 1)


@click.command()
@click.option("--offices", default=50, show_default=True)
@click.option("--people", default=700, show_default=True)
@click.option("--calls", default=100_000, show_default=True)
@click.option("--replications", default=30, show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--assignment-only", is_flag=True, help="Match 14,000 people to 1,000 offices and stop.")
def plan(
    offices: int, people: int, calls: int, replications: int, workers: int, seed: int, assignment_only: bool
) -> None:
    """Plan a synthetic district and print seconds, memory and the share of each step."""
    if assignment_only:
        _assignment(seed)
        return
    from jingwu.norms import load
    from jingwu.planning.demo_district import synthetic
    from jingwu.planning.pipeline import PlanParams, compute

    district = synthetic(offices=offices, people=people, calls=calls, seed=seed)
    norms = load().at(_DAY)
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as executor:
        result = compute(district, PlanParams(replications=replications), norms, seed=seed, executor=executor)
    seconds = time.perf_counter() - began
    click.echo(result.headline_en)
    size = f"{offices} offices, {people} people, {calls} calls, {replications} replications"
    click.echo(f"{size}: {seconds:.1f} s")
    for step in result.steps:
        click.echo(f"  {step.name:<12} {step.seconds:7.2f} s  {step.seconds / seconds:6.1%}")
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    click.echo(f"  peak memory  {peak_gb:7.2f} GB")


def _assignment(seed: int) -> None:
    """Match 14,000 people to the posts of 1,000 offices."""
    import numpy as np

    from jingwu.engines.staffing.assignment import assign
    from jingwu.engines.staffing.facts import Office, Person
    from jingwu.norms import load
    from jingwu.planning.pipeline.norms import deployment_norms, staffing_params
    from jingwu.terms.people import PersonCategory

    rng = np.random.default_rng(seed)
    norms = load().at(_DAY)
    params = staffing_params(norms, deployment_norms(norms), 5.0, 0.9)
    offices = [Office(f"O{i:04d}", *rng.uniform((116.0, 39.5), (117.0, 40.5)).tolist()) for i in range(1000)]
    posts_each = {
        ("lead", PersonCategory.OFFICER): 1,
        ("crew_officer", PersonCategory.OFFICER): 2,
        ("patrol_aux", PersonCategory.AUX_DUTY): 4,
        ("front_desk", PersonCategory.AUX_DUTY): 1,
        ("grid_service", PersonCategory.GRID_WORKER): 2,
        ("volunteer_service", PersonCategory.VOLUNTEER): 4,
    }
    posts = {(o.code, role, c): n for o in offices for (role, c), n in posts_each.items()}
    people = []
    for (_, category), heads in posts_each.items():
        for _ in range(heads * len(offices)):
            home = offices[int(rng.integers(len(offices)))]
            lon, lat = rng.normal((home.lon, home.lat), 0.05).tolist()
            years = float(rng.uniform(0, 20))
            people.append(
                Person(
                    f"{category}-{len(people):05d}",
                    category,
                    office=home.code,
                    grassroots_years=years,
                    rank_level=int(years // 4),
                    lon=lon,
                    lat=lat,
                )
            )
    began = time.perf_counter()
    answer = assign(people, offices, (), posts, params)
    seconds = time.perf_counter() - began
    idle = len(answer.unposted)
    click.echo(f"{len(people)} people to {len(offices)} offices: {seconds:.1f} s, {idle} without a post")
