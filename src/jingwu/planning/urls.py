"""Addresses of the room ``planning``."""

from __future__ import annotations

from django.urls import path

from jingwu.planning.views import imports

app_name = "planning"

urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:fact_set_id>/", imports.fact_set, name="import"),
    path("imports/<int:fact_set_id>/progress/", imports.progress, name="import_progress"),
    path("imports/<int:fact_set_id>/reread/", imports.reread, name="import_reread"),
    path("imports/<int:fact_set_id>/adopt/", imports.adopt, name="import_adopt"),
    path("imports/<int:fact_set_id>/drop/", imports.drop, name="import_drop"),
    path("imports/<int:fact_set_id>/undo/", imports.undo, name="import_undo"),
]
