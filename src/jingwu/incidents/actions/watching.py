"""What happens when nobody does anything: missed check-ins and overdue clocks tell somebody."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from jingwu.engines.workflow import read_check_in
from jingwu.incidents.actions.clockwork import Clocks
from jingwu.incidents.actions.notices import Message, tell
from jingwu.incidents.actions.steps import note_event, tell_listeners
from jingwu.incidents.models import DispatchMember, Incident, Notice
from jingwu.journal import actions as journal
from jingwu.journal.actor import SYSTEM
from jingwu.offices.local_norms import norms_for


def alert_missed_check_ins(*, at: datetime) -> int:
    """Alert partners and chief of whoever on scene has not been heard of; return how many were missed."""
    missed = DispatchMember.objects.filter(is_bound=True, alert_at__lte=at, alerted_at=None)
    found = 0
    for row in missed.select_related("dispatch__incident", "person"):
        with transaction.atomic():
            if DispatchMember.objects.filter(pk=row.pk, alerted_at=None, alert_at=row.alert_at).update(
                alerted_at=at
            ):
                _tell_missed(row, at=at)
                found += 1
    return found


def _tell_missed(row: DispatchMember, *, at: datetime) -> None:
    incident = row.dispatch.incident
    text = f"{row.person.name} 在 {incident.number} 现场未按时报平安,请立即联系"  # as is
    told = _whom_to_tell(row, at=at)
    messages = [
        Message(Notice.Kind.CHECK_IN_MISSED, text, role="chief")
        if name == "chief"
        else Message(Notice.Kind.CHECK_IN_MISSED, text, person_id=int(name))
        for name in told
    ]
    tell(incident, messages, at=at)
    details = {"person": row.person.code}
    note_event(incident, "check_in_missed", by=SYSTEM, at=at, recorded_at=at, details=details)
    tell_listeners(incident, "check_in_missed")
    journal.record("incidents.check_in_missed", by=SYSTEM, at=at, record=incident, details=details)


def _whom_to_tell(row: DispatchMember, *, at: datetime) -> tuple[str, ...]:
    """Return whom the engine names for a missed check-in: ids of the partners, and ``chief``."""
    last, due, alert = row.last_sign_at, row.check_in_due_at, row.alert_at
    if last is None or due is None or alert is None:
        raise ValueError("an alert belongs to a timer that was started")
    partners = row.dispatch.members.exclude(pk=row.pk).values_list("person_id", flat=True)
    # the intervals the timer was started with, not today's norms: it is due when the person was told it is
    return read_check_in(
        str(row.person_id), on_scene_at=last, signs=(), interval=due - last, grace=alert - due,
        partners=map(str, partners), chief="chief", now=at,
    ).tell  # fmt: skip


def escalate_overdue(*, at: datetime, limit: int = 200) -> int:
    """Tell whoever the norm names for every clock that has used up another share of its time."""
    late = Incident.objects.filter(escalate_at__lte=at, is_paused=False).order_by("escalate_at")
    found = 0
    for incident in late.defer("grams")[:limit]:
        with transaction.atomic():
            found += _escalate(incident, at=at)
    return found


def _escalate(incident: Incident, *, at: datetime) -> int:
    norms = norms_for(incident.org_path, timezone.localdate(at))
    was = incident.escalation_level
    columns = Clocks(incident, norms).columns(at)
    seen = Incident.objects.filter(pk=incident.pk, version=incident.version)
    if seen.update(version=F("version") + 1, **columns) != 1:
        return 0  # somebody acts at this very moment; the next round looks again
    incident.version += 1
    level = columns["escalation_level"]
    if level <= was:
        return 0
    text = f"{incident.number} 已逾期({incident.address})"  # as is
    roles = [step.role for step in norms.incidents.escalation[was:level]]
    tell(incident, [Message(Notice.Kind.ESCALATION, text, role=role) for role in roles], at=at)
    note_event(
        incident, "escalate", by=SYSTEM, at=at, recorded_at=at, details={"level": level, "roles": roles}
    )
    tell_listeners(incident, "escalate")
    journal.record("incidents.escalate", by=SYSTEM, at=at, record=incident, details={"level": level})
    return 1
