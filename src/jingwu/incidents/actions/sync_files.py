"""Take in the photos and voice notes that changes announce; text and file may come in either order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils import timezone

from jingwu.incidents.actions.sync_scenes import count_open
from jingwu.incidents.field import files
from jingwu.incidents.field.protocol import ID_FORM
from jingwu.incidents.models import FieldFile, FieldRecord
from jingwu.incidents.queries.field import home_office
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput, NotAllowed, Refusal


def refuse_large(bytes_count: int, at_most: int) -> None:
    """Raise a Refusal for a file above the norm's size; asked before a byte of it is read."""
    if bytes_count > at_most:
        raise Refusal(
            "field.file_too_large",
            f"文件有 {bytes_count / 1e6:.1f} MB,最多 {at_most / 1e6:.0f} MB;请重新拍摄或降低分辨率。",
            f"The file has {bytes_count / 1e6:.1f} MB, {at_most / 1e6:.0f} MB at most; take a smaller one.",
        )


def largest_file(account: Any, *, at: datetime) -> int:
    """Return how many bytes a file of the account may have, by the norm of where it works."""
    office = home_office(account, at=at)
    return norms_for(office.path if office else "/", timezone.localdate(at)).incidents.photo_max_bytes


@dataclass(frozen=True)
class SentFile:
    """A photo or voice note as it came; made by `checked_file` alone, so that its id may stand in a path."""

    id: str
    kind: str
    content: bytes

    @cached_property
    def sha256(self) -> str:
        """Return the digest of what came, by which the same file again is known."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def clean(self) -> files.CleanFile:
        """Return what is kept of it; raises BadInput when it is not what it says."""
        is_voice = self.kind == FieldFile.Kind.VOICE
        return files.clean_voice(self.content) if is_voice else files.clean_photo(self.content)


def checked_file(file_id: Any, kind: Any, content: bytes, *, at_most: int) -> SentFile:
    """Return a file whose id, kind and size are right; nothing is kept yet.

    Raises
        BadInput: the id or the kind is malformed; Refusal: it is too large.
    """
    well_formed = isinstance(file_id, str) and ID_FORM.fullmatch(file_id) is not None
    if not well_formed or kind not in FieldFile.Kind.values:
        raise BadInput(
            "field.bad_file", "附件的编号或类型不对。", "The id or the kind of a file is malformed.",
            fields={"files": str(file_id)[:80]},
        )  # fmt: skip
    refuse_large(len(content), at_most)
    return SentFile(file_id, str(kind), content)


def is_new(sent: SentFile, *, by: Any) -> bool:
    """Return whether the file is still to be kept, and can be; nothing is kept yet.

    Raises
        BadInput: it is not what it says; NotAllowed: the id is another account's; Refusal: another file
        came under this id before.
    """
    known = _is_known(FieldFile.objects.filter(pk=sent.id).first(), sent.sha256, by)
    return not known and bool(sent.clean.content)


def receive_file(file_id: str, kind: str, content: bytes, *, by: Any, at: datetime) -> bool:
    """Check and keep a file and return whether it is new; see `checked_file` and `keep_file`."""
    require(by, "incidents.attend", at=at)
    sent = checked_file(file_id, kind, content, at_most=largest_file(by, at=at))
    return keep_file(sent, by=by, at=at)


def keep_file(sent: SentFile, *, by: Any, at: datetime) -> bool:
    """Keep a file and return whether it is new; the same file again is fine and changes nothing.

    Raises
        NotAllowed: the account attends no incidents; see `is_new` for what else may be wrong.
    """
    require(by, "incidents.attend", at=at)
    if not is_new(sent, by=by):
        return False
    file_id, clean = sent.id, sent.clean
    path, key_id = files.keep(file_id, clean)
    with transaction.atomic():
        FieldFile.objects.bulk_create(
            [FieldFile(pk=file_id, kind=sent.kind, account=by)], ignore_conflicts=True
        )
        row = FieldFile.objects.get(pk=file_id)
        if row.record_id is not None:
            # the record's lock comes first, as in a sync: so that the two never wait for each other
            FieldRecord.objects.select_for_update().get(pk=row.record_id)
        row = FieldFile.objects.select_for_update().get(pk=file_id)
        if _is_known(row, sent.sha256, by):
            return False
        FieldFile.objects.filter(pk=file_id).update(
            account=by, kind=sent.kind, arrived_at=at, upload_sha256=sent.sha256, sha256=clean.sha256,
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
