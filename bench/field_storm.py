"""The served site when the network comes back: 300 phones at once beside 50 desks, and 500 open boards.

The site runs as ``jingwu serve`` runs it, in a data folder of its own that is thrown away; this process plays
the browsers and phones over loopback. Desks ask for a page every few seconds all the time; the phones come
back in the same moment with twenty changes each, obey ``Retry-After`` as the app does, and ask for their day
afterwards. Then boards are opened and incidents registered: how long until the last board has heard of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from demo_folder import prepare
from incidents_load import multiply
from storm_people import CSRF, Person, connections, people, queue_of, registered, wrong

DESK_TARGET_SECONDS = 1.0
LISTENER_TARGET_SECONDS = 2.0
# the web server's pool (30), the worker, the listening line and this process: none for a listener
CONNECTIONS_AT_MOST = 45
DESK_PAUSE_SECONDS = 5.0
# as modules/field_sync.js waits
PAUSES_SECONDS = (3.0, 8.0, 20.0, 60.0)
TIME_OUT_SECONDS = 25.0
DESK_PAGES = (
    "/incidents/",
    "/incidents/?group=overdue",
    "/incidents/?group=all&q=剐蹭",
    "/incidents/?group=all&category=dispute",
    "/incidents/{incident}/",
)


@dataclass
class Answer:
    """One answer of the site."""

    status: int
    headers: dict[str, str]
    body: bytes


async def ask(port: int, person: Person, path: str, content: Any = None) -> Answer:
    """Ask the site over a connection of its own and return the answer."""
    from urllib.parse import quote

    body = b"" if content is None else json.dumps(content).encode()
    head = [
        f"{'GET' if content is None else 'POST'} {quote(path, safe='/?=&')} HTTP/1.1",
        "Host: localhost", "Connection: close", f"Cookie: {person.cookies}", f"X-CSRFToken: {CSRF}",
        "Accept: application/json, text/html", f"Content-Length: {len(body)}",
        "Content-Type: application/json",
    ]  # fmt: skip
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        top = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        text = await reader.read()
    finally:
        writer.close()
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in top[1:] if line)}
    return Answer(int(top[0].split()[1]), headers, text)


class Measured:
    """What was seen from outside."""

    def __init__(self) -> None:
        self.desk: list[tuple[float, float]] = []
        self.desk_failures: list[str] = []
        self.statuses: Counter[int | str] = Counter()
        self.phone_seconds: list[float] = []
        self.outcomes: Counter[str] = Counter()


async def desk(port: int, person: Person, number: int, seen: Measured, stop: asyncio.Event) -> None:
    """Ask for one page after another, with a pause to look at it."""
    chance = random.Random(number)
    await asyncio.sleep(chance.random() * DESK_PAUSE_SECONDS)
    turn = number
    while not stop.is_set():
        path = DESK_PAGES[turn % len(DESK_PAGES)].format(incident=person.incidents[0])
        turn += 1
        start = time.perf_counter()
        try:
            answer = await asyncio.wait_for(ask(port, person, path), 60)
            if answer.status != 200:
                seen.desk_failures.append(f"{path} {answer.status}")
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            seen.desk_failures.append(f"{path} {error!r}")
        seen.desk.append((start, time.perf_counter() - start))
        await asyncio.sleep(DESK_PAUSE_SECONDS * (0.5 + chance.random()))


async def phone(port: int, person: Person, number: int, rows: list[dict[str, Any]], seen: Measured) -> None:
    """Send the queue as the app does, until it is empty; then ask for the day."""
    chance, start, failures = random.Random(number), time.perf_counter(), 0
    waiting = rows
    while waiting:
        batch = {
            "account": person.account, "device": f"storm-device-{number}",
            "sent_at": datetime.now(UTC).isoformat(), "changes": waiting[:50],
        }  # fmt: skip
        answer = await tried(port, person, "/field/api/sync/", batch, seen)
        if answer is None or answer.status != 200:
            asked = float(answer.headers.get("retry-after", 0)) if answer else 0.0
            pause = PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS) - 1)]
            failures += 1
            await asyncio.sleep(
                asked * (1 + 0.3 * chance.random()) if asked else pause * (0.5 + chance.random())
            )
            continue
        outcomes = {one["id"]: one["outcome"] for one in json.loads(answer.body)["answers"]}
        seen.outcomes.update(outcomes.values())
        waiting = [row for row in waiting if row["id"] not in outcomes]
    seen.phone_seconds.append(time.perf_counter() - start)
    while True:
        answer = await tried(port, person, "/field/api/today/", None, seen)
        if answer is not None and answer.status == 200:
            return
        asked = float(answer.headers.get("retry-after", 0)) if answer else 3.0
        await asyncio.sleep((asked or 3.0) * (1 + 0.3 * chance.random()))


async def tried(port: int, person: Person, path: str, content: Any, seen: Measured) -> Answer | None:
    try:
        answer = await asyncio.wait_for(ask(port, person, path, content), TIME_OUT_SECONDS)
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        seen.statuses[type(error).__name__] += 1
        return None
    seen.statuses[answer.status] += 1
    return answer


async def storm(
    port: int, phones: list[Person], desks: list[Person], queues: list[list[dict[str, Any]]]
) -> dict[str, Any]:
    """Let the desks work for a while, let all phones come back at once, and say how it went."""
    seen, stop = Measured(), asyncio.Event()
    working = [asyncio.create_task(desk(port, one, number, seen, stop)) for number, one in enumerate(desks)]
    await asyncio.sleep(20)
    start = time.perf_counter()
    await asyncio.gather(*(phone(port, one, n, queues[n], seen) for n, one in enumerate(phones)))
    end = time.perf_counter()
    stop.set()
    await asyncio.gather(*working)
    quiet = [taken for began, taken in seen.desk if 5 <= began - (start - 20) < 20]
    busy = [taken for began, taken in seen.desk if start <= began <= end]
    return {
        "storm_seconds": end - start, "statuses": dict(seen.statuses), "outcomes": dict(seen.outcomes),
        "phone_seconds_p95": share(seen.phone_seconds, 0.95), "desk_failures": seen.desk_failures,
        "desk_quiet_p50": statistics.median(quiet), "desk_quiet_p95": share(quiet, 0.95),
        "desk_p50": statistics.median(busy), "desk_p95": share(busy, 0.95), "desk_pages": len(busy),
    }  # fmt: skip


async def listeners(port: int, count: int, person: Person, times: int) -> dict[str, Any]:
    """Open ``count`` boards, register incidents, and say how long the last board took to hear of each."""
    before = await asyncio.to_thread(connections)
    heard: dict[str, list[float]] = {}

    async def listen() -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        kept.append(writer)
        writer.write(
            f"GET /incidents/live/ HTTP/1.1\r\nHost: localhost\r\nCookie: {person.cookies}\r\n\r\n".encode()
        )
        await reader.readuntil(b"retry: 2000")
        return reader

    async def note(reader: asyncio.StreamReader) -> None:
        while True:
            line = await reader.readline()
            if not line:
                return
            if line.startswith(b"data:"):
                heard.setdefault(json.loads(line[5:])["number"], []).append(time.perf_counter())

    kept: list[asyncio.StreamWriter] = []
    start, readers = time.perf_counter(), []
    for some in range(0, count, 20):
        readers += await asyncio.gather(*(listen() for _ in range(min(20, count - some))))
    opened = time.perf_counter() - start
    noting = [asyncio.create_task(note(reader)) for reader in readers]
    during = await asyncio.to_thread(connections)
    last = []
    for _ in range(times):
        number, at = await asyncio.to_thread(registered, person)
        deadline = time.perf_counter() + 10
        while len(heard.get(number, ())) < count and time.perf_counter() < deadline:
            await asyncio.sleep(0.01)
        reached = heard.get(number, [])
        last.append(max(reached) - at if len(reached) == count else float("inf"))
    for task in noting:
        task.cancel()
    for writer in kept:
        writer.close()
    return {
        "listeners": count, "open_seconds": opened, "last_p50": statistics.median(last),
        "last_worst": max(last), "connections_before": before, "connections_open": during,
    }  # fmt: skip


def share(values: list[float], part: float) -> float:
    """Return the quantile ``part`` of the values."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def served(folder: str, port: int) -> subprocess.Popen[bytes]:
    """Start the site on the data folder and return when it is ready."""
    command = [sys.executable, "-m", "jingwu", "serve", "--port", str(port)]
    site = subprocess.Popen(command, env={**os.environ, "JINGWU_DATA": folder})
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if asyncio.run(ask(port, Person(0, "", ""), "/readyz")).status == 200:
                return site
        except OSError:
            pass
        time.sleep(0.5)
    site.terminate()
    raise SystemExit("the site did not get ready")


