"""The served product as its user starts it: one command, one Ctrl-C, and a kill that loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from served import Serve, children_of, environment, free_port, postmaster_of, status, wait_for

from jingwu.site.postgres import SUPERUSER, EmbeddedPostgres


def another(folder: Path, port: int = 0) -> subprocess.CompletedProcess[str]:
    """Serve the folder a second time and return what came of it."""
    return subprocess.run(
        [sys.executable, "-m", "jingwu", "serve", "--port", str(port or free_port())],
        env=environment(folder), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_one_command_serves_and_one_interrupt_stops_everything(serve: Serve, tmp_path: Path) -> None:
    port = free_port()
    process = serve(port)
    wait_for(lambda: status(port, "/healthz") == 200)
    wait_for(lambda: status(port, "/readyz") == 200)
    assert status(port, "/sign-in/") == 200
    children = children_of(process.pid)
    assert {"web", "worker"} <= set(children)

    os.kill(children["worker"], signal.SIGKILL)
    wait_for(lambda: children_of(process.pid).get("worker", children["worker"]) != children["worker"], 20)

    second = another(tmp_path, port)
    assert second.returncode == 2
    assert "choose another one with --port" in second.stderr and "Traceback" not in second.stderr

    start = time.monotonic()
    third = another(tmp_path)
    assert third.returncode == 2 and time.monotonic() - start < 20
    said = third.stderr.strip().splitlines()
    assert len(said) <= 2 and f"is in use by process {process.pid}" in third.stderr, said

    process.send_signal(signal.SIGINT)
    wait_for(lambda: "stopping" in (tmp_path / ".serving").read_text(), 20)
    fourth = subprocess.Popen(
        [sys.executable, "-m", "jingwu", "serve", "--port", str(free_port())],
        env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.wait(30) == 0
    assert fourth.stdout is not None
    said = [fourth.stdout.readline() for _ in range(2)]
    assert any("http://127.0.0.1" in line for line in said), said  # it waited its turn, then served
    fourth.send_signal(signal.SIGINT)
    assert fourth.wait(30) == 0
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
    postmaster = postmaster_of(tmp_path)
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
