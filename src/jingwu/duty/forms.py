"""Forms of the room: a new roster, its publication, leave, swaps, the holiday table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jingwu.duty.models import Leave

SYSTEMS = (
    ("four_crews_three_shifts", _("四班三运转(8 小时)")),
    ("twelve_hours", _("12 小时两班")),
    ("twenty_four_hours", _("24 小时值班")),
    ("eight_hours", _("8 小时常白班")),
)


FOUR = 4
"""Weeks of the next roster proposed: whole weeks keep the turns."""


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day within reach of the calendar: a year mistyped is told, not computed with."""

    widget = DayInput

    def __init__(self, **options: Any) -> None:
        limits = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 12, 31))]
        super().__init__(validators=limits, **options)


def next_month(today: date) -> tuple[date, date]:
    """Return the first and last day of the month after ``today``."""
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


class DraftForm(forms.Form):
    """Which days a new roster covers, and by which system the office works."""

    first_day = DayField(label=_("从"))
    last_day = DayField(label=pgettext_lazy("last day", "到"))
    system = forms.ChoiceField(label=_("勤务制式"), choices=SYSTEMS)

    def __init__(self, *args: Any, after: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = next_month(timezone.localdate())
        if after is not None and after >= timezone.localdate():
            first, last = after + timedelta(days=1), after + timedelta(weeks=FOUR)
        self.fields["first_day"].initial, self.fields["last_day"].initial = first, last


class PublishForm(forms.Form):
    """Why a roster off the norms is published all the same."""

    reason = forms.CharField(label=_("不合规范时的理由"), max_length=300, required=False)


class LeaveForm(forms.Form):
    """Which days somebody is away, and why."""

    kind = forms.ChoiceField(label=_("类别"), choices=Leave.Kind.choices)
    first_day = DayField(label=_("从"))
    last_day = DayField(label=pgettext_lazy("last day", "到"))
    reason = forms.CharField(label=_("事由"), max_length=300, required=False)


class SwapForm(forms.Form):
    """My shift for another's."""

    giver_day = forms.TypedChoiceField(label=pgettext_lazy("one", "我的班"), coerce=date.fromisoformat)
    taker = forms.TypedChoiceField(label=_("与谁换"), coerce=int)
    taker_day = DayField(label=_("换对方哪天的班"), help_text=_("对方那天休息也可以:等于请对方顶班。"))
    reason = forms.CharField(label=_("事由"), max_length=300, required=False)

    def __init__(
        self, shifts: Sequence[tuple[str, str]], people: Sequence[tuple[int, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["giver_day"].choices = list(shifts)
        self.fields["taker"].choices = list(people)


class CompRestForm(forms.Form):
    """Overtime to be given back, or rest given."""

    person = forms.TypedChoiceField(label=pgettext_lazy("one", "人员"), coerce=int)
    kind = forms.ChoiceField(label=_("类别"), choices=(("owed", _("加班,欠补休")), ("given", _("已补休"))))
    day = DayField(label=_("日期"))
    minutes = forms.IntegerField(label=_("时长"), min_value=1, max_value=24 * 60)
    reason = forms.CharField(label=_("事由"), max_length=200)
    key = forms.CharField(widget=forms.HiddenInput(), max_length=64)  # sent twice, written once

    def __init__(self, people: Sequence[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = list(people)


class HolidayForm(forms.Form):
    """The holiday table of a year as a spreadsheet or text."""

    year = forms.IntegerField(label=_("年份"), min_value=2020, max_value=2100)
    file = forms.FileField(
        label=_("文件"),
        required=False,
        help_text=_("Excel 或 CSV,三列:日期、名称、类型(休/班)。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    text = forms.CharField(
        label=_("或直接粘贴"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("一行一天,例如:2027-01-01,元旦,休"),
    )
