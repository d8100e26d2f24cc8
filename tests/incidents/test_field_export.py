"""Exports of phones without network, taken in at the desk: whole or not at all, refused in words."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from incident_case import Case
from phone import Phone, photo

from jingwu.incidents.actions.sync import hand_in
from jingwu.incidents.actions.sync_desk import take_in_export
from jingwu.incidents.actions.sync_files import receive_file
from jingwu.incidents.field import files, keys
from jingwu.incidents.models import FieldChange, FieldFile, FieldRecord
from jingwu.journal.models import Line
from jingwu.terms.refusal import BadInput, NotAllowed, Refusal


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    """Let every test's files lie in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path


def sealed_export(account: Any, content: Any, pass_phrase: str, /, key_of: Any = None, **outside: Any) -> str:
    """Return a file as the phone of ``account`` exports it (field_export.js); ``outside``: of its shell."""
    key_id, key = next(iter(keys.outbox_keys((key_of or account).pk).items()))
    nonce = os.urandom(12)
    inner = content if isinstance(content, bytes) else json.dumps(content).encode()
    parcel = nonce + AESGCM(base64.b64decode(key)).encrypt(nonce, inner, None)
    outer = {"account": account.pk, "key_id": key_id, "parcel": base64.b64encode(parcel).decode(), **outside}
    outer = {name: value for name, value in outer.items() if value is not None}
    salt, iv = os.urandom(16), os.urandom(12)
    key = PBKDF2HMAC(SHA256(), 32, salt, 1000).derive(pass_phrase.encode())
    data = AESGCM(key).encrypt(iv, json.dumps(outer).encode(), keys.FORMAT.encode())
    parts = {"salt": salt, "iv": iv, "data": data}
    plain = {name: base64.b64encode(value).decode() for name, value in parts.items()}
    return json.dumps({"format": keys.FORMAT, "iterations": 1000, **plain})


def test_an_exported_outbox_comes_in_at_the_desk_once(
    case: Case, officer: Any, chief: Any, officer2: Any, now: datetime
) -> None:
    phone, file_id = Phone(officer), str(uuid4())
    change = phone.change(f"scene:{case.id}", now, facts="无网络时所写", photos=(file_id,))
    data = base64.b64encode(photo()).decode()
    content = {**phone.plain(now, change), "files": [{"id": file_id, "kind": "photo", "data": data}]}
    text = sealed_export(officer, content, "a pass phrase")
    later = now + timedelta(days=2)
    imported = take_in_export(text, "a pass phrase", by=chief, at=later)
    assert (imported.account_label, imported.files_count) == ("officer", 1)
    row = FieldChange.objects.get()
    assert (row.account_id, row.imported_by_id, row.said_at) == (officer.pk, chief.pk, now)
    assert case.row.missing_attachments_count == 0
    # the network is back after all: the phone sends the same again
    assert hand_in(phone.batch(later, change), by=officer, at=later).answers[0].outcome == "already"
    assert take_in_export(text, "a pass phrase", by=chief, at=later).files_count == 0
    assert FieldRecord.objects.get().version == 1
    with pytest.raises(BadInput, match="口令不对"):
        take_in_export(text, "another", by=chief, at=later)
    with pytest.raises(BadInput, match="不是警格通"):
        take_in_export('{"format": "x"}', "a", by=chief, at=later)
    forged = sealed_export(officer, content, "a pass phrase", key_of=officer2)
    with pytest.raises(BadInput, match="不是由该账号"):
        take_in_export(forged, "a pass phrase", by=chief, at=later)


