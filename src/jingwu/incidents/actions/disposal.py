"""What was done: feedback with its required fields, the check list of domestic violence, review."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from jingwu.engines.workflow import DISPATCH
from jingwu.incidents.actions.dispatching import step_crew
from jingwu.incidents.actions.steps import (
    REQUIRED_REASON,
    acting_id,
    change,
    crew_of,
    guarded,
    load,
    need_text,
    plausible,
    require_here,
    take,
)
from jingwu.incidents.models import Dispatch, Feedback, Incident
from jingwu.incidents.models.records import RESULTS
from jingwu.incidents.tables import DV_POINTS
from jingwu.journal.access import may, require
from jingwu.journal.actor import Acts
from jingwu.norms import Norms
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal

# reference §2.4 (反家暴法 §15–17): every point is answered before such an incident is reviewed or closed
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Recording:
    """Where a recording is kept and the SHA-256 of its file; the recording itself never comes here."""

    reference: str
    sha256: str

    def __post_init__(self) -> None:
        if not 0 < len(self.reference.strip()) <= 120 or not _SHA256.fullmatch(self.sha256):
            raise BadInput(
                "feedback.bad_recording", "录音录像须有编号和 64 位 SHA-256 校验值。",
                "A recording takes a reference and a SHA-256 of 64 hex digits.",
                fields={"recordings": "编号 + SHA-256"},
            )  # fmt: skip


@dataclass(frozen=True)
class FeedbackForm:
    """What the crew writes; ``no_recording_reason`` stands in where nothing was recorded."""

    facts: str
    measures: str
    result_code: str = ""
    next_step: str = ""
    recordings: tuple[Recording, ...] = ()
    no_recording_reason: str = ""
    arrived_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.result_code and self.result_code not in dict(RESULTS):
            raise BadInput(
                "feedback.bad_result", "没有这个处置结果。", "No such result.", fields={"result": "?"}
            )


@guarded("feed_back")
def feed_back(
    incident_id: int, form: FeedbackForm, *, by: Acts, at: datetime, happened_at: datetime | None = None
) -> Incident:
    """Hand the feedback in, as an officer of the crew; a crew still on scene leaves by it.

    Raises
        Refusal: required fields are empty, or an auxiliary writes the result.
    """
    incident, crew = load(incident_id), crew_of(incident_id)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    row = _row(incident, crew, form, norms, by=by, at=at, is_draft=False)
    missing = _missing(incident, form, row)
    moment = plausible(happened_at, incident, norms, at=at)
    left = {"left_at": moment} if crew is not None and incident.left_at is None else {}
    incident = take(
        incident_id, "feed_back", by=by, at=at, happened_at=happened_at,
        given={"result": form.result_code, "missing_feedback": missing},
        columns={"result_code": form.result_code, **left}, details={"result": form.result_code},
    )  # fmt: skip
    row.save(force_insert=True)
    if crew is not None and DISPATCH.rule(crew.state, "leave") is not None:
        step_crew(crew, "leave", incident, by=by, at=at, moment=moment)
    return incident


@guarded("draft_feedback")
def draft_feedback(incident_id: int, form: FeedbackForm, *, by: Acts, at: datetime) -> None:
    """Write the facts down as a draft that an officer of the crew signs (auxiliaries may do no more)."""
    incident, crew = load(incident_id), crew_of(incident_id)
    permission = (
        "incidents.draft_disposal" if may(by, "incidents.draft_disposal", at=at) else "incidents.dispose"
    )
    require_here(by, permission, incident, crew, at=at)
    if incident.state not in ("on_scene", "handling"):
        raise Refusal(
            "incident.wrong_state", "现在不能写处置草稿。", "No draft can be written in this state."
        )
    norms = norms_for(incident.org_path, timezone.localdate(at))
    row = _row(incident, crew, form, norms, by=by, at=at, is_draft=True)
    # first the incident, which is the lock: of two at once the second is told, and takes no number twice
    change(incident, "draft_feedback", {}, by=by, at=at, details={"number": row.number})
    row.save(force_insert=True)


def _row(
    incident: Incident,
    crew: Dispatch | None,
    form: FeedbackForm,
    norms: Norms,
    *,
    by: Acts,
    at: datetime,
    is_draft: bool,
) -> Feedback:
    last = Feedback.objects.filter(incident=incident).aggregate(last=Max("number"))["last"] or 0
    measures = need_text(form.measures, "measures", norms)
    if form.no_recording_reason.strip():
        measures = f"{measures}\n[未录音录像] {form.no_recording_reason.strip()}"  # as is
    return Feedback(
        incident=incident, dispatch=crew, number=last + 1, is_draft=is_draft,
        arrived_at=form.arrived_at or incident.arrived_at,
        persons=[
            {"person": m.person.code, "name": m.person.name, "role": m.category}
            for m in (crew.members.all() if crew else ())
        ],
        facts=need_text(form.facts, "facts", norms), measures=measures, result_code=form.result_code,
        next_step=need_text(form.next_step, "next_step", norms),
        recordings=[{"reference": r.reference.strip(), "sha256": r.sha256} for r in form.recordings],
        written_by_id=by.actor.account_id, written_by_label=by.actor.label, written_at=at,
    )  # fmt: skip


def _missing(incident: Incident, form: FeedbackForm, row: Feedback) -> tuple[str, ...]:
    """Return the required fields of reference §2.4 that are empty."""
    missing = [name for name in ("facts", "measures", "next_step") if not getattr(row, name)]
    if incident.needs_presence:
        if row.arrived_at is None:
            missing.append("arrived_at")
        if not row.persons:
            missing.append("persons")
        if not form.recordings and not form.no_recording_reason.strip():
            missing.append("recordings")
    return tuple(missing)


@guarded("dv_checklist")
def fill_dv_checklist(incident_id: int, answers: Mapping[str, str], *, by: Acts, at: datetime) -> Incident:
    """Answer the check list of domestic violence; it counts as done when every point has an answer."""
    incident, crew = load(incident_id), crew_of(incident_id)
    require_here(by, "incidents.dispose", incident, crew, at=at)
    if not incident.is_domestic_violence:
        raise Refusal(
            "incident.no_dv", "这起警情不是家庭暴力警情。", "This is not a case of domestic violence."
        )
    points = {code for code, _, _ in DV_POINTS}
    if set(answers) - points:
        raise BadInput("incident.bad_dv_point", "核对清单中没有这一项。", "No such point on the check list.")
    kept = {code: str(text).strip()[:500] for code, text in answers.items() if str(text).strip()}
    kept = {**{k: v for k, v in incident.dv_checklist.items() if k in points}, **kept}
    if points <= set(kept):
        kept |= {"done_at": at.isoformat(), "done_by": acting_id(by)}
    change(
        incident, "dv_checklist", {"dv_checklist": kept}, by=by, at=at, details={"points": sorted(answers)}
    )
    return incident


@guarded("mark_dv")
def mark_domestic_violence(
    incident_id: int, *, is_domestic_violence: bool, by: Acts, at: datetime, reason: str = ""
) -> Incident:
    """Mark an incident as domestic violence, or take the mark away with a reason.

    Whoever handles it may mark it, wherever the incident stands: often it is recognised on scene or later.
    From then on the check list (warning letter, visit …) is owed, and a survey still waiting is called off.

    Raises
        BadInput: the incident is over, or a reason is missing; ChangedMeanwhile: it is so already.
    """
    from jingwu.incidents.actions.follow_up import call_off_survey

    incident, crew = load(incident_id), crew_of(incident_id)
    if is_domestic_violence:
        require_here(by, "incidents.dispose", incident, crew, at=at)
    else:
        require(by, "incidents.dispatch", org=incident, at=at)
    if not incident.is_open:
        raise BadInput(
            "incident.not_open", "警情已结束,不能修改。", "The incident is over and cannot be changed."
        )
    if not is_domestic_violence and not reason.strip():
        raise BadInput(
            "incident.reason_given", "取消家暴标记须写理由。", "Taking the mark away takes a reason.",
            fields=REQUIRED_REASON,
        )  # fmt: skip
    if incident.is_domestic_violence == is_domestic_violence:
        raise ChangedMeanwhile(
            "incident.dv_already", "这起警情的家暴标记刚被他人改过。",
            "Somebody has just changed the mark of domestic violence.",
        )  # fmt: skip
    verb = "mark_dv" if is_domestic_violence else "unmark_dv"
    columns = {"is_domestic_violence": is_domestic_violence}
    change(incident, verb, columns, by=by, at=at, reason=reason.strip(), details=columns)
    call_off_survey(incident, at=at)
    return incident


@guarded("review")
def review(incident_id: int, *, by: Acts, at: datetime, note: str = "") -> Incident:
    """Approve the feedback as somebody who did not handle the incident; a survey is sent where one may be."""
    from jingwu.incidents.actions.follow_up import plan_survey

    incident = take(incident_id, "review", by=by, at=at, reason=note)
    plan_survey(incident, at=at)
    return incident


@guarded("send_back")
def send_back(incident_id: int, *, reason: str, by: Acts, at: datetime) -> Incident:
    """Send the feedback back to be completed."""
    return take(incident_id, "send_back", by=by, at=at, reason=reason)


@guarded("correct_time")
def correct_time(
    incident_id: int, *, step: str, moment: datetime, reason: str, by: Acts, at: datetime
) -> Incident:
    """Correct when a step happened: the wrong time stays in the trail, the correction stands beside it."""
    incident, crew = load(incident_id), crew_of(incident_id)
    require_here(by, "incidents.dispose", incident, crew, at=at)
    columns = {
        "ack": "acked_at", "depart": "departed_at", "arrive": "arrived_at", "handle": "handling_at",
        "leave": "left_at",
    }  # fmt: skip
    if step not in columns or getattr(incident, columns[step]) is None:
        raise BadInput(
            "incident.no_such_time", "这一步还没有时间。", "That step has no time yet.", fields={"step": "?"}
        )
    if not reason.strip():
        raise BadInput(
            "incident.reason_given", "更正须写理由。", "A correction takes a reason.", fields=REQUIRED_REASON
        )
    norms = norms_for(incident.org_path, timezone.localdate(at))
    plausible(moment, incident, norms, at=at)
    was = getattr(incident, columns[step])
    order = [getattr(incident, name) for name in columns.values() if getattr(incident, name) is not None]
    new_order = [moment if value == was else value for value in order]
    if new_order != sorted(new_order):
        raise BadInput(
            "incident.time_order", "更正后的时间与其他步骤的先后矛盾。",
            "That time contradicts the order of the steps.",
            fields={"moment": "先后矛盾 / out of order"},
        )  # fmt: skip
    change(
        incident, "correct_time", {columns[step]: moment}, by=by, at=at, moment=moment, reason=reason.strip(),
        details={"step": step, "was": was.isoformat(), "now": moment.isoformat()},
    )  # fmt: skip
    return incident


def recordings_from(rows: Sequence[Mapping[str, str]]) -> tuple[Recording, ...]:
    """Return recordings from plain rows, each checked."""
    return tuple(Recording(str(row.get("reference", "")), str(row.get("sha256", ""))) for row in rows)
