"""Addresses of the site: one line per room."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from jingwu.duty.views.own import notices
from jingwu.incidents.api import api as incidents_api
from jingwu.offices.views.norms import norms
from jingwu.people.urls import signin_urlpatterns
from jingwu.planning.views.office import office
from jingwu.planning.views.overview import overview
from jingwu.site.health import healthz, readyz
from jingwu.site.views import style_guide
from jingwu.site.views.command import command
from jingwu.site.views.home import home
from jingwu.site.views.words import words

handler400 = "jingwu.site.views.errors.bad_request"
handler403 = "jingwu.site.views.errors.forbidden"
handler404 = "jingwu.site.views.errors.not_found"
handler500 = "jingwu.site.views.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", home, name="home"),
    path("command/", command, name="command"),
    path("overview/", overview, name="overview"),
    path("offices/<str:code>/", office, name="office"),
    *signin_urlpatterns,
    path("", include("jingwu.people.urls")),
    path("norms/", norms, name="norms"),
    path("norms/", include("jingwu.offices.urls")),
    path("journal/", include("jingwu.journal.urls")),
    path("language/", set_language, name="language"),
    path("words/<str:language>-<str:version>.js", words, name="words"),
    path("planning/", include("jingwu.planning.urls")),
    path("", include("jingwu.incidents.urls")),
    path("api/incidents/", incidents_api.urls),
    path("duty/", include("jingwu.duty.urls")),
    path("notices/", notices, name="notices"),
    path("field/", include("jingwu.incidents.field_urls")),
]

if settings.DEBUG or settings.DEMO:
    urlpatterns += [path("_look/", style_guide.desk, name="look")]
    urlpatterns += [path("_look/<str:face>/", style_guide.face, name="look-face")]
