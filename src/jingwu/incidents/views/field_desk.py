"""The desk's side of the field: settle conflicts, take in exported files, print patrol points' codes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jingwu.incidents.actions import sync_desk
from jingwu.incidents.models.records import RESULTS
from jingwu.incidents.qr import qr_picture
from jingwu.incidents.queries import field as queries
from jingwu.journal.access import allowed
from jingwu.terms.refusal import BadInput, Refusal

FIELD_NAMES = {
    "title": gettext_lazy("标题"),
    "place": gettext_lazy("地点"),
    "facts": gettext_lazy("经过"),
    "measures": gettext_lazy("处置措施"),
    "next_step": gettext_lazy("后续"),
    "result_code": gettext_lazy("处置结果"),
    "lon": gettext_lazy("经度"),
    "lat": gettext_lazy("纬度"),
    "persons_count": gettext_lazy("涉及人数"),
    "note": gettext_lazy("备注"),
    "result": gettext_lazy("结果"),
}
EXPORT_BYTES_AT_MOST = 200_000_000


@allowed("incidents.dispatch")
@require_safe
def conflicts(request: HttpRequest) -> HttpResponse:
    """What two phones said differently, what is incomplete, and whose clock is wrong."""
    now = timezone.now()
    rows = [_shown(one) for one in queries.conflicts(request.user, at=now)]
    count = len(rows)
    sentence = (
        ngettext("%(count)s 处内容有两个版本,请裁定。", "%(count)s 处内容有两个版本,请裁定。", count)
        % {"count": count}
        if count
        else _("没有待裁定的内容。")
    )
    context = {
        "sentence": sentence,
        "rows": rows,
        "incomplete": queries.incomplete(request.user, at=now),
        "clocks": [
            (code, label, abs(seconds) // 60, seconds > 0, seen)
            for code, label, seconds, seen in queries.skewed_devices(request.user, at=now)
        ],
    }
    return render(request, "incidents/field/conflicts.html", context)


def _shown(conflict: queries.Conflict) -> dict[str, Any]:
    labels = dict(RESULTS)
    values = [
        {
            "number": number,
            "text": labels.get(one.value, one.value) if conflict.name == "result_code" else one.value,
            "said": one,
        }
        for number, one in enumerate(conflict.values)
    ]
    return {
        "conflict": conflict,
        "name": FIELD_NAMES.get(conflict.name, conflict.name),
        "values": values,
        "url": reverse("incidents:incident", args=[conflict.incident_id]) if conflict.incident_id else "",
    }


@allowed("incidents.dispatch")
@require_POST
def settle(request: HttpRequest, record_id: int) -> HttpResponse:
    """Keep one of the values."""
    try:
        choice, version = int(request.POST["choice"]), int(request.POST["version"])
    except (KeyError, ValueError) as error:
        raise BadInput("field.no_choice", "请选择保留哪一个。", "Choose which value to keep.") from error
    sync_desk.settle(
        record_id, request.POST.get("name", ""), choice, version=version, by=request.user, at=timezone.now()
    )
    messages.success(request, _("已裁定,另一个版本仍保留在记录中。"))
    return redirect("field:conflicts")


@allowed("incidents.dispatch")
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """Take in a file that a phone without network exported."""
    refusal: Refusal | None = None
    imported = None
    if request.method == "POST":
        try:
            imported = _imported(request)
        except Refusal as raised:
            refusal = raised
    context = {"refusal": refusal, "imported": imported, "answers": _answers(imported)}
    return render(request, "incidents/field/import.html", context, status=422 if refusal else 200)


def _imported(request: HttpRequest) -> sync_desk.Imported:
    upload = request.FILES.get("file")
    if upload is None or int(upload.size or 0) > EXPORT_BYTES_AT_MOST:
        raise BadInput(
            "field.no_export", "请选择警格通导出的文件。", "Choose a file exported by the field app."
        )
    try:
        text = upload.read().decode()
    except UnicodeDecodeError as error:
        raise BadInput(
            "field.no_export", "这不是警格通导出的加密文件。", "This is not an export of the field app."
        ) from error
    pass_phrase = request.POST.get("pass_phrase", "")
    return sync_desk.take_in_export(text, pass_phrase, by=request.user, at=timezone.now())


def _answers(imported: sync_desk.Imported | None) -> list[dict[str, Any]]:
    if imported is None:
        return []
    language = get_language() or ""
    return [answer.plain(language) for answer in imported.handed.answers if answer.message_zh]


@allowed("incidents.dispatch")
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """The QR codes of the patrol points, to print and put up."""
    points = [
        {"point": point, "picture": qr_picture(f"jingwu:point:{point.code}")}
        for point in queries.points_of(request.user, at=timezone.now())
    ]
    return render(request, "incidents/field/codes.html", {"points": points})
