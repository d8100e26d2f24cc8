"""What the field app asks and hands in, as JSON; every answer is one the phone may act on for good."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from jingwu.incidents.actions.sync import hand_in
from jingwu.incidents.actions.sync_files import largest_file, receive_file, refuse_large
from jingwu.incidents.field import files
from jingwu.incidents.field.keys import outbox_keys
from jingwu.incidents.field.protocol import read_batch
from jingwu.incidents.models.records import RESULTS
from jingwu.incidents.queries import field as queries
from jingwu.journal import actions as journal
from jingwu.journal.access import allowed, may, require
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput, NotAllowed, Refusal

# bytes of one request of changes: two hundred long notes; files go their own way
SYNC_BYTES_AT_MOST = 2_500_000
# what a form around a file adds
FORM_BYTES = 4096
STATUS = ((NotAllowed, 403), (BadInput, 422), (Refusal, 409))

View = Callable[..., HttpResponse]


def in_json(view: View) -> View:
    """Let a refusal reach the phone as JSON, whatever it says it accepts."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            status = next(number for kind, number in STATUS if isinstance(refusal, kind))
            words = {"code": refusal.code, "message": refusal.message(get_language() or "")}
            return _json({**words, "fields": refusal.fields}, status=status)

    return answering


@allowed("incidents.attend")
@never_cache
@require_safe
@in_json
def today(request: HttpRequest) -> HttpResponse:
    """Everything for a day without network: tasks, group, roster, map, words and the keys of the outbox."""
    now = timezone.now()
    account: Any = request.user
    found = queries.today(account, at=now)
    if found is None:
        raise NotAllowed(
            "field.no_office", "您的账号不属于任何警务室。", "Your account belongs to no office."
        )
    norms = norms_for(found.office.path, timezone.localdate(now))
    person = account.person
    return _json(
        {
            "server_at": now,
            "account": {"id": account.pk, "label": account.label, "code": person.code if person else ""},
            "roles": account.role_label,
            "keys": outbox_keys(account.pk),
            "office": {"name": found.office.name, "lon": found.office.lon, "lat": found.office.lat},
            "group": dataclasses.asdict(found.group),
            "incidents": [dataclasses.asdict(one) for one in found.incidents],
            "tasks": [dataclasses.asdict(one) for one in found.tasks],
            "points": [dataclasses.asdict(one) for one in found.points],
            "roster": [dataclasses.asdict(one) for one in found.roster],
            "records": [dataclasses.asdict(one) for one in found.records],
            "results": [{"code": code, "label": str(label)} for code, label in RESULTS],
            "may_dispose": may(account, "incidents.dispose", at=now),
            "limits": {
                "note_characters": norms.incidents.note_max_characters,
                "photo_bytes": norms.incidents.photo_max_bytes,
            },
            "map": _map(found.office),
            "handover_url": _address("duty:handover"),
        }
    )


def _map(office: Any) -> dict[str, Any]:
    """Return the office's ground as the map module wants it: own vector data, no tile of anybody's."""
    beats = [
        {
            "type": "Feature", "geometry": beat.polygon,
            "properties": {"id": beat.code, "label": beat.name, "class": "even", "tip": []},
        }
        for beat in offices.beats([office.path]) if beat.polygon
    ]  # fmt: skip
    district = offices.district_of(office.path)
    background = offices.map_background(district.code) if district else None
    roads = background.roads if background else []
    water = background.water if background else []
    return {
        "beats": {"type": "FeatureCollection", "features": beats},
        "roads": _features(roads, "LineString"),
        "water": _features(water, "Polygon"),
    }


def _features(rows: list[Any], kind: str) -> dict[str, Any]:
    def shape(points: Any) -> Any:
        return [points] if kind == "Polygon" else points

    features = [
        {
            "type": "Feature", "properties": {"name": row.get("name", "")},
            "geometry": {"type": kind, "coordinates": shape(row["points"])},
        }
        for row in rows
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@allowed("incidents.attend")
@never_cache
@require_POST
@in_json
def sync(request: HttpRequest) -> HttpResponse:
    """Take in a batch; the answer leaves only after the transaction is on the disk."""
    refuse_large(int(request.META.get("CONTENT_LENGTH") or 0), SYNC_BYTES_AT_MOST)
    try:
        plain = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadInput("field.unreadable", "上传内容无法读取。", "The upload cannot be read.") from error
    now = timezone.now()
    handed = hand_in(read_batch(plain), by=request.user, at=now)
    language = get_language() or ""
    return _json(
        {
            "server_at": now,
            "skew_seconds": handed.skew_seconds,
            "answers": [answer.plain(language) for answer in handed.answers],
            "versions": handed.versions,
            "missing": handed.missing,
        }
    )


@allowed("incidents.attend")
@never_cache
@in_json
def file(request: HttpRequest, file_id: str) -> HttpResponse:
    """Take in a photo or voice note (POST), or show it to whoever may see its record (GET)."""
    if request.method != "POST":
        return _show(request, file_id)
    now = timezone.now()
    account: Any = request.user
    # by what the request says of itself: a 50 MB photo is refused before it is read
    at_most = largest_file(account, at=now)
    refuse_large(int(request.META.get("CONTENT_LENGTH") or 0) - FORM_BYTES, at_most)
    upload = request.FILES.get("file")
    if upload is None:
        raise BadInput("field.no_file", "没有收到附件。", "No file was received.")
    refuse_large(int(upload.size or 0), at_most)
    kind = "voice" if request.POST.get("kind") == "voice" else "photo"
    is_new = receive_file(file_id, kind, upload.read(), by=account, at=now)
    return _json({"id": file_id, "is_new": is_new})


def _show(request: HttpRequest, file_id: str) -> HttpResponse:
    row = queries.file_of(file_id)
    if row is None:
        raise Http404
    account: Any = request.user
    now = timezone.now()
    if row.account_id != account.pk:
        require(account, "incidents.dispatch", org=row.record.org_path if row.record else "/", at=now)
    ref = journal.RecordRef(
        "incidents", "field_file", file_id, row.record.org_path if row.record else ""
    )  # fmt: skip
    _note_view(ref, account, now)
    response = HttpResponse(files.read(file_id, row.path, row.key_id), row.media_type)
    response["Content-Disposition"] = f'inline; filename="{file_id}"'
    response["Content-Security-Policy"] = "default-src 'none'"
    return response


def _note_view(ref: journal.RecordRef, account: Any, now: datetime) -> None:
    from django.db import transaction

    with transaction.atomic():
        journal.record_view("field.see_file", by=account, at=now, record=ref)


def _json(plain: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(plain, status=status, json_dumps_params={"ensure_ascii": False})
