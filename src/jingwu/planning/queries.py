"""What other rooms and pages may know of fact sets and plans: frozen facts, scoped to the reader."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from django.db.models import Q, QuerySet

from jingwu.journal.access import EVERYWHERE, scope_paths, within
from jingwu.journal.actor import SYSTEM, Acts
from jingwu.planning.district import District
from jingwu.planning.models import FactFile, FactSet, Plan
from jingwu.planning.storage import unpack
from jingwu.terms.refusal import Refusal, Unknown


@dataclass(frozen=True)
class FactSetFacts:
    """One fact set without its content."""

    id: int
    name: str
    source: str
    state: str
    state_words: str
    digest: str
    org_id: int
    org_path: str
    first_day: date | None
    last_day: date | None
    counts: Mapping[str, int]
    summary: Mapping[str, Any]
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class ReadingFacts:
    """How the reading of a fact set went: progress, problems, notes, headers understood."""

    state: str
    state_words: str
    progress_share: float
    progress_step: str
    report: Mapping[str, Any]
    mapping: Mapping[str, Any]
    accepts_bad_rows: bool
    adoption: Mapping[str, Any]


@dataclass(frozen=True)
class PlanFacts:
    """One plan without its result: what was asked, how far it is, who decided."""

    id: int
    name: str
    state: str
    state_words: str
    org_id: int
    org_name: str
    org_path: str
    fact_set_id: int
    params: Mapping[str, Any]
    seed: int
    norms_version: str
    progress_share: float
    progress_step: str
    started_at: datetime | None
    finished_at: datetime | None
    failure: Mapping[str, Any]
    digest: str
    headline_zh: str
    headline_en: str
    figures: Mapping[str, Any]
    created_by_id: int | None
    created_by: str
    created_at: datetime
    submitted_by: str
    submitted_at: datetime | None
    decided_by: str
    decided_at: datetime | None
    decision_reason: str

    def headline(self, language: str) -> str:
        """Return the plan's first sentence in ``language``."""
        return self.headline_en if language.startswith("en") else self.headline_zh

    @property
    def is_busy(self) -> bool:
        """Return whether the calculation is still to come or going on."""
        return self.state in (Plan.State.QUEUED, Plan.State.RUNNING)


def visible(by: Acts, verb: str = "planning.view") -> Q:
    """Return the condition for rows of this room that ``by`` may see.

    Whoever answers for a district sees its plans; whoever works in one of its offices sees the plan the
    office lives under.
    """
    paths = scope_paths(by, verb)
    if EVERYWHERE in paths:
        return Q()
    above = Q(pk__in=[])
    for path in paths:
        # the district's path is a prefix of the office's: "/99/9901/" of "/99/9901/01/0103/"
        parts = path.strip("/").split("/")
        prefixes = ["/" + "/".join(parts[:depth]) + "/" for depth in range(1, len(parts))]
        above |= Q(org__path__in=prefixes)
    return within("org__path", paths) | above


def fact_sets(by: Acts, *, adopted_only: bool = False) -> Sequence[FactSetFacts]:
    """Return the fact sets ``by`` may see, newest first."""
    rows = FactSet.objects.filter(visible(by)).defer("content").select_related("org", "created_by")
    if adopted_only:
        rows = rows.filter(state=FactSet.State.ADOPTED)
    return [_fact_set(row) for row in rows]


def fact_set(by: Acts, fact_set_id: int) -> FactSetFacts:
    """Return one fact set.

    Raises:
        Refusal: there is none, or it lies outside the scope; the two look alike on purpose.
    """
    rows = FactSet.objects.filter(visible(by), pk=fact_set_id).defer("content")
    row = rows.select_related("org", "created_by").first()
    if row is None:
        raise Unknown("facts.unknown", "没有这批数据。", "There is no such fact set.")
    return _fact_set(row)


def reading(by: Acts, fact_set_id: int) -> ReadingFacts:
    """Return how the reading of one fact set went; raises Refusal as ``fact_set`` does."""
    fact_set(by, fact_set_id)
    row = FactSet.objects.defer("content", "id_numbers").get(pk=fact_set_id)
    return ReadingFacts(
        state=row.state,
        state_words=row.get_state_display(),
        progress_share=row.progress_share,
        progress_step=row.progress_step,
        report=row.report,
        mapping=row.mapping,
        accepts_bad_rows=row.accepts_bad_rows,
        adoption=row.adoption,
    )


@contextmanager
def unpacked_files(fact_set_id: int) -> Iterator[list[Path]]:
    """Lay the handed-in files of a fact set into a folder of their own for reading; it goes afterwards."""
    with TemporaryDirectory(prefix="jingwu-facts-") as folder:
        paths = []
        for place, file in enumerate(FactFile.objects.filter(fact_set_id=fact_set_id).order_by("pk")):
            # a folder each: two files may share a name, and the reader tells tables by their names
            path = Path(folder) / str(place) / PurePath(file.name).name
            path.parent.mkdir()
            path.write_bytes(bytes(file.content))
            paths.append(path)
        yield paths


