"""Taking a report: one form by keyboard, duplicates beside it, nothing typed is lost."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingwu.incidents import actions, queries
from jingwu.incidents.actions import NewIncident
from jingwu.incidents.forms import DRAFT_KEY_LENGTH, IntakeForm
from jingwu.incidents.guide import GUIDES, emergency_words_in
from jingwu.journal.access import allowed, may, scope_paths
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput


@allowed("incidents.register")
@require_http_methods(["GET", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """Show the form, or register what it holds and go on to the dispatch."""
    choices = _offices(request)
    if request.method == "POST":
        form = IntakeForm(choices, request.POST)
        if form.is_valid():
            try:
                return redirect("incidents:incident", _register(request, form.cleaned_data))
            except BadInput as refusal:
                told = refusal.message(get_language() or "")
                wrong = refusal.fields or {"text": told}
                # one wrong field takes the whole sentence, several take their own words
                fields = wrong if len(wrong) > 1 else dict.fromkeys(wrong, told)
                for name, why in fields.items():
                    form.add_error(name if name in form.fields else None, why)
        return _page(request, form, status=422)
    key = request.GET.get("draft", "")[:DRAFT_KEY_LENGTH] or uuid.uuid4().hex
    kept = queries.draft(request.user, "intake", key)
    initial: dict[str, Any] = {"needs_presence": True, **(kept.content if kept else {}), "key": key}
    return _page(request, IntakeForm(choices, initial=initial))


def _register(request: HttpRequest, values: dict[str, Any]) -> int:
    at, priority = timezone.now(), values["priority"]
    key = values["key"] or None
    report = NewIncident(
        office_code=values["office"], text=values["text"], source=values["source"],
        category=values["category"], priority=int(priority) if priority else None,
        address=values["address"], address_detail=values["address_detail"], lon=values["lon"],
        lat=values["lat"], beat_code=values["beat"], reporter_name=values["reporter_name"],
        reporter_phone=values["reporter_phone"], tags=tuple(values["tags"]),
        needs_presence=values["needs_presence"], is_anonymous=values["is_anonymous"],
        is_domestic_violence=values["is_domestic_violence"],
        source_key=f"desk:{request.user.pk}:{key}" if key else None,
    )  # fmt: skip
    with transaction.atomic():
        row = actions.register(report, by=request.user, at=at, draft_key=key or "")
        grades = (
            report.category and report.priority and may(request.user, "incidents.dispatch", org=row, at=at)
        )
        if grades and row.state == "received":
            actions.triage(
                row.pk, category=report.category, priority=int(priority), tags=report.tags,
                needs_presence=report.needs_presence, by=request.user, at=at,
            )  # fmt: skip
    messages.success(request, _("已登记 %(number)s。") % {"number": row.number})
    return row.pk


def _page(request: HttpRequest, form: IntakeForm, *, status: int = 200) -> HttpResponse:
    values = {"form": form, "guides": GUIDES, "drafts": queries.drafts(request.user, "intake")}
    return render(request, "incidents/intake.html", values, status=status)


def _offices(request: HttpRequest) -> list[tuple[str, str]]:
    paths = scope_paths(request.user, "incidents.register", at=timezone.now())
    return [(row.code, row.name) for row in offices.offices(paths)]


@allowed("incidents.register")
@require_POST
def save_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed and show what may already have been reported."""
    at = timezone.now()
    content: dict[str, Any] = {
        name: request.POST.getlist(name) if name == "tags" else request.POST.get(name, "")
        for name in IntakeForm.base_fields
        if name in request.POST and name != "key"
    }
    for name in ("needs_presence", "is_domestic_violence", "is_anonymous"):
        content[name] = name in request.POST
    key, text = request.POST.get("key", ""), request.POST.get("text", "")
    if key and any(content.get(name) for name in ("text", "address", "reporter_phone")):
        title = (text or str(content.get("address", "")))[:60]
        actions.save_draft("intake", key, content, title=title, by=request.user, at=at)
    office = offices.office(request.POST["office"]) if request.POST.get("office") else None
    found: list[queries.Duplicate] = []
    is_outside = False
    if office is not None and (len(text) >= 4 or request.POST.get("lon")):
        norms = norms_for(office.path, timezone.localdate(at))
        lon, lat = _number(request.POST.get("lon", "")), _number(request.POST.get("lat", ""))
        point = {"lon": lon, "lat": lat} if lon is not None and lat is not None else {}
        category = request.POST.get("category", "")
        found = list(queries.duplicates_of(request.user, norms, at=at, text=text, category=category, **point))
        if point and (district := offices.district_of(office.path)) is not None:
            is_outside = not queries.ground_of(district.path).is_near(lon, lat)
    words = emergency_words_in(text)
    return render(
        request, "incidents/parts/beside_intake.html",
        {"duplicates": found, "emergency": words, "saved_at": at, "is_outside": is_outside},
    )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@allowed("incidents.register")
@require_POST
def drop_draft(request: HttpRequest) -> HttpResponse:
    """Throw a draft away."""
    actions.drop_draft("intake", request.POST.get("key", ""), by=request.user)
    return redirect("incidents:intake")


@allowed("incidents.register")
@require_GET
def addresses(request: HttpRequest) -> HttpResponse:
    """Return the options of the address type-ahead."""
    paths = scope_paths(request.user, "incidents.register", at=timezone.now())
    found = queries.known_addresses(paths, request.GET.get("address", ""))
    return render(request, "incidents/parts/addresses.html", {"found": found})
