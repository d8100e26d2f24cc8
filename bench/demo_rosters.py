"""Every roster of the demo district searched as the site searches it: how near to proved after ``--seconds``.

A data folder of its own is made and thrown away. Two sorts: ``in force``, with the norms' least need, and
``planned``, the four weeks each office is to draft once the district's plan is approved, with the plan's need
and its groups. Nothing is pinned but what comes by appointment; the days before today count as days to plan.
One line a roster, a summary of each sort last; ``--json`` prints an object a line.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections import Counter

from demo_folder import prepare


def approve_the_plan() -> None:
    """Let two people approve the demo's plan, which gives its need to the drafts of all offices."""
    from django.utils import timezone

    from jingwu.people.queries import account_named
    from jingwu.planning import actions
    from jingwu.planning.jobs import hand_to_duty
    from jingwu.planning.queries import plan_rows

    first, second, now = account_named("manager"), account_named("manager2"), timezone.now()
    plan = plan_rows(first)[0].pk
    actions.submit_plan(plan, by=first, at=now)
    actions.approve_plan(plan, reason="", by=second, at=now)
    hand_to_duty(plan)


def search(roster_id: int, seconds: float) -> dict[str, object]:
    """Return what a search of one roster found, beside what the board had."""
    from jingwu.duty.models import Roster
    from jingwu.duty.queries.problem import sheet_of
    from jingwu.engines.rostering import check, objective_of, solve

    row = Roster.objects.select_related("office__unit").get(pk=roster_id)
    sheet = sheet_of(row, pin_before=row.first_day)
    gap = float(sheet.norms.value("duty.good_enough_gap"))
    began = time.perf_counter()
    found = solve(sheet.problem, seconds=seconds, seed=roster_id, gap=gap, start=sheet.roster)
    taken = time.perf_counter() - began
    points: Counter[str] = Counter()
    for breach in found.breaches:
        points[breach.rule_id] += breach.penalty
    return {
        "roster": roster_id,
        "people": len(sheet.team),
        "days": sheet.problem.days,
        "before": objective_of(check(sheet.problem, sheet.roster)),
        "objective": found.objective,
        "bound": found.bound,
        "gap": round(found.gap, 4),
        "seconds": round(taken, 1),
        "lawful": found.lawful,
        "points": dict(points),
    }


def measure(sort: str, ids: list[int], seconds: float, *, as_json: bool) -> None:
    """Search rosters one after another and sum up."""
    rows = []
    for roster_id in ids:
        row = {"sort": sort, **search(roster_id, seconds)}
        rows.append(row)
        if as_json:
            print(json.dumps(row), flush=True)
        else:
            print(
                f"{sort} {row['people']:>3} people {row['days']:>3} days  before {row['before']:>6}  "
                f"objective {row['objective']:>6}  bound {row['bound']:>8}  gap {row['gap']:.2%}  "
                f"{row['seconds']:>5} s",
                flush=True,
            )
    gaps = [float(str(row["gap"])) for row in rows]
    print(
        f"{sort}: {len(rows)} rosters, {sum(gap <= 0.01 for gap in gaps)} within 1 %, "
        f"{sum(gap <= 0.05 for gap in gaps)} within 5 %, median gap {statistics.median(gaps):.2%}, worst "
        f"{max(gaps):.2%}, objectives in sum {sum(int(str(row['objective'])) for row in rows)}, all lawful: "
        f"{all(bool(row['lawful']) for row in rows)}"
    )


def main() -> None:
    """Make the district, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sort", nargs="*", default=["in force", "planned"])
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="jingwu-bench-")
    try:
        prepare(folder)
        from jingwu.duty.models import Roster

        in_force = list(Roster.objects.filter(state="published").order_by("pk").values_list("pk", flat=True))
        approve_the_plan()
        planned = list(Roster.objects.filter(state="draft").order_by("pk").values_list("pk", flat=True))
        for sort, ids in (("in force", in_force), ("planned", planned)):
            if sort in arguments.sort:
                measure(sort, ids, arguments.seconds, as_json=arguments.json)
    finally:
        from django.conf import settings

        settings.EMBEDDED_POSTGRES.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
