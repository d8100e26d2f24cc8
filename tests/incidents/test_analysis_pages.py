"""The figures of the last hours, the follow-up desk and the import page as people open them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from incident_case import Case


@pytest.mark.parametrize("address", ["analysis/", "analysis/?period=hour", "follow-up/", "import/"])
def test_the_chief_opens_every_page(client: Any, chief: Any, address: str) -> None:
    client.force_login(chief)
    response = client.get(f"/incidents/{address}")
    assert response.status_code == 200
    assert "<h1>" in response.content.decode()


def test_a_reviewed_incident_waits_on_the_follow_up_desk(client: Any, make_case: Callable[..., Case]) -> None:
    case = make_case(text="<script>alert(1)</script> 楼上噪音")
    case.bring_to("reviewed")
    client.force_login(case.reviewer)
    page = client.get("/incidents/follow-up/").content.decode()
    assert f"/incidents/{case.id}/" in page
    assert "<script>alert(1)" not in page
