"""The incident room under load: a million incidents, pages, search, intake; ``--rows N`` for a smaller one.

A data folder of its own is made and thrown away. The demo's finished days are repeated backwards, eight days
a step, until the rows asked for are there; pages are then asked in process: the server's time, no network.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from demo_folder import prepare

PAGES = {
    "board, open": "/incidents/",
    "board, overdue": "/incidents/?group=overdue",
    "board, all": "/incidents/?group=all",
    "board, all, page 200": "/incidents/?group=all&page=200",
    "board, one category": "/incidents/?group=all&category=dispute",
    "search, words": "/incidents/?group=all&q=剐蹭",
    "search, words, page 200": "/incidents/?group=all&q=剐蹭&page=200",
    "search, no such words": "/incidents/?group=all&q=查无此事",
    "search, number": "/incidents/?group=all&q=0003",
    "analysis, week": "/incidents/analysis/?period=week",
}
TARGET_MILLISECONDS = 300
INTAKE_TARGET_PER_SECOND = 200


def multiply(rows: int) -> int:
    """Repeat the demo's finished incidents backwards in time to about ``rows``; return how many there are."""
    from django.db import connection

    from jingwu.incidents.models import Incident

    names = [field.column for field in Incident._meta.concrete_fields if field.column != "id"]
    moments = [
        field.column
        for field in Incident._meta.concrete_fields
        if field.get_internal_type() == "DateTimeField"
    ]
    finished = Incident.objects.filter(state="closed", source="dispatch_110").count()
    steps = max(rows // max(finished, 1), 1)
    taken = ", ".join(_taken(name, moments) for name in names)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX incident_grams")
        cursor.execute(
            f"INSERT INTO incidents_incident ({', '.join(names)}) SELECT {taken} FROM incidents_incident i,"
            " generate_series(1, %s) step WHERE i.state = 'closed' AND i.source = 'dispatch_110'",
            [steps],
        )
        cursor.execute("CREATE INDEX incident_grams ON incidents_incident USING gin (grams)")
        cursor.execute("ANALYZE")
    return Incident.objects.count()


def _taken(name: str, moments: list[str]) -> str:
    if name in moments:
        return f"i.{name} - step * interval '8 days'"
    if name == "number":
        day = "to_char(i.reported_at - step * interval '8 days', 'YYYYMMDD')"
        return f"substr(i.number, 1, 14) || {day} || 'b' || i.id"
    return "i.source_key || ':' || step" if name == "source_key" else f"i.{name}"


def timed(call: Callable[[], Any], times: int) -> dict[str, float]:
    """Return median and 95th percentile in milliseconds over ``times`` calls after one to warm up."""
    call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return {"p50_ms": statistics.median(taken), "p95_ms": sorted(taken)[int(len(taken) * 0.95)]}


def pages(times: int) -> dict[str, dict[str, float]]:
    """Return the times of every page as the district's manager sees it."""
    from django.test import Client

    from jingwu.incidents.models import Incident
    from jingwu.people import queries as people

    browser = Client(HTTP_HOST="localhost")
    browser.force_login(people.account_named("manager"))
    found = {name: timed(lambda url=url: _read(browser, url), times) for name, url in PAGES.items()}
    one = Incident.objects.filter(state="closed").order_by("pk").values_list("pk", flat=True)[1000]
    found["incident"] = timed(lambda: _read(browser, f"/incidents/{one}/"), times)
    return found


def _read(browser: Any, url: str) -> None:
    answer = browser.get(url)
    assert answer.status_code == 200, (url, answer.status_code)


def intake(seconds: float, desks: int) -> float:
    """Return registered incidents a second by ``desks`` connections at once, by the room's action."""
    from django.db import connection
    from django.utils import timezone

    from jingwu.incidents import actions
    from jingwu.incidents.actions import NewIncident
    from jingwu.journal.actor import SYSTEM
    from jingwu.offices import queries as offices

    codes = [row.code for row in offices.offices(["/"])]
    until = time.perf_counter() + seconds

    def desk(number: int) -> int:
        done = 0
        while time.perf_counter() < until:
            code = codes[(number * 7 + done) % len(codes)]
            actions.register(
                NewIncident(code, f"第 {done} 起:电动车剐蹭", address="望江路 12 号"),
                by=SYSTEM,
                at=timezone.now(),
            )
            done += 1
        connection.close()
        return done

    with ThreadPoolExecutor(desks) as pool:
        return sum(pool.map(desk, range(desks))) / seconds


def main() -> None:
    """Measure, print a table or JSON, and fail when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=100)  # of 20 the 95th percentile is the largest
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="jingwu-load-")
    try:
        prepare(folder)
        start = time.perf_counter()
        rows = multiply(options.rows)
        result = {"rows": rows, "fill_seconds": time.perf_counter() - start, "pages": pages(options.times)}
        result["intake_per_second"] = intake(10.0, 4)
        show(result) if not options.json else print(json.dumps(result))
        late = [name for name, row in result["pages"].items() if row["p95_ms"] >= TARGET_MILLISECONDS]
        if late or result["intake_per_second"] < INTAKE_TARGET_PER_SECOND:
            raise SystemExit(f"targets missed: {', '.join(late) or 'intake'}")
    finally:
        from django.conf import settings

        if settings.EMBEDDED_POSTGRES is not None:
            settings.EMBEDDED_POSTGRES.stop()
        shutil.rmtree(folder, ignore_errors=True)


def show(result: dict[str, Any]) -> None:
    """Print the figures with what misses its target marked."""
    print(f"{result['rows']:,} incidents, filled in {result['fill_seconds']:.0f} s")
    for name, row in result["pages"].items():
        mark = "" if row["p95_ms"] < TARGET_MILLISECONDS else f"  above {TARGET_MILLISECONDS} ms"
        print(f"  {name:24} p50 {row['p50_ms']:6.0f} ms   p95 {row['p95_ms']:6.0f} ms{mark}")
    rate = result["intake_per_second"]
    print(f"  intake {rate:.0f} a second, journal included (target {INTAKE_TARGET_PER_SECOND})")


if __name__ == "__main__":
    main()
