"""Merge what phones wrote into scenes and tasks: each record of a batch is locked, read and told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from django.db import connection

from jingwu.engines.workflow import merge
from jingwu.incidents.actions.steps import tell_listeners
from jingwu.incidents.actions.sync_work import ROOM, Place, Work, home_of
from jingwu.incidents.field.protocol import OFFICER_FIELDS, SCENE_FIELDS, SETS, TASK_FIELDS, PhoneChange
from jingwu.incidents.models import (
    DispatchMember,
    FieldChange,
    FieldFile,
    FieldRecord,
    FieldTask,
    Incident,
    IncidentEvent,
)
from jingwu.journal import actions as journal
from jingwu.journal.access import may, require
from jingwu.norms import Norms
from jingwu.terms.refusal import BadInput, Refusal

Missing: TypeAlias = dict[int, tuple[str, ...]]
"""The announced files that have not arrived, by record."""

_COUNT_OPEN = """
UPDATE incidents_incident i
SET open_conflicts_count = found.conflicts, missing_attachments_count = found.missing
FROM (SELECT incident_id, sum(jsonb_array_length(conflict_fields)) conflicts, sum(missing_count) missing
      FROM incidents_fieldrecord WHERE incident_id = ANY(%s) GROUP BY incident_id) found
WHERE i.id = found.incident_id
"""


def merge_all(
    changes: Sequence[PhoneChange], work: Work, norms: Norms, *, incident_ids: Collection[int] = ()
) -> tuple[list[FieldRecord], Missing]:
    """Merge the changes of scenes and tasks; return the records touched and the files they wait for.

    ``incident_ids`` are incidents the batch will touch besides: locked with the others, because two batches
    must take what both touch in the same order.
    """
    by_target: dict[str, list[PhoneChange]] = defaultdict(list)
    places = _Places(changes, work)
    for change in changes:
        try:
            _check_fields(change, work, norms)
            places.find(change)
        except Refusal as refusal:
            work.refuse(change, refusal)
            continue
        by_target[change.target].append(change)
    states: dict[str, merge.Record] = {}
    taken: dict[str, list[PhoneChange]] = {}
    records = _locked(places.found, by_target, work.at)
    _lock_incidents({*incident_ids, *(row.incident_id for row in records if row.incident_id is not None)})
    for record in records:
        state = merge.from_plain(record.state) if record.state else merge.Record()
        for change in by_target[record.key]:
            try:
                result = merge.receive(state, change.as_change(work.device.branch))
            except Refusal as refusal:
                work.refuse(change, refusal, record.org_path)
                continue
            state = result.record
            taken.setdefault(record.key, []).append(change)
            outcome = FieldChange.Outcome.CONFLICT if result.conflicts else FieldChange.Outcome.MERGED
            work.store(change, outcome, record=record, version=state.version, conflicts=result.conflicts)
        states[record.key] = state
    touched = [record for record in records if record.key in taken]
    for record in touched:
        _note_files(record, taken[record.key], work)
    missing = _missing(touched)
    _save(touched, states, missing, work.at)
    _tell(touched, taken, places.found, work)
    return touched, missing


def _check_fields(change: PhoneChange, work: Work, norms: Norms) -> None:
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


class _Places:
    """Where the targets of a batch lie; incidents and tasks are read once for all."""

    def __init__(self, changes: Iterable[PhoneChange], work: Work) -> None:
        self.work = work
        self.found: dict[str, Place] = {}
        ids: dict[str, set[int]] = {"scene": set(), "task": set()}
        for change in changes:
            if change.kind in ids and change.target_id.isdecimal():
                ids[change.kind].add(int(change.target_id[:18]))
        self.incidents = Incident.objects.defer("grams").in_bulk(ids["scene"]) if ids["scene"] else {}
        self.tasks = FieldTask.objects.in_bulk(ids["task"]) if ids["task"] else {}

    def find(self, change: PhoneChange) -> None:
        """Note where the change's record lies; raises when there is none or it is out of reach."""
        if change.target not in self.found:
            self.found[change.target] = self._place(change)

    def _place(self, change: PhoneChange) -> Place:
        if change.kind == "scene" and change.target_id.startswith("new-"):
            return home_of(self.work.by, self.work.at)
        if not change.target_id.isdecimal():
            raise _no_such_target()
        number = int(change.target_id[:18])
        if change.kind == "task":
            task = self.tasks.get(number)
            if task is None:
                raise _no_such_target()
            require(self.work.by, "incidents.attend", org=task, at=self.work.at)
            return Place(task.office_id, task.org_path)
        incident = self.incidents.get(number)
        if incident is None:
            raise _no_such_target()
        if not may(self.work.by, "incidents.attend", org=incident, at=self.work.at):
            person_id = self.work.by.person_id
            crew = DispatchMember.objects.filter(dispatch__incident=incident, person_id=person_id)
            if person_id is None or not crew.exists():
                require(self.work.by, "incidents.attend", org=incident, at=self.work.at)
        return Place(incident.office_id, incident.org_path, incident)


