"""The site served as its user serves it: processes of its own, a data folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jingwu.site.postgres import EmbeddedPostgres

START_TIMEOUT_SECONDS = 90
Serve = Callable[..., "subprocess.Popen[str]"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "JINGWU_DATA": str(folder), "LANG": "en_US.UTF-8", "PYTHONUNBUFFERED": "1"}


def status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def wait_for(what: Callable[[], bool], seconds: float = START_TIMEOUT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    running: list[subprocess.Popen[str]] = []

    def start(port: int, *, log: Path | None = None, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "jingwu", "serve", "--port", str(port)],
            env={**environment(tmp_path), **more},
            stdout=subprocess.PIPE if log is None else log.open("w"),
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    EmbeddedPostgres(tmp_path).stop()


def children_of(pid: int) -> dict[str, int]:
    """Return the supervisor's children by what they run; one that asks after the database comes and goes."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if parent == pid:
            found["web" if "uvicorn" in command else "worker" if "procrastinate" in command else command] = (
                int(entry.name)
            )
    return found


def postmaster_of(folder: Path) -> int:
    """Return the process id of the folder's database server."""
    return int((EmbeddedPostgres(folder).data / "postmaster.pid").read_text().split()[0])
