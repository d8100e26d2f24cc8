"""Take in what phones changed while they could not ask: every change once, whatever order it comes in."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum

from jingwu.engines.workflow import merge
from jingwu.incidents.actions import sync_acts
from jingwu.incidents.actions.steps import JOURNALLED_REFUSALS, tell_listeners
from jingwu.incidents.field.protocol import (
    OFFICER_FIELDS,
    SCENE_FIELDS,
    SETS,
    TASK_FIELDS,
    Answer,
    Batch,
    PhoneChange,
)
from jingwu.incidents.models import (
    DispatchMember,
    FieldChange,
    FieldDevice,
    FieldFile,
    FieldRecord,
    FieldTask,
    Incident,
    IncidentEvent,
)
from jingwu.journal import actions as journal
from jingwu.journal.access import may, require, scope_paths
from jingwu.norms import Norms
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput, NotAllowed, Refusal

ROOM = "incidents"


@dataclass(frozen=True)
class Handed:
    """What became of a batch; ``missing`` lists by record the announced files that have not arrived."""

    answers: tuple[Answer, ...]
    skew_seconds: int
    versions: dict[str, int]
    missing: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Place:
    """Where a record lies and what it belongs to."""

    office_id: int
    org_path: str
    incident: Incident | None = None


@dataclass
class _Work:
    """One batch while it is worked on."""

    by: Any
    at: datetime
    device: FieldDevice
    skew: timedelta
    imported_by: Any = None
    rows: list[FieldChange] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    entries: list[journal.Entry] = field(default_factory=list)

    def moment(self, change: PhoneChange) -> datetime:
        """Return when it happened by the server's clock; never after it was received."""
        return min(change.said_at + self.skew, self.at)


def hand_in(batch: Batch, *, by: Any, at: datetime, imported_by: Any = None) -> Handed:
    """Take in a batch of ``by``'s phone and return what became of every change.

    All of a batch stands or falls together with its answers: what was answered is stored. A change that is
    refused is stored too, with the reason, and refuses nothing but itself. ``imported_by`` is who brought
    the batch as a file when the phone had no network.

    Raises
        NotAllowed: the account attends no incidents, or the outbox is another account's.
    """
    try:
        require(by, "incidents.attend", at=at)
        if batch.account_id != by.pk:
            raise NotAllowed(
                "field.other_account", "这是另一个账号的未上传内容,只能由其本人登录后上传。",
                "This outbox belongs to another account; only its owner can upload it.",
            )  # fmt: skip
    except NotAllowed as refusal:
        with transaction.atomic():
            ref = journal.RecordRef(ROOM, "field_outbox", str(batch.account_id))
            journal.record("field.refused", by=by, at=at, record=ref, details={"code": refusal.code})
        raise
    try:
        with transaction.atomic():
            return _hand_in(batch, by=by, at=at, imported_by=imported_by)
    except IntegrityError:
        # the same change came twice at once (a retry overtook its first try): now it is known
        with transaction.atomic():
            return _hand_in(batch, by=by, at=at, imported_by=imported_by)


def _hand_in(batch: Batch, *, by: Any, at: datetime, imported_by: Any) -> Handed:
    norms = norms_for(_home(by, at).org_path, at.date())
    skew = at - batch.sent_at
    if imported_by is not None or abs(skew) <= timedelta(minutes=norms.incidents.future_tolerance_minutes):
        skew = timedelta(0)
    work = _Work(by, at, _device(batch, skew, by=by, at=at), skew, imported_by)
    fresh = _unknown(batch.changes, work)
    acts = [change for change in fresh if change.act]
    touched = _merge_all([change for change in fresh if not change.act], work, norms)
    # acts write journal lines of their own, and whoever writes one makes all others wait: so they come late
    for change in acts:
        _act(change, work)
    FieldChange.objects.bulk_create(work.rows)
    _announce(touched, work)
    if work.entries:
        journal.record_many(work.entries, by=by, at=at)
    missing = _missing(touched)
    return Handed(
        tuple(work.answers[change.id] for change in batch.changes),
        round(skew.total_seconds()),
        {record.key: record.version for record in touched},
        {record.key: missing.get(record.pk, ()) for record in touched},
    )


