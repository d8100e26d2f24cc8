"""Forms of the room: handed-in files, a mapping of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jingwu.planning.district.schema import BY_NAME, TABLES
from jingwu.planning.queries import FactSetFacts
from jingwu.terms.people import PersonCategory

CATEGORY_LABELS = {
    PersonCategory.OFFICER: _("民警"),
    PersonCategory.AUX_DUTY: _("勤务辅警"),
    PersonCategory.AUX_CLERICAL: _("文职辅警"),
    PersonCategory.GRID_WORKER: _("网格员"),
    PersonCategory.VOLUNTEER: _("志愿者"),
}


class ManyFilesInput(forms.ClearableFileInput):
    """A file control that takes several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """One or several uploaded files as a list."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return every file, each checked as a single one would be."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(one, initial) for one in given if one] or [
            super().clean(None, initial)
        ]


class UploadForm(forms.Form):
    """Files of one district: a workbook, or one CSV per table."""

    files = ManyFilesField(
        label=_("文件"),
        help_text=_("一个 .xlsx 工作簿,或每张表一个 .csv(可多选)。UTF-8 和 GBK 都可以。"),
        widget=ManyFilesInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv"}),
    )
    name = forms.CharField(label=_("名称"), max_length=120, required=False, help_text=_("不填就用文件名。"))
    accepts_bad_rows = forms.BooleanField(label=_("有问题的行先跳过,其余照常导入"), required=False)


class SheetMappingForm(forms.Form):
    """How one sheet is to be read: which table it is, and which of its headers is which of our columns."""

    def __init__(
        self, sample: Mapping[str, Any], known: Mapping[str, str], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sheet = str(sample["sheet"])
        self.rows: Sequence[Sequence[str]] = sample["rows"]
        self.headers: Sequence[str] = sample["headers"]
        tables = [("", _("不使用")), *((table.name, table.sheet_zh) for table in TABLES)]
        self.fields["table"] = forms.ChoiceField(
            label=_("这是哪张表"), choices=tables, required=False, initial=sample["table"]
        )
        self.columns: list[str] = []
        if sample["table"] in BY_NAME:
            headers = [("", "—"), *((header, header) for header in self.headers if header)]
            for column in BY_NAME[sample["table"]].columns:
                name = f"column_{column.name}"
                self.fields[name] = forms.ChoiceField(
                    label=column.header_zh,
                    choices=headers,
                    required=False,
                    initial=known.get(column.name, ""),
                )
                self.columns.append(name)

    def column_fields(self) -> list[forms.BoundField]:
        """Return the fields of the columns, in the table's order."""
        return [self[name] for name in self.columns]

    def as_mapping(self) -> tuple[str, dict[str, Any]] | None:
        """Return our table's name and how it reads, or None when the sheet is not used."""
        table = self.cleaned_data.get("table")
        if not table:
            return None
        chosen = {
            name.removeprefix("column_"): self.cleaned_data[name]
            for name in self.columns
            if self.cleaned_data.get(name)
        }
        return table, {"file": self.sheet, "columns": chosen}


class PlanForm(forms.Form):
    """What a plan is asked for: facts, target, strength, effort."""

    def __init__(self, fact_sets: Sequence[FactSetFacts], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fact_set"].choices = [  # type: ignore[attr-defined]
            (facts.id, f"{facts.name} · {facts.first_day} – {facts.last_day}") for facts in fact_sets
        ]
        today = timezone.localdate()
        self.fields["name"].initial = f"{_('方案')} {today:%Y-%m-%d}"
        for category in self.categories:
            self.fields[f"strength_{category.value}"] = forms.IntegerField(
                label=CATEGORY_LABELS[category], required=False, min_value=0, max_value=100_000
            )

    categories = (
        PersonCategory.OFFICER,
        PersonCategory.AUX_DUTY,
        PersonCategory.AUX_CLERICAL,
        PersonCategory.GRID_WORKER,
        PersonCategory.VOLUNTEER,
    )
    fact_set = forms.TypedChoiceField(label=_("数据"), coerce=int, choices=())
    name = forms.CharField(label=_("方案名称"), max_length=120)
    target_minutes = forms.FloatField(
        label=_("到场时限"), required=False, min_value=1, max_value=240, help_text=_("不填则按规范库。")
    )
    target_percent = forms.FloatField(
        label=_("达标比例"), required=False, min_value=1, max_value=99.9, help_text=_("不填则按规范库。")
    )
    replications = forms.IntegerField(label=_("仿真次数"), initial=30, min_value=2, max_value=1000)
    seed = forms.IntegerField(label=_("随机种子"), initial=1, min_value=0, max_value=2**31 - 1)

    def strength_fields(self) -> list[forms.BoundField]:
        """Return the fields of the strength by category; empty means as in the facts."""
        return [self[f"strength_{category.value}"] for category in self.categories]

    def params(self) -> dict[str, Any]:
        """Return the parameters as ``PlanParams.from_dict`` reads them."""
        data = self.cleaned_data
        strength = {
            category.value: data[f"strength_{category.value}"]
            for category in self.categories
            if data.get(f"strength_{category.value}") is not None
        }
        percent = data["target_percent"]
        return {
            "target_minutes": data["target_minutes"],
            "target_share": None if percent is None else percent / 100,
            "strength": strength,
            "replications": data["replications"],
        }