def _fact_set(row: FactSet) -> FactSetFacts:
    return FactSetFacts(
        id=row.pk,
        name=row.name,
        source=row.source,
        state=row.state,
        state_words=row.get_state_display(),
        digest=row.digest,
        org_id=row.org_id,
        org_path=row.org.path,
        first_day=row.first_day,
        last_day=row.last_day,
        counts=row.counts,
        summary=row.summary,
        created_at=row.created_at,
        created_by=_label(row.created_by),
    )


def plan_rows(by: Acts) -> QuerySet[Plan]:
    """Return the plans ``by`` may see as rows for a paged table, newest first, without their results."""
    rows = Plan.objects.filter(visible(by)).defer("result")
    return rows.select_related("org", "created_by", "submitted_by", "decided_by")


def plan(by: Acts, plan_id: int) -> PlanFacts:
    """Return one plan.

    Raises:
        Refusal: there is none, or it lies outside the scope.
    """
    row = plan_rows(by).filter(pk=plan_id).first()
    if row is None:
        raise Unknown("plan.unknown", "没有这个方案。", "There is no such plan.")
    return plan_facts(row)


def current_plan(by: Acts) -> PlanFacts | None:
    """Return the plan in force for ``by``: the newest approved one, else the newest that is finished."""
    finished = plan_rows(by).filter(state__in=["approved", "submitted", "ready"])
    row = finished.annotate(is_approved=Q(state="approved")).order_by("-is_approved", "-created_at").first()
    return None if row is None else plan_facts(row)


def plan_facts(row: Plan) -> PlanFacts:
    """Return the facts of one row of ``plan_rows``."""
    return PlanFacts(
        id=row.pk,
        name=row.name,
        state=row.state,
        state_words=row.get_state_display(),
        org_id=row.org_id,
        org_name=row.org.name,
        org_path=row.org.path,
        fact_set_id=row.fact_set_id,
        params=row.params,
        seed=row.seed,
        norms_version=row.norms_version,
        progress_share=row.progress_share,
        progress_step=row.progress_step,
        started_at=row.started_at,
        finished_at=row.finished_at,
        failure=row.failure,
        digest=row.digest,
        headline_zh=row.headline_zh,
        headline_en=row.headline_en,
        figures=row.figures,
        created_by_id=row.created_by_id,
        created_by=_label(row.created_by),
        created_at=row.created_at,
        submitted_by=_label(row.submitted_by) if row.submitted_by_id else "",
        submitted_at=row.submitted_at,
        decided_by=_label(row.decided_by) if row.decided_by_id else "",
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )


def _label(account: Any) -> str:
    # rows the program itself made have no account
    return SYSTEM.label if account is None else str(account.label)


def result_json(by: Acts, plan_id: int) -> bytes:
    """Return the whole result of a plan as JSON bytes.

    Raises:
        Refusal: there is no such plan, or it has no result yet.
    """
    facts = plan(by, plan_id)
    if not facts.digest:
        raise Refusal("plan.no_result", "方案还没有结果。", "The plan has no result yet.")
    return _result_bytes(facts.id, facts.digest)


@lru_cache(maxsize=32)
def _result_bytes(plan_id: int, digest: str) -> bytes:
    """Return a result by its digest: results never change, so one reading serves every page."""
    packed = Plan.objects.values_list("result", flat=True).get(pk=plan_id)
    return zlib.decompress(bytes(packed))


def result(by: Acts, plan_id: int) -> Mapping[str, Any]:
    """Return the whole result of a plan, parsed; it is shared between requests and must not be changed.

    Raises:
        Refusal: there is no such plan, or it has no result yet.
    """
    facts = plan(by, plan_id)
    if not facts.digest:
        raise Refusal("plan.no_result", "方案还没有结果。", "The plan has no result yet.")
    return _parsed(facts.id, facts.digest)


@lru_cache(maxsize=16)
def _parsed(plan_id: int, digest: str) -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = json.loads(_result_bytes(plan_id, digest))
    return parsed


def district_of(fact_set_id: int) -> District:
    """Return the facts themselves, for a calculation; the caller has checked the scope."""
    digest = FactSet.objects.values_list("digest", flat=True).get(pk=fact_set_id)
    return _district(fact_set_id, digest)


@lru_cache(maxsize=4)
def _district(fact_set_id: int, digest: str) -> District:
    content = FactSet.objects.values_list("content", flat=True).get(pk=fact_set_id)
    return unpack(bytes(content))


def silent_plans(since: datetime) -> Sequence[int]:
    """Return the ids of running plans whose worker has not been heard of since ``since``."""
    silent = Plan.objects.filter(state=Plan.State.RUNNING, heartbeat_at__lt=since)
    return list(silent.values_list("pk", flat=True))


def silent_readings(since: datetime) -> Sequence[int]:
    """Return the ids of fact sets whose reading has not been heard of since ``since``."""
    silent = FactSet.objects.filter(state=FactSet.State.READING, heartbeat_at__lt=since)
    return list(silent.values_list("pk", flat=True))
