"""Bring facts in: upload, see what was read and what is wrong, map columns, adopt, undo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingwu.journal.access import allowed, scope_paths
from jingwu.journal.language import is_english
from jingwu.offices import queries as offices
from jingwu.planning import actions, queries
from jingwu.planning.forms import SheetMappingForm, UploadForm
from jingwu.terms.people import OrgLevel
from jingwu.terms.refusal import BadInput, Refusal

TABLE_NAMES = {
    "offices": gettext_lazy("警务室"),
    "beats": gettext_lazy("警格"),
    "people": gettext_lazy("人员"),
    "calls": gettext_lazy("警情"),
    "workload": gettext_lazy("工作量"),
}


@dataclass(frozen=True)
class ReadingJob:
    """A reading as the progress part wants to see it."""

    state: str
    done_share: float
    step: str
    poll_url: str
    result_url: str
    cancel_url: str
    remaining_seconds: float | None = None
    refusal: Refusal | None = None


@allowed("imports.view")
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """List the fact sets and take in new files."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            fact_set_id = actions.receive_upload(
                [(str(file.name), file.read()) for file in form.cleaned_data["files"]],
                org_code=_district(request).code,
                name=form.cleaned_data["name"],
                accepts_bad_rows=form.cleaned_data["accepts_bad_rows"],
                by=request.user,
                at=timezone.now(),
            )
        except BadInput as refusal:
            form.add_error("files", refusal.message(get_language() or ""))
        else:
            return redirect("planning:import", fact_set_id)
    fact_sets = queries.fact_sets(request.user)
    context = {"form": form, "fact_sets": fact_sets, "adopted": _newest_adopted(fact_sets)}
    status = 422 if form.errors else 200
    return render(request, "planning/imports/list.html", context, status=status)


def _district(request: HttpRequest) -> offices.UnitFacts:
    """Return the district the account brings facts in for."""
    for path in scope_paths(request.user, "imports.run"):
        found = offices.units([path], level=OrgLevel.DISTRICT)
        if found:
            return found[0]
    raise Refusal(
        "facts.no_district",
        "您的管辖范围内没有分局,无法导入。",
        "There is no district within your scope to import for.",
    )


def _newest_adopted(fact_sets: Any) -> queries.FactSetFacts | None:
    return next((facts for facts in fact_sets if facts.state == "adopted"), None)


@allowed("imports.view")
@require_GET
def fact_set(request: HttpRequest, fact_set_id: int) -> HttpResponse:
    """Show one fact set: its reading under way, or what was read, its problems and what can be done."""
    facts = queries.fact_set(request.user, fact_set_id)
    reading = queries.reading(request.user, fact_set_id)
    return render(request, "planning/imports/detail.html", _detail(facts, reading, None))


def _detail(
    facts: queries.FactSetFacts, reading: queries.ReadingFacts, forms: list[SheetMappingForm] | None
) -> dict[str, Any]:
    report = reading.report
    english = is_english()
    words = "en" if english else "zh"
    said = report.get("refusal")
    return {
        "facts": facts,
        "reading": reading,
        "job": _job(facts, reading),
        "refusal": Refusal(said["code"], said["zh"], said["en"]) if said else None,
        "problems": [{**row, "why": row[words]} for row in report.get("problems", [])],
        "problem_count": report.get("problem_count", 0),
        "notes": [note[words] for note in report.get("notes", [])],
        "tables": [
            {**row, "label": TABLE_NAMES.get(row["table"], row["table"])} for row in report.get("tables", [])
        ],
        "counts": [(TABLE_NAMES[name], count) for name, count in facts.counts.items()],
        "mapping_forms": forms if forms is not None else _mapping_forms(reading),
        "added": {name: len(reading.adoption.get(name, [])) for name in ("offices", "beats", "people")},
        "steps": (_("上传"), _("检查"), _("采用")),
        "step": {"reading": 2, "preview": 3, "refused": 2}.get(facts.state, 3),
    }


def _job(facts: queries.FactSetFacts, reading: queries.ReadingFacts) -> ReadingJob:
    here = reverse("planning:import", args=[facts.id])
    return ReadingJob(
        state="running" if reading.state == "reading" else "done",
        done_share=reading.progress_share,
        step=_("正在读取:%(table)s") % {"table": reading.progress_step}
        if reading.progress_step
        else _("准备读取"),
        poll_url=reverse("planning:import_progress", args=[facts.id]),
        result_url=here,
        cancel_url=reverse("planning:import_drop", args=[facts.id]),
    )


def _mapping_forms(reading: queries.ReadingFacts, data: Any = None) -> list[SheetMappingForm]:
    forms = []
    understood = reading.report.get("headers", {})
    for place, sample in enumerate(reading.report.get("samples", [])):
        known = {ours: theirs for theirs, ours in understood.get(sample["table"], {}).items()}
        forms.append(SheetMappingForm(sample, known, data, prefix=f"sheet{place}"))
    return forms


@allowed("imports.view")
@require_GET
def progress(request: HttpRequest, fact_set_id: int) -> HttpResponse:
    """Show how far a reading is (the part that asks again every second)."""
    facts = queries.fact_set(request.user, fact_set_id)
    reading = queries.reading(request.user, fact_set_id)
    return render(request, "site/parts/job.html", {"job": _job(facts, reading)})


@allowed("imports.run")
@require_POST
def reread(request: HttpRequest, fact_set_id: int) -> HttpResponse:
    """Read the files again with the mapping of the form."""
    facts = queries.fact_set(request.user, fact_set_id)
    reading = queries.reading(request.user, fact_set_id)
    forms = _mapping_forms(reading, request.POST)
    if not all(form.is_valid() for form in forms):
        return render(request, "planning/imports/detail.html", _detail(facts, reading, forms), status=422)
    tables = dict(found for form in forms if (found := form.as_mapping()) is not None)
    actions.reread_facts(
        fact_set_id,
        mapping={"tables": tables} if tables else {},
        accepts_bad_rows="accepts_bad_rows" in request.POST,
        by=request.user,
        at=timezone.now(),
    )
    return redirect("planning:import", fact_set_id)


@allowed("imports.run")
@require_POST
def adopt(request: HttpRequest, fact_set_id: int) -> HttpResponse:
    """Make the preview the organisation's facts."""
    actions.adopt_facts(fact_set_id, by=request.user, at=timezone.now())
    messages.success(request, _("已采用这批数据,可以据此计算方案。"))
    return redirect("planning:import", fact_set_id)


@allowed("imports.run")
@require_POST
def drop(request: HttpRequest, fact_set_id: int) -> HttpResponse:
    """Put a preview away."""
    actions.drop_facts(fact_set_id, by=request.user, at=timezone.now())
    messages.info(request, _("已放弃,没有改动任何数据。"))
    return redirect("planning:imports")


@allowed("imports.undo")
@require_POST
def undo(request: HttpRequest, fact_set_id: int) -> HttpResponse:
    """Undo an adoption."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise BadInput("facts.no_reason", "撤销需要写明理由。", "Undoing takes a reason.")
    actions.undo_facts(fact_set_id, reason=reason, by=request.user, at=timezone.now())
    messages.success(request, _("已撤销,警务室、警格和人员恢复到导入之前。"))
    return redirect("planning:import", fact_set_id)