def _home(by: Any, at: datetime) -> Place:
    """Return the first office of the account's own."""
    found = offices.offices(scope_paths(by, "incidents.attend", at=at))
    if not found:
        raise NotAllowed(
            "field.no_office", "您的账号不属于任何警务室。", "Your account belongs to no office."
        )
    return Place(found[0].id, found[0].path)


def _device(batch: Batch, skew: timedelta, *, by: Any, at: datetime) -> FieldDevice:
    seconds = max(-(2**31), min(2**31 - 1, round(skew.total_seconds())))
    values = {"last_seen_at": at, "skew_seconds": seconds, "label": batch.label}
    device, _ = FieldDevice.objects.update_or_create(
        code=batch.device, account=by, defaults=values, create_defaults={**values, "first_seen_at": at}
    )
    return device


def digest_of(change: PhoneChange, account_id: int) -> str:
    """Return a digest of all a change says, to tell a retry from another change under the same id."""
    content = [account_id, change.target, change.number, change.base_version, change.content()]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _unknown(changes: Sequence[PhoneChange], work: _Work) -> list[PhoneChange]:
    """Answer the changes known already and return the others, each id once."""
    known = {row.pk: row for row in FieldChange.objects.filter(pk__in=[change.id for change in changes])}
    fresh: dict[str, PhoneChange] = {}
    for change in changes:
        row = known.get(change.id)
        if row is None:
            fresh.setdefault(change.id, change)
        elif row.digest != digest_of(change, work.by.pk):
            # answered, not stored: the id is taken by another change, which stays what it is
            work.answers[change.id] = Answer(
                change.id, change.target, "refused", code="field.id_reused",
                message_zh="同一编号的修改内容不同。",
                message_en="A different change came under the same id.",
            )  # fmt: skip
        else:
            said = row.answer
            outcome = "refused" if row.outcome == FieldChange.Outcome.REFUSED else "already"
            work.answers[change.id] = Answer(
                change.id, change.target, outcome, row.version, tuple(said.get("conflicts", ())),
                said.get("code", ""), said.get("message_zh", ""), said.get("message_en", ""),
            )  # fmt: skip
    return list(fresh.values())


def _merge_all(changes: Sequence[PhoneChange], work: _Work, norms: Norms) -> list[FieldRecord]:
    """Merge the changes of scenes and tasks, record by record, and return the records touched."""
    by_target: dict[str, list[PhoneChange]] = defaultdict(list)
    places: dict[str, Place] = {}
    for change in changes:
        try:
            _check_fields(change, work, norms)
            if change.target not in places:
                places[change.target] = _place(change, work)
        except Refusal as refusal:
            _refuse(change, refusal, work)
            continue
        by_target[change.target].append(change)
    touched = []
    for record in _locked(places, by_target, work.at):
        state = merge.from_plain(record.state) if record.state else merge.Record()
        taken = []
        for change in by_target[record.key]:
            try:
                result = merge.receive(state, change.as_change(work.device.branch))
            except Refusal as refusal:
                _refuse(change, refusal, work, places[record.key].org_path)
                continue
            state = result.record
            taken.append(change)
            outcome = FieldChange.Outcome.CONFLICT if result.conflicts else FieldChange.Outcome.MERGED
            _store(change, work, outcome, record=record, version=state.version, conflicts=result.conflicts)
        if taken:
            _note_files(record, taken, work)
            _save(record, state, work.at)
            _tell(record, places[record.key], taken, work)
            touched.append(record)
    return touched