def test_an_export_is_taken_in_only_where_its_author_works(
    case: Case, officer: Any, stranger: Any, auxiliary: Any, now: datetime
) -> None:
    phone = Phone(officer)
    text = sealed_export(officer, phone.plain(now, phone.change(f"scene:{case.id}", now, facts="x")), "p")
    for account in (stranger, auxiliary):
        with pytest.raises(NotAllowed):
            take_in_export(text, "p", by=account, at=now)
    assert FieldChange.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "../../../escaped"}, "field.bad_file"), ({"id": "a/../../b-12345678"}, "field.bad_file"),
        ({"id": 12345678}, "field.bad_file"), ({"id": None}, "field.bad_file"),
        ({"kind": "program"}, "field.bad_file"), ({"data": "no base64 é"}, "field.no_export"),
        ({"data": base64.b64encode(b"no photo").decode()}, "field.not_a_photo"),
        ({"kind": "voice"}, "field.not_a_voice_note"),
        ({"data": base64.b64encode(bytes(20_000_001)).decode()}, "field.file_too_large"),
        ({"id": "good-file"}, "field.no_export"),
    ],
)  # fmt: skip
def test_one_bad_file_refuses_the_whole_export(
    case: Case, officer: Any, chief: Any, now: datetime, media: Path, changes: dict[str, Any], code: str
) -> None:
    phone = Phone(officer)
    good = {"id": "good-file", "kind": "photo", "data": base64.b64encode(photo()).decode()}
    bad = {**good, "id": str(uuid4()), **changes}
    content = {**phone.plain(now, phone.change(f"scene:{case.id}", now, facts="x")), "files": [good, bad]}
    with pytest.raises(Refusal) as caught:
        take_in_export(sealed_export(officer, content, "p"), "p", by=chief, at=now)
    assert caught.value.code == code
    assert not FieldChange.objects.exists() and not FieldFile.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]
    assert not Line.objects.filter(verb__startswith="field.").exists()


def test_a_file_of_another_account_refuses_the_whole_export(
    case: Case, officer: Any, officer2: Any, chief: Any, now: datetime
) -> None:
    receive_file("the-same-id", "photo", photo(), by=officer2, at=now)
    phone = Phone(officer)
    item = {"id": "the-same-id", "kind": "photo", "data": base64.b64encode(photo("blue")).decode()}
    content = {**phone.plain(now, phone.change(f"scene:{case.id}", now, facts="x")), "files": [item]}
    with pytest.raises(NotAllowed):
        take_in_export(sealed_export(officer, content, "p"), "p", by=chief, at=now)
    assert not FieldChange.objects.exists()


def test_what_is_handed_in_has_its_line_whatever_becomes_of_the_files(
    case: Case, officer: Any, chief: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise OSError("no space left")

    phone = Phone(officer)
    item = {"id": str(uuid4()), "kind": "photo", "data": base64.b64encode(photo()).decode()}
    content = {**phone.plain(now, phone.change(f"scene:{case.id}", now, facts="x")), "files": [item]}
    monkeypatch.setattr(files, "keep", full)
    with pytest.raises(OSError, match="no space"):
        take_in_export(sealed_export(officer, content, "p"), "p", by=chief, at=now)
    line = Line.objects.get(verb="field.import")
    assert FieldChange.objects.count() == 1
    assert (line.actor_label, json.loads(line.details_json)) == ("chief", {"changes": 1, "files": 1})


@pytest.mark.parametrize(
    ("content", "outside"),
    [
        ({}, {"account": None}), ({}, {"account": "x"}), ({}, {"account": [1]}), ({}, {"parcel": None}),
        ({}, {"parcel": "é"}), ({}, {"parcel": 3}), ({}, {"parcel": ""}), ({}, {"key_id": None}),
        ([], {}), (3, {}), (b"\xff", {}), (b"[" * 100_000, {}), ({}, {}), ({"files": 3}, {}),
    ],
)  # fmt: skip
def test_a_file_of_another_shape_is_refused_in_words(
    officer: Any, chief: Any, client_for: Callable[..., Any], content: Any, outside: dict[str, Any]
) -> None:
    text = sealed_export(officer, content, "p", **outside)
    for body in (text, "[" * 100_000):
        form = {"pass_phrase": "p", "file": SimpleUploadedFile("x", body.encode())}
        assert client_for(chief).post(reverse("field:import"), form).status_code == 422


@pytest.mark.parametrize("file_id", ["../../escaped", "a/b/c/d/e", "short", ""])
def test_no_id_of_another_form_becomes_a_path(officer: Any, now: datetime, media: Path, file_id: str) -> None:
    with pytest.raises(BadInput):
        receive_file(file_id, "photo", photo(), by=officer, at=now)
    with pytest.raises(ValueError, match="path"):
        files.keep(file_id, files.clean_photo(photo()))
    assert not [path for path in media.rglob("*") if path.is_file()]
