"""Runs the site: the database, the web server and the worker, started together and stopped together."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO

import click

from jingwu.site.postgres import EmbeddedPostgres
from jingwu.terms.refusal import Refusal

STOP_TIMEOUT_SECONDS = 10
RESTART_PAUSE_SECONDS = 1.0
PR_SET_PDEATHSIG = 1
# children have their time to stop one after the other, then the database
FOLDER_WAIT_SECONDS = 60.0
STOPPING = "stopping"


def refuse_busy_port(host: str, port: int) -> None:
    """Raise a Refusal when somebody else listens on the port already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refusal(
                "serve.port_busy",
                f"{host}:{port} 不能使用({error.strerror});请用 --port 换一个端口。",
                f"{host}:{port} cannot be used ({error.strerror}); choose another one with --port.",
            ) from error


_held: list[TextIO] = []


def hold_folder(folder: Path) -> None:
    """Hold the data folder until this process ends; one that is just stopping is waited for.

    Raises:
        Refusal: another process serves it; the refusal says which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = (folder / ".serving").open("a+")
    deadline, is_told = time.monotonic() + FOLDER_WAIT_SECONDS, False
    while not _lock(handle):
        handle.seek(0)
        pid, _, doing = handle.read().strip().partition(" ")
        if doing != STOPPING or time.monotonic() > deadline:
            handle.close()
            raise Refusal(
                "serve.folder_in_use",
                f"数据目录 {folder} 正由进程 {pid} 使用;请先停止它,或用 JINGWU_DATA 指定另一个目录。",
                f"The data folder {folder} is in use by process {pid}; stop that first, or name another "
                "folder in JINGWU_DATA.",
            )
        if not is_told:
            click.echo(f"等待进程 {pid} 停止… / waiting for process {pid} to stop…", err=True)
            is_told = True
        time.sleep(0.1)
    _held.append(handle)
    _say(str(os.getpid()))


def _lock(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _say(words: str) -> None:
    """Write down who holds the folder and what it is doing."""
    for handle in _held:
        handle.seek(0)
        handle.truncate()
        handle.write(words)
        handle.flush()


@dataclass
class Child:
    """One process of the site and how to start it again."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process in a session of its own: Ctrl-C reaches the supervisor alone, which stops all."""
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            env={**os.environ, **self.environment},
            preexec_fn=_die_with_parent,
            start_new_session=True,
        )

    def stop(self) -> None:
        """Ask the process to stop; after the time-out, end it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _die_with_parent() -> None:
    """On Linux, have the kernel end the child when the supervisor is killed without a chance to clean up."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop_on_signal(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def web(host: str, port: int) -> Child:
    """Return the web server's process."""
    return Child(
        "web",
        [
            *(sys.executable, "-m", "uvicorn", "jingwu.site.asgi:application"),
            *("--host", host, "--port", str(port), "--no-server-header"),
            *("--log-level", "warning", "--timeout-graceful-shutdown", "5"),
        ],
        {"JINGWU_POOL": "1"},
    )


def worker() -> Child:
    """Return the worker's process: long calculations, imports, notices."""
    return Child(
        "worker",
        [sys.executable, "-m", "jingwu", "manage", "procrastinate", "worker", "--concurrency", "2"],
    )


def run(
    children: Sequence[Child], *, welcome: str, database: EmbeddedPostgres | None, stop_database: bool
) -> None:
    """Run the children until Ctrl-C or SIGTERM; a child that ends by itself is started again.

    ``welcome`` is said once Ctrl-C stops everything: whoever reads it may press at once.
    """
    signal.signal(signal.SIGTERM, _stop_on_signal)
    try:
        click.echo(welcome)
        for child in children:
            child.start()
        while True:
            time.sleep(RESTART_PAUSE_SECONDS)
            _revive(children, database)
    except KeyboardInterrupt:
        click.echo("\n正在停止… / stopping…", err=True)
    finally:
        # a second Ctrl-C must not leave processes behind
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _say(f"{os.getpid()} {STOPPING}")
        for child in children:
            child.stop()
        if database is not None and stop_database:
            database.stop()


def _revive(children: Sequence[Child], database: EmbeddedPostgres | None) -> None:
    """Start again whatever ended by itself, the database first: the others cannot live without it."""
    if database is not None and not database.is_running():
        click.echo("数据库已中断,正在恢复… / the database ended, starting it again…", err=True)
        database.start()
    for child in children:
        if child.process is not None and child.process.poll() is not None:
            click.echo(f"{child.name} ended ({child.process.returncode}), starting it again…", err=True)
            child.start()
