"""Live changes: one NOTIFY a change in its transaction, one LISTEN a process, fanned out to its readers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import weakref
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection

log = logging.getLogger(__name__)

CHANNEL = "jingwu_incidents"
RETRY_SECONDS = 1.0
QUEUE_LENGTH = 200
KEEP_ALIVE_SECONDS = 20.0


def announce(payload: dict[str, Any]) -> None:
    """Tell every listening process; PostgreSQL delivers it when the transaction commits, or never."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(payload, ensure_ascii=False)])


@dataclass(eq=False)
class Reader:
    """One open page: what it may see, and what has not been sent to it yet."""

    paths: tuple[str, ...]
    queue: asyncio.Queue[dict[str, Any]] = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))

    def offer(self, change: dict[str, Any]) -> None:
        """Queue a change within the reader's scope; a reader too slow for its queue is told to reload."""
        path = change.get("org_path", "")
        if path and not any(path.startswith(prefix) for prefix in self.paths):
            return
        try:
            self.queue.put_nowait(change)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait({"verb": "reload"})


class Hub:
    """The process's one listening connection and its readers; it lives while there are readers."""

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_listening = asyncio.Event()

    async def join(self, paths: Iterable[str]) -> Reader:
        """Return a new reader once the process listens: nothing announced after this is missed."""
        reader = Reader(tuple(paths))
        self.readers.add(reader)
        if self._task is None or self._task.done():
            self._is_listening.clear()
            self._task = asyncio.create_task(self._listen())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_listening.wait(), RETRY_SECONDS * 5)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader; the last one ends the listening."""
        self.readers.discard(reader)
        if not self.readers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **_parameters(), autocommit=True
                ) as listening:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    self._is_listening.set()
                    async for note in listening.notifies():
                        self._spread(json.loads(note.payload))
            except psycopg.OperationalError as error:
                log.warning("live changes: the database connection was lost (%s)", error)
            # whatever was said meanwhile is lost: every page reads its list again
            await asyncio.sleep(RETRY_SECONDS)
            self._spread({"verb": "reload"})

    def _spread(self, change: dict[str, Any]) -> None:
        for reader in tuple(self.readers):
            reader.offer(change)


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def hub() -> Hub:
    """Return the hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


async def changes(paths: Iterable[str]) -> AsyncIterator[dict[str, Any] | None]:
    """Yield changes below ``paths`` as they happen, and None now and then so that a dead line is noticed."""
    shared = hub()
    reader = await shared.join(paths)
    try:
        while True:
            try:
                yield await asyncio.wait_for(reader.queue.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield None
    finally:
        shared.leave(reader)


def _parameters() -> dict[str, Any]:
    given = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "sslmode", "options")
    return {name: given[name] for name in wanted if given.get(name)}
