"""Take in the photos and voice notes that changes announce; text and file may come in either order."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction

from jingwu.incidents.actions.sync_scenes import count_open
from jingwu.incidents.field import files
from jingwu.incidents.models import FieldFile, FieldRecord
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.terms.refusal import NotAllowed, Refusal


def refuse_large(bytes_count: int, at_most: int) -> None:
    """Raise a Refusal for a file above the norm's size; asked before a byte of it is read."""
    if bytes_count > at_most:
        raise Refusal(
            "field.file_too_large",
            f"文件有 {bytes_count / 1e6:.1f} MB,最多 {at_most / 1e6:.0f} MB;请重新拍摄或降低分辨率。",
            f"The file has {bytes_count / 1e6:.1f} MB, {at_most / 1e6:.0f} MB at most; take a smaller one.",
        )


def receive_file(file_id: str, kind: str, content: bytes, *, by: Any, at: datetime) -> bool:
    """Keep a file and return whether it is new; the same file again is fine and changes nothing.

    Raises
        BadInput: it is not what it says; NotAllowed: the id is another account's; Refusal: another file
        came under this id before.
    """
    require(by, "incidents.attend", at=at)
    sent_sha256 = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        row = FieldFile.objects.filter(pk=file_id).first()
        if _is_known(row, sent_sha256, by):
            return False
    clean = files.clean_voice(content) if kind == FieldFile.Kind.VOICE else files.clean_photo(content)
    path, key_id = files.keep(file_id, clean)
    with transaction.atomic():
        FieldFile.objects.bulk_create([FieldFile(pk=file_id, kind=kind, account=by)], ignore_conflicts=True)
        row = FieldFile.objects.get(pk=file_id)
        if row.record_id is not None:
            # the record's lock comes first, as in a sync: so that the two never wait for each other
            FieldRecord.objects.select_for_update().get(pk=row.record_id)
        row = FieldFile.objects.select_for_update().get(pk=file_id)
        if _is_known(row, sent_sha256, by):
            return False
        FieldFile.objects.filter(pk=file_id).update(
            account=by, kind=kind, arrived_at=at, upload_sha256=sent_sha256, sha256=clean.sha256,
            media_type=clean.media_type, bytes_count=len(clean.content), width=clean.width,
            height=clean.height, path=path, key_id=key_id,
        )  # fmt: skip
        org_path = ""
        if row.record is not None:
            org_path = row.record.org_path
            waiting = row.record.files.filter(arrived_at=None).count()
            FieldRecord.objects.filter(pk=row.record_id).update(missing_count=waiting)
            if row.record.incident_id is not None:
                count_open([row.record.incident_id])
        ref = journal.RecordRef("incidents", "field_file", file_id, org_path)
        journal.record("field.file", by=by, at=at, record=ref, details={"sha256": clean.sha256})
    return True


def _is_known(row: FieldFile | None, sent_sha256: str, by: Any) -> bool:
    if row is None:
        return False
    if row.account_id is not None and row.account_id != by.pk:
        raise NotAllowed(
            "field.other_file", "这个附件编号属于另一个账号。", "This file id belongs to another account."
        )
    if row.arrived_at is None:
        return False
    if row.upload_sha256 != sent_sha256:
        raise Refusal(
            "field.file_changed", "同一编号的附件内容不同,已保留先到的。",
            "A different file came under this id before; the first one stays.",
        )  # fmt: skip
    return True
