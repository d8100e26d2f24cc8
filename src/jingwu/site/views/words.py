"""Translations for the scripts in the browser, cached for good under an address with the version in it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.i18n import JavaScriptCatalog

_catalogue = JavaScriptCatalog.as_view(domain="djangojs", packages=["jingwu.site"])


def words(request: HttpRequest, language: str, version: str) -> HttpResponse:
    """Return the script catalogue of ``language``; the browser keeps it until the version changes."""
    if not translation.check_for_language(language):
        raise Http404
    with translation.override(language):
        response = _catalogue(request)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
