"""The journal's page at a million lines, every filter of its form; ``--lines N`` for a shorter one.

A data folder of its own is made and thrown away: the demo's own lines are repeated forward in time, eight
days a step. The repeated lines keep their hashes, so the chain of this folder does not verify.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from typing import Any
from urllib.parse import urlencode

from demo_folder import prepare
from incidents_load import TARGET_MILLISECONDS, timed

COLUMNS = (
    "is_view, actor_id, actor_label, actor_role, verb, room, record_type, record_id, org_path, reason,"
    " details_json, address, before_digest, after_digest, previous_hash, hash"
)


def lengthen(lines: int) -> int:
    """Repeat the journal's lines to about ``lines``, one in twenty as a look; return how many there are."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(sequence) FROM journal_line")
        count, top = cursor.fetchone()
        cursor.execute("ALTER TABLE journal_line DISABLE TRIGGER USER")
        cursor.execute(
            f"INSERT INTO journal_line (sequence, at, {COLUMNS}) SELECT sequence + step * %s,"
            f" at + step * interval '8 days', {COLUMNS} FROM journal_line, generate_series(1, %s) step",
            [top, lines // count],
        )
        cursor.execute("UPDATE journal_line SET is_view = true WHERE sequence %% 20 = 0", [])
        # a room and a unit that were given up long ago: all their lines lie at the far end
        cursor.execute(
            "UPDATE journal_line SET verb = CASE WHEN sequence %% 100 = 0 THEN 'ancient.rare' ELSE"
            " 'bygone.' || verb END, org_path = CASE WHEN sequence %% 100 = 0 THEN '/66/' ELSE '/55/' END"
            " WHERE sequence < (SELECT max(sequence) / 5 FROM journal_line)",
            [],
        )
        cursor.execute("UPDATE journal_head SET sequence = (SELECT max(sequence) FROM journal_line)")
        cursor.execute("ALTER TABLE journal_line ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE journal_line")
        cursor.execute("SELECT count(*) FROM journal_line")
        return int(cursor.fetchone()[0])


def questions() -> dict[str, dict[str, str]]:
    """Return what is asked of the page, by name."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_char(min(at) + (max(at) - min(at)) / 2, 'YYYY-MM-DD'), max(sequence) / 2,"
            " (SELECT org_path FROM journal_line WHERE room = 'incidents'"
            " ORDER BY length(org_path) DESC LIMIT 1),"
            " (SELECT actor_id FROM journal_line WHERE actor_id IS NOT NULL LIMIT 1) FROM journal_line"
        )
        day, half, path, account = cursor.fetchone()
    return {
        "newest": {},
        "page in the middle": {"before": half},
        "one day": {"since": day, "until": day},
        "until a day": {"until": day},
        "from a day": {"since": day, "views": "0"},
        "actor": {"actor": "系统"},
        "actor's number": {"actor": str(account)},
        "nobody's name": {"actor": "查无此人"},
        "common verbs": {"verb": "incidents."},
        "rare verbs": {"verb": "norms."},
        "no such verb": {"verb": "nothing."},
        "verbs of long ago": {"verb": "bygone."},
        "rare verbs of long ago": {"verb": "ancient."},
        "one record": {"record_id": "1"},
        "one unit": {"org_path": path},
        "unit of long ago": {"org_path": "/55/"},
        "rare unit of long ago": {"org_path": "/66/"},
        "both of long ago": {"org_path": "/55/", "verb": "bygone."},
        "no such unit": {"org_path": "/77/"},
        "looks": {"views": "1"},
        "writes": {"views": "0"},
        "unit, verb and looks": {"org_path": path, "verb": "people.", "views": "1"},
    }


def main() -> None:
    """Measure, print a table or JSON, and fail when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="jingwu-journal-")
    try:
        prepare(folder)
        lines = lengthen(options.lines)
        found = pages(options.times)
        if options.json:
            print(json.dumps({"lines": lines, "pages": found}))
        else:
            print(f"{lines:,} journal lines")
            for name, row in found.items():
                print(f"  {name:24} p50 {row['p50_ms']:6.0f} ms   p95 {row['p95_ms']:6.0f} ms")
        late = [name for name, row in found.items() if row["p95_ms"] >= TARGET_MILLISECONDS]
        if late:
            raise SystemExit(f"targets missed: {', '.join(late)}")
    finally:
        from django.conf import settings

        if settings.EMBEDDED_POSTGRES is not None:
            settings.EMBEDDED_POSTGRES.stop()
        shutil.rmtree(folder, ignore_errors=True)


def pages(times: int) -> dict[str, Any]:
    """Return the times of every question as the audit administrator asks it."""
    from django.test import Client

    from jingwu.people import queries as people

    browser = Client(HTTP_HOST="localhost")
    browser.force_login(people.account_named("auditor"))

    def ask(query: dict[str, str]) -> None:
        answer = browser.get(f"/journal/?{urlencode(query)}")
        assert answer.status_code == 200, (query, answer.status_code)

    return {name: timed(lambda query=query: ask(query), times) for name, query in questions().items()}


if __name__ == "__main__":
    main()
