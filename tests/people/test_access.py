"""Permissions: positive lists by role and unit, three administrators apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from jingwu.offices.models import OrgUnit
from jingwu.people import actions
from jingwu.people.access import (
    ADMINISTRATORS,
    EVERYWHERE,
    PERMISSIONS,
    SYSTEM,
    Actor,
    may,
    require,
    scope_paths,
)
from jingwu.people.models import Account, Person, RoleGrant
from jingwu.terms.people import AccountRole, PersonCategory
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal, Unknown


def test_every_role_gets_exactly_the_verbs_that_name_it(
    make_account: Callable[..., Any], tree: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a new permission for the strongest role must reach nobody below it
    monkeypatch.setitem(PERMISSIONS, "test.new", frozenset({AccountRole.DISTRICT_MANAGER}))
    for role in AccountRole:
        account = make_account(f"a-{role.value}", role, tree.district)
        granted = {verb for verb in PERMISSIONS if may(account, verb, org=tree.office_path, at=now)}
        assert granted == {verb for verb, roles in PERMISSIONS.items() if role in roles}
        assert ("test.new" in granted) == (role is AccountRole.DISTRICT_MANAGER)


def test_administrators_share_no_verb_that_writes() -> None:
    for verb, roles in PERMISSIONS.items():
        if not verb.endswith(".view"):
            assert len(roles & ADMINISTRATORS) <= 1, verb
    assert PERMISSIONS["journal.read"] == {AccountRole.AUDIT_ADMIN}


def test_unknown_verb_is_loud(manager: Any) -> None:
    with pytest.raises(LookupError, match="PERMISSIONS"):
        may(manager, "planing.view")


def test_scope_ends_at_the_unit(manager: Any, chief: Any, stranger: Any, tree: Any, now: datetime) -> None:
    assert scope_paths(manager, "people.view", at=now) == (tree.district_path,)
    assert scope_paths(chief, "people.view", at=now) == (tree.office_path,)
    require(manager, "people.edit", org=tree.office2_path, at=now)
    for account, path in (
        (chief, tree.office2_path),
        (stranger, tree.office_path),
        (chief, tree.district_path),
    ):
        with pytest.raises(NotAllowed) as caught:
            require(account, "people.edit", org=path, at=now)
        assert caught.value.code == "access.out_of_scope"


def test_code_that_only_begins_alike_is_another_unit(
    make_account: Callable[..., Any], tree: Any, now: datetime
) -> None:
    account = make_account("m", AccountRole.DISTRICT_MANAGER, tree.district)
    assert not may(account, "people.view", org="/99/9901/9901011/", at=now)


def test_without_role_nothing(nobody: Any, now: datetime) -> None:
    assert not any(may(nobody, verb, at=now) for verb in PERMISSIONS)
    with pytest.raises(NotAllowed) as caught:
        require(nobody, "offices.view", at=now)
    assert caught.value.code == "access.not_permitted"


def test_only_the_system_itself_is_everywhere(now: datetime) -> None:
    assert scope_paths(SYSTEM, "people.edit", at=now) == (EVERYWHERE,)
    assert scope_paths(Actor(None, "系统", "system"), "people.edit", at=now) == ()


def test_a_grant_counts_only_in_its_time(make_account: Callable[..., Any], tree: Any, now: datetime) -> None:
    account = make_account("t", None, tree.office)
    end = now + timedelta(days=7)
    actions.grant_role(account.pk, AccountRole.CHIEF, unit_code=tree.office, by=SYSTEM, at=now, valid_to=end)
    account.forget_grants()
    assert not may(account, "duty.approve", at=now - timedelta(seconds=1))
    assert may(account, "duty.approve", at=now)
    assert not may(account, "duty.approve", at=end)


def test_a_frozen_account_may_nothing(chief: Any, secadmin: Any, now: datetime) -> None:
    actions.freeze_account(chief.pk, by=secadmin, at=now, reason="疑似被盗用")
    assert not may(Account.objects.get(pk=chief.pk), "people.view", at=now)
    with pytest.raises(ChangedMeanwhile):
        actions.freeze_account(chief.pk, by=secadmin, at=now, reason="再次")
    actions.unfreeze_account(chief.pk, by=secadmin, at=now, reason="核实")
    assert may(Account.objects.get(pk=chief.pk), "people.view", at=now)


@pytest.fixture
def moved(make_account: Callable[..., Any], tree: Any, now: datetime) -> Any:
    """An officer of the first district who works in the other one now; the first one's grant has ended."""
    account = make_account("moved", AccountRole.OFFICER, tree.office, PersonCategory.OFFICER)
    actions.revoke_role(RoleGrant.objects.get(account=account).pk, by=SYSTEM, at=now)
    unit_id = OrgUnit.objects.get(code=tree.other_office).pk
    Person.objects.filter(account=account).update(unit_id=unit_id)
    actions.grant_role(account.pk, AccountRole.OFFICER, unit_code=tree.other_office, by=SYSTEM, at=now)
    return account


def test_an_ended_grant_keeps_no_account_from_its_administrators(
    moved: Any, make_account: Callable[..., Any], tree: Any, now: datetime
) -> None:
    words = {"password": "correct horse 7 battery", "reason": "遗失"}
    for district, name in ((tree.district, "before"), (tree.other_district, "now")):
        security = make_account(f"security-{name}", AccountRole.SECURITY_ADMIN, district)
        system = make_account(f"system-{name}", AccountRole.SYSTEM_ADMIN, district)
        if name == "now":
            actions.reset_password(moved.pk, by=system, at=now, **words)
            actions.freeze_account(moved.pk, by=security, at=now, reason="遗失")
            continue
        with pytest.raises(NotAllowed):
            actions.reset_password(moved.pk, by=system, at=now, **words)
        with pytest.raises(NotAllowed):
            actions.freeze_account(moved.pk, by=security, at=now, reason="遗失")
    assert not Account.objects.get(pk=moved.pk).is_active


