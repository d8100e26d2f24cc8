"""The shell of the field app: pages without data, which the phone keeps; data come from ``field_api``."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from jingwu.journal.access import allowed

SHELL_FILES = (
    "dist/field-style.css", "dist/field.js", "dist/icons.svg", "dist/field-icon-192.png",
    "dist/field-icon-512.png", "site/favicon.svg",
)  # fmt: skip
PAGES = ("tasks", "map", "roster", "me", "record", "outbox")


@allowed("incidents.attend")
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Today's tasks."""
    return _shell(request, "tasks")


@allowed("incidents.attend")
@require_safe
def ground(request: HttpRequest) -> HttpResponse:
    """The map of the tasks."""
    return _shell(request, "map")


@allowed("incidents.attend")
@require_safe
def roster(request: HttpRequest) -> HttpResponse:
    """Who is on duty."""
    return _shell(request, "roster")


@allowed("incidents.attend")
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Account, device and sign-out."""
    return _shell(request, "me")


@allowed("incidents.attend")
@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """The scene record; which scene stands after the #, so that one kept page serves them all."""
    return _shell(request, "record")


@allowed("incidents.attend")
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """What has not been uploaded, and its export."""
    return _shell(request, "outbox")


def _shell(request: HttpRequest, page: str) -> HttpResponse:
    context = {
        "page": page,
        # no token in it: the phone keeps the page beyond the sign-in it was asked with
        "is_kept": True,
        "addresses": {
            "today": reverse("field:today"),
            "sync": reverse("field:sync"),
            "file": reverse("field:file", args=["FILE"]),
            "worker": reverse("field:worker"),
            "sign_in": reverse("account_login"),
            "sign_out": reverse("account_logout"),
            "pages": {name: reverse(f"field:{name}") for name in PAGES},
        },
    }
    return render(request, f"incidents/field/{page}.html", context)


@require_safe
@cache_control(no_cache=True)
def manifest(request: HttpRequest) -> HttpResponse:
    """What the phone needs to install the app."""
    icons = [
        {"src": static(f"dist/field-icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png",
         "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]  # fmt: skip
    words = {
        "name": _("警格通 · 云上警务室"), "short_name": _("警格通"), "lang": request.LANGUAGE_CODE,
        "id": reverse("field:tasks"), "start_url": reverse("field:tasks"), "scope": reverse("field:tasks"),
        "display": "standalone", "orientation": "portrait", "background_color": "#eef1f5",
        "theme_color": "#13243b", "icons": icons,
    }  # fmt: skip
    return HttpResponse(json.dumps(words, ensure_ascii=False), "application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker with the list of files to keep; a changed file changes it, so phones notice."""
    body = _read("dist/field-worker.js")
    if body is None:
        raise Http404
    shell = [{"url": static(name), "revision": _revision(name)} for name in SHELL_FILES]
    first = f"self.__SHELL={json.dumps(shell)};self.__VERSION={json.dumps(settings.VERSION)};\n"
    response = HttpResponse(first.encode() + body, "text/javascript")
    response["Service-Worker-Allowed"] = reverse("field:tasks")
    return response


def _revision(name: str) -> str:
    body = _read(name)
    return hashlib.sha256(body or b"").hexdigest()[:16]


def _read(name: str) -> bytes | None:
    if settings.DEBUG:
        return _read_now(name)
    return _read_once(name)


@lru_cache(maxsize=32)
def _read_once(name: str) -> bytes | None:
    return _read_now(name)


def _read_now(name: str) -> bytes | None:
    found = finders.find(name)
    if found:
        return Path(str(found)).read_bytes()
    if staticfiles_storage.exists(name):
        with staticfiles_storage.open(name) as file:
            return file.read()
    return None
