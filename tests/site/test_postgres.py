"""The embedded database starts once, keeps what was committed through a kill, and refuses in words."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from jingwu.site.postgres import SUPERUSER, EmbeddedPostgres
from jingwu.terms.refusal import Refusal


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(tmp_path / "data")
    yield postgres
    postgres.stop()


def connect(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(host=str(server.socket_folder), user=SUPERUSER, dbname="jingwu", autocommit=True)


def test_second_start_finds_the_first_server(server: EmbeddedPostgres) -> None:
    assert server.start() is True
    assert server.start() is False
    assert server.is_running()
    server.stop()
    assert not server.is_running()


def test_committed_rows_survive_a_killed_server(server: EmbeddedPostgres) -> None:
    server.start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE fact (number int)")
        connection.execute("INSERT INTO fact SELECT generate_series(1, 1000)")
    postmaster = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.is_running() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.start() is True
    with connect(server) as connection:
        assert connection.execute("SELECT count(*) FROM fact").fetchone() == (1000,)


def test_listens_on_no_port_and_keeps_its_socket_private(server: EmbeddedPostgres) -> None:
    server.start()
    with connect(server) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700


def test_refuses_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("not a folder")
    with pytest.raises(Refusal) as refused:
        EmbeddedPostgres(tmp_path / "taken").start()
    assert refused.value.code == "postgres.folder_unwritable"
    assert "JINGWU_DATA" in refused.value.message_en


def test_refuses_data_of_another_version(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("99\n")
    with pytest.raises(Refusal) as refused:
        server.start()
    assert refused.value.code == "postgres.other_version"
    assert "99" in refused.value.message_zh


def test_a_long_data_path_gets_a_short_socket_path(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    server = EmbeddedPostgres(folder)
    assert len(str(server.socket_folder)) < 90
    assert server.start() is True
    server.stop()
