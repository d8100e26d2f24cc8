"""Everything that changes a scenario or a study: saved, confirmed, dropped; asked for, computed, stored."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app as jobs

from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.planning.deployment_queries import norms_version_of, study_key
from jingwu.planning.models import FactSet, Scenario, Study
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Unknown


@transaction.atomic
def save_scenario(
    fact_set_id: int,
    *,
    name: str,
    base: str,
    changes: Mapping[str, Sequence[int]],
    figures: Mapping[str, Any],
    by: Acts,
    at: datetime,
) -> int:
    """Keep a deployment under a name and return the scenario's id; the caller has checked the crews.

    Raises:
        NotAllowed: the role or the scope does not permit it.
        BadInput: the name is empty.
    """
    fact_set = FactSet.objects.select_related("org").defer("content").get(pk=fact_set_id)
    require(by, "planning.deploy", org=fact_set)
    row = Scenario.objects.create(
        org=fact_set.org,
        fact_set=fact_set,
        name=_checked(name),
        base=base,
        changes=dict(changes),
        figures=dict(figures),
        created_by_id=by.actor.account_id,
        created_at=at,
        changed_by_id=by.actor.account_id,
        changed_at=at,
    )
    journal.record(
        "scenario.save", by=by, at=at, record=row, details={"base": base, "offices": sorted(changes)}
    )
    return row.pk


@transaction.atomic
def change_scenario(
    scenario_id: int,
    *,
    revision: int,
    name: str,
    changes: Mapping[str, Sequence[int]],
    figures: Mapping[str, Any],
    by: Acts,
    at: datetime,
) -> int:
    """Store a changed scenario that was read at ``revision`` and return its new revision.

    Raises:
        ChangedMeanwhile: somebody else saved it since; nothing is overwritten.
    """
    row = _scenario(scenario_id, by)
    changed = Scenario.objects.filter(pk=scenario_id, revision=revision, is_dropped=False).update(
        name=_checked(name),
        changes=dict(changes),
        figures=dict(figures),
        revision=revision + 1,
        changed_by_id=by.actor.account_id,
        changed_at=at,
    )
    if changed != 1:
        current = Scenario.objects.select_related("changed_by").get(pk=scenario_id)
        who = current.changed_by.label if current.changed_by else "系统"
        raise ChangedMeanwhile(
            "scenario.changed_meanwhile",
            f"{who} 已先保存了这个情景,您的改动没有覆盖它;请另存为新情景,或刷新后重做。",
            f"{who} saved this scenario first; yours did not overwrite it. Save under a new name or reload.",
        )
    journal.record(
        "scenario.change", by=by, at=at, record=row, before={"revision": revision, "name": row.name},
        after={"revision": revision + 1, "name": name.strip(), "offices": sorted(changes)},
    )  # fmt: skip
    return revision + 1


@transaction.atomic
def drop_scenario(scenario_id: int, *, by: Acts, at: datetime) -> None:
    """Put a scenario away; its row and its journal stay."""
    row = _scenario(scenario_id, by)
    if Scenario.objects.filter(pk=scenario_id, is_dropped=False).update(is_dropped=True) != 1:
        raise ChangedMeanwhile(
            "scenario.changed_meanwhile", "这个情景已被移除。", "The scenario is gone already."
        )
    journal.record("scenario.drop", by=by, at=at, record=row)


def request_study(fact_set_id: int, *, kind: str, params: Mapping[str, Any], by: Acts, at: datetime) -> int:
    """Ask for a study and return its id; the same question finds the same study, a failed one starts anew.

    Raises:
        NotAllowed: the role or the scope does not permit it.
        BadInput: the facts are not adopted.
    """
    try:
        with transaction.atomic():
            return _request(fact_set_id, kind, params, by, at)
    except IntegrityError:  # two asked at once: the second finds the first one's row
        with transaction.atomic():
            return _request(fact_set_id, kind, params, by, at)


def _request(fact_set_id: int, kind: str, params: Mapping[str, Any], by: Acts, at: datetime) -> int:
    fact_set = FactSet.objects.select_related("org").defer("content").get(pk=fact_set_id)
    # the ground is what looking takes; everything else costs minutes of a worker and is the manager's
    require(
        by, "planning.view" if kind == Study.Kind.GROUND else "planning.deploy", org=_looked_at(by, fact_set)
    )
    if fact_set.state != FactSet.State.ADOPTED:
        raise BadInput("study.facts_not_adopted", "这批数据尚未采用。", "These facts are not adopted yet.")
    key = study_key(fact_set, kind, params, norms_version_of(fact_set))
    row = Study.objects.filter(key=key).defer("result").first()
    if row is None:
        row = Study.objects.create(
            org=fact_set.org,
            fact_set=fact_set,
            kind=kind,
            key=key,
            params=dict(params),
            created_by_id=by.actor.account_id,
            created_at=at,
        )
    elif (
        Study.objects.filter(pk=row.pk, state=Study.State.FAILED).update(
            state=Study.State.QUEUED, failure={}, progress_share=0.0
        )
        != 1
    ):
        return row.pk  # on its way, or done
    # deferred in this transaction: a study that is rolled back is never computed
    jobs.configure_task("planning.run_study", queue="planning").defer(study_id=row.pk)
    journal.record(
        "study.request", by=by, at=at, record=row, details={"kind": str(kind), "facts": fact_set.digest}
    )
    return row.pk


def _looked_at(by: Acts, fact_set: FactSet) -> FactSet | None:
    """Return the record whose scope counts: whoever works in an office may look at the district above it."""
    from jingwu.planning.queries import visible

    return None if FactSet.objects.filter(visible(by), pk=fact_set.pk).exists() else fact_set


def start_study(study_id: int, *, at: datetime) -> bool:
    """Mark that a worker has begun; return whether the study was still waiting."""
    waiting = Study.objects.filter(pk=study_id, state=Study.State.QUEUED)
    return waiting.update(state=Study.State.RUNNING, heartbeat_at=at, progress_share=0.0) == 1


def note_study(study_id: int, *, step: str, share: float, at: datetime) -> bool:
    """Store how far a study is, and return whether it is still wanted; leaves no journal line."""
    running = Study.objects.filter(pk=study_id, state=Study.State.RUNNING)
    return running.update(progress_share=share, progress_step=step, heartbeat_at=at) == 1


@transaction.atomic
def finish_study(study_id: int, *, result: bytes, seconds: float, by: Acts, at: datetime) -> None:
    """Store what came out, packed as its kind wants it."""
    row = Study.objects.select_related("org").defer("result").get(pk=study_id)
    running = Study.objects.filter(pk=study_id, state=Study.State.RUNNING)
    if (
        running.update(
            state=Study.State.DONE, result=result, seconds=seconds, progress_share=1.0, finished_at=at
        )
        != 1
    ):
        return  # another worker was first: the same question, the same answer
    journal.record("study.finish", by=by, at=at, record=row, details={"kind": row.kind, "bytes": len(result)})


@transaction.atomic
def fail_study(study_id: int, *, failure: Mapping[str, Any], by: Acts, at: datetime) -> None:
    """Store why a study could not be finished, in words."""
    row = Study.objects.select_related("org").defer("result").get(pk=study_id)
    running = Study.objects.filter(pk=study_id, state=Study.State.RUNNING)
    if running.update(state=Study.State.FAILED, failure=dict(failure), finished_at=at) == 1:
        journal.record("study.fail", by=by, at=at, record=row, details={"code": failure.get("code", "")})


@transaction.atomic
def requeue_study(study_id: int, *, silent_since: datetime) -> None:
    """Queue a study again whose worker died: nothing was heard of it since ``silent_since``."""
    silent = Study.objects.filter(pk=study_id, state=Study.State.RUNNING, heartbeat_at__lt=silent_since)
    if silent.update(state=Study.State.QUEUED, progress_share=0.0, progress_step="") == 1:
        jobs.configure_task("planning.run_study", queue="planning").defer(study_id=study_id)


def packed_json(text: str) -> bytes:
    """Return a result as it is stored."""
    return zlib.compress(text.encode(), 6)


def _checked(name: str) -> str:
    if not name.strip() or len(name.strip()) > 120:
        raise BadInput(
            "scenario.no_name", "请给情景起个名字(不超过 120 字)。",
            "Give the scenario a name (at most 120 characters).",
            fields={"name": "1-120"},
        )  # fmt: skip
    return name.strip()


def _scenario(scenario_id: int, by: Acts) -> Scenario:
    row = Scenario.objects.select_related("org").filter(pk=scenario_id).first()
    if row is None:
        raise Unknown("deployment.unknown_scenario", "没有这个部署情景。", "There is no such scenario.")
    require(by, "planning.deploy", org=row)
    return row
