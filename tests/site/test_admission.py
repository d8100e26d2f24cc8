"""The door for phones: a few at once, some wait, the others are told when to come again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jingwu.site.admission import Admission


def finished(visits: Coroutine[Any, Any, None]) -> None:
    """Run to the end on a thread of its own: browser tests before may have left a loop on this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, visits).result()


class Site:
    """An application that answers when it is let to, and counts who is in it."""

    def __init__(self) -> None:
        self.inside = self.most = self.served = 0
        self.gate = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.gate.wait()
            self.served += 1
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ok"})
        finally:
            self.inside -= 1


async def visit(
    door: Admission, path: str = "/field/api/sync/", *, headers: Any = (), body_ready: Any = None
) -> tuple[int, dict[str, str], bytes]:
    """Ask once; the body's end comes when ``body_ready`` is set."""
    said: list[Any] = []
    parts = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Any:
        if parts:
            return parts.pop()
        if body_ready is not None:
            await body_ready.wait()
        return {"type": "http.request", "body": b"}", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    await door({"type": "http", "path": path, "headers": headers}, receive, send)
    found = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], found, said[1]["body"]


def door_of(site: Site, **options: Any) -> Admission:
    return Admission(site, **{"prefix": "/field/api/", "at_once": 2, "waiting": 3, **options})


def test_two_at_once_three_wait_and_the_rest_come_later() -> None:
    async def go() -> None:
        site = Site()
        door = door_of(site)
        visits = [asyncio.create_task(visit(door)) for _ in range(25)]
        await asyncio.sleep(0.01)
        assert site.inside == 2
        site.gate.set()
        answers = await asyncio.gather(*visits)
        assert (site.most, site.served) == (2, 5)
        away = [(headers, body) for status, headers, body in answers if status == 503]
        assert len(away) == 20
        later = [int(headers["retry-after"]) for headers, _ in away]
        # not all at the same moment again: each one turned away gets a later turn
        assert later == sorted(later) and later[0] >= 1 and later[-1] >= 2
        assert json.loads(away[0][1])["code"] == "field.busy"
        assert (await visit(door))[0] == 200

    finished(go())


def test_desks_never_wait_at_the_phones_door() -> None:
    async def go() -> None:
        site = Site()
        door = door_of(site, waiting=0)
        desks = [asyncio.create_task(visit(door, "/incidents/")) for _ in range(9)]
        await asyncio.sleep(0.01)
        assert site.inside == 9
        site.gate.set()
        assert {status for status, _, _ in await asyncio.gather(*desks)} == {200}

    finished(go())


def test_a_slow_line_holds_no_place() -> None:
    async def go() -> None:
        site, ready = Site(), asyncio.Event()
        site.gate.set()
        door = door_of(site, at_once=1)
        slow = asyncio.create_task(visit(door, body_ready=ready))
        await asyncio.sleep(0.01)
        assert (await visit(door))[0] == 200
        ready.set()
        assert (await slow)[0] == 200

    finished(go())


def test_patience_ends_and_a_failure_gives_the_place_back() -> None:
    async def go() -> None:
        site = Site()
        door = door_of(site, at_once=1, patience_seconds=0.02)
        first = asyncio.create_task(visit(door))
        await asyncio.sleep(0.005)
        assert (await visit(door))[0] == 503
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        site.gate.set()
        assert (await visit(door))[0] == 200

    finished(go())


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ([], "服务器正忙"),
        ([(b"accept-language", b"en-GB,en;q=0.9")], "The server is busy"),
        ([(b"cookie", b"a=b; django_language=zh-hans"), (b"accept-language", b"en")], "服务器正忙"),
    ],
)
def test_it_speaks_the_phones_language(headers: Any, words: str) -> None:
    async def go() -> None:
        door = door_of(Site(), at_once=1, waiting=0)
        first = asyncio.create_task(visit(door))
        await asyncio.sleep(0.005)
        _, _, body = await visit(door, headers=headers)
        first.cancel()
        assert json.loads(body)["message"].startswith(words)

    finished(go())


def test_the_served_application_has_the_door() -> None:
    from jingwu.site.asgi import application

    assert isinstance(application, Admission)
    assert (application.at_once, application.prefix) == (2, "/field/api/")
