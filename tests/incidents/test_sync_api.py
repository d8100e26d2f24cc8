"""The field's API: files stripped and sealed, false ones refused in words, exports opened at the desk."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from incident_case import Case
from phone import Phone, photo
from PIL import Image

from jingwu.incidents.actions.sync import hand_in
from jingwu.incidents.actions.sync_files import receive_file
from jingwu.incidents.field import files, keys
from jingwu.incidents.models import FieldFile, FieldRecord
from jingwu.incidents.queries import field as queries
from jingwu.terms.refusal import BadInput, NotAllowed, Refusal


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    """Let every test's files lie in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(client: Any, file_id: str, content: bytes, kind: str = "photo") -> Any:
    form = {"kind": kind, "file": SimpleUploadedFile("x", content)}
    return client.post(reverse("field:file", args=[file_id]), form)


def test_a_photo_is_stripped_and_sealed(officer: Any, client_for: Callable[..., Any], media: Path) -> None:
    sent, file_id = photo(), str(uuid4())
    assert b"SECRET-CAMERA" in sent and b"SECRET-COMMENT" in sent
    client = client_for(officer)
    assert upload(client, file_id, sent).json() == {"id": file_id, "is_new": True}
    assert upload(client, file_id, sent).json() == {"id": file_id, "is_new": False}
    shown = client.get(reverse("field:file", args=[file_id]))
    assert shown["Content-Type"] == "image/jpeg"
    kept = Image.open(io.BytesIO(shown.content))
    assert kept.size == (64, 48)
    assert not kept.getexif() and "comment" not in kept.info
    assert b"SECRET" not in shown.content
    on_disk = [path for path in media.rglob("*") if path.is_file()]
    assert len(on_disk) == 1
    assert not on_disk[0].read_bytes().startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script></html>", b"", b"\xff\xd8\xff\xe0 not really", b"GIF89a" + b"\0" * 99],
)
def test_what_is_no_photo_is_refused_in_words(
    content: bytes, officer: Any, client_for: Callable[..., Any]
) -> None:
    answer = upload(client_for(officer), str(uuid4()), content or b" ")
    assert answer.status_code == 422
    assert "不是照片" in answer.json()["message"]
    assert FieldFile.objects.count() == 0


def test_a_photo_of_50_mb_is_refused_in_words(officer: Any, client_for: Callable[..., Any]) -> None:
    answer = upload(client_for(officer), str(uuid4()), b"\xff\xd8" + bytes(50_000_000))
    assert answer.status_code == 409
    assert "50.0 MB" in answer.json()["message"] and "20 MB" in answer.json()["message"]


def test_a_picture_of_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIXELS_AT_MOST", 1000)
    with pytest.raises(BadInput, match="像素过大"):
        files.clean_photo(photo())


def test_text_without_its_photo_is_incomplete_in_either_order(
    case: Case, officer: Any, now: datetime
) -> None:
    phone, first, second = Phone(officer), str(uuid4()), str(uuid4())
    receive_file(second, "photo", photo("blue"), by=officer, at=now)
    change = phone.change(f"scene:{case.id}", now, facts="见照片", photos=(first, second))
    handed = hand_in(phone.batch(now, change), by=officer, at=now)
    assert handed.missing == {f"scene:{case.id}": (first,)}
    assert case.row.missing_attachments_count == 1
    assert queries.scenes_of(case.id)[0].missing == (first,)
    receive_file(first, "photo", photo("green"), by=officer, at=now)
    assert case.row.missing_attachments_count == 0
    assert queries.scenes_of(case.id)[0].missing == ()


def test_a_file_id_belongs_to_who_sent_it_first(officer: Any, officer2: Any, now: datetime) -> None:
    file_id = str(uuid4())
    receive_file(file_id, "photo", photo(), by=officer, at=now)
    with pytest.raises(NotAllowed):
        receive_file(file_id, "photo", photo(), by=officer2, at=now)
    with pytest.raises(Refusal, match="内容不同"):
        receive_file(file_id, "photo", photo("black"), by=officer, at=now)


