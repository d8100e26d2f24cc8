"""A small district with its facts adopted, for the tests of the deployment pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any


def bring_in(tree: Any, at: datetime, *, calls: int = 4000) -> int:
    """Adopt four offices, sixty people and so many calls of a year; return the fact set's id."""
    from jingwu.journal.actor import SYSTEM
    from jingwu.planning import actions
    from jingwu.planning.demo_district import synthetic
    from jingwu.planning.district import FactReport

    fact_set = actions.bring_in_facts(
        synthetic(offices=4, people=60, calls=calls),
        FactReport(accepted=True),
        org_code=tree.district,
        name="试算",
        source="合成",
        by=SYSTEM,
        at=at,
    )
    actions.adopt_facts(fact_set, by=SYSTEM, at=at)
    return fact_set


def finish_studies() -> None:
    """Compute every study that waits for a worker, as the worker does."""
    from jingwu.planning.jobs import run_study
    from jingwu.planning.models import Study

    for study_id in list(Study.objects.filter(state="queued").values_list("pk", flat=True)):
        run_study(study_id)
        row = Study.objects.defer("result").get(pk=study_id)
        assert row.state == "done", row.failure
