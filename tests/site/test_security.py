"""Signing in, lock-out, limits of sessions, headers, health: what keeps strangers from the records."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cast import CAST_PASSWORD
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jingwu.journal import queries as journal
from jingwu.people import actions, queries
from jingwu.people.models import Account, AccountSession
from jingwu.terms.refusal import Refusal

pytestmark = pytest.mark.usefixtures("db")


def sign_in(name: str, password: str = CAST_PASSWORD, browser: Client | None = None) -> tuple[Client, Any]:
    browser = browser or Client()
    return browser, browser.post(reverse("account_login"), {"login": name, "password": password})


def test_a_stranger_is_led_to_the_sign_in_page(tree: Any) -> None:
    answer = Client().get(reverse("people:people"))
    assert answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))


def test_signing_in_and_out(chief: Any) -> None:
    browser, answer = sign_in("chief")
    assert answer.status_code == 302
    assert browser.get(reverse("people:me")).status_code == 200
    verbs = [line.verb for line in journal.page(journal.LineFilter(actor=str(chief.pk))).lines]
    assert "accounts.sign_in" in verbs
    browser.post(reverse("account_logout"))
    assert browser.get(reverse("people:me")).status_code == 302
    assert AccountSession.objects.get(account=chief).end_reason == "signed_out"


def test_wrong_password_and_unknown_name_look_alike(chief: Any) -> None:
    _, wrong = sign_in("chief", "not the password")
    _, unknown = sign_in("no such name", "not the password")
    said = [re.search(r'role="alert">.*?</div>', page.content.decode(), re.S) for page in (wrong, unknown)]
    said = [match.group() for match in said if match and match.group().strip()]
    assert wrong.status_code == unknown.status_code == 200
    assert len(said) == 2 and said[0] == said[1]


def test_lock_out_holds_even_against_the_right_password(chief: Any, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_BEFORE_LOCK = 3
    for _ in range(2):
        sign_in("chief", "wrong")
    assert sign_in("chief")[1].status_code == 302  # a right one starts the count again
    for _ in range(3):
        sign_in("chief", "wrong")
    assert sign_in("chief")[1].status_code == 200
    assert journal.page(journal.LineFilter(verb="accounts.lock")).lines[0].record_id == str(chief.pk)
    Account.objects.filter(pk=chief.pk).update(locked_until=timezone.now() - timedelta(seconds=1))
    assert sign_in("chief")[1].status_code == 302


def test_frozen_account_is_out_at_once(
    chief: Any, secadmin: Any, client_for: Callable[[Any], Client]
) -> None:
    browser = client_for(chief)
    assert browser.get(reverse("people:me")).status_code == 200
    actions.freeze_account(chief.pk, by=secadmin, at=timezone.now(), reason="疑似被盗用")
    assert browser.get(reverse("people:me")).status_code == 302
    assert sign_in("chief")[1].status_code != 302 or "inactive" in sign_in("chief")[1]["Location"]


@pytest.mark.parametrize(("column", "reason"), [("last_seen_at", "idle"), ("started_at", "absolute")])
def test_a_session_ends_when_idle_or_old(
    chief: Any, client_for: Callable[[Any], Client], column: str, reason: str
) -> None:
    browser = client_for(chief)
    row = AccountSession.objects.get(account=chief)
    AccountSession.objects.filter(pk=row.pk).update(**{column: timezone.now() - timedelta(hours=13)})
    answer = browser.get(reverse("people:me"))
    assert answer.status_code == 302 and "next=" in answer["Location"]
    row.refresh_from_db()
    assert row.end_reason == reason


def test_a_session_just_within_its_limits_goes_on(chief: Any, settings: Any) -> None:
    now = timezone.now()
    actions.start_session(chief.pk, "k1", address="", device="", at=now)
    within = now + timedelta(minutes=settings.SESSION_IDLE_MINUTES)
    assert actions.touch_session(chief.pk, "k1", at=within) == ""
    assert AccountSession.objects.get(session_key="k1").last_seen_at == within
    assert actions.touch_session(chief.pk, "k1", at=within + timedelta(minutes=31)) == "idle"


def test_only_so_many_sessions_at_once(
    chief: Any, client_for: Callable[[Any], Client], settings: Any
) -> None:
    settings.SESSIONS_AT_ONCE = 2
    first, second, third = (client_for(chief) for _ in range(3))
    assert first.get(reverse("people:me")).status_code == 302
    assert second.get(reverse("people:me")).status_code == 200
    assert third.get(reverse("people:me")).status_code == 200
    assert len(queries.sessions(chief.pk)) == 2


def test_a_stolen_key_of_another_account_does_not_end_a_session(
    chief: Any, officer: Any, client_for: Callable[[Any], Client]
) -> None:
    browser, thief = client_for(chief), client_for(officer)
    row = AccountSession.objects.get(account=chief)
    for name in (row.pk, row.session_key):
        thief.post(reverse("people:end-own-session"), {"session": name})
        assert browser.get(reverse("people:me")).status_code == 200


def test_the_page_of_sessions_ends_another_one_without_telling_its_key(
    chief: Any, client_for: Callable[[Any], Client]
) -> None:
    browser, other = client_for(chief), client_for(chief)
    page = browser.get(reverse("people:me")).content.decode()
    assert other.session.session_key not in page and browser.session.session_key not in page
    (named,) = re.findall(r'name="session" value="([^"]+)"', page)
    for odd in ("", "x", "9" * 5000):
        browser.post(reverse("people:end-own-session"), {"session": odd})
    assert other.get(reverse("people:me")).status_code == 200
    browser.post(reverse("people:end-own-session"), {"session": named})
    assert other.get(reverse("people:me")).status_code == 302
    assert browser.get(reverse("people:me")).status_code == 200


def test_changing_the_password_ends_the_other_sessions(
    chief: Any, client_for: Callable[[Any], Client]
) -> None:
    browser, other = client_for(chief), client_for(chief)
    new = "another long word 9"
    wrong = browser.post(reverse("people:me"), {"old": "no", "new": new, "again": new})
    assert wrong.status_code == 422 and "原密码不对" in wrong.content.decode()
    weak = browser.post(reverse("people:me"), {"old": CAST_PASSWORD, "new": "123", "again": "123"})
    assert weak.status_code == 422
    done = browser.post(reverse("people:me"), {"old": CAST_PASSWORD, "new": new, "again": new})
    assert done.status_code == 302
    assert browser.get(reverse("people:me")).status_code == 200
    assert other.get(reverse("people:me")).status_code == 302
    assert sign_in("chief")[1].status_code == 200 and sign_in("chief", new)[1].status_code == 302


def test_a_first_password_must_be_replaced(sysadmin: Any, client_for: Callable[[Any], Client]) -> None:
    account = actions.create_account(
        sign_in_name="fresh", label="新人", password="given by somebody 1", by=sysadmin, at=timezone.now()
    )
    browser = client_for(account)
    assert browser.get(reverse("people:people"))["Location"] == reverse("people:me")
    assert browser.get(reverse("people:me")).status_code == 200


def test_passwords_are_kept_as_argon2(sysadmin: Any, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    account = actions.create_account(
        sign_in_name="argon", label="甲", password="correct horse 7 battery", by=sysadmin, at=timezone.now()
    )
    assert identify_hasher(account.password).algorithm == "argon2"
    assert sign_in("argon", "correct horse 7 battery")[1].status_code == 302


def test_nobody_signs_up(tree: Any) -> None:
    answer = Client().post(reverse("account_signup"), {"username": "x", "password1": "y" * 20})
    assert answer.status_code == 302 and not Account.objects.filter(sign_in_name="x").exists()


def test_second_factor_stands_between_password_and_session(chief: Any) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(chief, generate_totp_secret())
    browser, answer = sign_in("chief")
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert browser.get(reverse("people:me")).status_code == 302
    page = browser.get(reverse("mfa_authenticate"))
    assert page.status_code == 200 and "form-stack" in page.content.decode()
    refused = browser.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert refused.status_code == 200 and browser.get(reverse("people:me")).status_code == 302


def test_second_factor_pages_stand_in_our_frame(chief: Any) -> None:
    browser, _ = sign_in("chief")
    again = browser.get(reverse("mfa_activate_totp"))
    if again.status_code == 302:  # the password is asked again before the second factor may change
        page = browser.get(again["Location"])
        assert page.status_code == 200 and "form-stack" in page.content.decode()
        done = browser.post(again["Location"], {"password": CAST_PASSWORD})
        assert done.status_code == 302
    for name in ("mfa_index", "mfa_activate_totp"):
        answer = browser.get(reverse(name))
        assert answer.status_code == 200 and "public-head" in answer.content.decode(), name


def test_every_page_carries_the_headers(chief: Any, client_for: Callable[[Any], Client]) -> None:
    answer = client_for(chief).get(reverse("people:me"))
    policy = answer["Content-Security-Policy"]
    for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'self'"):
        assert part in policy
    script = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "unsafe-inline" not in script and "unsafe-eval" not in script
    assert answer["X-Frame-Options"] == "DENY" and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_page_of_ours_has_a_script_without_nonce_in_it(
    chief: Any, client_for: Callable[[Any], Client]
) -> None:
    for name in ("people:me", "people:people"):
        html = client_for(chief).get(reverse(name)).content.decode()
        assert not re.search(r"<script(?![^>]*\b(src|nonce)=)", html), name
        assert not re.search(r"\son(click|load|submit|change)=", html), name


def test_the_session_cookie_is_kept_from_scripts(chief: Any) -> None:
    browser, _ = sign_in("chief")
    cookie = browser.cookies["jingwu"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_a_form_without_its_secret_is_refused(chief: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert (
        browser.post(reverse("account_login"), {"login": "chief", "password": CAST_PASSWORD}).status_code
        == 403
    )


def test_forwarded_address_is_believed_from_a_trusted_proxy_only(chief: Any, settings: Any) -> None:
    def address_after(**headers: str) -> str:
        Client().post(reverse("account_login"), {"login": "chief", "password": CAST_PASSWORD}, **headers)
        return journal.page(journal.LineFilter(verb="accounts.sign_in")).lines[0].address

    assert address_after(HTTP_X_FORWARDED_FOR="203.0.113.9", REMOTE_ADDR="10.0.0.1") == "10.0.0.1"
    settings.TRUSTED_PROXIES = ["10.0.0.1", "10.0.0.2"]
    # a client can write anything in front: only what the trusted proxies added counts
    forwarded = "198.51.100.7, 203.0.113.9, 10.0.0.2"
    assert address_after(HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR="10.0.0.1") == "203.0.113.9"


def test_demo_accounts_exist_in_demo_mode_only(tree: Any, now: datetime, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(Refusal) as caught:
        actions.create_demo_accounts(district_code=tree.district, office_code=tree.office, at=now)
    assert caught.value.code == "accounts.demo_only"
    settings.DEMO = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    made = actions.create_demo_accounts(district_code=tree.district, office_code=tree.office, at=now)
    assert len(made) == 11
    assert actions.create_demo_accounts(district_code=tree.district, office_code=tree.office, at=now) == []
    page = Client().get(reverse("account_login")).content.decode()
    assert page.count(f'value="{actions.DEMO_PASSWORD}"') == 11
    assert sign_in("auditor", actions.DEMO_PASSWORD)[1].status_code == 302
    settings.DEMO = False
    page = Client().get(reverse("account_login")).content.decode()
    assert actions.DEMO_PASSWORD not in page


def test_demo_accounts_sign_in_in_demo_mode_only(tree: Any, now: datetime, settings: Any) -> None:
    settings.DEMO = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    actions.create_demo_accounts(district_code=tree.district, office_code=tree.office, at=now)
    settings.DEMO = False
    assert sign_in("manager", actions.DEMO_PASSWORD)[1].status_code != 302


def test_health_and_readiness(tree: Any, settings: Any) -> None:
    assert Client().get("/healthz").content == b"ok\n"
    answer = Client().get("/readyz")
    assert answer.status_code == 503 and answer.json()["worker"] == "silent"
    assert (answer.json()["database"], answer.json()["migrations"]) == ("ok", "ok")
    settings.READY_NEEDS_WORKER = False
    assert Client().get("/readyz").status_code == 200


def test_journal_page_is_for_the_auditor(
    auditor: Any, manager: Any, sysadmin: Any, secadmin: Any, client_for: Callable[[Any], Client]
) -> None:
    for other in (manager, sysadmin, secadmin):
        assert client_for(other).get(reverse("journal:entries")).status_code == 403
    page = client_for(auditor).get(reverse("journal:entries"), {"verb": "accounts."}).content.decode()
    assert "accounts.grant" in page and "offices.open" not in page
    empty = client_for(auditor).get(reverse("journal:entries"), {"verb": "no.such"})
    assert empty.status_code == 200 and "没有符合条件的记录" in empty.content.decode()


def test_people_pages_are_masked_and_scoped(
    chief: Any, stranger: Any, officer: Any, now: datetime, client_for: Callable[[Any], Client]
) -> None:
    actions.update_person(officer.person_id, {"phone": "19900001234"}, seen=1, by=chief, at=now)
    address = reverse("people:person", args=("P-officer",))
    for path in (reverse("people:people"), address):
        page = client_for(chief).get(path).content.decode()
        assert "199****1234" in page and "19900001234" not in page
    assert client_for(stranger).get(address).status_code == 403
    assert "P-officer" not in client_for(stranger).get(reverse("people:people")).content.decode()
    asked = {"field_name": "phone", "reason_code": "contact", "reason": "回访"}
    answer = client_for(chief).post(address, asked)
    assert "19900001234" in answer.content.decode() and answer["Cache-Control"] == "no-store"
    assert client_for(chief).post(address, {"field_name": "phone"}).status_code == 422
    assert client_for(stranger).post(address, asked).status_code == 403


def test_administrators_work_by_the_pages(
    sysadmin: Any, secadmin: Any, tree: Any, client_for: Callable[[Any], Client]
) -> None:
    opening, granting = client_for(sysadmin), client_for(secadmin)
    words = {"sign_in_name": "paged", "label": "页面", "password": "correct horse 7 battery"}
    assert opening.get(reverse("people:new-account")).status_code == 200
    answer = opening.post(reverse("people:new-account"), words)
    assert answer.status_code == 302
    account = Account.objects.get(sign_in_name="paged")
    role = {"role": "officer", "unit_code": tree.office, "reason": "到岗"}
    assert opening.post(reverse("people:grant", args=(account.pk,)), role).status_code == 403
    assert granting.post(reverse("people:grant", args=(account.pk,)), role).status_code == 302
    page = granting.get(reverse("people:account", args=(account.pk,))).content.decode()
    assert "甲一警务室" in page
    grant_id = account.grants.get().pk
    frozen = granting.post(reverse("people:freeze", args=(account.pk,)), {"reason": "离岗"})
    assert frozen.status_code == 302 and not Account.objects.get(pk=account.pk).is_active
    gone = granting.post(reverse("people:revoke", args=(account.pk, grant_id)), {"reason": "离岗"})
    assert gone.status_code == 302
    reset = {"password": "yet another 8 words", "reason": "忘记"}
    assert granting.post(reverse("people:reset", args=(account.pk,)), reset).status_code == 403
    assert opening.post(reverse("people:reset", args=(account.pk,)), reset).status_code == 302
