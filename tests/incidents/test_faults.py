"""A storm of phones while web server, worker and database are killed: nothing lost, nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from served import Serve, children_of, environment, free_port, postmaster_of, status, wait_for
from storm import StormPhone, let_loose
from storm_office import MESSAGES

from jingwu.site.postgres import SUPERUSER, EmbeddedPostgres

HERE = Path(__file__).resolve().parent
CHANGES_EACH = 30
WAVE_SECONDS = 40.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find what to kill")


def office(folder: Path, todo: str) -> dict[str, Any]:
    """Run storm_office.py beside the served site."""
    done = subprocess.run(
        [sys.executable, str(HERE / "storm_office.py"), todo],
        env=environment(folder), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def ask(folder: Path, sql: LiteralString) -> list[Any]:
    """Return the first column of what the database holds this moment."""
    socket = str(EmbeddedPostgres(folder).socket_folder)
    with psycopg.connect(host=socket, user=SUPERUSER, dbname="jingwu") as connection:
        return [row[0] for row in connection.execute(sql)]


def load(phones: list[StormPhone], made: dict[str, Any]) -> int:
    """Fill the outboxes: texts of shared scenes, photos, visits; return how many changes there are."""
    for phone in phones:
        for number in range(CHANGES_EACH):
            scene = f"scene:{made['incidents'][number % len(made['incidents'])]}"
            device = phone.told["device"]
            if number % 4 == 2:
                phone.write(f"point:{made['point']}", act={"verb": "visit", "how": "qr"})
            elif number % 4 == 1:
                photo = f"{device}-photo-{phone.counts.get(scene, 0)}-{number}"
                phone.write(scene, fields={"persons_count": number}, added={"photos": [photo]})
            else:
                phone.write(scene, fields={"facts": f"{device} {number}"})
    return sum(len(phone.outbox) for phone in phones)


def answered(phones: list[StormPhone]) -> set[str]:
    return {pk for phone in phones for pk in tuple(phone.answers)}


class Storm:
    """The phones, the site they send to, and what kills it in the middle."""

    def __init__(self, folder: Path, site: int, port: int, made: dict[str, Any]) -> None:
        self.folder, self.site, self.port, self.made = folder, site, port, made
        self.phones = [StormPhone(told, made["cookie"], port) for told in made["phones"]]
        self.every: list[dict[str, Any]] = []

    def wave(self, find: Callable[[], int]) -> None:
        """Let the phones send, kill what ``find`` names once a third is answered, and see all answered."""
        before = answered(self.phones)
        count = load(self.phones, self.made)
        self.every += [one for phone in self.phones for one in phone.outbox]
        threads = let_loose(self.phones, WAVE_SECONDS)
        wait_for(lambda: len(answered(self.phones) - before) >= count / 3, WAVE_SECONDS)
        assert any(phone.outbox for phone in self.phones), "the wave was over before the kill"
        os.kill(find(), signal.SIGKILL)
        acknowledged = answered(self.phones)
        wait_for(lambda: status(self.port, "/readyz") == 200, WAVE_SECONDS)
        assert acknowledged <= set(ask(self.folder, "SELECT id FROM incidents_fieldchange"))
        for thread in threads:
            thread.join()
        assert not any(phone.outbox for phone in self.phones), [phone.failures[-3:] for phone in self.phones]


def test_a_storm_outlives_three_kills(serve: Serve, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "served.log"
    provider = {"JINGWU_NOTICE_PROVIDER": "slow_provider.Slow", "PYTHONPATH": str(HERE)}
    site = serve(port, log=log, **provider).pid
    wait_for(lambda: status(port, "/readyz") == 200)
    storm = Storm(tmp_path, site, port, office(tmp_path, "make"))

    storm.wave(lambda: children_of(site)["worker"])
    assert ask(tmp_path, "SELECT count(*) FROM incidents_notice WHERE state = 'waiting'") != [0]
    storm.wave(lambda: children_of(site)["web"])
    storm.wave(lambda: postmaster_of(tmp_path))
    assert any(phone.failures for phone in storm.phones), "no request was cut off: the kills proved nothing"
    outcomes = {one for phone in storm.phones for one in phone.answers.values()}
    assert outcomes <= {"merged", "conflict", "done", "already"}

    again = [phone.send(phone.sent[:150]) for phone in storm.phones]
    assert {outcome for said in again for outcome in said.values()} == {"already"}
    check(office(tmp_path, "arrived"), storm.every)
    assert "deadlock" not in log.read_text()


def check(found: dict[str, Any], every: list[dict[str, Any]]) -> None:
    """Assert that each change left its traces once, and that the journal is whole."""
    acts = {one["id"] for one in every if "act" in one}
    assert set(found["changes"]) == {one["id"] for one in every}
    assert set(found["changes"].values()) <= {"merged", "conflict", "done"}
    assert found["visits"] == sorted(acts)
    assert found["visits_told"] == len(acts)
    assert found["photos"] == sorted(one["added"]["photos"][0] for one in every if "added" in one)
    assert found["told"] == sorted(one["id"] for one in every if "act" not in one)
    assert len(found["notices"]) == MESSAGES and set(found["notices"].values()) == {"sent"}
    assert found["faults"] == []
