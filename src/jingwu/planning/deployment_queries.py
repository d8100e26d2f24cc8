"""What pages may know of deployments tried out and of studies: frozen facts, scoped to the reader."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone

from jingwu.engines.staffing.facts import IntArray
from jingwu.journal.actor import SYSTEM, Acts
from jingwu.offices.local_norms import norms_for
from jingwu.planning import queries
from jingwu.planning.deployment import Scene
from jingwu.planning.models import FactSet, Scenario, Study
from jingwu.terms.numbers import whole_number
from jingwu.terms.refusal import BadInput, Refusal, Unknown

STUDY_FORMAT = 4
"""Counted up when what a study computes or stores changes, so that old results are not shown as new ones."""


@dataclass(frozen=True)
class ScenarioFacts:
    """One deployment somebody tries out."""

    id: int
    name: str
    org_path: str
    fact_set_id: int
    base: str
    changes: Mapping[str, Sequence[int]]
    revision: int
    figures: Mapping[str, Any]
    created_by: str
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True)
class StudyFacts:
    """One study without its result."""

    id: int
    kind: str
    org_path: str
    fact_set_id: int
    params: Mapping[str, Any]
    state: str
    progress_share: float
    progress_step: str
    failure: Mapping[str, Any]
    seconds: float | None
    created_at: datetime
    finished_at: datetime | None


def scenario_rows(by: Acts, fact_set_id: int | None = None) -> QuerySet[Scenario]:
    """Return the scenarios ``by`` may see, newest first."""
    rows = Scenario.objects.filter(queries.visible(by), is_dropped=False)
    if fact_set_id is not None:
        rows = rows.filter(fact_set_id=fact_set_id)
    return rows.select_related("org", "created_by", "changed_by")


def scenario(by: Acts, scenario_id: int) -> ScenarioFacts:
    """Return one scenario.

    Raises:
        Refusal: there is none, or it lies outside the scope.
    """
    row = scenario_rows(by).filter(pk=scenario_id).first()
    if row is None:
        raise Unknown("deployment.unknown_scenario", "没有这个部署情景。", "There is no such scenario.")
    return scenario_facts(row)


def scenario_facts(row: Scenario) -> ScenarioFacts:
    """Return the facts of one row of ``scenario_rows``."""
    return ScenarioFacts(
        id=row.pk,
        name=row.name,
        org_path=row.org.path,
        fact_set_id=row.fact_set_id,
        base=row.base,
        changes=row.changes,
        revision=row.revision,
        figures=row.figures,
        created_by=row.created_by.label if row.created_by else SYSTEM.label,
        changed_by=row.changed_by.label if row.changed_by else SYSTEM.label,
        changed_at=row.changed_at,
    )


def study_key(fact_set: FactSet, kind: str, params: Mapping[str, Any], norms_version: str) -> str:
    """Return the key under which a study is stored: the same question of the same facts has the same key."""
    told = [STUDY_FORMAT, fact_set.pk, fact_set.digest, kind, params, norms_version]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def find_study(by: Acts, fact_set_id: int, kind: str, params: Mapping[str, Any]) -> StudyFacts | None:
    """Return the study of this very question, or None while nobody has asked it."""
    fact_set = (
        FactSet.objects.filter(queries.visible(by), pk=fact_set_id)
        .only("digest", "org__path", "created_at")
        .select_related("org")
        .first()
    )
    if fact_set is None:
        raise Unknown("facts.unknown", "没有这批数据。", "There is no such fact set.")
    key = study_key(fact_set, kind, params, norms_version_of(fact_set))
    row = Study.objects.filter(key=key).select_related("org").defer("result").first()
    return None if row is None else _study(row)


def norms_version_of(fact_set: FactSet) -> str:
    """Return the version of the norms a study asked for now is computed with."""
    return str(norms_for(fact_set.org.path, timezone.localdate()).version)


def study(by: Acts, study_id: int) -> StudyFacts:
    """Return one study.

    Raises:
        Refusal: there is none, or it lies outside the scope.
    """
    rows = Study.objects.filter(queries.visible(by), pk=study_id).select_related("org").defer("result")
    row = rows.first()
    if row is None:
        raise Unknown("study.unknown", "没有这项计算。", "There is no such study.")
    return _study(row)


def _study(row: Study) -> StudyFacts:
    return StudyFacts(
        id=row.pk,
        kind=row.kind,
        org_path=row.org.path,
        fact_set_id=row.fact_set_id,
        params=row.params,
        state=row.state,
        progress_share=row.progress_share,
        progress_step=row.progress_step,
        failure=row.failure,
        seconds=row.seconds,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def study_result(facts: StudyFacts) -> Mapping[str, Any]:
    """Return what a finished study found; shared between requests, not to be changed."""
    if facts.state != Study.State.DONE:
        raise Refusal("study.not_done", "这项计算还没有完成。", "The study is not finished yet.")
    return _result(facts.id)


@lru_cache(maxsize=32)
def _result(study_id: int) -> Mapping[str, Any]:
    packed = Study.objects.values_list("result", flat=True).get(pk=study_id)
    result: Mapping[str, Any] = json.loads(zlib.decompress(bytes(packed)))
    return result


@dataclass(frozen=True, eq=False)
class Stand:
    """The scene of a fact set with what was computed once for it: today's answers and the physical limit."""

    scene: Scene
    today: Mapping[str, Any]
    today_confirmed: Mapping[str, Any]
    limit: Mapping[str, Any]


