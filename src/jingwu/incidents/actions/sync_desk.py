"""What the desk does with what phones handed in: settle two values, take in an exported file, open tasks."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from jingwu.engines.workflow import merge
from jingwu.incidents.actions.steps import tell_listeners
from jingwu.incidents.actions.sync import Brought, Handed, hand_in
from jingwu.incidents.actions.sync_files import SentFile, checked_file, is_new, keep_file, largest_file
from jingwu.incidents.actions.sync_scenes import count_open
from jingwu.incidents.field import keys
from jingwu.incidents.field.protocol import read_batch
from jingwu.incidents.models import FieldRecord, FieldTask, Incident
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices import queries as offices
from jingwu.people import queries as people
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal, Unknown


@dataclass(frozen=True)
class Imported:
    """What an exported file brought."""

    account_label: str
    handed: Handed
    files_count: int


@dataclass(frozen=True)
class NewTask:
    """Something to do outside; ``source_key`` of the room that asks for it makes opening it idempotent."""

    kind: str
    title: str
    office_code: str
    place: str = ""
    advice: str = ""
    lon: float | None = None
    lat: float | None = None
    due_at: datetime | None = None
    person_id: int | None = None
    group: str = ""
    source_key: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in FieldTask.Kind.values or not self.title or not self.office_code:
            raise ValueError("a task has a kind, a title and an office")


@transaction.atomic
def settle(record_id: int, name: str, choice: int, *, version: int, by: Any, at: datetime) -> None:
    """Settle the field ``name`` with its value number ``choice``; ``version`` is what the desk has seen.

    Raises
        NotAllowed: not the desk's place; ChangedMeanwhile: another change has come since; Refusal: there is
        no such conflict.
    """
    record = FieldRecord.objects.select_for_update().filter(pk=record_id).first()
    if record is None:
        raise Unknown("field.unknown_record", "没有这条现场记录。", "There is no such field record.")
    require(by, "incidents.dispatch", org=record, at=at)
    if record.version != version:
        raise ChangedMeanwhile(
            "field.changed_meanwhile", "刚有新内容上传,请重新查看后裁定。",
            "New content has just arrived; look again before you settle.",
        )  # fmt: skip
    state = merge.from_plain(record.state)
    values = state.conflicts.get(name, ())
    if not 0 <= choice < len(values):
        raise Refusal(
            "field.no_conflict", "这个项目没有待裁定的内容。", "There is nothing to settle in this field."
        )
    change = merge.Change(f"desk-{uuid4()}", f"desk:{by.pk}", version + 1, version, {name: values[choice]})
    state = merge.receive(state, change).record
    record.state, record.version, record.changed_at = merge.to_plain(state), state.version, at
    record.conflict_fields = sorted(state.conflicts)
    record.save(update_fields=["state", "version", "conflict_fields", "changed_at"])
    if record.incident_id is not None:
        count_open([record.incident_id])
        tell_listeners(Incident.objects.defer("grams").get(pk=record.incident_id), "scene_record")
    ref = journal.RecordRef("incidents", "field_record", record.key, record.org_path)
    journal.record(
        "field.settle", by=by, at=at, record=ref, details={"field": name, "version": record.version},
        before={"values": list(values)}, after={"value": values[choice]},
    )  # fmt: skip


def take_in_export(text: str, pass_phrase: str, *, by: Any, at: datetime) -> Imported:
    """Take in a file that a phone without network exported, on behalf of the account that sealed it.

    Raises
        NotAllowed: the account may not dispatch where the author works; BadInput: see `keys.open_export`;
        Refusal: a file in it cannot be kept. Nothing of the export is then taken in.
    """
    require(by, "incidents.dispatch", at=at)
    exported = keys.open_export(text, pass_phrase)
    author = people.account(exported.account_id)
    for grant in author.grants_at(at):
        require(by, "incidents.dispatch", org=grant.path, at=at)
    batch = read_batch({**exported.content, "account": exported.account_id})
    # every file before the first change: what is handed in stays, and one bad file refuses the whole
    sent = _files_in(exported.content, by=author, at=at)
    fresh = [one for one in sent if is_new(one, by=author)]
    handed = hand_in(batch, by=author, at=at, brought=Brought(by, len(sent)))
    return Imported(author.actor.label, handed, sum(keep_file(one, by=author, at=at) for one in fresh))


def _files_in(content: Mapping[str, Any], *, by: Any, at: datetime) -> list[SentFile]:
    try:
        found = [
            (item["id"], item["kind"], base64.b64decode(item["data"], validate=True))
            for item in content.get("files") or ()
        ]
        if len({file_id for file_id, _, _ in found}) < len(found):
            raise ValueError("an id stands there twice")
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("field.no_export", "文件中的附件已损坏。", "A file inside is damaged.") from error
    at_most = largest_file(by, at=at)
    return [checked_file(*one, at_most=at_most) for one in found]


@transaction.atomic
def open_task(task: NewTask, *, by: Acts, at: datetime) -> int:
    """Open a task and return its id; the same source key again returns the task there is."""
    office = offices.office(task.office_code)
    require(by, "incidents.register", org=office.path, at=at)
    if task.source_key is not None:
        there = FieldTask.objects.filter(source_key=task.source_key).first()
        if there is not None:
            return there.pk
    row = FieldTask.objects.create(
        kind=task.kind, title=task.title, place=task.place, advice=task.advice, lon=task.lon, lat=task.lat,
        office_id=office.id, org_path=office.path, person_id=task.person_id, group=task.group,
        source_key=task.source_key, opened_at=at, due_at=task.due_at,
    )  # fmt: skip
    journal.record("field.open_task", by=by, at=at, record=row, details={"kind": task.kind})
    return row.pk
