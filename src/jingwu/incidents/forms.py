"""Forms of the desk and of the public report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from jingwu.incidents.actions import NewPoint
from jingwu.incidents.models import CATEGORIES, PRIORITIES
from jingwu.incidents.models.records import RESULTS
from jingwu.incidents.sheet import INCIDENTS, LABELS_EN
from jingwu.journal.language import is_english
from jingwu.sheets.times import BY_SHOWN
from jingwu.terms.refusal import BadInput

TAG_LABELS = (
    ("danger", _("有危险")), ("weapon", _("凶器")), ("suspect_control", _("控制嫌疑人")),
    ("inspection", pgettext_lazy("incident", "检查")), ("minor", _("未成年人")),
    ("sexual", _("性侵害")), ("suicide", _("自杀")),
    ("mass", _("多人聚集")), ("traffic_control", _("交通管控")),
)  # fmt: skip
DRAFT_KEY_LENGTH = 64  # of ``Draft.key``; a report's own key holds it as well
POINT_LIKE = "江边步道北口, 104.0712, 30.5521, 50"  # as is
CHOOSE = [("", _("请选择"))]
# what belongs on the emergency line is not offered to somebody who fills in a form
PUBLIC_CATEGORIES = [row for row in CATEGORIES if row[0] not in ("crime", "mass_incident", "fire_disaster")]
DESK_SOURCES = [
    ("phone", _("电话")),
    ("walk_in", _("来访")),
    ("patrol", _("巡逻发现")),
    ("hotline_12345", _("12345 转办")),
]


class OfficeForm(forms.Form):
    """A form whose field ``office`` offers the offices (code, name) it is given."""

    def __init__(self, offices: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = list(offices)


class IntakeForm(OfficeForm):
    """A report as it is typed on the telephone: everything but the text may come later."""

    text = forms.CharField(
        label=_("发生了什么"), max_length=20000, widget=forms.Textarea(attrs={"rows": 4, "autofocus": True})
    )
    address = forms.CharField(
        label=_("地点"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"list": "addresses", "autocomplete": "off", "data-address": ""}),
    )  # fmt: skip
    address_detail = forms.CharField(label=_("门牌房号"), max_length=100, required=False)
    office = forms.ChoiceField(label=_("警务室"))
    category = forms.ChoiceField(
        label=_("类别"), choices=[*CHOOSE, *CATEGORIES], required=False,
        widget=forms.Select(attrs={"data-template": ""}),
    )  # fmt: skip
    priority = forms.ChoiceField(
        label=pgettext_lazy("incident", "级别"), choices=[*CHOOSE, *PRIORITIES], required=False
    )
    source = forms.ChoiceField(label=pgettext_lazy("incident", "来源"), choices=DESK_SOURCES)
    reporter_name = forms.CharField(label=_("报警人"), max_length=60, required=False)
    reporter_phone = forms.CharField(
        label=_("电话"), max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    tags = forms.MultipleChoiceField(
        label=_("注意"), choices=TAG_LABELS, required=False, widget=forms.CheckboxSelectMultiple
    )
    needs_presence = forms.BooleanField(label=_("须到场"), required=False, initial=True)
    is_domestic_violence = forms.BooleanField(label=_("家庭暴力"), required=False)
    is_anonymous = forms.BooleanField(label=_("匿名"), required=False)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    beat = forms.CharField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(required=False, max_length=DRAFT_KEY_LENGTH, widget=forms.HiddenInput)


class TriageForm(forms.Form):
    """Category, priority and what the task asks for."""

    category = forms.ChoiceField(label=_("类别"), choices=[*CHOOSE, *CATEGORIES])
    priority = forms.TypedChoiceField(
        label=pgettext_lazy("incident", "级别"), choices=[*CHOOSE, *PRIORITIES], coerce=int
    )
    tags = forms.MultipleChoiceField(
        label=_("注意"), choices=TAG_LABELS, required=False, widget=forms.CheckboxSelectMultiple
    )
    needs_presence = forms.BooleanField(label=_("须到场"), required=False, initial=True)
    is_domestic_violence = forms.BooleanField(label=_("家庭暴力"), required=False)


class WriteUpForm(forms.Form):
    """The feedback of the crew."""

    facts = forms.CharField(label=_("经过与事实"), widget=forms.Textarea(attrs={"rows": 4}))
    measures = forms.CharField(label=_("采取的措施"), widget=forms.Textarea(attrs={"rows": 3}))
    result = forms.ChoiceField(label=_("处置结果"), choices=[*CHOOSE, *RESULTS])
    next_step = forms.CharField(label=_("下一步"), widget=forms.Textarea(attrs={"rows": 2}))
    recording = forms.CharField(label=_("录音录像编号"), max_length=120, required=False)
    sha256 = forms.CharField(
        label=_("文件校验值"),
        max_length=64,
        required=False,
        help_text=_("SHA-256,64 位;只存编号和校验值,不存录像。"),
    )
    no_recording_reason = forms.CharField(label=_("没有录音录像的原因"), max_length=200, required=False)


class DraftForm(WriteUpForm):
    """The same as an auxiliary's draft: the result is left to an officer, the rest may come later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("measures", "result", "next_step"):
            self.fields[name].required = False


