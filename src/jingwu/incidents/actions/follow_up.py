"""Afterwards: the reporter's answer, the call-back by somebody else, closing and opening again."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jingwu.engines.workflow import IncidentFacts
from jingwu.incidents.actions import clockwork
from jingwu.incidents.actions.notices import Message, tell
from jingwu.incidents.actions.steps import (
    acting_id,
    change,
    crew_of,
    facts_of,
    guarded,
    load,
    need_text,
    take,
)
from jingwu.incidents.models import AnswerLink, FollowUp, Incident, Notice
from jingwu.journal.access import require
from jingwu.journal.actor import SYSTEM, Acts
from jingwu.norms import Norms
from jingwu.offices.local_norms import norms_for
from jingwu.people.vault import Sealed
from jingwu.terms.refusal import BadInput, NotAllowed, Refusal, Unknown

SURVEY_WORDS = "您好,您的报警已处理。请回复 1 满意 / 2 基本满意 / 3 不满意。"  # as is
LINK_WORDS = "您好,您的报警已处理。请点开链接评价(一次有效):"  # as is


def plan_survey(incident: Incident, *, at: datetime) -> bool:
    """Queue the survey of a reviewed incident; return whether one will go out.

    None goes to who reports domestic violence or anonymously: a message on that phone may be read by
    somebody else (norm incidents.no_survey_tags).
    """
    norms = norms_for(incident.org_path, timezone.localdate(at))
    if facts_of(incident, crew_of(incident.pk), norms).survey_barred:
        return False
    phone = incident.reporter_phone
    if not phone:
        return False
    # a seal is bound to its column: the number is opened and sealed anew in the message's own
    number = phone.reveal() if isinstance(phone, Sealed) else str(phone)
    after = timedelta(hours=norms.incidents.survey_delay_hours)
    link = open_link(incident, norms, at=at) if settings.PUBLIC_ADDRESS else None
    message = Message(
        Notice.Kind.SURVEY,
        LINK_WORDS if link else SURVEY_WORDS,
        phone=number,
        not_before=max(at, (incident.handling_at or at) + after),
        link_id=link.pk if link else None,
    )
    tell(incident, [message], at=at)
    return True


def call_off_survey(incident: Incident, *, at: datetime) -> None:
    """Take back a survey that has not gone out, and links not used yet, where none may go any more."""
    norms = norms_for(incident.org_path, timezone.localdate(at))
    if not facts_of(incident, crew_of(incident.pk), norms).survey_barred:
        return
    Notice.objects.filter(incident=incident, kind=Notice.Kind.SURVEY, state=Notice.State.WAITING).delete()
    AnswerLink.objects.filter(incident=incident, used_at=None, expires_at__gt=at).update(expires_at=at)


def open_link(incident: Incident, norms: Norms, *, at: datetime) -> AnswerLink:
    """Return a new link to rate the handling; those there were end with it."""
    AnswerLink.objects.filter(incident=incident, used_at=None, expires_at__gt=at).update(expires_at=at)
    until = at + timedelta(days=norms.incidents.answer_link_days)
    return AnswerLink.objects.create(
        incident=incident, code=secrets.token_hex(8), created_at=at, expires_at=until
    )


@guarded("issue_link")
def issue_link(incident_id: int, *, by: Acts, at: datetime) -> str:
    """Return the code of a new link for the person who reported, to hand over by any channel.

    Raises
        NotAllowed: the handler asks about its own work; Refusal: not to be surveyed, or not the time.
    """
    incident = load(incident_id)
    require(by, "incidents.follow_up", org=incident, at=at)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    facts = facts_of(incident, crew_of(incident_id), norms)
    _refuse_handler(incident, facts.handlers, by)
    _need_survey(incident, facts)
    link = open_link(incident, norms, at=at)
    change(incident, "issue_link", {}, by=by, at=at, details={"until": link.expires_at.isoformat()})
    return link.code


def _no_longer() -> Refusal:
    return Refusal(
        "answer.no_longer",
        "这个链接已经用过、已过期,或已由电话回访,不能再评价。有意见可以直接联系警务室。",
        "This link has been used, is out of date, or you have been asked by telephone; it cannot be used "
        "any more. You may always talk to the office.",
    )


def _need_survey(incident: Incident, facts: IncidentFacts) -> None:
    if facts.survey_barred:
        raise Refusal(
            "incident.survey_barred",
            "家庭暴力或匿名警情不发短信回访。",
            "No survey for domestic violence or anonymous reports.",
        )
    if incident.state != "reviewed" or incident.satisfaction is not None:
        raise Refusal(
            "incident.wrong_state", "审核之后、还没有回访时才能评价。",
            "It is rated after the review and before an answer is there.",
        )  # fmt: skip


@transaction.atomic
def answer_by_link(code: str, *, satisfaction: int, note: str, at: datetime) -> Incident:
    """Take a resident's rating by a link: once, in time, and never where no survey may go.

    Raises
        Unknown: no such link; Refusal: used, out of date, answered otherwise, or not to be surveyed (told
        alike, because the page may be read by somebody else); BadInput: no such answer.
    """
    link = AnswerLink.objects.filter(code=code).first()
    if link is None:
        raise Unknown("answer.unknown", "没有这个链接。", "There is no such link.")
    _check(satisfaction)
    usable = AnswerLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=at)
    if usable.update(used_at=at) != 1:
        raise _no_longer()
    incident = load(link.incident_id)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    try:
        _need_survey(incident, facts_of(incident, crew_of(incident.pk), norms))
    except Refusal as refusal:
        raise _no_longer() from refusal
    row = record_answer(
        incident.pk, satisfaction=satisfaction, kind=FollowUp.Kind.SURVEY, note=note, by=SYSTEM, at=at
    )
    # who reported has answered and needs no second asking; a 'not satisfied' waits for somebody's call
    return follow_up(row.pk, by=SYSTEM, at=at) if satisfaction != 3 else row


@guarded("record_answer")
def record_answer(
    incident_id: int, *, satisfaction: int, kind: str = "phone", note: str = "", by: Acts, at: datetime
) -> Incident:
    """Write the reporter's answer down: 1 satisfied, 2 basically, 3 not; a 3 starts the call-back's clock.

    Raises
        NotAllowed: the handler asks about its own work; Refusal: surveys are barred for this incident.
    """
    incident = load(incident_id)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    facts = facts_of(incident, crew_of(incident_id), norms)
    if by is not SYSTEM:
        require(by, "incidents.follow_up", org=incident, at=at)
        _refuse_handler(incident, facts.handlers, by)
    if incident.state not in ("reviewed", "followed_up"):
        raise Refusal("incident.wrong_state", "审核之后才能回访。", "Follow-up begins after the review.")
    if kind == FollowUp.Kind.SURVEY and facts.survey_barred:
        raise Refusal(
            "incident.survey_barred",
            "家庭暴力或匿名警情不发短信回访。",
            "No survey for domestic violence or anonymous reports.",
        )
    if kind not in (FollowUp.Kind.SURVEY, FollowUp.Kind.PHONE, FollowUp.Kind.VISIT):
        raise BadInput(
            "followup.bad_kind", "请选择回访方式。", "Choose how the answer came.", fields={"kind": "?"}
        )
    _check(satisfaction)
    _add(incident, kind, satisfaction, False, need_text(note, "note", norms), by=by, at=at)
    columns: dict[str, object] = {"satisfaction": satisfaction}
    if satisfaction == 3:
        columns |= clockwork.after_step(incident, "dissatisfied", at=at, now=at, norms=norms)
    change(
        incident, "record_answer", columns, by=by, at=at, details={"satisfaction": satisfaction, "kind": kind}
    )
    return incident


@guarded("call_back")
def record_call_back(
    incident_id: int, *, satisfaction: int, is_verified: bool, note: str, by: Acts, at: datetime
) -> Incident:
    """Write the call-back after 'not satisfied' down, made by somebody who did not handle the incident.

    ``is_verified``: the complaint turned out to be true, so the incident may be handled again.
    """
    incident = load(incident_id)
    require(by, "incidents.follow_up", org=incident, at=at)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    facts = facts_of(incident, crew_of(incident_id), norms)
    _refuse_handler(incident, facts.handlers, by)
    if incident.satisfaction != 3:
        raise Refusal(
            "followup.not_due", "只有“不满意”需要核查回访。", "Only 'not satisfied' is called back."
        )
    _check(satisfaction)
    if is_verified and satisfaction != 3:
        raise BadInput(
            "followup.contradiction",
            "核查属实的应仍为不满意。",
            "A complaint found true stays 'not satisfied'.",
        )
    text = need_text(note, "note", norms, is_required=True)
    _add(incident, FollowUp.Kind.CALL_BACK, satisfaction, is_verified, text, by=by, at=at)
    columns = clockwork.after_step(incident, "call_back", at=at, now=at, norms=norms)
    change(
        incident, "call_back", {"satisfaction": satisfaction, **columns}, by=by, at=at,
        details={"satisfaction": satisfaction, "verified": is_verified},
    )  # fmt: skip
    return incident


@guarded("follow_up")
def follow_up(incident_id: int, *, by: Acts, at: datetime) -> Incident:
    """End the follow-up: an answer is there, and a 'not satisfied' has been called back by another."""
    return take(incident_id, "follow_up", by=by, at=at)


@guarded("close")
def close(incident_id: int, *, by: Acts, at: datetime) -> Incident:
    """Close the incident; domestic violence only with its check list done."""
    return take(incident_id, "close", by=by, at=at)


@guarded("archive")
def archive(incident_id: int, *, by: Acts, at: datetime) -> Incident:
    """Archive a closed incident."""
    return take(incident_id, "archive", by=by, at=at)


@guarded("reopen")
def reopen(incident_id: int, *, reason: str, by: Acts, at: datetime) -> Incident:
    """Open a closed incident again, as the lead, with a reason."""
    return take(incident_id, "reopen", by=by, at=at, reason=reason, columns={"satisfaction": None})


@guarded("rework")
def rework(incident_id: int, *, reason: str, by: Acts, at: datetime) -> Incident:
    """Handle an incident again whose 'not satisfied' was found true; the next answer counts anew."""
    incident = take(incident_id, "rework", by=by, at=at, reason=reason)
    change(incident, "answer_anew", {"satisfaction": None}, by=by, at=at)
    return incident


@guarded("resume")
def resume(incident_id: int, *, by: Acts, at: datetime) -> Incident:
    """Go on handling a reopened incident with the crew there was."""
    return take(incident_id, "resume", by=by, at=at)


def _refuse_handler(incident: Incident, handlers: frozenset[str], by: Acts) -> None:
    if acting_id(by) in handlers:
        raise NotAllowed(
            "incident.not_the_handler", "回访须由处置人以外的人办理。",
            "Follow-up is done by somebody other than who handled the incident.",
        )  # fmt: skip


def _check(satisfaction: int) -> None:
    if satisfaction not in (1, 2, 3):
        raise BadInput(
            "followup.bad_answer",
            "满意度为 1、2 或 3。",
            "The answer is 1, 2 or 3.",
            fields={"satisfaction": "1–3"},
        )


def _add(
    incident: Incident, kind: str, satisfaction: int, is_verified: bool, note: str, *, by: Acts, at: datetime
) -> None:
    FollowUp.objects.create(
        incident=incident, kind=kind, satisfaction=satisfaction, is_verified=is_verified, note=note,
        by_id=by.actor.account_id, by_label=by.actor.label, at=at,
    )  # fmt: skip
