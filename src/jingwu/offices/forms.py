"""Forms of the norms pages: a dated local value, in controls that fit its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from jingwu.norms import Norm, read_value
from jingwu.offices.norm_words import as_yaml, form_of, unit_words
from jingwu.offices.queries import UnitFacts
from jingwu.offices.words import PARTS
from jingwu.terms.refusal import BadInput

PART = "part_"


class ProposalForm(forms.Form):
    """Propose a value of one norm for a unit, from a day on."""

    unit_code = forms.ChoiceField(label=_("适用单位"), help_text=_("对该单位和它下面的所有单位有效"))
    start = forms.DateField(
        label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends = forms.BooleanField(label=_("从这一天起终止这条规范"), required=False)
    reference = forms.CharField(label=_("依据"), max_length=200, help_text=_("文号或会议纪要"))
    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, norm: Norm, value: Any, units: Sequence[UnitFacts], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norm, self.before = norm, value
        self.kind = form_of(norm, value)
        self.fields["unit_code"].choices = [(unit.code, unit.name) for unit in units]  # type: ignore[attr-defined]
        today = timezone.localdate()
        self.fields["start"].widget.attrs["min"] = today.isoformat()
        self.fields["start"].initial = today
        self.suffix = "%" if self.kind == "share" or norm.unit == "/1" else unit_words(norm.key, norm.unit)
        if self.kind == "parts":
            for name, part in value.items():
                self.fields[PART + name] = self._number(str(PARTS.get(name, name)), part)
        else:
            self.fields["value"] = self._single(value)

    def _single(self, value: Any) -> forms.Field:
        label = _("新值")
        if self.kind in ("share", "number"):
            return self._number(label, value)
        if self.kind == "boolean":
            choices = [("true", _("是")), ("false", _("否"))]
            initial = "true" if value else "false"
            return forms.ChoiceField(label=label, choices=choices, initial=initial, required=False)
        if self.kind == "text":
            return forms.CharField(label=label, initial=value, required=False, max_length=200)
        text = (
            "\n".join(str(one) for one in value)
            if self.kind == "lines"
            else ""
            if value is None
            else as_yaml(value)
        )
        rows = min(24, 3 + text.count("\n"))
        words = _("每行一项") if self.kind == "lines" else _("YAML 格式,与规范文件相同")
        area = forms.Textarea(attrs={"rows": rows, "class": "code", "spellcheck": "false"})
        return forms.CharField(
            label=label, initial=text, required=False, max_length=20_000, help_text=words, widget=area
        )

    def _number(self, label: Any, value: float) -> forms.Field:
        # a share is read and written in percent; ten digits hide what binary fractions add
        shown = round(value * 100, 10) if self.norm.unit == "/1" else value
        shown = int(shown) if float(shown).is_integer() else shown
        area = forms.NumberInput(attrs={"step": "any"})
        return forms.FloatField(label=label, initial=shown, required=False, widget=area)

    def value_fields(self) -> list[forms.BoundField]:
        """Return the controls of the value itself."""
        return [self[name] for name in self.fields if name == "value" or name.startswith(PART)]

    def clean(self) -> dict[str, Any]:
        """Put the value together as ``new_value``; None ends the norm."""
        found = super().clean() or {}
        if found.get("ends"):
            found["new_value"] = None
        elif self.kind == "parts":
            names = [name for name in self.fields if name.startswith(PART)]
            values = {name.removeprefix(PART): self._read_number(name) for name in names}
            found["new_value"] = {
                name: self._as_before(value, self.before[name]) for name, value in values.items()
            }
        else:
            found["new_value"] = self._read_single(found.get("value"))
        return found

    def _read_single(self, given: Any) -> Any:
        if self.kind in ("share", "number"):
            return self._as_before(self._read_number("value"), self.before)
        if given in (None, ""):
            if "value" not in self.errors:
                self.add_error("value", _("请填写新值。"))
            return None
        if self.kind == "boolean":
            return given == "true"
        if self.kind == "text":
            return given
        try:
            if self.kind == "lines":
                return [read_value(line) for line in given.splitlines() if line.strip()]
            return read_value(given)
        except BadInput as refusal:
            reason = refusal.problems[0].reason(get_language() or "")
            self.add_error("value", reason)
            return None

    def _read_number(self, name: str) -> float | None:
        given = self.cleaned_data.get(name)
        if given is None:
            if name not in self.errors:
                self.add_error(name, _("请填写新值。"))
            return None
        return round(given / 100, 12) if self.norm.unit == "/1" else given

    @staticmethod
    def _as_before(value: float | None, before: float) -> float | int | None:
        """Keep a count a whole number when it was one: 8.0 persons would not fit."""
        if value is not None and isinstance(before, int) and float(value).is_integer():
            return int(value)
        return value


class DecisionForm(forms.Form):
    """Approve or refuse a proposed value."""

    verdict = forms.ChoiceField(choices=[("approve", _("批准")), ("refuse", _("不批准"))])
    reason = forms.CharField(label=_("意见"), required=False, max_length=500)
