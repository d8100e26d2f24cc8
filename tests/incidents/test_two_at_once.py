"""Two people of one crew at the same moment: the second is told, and nothing is written twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections
from incident_case import Case, feedback

from jingwu.incidents import actions
from jingwu.incidents.actions import disposal
from jingwu.incidents.models import Feedback
from jingwu.terms.refusal import ChangedMeanwhile


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_drafts_is_told(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.bring_to("handling")
    real, undisturbed = disposal._row, [True]

    def write(facts: str) -> None:
        actions.draft_feedback(case.id, feedback(facts=facts), by=case.crew, at=case.at)

    def elsewhere() -> None:
        try:
            write("先写好的")
        finally:
            connections.close_all()

    def interrupted(*args: Any, **options: Any) -> Feedback:
        row = real(*args, **options)
        if undisturbed and undisturbed.pop():
            # after the one has taken a number the other takes the same, and is done with it first
            other = threading.Thread(target=elsewhere)
            other.start()
            other.join()
        return row

    monkeypatch.setattr(disposal, "_row", interrupted)
    with pytest.raises(ChangedMeanwhile):
        write("后写好的")
    assert [row.facts for row in Feedback.objects.all()] == ["先写好的"]
    write("后写好的")
    assert sorted(Feedback.objects.values_list("number", flat=True)) == [1, 2]
