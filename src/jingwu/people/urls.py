"""Addresses of the room ``people``; ``signin_urlpatterns`` carry the names allauth asks for."""

from __future__ import annotations

from allauth.account import views as allauth_account
from django.conf import settings
from django.urls import include, path

from jingwu.people.views import accounts, own, staff

app_name = "people"

urlpatterns = [
    path("me/", own.me, name="me"),
    path("me/end-session/", own.end_own_session, name="end-own-session"),
    path("people/", staff.people, name="people"),
    path("people/<str:code>/", staff.person, name="person"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.new_account, name="new-account"),
    path("accounts/<int:account_id>/", accounts.account, name="account"),
    path("accounts/<int:account_id>/grant/", accounts.grant, name="grant"),
    path("accounts/<int:account_id>/revoke/<int:grant_id>/", accounts.revoke, name="revoke"),
    path("accounts/<int:account_id>/freeze/", accounts.freeze, name="freeze"),
    path("accounts/<int:account_id>/reset/", accounts.reset, name="reset"),
]

# allauth asks for these names; what an open sign-up or e-mail would need leads back to the sign-in page
signin_urlpatterns = [
    path("sign-in/", own.sign_in, name="account_login"),
    path("sign-out/", allauth_account.logout, name="account_logout"),
    path("sign-in/again/", allauth_account.reauthenticate, name="account_reauthenticate"),
    path("sign-in/inactive/", own.closed, name="account_inactive"),
    path("sign-in/closed/sign-up/", own.closed, name="account_signup"),
    path("sign-in/closed/email/", own.closed, name="account_email"),
    path("sign-in/closed/verify/", own.closed, name="account_email_verification_sent"),
    path("sign-in/closed/password/", own.closed, name="account_change_password"),
    path("sign-in/closed/set-password/", own.closed, name="account_set_password"),
    path("sign-in/closed/reset/", own.closed, name="account_reset_password"),
    path("me/mfa/", include("allauth.mfa.urls")),
]
if settings.OIDC_ISSUER:
    signin_urlpatterns += [
        path("sign-in/sso/", include("allauth.socialaccount.urls")),
        path("sign-in/sso/", include("allauth.socialaccount.providers.openid_connect.urls")),
    ]
