"""Signed hand-in: taken once, refused when forged, replayed or out of date, and the refusal is told."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from jingwu.incidents import actions
from jingwu.incidents.actions.imports import sign
from jingwu.incidents.models import Incident, IncidentEvent
from jingwu.journal.actor import SYSTEM
from jingwu.journal.models import Line

DOCS = Path(__file__).parents[2] / "docs" / "rooms" / "incidents.md"
ADDRESS = "/api/incidents/import"


@pytest.fixture
def secret(tree: Any, db: None) -> str:
    """The secret of a source below the office."""
    return actions.open_source("cad", "接警系统", unit_code=tree.office, by=SYSTEM, at=timezone.now())


def hand_in(
    client: Any,
    secret: str,
    tree: Any,
    nonce: str = "nonce-0001",
    shift_seconds: int = 0,
    *,
    office: str = "",
    signature: str | None = None,
    body: bytes = b"",
) -> Any:
    row = {"external_id": "X1", "office_code": office or tree.office, "text": "路口积水"}
    body = body or json.dumps({"incidents": [row]}).encode()
    stamp = str(int((timezone.now() + timedelta(seconds=shift_seconds)).timestamp()))
    headers = {
        "X-Jingwu-Source": "cad",
        "X-Jingwu-Timestamp": stamp,
        "X-Jingwu-Nonce": nonce,
        "X-Jingwu-Signature": sign(secret, timestamp=stamp, nonce=nonce, body=body)
        if signature is None
        else signature,
    }
    return client.post(ADDRESS, body, content_type="application/json", headers=headers)


def refusals() -> list[str]:
    return [
        json.loads(line.details_json)["why"] for line in Line.objects.filter(verb="incidents.import_refused")
    ]


def test_a_row_is_taken_once(client: Any, secret: str, tree: Any) -> None:
    assert hand_in(client, secret, tree).status_code == 200
    assert hand_in(client, secret, tree, nonce="nonce-0002").status_code == 200
    assert Incident.objects.count() == 1


def test_trail_and_journal_name_the_source(client: Any, secret: str, tree: Any) -> None:
    hand_in(client, secret, tree)
    line = Line.objects.get(verb="incidents.register")
    assert (line.actor_id, line.actor_label, line.actor_role) == (None, "接警系统", "source:cad")
    assert IncidentEvent.objects.get().by_label == "接警系统"
    assert hand_in(client, secret, tree, nonce="nonce-0002", office=tree.other_office).json()["rows"][0][
        "code"
    ] == ("access.out_of_scope")


@pytest.mark.parametrize("signature", ["é", "ÿ" * 64, ""])
def test_a_signature_of_other_signs_is_forged(client: Any, secret: str, tree: Any, signature: str) -> None:
    assert hand_in(client, secret, tree, signature=signature).status_code == 403
    assert refusals() == ["forged"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"incidents": ' + b"[" * 100_000, b"\xff", b"3"])
def test_a_body_that_cannot_be_read_is_told(client: Any, secret: str, tree: Any, body: bytes) -> None:
    answer = hand_in(client, secret, tree, body=body)
    assert answer.status_code == 422 and answer.json()["code"] == "import.bad_body"


@pytest.mark.parametrize("sign_", ["\0", "\ud800"])
@pytest.mark.parametrize(
    "name", ["external_id", "office_code", "text", "category", "source", "address", "reporter_name"]
)
def test_a_sign_that_cannot_be_kept_costs_its_row_only(
    client: Any, secret: str, tree: Any, name: str, sign_: str
) -> None:
    good = {"external_id": "X1", "office_code": tree.office, "text": "路口积水"}
    bad = {**good, "external_id": "X2"}
    bad[name] = bad.get(name, "") + sign_
    body = json.dumps({"incidents": [bad, good]}).encode()
    answer = hand_in(client, secret, tree, body=body)
    assert answer.status_code == 200
    assert [(row["state"], row["code"]) for row in answer.json()["rows"]] == [
        ("refused", "import.bad_row"), ("taken", ""),
    ]  # fmt: skip
    assert name in answer.json()["rows"][0]["en"]


def test_a_replay_is_refused_and_told(client: Any, secret: str, tree: Any) -> None:
    hand_in(client, secret, tree)
    assert hand_in(client, secret, tree).status_code == 403
    assert refusals() == ["replayed"]


def test_a_forged_signature_is_refused_and_told(client: Any, secret: str, tree: Any) -> None:
    assert hand_in(client, "another secret", tree).status_code == 403
    assert refusals() == ["forged"]
    assert not Incident.objects.exists()


def test_a_clock_wrong_by_a_day_is_refused(client: Any, secret: str, tree: Any) -> None:
    assert hand_in(client, secret, tree, shift_seconds=-86_400).status_code == 403
    assert refusals() == ["out_of_date"]


def test_the_documented_shell_lines_make_the_same_signature(tmp_path: Any) -> None:
    text = DOCS.read_text(encoding="utf-8")
    lines = text.split("```sh\n", 1)[1].split("curl", 1)[0]
    (tmp_path / "incidents.json").write_bytes(b'{"incidents": []}')
    environment = {"SECRET": "s3cret", "PATH": "/usr/bin:/bin"}
    script = lines + 'printf "%s %s %s" "$TS" "$NONCE" "$SIGNATURE"'
    made = subprocess.run(
        ["/bin/sh", "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    stamp, nonce, signature = made.stdout.split()
    assert signature == sign("s3cret", timestamp=stamp, nonce=nonce, body=b'{"incidents": []}')