def _check_fields(change: PhoneChange, work: _Work, norms: Norms) -> None:
    allowed = {"scene": SCENE_FIELDS, "task": TASK_FIELDS}.get(change.kind, frozenset())
    strange = set(change.fields) - allowed | set(change.added) - set(SETS)
    if strange:
        names = ", ".join(sorted(strange))
        raise BadInput(
            "field.unknown_field", f"没有这些项目:{names}。", f"There are no such fields: {names}."
        )
    longest = norms.incidents.note_max_characters
    for value in change.fields.values():
        if isinstance(value, str) and len(value) > longest:
            raise BadInput(
                "field.text_too_long", f"内容有 {len(value)} 字,最多 {longest} 字;请分段记录。",
                f"The text has {len(value)} characters, {longest} at most; split it.",
            )  # fmt: skip
    if OFFICER_FIELDS & set(change.fields):
        require(work.by, "incidents.dispose", at=work.at)


def _place(change: PhoneChange, work: _Work) -> Place:
    """Return where the change's record lies; raises when there is none or it is out of reach."""
    if change.kind == "scene" and change.target_id.startswith("new-"):
        return _home(work.by, work.at)
    if not change.target_id.isdigit():
        raise _no_such_target()
    number = int(change.target_id[:18])
    if change.kind == "task":
        task = FieldTask.objects.filter(pk=number).first()
        if task is None:
            raise _no_such_target()
        require(work.by, "incidents.attend", org=task, at=work.at)
        return Place(task.office_id, task.org_path)
    incident = Incident.objects.defer("grams").filter(pk=number).first()
    if incident is None:
        raise _no_such_target()
    if not may(work.by, "incidents.attend", org=incident, at=work.at):
        crew = DispatchMember.objects.filter(dispatch__incident=incident, person_id=work.by.person_id)
        if work.by.person_id is None or not crew.exists():
            require(work.by, "incidents.attend", org=incident, at=work.at)
    return Place(incident.office_id, incident.org_path, incident)


def _no_such_target() -> BadInput:
    return BadInput("field.unknown_target", "要修改的记录不存在。", "The record to change does not exist.")