def main() -> None:
    """Measure, print, and fail when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=300)
    parser.add_argument("--desks", type=int, default=50)
    parser.add_argument("--listeners", type=int, default=500)
    parser.add_argument("--rows", type=int, default=100_000, help="incidents already there")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="jingwu-storm-")
    site: subprocess.Popen[bytes] | None = None
    try:
        prepare(folder)
        multiply(options.rows)
        phones, desks = people(options.phones, options.desks)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        site = served(folder, port)
        queues = [queue_of(one, number) for number, one in enumerate(phones)]
        result = asyncio.run(storm(port, phones, desks, queues))
        result["lost_or_twice"] = wrong(queues)
        result |= asyncio.run(listeners(port, options.listeners, desks[0], 20))
        print(json.dumps(result)) if options.json else show(result)
        missed = misses(result)
        if missed:
            raise SystemExit(f"targets missed: {', '.join(missed)}")
    finally:
        from django.conf import settings

        if site is not None:
            site.send_signal(signal.SIGINT)
            site.wait(30)
        if settings.configured and settings.EMBEDDED_POSTGRES is not None:
            settings.EMBEDDED_POSTGRES.stop()
        shutil.rmtree(folder, ignore_errors=True)


def misses(result: dict[str, Any]) -> list[str]:
    """Return the targets that were missed."""
    found = list(result["lost_or_twice"])
    if result["desk_p95"] >= DESK_TARGET_SECONDS or result["desk_failures"]:
        found.append("desk")
    if result["last_worst"] >= LISTENER_TARGET_SECONDS:
        found.append("listeners")
    if result["connections_open"] > CONNECTIONS_AT_MOST:
        found.append("connections of listeners")
    return found


def show(result: dict[str, Any]) -> None:
    """Print the figures."""
    for name, part in (("before", "desk_quiet"), ("during", "desk")):
        p50, p95 = result[f"{part}_p50"], result[f"{part}_p95"]
        print(f"  desk {name} the storm    p50 {p50:.2f} s   p95 {p95:.2f} s")
    print(f"  {result['desk_pages']} desk pages during it, failed: {result['desk_failures'] or 'none'}")
    over, own = result["storm_seconds"], result["phone_seconds_p95"]
    print(f"  all phones done after {over:.1f} s, 95 of 100 had their changes taken after {own:.1f} s")
    print(f"  answers {result['statuses']}, outcomes {result['outcomes']}")
    print(f"  not there exactly once: {', '.join(result['lost_or_twice']) or 'nothing'}")
    p50, worst = result["last_p50"], result["last_worst"]
    print(f"  {result['listeners']} listeners, opened in {result['open_seconds']:.1f} s")
    print(f"  the last of them heard of a change after {p50:.2f} s, at worst {worst:.2f} s")
    print(
        f"  database connections {result['connections_before']}, {result['connections_open']} with them open"
    )


if __name__ == "__main__":
    main()
