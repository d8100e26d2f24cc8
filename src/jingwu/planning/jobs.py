"""Long calculations, run by the worker: a plan survives a killed worker, because it is queued again."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from os import cpu_count
from pathlib import Path
from typing import Any

from django.utils import timezone
from procrastinate.contrib.django import app

from jingwu.incidents import actions as incidents
from jingwu.journal.actor import SYSTEM
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.planning import actions, deployment_queries, queries
from jingwu.planning.district import parse_mapping, preview, read_district, sheets
from jingwu.planning.models import FactSet, Plan
from jingwu.terms.refusal import ChangedMeanwhile, Refusal

log = logging.getLogger(__name__)

PROGRESS_EVERY_SECONDS = 0.5
SAMPLE_ROWS = 5
# whatever its column is called: a sample is stored in plain and must not hold an ID number
LIKE_ID_NUMBER = re.compile(r"\d{14,17}[\dXx]")
SILENT_AFTER = timedelta(seconds=90)


class NoLongerWanted(Exception):
    """What was being computed was cancelled, or queued again for another worker."""


@app.task(name="planning.compute_plan", queue="planning")
def compute_plan(plan_id: int) -> None:
    """Compute one plan and store its result, or why there is none."""
    from jingwu.planning.pipeline import PlanParams, compute  # the solvers load only where they are used

    try:
        actions.start_plan(plan_id, by=SYSTEM, at=timezone.now())
    except ChangedMeanwhile:
        return  # cancelled before it began, or another worker has it
    plan = Plan.objects.select_related("org").defer("result").get(pk=plan_id)
    norms = norms_for(plan.org.path, timezone.localdate(plan.created_at))
    try:
        with ThreadPoolExecutor(cpu_count() or 1) as executor:
            result = compute(
                queries.district_of(plan.fact_set_id),
                PlanParams.from_dict(plan.params),
                norms,
                seed=plan.seed,
                executor=executor,
                progress=_progress(actions.note_progress, plan_id),
            )
    except NoLongerWanted:
        return
    except Refusal as refusal:
        failure = {"code": refusal.code, "zh": refusal.message_zh, "en": refusal.message_en}
        actions.fail_plan(plan_id, failure=failure, by=SYSTEM, at=timezone.now())
        return
    except Exception:
        log.exception("plan %s could not be computed", plan_id)
        failure = {
            "code": "plan.error",
            "zh": "计算中出现程序错误,已记录;请把方案编号告诉系统管理员。",
            "en": "The calculation met a program error, which was logged; tell the system administrator.",
        }
        actions.fail_plan(plan_id, failure=failure, by=SYSTEM, at=timezone.now())
        return
    actions.finish_plan(
        plan_id,
        result=json.dumps(result.to_dict(), ensure_ascii=False, separators=(",", ":")),
        digest=result.digest,
        headline_zh=result.headline_zh,
        headline_en=result.headline_en,
        figures=result.figures(),
        by=SYSTEM,
        at=timezone.now(),
    )


@app.task(name="planning.hand_to_duty", queue="planning")
def hand_to_duty(plan_id: int) -> None:
    """Turn an approved plan's hours into the need of the offices' rosters, from the Monday after next."""
    result = queries.result(SYSTEM, plan_id)
    now = timezone.now()
    today = timezone.localdate(now)
    first_day = today + timedelta(days=14 - today.weekday())
    need = {office["code"]: office["plan_by_hour"] for office in result["offices"]}
    actions.hand_to_duty(plan_id, need, first_day=first_day, by=SYSTEM, at=now)


@app.task(name="planning.read_facts", queue="planning")
def read_facts(fact_set_id: int) -> None:
    """Read handed-in files into a preview, or store what is wrong with them.

    A reading that a killed worker left half-done starts again from the stored files: it has written nothing.
    """
    row = FactSet.objects.select_related("org").defer("content").get(pk=fact_set_id)
    if row.state != FactSet.State.READING:
        return
    norms = norms_for(row.org.path, timezone.localdate(row.created_at))
    note = _progress(actions.note_reading, fact_set_id)
    try:
        with queries.unpacked_files(fact_set_id) as paths:
            district, report = read_district(
                paths,
                mapping=parse_mapping(row.mapping) if row.mapping else None,
                accept_bad_rows=row.accepts_bad_rows,
                minimum_age_years=norms.ages.years,
                today=timezone.localdate(),
                progress=lambda share, table: note(table, share),
            )
            samples = [_sample(paths, sheet, table) for sheet, table in sheets(paths)]
        actions.store_reading(fact_set_id, district, report, samples=samples, by=SYSTEM, at=timezone.now())
    except (NoLongerWanted, ChangedMeanwhile):
        return
    except Refusal as refusal:
        actions.refuse_reading(fact_set_id, refusal, by=SYSTEM, at=timezone.now())


def _sample(paths: list[Path], sheet: str, table: str) -> dict[str, Any]:
    """Return the first rows of a sheet as a person sees them, to map its columns by."""
    try:
        headers, rows = preview(paths, sheet, rows=SAMPLE_ROWS)
    except Refusal:
        headers, rows = [], []  # an empty sheet is among the problems already
    shown = [[LIKE_ID_NUMBER.sub("••••••", cell) for cell in row] for row in rows]
    return {"sheet": sheet, "table": table, "headers": headers, "rows": shown}


def _progress(note: Callable[..., bool], row_id: int) -> Callable[[str, float], None]:
    """Return a callback that says with ``note`` how far row ``row_id`` is, twice a second.

    Where the row is no longer this worker's (cancelled, or given to another one) it raises NoLongerWanted.
    """
    last = 0.0

    def told(step: str, share: float) -> None:
        nonlocal last
        if time.monotonic() - last < PROGRESS_EVERY_SECONDS:
            return
        last = time.monotonic()
        if not note(row_id, step=step, share=share, at=timezone.now()):
            raise NoLongerWanted

    return told


@app.periodic(cron="20 19 * * *")  # 03:20 in the offices
@app.task(name="planning.store_expectations", queue="planning", queueing_lock="planning.store_expectations")
def store_expectations(timestamp: int) -> None:
    """Once a night: what every office is to expect by hour of the week, from the facts in force."""
    at = timezone.now()
    told = set()
    for facts in queries.fact_sets(SYSTEM, adopted_only=True):
        if facts.org_path not in told:  # the newest of a unit comes first
            told.add(facts.org_path)
            store_expectation(facts.id, facts.org_path, at=at)


def store_expectation(fact_set_id: int, path: str, *, at: datetime) -> None:
    """Fit the demand of one fact set and hand each office's mean counts to the incidents room."""
    from jingwu.planning.pipeline.expectation import expected_counts

    here = {office.code for office in offices.offices([path])}
    found = [cell for cell in expected_counts(queries.district_of(fact_set_id)) if cell.office in here]
    incidents.store_expectation(
        [
            incidents.Expectation(
                cell.office, cell.kind, cell.code, cell.means.tolist(), cell.excesses.tolist(),
                cell.day_dispersion,
            )
            for cell in found
        ],
        source=f"facts:{fact_set_id}", path=path, by=SYSTEM, at=at,
    )  # fmt: skip