def test_a_colleague_cannot_claim_anothers_file(
    case: Case, officer: Any, officer2: Any, now: datetime
) -> None:
    file_id = str(uuid4())
    receive_file(file_id, "photo", photo(), by=officer, at=now)
    phone = Phone(officer2)
    hand_in(phone.batch(now, phone.change(f"scene:{case.id}", now, photos=(file_id,))), by=officer2, at=now)
    assert FieldFile.objects.get(pk=file_id).record_id is None


def test_the_api_speaks_json_to_everybody(
    case: Case, officer: Any, nobody: Any, grid_worker: Any, client_for: Callable[..., Any], now: datetime
) -> None:
    phone = Phone(officer)
    body = json.dumps(phone.plain(now, phone.change(f"scene:{case.id}", now, facts="x")))
    answer = client_for(officer).post(reverse("field:sync"), body, "application/json")
    assert answer.json()["answers"][0]["outcome"] == "merged"
    assert client_for(nobody).post(reverse("field:sync"), body, "application/json").status_code == 403
    assert client_for(grid_worker).get(reverse("field:today")).status_code == 403
    for bad in (
        "",
        "{}",
        "[]",
        '{"changes": 3}',
        body.replace('"number": 1', '"number": 0'),
        "[" * 100_000,
        "x" * 3_000_000,
    ):
        refused = client_for(officer).post(reverse("field:sync"), bad, "application/json")
        assert refused.status_code in (409, 422)
        assert refused.json()["message"]


def test_today_is_one_answer_for_a_day(case: Case, officer: Any, client_for: Callable[..., Any]) -> None:
    said = client_for(officer).get(reverse("field:today")).json()
    assert said["account"]["id"] == officer.pk
    assert len(base64.b64decode(next(iter(said["keys"].values())))) == 32
    assert said["limits"] == {"note_characters": 10_000, "photo_bytes": 20_000_000}
    assert {row["code"] for row in said["results"]} >= {"settled", "mediated"}


def test_keys_differ_by_account(officer: Any, officer2: Any) -> None:
    assert keys.outbox_keys(officer.pk) == keys.outbox_keys(officer.pk)
    assert keys.outbox_keys(officer.pk) != keys.outbox_keys(officer2.pk)


def test_the_shell_carries_no_data_and_the_worker_its_files(
    case: Case, officer: Any, client_for: Callable[..., Any]
) -> None:
    client = client_for(officer)
    for name in ("tasks", "map", "roster", "me", "record", "outbox"):
        page = client.get(reverse(f"field:{name}")).content.decode()
        assert case.row.number not in page and "望江路" not in page
        # a token kept beyond this sign-in would be stale; sent by a late answer, it would break the next one
        assert "csrfmiddlewaretoken" not in page and "X-CSRFToken" not in page
        assert "csrftoken" not in client.get(reverse(f"field:{name}")).cookies
    worker = client.get(reverse("field:worker"))
    if worker.status_code == 200:
        assert worker["Service-Worker-Allowed"] == "/field/"
        assert b"field-icon-192" in worker.content
    manifest = json.loads(client.get(reverse("field:manifest")).content)
    assert manifest["scope"] == "/field/" and manifest["display"] == "standalone"


def test_the_desk_pages_show_and_settle(
    case: Case, officer: Any, officer2: Any, chief: Any, client_for: Callable[..., Any], now: datetime
) -> None:
    for account, text in ((officer, "<b>甲</b>"), (officer2, "乙")):
        phone = Phone(account)
        hand_in(phone.batch(now, phone.change(f"scene:{case.id}", now, facts=text)), by=account, at=now)
    client = client_for(chief)
    page = client.get(reverse("field:conflicts")).content.decode()
    assert "&lt;b&gt;甲&lt;/b&gt;" in page and "<b>甲</b>" not in page
    record = FieldRecord.objects.get()
    form = {"name": "facts", "choice": "1", "version": str(record.version)}
    assert client.post(reverse("field:settle", args=[record.pk]), form).status_code == 302
    assert FieldRecord.objects.get().conflict_fields == []
    assert client_for(officer).get(reverse("field:codes")).status_code == 200
