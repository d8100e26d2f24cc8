"""The command bar finds what the account may see, and nothing else."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from jingwu.incidents import actions
from jingwu.incidents.actions import NewIncident


def labels(browser: Any, words: str) -> list[str]:
    return [item["label"] for item in browser.get("/command/", {"q": words}).json()["items"]]


def test_offices_people_and_incidents_in_scope(
    client_for: Any, chief: Any, officer: Any, stranger: Any, tree: Any
) -> None:
    row = actions.register(
        NewIncident(tree.office, "三号楼有人打架", address="望江路 12 号"), by=chief, at=timezone.now()
    )
    desk = client_for(chief)
    assert any("望江路 12 号" in label for label in labels(desk, "打架"))
    assert any(row.number[-4:] in label for label in labels(desk, row.number))
    assert labels(desk, "新警") == ["新警情"]
    assert any(officer.person.name in label for label in labels(desk, officer.person.code))
    assert labels(desk, "") == []
    assert not any("望江路" in label for label in labels(client_for(stranger), "打架"))


def test_who_may_not_see_finds_nothing(client_for: Any, grid_worker: Any, chief: Any, tree: Any) -> None:
    actions.register(NewIncident(tree.office, "三号楼有人打架"), by=chief, at=timezone.now())
    assert labels(client_for(grid_worker), "打架") == []
    assert labels(client_for(grid_worker), chief.person.code) == []
