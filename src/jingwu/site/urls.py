"""Addresses of the site: one line per room."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from jingwu.site.views import style_guide
from jingwu.site.views.words import words

handler400 = "jingwu.site.views.errors.bad_request"
handler403 = "jingwu.site.views.errors.forbidden"
handler404 = "jingwu.site.views.errors.not_found"
handler500 = "jingwu.site.views.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", set_language, name="language"),
    path("words/<str:language>-<str:version>.js", words, name="words"),
]

if settings.DEBUG or settings.DEMO:
    urlpatterns += [path("_look/", style_guide.desk, name="look")]
    urlpatterns += [path("_look/<str:face>/", style_guide.face, name="look-face")]