def _locked(
    places: dict[str, Place], by_target: dict[str, list[PhoneChange]], at: datetime
) -> Iterable[FieldRecord]:
    """Return the records by key, locked in that order, so that two batches never wait for each other."""
    keys = sorted(by_target)
    if not keys:
        return ()
    found = set(FieldRecord.objects.filter(key__in=keys).values_list("key", flat=True))
    FieldRecord.objects.bulk_create(
        [
            FieldRecord(
                key=key, incident=places[key].incident, office_id=places[key].office_id,
                org_path=places[key].org_path, created_at=at, changed_at=at,
            )
            for key in keys if key not in found
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return FieldRecord.objects.select_for_update().filter(key__in=keys).order_by("key")


def _note_files(record: FieldRecord, changes: Sequence[PhoneChange], work: _Work) -> None:
    """Note the announced files of these changes; one that arrived before its text finds its record now."""
    kinds = {one: SETS[name] for change in changes for name, ids in change.added.items() for one in ids}
    if not kinds:
        return
    rows = [FieldFile(pk=one, kind=kind, account=work.by) for one, kind in sorted(kinds.items())]
    FieldFile.objects.bulk_create(rows, ignore_conflicts=True)
    # a file somebody else sent under this id is not this account's to claim: it stays missing here
    own = FieldFile.objects.filter(pk__in=kinds, account=work.by, record=None)
    own.update(record=record, announced_at=work.at)


def _save(record: FieldRecord, state: merge.Record, at: datetime) -> None:
    record.state, record.version = merge.to_plain(state), state.version
    record.conflict_fields = sorted(state.conflicts)
    record.missing_count = record.files.filter(arrived_at=None).count()
    record.changed_at = at
    record.save(update_fields=["state", "version", "conflict_fields", "missing_count", "changed_at"])
    if record.incident_id is not None:
        count_open(record.incident_id)


def count_open(incident_id: int) -> None:
    """Write down on the incident how many fields are in conflict and how many files are missing."""
    rows = FieldRecord.objects.filter(incident_id=incident_id)
    conflicts = sum(len(names) for names in rows.values_list("conflict_fields", flat=True))
    missing = rows.aggregate(total=Sum("missing_count"))["total"] or 0
    Incident.objects.filter(pk=incident_id).update(
        open_conflicts_count=conflicts, missing_attachments_count=missing
    )


def _tell(record: FieldRecord, place: Place, changes: Sequence[PhoneChange], work: _Work) -> None:
    ids = [change.id for change in changes]
    ref = journal.RecordRef(ROOM, "field_record", record.key, record.org_path)
    details: dict[str, Any] = {"changes": ids, "device": work.device.code, "version": record.version}
    if work.imported_by is not None:
        details["imported_by"] = work.imported_by.actor.label
    work.entries.append(journal.Entry("field.sync", ref, details=details))
    if place.incident is not None:
        IncidentEvent.objects.create(
            incident=place.incident, verb="scene_record", at=min(work.moment(change) for change in changes),
            recorded_at=work.at, by=work.by, by_label=work.by.actor.label,
            details={"changes": len(ids), "conflicts": record.conflict_fields},
        )  # fmt: skip


def _announce(touched: Sequence[FieldRecord], work: _Work) -> None:
    for record in touched:
        if record.incident_id is not None and record.incident is not None:
            tell_listeners(record.incident, "scene_record")


def _act(change: PhoneChange, work: _Work) -> None:
    try:
        with transaction.atomic():
            sync_acts.act(change, by=work.by, at=work.at, moment=work.moment(change))
    except Refusal as refusal:
        _refuse(change, refusal, work)
        return
    _store(change, work, FieldChange.Outcome.DONE)


def _refuse(change: PhoneChange, refusal: Refusal, work: _Work, org_path: str = "") -> None:
    """Keep the change with the reason; what a role may not do is a line in the journal, too."""
    _store(change, work, FieldChange.Outcome.REFUSED, refusal=refusal)
    if isinstance(refusal, NotAllowed) or refusal.code.startswith(JOURNALLED_REFUSALS):
        ref = journal.RecordRef(ROOM, "field_change", change.id, org_path)
        details = {"code": refusal.code, "target": change.target, "act": str(change.act.get("verb", ""))}
        work.entries.append(journal.Entry("field.refused", ref, details=details))


def _store(
    change: PhoneChange,
    work: _Work,
    outcome: FieldChange.Outcome,
    *,
    record: FieldRecord | None = None,
    version: int = 0,
    conflicts: tuple[str, ...] = (),
    refusal: Refusal | None = None,
) -> None:
    said: dict[str, Any] = {"conflicts": list(conflicts)} if conflicts else {}
    if refusal is not None:
        said = {"code": refusal.code, "message_zh": refusal.message_zh, "message_en": refusal.message_en}
    work.rows.append(
        FieldChange(
            id=change.id, record=record, target=change.target, account=work.by, device=work.device,
            imported_by=work.imported_by, number=change.number, base_version=change.base_version,
            content=change.content(), digest=digest_of(change, work.by.pk), outcome=outcome, version=version,
            answer=said, said_at=change.said_at, at=work.moment(change), received_at=work.at,
        )
    )  # fmt: skip
    work.answers[change.id] = Answer(
        change.id, change.target, outcome.value, version, conflicts,
        said.get("code", ""), said.get("message_zh", ""), said.get("message_en", ""),
    )  # fmt: skip


def _missing(touched: Sequence[FieldRecord]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = FieldFile.objects.filter(record__in=[record.pk for record in touched], arrived_at=None)
    for record_id, file_id in rows.values_list("record_id", "pk"):
        found[record_id].append(file_id)
    return {record_id: tuple(ids) for record_id, ids in found.items()}
