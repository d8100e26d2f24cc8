# catalogue: data - both languages stand side by side
"""The search for a roster, run by the worker: progress twice a second, stopped when nobody wants it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from procrastinate.contrib.django import app

from jingwu.duty import actions
from jingwu.duty.models import SolveRun
from jingwu.duty.queries import relaxing
from jingwu.duty.queries.problem import Sheet, sheet_of
from jingwu.engines.rostering import Improvement, Solution, solve
from jingwu.journal.actor import SYSTEM, Acts
from jingwu.people import queries as people
from jingwu.terms.refusal import ChangedMeanwhile, Refusal

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
SILENT_AFTER = timedelta(minutes=5)


@dataclass
class _Watch:
    """What the search tells while it runs; written by its threads, read by the job's."""

    stop: threading.Event = field(default_factory=threading.Event)
    best: Improvement | None = None

    def hear(self, found: Improvement) -> None:
        """Note a better roster."""
        self.best = found

    def gap(self) -> float | None:
        """Return the gap proved so far."""
        if self.best is None:
            return None
        return max(0.0, self.best.objective - self.best.bound) / max(1, self.best.objective)


@app.task(name="duty.solve_roster", queue="duty")
def solve_roster(run_id: int) -> None:
    """Search for a better roster and lay it on the board, or store why there is none."""
    run = SolveRun.objects.select_related("roster__office__unit").get(pk=run_id)
    # what somebody asked for is written in the journal under their name, not the system's
    by: Acts = people.account(run.created_by_id) if run.created_by_id else SYSTEM
    try:
        actions.start_solve(run_id, by=by, at=timezone.now())
    except ChangedMeanwhile:
        return  # stopped before it began, or another worker has it
    try:
        sheet = sheet_of(run.roster, pin_before=timezone.localdate())
        solution = _watched(run, sheet)
        if solution is None:
            return
        _store(run, sheet, solution, by)
    except Refusal as refusal:
        _fail(run_id, refusal.code, refusal.message_zh, refusal.message_en, by)
    except Exception:
        log.exception("roster run %s failed", run_id)
        _fail(
            run_id,
            "solve.error",
            "求解中出现程序错误,已记录;班表没有改动。",
            "The search met a program error, which was logged; the roster is unchanged.",
            by,
        )


def _watched(run: SolveRun, sheet: Sheet) -> Solution | None:
    """Run the search in a thread of its own; None when it was stopped by the user."""
    watch = _Watch()
    norms = sheet.norms
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(
            solve,
            sheet.problem,
            seconds=run.seconds,
            seed=run.roster_id,
            gap=float(norms.value("duty.good_enough_gap")),
            start=sheet.roster,
            on_improvement=watch.hear,
            should_stop=watch.stop.is_set,
        )
        began = timezone.now()
        wanted = True
        while not future.done():
            wait([future], POLL_SECONDS)
            share = min(0.99, (timezone.now() - began).total_seconds() / run.seconds)
            objective = watch.best.objective if watch.best else None
            if not actions.note_solve(run.pk, share=share, objective=objective, gap=watch.gap()):
                wanted = False
                watch.stop.set()
        return future.result() if wanted else None


def _store(run: SolveRun, sheet: Sheet, solution: Solution, by: Acts) -> None:
    if solution.roster is None:
        found = relaxing.answer(run.roster, sheet)
        parts = [reason.words for reason in found.reasons]
        _fail(
            run.pk,
            "solve.impossible",
            "没有合法的班表:" + ";".join(w.zh for w in parts) + "。在“为什么不行”里追问,可以选一条放宽。",
            "There is no lawful roster: "
            + "; ".join(w.en for w in parts)
            + ". Ask under 'Why not' to choose what gives way.",
            by,
        )
        return
    actions.finish_solve(
        run.pk,
        _cells(sheet, solution),
        objective=solution.objective or 0,
        gap=solution.gap,
        solved=_summary(solution, timezone.now()),
        by=by,
        at=timezone.now(),
    )


def _cells(sheet: Sheet, solution: Solution) -> dict[tuple[int, date], str]:
    assert solution.roster is not None
    return {
        (person.id, day): solution.roster.cells[row][index]
        for row, person in enumerate(sheet.team)
        for index, day in enumerate(sheet.days)
    }


def _summary(solution: Solution, at: datetime) -> Mapping[str, Any]:
    return {
        "status": solution.status.value,
        "objective": solution.objective,
        "gap": round(solution.gap, 4),
        "seconds": round(sum(solution.seconds_by_step.values()), 1),
        "at": at.isoformat(),
    }


def _fail(run_id: int, code: str, zh: str, en: str, by: Acts) -> None:
    try:
        actions.fail_solve(run_id, failure={"code": code, "zh": zh, "en": en}, by=by, at=timezone.now())
    except ChangedMeanwhile:
        log.info("roster run %s was stopped meanwhile", run_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="duty.end_silent", queue="duty")
def end_silent(timestamp: int) -> None:
    """End searches whose worker died, so that the next one can be asked for."""
    before = timezone.now() - SILENT_AFTER
    for run_id in SolveRun.objects.filter(state="running", started_at__lt=before).values_list(
        "pk", flat=True
    ):
        _fail(
            run_id,
            "solve.silent",
            "求解中断,班表没有改动;请重新求解。",
            "The search was interrupted; the roster is unchanged. Please start it again.",
            SYSTEM,
        )
