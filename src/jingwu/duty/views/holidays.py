"""The holiday table: which years are known, and uploading the next."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jingwu.duty import actions
from jingwu.duty.forms import HolidayForm
from jingwu.duty.holiday_file import read_holidays, read_text
from jingwu.duty.queries import calendar
from jingwu.duty.views import present
from jingwu.journal.access import allowed, may
from jingwu.norms import Norms
from jingwu.offices.local_norms import norms_for
from jingwu.terms.refusal import BadInput

YEARS_AHEAD = 2


@allowed("duty.view")
@require_http_methods(["GET", "POST"])
def holidays(request: HttpRequest) -> HttpResponse:
    """Show where each year's holidays come from; store an uploaded table."""
    today = timezone.localdate()
    norms = norms_for("/", today)
    form = HolidayForm(request.POST or None, request.FILES or None, initial={"year": today.year + 1})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            file, text = form.cleaned_data["file"], form.cleaned_data["text"]
            days = read_holidays(file.read(), file.name) if file else read_text(text)
            count = actions.upload_holidays(
                form.cleaned_data["year"], days, by=request.user, at=timezone.now()
            )
        except BadInput as error:
            refusal = error
        else:
            messages.success(request, _("已保存 %(n)d 天。") % {"n": count})
            return redirect("duty:holidays")
    years = sorted({*range(today.year, today.year + YEARS_AHEAD + 1), *calendar.uploaded_years()})
    sources = [calendar.year_source(year, norms) for year in years]
    unknown = [str(source.year) for source in sources if source.source == "fixed"]
    sentence = (
        _("%(years)s 年的放假通知还没有:只按固定日期(元旦、五一、国庆)推算。")
        % {"years": present.listed(unknown)}
        if unknown
        else _("今后两年的节假日都已知。")
    )
    context = {
        "form": form,
        "refusal": refusal,
        "sentence": sentence,
        "years": [{"source": s, "days": _tell(s, norms)} for s in sources],
        "may_upload": may(request.user, "duty.holidays"),
    }
    return render(request, "duty/holidays.html", context, status=422 if form.errors or refusal else 200)


def _tell(source: calendar.YearSource, norms: Norms) -> str:
    if source.source == "uploaded":
        rows = calendar.holidays(source.year)
        off = [row for row in rows if not row.is_working]
        worked = [present.md(row.day) for row in rows if row.is_working]
        names = dict.fromkeys(row.name for row in off if row.name)
        return _("%(n)d 天放假(%(names)s);调休上班:%(worked)s") % {
            "n": len(off),
            "names": present.listed(names),
            "worked": present.listed(worked) or "–",
        }
    table = norms.calendar
    if source.source == "notice":
        year = table.years[source.year]
        return _("%(n)d 天放假;调休上班:%(worked)s") % {
            "n": len(year.rest),
            "worked": present.listed(present.md(day) for day in year.worked),
        }
    return present.listed(present.md(day) for day in calendar.fixed(source.year, norms))