@app.periodic(cron="* * * * *")
@app.task(name="planning.requeue_silent", queue="planning")
def requeue_silent(timestamp: int) -> None:
    """Queue plans, readings and studies again whose worker died in the middle."""
    now: datetime = timezone.now()
    since = now - SILENT_AFTER
    for plan_id in queries.silent_plans(since):
        actions.requeue_plan(plan_id, silent_since=since, by=SYSTEM, at=now)
    for fact_set_id in queries.silent_readings(since):
        actions.resume_reading(fact_set_id, silent_since=since, at=now)
    for study_id in deployment_queries.silent_studies(since):
        actions.requeue_study(study_id, silent_since=since)


@app.task(name="planning.run_study", queue="planning")
def run_study(study_id: int) -> None:
    """Compute one study of a fact set and store what it found, or why it found nothing."""
    from jingwu.planning.studies import compute_study  # the engines load only where they are used

    if not actions.start_study(study_id, at=timezone.now()):
        return  # another worker has it
    began = time.monotonic()
    note = _progress(actions.note_study, study_id)
    try:
        with ThreadPoolExecutor(cpu_count() or 1) as executor:
            result = compute_study(study_id, executor=executor, progress=note)
    except NoLongerWanted:
        return
    except Refusal as refusal:
        failure = {"code": refusal.code, "zh": refusal.message_zh, "en": refusal.message_en}
        actions.fail_study(study_id, failure=failure, by=SYSTEM, at=timezone.now())
    except Exception:
        log.exception("study %s could not be computed", study_id)
        failure = {
            "code": "study.error",
            "zh": "计算中出现程序错误,已记录;可以重新开始。",
            "en": "The calculation met a program error, which was logged; it can be started again.",
        }
        actions.fail_study(study_id, failure=failure, by=SYSTEM, at=timezone.now())
    else:
        seconds = time.monotonic() - began
        actions.finish_study(study_id, result=result, seconds=seconds, by=SYSTEM, at=timezone.now())
