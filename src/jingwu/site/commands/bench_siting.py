"""``jingwu bench siting``: public p-median and covering files, solved beside their published optima."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from jingwu.engines.response.siting import Effort, SitingFacts, SitingResult, mclp, p_median
from jingwu.engines.response.siting.formats import is_median_file, parse_covering_file, parse_median_file
from jingwu.terms.refusal import BadInput

# Optima of the p-median files at the p each file names: Beasley (1990), OR-Library.
_PMED = (
    5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255,
    7696, 6634, 4374, 2968, 1729, 8162, 6999, 4809, 2845, 1789,
)  # fmt: skip
# Covered demand at radius 800 for p = 1, 2, …: Lorena & Pereira (2002), São José dos Campos.
_COVER = {
    ("SJC324", 800.0): (5461, 8790, 11604, 12106, 12152),
    ("SJC402", 800.0): (6555, 11339, 14690, 15658, 15970, 15984),
}


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--p", type=click.IntRange(min=1), help="Sites to open; p-median files carry their own p.")
@click.option("--radius", type=click.FloatRange(min=0), help="Covering radius, in the file's unit.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    help="Time the exact solver may take per problem after search and bound; 0 = not asked. "
    "Default: 0 for p-median files, 5 for covering files.",
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 1_000_000))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def siting(
    files: tuple[Path, ...],
    p: int | None,
    radius: float | None,
    seconds: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Solve OR-Library p-median FILES, and covering FILES (x y demand per line) at --radius.

    Without --p a covering file is solved for p = 1, 2, … until everything is covered.
    """
    rows: list[dict[str, Any]] = []
    _warm_up()
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            if is_median_file(text, may_be_points=radius is not None):
                rows.append(_median_row(path, text, p, seed, _effort(seconds, 0.0)))
            else:
                rows.extend(_covering_rows(path, text, p, radius, seed, _effort(seconds, 5.0)))
        except BadInput as refusal:
            raise _naming(path, refusal) from None
    click.echo(json.dumps(rows) if as_json else _table(rows))


def _naming(path: Path, refusal: BadInput) -> BadInput:
    """Return a refusal that says which of the files it is about."""
    if path.name in refusal.message_zh:
        return refusal
    return BadInput(
        refusal.code, f"{path.name}:{refusal.message_zh}", f"{path.name}: {refusal.message_en}",
        fields=refusal.fields,
    )  # fmt: skip


def _effort(seconds: float | None, default_seconds: float) -> Effort:
    return Effort(exact_seconds=default_seconds if seconds is None else seconds)


def _warm_up() -> None:
    """Compile (or load) the kernels, so that seconds are those of the work."""
    points = np.arange(6.0)
    facts = SitingFacts(np.abs(points[:, None] - points))
    p_median(facts, 2, effort=Effort(rounds=1))
    mclp(facts, 1, 1.0, effort=Effort(rounds=1, exact_seconds=1.0))


def _median_row(path: Path, text: str, p: int | None, seed: int, effort: Effort) -> dict[str, Any]:
    begin = time.perf_counter()
    instance = parse_median_file(text, path.name)
    chosen = instance.p if p is None else p
    result = p_median(SitingFacts(instance.distance), chosen, seed=seed, effort=effort)
    published = None
    number = path.stem.removeprefix("pmed")
    if chosen == instance.p and number.isdigit() and 1 <= int(number) <= len(_PMED):
        published = _PMED[int(number) - 1]
    return _row(path, "p-median", chosen, result, time.perf_counter() - begin, published)


def _covering_rows(
    path: Path, text: str, p: int | None, radius: float | None, seed: int, effort: Effort
) -> Iterator[dict[str, Any]]:
    instance = parse_covering_file(text, path.name)
    if radius is None:
        raise BadInput(
            "bench.radius_missing",
            f"{path.name} 是覆盖选址文件,请用 --radius 给出半径。",
            f"{path.name} is a covering file: give its radius with --radius.",
        )
    facts = SitingFacts(instance.distances(), instance.demand)
    everything = float(facts.demand.sum())
    for count in range(1, facts.sites + 1) if p is None else (p,):
        begin = time.perf_counter()
        result = mclp(facts, count, radius, seed=seed, effort=effort)
        known = _COVER.get((path.stem, radius), ())
        published = known[count - 1] if count <= len(known) else None
        yield _row(path, "mclp", count, result, time.perf_counter() - begin, published)
        if result.objective >= everything * (1 - 1e-12):
            return


def _row(
    path: Path, kind: str, p: int, result: SitingResult, seconds: float, published: int | None
) -> dict[str, Any]:
    return {
        "file": path.name,
        "kind": kind,
        "p": p,
        "objective": result.objective,
        "seconds": round(seconds, 4),
        "proof": result.proof.value,
        "gap": result.gap_share,
        "bound": result.bound,
        "published": published,
        "ratio": None if published is None else result.objective / published,
        "sites": [site + 1 for site in result.sites],
    }


def _table(rows: list[dict[str, Any]]) -> str:
    """Return aligned lines; sites are numbered from 1, as in the files."""
    heading = ("file", "kind", "p", "objective", "published", "ratio", "proof", "gap", "seconds")
    lines = [heading]
    for row in rows:
        lines.append(
            (
                row["file"],
                row["kind"],
                str(row["p"]),
                f"{row['objective']:,.10g}",
                "" if row["published"] is None else f"{row['published']:,}",
                "" if row["ratio"] is None else f"{row['ratio']:.4f}",
                row["proof"],
                "" if row["gap"] is None else f"{row['gap']:.2%}",
                f"{row['seconds']:.2f}",
            )
        )
    width = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    left = {0, 1, 6}

    def cell(line: tuple[str, ...], k: int) -> str:
        return line[k].ljust(width[k]) if k in left else line[k].rjust(width[k])

    shown = ["  ".join(cell(line, k) for k in range(len(heading))) for line in lines]
    total = sum(row["seconds"] for row in rows)
    return "\n".join([*(line.rstrip() for line in shown), f"{len(rows)} problems, {total:.2f} s"])
