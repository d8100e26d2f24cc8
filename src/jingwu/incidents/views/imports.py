"""Incidents from a file: read, told row by row what became of it."""

from __future__ import annotations

import csv
import io

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jingwu.incidents.actions.imports import take_rows
from jingwu.incidents.forms import CsvForm
from jingwu.incidents.tables import IMPORT_COLUMNS
from jingwu.journal.access import allowed, scope_paths
from jingwu.terms.refusal import BadInput

MOST_BYTES = 5_000_000


@allowed("incidents.import")
@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Show the form, or take the rows of a file and say what became of each."""
    outcomes = None
    form = CsvForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        file = form.cleaned_data["file"]
        try:
            rows = read_csv(file.read(MOST_BYTES + 1))
        except BadInput as refusal:
            form.add_error("file", refusal.message(request.LANGUAGE_CODE))
        else:
            paths = scope_paths(request.user, "incidents.import", at=at)
            outcomes = take_rows(rows, source_code="file", path=paths[0], by=request.user, at=at)
    taken = sum(1 for row in outcomes or () if row.state == "taken")
    known = sum(1 for row in outcomes or () if row.state == "known")
    sentence = _("导入 110 已指派的警情。")
    if outcomes is not None:
        values = {"taken": taken, "known": known, "refused": len(outcomes) - taken - known}
        sentence = _("导入 %(taken)d 起,已有 %(known)d 起,未导入 %(refused)d 行。") % values
    context = {"form": form, "outcomes": outcomes, "sentence": sentence, "columns": IMPORT_COLUMNS}
    return render(request, "incidents/import.html", context)


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV in UTF-8 (with or without BOM) or GBK, by our names of columns.

    Raises
        BadInput: too large, in another encoding, or without the columns that are needed.
    """
    if len(content) > MOST_BYTES:
        raise BadInput("import.too_large", "文件超过 5 MB。", "The file is larger than 5 MB.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadInput("import.encoding", "文件不是 UTF-8 或 GBK。", "The file is neither UTF-8 nor GBK.")
    reader = csv.DictReader(io.StringIO(text))
    names = {name: IMPORT_COLUMNS.get(name.strip(), name.strip()) for name in reader.fieldnames or ()}
    missing = {"external_id", "office_code", "text"} - set(names.values())
    if missing:
        told = "、".join(sorted(missing))
        raise BadInput("import.columns", f"缺少列:{told}", f"Missing columns: {told}")
    return [{names[key]: value or "" for key, value in row.items() if key in names} for row in reader]