def stand(facts: StudyFacts) -> Stand:
    """Return the scene a finished study of kind 'ground' holds, read once per process."""
    if facts.kind != Study.Kind.GROUND or facts.state != Study.State.DONE:
        raise Refusal("study.not_done", "部署底图还没有准备好。", "The scene is not ready yet.")
    return _stand(facts.id)


@lru_cache(maxsize=4)
def _stand(study_id: int) -> Stand:
    row = Study.objects.select_related("org").get(pk=study_id)
    packed = bytes(row.result or b"")
    length = int.from_bytes(packed[:8], "big")
    told = json.loads(zlib.decompress(packed[8 : 8 + length]))
    norms = norms_for(row.org.path, timezone.localdate(row.created_at))
    scene = Scene.unpack(packed[8 + length :], norms)
    return Stand(scene, told["today"], told["today_confirmed"], told["limit"])


def base_crews(by: Acts, scene: Scene, fact_set_id: int, base: str) -> IntArray:
    """Return the crews (offices, 168) a scenario starts from: ``today``, or ``plan:<id>``.

    Raises:
        BadInput: the plan is of other facts or has no crews.
    """
    if base == "today":
        return scene.crews_today
    kind, _, number = base.partition(":")
    plan_id = whole_number(number)
    if kind != "plan" or plan_id is None:
        raise BadInput(
            "deployment.bad_base",
            "起点只能是今日部署或一个方案。",
            "A scenario starts from today or from a plan.",
        )
    facts = queries.plan(by, plan_id)
    if facts.fact_set_id != fact_set_id or not facts.digest:
        raise BadInput(
            "deployment.other_facts",
            "这个方案依据的是另一批数据,或还没有结果。",
            "That plan rests on other facts, or has no result yet.",
        )
    weeks = {row["code"]: row["plan_by_hour"] for row in queries.result(by, facts.id)["offices"]}
    if set(weeks) != set(scene.codes):
        raise BadInput(
            "deployment.other_offices", "这个方案的警务室与数据不一致。", "The plan has other offices."
        )
    return np.array([weeks[code] for code in scene.codes], dtype=np.int64)


def silent_studies(since: datetime) -> Sequence[int]:
    """Return the ids of running studies whose worker has not been heard of since ``since``."""
    silent = Study.objects.filter(state=Study.State.RUNNING, heartbeat_at__lt=since)
    return list(silent.values_list("pk", flat=True))
