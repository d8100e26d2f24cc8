"""What is written about the room stays true: the life as drawn, the trail's words, the API's schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from jingwu.engines.workflow import INCIDENT, mermaid
from jingwu.incidents.actions import imports
from jingwu.incidents.tables import TRAIL_VERBS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rooms" / "incidents.md"
ACTIONS = ROOT / "src" / "jingwu" / "incidents" / "actions"


def test_the_life_in_the_docs_is_the_life_in_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert mermaid(INCIDENT) in page, "render the table anew into docs/rooms/incidents.md"


def test_every_line_of_a_trail_has_words() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in ACTIONS.glob("*.py"))
    verbs = set(
        re.findall(
            r'(?:change|note_event)\(\s*incident,\s*"(\w+)"|IncidentEvent\([^)]*?verb="(\w+)"', written
        )
    )
    found = {first or second for first, second in verbs}
    assert {"amend", "scene_record", "withdraw", "issue_link", "leave"} <= found
    without = {verb for verb in found if verb not in TRAIL_VERBS and verb not in INCIDENT.verbs}
    assert not without


@pytest.fixture
def schema(client: Any, db: None) -> dict[str, Any]:
    """The API's own description."""
    answer = client.get("/api/incidents/openapi.json")
    assert answer.status_code == 200
    return json.loads(answer.content)


def references(part: Any) -> list[str]:
    """Return every reference below ``part``."""
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


def test_the_schema_is_whole(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1") and schema["info"]["title"]
    for reference in references(schema):
        place: Any = schema
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]
    names = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert method in ("get", "post") and operation["responses"], path
            names.append(operation["operationId"])
            declared = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path)), path
    assert len(names) == len(set(names)) == 3


def test_the_signed_hand_in_is_described_as_it_is_read(schema: dict[str, Any]) -> None:
    operation = schema["paths"]["/api/incidents/import"]["post"]
    headers = {one["name"] for one in operation["parameters"] if one["in"] == "header" and one["required"]}
    assert headers == {f"X-Jingwu-{part}" for part in ("Source", "Timestamp", "Nonce", "Signature")}
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    row = body["properties"]["incidents"]["items"]
    assert set(row["required"]) == {"external_id", "office_code", "text"}
    read = set(re.findall(r'row\.get\("(\w+)"\)', Path(imports.__file__).read_text(encoding="utf-8")))
    assert set(row["properties"]) == read | {"reported_at", "occurred_at", "lon", "lat"}
    example = re.search(r'`(\{"incidents": \[\{.*?\}\]\})`', PAGE.read_text(encoding="utf-8"))
    assert example is not None
    assert set(json.loads(example[1])["incidents"][0]) <= set(row["properties"])
    outcome = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rsplit("/")[-1]
    assert outcome == "ImportOut"
    kept = schema["components"]["schemas"]["RowOut"]["properties"]
    assert set(kept) == set(imports.RowOutcome.__dataclass_fields__)
