"""Addresses for machines: signed hand-in of dispatched incidents, and every step as JSON."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI, Router, Schema
from ninja.security import django_auth

from jingwu.incidents import actions, queries
from jingwu.incidents.actions import CrewChoice, FeedbackForm
from jingwu.incidents.actions.imports import take_rows, verify_source
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal, Unknown

MOST_BYTES = 5_000_000
router = Router(tags=["incidents"])


class StepIn(Schema):
    """What a step may carry; each verb reads what it needs."""

    reason: str = ""
    clause: str = ""
    receiver: str = ""
    category: str = ""
    priority: int | None = None
    tags: list[str] = []
    needs_presence: bool = True
    proposal: int | None = None
    persons: list[str] = []
    responsible: dict[str, str] = {}
    overrides: dict[str, str] = {}
    facts: str = ""
    measures: str = ""
    result: str = ""
    next_step: str = ""
    recordings: list[dict[str, str]] = []
    no_recording_reason: str = ""


class ImportRow(Schema):
    """One dispatched incident; a time without a zone is the offices' own."""

    external_id: str
    office_code: str
    text: str
    source: str = "dispatch_110"
    category: str = ""
    priority: str | int | None = None
    address: str = ""
    address_detail: str = ""
    lon: float | None = None
    lat: float | None = None
    reporter_name: str = ""
    reporter_phone: str = ""
    reported_at: str | None = None
    occurred_at: str | None = None


class ImportIn(Schema):
    """What a source hands in: rows, of which each stands alone."""

    incidents: list[ImportRow]


class RowOut(Schema):
    """What became of a row: ``state`` is taken, known or refused; ``code``, ``zh`` and ``en`` say why."""

    row: int
    state: str
    number: str
    code: str
    zh: str
    en: str


class ImportOut(Schema):
    """What became of every row, in order."""

    rows: list[RowOut]


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def _inlined(outer: type[Schema], inner: type[Schema]) -> dict[str, Any]:
    """Return the schema of a list of ``inner`` in ``outer`` without references into another document."""
    whole = outer.model_json_schema()
    whole.pop("$defs")
    whole["properties"]["incidents"]["items"] = inner.model_json_schema()
    return whole


# the signature is over the body as it came, so the view reads it itself and the schema is stated here
SIGNED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _inlined(ImportIn, ImportRow)}},
    },
    "parameters": [
        _header("X-Jingwu-Source", "code of the source"),
        _header("X-Jingwu-Timestamp", "Unix time in seconds, at most five minutes off"),
        _header("X-Jingwu-Nonce", "8 to 64 signs, never used before"),
        _header(
            "X-Jingwu-Signature", "HMAC-SHA256 in hex over time, nonce and SHA-256 of the body, each a line"
        ),
    ],
}


@router.post("/import", auth=None, response=ImportOut, openapi_extra=SIGNED)
def take_in(request: HttpRequest) -> dict[str, Any]:
    """Take dispatched incidents of another system, signed by its secret (docs/rooms/incidents.md)."""
    body = request.body
    if len(body) > MOST_BYTES:
        raise BadInput("import.too_large", "一次最多 5 MB。", "5 MB at most.")
    at = timezone.now()
    source = verify_source(
        request.headers.get("X-Jingwu-Source", ""),
        timestamp=request.headers.get("X-Jingwu-Timestamp", ""),
        nonce=request.headers.get("X-Jingwu-Nonce", ""),
        signature=request.headers.get("X-Jingwu-Signature", ""), body=body, at=at,
    )  # fmt: skip
    try:
        rows = json.loads(body)["incidents"]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TypeError("rows are a list of objects")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput(
            "import.bad_body", '内容不是 {"incidents": [...]}。', 'The body is not {"incidents": [...]}.'
        ) from error
    return {"rows": [vars(outcome) for outcome in take_rows(rows, by=source, at=at)]}


@router.get("/{int:incident_id}", auth=django_auth)
def read(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """Return an incident's state and what the account could do next."""
    at = timezone.now()
    row = queries.find(request.user, incident_id, at=at)
    options = queries.options_for(request.user, incident_id, at=at)
    return {
        "id": row.pk, "number": row.number, "state": row.state, "version": row.version, "due_at": row.due_at,
        "options": [
            {"verb": o.verb, "permitted": o.permitted, "why_not": list(o.reasons_zh)} for o in options
        ],
    }  # fmt: skip


@router.post("/{int:incident_id}/steps/{verb}", auth=django_auth)
def step(request: HttpRequest, incident_id: int, verb: str, given: StepIn) -> dict[str, Any]:
    """Take a step as the signed-in account; the same rules hold as on every page."""
    at = timezone.now()
    _take(request, incident_id, verb, given, at)
    row = queries.find(request.user, incident_id, at=at)
    return {"id": row.pk, "number": row.number, "state": row.state, "version": row.version}


_BARE = (
    "ack",
    "depart",
    "arrive",
    "handle",
    "leave",
    "check_in",
    "review",
    "follow_up",
    "close",
    "archive",
    "resume",
)
_WITH_REASON = (
    "recall", "send_back", "rework", "reopen", "transfer_12345", "take_back", "unmerge", "mark_false",
    "ask_cancel", "handle_remotely",
)  # fmt: skip


def _take(request: HttpRequest, incident_id: int, verb: str, given: StepIn, at: Any) -> None:
    by = request.user
    if verb in _BARE:
        getattr(actions, verb)(incident_id, by=by, at=at)
    elif verb in _WITH_REASON:
        getattr(actions, verb)(incident_id, reason=given.reason, by=by, at=at)
    elif verb == "refuse":
        actions.refuse(incident_id, clause=given.clause, reason=given.reason, by=by, at=at)
    elif verb == "transfer_station":
        actions.transfer_station(incident_id, receiver=given.receiver, reason=given.reason, by=by, at=at)
    elif verb == "triage":
        actions.triage(
            incident_id, category=given.category, priority=given.priority or 0, tags=tuple(given.tags),
            needs_presence=given.needs_presence, by=by, at=at,
        )  # fmt: skip
    elif verb == "dispatch":
        choice = CrewChoice(given.proposal, tuple(given.persons), given.responsible, given.overrides)
        actions.dispatch(incident_id, choice, by=by, at=at)
    elif verb == "feed_back":
        form = FeedbackForm(
            given.facts, given.measures, given.result, given.next_step,
            actions.recordings_from(given.recordings), given.no_recording_reason,
        )  # fmt: skip
        actions.feed_back(incident_id, form, by=by, at=at)
    else:
        raise Refusal("incident.no_step", "没有这个操作。", "There is no such step.")


api = NinjaAPI(title="云上警务室 · 警情", urls_namespace="incidents-api", docs_url=None)  # as is
api.add_router("", router)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer an expected refusal with its code and words, never with a page."""
    kinds = ((NotAllowed, 403), (Unknown, 404), (ChangedMeanwhile, 409), (BadInput, 422), (Refusal, 409))
    status = next(number for kind, number in kinds if isinstance(refusal, kind))
    told = {
        "code": refusal.code,
        "zh": refusal.message_zh,
        "en": refusal.message_en,
        "fields": refusal.fields,
    }
    return api.create_response(request, told, status=status)
