"""Incidents from a file: uploaded, looked at, columns matched, taken, and taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingwu.incidents import actions, queries
from jingwu.incidents.forms import ColumnsForm, IncidentFileForm
from jingwu.incidents.models import CATEGORIES
from jingwu.incidents.sheet import INCIDENTS, LABELS_EN
from jingwu.journal.access import allowed
from jingwu.journal.language import is_english
from jingwu.terms.refusal import BadInput

LEVELS = {"preview": "soon", "refused": "act", "done": "fine"}


@allowed("incidents.import")
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """List the files and take in a new one."""
    at = timezone.now()
    form = IncidentFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch_id = actions.receive_file(str(file.name), file.read(), by=request.user, at=at)
        except BadInput as refusal:
            form.add_error("file", refusal.message(get_language() or ""))
        else:
            return redirect("incidents:import", batch_id)
    found = queries.batches(request.user, at=at)
    waiting = sum(1 for row in found if row.state == "preview")
    sentence = _("上传 110 已指派的警情:先看预览,确认后才登记。")
    if waiting:
        sentence = ngettext("%(n)d 份文件等您确认。", "%(n)d 份文件等您确认。", waiting) % {"n": waiting}
    english = is_english()
    context = {
        "form": form,
        "batches": [(row, LEVELS.get(row.state, "")) for row in found],
        "sentence": sentence,
        "columns": [
            (LABELS_EN[c.name] if english else c.header_zh, c.name, c.required) for c in INCIDENTS.columns
        ],
    }
    return render(request, "incidents/imports.html", context, status=422 if form.errors else 200)


@allowed("incidents.import")
@require_GET
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show one file: what would be registered, what is wrong, or what became of it."""
    facts = queries.batch(request.user, batch_id, at=timezone.now())
    return render(request, "incidents/import.html", _shown(facts, None))


def _shown(facts: queries.BatchFacts, form: ColumnsForm | None) -> dict[str, Any]:
    english = is_english()
    report = facts.report
    words = {code: str(label) for code, label in CATEGORIES}
    is_open = facts.state in ("preview", "refused")
    return {
        "facts": facts,
        "level": LEVELS.get(facts.state, ""),
        "sentence": _sentence(facts),
        "scope": [facts.name, facts.unit_name, facts.created_by],
        "problems": [{**row, "why": row["en" if english else "zh"]} for row in report.get("problems", ())],
        "problem_count": report.get("problem_count", 0),
        "sample": [
            {
                **row, "category_words": words.get(row["category"], ""),
                "reported_at": datetime.fromisoformat(row["reported_at"]) if row["reported_at"] else None,
            }
            for row in report.get("sample", ())
        ],
        "form": (form or _columns_form(facts)) if is_open else None,
        "is_open": is_open,
    }  # fmt: skip


def _columns_form(facts: queries.BatchFacts, data: Any = None) -> ColumnsForm:
    known = {**facts.report.get("columns", {}), "time_format": facts.mapping.get("time_format", "")}
    return ColumnsForm(facts.report.get("headers", ()), known, data)


def _sentence(facts: queries.BatchFacts) -> str:
    values = {"good": facts.good_count, "known": facts.known_count, "bad": facts.bad_count}
    if facts.state == "refused":
        if not facts.read_count:
            return _("这份文件还不能导入:没有读到可用的行。")
        return _("这份文件还不能导入:%(bad)d 行有问题。") % values
    if facts.state == "preview":
        if not facts.good_count:
            return _("没有新的警情:%(known)d 起已导入过,%(bad)d 行有问题。") % values
        if facts.bad_count and not facts.known_count:
            return _("可导入 %(good)d 起;%(bad)d 行有问题。") % values
        if facts.bad_count:
            return _("可导入 %(good)d 起;%(bad)d 行有问题,%(known)d 起已导入过。") % values
        if facts.known_count:
            return _("可导入 %(good)d 起;%(known)d 起已导入过,不会重复登记。") % values
        return _("没有问题,可导入 %(good)d 起。") % values
    if facts.state == "done":
        if facts.bad_count:
            return _("已导入 %(good)d 起,%(bad)d 行有问题未导入。") % values
        return _("已导入 %(good)d 起。") % values
    if facts.state == "undone":
        return _("已撤销:%(good)d 起警情按撤销处理,外部编号可以再次导入。") % values
    return _("已放弃,没有登记任何警情。")


@allowed("incidents.import")
@require_POST
def reread(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Read the file again with the columns of the form."""
    at = timezone.now()
    facts = queries.batch(request.user, batch_id, at=at)
    form = _columns_form(facts, request.POST)
    if not form.is_valid():
        return render(request, "incidents/import.html", _shown(facts, form), status=422)
    actions.reread_file(batch_id, mapping=form.as_mapping(), by=request.user, at=at)
    return redirect("incidents:import", batch_id)


@allowed("incidents.import")
@require_POST
def take(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Register the incidents of the preview."""
    only_good = request.POST.get("only_good") == "1"
    count = actions.take_file(batch_id, only_good=only_good, by=request.user, at=timezone.now())
    messages.success(request, _("已登记 %(n)d 起警情。") % {"n": count})
    return redirect("incidents:import", batch_id)


@allowed("incidents.import")
@require_POST
def drop(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Put the preview away."""
    actions.drop_file(batch_id, by=request.user, at=timezone.now())
    messages.info(request, _("已放弃,没有登记任何警情。"))
    return redirect("incidents:imports")


@allowed("incidents.import")
@require_POST
def undo(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take the incidents of one file back."""
    reason = request.POST.get("reason", "")
    count = actions.undo_file(batch_id, reason=reason, by=request.user, at=timezone.now())
    messages.success(request, _("已撤销 %(n)d 起警情。") % {"n": count})
    return redirect("incidents:import", batch_id)


@allowed("incidents.import")
@require_GET
def bad_rows(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Hand out the rows with problems, each with its reason, as a CSV to mend."""
    at = timezone.now()
    name = queries.batch(request.user, batch_id, at=at).name.rsplit(".", 1)[0]
    response = HttpResponse(
        actions.bad_file(batch_id, by=request.user, at=at), content_type="text/csv; charset=utf-8"
    )
    shown = _("%(name)s 有问题的行.csv") % {"name": name}
    response["Content-Disposition"] = content_disposition_header(True, shown) or "attachment"
    return response