def test_nobody_draws_an_account_of_another_district_into_their_own(
    moved: Any, make_account: Callable[..., Any], tree: Any, now: datetime
) -> None:
    security = make_account("security", AccountRole.SECURITY_ADMIN, tree.district)
    with pytest.raises(Unknown):
        actions.grant_role(moved.pk, AccountRole.OFFICER, unit_code=tree.office, by=security, at=now)
    nowhere = make_account("nowhere", None, tree.office)
    actions.grant_role(nowhere.pk, AccountRole.OFFICER, unit_code=tree.office, by=security, at=now)
    assert RoleGrant.objects.filter(account=nowhere).count() == 1


def test_an_account_is_seen_where_it_counts_now_and_everywhere_when_nowhere(
    moved: Any, make_account: Callable[..., Any], client_for: Callable[[Any], Any], tree: Any, now: datetime
) -> None:
    without_grant = make_account("without-grant", None, tree.other_office, PersonCategory.OFFICER)
    nowhere = make_account("nowhere", AccountRole.CHIEF, tree.office)
    actions.revoke_role(RoleGrant.objects.get(account=nowhere).pk, by=SYSTEM, at=now)
    before = client_for(make_account("before", AccountRole.SYSTEM_ADMIN, tree.district))
    after = client_for(make_account("after", AccountRole.SYSTEM_ADMIN, tree.other_district))
    for account, seen in ((moved, (404, 200)), (without_grant, (404, 200)), (nowhere, (200, 200))):
        address = f"/accounts/{account.pk}/"
        assert (before.get(address).status_code, after.get(address).status_code) == seen
        listed = tuple(address in browser.get("/accounts/").content.decode() for browser in (before, after))
        assert listed == tuple(status == 200 for status in seen)


@pytest.mark.parametrize("first", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("second", sorted(AccountRole))
def test_an_administrator_is_nothing_else(
    make_account: Callable[..., Any], tree: Any, now: datetime, first: AccountRole, second: AccountRole
) -> None:
    account = make_account("x", first, tree.district)
    with pytest.raises(Refusal) as caught:
        actions.grant_role(account.pk, second, unit_code=tree.city, by=SYSTEM, at=now)
    assert caught.value.code == "accounts.administrators_apart"


def test_the_database_keeps_administrators_apart_too(auditor: Any, now: datetime) -> None:
    unit_id = RoleGrant.objects.get(account=auditor).unit_id
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(account=auditor, role="system_admin", unit_id=unit_id, valid_from=now)


def test_after_revoking_another_administrator_role_is_possible(
    auditor: Any, tree: Any, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    grant_id = RoleGrant.objects.get(account=auditor).pk
    actions.revoke_role(grant_id, by=SYSTEM, at=later)
    with pytest.raises(ChangedMeanwhile):
        actions.revoke_role(grant_id, by=SYSTEM, at=later)
    actions.grant_role(auditor.pk, AccountRole.SYSTEM_ADMIN, unit_code=tree.city, by=SYSTEM, at=later)


def test_nobody_grants_to_themselves(secadmin: Any, tree: Any, now: datetime) -> None:
    with pytest.raises(Refusal) as caught:
        actions.grant_role(secadmin.pk, AccountRole.CHIEF, unit_code=tree.office, by=secadmin, at=now)
    assert caught.value.code == "accounts.grant_to_self"


def test_one_administrator_opens_the_other_grants(
    sysadmin: Any, secadmin: Any, manager: Any, tree: Any, now: datetime
) -> None:
    words = {"sign_in_name": "new", "label": "新账号", "password": "correct horse 7 battery"}
    for other in (secadmin, manager):
        with pytest.raises(NotAllowed):
            actions.create_account(**words, by=other, at=now)
    account = actions.create_account(**words, by=sysadmin, at=now)
    with pytest.raises(NotAllowed):
        actions.grant_role(account.pk, AccountRole.OFFICER, unit_code=tree.office, by=sysadmin, at=now)
    actions.grant_role(account.pk, AccountRole.OFFICER, unit_code=tree.office, by=secadmin, at=now)
    account.forget_grants()
    assert may(account, "people.unmask", org=tree.office_path, at=now)


def test_weak_or_taken_names_and_passwords_are_refused(sysadmin: Any, now: datetime) -> None:
    for name, password, code in (
        ("n1", "short", "accounts.weak_password"),
        ("n2", "1234567890123", "accounts.weak_password"),
        ("  ", "correct horse 7 battery", "accounts.name_missing"),
        ("sysadmin", "correct horse 7 battery", "accounts.name_taken"),
    ):
        with pytest.raises(BadInput) as caught:
            actions.create_account(sign_in_name=name, label="甲", password=password, by=sysadmin, at=now)
        assert caught.value.code == code


def test_person_has_one_account(make_account: Callable[..., Any], tree: Any, now: datetime) -> None:
    account = make_account("one", AccountRole.OFFICER, tree.office, PersonCategory.OFFICER)
    with pytest.raises(BadInput):
        actions.create_account(
            sign_in_name="two", label="二", password="correct horse 7 battery", by=SYSTEM, at=now,
            person_id=account.person_id,
        )  # fmt: skip
