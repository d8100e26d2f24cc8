"""A search for a better roster: asked for, watched, stopped, its result laid on the board as one step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app as jobs

from jingwu.duty.actions.cells import CellChange, roster_for, set_cells
from jingwu.duty.actions.guarding import step
from jingwu.duty.models import Roster, SolveRun
from jingwu.duty.queries.problem import sheet_of
from jingwu.duty.transitions import RUN
from jingwu.journal import actions as journal
from jingwu.journal.actor import Acts
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import ChangedMeanwhile, Refusal, Unknown


@transaction.atomic
def request_solve(roster_id: int, *, seen: int, by: Acts, at: datetime, seconds: float | None = None) -> int:
    """Queue a search that keeps every pin and return the run's id.

    Raises: ChangedMeanwhile when the draft moved on; Refusal when a search is under way.
    """
    row = roster_for(roster_id, "duty.draft", by=by, at=at)
    if row.version != seen or row.state != Roster.State.DRAFT:
        raise ChangedMeanwhile(
            "roster.changed_meanwhile",
            "这份班表刚被改过,请刷新。",
            "This roster was just changed; reload the page.",
        )
    norms = norms_for(row.office.unit.path, row.first_day)
    try:
        with transaction.atomic():
            run = SolveRun.objects.create(
                roster=row,
                seen_version=seen,
                created_by_id=by.actor.account_id,
                created_at=at,
                seconds=seconds or float(norms.value("duty.solve_seconds")),
            )
    except IntegrityError as error:
        raise Refusal(
            "solve.running", "这份班表正在求解。", "This roster is being solved already."
        ) from error
    # by name: jobs stand above actions; in the default queue's neighbour so that plans do not hold it up
    jobs.configure_task("duty.solve_roster", queue="duty").defer(run_id=run.pk)
    journal.record("solve.request", by=by, at=at, record=row, details={"run": run.pk, "version": seen})
    return run.pk


@transaction.atomic
def start_solve(run_id: int, *, by: Acts, at: datetime) -> None:
    """Mark that a worker has begun."""
    step(SolveRun.objects.get(pk=run_id), RUN["solve.start"], started_at=at)


def note_solve(run_id: int, *, share: float, objective: int | None, gap: float | None) -> bool:
    """Store how far the search is and return whether it is still wanted; no fact, so no journal line."""
    running = SolveRun.objects.filter(pk=run_id, state=SolveRun.State.RUNNING)
    return running.update(done_share=share, objective=objective, gap_share=gap) == 1


@transaction.atomic
def finish_solve(
    run_id: int,
    cells: Mapping[tuple[int, Any], str],
    *,
    objective: int,
    gap: float,
    solved: Mapping[str, Any],
    by: Acts,
    at: datetime,
) -> int:
    """Lay the roster found on the board as one step that can be undone; return the roster's new version.

    Raises: ChangedMeanwhile when the board was changed during the search: nothing of it is overwritten.
    """
    run = SolveRun.objects.select_related("roster__office__unit").get(pk=run_id)
    step(run, RUN["solve.finish"], finished_at=at, done_share=1.0, objective=objective, gap_share=gap)
    sheet = sheet_of(run.roster)
    changes = [
        CellChange(person, day, code, (person, day) in sheet.pinned)
        for (person, day), code in sorted(cells.items())
        if sheet.cells.get((person, day), "") != code
    ]
    version = run.seen_version
    if changes:
        version = set_cells(run.roster_id, changes, seen=version, by=by, at=at, verb="roster.solve")
    Roster.objects.filter(pk=run.roster_id).update(solved={**solved, "version": version})
    return version


@transaction.atomic
def fail_solve(run_id: int, *, failure: Mapping[str, Any], by: Acts, at: datetime) -> None:
    """Store why there is no roster, in words."""
    run = SolveRun.objects.select_related("roster__office__unit").get(pk=run_id)
    step(run, RUN["solve.fail"], finished_at=at, failure=dict(failure))
    journal.record("solve.fail", by=by, at=at, record=run.roster, details=dict(failure))


@transaction.atomic
def cancel_solve(run_id: int, *, by: Acts, at: datetime) -> None:
    """Stop a search that is no longer wanted; the board stays as it is."""
    run = SolveRun.objects.select_related("roster__office__unit").filter(pk=run_id).first()
    if run is None:
        raise Unknown("solve.unknown", "没有这次求解。", "There is no such search.")
    roster_for(run.roster_id, RUN["solve.cancel"].permission, by=by, at=at)
    step(run, RUN["solve.cancel"], finished_at=at)
    journal.record("solve.cancel", by=by, at=at, record=run.roster, details={"run": run.pk})
