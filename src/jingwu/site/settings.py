"""Settings of the site, in one file; what differs between machines comes from the environment."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from jingwu.site import environment
from jingwu.site.postgres import SUPERUSER, EmbeddedPostgres

PACKAGE = Path(__file__).resolve().parent.parent
SITE = PACKAGE / "site"

VERSION = version("jingwu")
DATA = Path(os.environ.get("JINGWU_DATA", "var")).absolute()
DEMO = environment.boolean("JINGWU_DEMO", False)
DEBUG = environment.boolean("JINGWU_DEBUG", False)

SECRET_KEY = environment.secret("JINGWU_SECRET_KEY", DATA)
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
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "jingwu.site.urls"
ASGI_APPLICATION = "jingwu.site.asgi.application"

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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Account"

# Stored in UTC, shown in the offices' own time.
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Chinese is the source language; English is a complete catalogue.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = SITE / "static_collected"
STATICFILES_DIRS = [SITE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA / "media"
