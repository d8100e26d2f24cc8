"""Static files under ASGI: whole, in part, unchanged, compressed; never by a synchronous stream."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from jingwu.site.middleware import StaticFiles

CONTENT = b"console.log(1);\n" * 100


@pytest.fixture
def static(tmp_path: Path, settings: Any) -> StaticFiles:
    """Return the middleware over one file and its compressed twin."""
    import gzip

    (tmp_path / "a.js").write_bytes(CONTENT)
    (tmp_path / "a.js.gz").write_bytes(gzip.compress(CONTENT))
    settings.STATIC_ROOT = tmp_path
    return StaticFiles(lambda request: HttpResponse("page"))


def test_a_file_comes_in_one_piece(static: StaticFiles) -> None:
    answer = static(RequestFactory().get("/static/a.js"))
    assert (answer.status_code, answer.content, answer.streaming) == (200, CONTENT, False)
    assert answer["Content-Type"].startswith("text/javascript") and answer["Content-Length"] == "1600"
    assert static(RequestFactory().get("/incidents/")).content == b"page"


def test_parts_unchanged_compressed_and_head(static: StaticFiles) -> None:
    ask = RequestFactory()
    part = static(ask.get("/static/a.js", headers={"Range": "bytes=4-9"}))
    assert (part.status_code, part.content, part["Content-Range"]) == (206, CONTENT[4:10], "bytes 4-9/1600")
    whole = static(ask.get("/static/a.js"))
    unchanged = static(ask.get("/static/a.js", headers={"If-None-Match": whole["ETag"]}))
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    small = static(ask.get("/static/a.js", headers={"Accept-Encoding": "gzip"}))
    assert small["Content-Encoding"] == "gzip" and len(small.content) < 200
    assert (static(ask.head("/static/a.js")).content, static(ask.post("/static/a.js")).status_code) == (
        b"",
        405,
    )