def _no_such_target() -> BadInput:
    return BadInput("field.unknown_target", "要修改的记录不存在。", "The record to change does not exist.")


def _locked(places: Mapping[str, Place], keys: Collection[str], at: datetime) -> list[FieldRecord]:
    """Return the records by key, locked in that order, so that two batches never wait for each other."""
    if not keys:
        return []
    found = set(FieldRecord.objects.filter(key__in=keys).values_list("key", flat=True))
    FieldRecord.objects.bulk_create(
        [
            FieldRecord(
                key=key, incident=places[key].incident, office_id=places[key].office_id,
                org_path=places[key].org_path, created_at=at, changed_at=at,
            )
            for key in sorted(keys) if key not in found
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return list(FieldRecord.objects.select_for_update().filter(key__in=keys).order_by("key"))


def _lock_incidents(ids: Collection[int]) -> None:
    if ids:
        rows = Incident.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
        list(rows.values_list("pk"))


def _note_files(record: FieldRecord, changes: Sequence[PhoneChange], work: Work) -> None:
    """Note the announced files of these changes; one that arrived before its text finds its record now."""
    kinds = {one: SETS[name] for change in changes for name, ids in change.added.items() for one in ids}
    if not kinds:
        return
    rows = [FieldFile(pk=one, kind=kind, account=work.by) for one, kind in sorted(kinds.items())]
    FieldFile.objects.bulk_create(rows, ignore_conflicts=True)
    # a file somebody else sent under this id is not this account's to claim: it stays missing here
    own = FieldFile.objects.filter(pk__in=kinds, account=work.by, record=None)
    own.update(record=record, announced_at=work.at)


def _missing(records: Sequence[FieldRecord]) -> Missing:
    found: dict[int, list[str]] = defaultdict(list)
    rows = FieldFile.objects.filter(record__in=[record.pk for record in records], arrived_at=None)
    for record_id, file_id in rows.values_list("record_id", "pk") if records else ():
        found[record_id].append(file_id)
    return {record_id: tuple(ids) for record_id, ids in found.items()}


def _save(
    records: Sequence[FieldRecord], states: Mapping[str, merge.Record], missing: Missing, at: datetime
) -> None:
    for record in records:
        state = states[record.key]
        record.state, record.version = merge.to_plain(state), state.version
        record.conflict_fields = sorted(state.conflicts)
        record.missing_count = len(missing.get(record.pk, ()))
        record.changed_at = at
        record.save(update_fields=["state", "version", "conflict_fields", "missing_count", "changed_at"])
    count_open(record.incident_id for record in records if record.incident_id is not None)


def count_open(incident_ids: Iterable[int]) -> None:
    """Write down on the incidents how many fields are in conflict and how many files are missing."""
    ids = list(incident_ids)
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_OPEN, [ids])


def _tell(
    records: Sequence[FieldRecord],
    taken: Mapping[str, Sequence[PhoneChange]],
    places: Mapping[str, Place],
    work: Work,
) -> None:
    """Tell the journal, the trails of the incidents, and the open boards."""
    events = []
    for record in records:
        changes, incident = taken[record.key], places[record.key].incident
        ids = [change.id for change in changes]
        ref = journal.RecordRef(ROOM, "field_record", record.key, record.org_path)
        details = {"changes": ids, "device": work.device.code, "version": record.version}
        if work.imported_by is not None:
            details["imported_by"] = work.imported_by.actor.label
        work.note("field.sync", ref, details)
        if incident is None:
            continue
        events.append(
            IncidentEvent(
                incident=incident, verb="scene_record", at=min(work.moment(change) for change in changes),
                recorded_at=work.at, by=work.by, by_label=work.by.actor.label,
                details={"changes": len(ids), "conflicts": record.conflict_fields},
            )
        )  # fmt: skip
        tell_listeners(incident, "scene_record")
    IncidentEvent.objects.bulk_create(events)
