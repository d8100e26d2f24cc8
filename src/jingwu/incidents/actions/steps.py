"""The one way an incident changes: guarded by the engine's table, written once, told to everybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from jingwu.engines import workflow
from jingwu.engines.workflow import INCIDENT
from jingwu.incidents.actions import clockwork
from jingwu.incidents.live import announce
from jingwu.incidents.models import Dispatch, Incident
from jingwu.incidents.queries.guards import acting_id, crew_of, engine_actor, facts_of
from jingwu.journal import actions as journal
from jingwu.journal.access import may, require
from jingwu.journal.actor import Acts
from jingwu.norms import Norms
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal, Unknown

REQUIRED_REASON = {"reason": "必填 / required"}
Action = TypeVar("Action", bound=Callable[..., Any])

# which permission opens the door to a step; the engine's table then says whose roles may take it
PERMISSION = {
    "triage": "incidents.dispatch",
    "dispatch": "incidents.dispatch",
    "recall": "incidents.dispatch",
    "handle_remotely": "incidents.dispatch",
    "ack": "incidents.attend",
    "depart": "incidents.attend",
    "arrive": "incidents.attend",
    "handle": "incidents.attend",
    "refuse": "incidents.attend",
    "leave": "incidents.attend",
    "check_in": "incidents.attend",
    "feed_back": "incidents.dispose",
    "review": "incidents.review",
    "send_back": "incidents.review",
    "follow_up": "incidents.follow_up",
    "rework": "incidents.follow_up",
    "close": "incidents.close",
    "reopen": "incidents.reopen",
    "resume": "incidents.dispose",
    "transfer_12345": "incidents.dispatch",
    "transfer_station": "incidents.dispatch",
    "take_back": "incidents.dispatch",
    "merge": "incidents.dispatch",
    "unmerge": "incidents.reopen",
    "mark_false": "incidents.dispatch",
    "cancel": "incidents.approve_cancel",
    "archive": "incidents.close",
}
# what the law or the second pair of eyes forbids is worth a line in the journal even though nothing changed
JOURNALLED_REFUSALS = (
    "crew.", "incident.lawful_crew", "incident.officer_on_crew", "incident.officer_writes",
    "incident.not_the_handler", "incident.approved_by_another", "incident.dv_checklist", "incident.on_crew",
)  # fmt: skip


def guarded(verb: str) -> Callable[[Action], Action]:
    """Make an action atomic, and leave a journal line when it is refused for who asks or for the law."""

    def wrap(action: Action) -> Action:
        @wraps(action)
        def acting(incident_id: int, *args: Any, by: Acts, at: datetime, **kwargs: Any) -> Any:
            try:
                with transaction.atomic():
                    return action(incident_id, *args, by=by, at=at, **kwargs)
            except Refusal as refusal:
                if isinstance(refusal, NotAllowed) or refusal.code.startswith(JOURNALLED_REFUSALS):
                    _note_refusal(incident_id, verb, refusal, by=by, at=at)
                raise

        return acting  # type: ignore[return-value]

    return wrap


def _note_refusal(incident_id: int, verb: str, refusal: Refusal, *, by: Acts, at: datetime) -> None:
    row = Incident.objects.only("org_path").filter(pk=incident_id).first()
    if row is None:
        return
    with transaction.atomic():
        details = {"verb": verb, "code": refusal.code}
        journal.record("incidents.refused", by=by, at=at, record=row, details=details)


def load(incident_id: int) -> Incident:
    """Return the incident; raises Refusal when there is none."""
    row = Incident.objects.select_related("office").defer("grams").filter(pk=incident_id).first()
    if row is None:
        raise Unknown("incident.unknown", "没有这起警情。", "There is no such incident.")
    return row


def take(
    incident_id: int,
    verb: str,
    *,
    by: Acts,
    at: datetime,
    happened_at: datetime | None = None,
    reason: str = "",
    given: Mapping[str, Any] | None = None,
    columns: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    actor: workflow.Actor | None = None,
) -> Incident:
    """Take one step of the table INCIDENT and return the incident as it now stands.

    ``given`` are facts the form brought (names of IncidentFacts), ``columns`` what else is written in the
    same UPDATE, ``happened_at`` when it happened if not now (a phone that was offline).

    Raises
        NotAllowed, Refusal: the engine's table says no; ChangedMeanwhile: somebody was first.
    """
    incident = load(incident_id)
    norms = norms_for(incident.org_path, timezone.localdate(at))
    moment = plausible(happened_at, incident, norms, at=at)
    crew = crew_of(incident_id)
    is_on_crew = crew is not None and acting_id(by) in {f"p{m.person_id}" for m in crew.members.all()}
    _require(by, PERMISSION[verb], incident, at=at, is_on_crew=is_on_crew)
    facts = replace(facts_of(incident, crew, norms), reason=reason, **(given or {}))
    who = actor or engine_actor(by, incident, at=at, is_on_crew=is_on_crew)
    step = workflow.apply(INCIDENT, incident.state, verb, actor=who, facts=facts, now=at)
    changes = dict(columns or {})
    for name, value in changes.items():
        setattr(incident, name, value)
    changes |= dict.fromkeys(step.stamps, moment)
    changes |= clockwork.after_step(incident, verb, at=moment, now=at, norms=norms)
    _write(incident, step, changes)
    note_event(
        incident, verb, by=by, at=moment, recorded_at=at, source=step.source, target=step.target,
        reason=reason, details={**(details or {}), "actor": acting_id(by)},
    )  # fmt: skip
    tell_listeners(incident, verb)
    journal.record(
        f"incidents.{verb}", by=by, at=at, record=incident, reason=reason,
        before={"state": step.source}, after={"state": step.target}, details=dict(details or {}),
    )  # fmt: skip
    return incident


def _require(by: Acts, permission: str, incident: Incident, *, at: datetime, is_on_crew: bool) -> None:
    if is_on_crew and may(by, permission, at=at):
        return
    require(by, permission, org=incident.org_path, at=at)


def require_here(
    by: Acts, permission: str, incident: Incident, crew: Dispatch | None, *, at: datetime
) -> None:
    """Return quietly when ``by`` may do it in the incident's unit, or stands on its crew."""
    on_crew = crew is not None and acting_id(by) in {f"p{m.person_id}" for m in crew.members.all()}
    _require(by, permission, incident, at=at, is_on_crew=on_crew)


