"""Role × endpoint: every address of the site asked as every role, compared with a table a person can read.

A new address or a changed permission shows up as a changed line of ``roles_by_endpoint.txt``; after
looking at it, ``JINGWU_WRITE_SNAPSHOT=1 pytest tests/site/test_security_snapshot.py`` writes it anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from jingwu.terms.people import AccountRole

SNAPSHOT = Path(__file__).with_name("roles_by_endpoint.txt")
ROLES = tuple(AccountRole)
# what stands for an argument: a record that exists nowhere, so that only the door is asked, not the room
SAMPLES = {
    "int": "999999",
    "str": "none",
    "slug": "none",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "path": "none",
}
HEADER = """\
# Who may open what. One line an address: + may, . may not (403), > is sent to sign in.
# Columns: """


def endpoints(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Yield every address of the urlconf with samples in place of its arguments."""
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from endpoints(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield "/" + route


def concrete(route: str) -> str:
    """Return the route with samples for its arguments."""
    parts = []
    for piece in route.replace("^", "").replace("$", "").split("<"):
        if ">" in piece:
            kind, rest = piece.split(">", 1)
            parts.append(SAMPLES.get(kind.split(":")[0] if ":" in kind else "str", "none") + rest)
        else:
            parts.append(piece)
    return "".join(parts)


class _Undo(Exception):
    pass


def answer(browser: Client, address: str) -> str:
    """Return + . or > for one address; whatever asking it changed is undone."""
    response = None
    try:
        with transaction.atomic():
            response = browser.get(address)
            if response.status_code == 405:
                response = browser.post(address, {})
            raise _Undo
    except _Undo:
        pass
    assert response is not None
    if response.status_code == 403:
        return "."
    if response.status_code == 401:  # what an API says instead of sending somebody to a page
        return ">"
    if response.status_code == 302 and response["Location"].startswith("/sign-in/"):
        return ">"
    assert response.status_code < 500, f"{address} answers {response.status_code}"
    return "+"


@pytest.fixture
def table(tree: Any, make_account: Callable[..., Any], settings: Any) -> str:
    settings.READY_NEEDS_WORKER = False
    browsers = [Client() for _ in range(1 + len(ROLES))]
    for browser, role in zip(browsers[1:], ROLES, strict=True):
        browser.force_login(make_account(role.value, role, tree.district))
    routes = sorted(set(endpoints(get_resolver().url_patterns)))
    lines = []
    for route in routes:
        if route.startswith(("/sign-out/", "/static/")):
            continue  # asking would end the very session that asks
        marks = "".join(answer(browser, concrete(route)) for browser in browsers)
        lines.append(f"{marks}  {route}")
    columns = "anonymous " + " ".join(role.value for role in ROLES)
    return HEADER + columns + "\n" + "\n".join(lines) + "\n"


def test_roles_by_endpoint_are_as_written_down(table: str) -> None:
    if os.environ.get("JINGWU_WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(table)
    assert table == SNAPSHOT.read_text()


def test_nothing_but_signing_in_and_health_is_open_to_strangers() -> None:
    open_to_all = [
        line.split()[-1]
        for line in SNAPSHOT.read_text().splitlines()
        if not line.startswith("#") and line.startswith("+")
    ]
    prefixes = (
        "/sign-in/",
        "/healthz",
        "/readyz",
        "/language/",
        "/words/",
        "/me/mfa/authenticate/",
        "/public/",
        "/api/incidents/import",  # another system's signature stands in for the session
        "/api/incidents/openapi.json",  # a description, no data
        "/api/incidents/ ",  # the root of the description: nothing there
        "/duty/calendar/",  # the address itself is the key
        "/field/manifest.webmanifest",  # what an installed app fetches before anybody signs in
        "/field/worker.js",
    )
    assert [address for address in open_to_all if not f"{address} ".startswith(prefixes)] == []
