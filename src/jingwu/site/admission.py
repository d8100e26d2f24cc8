"""A door for phones: how many requests of the field app one server process works on at once.

When the network of a district comes back, every phone sends at the same moment, and each request would get a
thread and ask for a database connection. Here a few are worked on at once and some wait; the others are told
when to come again (503 with Retry-After) before they have cost a thread, a session or a statement. Nothing
is lost by that: a phone forgets a change only when the server has answered it.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

FIRST_GUESS_SECONDS = 0.2
# of the time a request takes, the last one counts a tenth
WEIGHT = 0.1
RETRY_SECONDS_AT_MOST = 60
WORDS = {
    "zh": "服务器正忙,稍后自动重试;未上传的内容仍在手机上。",
    "en": "The server is busy and will be asked again by itself; what waits is still on the phone.",
}  # as is


class _Full(Exception):
    """There is no room for this request now."""


class Admission:
    """Lets ``at_once`` requests below ``prefix`` into ``app`` and ``waiting`` more wait for their turn."""

    def __init__(
        self, app: App, *, prefix: str, at_once: int, waiting: int, patience_seconds: float = 10.0
    ) -> None:
        self.app, self.prefix = app, prefix
        self.at_once, self.waiting_at_most, self.patience_seconds = at_once, waiting, patience_seconds
        self._places = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._mean_seconds = FIRST_GUESS_SECONDS
        self._next_turn = 0.0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass the request on, at once, after a while, or not now."""
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix):
            await self.app(scope, receive, send)
            return
        visit = _Visit(self, receive)
        try:
            self._refuse_full()
            await self.app(scope, visit.receive, send)
        except _Full:
            await self._turn_away(scope, send)
        finally:
            visit.leave()

    async def enter(self) -> None:
        """Take a place, or wait for one; raises _Full when too many wait or it takes too long."""
        self._refuse_full()
        if not self._places.locked():
            await self._places.acquire()
            return
        self._waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), self.patience_seconds)
        except TimeoutError:
            raise _Full from None
        finally:
            self._waiting -= 1

    def _refuse_full(self) -> None:
        if self._places.locked() and self._waiting >= self.waiting_at_most:
            raise _Full

    def leave(self, seconds: float) -> None:
        """Give the place back after ``seconds``."""
        self._mean_seconds += WEIGHT * (seconds - self._mean_seconds)
        self._places.release()

    async def _turn_away(self, scope: MutableMapping[str, Any], send: Send) -> None:
        # each one turned away gets a later turn than the one before it: together they come as fast as the
        # server works them off, not all at once again
        now, pace = time.monotonic(), self._mean_seconds / self.at_once
        self._next_turn = max(self._next_turn, now + pace * self._waiting) + pace
        retry = min(max(math.ceil(self._next_turn - now), 1), RETRY_SECONDS_AT_MOST)
        words = {"code": "field.busy", "message": WORDS[_language(scope)], "fields": {}}
        body = json.dumps(words, ensure_ascii=False).encode()
        headers = [
            (b"content-type", b"application/json"), (b"retry-after", str(retry).encode()),
            (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"),
        ]  # fmt: skip
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _Visit:
    """One request: it takes its place when the last byte of its body is there, so a slow line holds none."""

    def __init__(self, door: Admission, receive: Receive) -> None:
        self.door, self._receive = door, receive
        self._entered_at: float | None = None

    async def receive(self) -> Message:
        """Return the next message; the one that ends the body waits for a place."""
        message = await self._receive()
        ends = message["type"] == "http.request" and not message.get("more_body", False)
        if ends and self._entered_at is None:
            await self.door.enter()
            self._entered_at = time.monotonic()
        return message

    def leave(self) -> None:
        """Give the place back, if there was one."""
        if self._entered_at is not None:
            self.door.leave(time.monotonic() - self._entered_at)


def _language(scope: MutableMapping[str, Any]) -> str:
    """Return zh or en: by the language's cookie, else by what the browser accepts."""
    headers = dict(scope.get("headers", ()))
    chosen = [
        value
        for name, _, value in (one.strip().partition(b"=") for one in headers.get(b"cookie", b"").split(b";"))
        if name == b"django_language"
    ]
    wanted = chosen[0] if chosen else headers.get(b"accept-language", b"")
    return "en" if wanted.lower().startswith(b"en") else "zh"
