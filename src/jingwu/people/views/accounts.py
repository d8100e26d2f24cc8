"""Accounts and role grants, for the system and the security administrator."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jingwu.people import actions, queries
from jingwu.people.access import allowed, may, scope_paths
from jingwu.people.forms import GrantForm, NewAccountForm, ReasonForm, ResetForm
from jingwu.people.views.staff import page_number, page_of
from jingwu.terms.refusal import BadInput


@allowed("accounts.view")
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Show the accounts of one's own area, fifty a page."""
    facts = queries.page_of_accounts(
        scope_paths(request.user, "accounts.view"), at=timezone.now(), number=page_number(request),
        text=request.GET.get("text", "")[:60],
    )  # fmt: skip
    context = {"page": page_of(facts), "may_create": may(request.user, "accounts.create")}
    return render(request, "people/accounts.html", context)


@allowed("accounts.create")
@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """Open an account."""
    form = NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account_id = _create(request, form)
        except BadInput as refusal:
            for name in refusal.fields or {"sign_in_name": ""}:
                form.add_error(name, refusal.message(get_language() or ""))
        else:
            messages.success(request, _("账号已建立,请安全管理员授予角色。"))
            return redirect("people:account", account_id)
    return render(request, "people/new_account.html", {"form": form}, status=422 if form.errors else 200)


def _create(request: HttpRequest, form: NewAccountForm) -> int:
    code = form.cleaned_data["person_code"]
    person = queries.person(code, on=timezone.localdate()) if code else None
    if code and person is None:
        words = f"没有人员 {code}"  # as is
        raise BadInput("people.unknown", words, f"No person {code}", fields={"person_code": words})
    return actions.create_account(
        sign_in_name=form.cleaned_data["sign_in_name"], label=form.cleaned_data["label"],
        password=form.cleaned_data["password"], person_id=person.id if person else None,
        by=request.user, at=timezone.now(),
    ).pk  # fmt: skip


@allowed("accounts.view")
@require_safe
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show one account, its roles, and what the administrator may do with it."""
    facts = queries.account_facts(account_id, at=timezone.now())
    if facts is None or not _in_scope(request, facts):
        raise Http404
    context = {
        "account": facts, "grant_form": GrantForm(), "reason_form": ReasonForm(), "reset_form": ResetForm(),
        "may_grant": may(request.user, "accounts.grant"), "may_freeze": may(request.user, "accounts.freeze"),
        "may_reset": may(request.user, "accounts.reset_password"),
    }  # fmt: skip
    return render(request, "people/account.html", context)


def _in_scope(request: HttpRequest, facts: queries.AccountFacts) -> bool:
    mine = scope_paths(request.user, "accounts.view")
    return not facts.paths or any(path.startswith(top) for path in facts.paths for top in mine)


def _valid(form: Form) -> Form:
    """Return the form, or refuse with its first error in words."""
    if not form.is_valid():
        words = "; ".join(
            f"{form.fields[name].label if name in form.fields else ''} {error}"
            for name, errors in form.errors.items()
            for error in errors
        )
        raise BadInput("people.form", words, words, fields=dict.fromkeys(form.errors, ""))
    return form


@allowed("accounts.grant")
@require_POST
def grant(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give a role."""
    form = _valid(GrantForm(request.POST))
    now, found = timezone.now(), form.cleaned_data
    valid_to = now + timedelta(days=found["days"]) if found["days"] else None
    actions.grant_role(
        account_id, form.role_wanted(), unit_code=found["unit_code"].strip(), by=request.user, at=now,
        valid_to=valid_to, reason=found["reason"],
    )  # fmt: skip
    messages.success(request, _("已授予角色。"))
    return redirect("people:account", account_id)


@allowed("accounts.grant")
@require_POST
def revoke(request: HttpRequest, account_id: int, grant_id: int) -> HttpResponse:
    """End a role grant."""
    form = _valid(ReasonForm(request.POST))
    actions.revoke_role(grant_id, by=request.user, at=timezone.now(), reason=form.cleaned_data["reason"])
    messages.success(request, _("已收回角色。"))
    return redirect("people:account", account_id)


@allowed("accounts.freeze")
@require_POST
def freeze(request: HttpRequest, account_id: int) -> HttpResponse:
    """Freeze an account, or let a frozen one go on."""
    form = _valid(ReasonForm(request.POST))
    is_thaw = request.POST.get("thaw") == "1"
    act = actions.unfreeze_account if is_thaw else actions.freeze_account
    act(account_id, by=request.user, at=timezone.now(), reason=form.cleaned_data["reason"])
    messages.success(request, _("账号已恢复。") if is_thaw else _("账号已冻结,其登录已全部结束。"))
    return redirect("people:account", account_id)


@allowed("accounts.reset_password")
@require_POST
def reset(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give an account a new first password."""
    found = _valid(ResetForm(request.POST)).cleaned_data
    actions.reset_password(
        account_id, password=found["password"], by=request.user, at=timezone.now(), reason=found["reason"]
    )
    messages.success(request, _("密码已重置,本人登录后须自行设置新密码。"))
    return redirect("people:account", account_id)
