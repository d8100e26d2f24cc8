"""Accounts and their roles: opened by the system administrator, given roles by the security administrator."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from jingwu.journal import actions as journal
from jingwu.journal.actor import SYSTEM, Acts
from jingwu.journal.permissions import ADMINISTRATORS
from jingwu.offices import queries as offices
from jingwu.people import queries
from jingwu.people.access import may, require
from jingwu.people.actions import sessions
from jingwu.people.models import Account, Person, RoleGrant, open_at
from jingwu.terms.people import AccountRole
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, Refusal, Unknown


@transaction.atomic
def create_account(
    *,
    sign_in_name: str,
    label: str,
    password: str,
    by: Acts,
    at: datetime,
    person_id: int | None = None,
    is_demo: bool = False,
    must_change_password: bool = True,
) -> Account:
    """Open an account without any role.

    Raises:
        NotAllowed: ``by`` may not open accounts, or not for a person outside its scope.
        BadInput: the name is taken, empty or the password too weak.
    """
    person = Person.objects.select_related("unit").get(pk=person_id) if person_id else None
    require(by, "accounts.create", org=person, at=at)
    name = sign_in_name.strip()
    if not name or not label.strip():
        raise BadInput(
            "accounts.name_missing",
            "登录名和显示名都要填写。",
            "Both the sign-in name and the label are needed.",
        )
    account = Account(
        sign_in_name=name, label=label.strip(), person=person, is_demo=is_demo,
        must_change_password=must_change_password, created_at=at,
    )  # fmt: skip
    _set_password(account, password, check=not is_demo)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise BadInput(
            "accounts.name_taken",
            f"登录名 {name} 已被使用,或该人员已有账号。",
            f"The sign-in name {name} is taken, or the person has an account already.",
            fields={"sign_in_name": "taken"},
        ) from error
    details = {"sign_in_name": name, "person": person_id, "demo": is_demo}
    journal.record("accounts.create", by=by, at=at, record=account, details=details)
    return account


def _set_password(account: Account, password: str, *, check: bool) -> None:
    if check:
        try:
            validate_password(password, account)
        except ValidationError as error:
            words = " ".join(error.messages)
            raise BadInput("accounts.weak_password", words, words, fields={"password": words}) from error
    account.set_password(password)


@transaction.atomic
def grant_role(
    account_id: int,
    role: AccountRole,
    *,
    unit_code: str,
    by: Acts,
    at: datetime,
    valid_to: datetime | None = None,
    reason: str = "",
) -> int:
    """Give the account a role for a unit and all below it, from now on; return the grant's number.

    Raises:
        NotAllowed: ``by`` may not grant roles in that unit.
        Unknown: the account counts only where ``by`` does not look after accounts.
        Refusal: to oneself; or an administrator would hold a second role in one account.
    """
    unit = offices.unit(unit_code)
    require(by, "accounts.grant", org=unit.path, at=at)
    account = _locked(account_id)
    _refuse_out_of_sight(account_id, by, at)
    if by is not SYSTEM and by.actor.account_id == account_id:
        raise Refusal("accounts.grant_to_self", "不能给自己授权。", "Nobody grants a role to themselves.")
    if valid_to is not None and valid_to <= at:
        raise BadInput("accounts.grant_ended", "到期时间已过。", "The grant would have ended already.")
    held = {AccountRole(row.role) for row in RoleGrant.objects.filter(open_at(at), account=account)}
    _refuse_mixed_roles(role, held)
    row = RoleGrant.objects.create(
        account=account, role=role.value, unit_id=unit.id, valid_from=at, valid_to=valid_to
    )
    account.forget_grants()
    details = {"role": role, "unit": unit.code, "valid_to": valid_to}
    record = journal.RecordRef("people", "account", str(account_id), unit.path)
    journal.record("accounts.grant", by=by, at=at, record=record, reason=reason, details=details)
    return row.pk


def _refuse_out_of_sight(account_id: int, by: Acts, at: datetime) -> None:
    """Raise for an account of other units alone: a grant here would keep its own administrators from it."""
    facts = queries.account_facts(account_id, at=at)
    paths = facts.paths if facts else frozenset()
    if paths and not any(may(by, "accounts.grant", org=path, at=at) for path in paths):
        raise _unknown()


def _refuse_mixed_roles(role: AccountRole, held: set[AccountRole]) -> None:
    """Raise when a system, security or audit administrator would be anything else besides (三员分立)."""
    if not held:
        return
    if role in ADMINISTRATORS or held & ADMINISTRATORS:
        raise Refusal(
            "accounts.administrators_apart",
            "三员分立:系统、安全、审计管理员须各自独立,不得兼任,也不得兼任业务角色。",
            "The system, security and audit administrator are three people, and none of them holds a role of "
            "the daily work besides.",
        )


@transaction.atomic
def revoke_role(grant_id: int, *, by: Acts, at: datetime, reason: str = "") -> None:
    """End a grant now.

    Raises:
        Unknown: there is no such grant.
        ChangedMeanwhile: it had ended already.
    """
    row = RoleGrant.objects.select_related("unit").filter(pk=grant_id).first()
    if row is None:
        raise Unknown("accounts.grant_unknown", "没有这项授权。", "There is no such grant.")
    require(by, "accounts.grant", org=row.unit.path, at=at)
    if RoleGrant.objects.filter(open_at(at), pk=grant_id).update(valid_to=at) != 1:
        raise ChangedMeanwhile("accounts.grant_over", "该授权已经结束。", "The grant has ended already.")
    record = journal.RecordRef("people", "account", str(row.account_id), row.unit.path)
    details = {"role": row.role, "unit": row.unit.code}
    journal.record("accounts.revoke", by=by, at=at, record=record, reason=reason, details=details)


@transaction.atomic
def freeze_account(account_id: int, *, by: Acts, at: datetime, reason: str) -> None:
    """Stop an account at once and end its sessions (reference R38)."""
    _require_over_account(by, "accounts.freeze", account_id, at)
    if Account.objects.filter(pk=account_id, is_active=True).update(is_active=False) != 1:
        raise ChangedMeanwhile("accounts.frozen", "账号已被冻结。", "The account is frozen already.")
    ended = sessions.end_all(account_id, reason="frozen", at=at)
    record = journal.RecordRef("people", "account", str(account_id))
    details = {"sessions_ended": ended}
    journal.record("accounts.freeze", by=by, at=at, record=record, reason=reason, details=details)


@transaction.atomic
def unfreeze_account(account_id: int, *, by: Acts, at: datetime, reason: str) -> None:
    """Let a frozen account sign in again."""
    _require_over_account(by, "accounts.freeze", account_id, at)
    if Account.objects.filter(pk=account_id, is_active=False).update(is_active=True) != 1:
        raise ChangedMeanwhile("accounts.not_frozen", "账号没有被冻结。", "The account is not frozen.")
    record = journal.RecordRef("people", "account", str(account_id))
    journal.record("accounts.unfreeze", by=by, at=at, record=record, reason=reason)


@transaction.atomic
def reset_password(account_id: int, *, password: str, by: Acts, at: datetime, reason: str) -> None:
    """Give an account a new first password, end its sessions and lift its lock."""
    _require_over_account(by, "accounts.reset_password", account_id, at)
    account = _locked(account_id)
    _set_password(account, password, check=True)
    account.must_change_password, account.failed_sign_ins, account.locked_until = True, 0, None
    account.save(update_fields=["password", "must_change_password", "failed_sign_ins", "locked_until"])
    sessions.end_all(account_id, reason="password_reset", at=at)
    journal.record("accounts.reset_password", by=by, at=at, record=account, reason=reason)


@transaction.atomic
def change_password(account_id: int, *, old: str, new: str, session_key: str, at: datetime) -> None:
    """Change one's own password; every other session of the account ends.

    Raises:
        BadInput: the old password is wrong or the new one too weak.
    """
    account = Account.objects.select_for_update().get(pk=account_id)
    if not account.check_password(old):
        words = "原密码不对。"  # as is
        raise BadInput("accounts.wrong_password", words, "The old password is wrong.", fields={"old": words})
    _set_password(account, new, check=True)
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])
    sessions.end_all(account_id, reason="password_changed", at=at, keep=session_key)
    journal.record("accounts.change_password", by=account, at=at, record=account)


def _require_over_account(by: Acts, verb: str, account_id: int, at: datetime) -> None:
    """Require ``verb`` over every unit the account counts in: a district's administrator stays there."""
    require(by, verb, at=at)
    facts = queries.account_facts(account_id, at=at)
    if facts is None:
        raise _unknown()
    for path in facts.paths:
        require(by, verb, org=path, at=at)


def _locked(account_id: int) -> Account:
    account = Account.objects.select_for_update().filter(pk=account_id).first()
    if account is None:
        raise _unknown()
    return account


def _unknown() -> Unknown:
    return Unknown("accounts.unknown", "没有这个账号。", "There is no such account.")


@transaction.atomic
def count_failed_sign_in(account_id: int, *, at: datetime) -> bool:
    """Count a wrong password; return whether it locked the account."""
    Account.objects.filter(pk=account_id).update(failed_sign_ins=F("failed_sign_ins") + 1)
    locked_until = at + timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)
    enough = Account.objects.filter(pk=account_id, failed_sign_ins__gte=settings.SIGN_IN_FAILURES_BEFORE_LOCK)
    if enough.update(failed_sign_ins=0, locked_until=locked_until) != 1:
        return False
    record = journal.RecordRef("people", "account", str(account_id))
    journal.record("accounts.lock", by=SYSTEM, at=at, record=record, details={"until": locked_until})
    return True


def forget_failed_sign_ins(account_id: int) -> None:
    """Start counting wrong passwords from zero after a right one."""
    Account.objects.filter(pk=account_id).exclude(failed_sign_ins=0, locked_until=None).update(
        failed_sign_ins=0, locked_until=None
    )
