"""Forms of the room ``journal``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jingwu.journal.queries import LineFilter


class FilterForm(forms.Form):
    """Which lines to show."""

    since = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    actor = forms.CharField(label=_("操作人"), required=False, max_length=80)
    verb = forms.CharField(
        label=_("动作"), required=False, max_length=60, help_text=_("从开头匹配,如 people.unmask")
    )
    record_id = forms.CharField(label=_("记录编号"), required=False, max_length=80)
    org_path = forms.CharField(label=_("单位路径"), required=False, max_length=200)
    views = forms.ChoiceField(
        label=_("类别"), required=False, choices=[("", _("全部")), ("0", _("写入")), ("1", _("查看"))]
    )

    def clean(self) -> dict[str, object]:
        """Refuse a period that ends before it begins."""
        found = super().clean() or {}
        if found.get("since") and found.get("until") and found["until"] < found["since"]:
            self.add_error("until", _("结束日期早于开始日期。"))
        return found

    def wanted(self) -> LineFilter:
        """Return the filter; dates are days of the offices' own time, the last one included."""
        found = self.cleaned_data if self.is_valid() else {}
        views = found.get("views") or ""
        return LineFilter(
            since=_midnight(found.get("since")),
            until=_midnight(found.get("until"), timedelta(days=1)),
            actor=found.get("actor") or "",
            verb=found.get("verb") or "",
            record_id=found.get("record_id") or "",
            org_path=found.get("org_path") or "",
            views=None if views == "" else views == "1",
        )


def _midnight(day: object, later: timedelta = timedelta(0)) -> datetime | None:
    if day is None:
        return None
    local = datetime.combine(day, datetime.min.time(), timezone.get_default_timezone())  # type: ignore[arg-type]
    try:
        return (local + later).astimezone(UTC)
    except OverflowError:
        return None  # before the first or after the last day there is: it bounds nothing