def _write(incident: Incident, step: workflow.Transition, changes: dict[str, Any]) -> None:
    # state and version are the lock: of two people at once, the second finds no row as it saw it
    seen = Incident.objects.filter(pk=incident.pk, state=step.source, version=incident.version)
    if seen.update(state=step.target, version=F("version") + 1, **changes) != 1:
        raise changed_meanwhile(incident.pk)
    clockwork.write_marks(incident)
    incident.state, incident.version = step.target, incident.version + 1
    for name, value in changes.items():
        setattr(incident, name, value)


def change(
    incident: Incident,
    verb: str,
    columns: Mapping[str, Any],
    *,
    by: Acts,
    at: datetime,
    moment: datetime | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write columns without a step of the life cycle: one event, one journal line, listeners told."""
    seen = Incident.objects.filter(pk=incident.pk, state=incident.state, version=incident.version)
    if seen.update(version=F("version") + 1, **columns) != 1:
        raise changed_meanwhile(incident.pk)
    clockwork.write_marks(incident)
    incident.version += 1
    for name, value in columns.items():
        setattr(incident, name, value)
    note_event(
        incident, verb, by=by, at=moment or at, recorded_at=at, reason=reason,
        details={**(details or {}), "actor": acting_id(by)},
    )  # fmt: skip
    tell_listeners(incident, verb)
    journal.record(
        f"incidents.{verb}", by=by, at=at, record=incident, reason=reason, details=dict(details or {})
    )


def changed_meanwhile(incident_id: int) -> ChangedMeanwhile:
    """Return the refusal of whoever came second."""
    state = Incident.objects.values_list("state", flat=True).get(pk=incident_id)
    now = INCIDENT.state(state)
    return ChangedMeanwhile(
        "incident.changed_meanwhile",
        f"这起警情刚被他人处理,现为“{now.zh}”,您的这一步没有执行;请看过最新情况再操作。",
        f"Somebody has just changed this incident; it is now '{now.en}' and your step was not taken.",
    )


# past the ORM: every action adds one
_EVENT = """
INSERT INTO incidents_incidentevent (incident_id, verb, source_state, target_state, at, recorded_at, by_id,
    by_label, reason, details) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def note_event(
    incident: Incident,
    verb: str,
    *,
    by: Acts,
    at: datetime,
    recorded_at: datetime,
    source: str = "",
    target: str = "",
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add one line to the incident's trail."""
    told = json.dumps(dict(details or {}), ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(
            _EVENT,
            [incident.pk, verb, source, target, at, recorded_at, by.actor.account_id, by.actor.label, reason,
             told],
        )  # fmt: skip


def tell_listeners(incident: Incident, verb: str) -> None:
    """Announce the change to every open board below the incident's unit."""
    announce(
        {
            "id": incident.pk, "number": incident.number, "state": incident.state, "verb": verb,
            "version": incident.version, "org_path": incident.org_path,
        }
    )  # fmt: skip


def plausible(happened_at: datetime | None, incident: Incident, norms: Norms, *, at: datetime) -> datetime:
    """Return when it happened; raises BadInput for a time in the future or before the report."""
    if happened_at is None:
        return at
    if happened_at.tzinfo is None:
        raise BadInput("incident.time_zone", "时间缺时区。", "The time has no time zone.")
    tolerance = timedelta(minutes=norms.incidents.future_tolerance_minutes)
    if happened_at > at + tolerance:
        shown = f"{timezone.localtime(happened_at):%Y-%m-%d %H:%M}"
        raise BadInput(
            "incident.future",
            f"时间 {shown} 在未来,请核对手机时钟。",
            f"The time {shown} lies in the future; check the phone's clock.",
            fields={"happened_at": "在未来 / in the future"},
        )
    if happened_at < incident.reported_at - tolerance:
        raise BadInput(
            "incident.before_report", "时间早于报警时间,请核对手机时钟。",
            "The time lies before the report; check the phone's clock.",
            fields={"happened_at": "早于报警 / before the report"},
        )  # fmt: skip
    return happened_at


def need_text(text: str, name: str, norms: Norms, *, is_required: bool = False) -> str:
    """Return ``text`` stripped; raises BadInput when it is too long, or missing though required."""
    clean = text.replace("\x00", "").strip()
    longest = norms.incidents.note_max_characters
    if len(clean) > longest:
        raise BadInput(
            "incident.text_too_long", f"内容有 {len(clean)} 字,最多 {longest} 字;请分段记录。",
            f"The text has {len(clean)} characters, {longest} at most; split it.",
            fields={name: f"≤ {longest}"},
        )  # fmt: skip
    if is_required and not clean:
        raise BadInput(
            f"incident.no_{name}", "请填写必填内容。", "A required text is missing.",
            fields={name: "必填 / required"},
        )  # fmt: skip
    return clean
