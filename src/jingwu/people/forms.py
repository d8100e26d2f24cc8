"""Forms of the room ``people``."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from jingwu.people.models import ACCOUNT_ROLES, CATEGORIES
from jingwu.terms.people import AccountRole

UNMASK_REASON_CHOICES = [
    ("", _("请选择")),
    ("verify_identity", _("核验身份")),
    ("contact", _("联系本人")),
    ("correct_record", _("更正信息")),
    ("legal_request", _("依法调取")),
    ("emergency", _("紧急情况")),
]


class PasswordForm(forms.Form):
    """Change one's own password."""

    old = forms.CharField(
        label=_("原密码"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )
    new = forms.CharField(
        label=_("新密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )
    again = forms.CharField(
        label=_("再输一次新密码"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def clean(self) -> dict[str, object]:
        """Refuse two different new passwords."""
        found = super().clean() or {}
        if found.get("new") and found.get("again") and found["new"] != found["again"]:
            self.add_error("again", _("两次输入的新密码不一致。"))
        return found


class PeopleFilterForm(forms.Form):
    """Which people to show."""

    text = forms.CharField(label=_("编号或姓名"), required=False, max_length=40)
    category = forms.ChoiceField(label=_("类别"), required=False, choices=[("", _("全部")), *CATEGORIES])


class UnmaskForm(forms.Form):
    """Look at one sensitive value, for a reason."""

    field_name = forms.ChoiceField(
        label=_("查看"), choices=[("phone", _("电话")), ("id_number", _("身份证号"))]
    )
    reason_code = forms.ChoiceField(label=_("事由"), choices=UNMASK_REASON_CHOICES)
    reason = forms.CharField(label=_("说明"), required=False, max_length=200)


class NewAccountForm(forms.Form):
    """Open an account; it is asked for its own password at the first sign-in."""

    sign_in_name = forms.CharField(label=_("登录名"), max_length=60)
    label = forms.CharField(label=_("显示名"), max_length=80)
    person_code = forms.CharField(
        label=_("人员编号"), required=False, max_length=40, help_text=_("可留空;填写后账号与该人员对应")
    )
    password = forms.CharField(
        label=_("初始密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )


class GrantForm(forms.Form):
    """Give a role for a unit and everything below it."""

    role = forms.ChoiceField(label=_("角色"), choices=ACCOUNT_ROLES)
    unit_code = forms.CharField(label=_("单位编号"), max_length=40)
    days = forms.IntegerField(label=_("有效天数"), required=False, min_value=1, max_value=3650)
    reason = forms.CharField(label=_("事由"), max_length=200)

    def role_wanted(self) -> AccountRole:
        """Return the role chosen."""
        return AccountRole(self.cleaned_data["role"])


class ReasonForm(forms.Form):
    """A reason that the journal keeps."""

    reason = forms.CharField(label=_("事由"), max_length=200)


class ResetForm(ReasonForm):
    """Give an account a new first password."""

    password = forms.CharField(
        label=_("新的初始密码"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
