"""The served product as its user starts it: one command, one Ctrl-C, and a kill that loses nothing."""

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

import psycopg
import pytest

from jingwu.site.postgres import SUPERUSER, EmbeddedPostgres

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

    def start(port: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "jingwu", "serve", "--port", str(port)],
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
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
    """Return the supervisor's children by what they run."""
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


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_one_command_serves_and_one_interrupt_stops_everything(serve: Serve, tmp_path: Path) -> None:
    port = free_port()
    process = serve(port)
    wait_for(lambda: status(port, "/healthz") == 200)
    wait_for(lambda: status(port, "/readyz") == 200)
    assert status(port, "/sign-in/") == 200
    children = children_of(process.pid)
    assert set(children) == {"web", "worker"}

    os.kill(children["worker"], signal.SIGKILL)
    wait_for(lambda: children_of(process.pid).get("worker", children["worker"]) != children["worker"], 20)

    second = subprocess.run(
        [sys.executable, "-m", "jingwu", "serve", "--port", str(port)],
        env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert second.returncode == 2
    assert "choose another one with --port" in second.stderr and "Traceback" not in second.stderr

    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not EmbeddedPostgres(tmp_path).is_running()
    for pid in children_of(process.pid).values():
        assert not Path(f"/proc/{pid}").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends the children of a killed supervisor")
def test_after_a_kill_the_next_start_finds_everything_committed(serve: Serve, tmp_path: Path) -> None:
    port = free_port()
    process = serve(port)
    wait_for(lambda: status(port, "/readyz") == 200)
    database = EmbeddedPostgres(tmp_path)
    with psycopg.connect(host=str(database.socket_folder), user=SUPERUSER, dbname="jingwu") as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    postmaster = int((database.data / "postmaster.pid").read_text().split()[0])
    os.kill(process.pid, signal.SIGKILL)
    os.kill(postmaster, signal.SIGKILL)
    process.wait(10)
    wait_for(lambda: status(port, "/healthz") == 0, 20)  # the web server goes with its supervisor
    serve(port)
    wait_for(lambda: status(port, "/readyz") == 200)
    with psycopg.connect(host=str(database.socket_folder), user=SUPERUSER, dbname="jingwu") as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_data_of_a_newer_version_are_refused_in_one_sentence(serve: Serve, tmp_path: Path) -> None:
    database = EmbeddedPostgres(tmp_path)
    database.start()
    with psycopg.connect(host=str(database.socket_folder), user=SUPERUSER, dbname="jingwu") as connection:
        connection.execute(
            "CREATE TABLE django_migrations (id serial, app text, name text, applied timestamptz)"
        )
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('planning', '9999_x', now())"
        )
    process = serve(free_port())
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "written by a newer version" in output and "Traceback" not in output