class AnswerForm(forms.Form):
    """The answer of who reported."""

    satisfaction = forms.TypedChoiceField(
        label=_("回答"),
        choices=[*CHOOSE, (1, _("1 满意")), (2, _("2 基本满意")), (3, _("3 不满意"))],
        coerce=int,
    )
    kind = forms.ChoiceField(
        label=_("方式"), choices=[("phone", _("电话")), ("visit", _("走访")), ("survey", _("短信"))]
    )
    note = forms.CharField(label=_("说明"), required=False, max_length=2000)


class PublicReportForm(OfficeForm):
    """A resident's report that is no emergency."""

    office = forms.ChoiceField(label=_("就近警务室"))
    category = forms.ChoiceField(label=_("大致类别"), choices=[*CHOOSE, *PUBLIC_CATEGORIES], required=False)
    text = forms.CharField(label=_("发生了什么"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    address = forms.CharField(label=_("地点"), max_length=200, required=False)
    reporter_name = forms.CharField(label=_("怎么称呼您"), max_length=60, required=False)
    reporter_phone = forms.CharField(label=_("联系电话"), max_length=30, required=False)
    is_anonymous = forms.BooleanField(label=_("我要匿名(不记录姓名和电话,也不会回访)"), required=False)
    not_urgent = forms.BooleanField(label=_("现在没有人有危险;紧急情况我会拨打 110"))
    website = forms.CharField(
        required=False, widget=forms.HiddenInput
    )  # left empty by people, filled by machines


class RatingForm(forms.Form):
    """A resident's rating by a link."""

    satisfaction = forms.TypedChoiceField(
        label=_("您满意吗"),
        choices=[(1, _("满意")), (2, _("基本满意")), (3, _("不满意"))],
        coerce=int,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("想说的话(可不填)"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class RouteForm(OfficeForm):
    """A patrol route: its points one a line."""

    office = forms.ChoiceField(label=_("警务室"))
    name = forms.CharField(label=_("路线名称"), max_length=60)
    points = forms.CharField(
        label=_("点位"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5, "placeholder": POINT_LIKE}),
        help_text=_("一行一个:名称,经度,纬度,范围(米)。按巡逻顺序写。"),
    )

    def clean_points(self) -> list[NewPoint]:
        """Return the point of every line, still without its code; a fault names its line."""
        found = []
        for number, line in enumerate(self.cleaned_data["points"].splitlines(), 1):
            parts = [part.strip() for part in line.replace(",", ",").split(",")]
            if not any(parts):
                continue
            try:
                name, lon, lat, radius = parts
                found.append(NewPoint(name, "", float(lon), float(lat), int(radius)))
            except ValueError as error:
                raise forms.ValidationError(
                    _("第 %(n)d 行看不懂:要写名称、经度、纬度和范围。"), params={"n": number}
                ) from error
            except BadInput as refusal:
                why = refusal.message(get_language() or "")
                raise forms.ValidationError(
                    _("第 %(n)d 行:%(why)s"), params={"n": number, "why": why}
                ) from refusal
        return found


class IncidentFileForm(forms.Form):
    """A file of dispatched incidents."""

    file = forms.FileField(
        label=_("文件"),
        help_text=_("一个 .xlsx 工作簿或 .csv 文件;UTF-8 和 GBK 都可以。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )


class ColumnsForm(forms.Form):
    """Which header of a file is which of our columns, and how its dates are written."""

    def __init__(self, headers: Sequence[str], known: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        english = is_english()
        choices = [("", "—"), *((header, header) for header in headers if header)]
        for column in INCIDENTS.columns:
            self.fields[column.name] = forms.ChoiceField(
                label=LABELS_EN[column.name] if english else column.header_zh,
                choices=choices,
                required=False,
                initial=known.get(column.name, ""),
            )
        self.fields["time_format"] = forms.ChoiceField(
            label=_("日期写法"),
            choices=[("", _("自动识别")), *((name, name) for name in BY_SHOWN)],
            required=False,
        )

    def as_mapping(self) -> dict[str, Any]:
        """Return the mapping as ``reread_file`` takes it."""
        columns = {
            c.name: self.cleaned_data[c.name] for c in INCIDENTS.columns if self.cleaned_data.get(c.name)
        }
        return {"columns": columns, "time_format": self.cleaned_data.get("time_format", "")}
