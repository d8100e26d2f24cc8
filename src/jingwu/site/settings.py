"""Settings of the site, in one file; what differs between machines comes from the environment."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE

from jingwu.site import environment
from jingwu.site.postgres import SUPERUSER, EmbeddedPostgres

PACKAGE = Path(__file__).resolve().parent.parent
SITE = PACKAGE / "site"

VERSION = version("jingwu")
DATA = Path(os.environ.get("JINGWU_DATA", "var")).absolute()
DEMO = environment.boolean("JINGWU_DEMO", False)
DEBUG = environment.boolean("JINGWU_DEBUG", False)

SECRET_KEY = environment.secret("JINGWU_SECRET_KEY", DATA)
# "id:secret,id:secret", the first one seals; the others only open what they sealed (docs/security.md)
FIELD_KEYS = environment.secret("JINGWU_FIELD_KEYS", DATA)
FIELD_INDEX_KEY = environment.secret("JINGWU_FIELD_INDEX_KEY", DATA)
CIPHER_SUITE = os.environ.get("JINGWU_CIPHER_SUITE", "intl")
ALLOWED_HOSTS = environment.words("JINGWU_HOSTS", ["localhost", "127.0.0.1", "[::1]"])

# Rooms, from the ground up; each has templates, migrations and (if it has pages) urls.
ROOMS = [
    "jingwu.journal",
    "jingwu.offices",
    "jingwu.people",
    "jingwu.duty",
    "jingwu.incidents",
    "jingwu.planning",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.postgres",  # operator classes in indexes
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    *ROOMS,
    "jingwu.site",
    # after the rooms: their templates go first
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "jingwu.site.middleware.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "jingwu.people.middleware.JournalAddress",
    "django.contrib.messages.middleware.MessageMiddleware",
    "jingwu.people.middleware.SessionLimits",
    "jingwu.people.middleware.FirstPassword",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "jingwu.site.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "jingwu.site.urls"
ASGI_APPLICATION = "jingwu.site.asgi.application"
CSRF_FAILURE_VIEW = "jingwu.site.views.errors.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jingwu.site.context.look",
            ],
        },
    }
]

EMBEDDED_POSTGRES = None if os.environ.get("DATABASE_URL") else EmbeddedPostgres(DATA)
if EMBEDDED_POSTGRES is None:
    DATABASES = {"default": environment.database(os.environ["DATABASE_URL"])}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "jingwu",
            "USER": SUPERUSER,
            "HOST": str(EMBEDDED_POSTGRES.socket_folder),
        }
    }
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 0
if environment.boolean("JINGWU_POOL", False):
    # the web server's threads come and go with the requests; the connections outlive them
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 2, "max_size": 30, "timeout": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["jingwu.people.signin.LockingBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": environment.integer("JINGWU_PASSWORD_MIN_CHARS", 10)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("sign_in_name", "label")},
    },
]

# Accounts are opened by the system administrator; nobody signs up.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "jingwu.people.signin.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "sign_in_name"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_USER_DISPLAY = "jingwu.people.signin.display"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip"}  # the lock-out of accounts is our own, across processes
MFA_TOTP_ISSUER = "云上警务室"  # as is
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

# Lock-out and session limits (docs/security.md)
SIGN_IN_FAILURES_BEFORE_LOCK = environment.integer("JINGWU_SIGN_IN_FAILURES", 5)
SIGN_IN_LOCK_MINUTES = environment.integer("JINGWU_SIGN_IN_LOCK_MINUTES", 15)
SESSION_IDLE_MINUTES = environment.integer("JINGWU_SESSION_IDLE_MINUTES", 30)
SESSION_ABSOLUTE_HOURS = environment.integer("JINGWU_SESSION_HOURS", 12)
SESSIONS_AT_ONCE = environment.integer("JINGWU_SESSIONS_AT_ONCE", 3)
# per server process (jingwu/site/admission.py): the desks' share of a machine is what these leave
FIELD_REQUESTS_AT_ONCE = environment.integer("JINGWU_FIELD_AT_ONCE", 2)
FIELD_REQUESTS_WAITING = environment.integer("JINGWU_FIELD_WAITING", 20)
READY_NEEDS_WORKER = environment.boolean("JINGWU_READY_NEEDS_WORKER", True)
UNMASK_ALARM_PER_HOUR = environment.integer("JINGWU_UNMASK_ALARM_PER_HOUR", 20)

# Single sign-on by OpenID Connect stays out of the way until an issuer is named.
OIDC_ISSUER = os.environ.get("JINGWU_OIDC_ISSUER", "")
if OIDC_ISSUER:
    INSTALLED_APPS += ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
    SOCIALACCOUNT_ADAPTER = "jingwu.people.oidc.KnownAccountsOnly"
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": os.environ.get("JINGWU_OIDC_NAME", "单点登录"),  # as is
                    "client_id": os.environ.get("JINGWU_OIDC_CLIENT_ID", ""),
                    "secret": os.environ.get("JINGWU_OIDC_SECRET", ""),
                    "settings": {"server_url": OIDC_ISSUER},
                }
            ],
        }
    }

# Cookies and headers; HTTPS=1 behind a terminating proxy or with certificates of one's own
HTTPS = environment.boolean("JINGWU_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-jingwu" if HTTPS else "jingwu"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = environment.words("JINGWU_TRUSTED_PROXIES", [])
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = environment.words("JINGWU_ORIGINS", [])
PUBLIC_ADDRESS = os.environ.get("JINGWU_PUBLIC_ADDRESS", "").rstrip("/")  # what links in messages begin with
TILE_ORIGINS = environment.words("JINGWU_TILE_ORIGINS", [])  # of a map tile server, when one is used
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # plots and maps size their own boxes by style attributes; scripts stay nonce-only
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:", *TILE_ORIGINS],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF, *TILE_ORIGINS],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Stored in UTC, shown in the offices' own time.
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Chinese is the source language; English is a complete catalogue.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]  # as is
# Each room keeps its own catalogue in <room>/locale, which Django finds by itself.
LOCALE_PATHS: list[Path] = []

STATIC_URL = "/static/"
STATIC_ROOT = SITE / "static_collected"
STATICFILES_DIRS = [SITE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "jingwu.site.storage.HashedStatic"},
}
MEDIA_ROOT = DATA / "media"

# Each room's long work stands in its jobs.py.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# Everything worth knowing goes to standard error, where the supervisor's user or the service manager sees it.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
