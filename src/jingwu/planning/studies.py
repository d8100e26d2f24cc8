"""What each kind of study computes: from a stored fact set to the bytes that are kept."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from django.utils import timezone

from jingwu.journal.actor import SYSTEM
from jingwu.norms import Norms
from jingwu.offices.local_norms import norms_for
from jingwu.planning import deployment_queries, queries
from jingwu.planning.actions.deployment import packed_json
from jingwu.planning.deployment import Scene, beats, changed_crews, confirm, hot, quick_answer, scene_of
from jingwu.planning.deployment.answer import limit_of
from jingwu.planning.models import Study

Progress = Callable[[str, float], None]


def compute_study(study_id: int, *, executor: Executor | None, progress: Progress) -> bytes:
    """Compute one study and return its result packed; raises Refusal where the facts allow no answer."""
    row = Study.objects.select_related("org").defer("result").get(pk=study_id)
    norms = norms_for(row.org.path, timezone.localdate(row.created_at))
    progress("facts", 0.0)
    if row.kind == Study.Kind.GROUND:
        return _ground(row, norms, executor, progress)
    if row.kind == Study.Kind.HOT_PLACES:
        found = hot.hot_places(
            queries.district_of(row.fact_set_id), hot.HotParams(**row.params),
            fewest_told=norms.appraisal.scoring.public_suppression_below, progress=progress,
        )  # fmt: skip
        return _packed(found)
    scene = _scene(row, norms)
    if row.kind == Study.Kind.CONFIRMATION:
        base = deployment_queries.base_crews(SYSTEM, scene, row.fact_set_id, row.params["base"])
        crews = changed_crews(scene, base, row.params["changes"])
        told = confirm(
            scene, crews, executor=executor, progress=lambda share: progress("simulation", 0.9 * share)
        )
        return _packed(told.to_dict())
    if row.kind == Study.Kind.BEATS:
        return _packed(beats.design(scene, beats.BeatParams(**row.params), progress=progress))
    raise ValueError(f"no such kind of study: {row.kind}")


def _scene(row: Study, norms: Norms) -> Scene:
    """Return the scene the pages show, so that a study speaks of the same one; made anew if none is kept."""
    params = {"offices": row.params.get("offices")}
    ground = deployment_queries.find_study(SYSTEM, row.fact_set_id, Study.Kind.GROUND, params)
    if ground is not None and ground.state == Study.State.DONE:
        return deployment_queries.stand(ground).scene
    return scene_of(queries.district_of(row.fact_set_id), norms, offices=params["offices"])


def _ground(row: Study, norms: Norms, executor: Executor | None, progress: Progress) -> bytes:
    """Return the scene with today's answers and the limit: length of the JSON, the JSON, the scene."""
    scene = scene_of(queries.district_of(row.fact_set_id), norms, offices=row.params.get("offices"))
    progress("today", 0.3)
    told = {
        "today": quick_answer(scene, scene.crews_today).to_dict(),
        "today_confirmed": confirm(
            scene,
            scene.crews_today,
            executor=executor,
            progress=lambda share: progress("today", 0.3 + 0.6 * share),
        ).to_dict(),
        "limit": limit_of(scene).to_dict(),
    }
    packed = zlib.compress(json.dumps(told, ensure_ascii=False).encode(), 6)
    return len(packed).to_bytes(8, "big") + packed + scene.pack()


def _packed(told: Mapping[str, Any]) -> bytes:
    return packed_json(json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
