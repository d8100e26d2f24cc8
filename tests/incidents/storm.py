"""Phones of a storm: each sends its queue in batches over HTTP and tries again until all are answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

AT_ONCE = 6
TIME_OUT_SECONDS = 8.0
PAUSE_SECONDS = 0.25
CSRF = "s" * 32


@dataclass
class StormPhone:
    """One phone of ``make`` in storm_office: its outbox, and what it was told of each change."""

    told: dict[str, Any]
    cookie: str
    port: int
    outbox: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def write(self, target: str, **what: Any) -> None:
        """Put one change into the outbox."""
        self.counts[target] = self.counts.get(target, 0) + 1
        self.outbox.append(
            {
                "id": str(uuid4()), "target": target, "number": self.counts[target], "base_version": 0,
                "said_at": datetime.now(UTC).isoformat(), **what,
            }
        )  # fmt: skip

    def send(self, changes: list[dict[str, Any]]) -> dict[str, str]:
        """Send one batch; return the outcomes by change, or raise when there was no answer to act on."""
        batch = {
            "account": self.told["account"], "device": self.told["device"],
            "sent_at": datetime.now(UTC).isoformat(), "changes": changes,
        }  # fmt: skip
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIME_OUT_SECONDS)
        try:
            line.request(
                "POST", "/field/api/sync/", json.dumps(batch),
                {
                    "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": CSRF,
                    "Cookie": f"{self.cookie}={self.told['session']}; csrftoken={CSRF}",
                },
            )  # fmt: skip
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        if answer.status != 200:
            raise ConnectionError(f"HTTP {answer.status}: {body[:120]!r}")
        return {one["id"]: one["outcome"] for one in json.loads(body)["answers"]}

    def empty(self, until: float) -> None:
        """Send until nothing waits, as the app does: what was answered goes, all else stays."""
        while self.outbox and time.monotonic() < until:
            batch = self.outbox[:AT_ONCE]
            try:
                outcomes = self.send(batch)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                time.sleep(PAUSE_SECONDS)
                continue
            self.answers |= outcomes
            self.sent += batch
            self.outbox = [one for one in self.outbox if one["id"] not in outcomes]


def let_loose(phones: list[StormPhone], seconds: float) -> list[threading.Thread]:
    """Let all phones send at once; the threads end when their outboxes are empty or the time is over."""
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=phone.empty, args=(until,)) for phone in phones]
    for thread in threads:
        thread.start()
    return threads
